"""Transactions: what entered and left an organisation's balances, written as the money moves."""

from functools import partial
from typing import Any

from counterfoil.apis.expereon import wire, wire_treasury
from counterfoil.apis.expereon.filters import query_of
from counterfoil.apis.expereon.records import (
    Balance,
    Invoice,
    Payment,
    Refund,
    Transaction,
    Withdrawal,
)
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.treasury import balance_of, own
from counterfoil.domain.ledger import Movement
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.exports import Form, export
from counterfoil.engine.outcome import Change, Outcome, Put
from counterfoil.engine.pagination import page
from counterfoil.engine.world import World


def list_transactions(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the organisation's transactions."""
    owner, query = own(call), query_of(call, world)
    found = page(world, book.kinds.transaction, owner, query)
    return Outcome(wire.page(query, found, lambda row: wire_treasury.transaction(book, row)))


def export_transactions(book: Rulebook, call: Call, world: World) -> Outcome:
    """Write the transactions that a list would show into a file."""
    owner, query = own(call), query_of(call, world)
    shown = partial(wire_treasury.transaction, book)
    form = Form(call.arguments["format"], wire_treasury.TRANSACTION_COLUMNS, shown)
    return Outcome(export(world, book.kinds.transaction, owner, query, form))


def get_transaction(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a transaction of the organisation."""
    kind, id = book.kinds.transaction, call.arguments["transactionId"]
    transaction = world.seen(kind, own(call), id)
    if transaction is None:
        raise Refusal("NOT_FOUND")
    return Outcome(wire_treasury.transaction(book, transaction))


def deposited(book: Rulebook, world: World, balance: Balance, bucket: str, minor: int) -> Change:
    """Return the change that brings money from outside into a bucket of a balance."""
    written = _written(book, world, balance, minor, type="DEPOSIT")
    parties = {"organization": balance.organization}
    movement = Movement(minor, balance.currency, parties, "transaction", written.id, bucket)
    put = Put(book.kinds.transaction, written)
    return Change(puts=(put,), postings=(book.post("deposit", movement),))


def settled(book: Rulebook, world: World, invoice: Invoice, payment: Payment) -> Change:
    """Return the transactions of a settlement: the buyer's, then the seller's."""
    about = {
        "type": "SETTLEMENT",
        "invoice_id": invoice.id,
        "payment_id": payment.id,
        "reference": invoice.number,
        "description": invoice.description,
    }
    rows = _passed(book, world, payment, (invoice.buyer, invoice.seller), about)
    return Change(puts=tuple(Put(book.kinds.transaction, row) for row in rows))


def withdrawn(book: Rulebook, world: World, withdrawal: Withdrawal) -> Transaction:
    """Return the transaction of a withdrawal that arrived."""
    balance = _balance(book, world, withdrawal.organization, withdrawal.currency)
    return _written(
        book,
        world,
        balance,
        -withdrawal.amount,
        type="WITHDRAWAL",
        withdrawal_id=withdrawal.id,
        reference=withdrawal.destination.reference,
    )


def refunded(book: Rulebook, world: World, refund: Refund) -> tuple[Transaction, Transaction]:
    """Return the transactions of a refund: the seller's, then the buyer's."""
    about = {
        "type": "REFUND",
        "invoice_id": refund.invoice_id,
        "payment_id": refund.payment_id,
        "refund_id": refund.id,
        "description": refund.reason,
    }
    return _passed(book, world, refund, (refund.seller, refund.buyer), about)


def _passed(
    book: Rulebook,
    world: World,
    paid: Payment | Refund,
    parties: tuple[str, str],
    about: dict[str, Any],
) -> tuple[Transaction, Transaction]:
    """Return the two transactions of money that passes from the first party to the second."""
    giver, taker = parties
    poorer = _balance(book, world, giver, paid.currency)
    richer = _balance(book, world, taker, paid.currency)
    return (
        _written(book, world, poorer, -paid.amount, counterparty=taker, **about),
        _written(book, world, richer, paid.amount, counterparty=giver, **about),
    )


def _written(
    book: Rulebook, world: World, balance: Balance, delta: int, **about: Any
) -> Transaction:
    """Return a new transaction that changes a balance by an amount, less than nothing for a debit."""
    held = world.holding(balance.organization, balance.currency)
    return Transaction(
        **world.birth(book.kinds.transaction),
        organization=balance.organization,
        balance_id=balance.id,
        direction="CREDIT" if delta > 0 else "DEBIT",
        amount=abs(delta),
        currency=balance.currency,
        balance_after=sum(held[bucket] for bucket in wire.BUCKETS) + delta,
        **about,
    )


def _balance(book: Rulebook, world: World, organization: str, currency: str) -> Balance:
    found = balance_of(book, world, organization, currency)
    assert found is not None, f"{organization} moves {currency} without a balance in it"
    return found

"""Refunds: what a seller gives back of a settlement, asked for by either party."""

from counterfoil.apis.expereon import transactions, wire, wire_treasury
from counterfoil.apis.expereon.filters import query_of
from counterfoil.apis.expereon.pricing import amount_of, raise_if_imprecise
from counterfoil.apis.expereon.records import BUYER, SELLER, Refund, Role, Transaction
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.treasury import own, require_funds
from counterfoil.apis.expereon.walk import Walk, permitted
from counterfoil.domain.ledger import Account
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Outcome, Put
from counterfoil.engine.pagination import Choice, Condition, Query, page
from counterfoil.engine.records import MANY, revised
from counterfoil.engine.world import World


def list_refunds(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the refunds the organisation gives and gets."""
    owner, query = own(call), query_of(call, world)
    found = page(world, book.kinds.refund, owner, query)
    return Outcome(wire.page(query, found, lambda row: wire_treasury.refund(book, row)))


def create_refund(book: Rulebook, call: Call, world: World) -> Outcome:
    """Ask for money of a settlement to be given back; nothing moves yet."""
    owner, kind = own(call), book.kinds.refund
    settlement = _refundable(book, call, world)
    amount = _claimed(book, call, world, settlement)
    arrow = book.refunds.arrow("create", None)
    assert arrow is not None
    assert settlement.invoice_id, f"{settlement.id} settles nothing"
    invoice = world.get(book.kinds.invoice, settlement.invoice_id)
    assert invoice is not None, f"{settlement.invoice_id} is gone"
    refund = Refund(
        **world.birth(kind),
        transaction_id=settlement.id,
        invoice_id=invoice.id,
        payment_id=settlement.payment_id or "",
        amount=amount,
        currency=settlement.currency,
        status=arrow.target,
        reason=call.body["reason"],
        requested_by=owner,
        seller=invoice.seller,
        buyer=invoice.buyer,
    )
    change = Walk(book, world, kind, arrow, owner, _role(refund, owner)).changed(refund)
    return Outcome(wire_treasury.refund(book, refund), change, refund.id)


def get_refund(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a refund, as either party."""
    return Outcome(wire_treasury.refund(book, _visible(book, call, world)))


def approve_refund(book: Rulebook, call: Call, world: World) -> Outcome:
    """Give the money back: the seller pays it out of what it has available."""
    before, walk = _begin(book, call, world, "approve")
    account = Account(before.seller, before.currency, "AVAILABLE")
    require_funds(book, world, account, before.amount)
    written = transactions.refunded(book, world, before)
    after = revised(
        before,
        world.now,
        status=walk.arrow.target,
        transaction_ids=tuple(row.id for row in written),
        decided_at=world.now,
    )
    invoice = world.get(book.kinds.invoice, before.invoice_id)
    assert invoice is not None, f"{before.invoice_id} is gone"
    total = invoice.refunded_amount + before.amount
    marked = revised(invoice, world.now, refunded_amount=total)
    puts = (
        *(Put(book.kinds.transaction, row) for row in written),
        Put(book.kinds.invoice, marked, invoice),
    )
    change = walk.changed(after, before) + Change(puts=puts)
    return Outcome(wire_treasury.refund(book, after), change, after.id)


def reject_refund(book: Rulebook, call: Call, world: World) -> Outcome:
    """Refuse to give money back."""
    before, walk = _begin(book, call, world, "reject")
    after = revised(
        before,
        world.now,
        status=walk.arrow.target,
        rejection_reason=call.body["reason"],
        decided_at=world.now,
    )
    return Outcome(wire_treasury.refund(book, after), walk.changed(after, before), after.id)


def _refundable(book: Rulebook, call: Call, world: World) -> Transaction:
    """Return the caller's transaction that a refund is asked of."""
    id = call.body["transactionId"]
    transaction = world.seen(book.kinds.transaction, own(call), id)
    if transaction is None:
        raise Refusal("NOT_FOUND", field="transactionId")
    if transaction.type not in book.rules.refundable_types:
        raise Refusal("TRANSACTION_NOT_REFUNDABLE", field="transactionId", type=transaction.type)
    return transaction


def _claimed(book: Rulebook, call: Call, world: World, settlement: Transaction) -> int:
    """Return what is to be given back: the amount asked for, or all that is left."""
    currency, body = book.currencies[settlement.currency], call.body
    left = _left(book, world, settlement)
    amount = left
    if "amount" in body:
        raise_if_imprecise(book, currency, {"amount": body["amount"]})
        amount = amount_of(currency, body["amount"])
    if not 0 < amount <= left:
        raise Refusal(
            "REFUND_EXCEEDS_TRANSACTION",
            field="amount",
            currency=currency.code,
            settled=currency.format(settlement.amount),
            refundable=currency.format(left),
        )
    return amount


def _left(book: Rulebook, world: World, settlement: Transaction) -> int:
    """Return what no refund has claimed yet; both parties' transactions are one settlement."""
    query = Query(
        page=0,
        limit=MANY,
        conditions=(Condition("invoiceId", "=", settlement.invoice_id or ""),),
        choices=(Choice("status", book.rules.refund_claims),),
    )
    found = page(world, book.kinds.refund, settlement.organization, query)
    return settlement.amount - sum(refund.amount for refund in found.records)


def _begin(book: Rulebook, call: Call, world: World, trigger: str) -> tuple[Refund, Walk]:
    before = _visible(book, call, world)
    owner = call.principal.owner
    role = _role(before, owner)
    arrow = permitted(book.refunds, trigger, before, role, call)
    return before, Walk(book, world, book.kinds.refund, arrow, owner, role)


def _visible(book: Rulebook, call: Call, world: World) -> Refund:
    kind, id = book.kinds.refund, call.arguments["refundId"]
    refund = world.seen(kind, own(call), id)
    if refund is None:
        raise Refusal("NOT_FOUND")
    return refund


def _role(refund: Refund, owner: str) -> Role:
    return SELLER if refund.seller == owner else BUYER

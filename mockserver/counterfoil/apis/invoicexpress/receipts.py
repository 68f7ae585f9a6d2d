"""Payments: each leaves a receipt, and a document that nothing is open of is settled."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from counterfoil.apis.invoicexpress import days, numbering
from counterfoil.apis.invoicexpress import document_wire as wire
from counterfoil.apis.invoicexpress.document_records import Document, Payment
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import decimal_of
from counterfoil.apis.invoicexpress.totals import CENTS
from counterfoil.apis.invoicexpress.walk import PAYMENT, begin, born, found
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Outcome
from counterfoil.engine.world import World

RECEIPT = "Receipt"


def generate_payment(book: Rulebook, call: Call, world: World) -> Outcome:
    """Record a payment of a document, in part or in full."""
    document, sent = found(book, call, world), call.body["partial_payment"]
    if not book.rules.documents[document.type].payable:
        raise Refusal("NOT_PAYABLE", field="document")
    amount = _amount(document, sent["amount"])
    receipt, change = paid(book, world, document, amount, sent)
    return Outcome(wire.answer(book, world, receipt), change, receipt.id)


def paid(
    book: Rulebook, world: World, document: Document, amount: int, said: dict[str, Any]
) -> tuple[Document, Change]:
    """Return the receipt of a payment of so many cents, and what changes with it.

    `said` may hold `payment_mechanism`, `payment_date`, `note` and `serie`.
    """
    trigger = "paid" if amount == document.open else "paid-in-part"
    if book.machine(document.type).arrow(trigger, document.status) is None:
        raise Refusal("NOT_PAYABLE", field="document")
    step = begin(book, world, document, trigger, PAYMENT)
    receipt, counted = _receipt(book, world, document, amount, said)
    _, change = step.walked(reason=receipt.id, paid=document.paid + amount)
    return receipt, change + counted + born(book, world, receipt, PAYMENT)


def _amount(document: Document, given: Any) -> int:
    """Return a payment in cents: more than nothing, and no more than is open."""
    exact = decimal_of(given) * CENTS
    if exact <= 0 or exact != exact.to_integral_value():
        raise Refusal("AMOUNT_INVALID", field="amount")
    if exact > document.open:
        raise Refusal("AMOUNT_TOO_LARGE", field="amount", most=wire.amount(document.open))
    return int(exact)


def _receipt(
    book: Rulebook, world: World, document: Document, amount: int, said: dict[str, Any]
) -> tuple[Document, Change]:
    """Return a receipt with its number, and the change that moves its series on."""
    on = _day(said.get("payment_date")) or world.now.date()
    receipt = Document(
        **book.birth(world, book.kinds.document),
        account=document.account,
        type=RECEIPT,
        status="final",
        date=on,
        due_date=on,
        client=document.client,
        currency=document.currency,
        rate=document.rate,
        sum=amount,
        discount=0,
        before_taxes=amount,
        taxes=0,
        total=amount,
        series=_series(book, world, document, said.get("serie")),
        payment=Payment(
            document_id=document.id,
            mechanism=said.get("payment_mechanism") or book.rules.default_mechanism,
            note=said.get("note"),
        ),
        observations=said.get("note"),
    )
    number, change = numbering.taken(book, world, receipt)
    return replace(receipt, number=number), change


def _day(told: str | None) -> date | None:
    day = days.day(told) if told else None
    if told and day is None:
        raise Refusal("DATE_INVALID")
    return day


def _series(book: Rulebook, world: World, document: Document, serie: str | None) -> str | None:
    """Return the series that a receipt is numbered in: the one of a name, or the default one."""
    if not serie:
        return None
    known = numbering.series_named(book, world, document.account, serie)
    if known is None:
        raise Refusal("SERIE_INVALID", field="serie")
    return known.id

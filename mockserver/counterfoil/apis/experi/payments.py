"""Payments: an invoice is marked as paid, in full or in part."""

from decimal import Decimal

from counterfoil.apis.experi import wire
from counterfoil.apis.experi.invoices import invoice_of, moment_of
from counterfoil.apis.experi.records import Invoice, Payment
from counterfoil.apis.experi.rulebook import ACCOUNT, Rulebook, permitted
from counterfoil.apis.experi.walk import Walk
from counterfoil.domain.outcome import Refusal, Violation
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.records import revised
from counterfoil.engine.world import World


def pay_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Take a payment of an invoice: all that is due, unless it names an amount."""
    before, body = invoice_of(book, call, world), call.body or {}
    refused = book.rules.paid_state_refusals.get(before.status, "INVALID_STATE")
    arrow = permitted(book.invoices, "pay", before.status, refused)
    amount = _amount(book, before, body.get("amount"))
    paid = amount == before.amount_due
    if not paid:
        arrow = permitted(book.invoices, "pay-part", before.status)
    payment = Payment(
        id=world.next_id("payment"),
        amount=amount,
        payment_date=moment_of(body["paymentDate"]) if "paymentDate" in body else world.now,
        payment_method=body.get("paymentMethod"),
        reference=body.get("reference"),
        created_at=world.now,
    )
    after = revised(
        before,
        world.now,
        status=arrow.target,
        payments=(*before.payments, payment),
        amount_paid=before.amount_paid + amount,
        paid_at=world.now if paid else None,
    )
    walk = Walk(book, world, arrow, call.principal.id, ACCOUNT)
    change = walk.invoice(after, before) + walk.money(after, amount)
    return Outcome(wire.whole(wire.invoice(book, world, after)), change, after.id)


def _amount(book: Rulebook, invoice: Invoice, given: int | Decimal | None) -> int:
    """Return what is paid: more than nothing, and no more than is due."""
    currency, due = book.currencies[invoice.currency], invoice.amount_due
    if given is None and not due:
        raise Refusal("NOTHING_DUE")
    amount = due if given is None else currency.round(Decimal(given))
    if amount > due:
        raise book.wrong(Violation("amount", "owed", currency.format(due)))
    if not amount:
        raise book.wrong(Violation("amount", "exclusiveMinimum", "0"))
    return amount

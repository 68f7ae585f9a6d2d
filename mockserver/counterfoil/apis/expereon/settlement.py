"""Settlement: one attempt to pay an invoice, what may hinder it, and what happens when it is due."""

from dataclasses import dataclass

from counterfoil.apis.expereon import payloads, transactions, wire
from counterfoil.apis.expereon.records import (
    Invoice,
    Method,
    Payment,
    SettlementFault,
    SettlementTerms,
)
from counterfoil.apis.expereon.reservations import lost, pay_out
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.step import News, Step, begin, emitted
from counterfoil.apis.expereon.treasury import balance_of
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.outcome import Change, Event, Outcome, Put, Transition
from counterfoil.engine.records import revised
from counterfoil.engine.world import World


@dataclass(frozen=True, slots=True)
class Means:
    """How an attempt came about, and the batch it was made in."""

    method: Method = "SINGLE"
    batch: str | None = None


def settle(step: Step, means: Means = Means()) -> Outcome:
    """Return the payment, settled or failed: a failure is an answer, not a refusal."""
    failure, used = _failure(step.book, step.world, step.invoice)
    payment, paid = _attempt(step, means, failure)
    paid += used
    if failure:
        kind = step.book.kinds.invoice
        marked = revised(
            step.invoice, step.world.now, payment_id=payment.id, payment_status=payment.status
        )
        whole = Change(puts=(Put(kind, marked, step.invoice),)) + paid
    else:
        written = transactions.settled(step.book, step.world, step.invoice, payment)
        _, whole = step.walked(
            paid + written + pay_out(step),
            payment=payment,
            payment_id=payment.id,
            payment_status=payment.status,
            settled_at=step.world.now,
        )
    return Outcome(wire.payment(step.book, payment), whole, payment.id)


def fall_due(book: Rulebook, world: World, invoice_id: str) -> Change:
    """Remind the buyer of an invoice that is due today and still to be settled.

    Where the world settles by itself, that is done at once.
    """
    invoice = world.get(book.kinds.invoice, invoice_id)
    if invoice is None or invoice.status not in book.rules.overdue_states:
        return Change()
    data = payloads.event_data(book, "payment", payloads.due_members(book, invoice))
    reminder = Event(world.next_id("evt"), "payment.due", (invoice.buyer,), data)
    told = Change(events=(reminder,))
    if not _settles_itself(book, world):
        return told
    call = Call(
        operation=book.contract.operations["settlePayment"],
        principal=Principal(invoice.buyer, "payment.due", frozenset()),
        path="",
        arguments={},
    )
    return told + settle(begin(book, call, world, "settle", invoice.id), Means("AUTO")).change


def _settles_itself(book: Rulebook, world: World) -> bool:
    terms = world.get(book.kinds.settlement_terms, SettlementTerms.ONLY)
    return terms.auto if terms else book.rules.auto_settle


def _failure(book: Rulebook, world: World, invoice: Invoice) -> tuple[str | None, Change]:
    """Return why a settlement fails although its funds are reserved, or None.

    With it comes the change of a failure that was asked for, which is used up.
    """
    kind = book.kinds.settlement_fault
    asked = world.get(kind, SettlementFault.ONLY)
    if asked is not None and asked.count:
        rest = revised(asked, world.now, count=asked.count - 1)
        return asked.code, Change(puts=(Put(kind, rest, asked),))
    return _hindrance(book, world, invoice), Change()


def _hindrance(book: Rulebook, world: World, invoice: Invoice) -> str | None:
    connection = world.get(book.kinds.connection, invoice.connection_id)
    if connection is None or connection.status != "ACTIVE":
        return "CONNECTION_SUSPENDED"
    unable = balance_of(book, world, invoice.seller, invoice.currency) is None
    if unable or _is_blocked(book, world, invoice.seller):
        return "SELLER_ACCOUNT_BLOCKED"
    if _is_blocked(book, world, invoice.buyer):
        return "BUYER_ACCOUNT_BLOCKED"
    return "RESERVATION_EXPIRED" if lost(book, world, invoice) else None


def _is_blocked(book: Rulebook, world: World, organization: str) -> bool:
    found = world.get(book.kinds.organization, organization)
    return found is not None and found.blocked


def _attempt(step: Step, means: Means, failure: str | None) -> tuple[Payment, Change]:
    """Return the invoice's payment after this attempt: the first one, or one more of the same."""
    book, world, invoice = step.book, step.world, step.invoice
    before = world.get(book.kinds.payment, invoice.payment_id or "")
    trigger = "fail" if failure else "settle"
    state = before.status if before else None
    arrow = book.payments.arrow(trigger, state)
    assert arrow is not None, f"a payment that is {state} cannot {trigger}"
    settled_at, failed_at = (None, world.now) if failure else (world.now, None)
    if before is None:
        payment = Payment(
            **world.birth(book.kinds.payment),
            invoice_id=invoice.id,
            invoice_number=invoice.number,
            status=arrow.target,
            amount=invoice.approved_amount or invoice.amount,
            currency=invoice.currency,
            buyer=invoice.buyer,
            seller=invoice.seller,
            method=means.method,
            batch_id=means.batch,
            failure_code=failure,
            settled_at=settled_at,
            failed_at=failed_at,
        )
    else:
        payment = revised(
            before,
            world.now,
            status=arrow.target,
            attempt=before.attempt + 1,
            method=means.method,
            batch_id=means.batch,
            failure_code=failure,
            settled_at=settled_at,
            failed_at=failed_at,
        )
    kind = book.kinds.payment
    walked = Transition(
        kind.name, payment.id, trigger, arrow.source, arrow.target, invoice.buyer, step.role
    )
    events = emitted(book, world, arrow, News(invoice, payment=payment))
    return payment, Change((Put(kind, payment, before),), (), (walked,), events)

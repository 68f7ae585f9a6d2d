"""The actions on an invoice: one function an arrow, settlement apart."""

from typing import Any

import msgspec

from counterfoil.apis.expereon.invoices import require_active
from counterfoil.apis.expereon.pricing import amount_of, raise_if_imprecise
from counterfoil.apis.expereon.records import (
    Adjustment,
    CancellationRequest,
    Dispute,
    InfoRequest,
    Reservation,
)
from counterfoil.apis.expereon.reservations import hold, release
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.step import Step, begin, require_amount
from counterfoil.apis.expereon.treasury import require_funds
from counterfoil.domain.ledger import Account
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import World

replace = msgspec.structs.replace


def submit_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Send a draft to the buyer, who sees it from now on."""
    step = _begin(book, call, world, "submit")
    _require_active_connection(step)
    require_amount(book, step.arrow.target, step.invoice.amount)
    return step.done(submitted_at=world.now)


def approve_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Approve an invoice, in full or for an adjusted amount, and reserve what is owed."""
    body = call.body or {}
    trigger = "approve-with-adjustment" if "adjustedAmount" in body else "approve"
    step = _begin(book, call, world, trigger)
    invoice = step.invoice
    amount = _adjusted(step, body["adjustedAmount"]) if "adjustedAmount" in body else invoice.amount
    source = body.get("paymentSource", book.rules.default_payment_source)
    reservation = Reservation(
        **world.birth(book.kinds.reservation),
        invoice_id=invoice.id,
        organization=invoice.buyer,
        amount=amount,
        currency=invoice.currency,
        source=source,
    )
    account = Account(invoice.buyer, invoice.currency, source)
    require_funds(book, world, account, amount)
    adjustment = None
    if step.arrow.trigger == "approve-with-adjustment":
        adjustment = Adjustment(amount=amount, reason=body.get("adjustmentReason"), at=world.now)
    return step.done(
        hold(step, reservation),
        reason=body.get("adjustmentReason"),
        approved_amount=amount,
        adjustment=adjustment,
        payment_source=source,
        reservation_id=reservation.id,
        approved_at=world.now,
    )


def dispute_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Raise a dispute."""
    step = _begin(book, call, world, "dispute")
    before, body = step.invoice.dispute, call.body
    dispute = Dispute(
        reason=body["reason"],
        category=body.get("category"),
        at=world.now,
        count=before.count + 1 if before else 1,
    )
    return step.done(reason=body["reason"], dispute=dispute)


def resubmit_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Send a disputed invoice to the buyer again."""
    step = _begin(book, call, world, "resubmit")
    _require_active_connection(step)
    return step.done(reason=_reason(call))


def request_invoice_info(book: Rulebook, call: Call, world: World) -> Outcome:
    """Ask the seller for information."""
    step = _begin(book, call, world, "request-info")
    message = call.body["message"]
    return step.done(reason=message, info_request=InfoRequest(message=message, at=world.now))


def respond_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Answer the buyer's request for information."""
    step = _begin(book, call, world, "respond")
    message = call.body["message"]
    asked = step.invoice.info_request
    assert asked is not None, "INFO_REQUESTED without a request"
    return step.done(
        reason=message,
        info_request=replace(asked, response=message, responded_at=world.now),
    )


def cancel_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Cancel an invoice that nobody has approved."""
    step = _begin(book, call, world, "cancel")
    return step.done(reason=_reason(call), cancelled_at=world.now)


def request_invoice_cancellation(book: Rulebook, call: Call, world: World) -> Outcome:
    """Ask the other party to cancel an approved invoice; the reservation stays."""
    step = _begin(book, call, world, "request-cancellation")
    reason = call.body["reason"]
    request = CancellationRequest(requested_by=step.role, reason=reason, at=world.now)
    return step.done(reason=reason, cancellation_request=request)


def accept_invoice_cancellation(book: Rulebook, call: Call, world: World) -> Outcome:
    """Accept the other party's cancellation, and release what was reserved."""
    step = _begin(book, call, world, "accept-cancellation")
    return step.done(
        release(step),
        cancellation_request=_decided(step, "ACCEPTED"),
        cancelled_at=world.now,
    )


def reject_invoice_cancellation(book: Rulebook, call: Call, world: World) -> Outcome:
    """Refuse the other party's cancellation: the invoice is APPROVED, whatever it was before."""
    step = _begin(book, call, world, "reject-cancellation")
    return step.done(reason=_reason(call), cancellation_request=_decided(step, "REJECTED"))


def archive_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Put a finished invoice away."""
    step = _begin(book, call, world, "archive")
    return step.done(archived_from=step.invoice.status, archived_at=world.now)


def restore_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Take an invoice out of the archive, back to the status it was archived from."""
    step = _begin(book, call, world, "restore")
    return step.done(to=step.invoice.archived_from, archived_from=None, archived_at=None)


def _begin(book: Rulebook, call: Call, world: World, trigger: str) -> Step:
    return begin(book, call, world, trigger, call.arguments["invoiceId"])


def _reason(call: Call) -> Any:
    return (call.body or {}).get("reason")


def _require_active_connection(step: Step) -> None:
    connection = step.world.get(step.book.kinds.connection, step.invoice.connection_id)
    assert connection is not None, f"{step.invoice.id} has no connection"
    require_active(connection)


def _adjusted(step: Step, text: str) -> int:
    """Return an adjusted amount: more than zero and less than the invoice's own."""
    book, invoice = step.book, step.invoice
    currency = book.currencies[invoice.currency]
    raise_if_imprecise(book, currency, {"adjustedAmount": text})
    amount = amount_of(currency, text)
    if not 0 < amount < invoice.amount:
        raise Refusal(
            "INVALID_ADJUSTMENT", field="adjustedAmount", amount=currency.format(invoice.amount)
        )
    return amount


def _decided(step: Step, decision: str) -> CancellationRequest:
    request = step.invoice.cancellation_request
    assert request is not None, "CANCELLATION_REQUESTED without a request"
    return replace(request, decision=decision, decided_at=step.world.now)

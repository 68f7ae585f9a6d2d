"""How Expereon's records look on the wire: camel case, decimal strings, times to the second."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from counterfoil.apis.expereon.records import (
    Connection,
    Invoice,
    LineItem,
    Payment,
    Webhook,
)
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal, Violation, summary
from counterfoil.engine.api import Told
from counterfoil.engine.clock import text
from counterfoil.engine.outcome import Event, Transition
from counterfoil.engine.pagination import Page, Query
from counterfoil.engine.records import Record
from counterfoil.engine.world import World

BUCKETS = ("AVAILABLE", "COLLATERAL", "RESERVED")
"""What a balance is made of."""

Json = dict[str, Any]
R = TypeVar("R", bound=Record)


def invoice(book: Rulebook, world: World, record: Invoice, role: str) -> Json:
    """Return a whole invoice, as the party in a role sees it."""

    def make() -> Json:
        form = book.currencies[record.currency].format
        items = [_line_item(item, form) for item in record.line_items]
        return _invoice(book, world, record, role) | {"lineItems": items}

    return world.look(book.kinds.invoice, record, f"whole {role}", make)


def invoice_row(book: Rulebook, world: World, record: Invoice, role: str) -> Json:
    """Return an invoice as lists show it: without its line items."""
    return world.look(book.kinds.invoice, record, role, lambda: _invoice(book, world, record, role))


def _invoice(book: Rulebook, world: World, record: Invoice, role: str) -> Json:
    form = book.currencies[record.currency].format
    return {
        "id": record.id,
        "invoiceNumber": record.number,
        "status": record.status,
        "amount": form(record.amount),
        "currency": record.currency,
        "buyerOrganizationId": record.buyer,
        "sellerOrganizationId": record.seller,
        "dueDate": record.due_date,
        "createdAt": text(record.created_at),
        "connectionId": record.connection_id,
        "description": record.description,
        "approvedAmount": None if record.approved_amount is None else form(record.approved_amount),
        "adjustment": _adjustment(record, form),
        "paymentSource": record.payment_source,
        "reservationId": record.reservation_id,
        "paymentId": record.payment_id,
        "paymentStatus": record.payment_status,
        "refundedAmount": form(record.refunded_amount),
        "dispute": _dispute(record),
        "infoRequest": _info_request(record),
        "cancellationRequest": _cancellation_request(record),
        "isOverdue": book.overdue(record, world.now.date()),
        "metadata": record.metadata,
        "archivedFromStatus": record.archived_from,
        "submittedAt": _time(record.submitted_at),
        "approvedAt": _time(record.approved_at),
        "settledAt": _time(record.settled_at),
        "cancelledAt": _time(record.cancelled_at),
        "archivedAt": _time(record.archived_at),
        "updatedAt": text(record.updated_at),
        "version": record.version,
        "availableActions": book.invoices.actions(record.status, role, record.requester),
    }


def transition(walked: Transition, at: datetime) -> Json:
    """Return one step of an invoice's history."""
    return {
        "from": walked.source,
        "to": walked.target,
        "action": walked.trigger,
        "actorOrganizationId": walked.actor,
        "actorRole": walked.role,
        "reason": walked.reason,
        "at": text(at),
    }


def payment(book: Rulebook, record: Payment) -> Json:
    """Return a payment."""
    failure = book.rules.settlement_failures.get(record.failure_code or "")
    return {
        "id": record.id,
        "invoiceId": record.invoice_id,
        "invoiceNumber": record.invoice_number,
        "batchId": record.batch_id,
        "status": record.status,
        "amount": book.currencies[record.currency].format(record.amount),
        "currency": record.currency,
        "buyerOrganizationId": record.buyer,
        "sellerOrganizationId": record.seller,
        "method": record.method,
        "attempt": record.attempt,
        "failureCode": record.failure_code,
        "failureMessage": failure and failure.message,
        "retryable": bool(failure and failure.retryable),
        "createdAt": text(record.created_at),
        "settledAt": _time(record.settled_at),
        "failedAt": _time(record.failed_at),
        "version": record.version,
    }


def connection(record: Connection) -> Json:
    """Return a connection, as the control plane tells it."""
    return {
        "id": record.id,
        "seller": record.seller,
        "buyer": record.buyer,
        "currency": record.currency,
        "status": record.status,
    }


def webhook(record: Webhook, failures: int, *, whole_secret: bool = False) -> Json:
    """Return an endpoint; only the answer that made its secret shows all of it."""
    secret = record.signing_secret
    return {
        "id": record.id,
        "url": record.url,
        "events": record.events,
        "authMethod": "SIGNING_SECRET",
        "signingSecret": secret if whole_secret else f"{secret[:6]}****",
        "description": record.description,
        "status": "ACTIVE" if record.enabled else "DISABLED",
        "signatureFormat": record.signature_format,
        "failureCount": failures,
        "createdAt": text(record.created_at),
        "updatedAt": text(record.updated_at),
        "version": record.version,
    }


def event(happened: Event, at: datetime) -> Json:
    """Return an event as endpoints are told of it."""
    return {
        "id": happened.id,
        "type": happened.type,
        "timestamp": text(at),
        "data": happened.data,
    }


def page(query: Query, found: Page[R], render: Callable[[R], Json]) -> Json:
    """Return a page in the list envelope."""
    return envelope(query, [render(record) for record in found.records], found.total)


def envelope(query: Query, items: list[Json], total: int) -> Json:
    """Return the items of a page, and how many there are on all pages."""
    return {
        "items": items,
        "totalCount": total,
        "totalPages": -(-total // query.limit),
        "page": query.page,
        "limit": query.limit,
    }


def invoice_members(book: Rulebook, record: Invoice, previous: str | None) -> Json:
    """Return what an event may tell of an invoice; `previous` is the status it had before."""
    form = book.currencies[record.currency].format
    return {
        "invoiceId": record.id,
        "invoiceNumber": record.number,
        "status": record.status,
        "amount": form(record.amount),
        "currency": record.currency,
        "buyerOrganizationId": record.buyer,
        "sellerOrganizationId": record.seller,
        "previousStatus": previous,
        "approvedAmount": None if record.approved_amount is None else form(record.approved_amount),
        "version": record.version,
    }


def payment_members(book: Rulebook, record: Payment) -> Json:
    """Return what an event may tell of a payment."""
    return {
        "paymentId": record.id,
        "invoiceId": record.invoice_id,
        "invoiceNumber": record.invoice_number,
        "status": record.status,
        "amount": book.currencies[record.currency].format(record.amount),
        "currency": record.currency,
        "buyerOrganizationId": record.buyer,
        "sellerOrganizationId": record.seller,
        "failureCode": record.failure_code,
    }


def due_members(book: Rulebook, record: Invoice) -> Json:
    """Return what an event may tell of a payment that is still to be made."""
    owed = record.approved_amount or record.amount
    return {
        "paymentId": record.payment_id,
        "invoiceId": record.id,
        "invoiceNumber": record.number,
        "status": record.payment_status,
        "amount": book.currencies[record.currency].format(owed),
        "currency": record.currency,
        "buyerOrganizationId": record.buyer,
        "sellerOrganizationId": record.seller,
        "failureCode": None,
    }


def event_data(book: Rulebook, subject: str, members: Json) -> Json:
    """Return an event's data: the members its subject has, those without a value left out."""
    fields = book.contract.subjects[subject]
    return {name: members[name] for name in fields if members.get(name) is not None}


def refusal(book: Rulebook, refused: Refusal, told: Told) -> Json:
    """Return the error envelope: every violation a detail, or the refusal's own facts as one."""
    message = book.contract.message(refused)
    details: list[Json] = []
    if refused.violations:
        details = [_detail(book, violation) for violation in refused.violations]
        message = summary(message, [detail["message"] for detail in details])
    elif not refused.simulated:
        row = book.contract.refusals[refused.code]
        facts = {name: refused.facts[name] for name in row.facts}
        field = {"field": refused.field} if refused.field else {}
        if facts or field:
            details = [{**field, "code": row.code, "message": message, **facts}]
    return {
        "statusCode": book.contract.status(refused),
        "code": refused.code,
        "message": message,
        "details": details,
        "traceId": told.trace,
        "timestamp": text(told.at),
        "path": told.path,
    }


def _detail(book: Rulebook, violation: Violation) -> Json:
    row = book.contract.violations[violation.keyword]
    message = violation.told(row.message)
    field = {"field": violation.field} if violation.field else {}
    return {**field, "code": violation.code or row.code, "message": message}


def _line_item(item: LineItem, form: Callable[[int], str]) -> Json:
    return {
        "id": item.id,
        "description": item.description,
        "quantity": item.quantity,
        "unitPrice": item.unit_price,
        "amount": form(item.amount),
        "position": item.position,
        "metadata": item.metadata,
    }


def _adjustment(record: Invoice, form: Callable[[int], str]) -> Json | None:
    made = record.adjustment
    if made is None:
        return None
    return {"amount": form(made.amount), "reason": made.reason, "at": text(made.at)}


def _dispute(record: Invoice) -> Json | None:
    raised = record.dispute
    if raised is None:
        return None
    return {
        "reason": raised.reason,
        "category": raised.category,
        "at": text(raised.at),
        "count": raised.count,
    }


def _info_request(record: Invoice) -> Json | None:
    asked = record.info_request
    if asked is None:
        return None
    return {
        "message": asked.message,
        "at": text(asked.at),
        "response": asked.response,
        "respondedAt": _time(asked.responded_at),
    }


def _cancellation_request(record: Invoice) -> Json | None:
    asked = record.cancellation_request
    if asked is None:
        return None
    return {
        "requestedBy": asked.requested_by,
        "reason": asked.reason,
        "at": text(asked.at),
        "decision": asked.decision,
        "decidedAt": _time(asked.decided_at),
    }


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else text(instant)

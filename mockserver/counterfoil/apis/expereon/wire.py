"""How Expereon's records look on the wire: camel case, decimal strings, times to the second."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from counterfoil.apis.expereon.records import (
    Attachment,
    Connection,
    Invoice,
    LineItem,
    Note,
    Payment,
    StoredFile,
    Webhook,
)
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.money import Currency
from counterfoil.engine.clock import text
from counterfoil.engine.credentials import Credential
from counterfoil.engine.outcome import Transition
from counterfoil.engine.pagination import Page, Query
from counterfoil.engine.records import Record
from counterfoil.engine.world import World

INVOICE_COLUMNS = (
    "id", "invoiceNumber", "status", "amount", "currency", "buyerOrganizationId",
    "sellerOrganizationId", "dueDate", "createdAt", "connectionId", "description", "approvedAmount",
    "paymentSource", "paymentId", "paymentStatus", "isOverdue", "submittedAt", "approvedAt",
    "settledAt", "cancelledAt", "archivedAt", "updatedAt", "version",
)  # fmt: skip
PAYMENT_COLUMNS = (
    "id", "invoiceId", "invoiceNumber", "batchId", "status", "amount", "currency",
    "buyerOrganizationId", "sellerOrganizationId", "method", "attempt", "failureCode", "retryable",
    "createdAt", "settledAt", "failedAt", "version",
)  # fmt: skip
"""The columns of exports: what rows have that is a single value."""

BUCKETS = ("AVAILABLE", "COLLATERAL", "RESERVED")
"""What a balance is made of."""

Json = dict[str, Any]
R = TypeVar("R", bound=Record)


def invoice(book: Rulebook, world: World, record: Invoice, role: str) -> Json:
    """Return a whole invoice, as the party in a role sees it."""

    def make() -> Json:
        form = book.currencies[record.currency].format
        items = [line_item(item, form) for item in record.line_items]
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
        "attachments": [_attachment(attachment) for attachment in record.attachments],
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


def line_item(item: LineItem, form: Callable[[int], str]) -> Json:
    """Return a line of an invoice; `form` tells amounts of the invoice's currency."""
    return {
        "id": item.id,
        "description": item.description,
        "quantity": item.quantity,
        "unitPrice": item.unit_price,
        "amount": form(item.amount),
        "position": item.position,
        "metadata": item.metadata,
    }


def note(record: Note) -> Json:
    """Return a note on an invoice."""
    return {
        "id": record.id,
        "invoiceId": record.invoice_id,
        "authorOrganizationId": record.author,
        "authorRole": record.role,
        "body": record.text,
        "visibility": "SHARED" if record.reader else "INTERNAL",
        "createdAt": text(record.created_at),
    }


def confirmation(book: Rulebook, record: Payment) -> Json:
    """Return the confirmation of a payment that settled an invoice."""
    return {
        "invoiceId": record.invoice_id,
        "paymentId": record.id,
        "settledAt": _time(record.settled_at),
        "amount": book.currencies[record.currency].format(record.amount),
        "currency": record.currency,
        "reference": record.id.upper().replace("_", "-"),
    }


def totals(book: Rulebook, sums: Mapping[str, int]) -> list[Json]:
    """Return amounts in minor units by currency, in the order of their codes."""
    return [
        {"currency": code, "amount": book.currencies[code].format(minor)}
        for code, minor in sorted(sums.items())
    ]


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


def due_payment(book: Rulebook, record: Invoice) -> Json:
    """Return a payment that is still to be made."""
    owed = record.approved_amount or record.amount
    return {
        "invoiceId": record.id,
        "invoiceNumber": record.number,
        "status": record.status,
        "dueDate": record.due_date,
        "amount": book.currencies[record.currency].format(owed),
        "currency": record.currency,
        "connectionId": record.connection_id,
        "buyerOrganizationId": record.buyer,
        "sellerOrganizationId": record.seller,
        "paymentId": record.payment_id,
        "paymentStatus": record.payment_status,
    }


def total(currency: Currency, count: int, minor: int) -> Json:
    """Return how many there are in a currency, and what they come to."""
    return {"currency": currency.code, "count": count, "amount": currency.format(minor)}


def connection(record: Connection) -> Json:
    """Return a connection, as the control plane tells it."""
    return {
        "id": record.id,
        "seller": record.seller,
        "buyer": record.buyer,
        "currency": record.currency,
        "status": record.status,
    }


def api_key(book: Rulebook, held: Credential, now: datetime) -> Json:
    """Return a key, masked: what opens anything is told by the answers that made it alone."""
    grace = held.previous_until if held.previous_at(now) else None
    return {
        "id": held.id,
        "name": held.name,
        "apiKey": f"{book.rules.environments['sandbox'].prefix}****{held.hint}",
        "environment": "SANDBOX",
        "permissions": list(held.permissions),
        "status": key_status(held, now),
        "expiresAt": _time(held.expires_at),
        "revokedAt": _time(held.revoked_at),
        "previousSecretExpiresAt": _time(grace),
        "createdAt": text(held.created_at),
        "updatedAt": text(held.updated_at),
        "version": held.version,
    }


def key_status(held: Credential, now: datetime) -> str:
    """Return whether a key opens anything."""
    if held.revoked_at:
        return "REVOKED"
    return "EXPIRED" if held.is_expired(now) else "ACTIVE"


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


def file(record: StoredFile) -> Json:
    """Return what a file is."""
    return {
        "id": record.id,
        "fileName": record.name,
        "contentType": record.content_type,
        "size": record.size,
        "sha256": record.sha256,
        "purpose": record.purpose,
        "invoiceId": record.invoice_id,
        "createdAt": text(record.created_at),
    }


def _attachment(attachment: Attachment) -> Json:
    return {
        "id": attachment.id,
        "fileName": attachment.name,
        "contentType": attachment.type,
        "size": attachment.size,
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

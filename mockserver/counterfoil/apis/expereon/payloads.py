"""What endpoints are told of: the envelope of an event, and what it may say of its subject."""

from datetime import datetime

from counterfoil.apis.expereon.records import Invoice, Payment
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.wire import Json
from counterfoil.engine.clock import text
from counterfoil.engine.outcome import Event


def event(happened: Event, at: datetime) -> Json:
    """Return an event as endpoints are told of it."""
    return {
        "id": happened.id,
        "type": happened.type,
        "timestamp": text(at),
        "data": happened.data,
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

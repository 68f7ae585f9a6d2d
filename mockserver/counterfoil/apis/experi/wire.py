"""How Experi's records look on the wire: camel case, exact JSON numbers, times to the second."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from counterfoil.apis.experi.records import (
    Account,
    Client,
    Invoice,
    LineItem,
    Payment,
    RecurringInvoice,
    Run,
)
from counterfoil.apis.experi.rulebook import Rulebook
from counterfoil.domain.money import Currency
from counterfoil.engine import exact
from counterfoil.engine.clock import text
from counterfoil.engine.pagination import Page, Query, Tally
from counterfoil.engine.records import Record
from counterfoil.engine.world import World

Json = dict[str, Any]
R = TypeVar("R", bound=Record)


def whole(data: Json) -> Json:
    """Return an answer in its envelope."""
    return {"data": data}


def page(query: Query, found: Page[R], render: Callable[[R], Json]) -> Json:
    """Return a page of answers in their envelope; pages count from 1."""
    return {
        "data": [render(record) for record in found.records],
        "pagination": {
            "page": query.page + 1,
            "limit": query.limit,
            "total": found.total,
            "totalPages": -(-found.total // query.limit),
        },
    }


def client(record: Client) -> Json:
    """Return a client."""
    return {
        "id": record.id,
        "name": record.name,
        "company": record.company,
        "email": record.email,
        "phone": record.phone,
        "addressLine1": record.address_line1,
        "addressLine2": record.address_line2,
        "city": record.city,
        "county": record.county,
        "postcode": record.postcode,
        "country": record.country,
        "notes": record.notes,
        "createdAt": text(record.created_at),
        "updatedAt": text(record.updated_at),
    }


def invoice(book: Rulebook, world: World, record: Invoice) -> Json:
    """Return an invoice, with what its client is called now."""
    of = world.get(book.kinds.client, record.client_id)
    assert of is not None, f"the client of {record.id} is gone"
    reader = f"of {of.version}"
    return world.look(book.kinds.invoice, record, reader, lambda: _invoice(book, record, of))


def _invoice(book: Rulebook, record: Invoice, of: Client) -> Json:
    currency = book.currencies[record.currency]
    value = record.discount_value
    return {
        "id": record.id,
        "invoiceNumber": record.number,
        "clientId": record.client_id,
        "client": {"id": of.id, "name": of.name, "company": of.company, "email": of.email},
        "status": record.status,
        "issueDate": text(record.issue_date),
        "dueDate": text(record.due_date),
        "currency": record.currency,
        "taxName": record.tax_name,
        "taxRate": plain(record.tax_rate),
        "lineItems": [line_item(currency, item) for item in record.line_items],
        "discountType": record.discount_type,
        "discountValue": None if value is None else plain(value),
        "discountAmount": money(currency, record.discount_amount),
        "subtotal": money(currency, record.subtotal),
        "taxAmount": money(currency, record.tax_amount),
        "total": money(currency, record.total),
        "amountPaid": money(currency, record.amount_paid),
        "amountDue": money(currency, record.amount_due),
        "payments": [_payment(currency, record.id, made) for made in record.payments],
        "poNumber": record.po_number,
        "notes": record.notes,
        "footer": record.footer,
        "sentAt": _time(record.sent_at),
        "lastSentAt": _time(record.last_sent_at),
        "sendCount": record.send_count,
        "paidAt": _time(record.paid_at),
        "recurringInvoiceId": record.recurring_id,
        "createdAt": text(record.created_at),
        "updatedAt": text(record.updated_at),
    }


def line_item(currency: Currency, item: LineItem) -> Json:
    """Return a line of an invoice in a currency."""
    return {
        "id": item.id,
        "description": item.description,
        "quantity": plain(item.quantity),
        "unitPrice": money(currency, item.unit_price),
        "total": money(currency, item.total),
    }


def outstanding(book: Rulebook, kept: Iterable[Tally]) -> list[Json]:
    """Return what is outstanding in each currency, from the totals of what is owed."""
    sums: dict[str, tuple[int, int, int]] = {}
    for tally in kept:
        if tally.n:
            late = tally.total if tally.values["status"] in book.rules.late_states else 0
            code = tally.values["currency"]
            n, owed, owed_late = sums.get(code, (0, 0, 0))
            sums[code] = n + tally.n, owed + tally.total, owed_late + late
    return [
        {
            "currency": code,
            "count": n,
            "totalOutstanding": money(book.currencies[code], owed),
            "totalOverdue": money(book.currencies[code], late),
        }
        for code, (n, owed, late) in sorted(sums.items())
    ]


def recurring(book: Rulebook, record: RecurringInvoice) -> Json:
    """Return a recurring invoice as lists show it."""
    currency = book.currencies[record.currency]
    return {
        "id": record.id,
        "clientId": record.client_id,
        "frequency": record.frequency,
        "interval": record.interval,
        "startDate": text(record.start_date),
        "endDate": _time(record.end_date),
        "nextRunDate": _time(record.next_run),
        "lastRunDate": _time(record.last_run),
        "status": record.status,
        "currency": record.currency,
        "taxName": record.tax_name,
        "taxRate": plain(record.tax_rate),
        "lineItems": [line_item(currency, item) for item in record.line_items],
        "autoSend": record.auto_send,
        "paymentTermsDays": record.payment_terms_days,
        "occurrencesGenerated": record.generated,
        "createdAt": text(record.created_at),
        "updatedAt": text(record.updated_at),
    }


def run(record: Run) -> Json:
    """Return what came of an occurrence."""
    return {
        "at": text(record.at),
        "outcome": "GENERATED" if record.invoice_id else "SKIPPED",
        "invoiceId": record.invoice_id,
        "reason": record.reason,
    }


def account(record: Account) -> Json:
    """Return an account, as the control plane tells it."""
    return {
        "id": record.id,
        "name": record.name,
        "email": record.email,
        "plan": record.plan,
        "apiEnabled": record.api_enabled,
        "emailVerified": record.email_verified,
        "invoicePrefix": record.invoice_prefix,
        "paymentTermsDays": record.payment_terms_days,
    }


def money(currency: Currency, minor: int) -> Decimal:
    """Return an amount as a JSON number with the currency's decimals."""
    return Decimal(minor).scaleb(-currency.decimals)


def plain(number: Decimal) -> int | Decimal:
    """Return a number as a JSON number without zeros at its end."""
    return exact.number(format(number.normalize(), "f"))


def _payment(currency: Currency, invoice_id: str, made: Payment) -> Json:
    return {
        "id": made.id,
        "invoiceId": invoice_id,
        "amount": money(currency, made.amount),
        "paymentDate": text(made.payment_date),
        "paymentMethod": made.payment_method,
        "reference": made.reference,
        "createdAt": text(made.created_at),
    }


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else text(instant)

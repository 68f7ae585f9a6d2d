"""Invoices: list, create, read, change, delete, what is outstanding, and the paper."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from counterfoil.apis.experi import wire
from counterfoil.apis.experi.paper import paper_of
from counterfoil.apis.experi.pricing import discount_of, items_of, price
from counterfoil.apis.experi.records import Account, Invoice
from counterfoil.apis.experi.rulebook import (
    ACCOUNT,
    OWED,
    Rulebook,
    birth,
    found,
    permitted,
)
from counterfoil.apis.experi.walk import Walk
from counterfoil.domain.outcome import Violation
from counterfoil.engine.call import Call
from counterfoil.engine.clock import instant_of, text
from counterfoil.engine.files import Content
from counterfoil.engine.outcome import Change, Outcome
from counterfoil.engine.pagination import Condition, Query, containing, page, tallies
from counterfoil.engine.records import revised
from counterfoil.engine.world import World
from counterfoil.papers import pdf

CREATED = 201
DATE = len("2026-02-10")

TEXTS = {"taxName": "tax_name", "poNumber": "po_number", "notes": "notes", "footer": "footer"}
"""The members of a request that are told back as they are, and what the record calls them."""


def list_invoices(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the account's invoices."""
    asked = call.arguments
    query = Query(asked["page"] - 1, asked["limit"], conditions=tuple(_conditions(asked)))
    return Outcome(_page(book, call, world, query))


def list_outstanding_invoices(book: Rulebook, call: Call, world: World) -> Outcome:
    """List what was sent and is still to be paid, and tell what it comes to."""
    asked, owed = call.arguments, Condition("owed", "=", OWED)
    query = Query(
        asked["page"] - 1, asked["limit"], "owedSince", descending=False, conditions=(owed,)
    )
    kept = tallies(world, book.kinds.invoice, call.principal.owner)
    summary = wire.outstanding(book, [tally for tally in kept if tally.values["owed"] == OWED])
    return Outcome(_page(book, call, world, query) | {"summary": summary})


def create_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Create a draft, or an invoice that counts as sent."""
    body, owner = call.body, call.principal.owner
    account = book.account(world, owner)
    members = _members(book, world, account, body)
    arrow = birth(book.invoices, body.get("status", "DRAFT"))
    walk = Walk(book, world, arrow, call.principal.id, ACCOUNT)
    invoice = new_invoice(walk, account, **members)
    return _told(book, world, invoice, walk.invoice(invoice), CREATED)


def get_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read an invoice."""
    return Outcome(wire.whole(wire.invoice(book, world, invoice_of(book, call, world))))


def update_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Change a draft; what is left out stays as it is."""
    before = invoice_of(book, call, world)
    arrow = permitted(book.invoices, "update", before.status)
    account = book.account(world, before.account)
    members = _members(book, world, account, _as_given(book, before) | call.body)
    after = revised(before, world.now, **members)
    change = Walk(book, world, arrow, call.principal.id, ACCOUNT).invoice(after, before)
    return _told(book, world, after, change)


def delete_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Delete a draft: it is gone, and its number is not given again."""
    before = invoice_of(book, call, world)
    arrow = permitted(book.invoices, "delete", before.status)
    change = Walk(book, world, arrow, call.principal.id, ACCOUNT).invoice(None, before)
    return Outcome(wire.whole({"id": before.id, "deleted": True}), change, before.id)


def get_invoice_pdf(book: Rulebook, call: Call, world: World) -> Outcome:
    """Return an invoice as a file to print."""
    invoice = invoice_of(book, call, world)
    file = pdf.render(paper_of(book, world, invoice))
    return Outcome(Content(f"{invoice.number}.pdf", "application/pdf", file))


def invoice_of(book: Rulebook, call: Call, world: World) -> Invoice:
    """Return the invoice that a call's path names."""
    owner, id = call.principal.owner, call.arguments["invoiceId"]
    return found(world, book.kinds.invoice, owner, id, "INVOICE_NOT_FOUND")


def new_invoice(walk: Walk, account: Account, **members: Any) -> Invoice:
    """Return a new invoice of an account, with the next number of its own."""
    book, world = walk.book, walk.world
    number = world.counters.next(f"invoice number of {account.id}")
    sent = walk.arrow.target in book.rules.outstanding_states
    return Invoice(
        **world.birth(book.kinds.invoice),
        account=account.id,
        number=f"{account.invoice_prefix}{number:0{book.rules.number_digits}d}",
        status=walk.arrow.target,
        sent_at=world.now if sent else None,
        **members,
    )


def _told(
    book: Rulebook, world: World, invoice: Invoice, change: Change, status: int = 200
) -> Outcome:
    body = wire.whole(wire.invoice(book, world, invoice))
    return Outcome(body, change, invoice.id, status)


def _page(book: Rulebook, call: Call, world: World, query: Query) -> wire.Json:
    found_ = page(world, book.kinds.invoice, call.principal.owner, query)
    return wire.page(query, found_, lambda row: wire.invoice(book, world, row))


def _conditions(asked: Mapping[str, Any]) -> Iterator[Condition]:
    """Yield what query parameters narrow a list of invoices by."""
    for name in ("status", "clientId"):
        if name in asked:
            yield Condition(name, "=", asked[name])
    if "from" in asked:
        yield Condition("issueDate", ">=", text(moment_of(asked["from"])))
    if "to" in asked:
        until = moment_of(asked["to"])
        until += timedelta(days=1) if len(asked["to"]) == DATE else timedelta(seconds=1)
        yield Condition("issueDate", "<", text(until))
    if "search" in asked:
        yield containing("text", asked["search"].casefold())


def _members(book: Rulebook, world: World, account: Account, body: wire.Json) -> dict[str, Any]:
    """Return the members of an invoice that a request gives, its sums included."""
    issued = moment_of(body["issueDate"]) if "issueDate" in body else world.now
    terms = timedelta(days=account.payment_terms_days)
    due = moment_of(body["dueDate"]) if "dueDate" in body else issued + terms
    if due.date() < issued.date():
        raise book.wrong(Violation("dueDate", "order", "the issue date"))
    currency = book.currencies[body.get("currency", book.rules.currency)]
    tax_rate, discount = Decimal(body.get("taxRate", 0)), discount_of(book, body)
    items = items_of(world, currency, body["lineItems"])
    sums = price(book, currency, items, tax_rate, discount)
    client = found(world, book.kinds.client, account.id, body["clientId"], "CLIENT_NOT_FOUND")
    return {
        "client_id": client.id,
        "issue_date": issued,
        "due_date": due,
        "currency": currency.code,
        "tax_rate": tax_rate,
        "line_items": items,
        "discount_type": discount.type,
        "discount_value": discount.value,
        **sums._asdict(),
        **{member: body.get(name) for name, member in TEXTS.items()},
    }


def _as_given(book: Rulebook, invoice: Invoice) -> wire.Json:
    """Return an invoice as a request would give it; its lines keep their ids."""
    currency = book.currencies[invoice.currency]
    return {
        "clientId": invoice.client_id,
        "issueDate": text(invoice.issue_date),
        "dueDate": text(invoice.due_date),
        "currency": invoice.currency,
        "taxRate": invoice.tax_rate,
        "lineItems": [wire.line_item(currency, item) for item in invoice.line_items],
        "discountType": invoice.discount_type,
        "discountValue": invoice.discount_value,
        **{name: getattr(invoice, member) for name, member in TEXTS.items()},
    }


def moment_of(given: str) -> datetime:
    """Return the instant of a date, which is its beginning, or of a date and time, to the second."""
    return instant_of(given).astimezone(UTC).replace(microsecond=0)

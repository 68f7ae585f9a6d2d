"""Invoices: list, create, read, change, delete, and what happened to them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.filters import query_of
from counterfoil.apis.expereon.pricing import as_sent, price
from counterfoil.apis.expereon.records import BUYER, SELLER, Connection, Invoice, Role
from counterfoil.apis.expereon.rulebook import Rulebook, unscaled
from counterfoil.apis.expereon.step import News, begin, emitted, visible
from counterfoil.contract.document import enum_of
from counterfoil.domain.money import trimmed
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.exports import Form, export
from counterfoil.engine.outcome import Change, Outcome, Put, Transition
from counterfoil.engine.pagination import (
    Choice,
    Condition,
    Query,
    Tally,
    first,
    page,
    sums,
    tallies,
)
from counterfoil.engine.world import World


def list_invoices(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the organisation's invoices, those it sells and those it buys."""
    query = query_of(call, world, book.rules.hidden_states)
    owner = call.principal.owner
    found = page(world, book.kinds.invoice, owner, query)
    return Outcome(
        wire.page(query, found, lambda row: wire.invoice_row(book, world, row, role_of(row, owner)))
    )


def export_invoices(book: Rulebook, call: Call, world: World) -> Outcome:
    """Write the invoices that a list would show into a file."""
    owner = call.principal.owner

    def row(record: Invoice) -> wire.Json:
        role = SELLER if record.seller == owner else BUYER
        return wire.invoice_row(book, world, record, role)

    query = query_of(call, world, book.rules.hidden_states)
    form = Form(call.arguments["format"], wire.INVOICE_COLUMNS, row)
    return Outcome(export(world, book.kinds.invoice, owner, query, form))


def search_invoices(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the organisation's invoices whose number or description holds a text."""
    asked = {**call.arguments, "search": call.arguments["q"]}
    return list_invoices(book, replace(call, arguments=asked), world)


def summarize_invoices(book: Rulebook, call: Call, world: World) -> Outcome:
    """Sum up the organisation's invoices, from the totals that commits keep."""
    kind, owner = book.kinds.invoice, call.principal.owner
    kept = tallies(world, kind, owner)
    by_status = [
        {"status": status, **_summed(book, [t for t in kept if t.values["status"] == status])}
        for status in enum_of(book.contract.document, "Invoice", "status")
    ]
    late = Query(
        page=0,
        limit=1,
        conditions=(Condition("payableUntil", "<", world.now.date().isoformat()),),
        choices=(Choice("status", book.rules.overdue_states),),
    )
    overdue = _summed(book, sums(world, kind, owner, late, "currency"))
    return Outcome({"byStatus": by_status, "overdue": overdue})


def create_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Create a draft on an active connection, as its seller."""
    body, owner = call.body, call.principal.owner
    connection = world.seen(book.kinds.connection, owner, body["connectionId"])
    if connection is None:
        raise Refusal("NOT_FOUND", field="connectionId")
    if connection.seller != owner:
        raise Refusal("ROLE_NOT_ALLOWED", requiredRole=SELLER, actualRole=BUYER)
    require_free_number(book, world, owner, body["invoiceNumber"])
    require_active(connection)
    currency = book.currencies[body.get("currency", connection.currency)]
    cost = price(book, world, currency, body)
    arrow = book.invoices.arrow("create", None)
    assert arrow is not None
    invoice = Invoice(
        **world.birth(book.kinds.invoice),
        number=body["invoiceNumber"],
        status=arrow.target,
        amount=cost.amount,
        currency=currency.code,
        connection_id=connection.id,
        seller=connection.seller,
        buyer=connection.buyer,
        due_date=body["dueDate"],
        description=body.get("description"),
        line_items=cost.line_items,
        metadata=body.get("metadata", {}),
    )
    kind = book.kinds.invoice
    born = Transition(kind.name, invoice.id, arrow.trigger, None, invoice.status, owner, SELLER)
    events = emitted(book, world, arrow, News(invoice))
    change = Change(puts=(Put(kind, invoice),), transitions=(born,), events=events)
    return Outcome(wire.invoice(book, world, invoice, SELLER), change, invoice.id)


def get_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read an invoice, as either party."""
    invoice, role = visible(book, call, world, call.arguments["invoiceId"])
    return Outcome(wire.invoice(book, world, invoice, role))


def update_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Change an invoice that is the seller's to change; what is left out stays as it is."""
    step = begin(book, call, world, "update", call.arguments["invoiceId"])
    body, invoice = call.body, step.invoice
    if (number := body.get("invoiceNumber", invoice.number)) != invoice.number:
        require_free_number(book, world, invoice.seller, number)
    changes: dict[str, Any] = {
        member: body[name]
        for name, member in (
            ("dueDate", "due_date"),
            ("description", "description"),
            ("metadata", "metadata"),
        )
        if name in body
    }
    return step.done(number=number, **changes, **repriced(book, world, invoice, body))


def delete_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Delete a draft: it is gone, and its number is free again."""
    step = begin(book, call, world, "delete", call.arguments["invoiceId"])
    removal = Put(book.kinds.invoice, None, step.invoice)
    change = Change(puts=(removal,), transitions=(step.transition(None),))
    return Outcome({"id": step.invoice.id, "deleted": True}, change, step.invoice.id)


def list_invoice_history(book: Rulebook, call: Call, world: World) -> Outcome:
    """List every arrow an invoice walked, oldest first."""
    invoice, _ = visible(book, call, world, call.arguments["invoiceId"])
    query = Query(call.arguments["page"], call.arguments["limit"])
    walked = list(world.transitions(book.kinds.invoice.name, invoice.id))
    items = [wire.transition(*step) for step in query.cut(walked)]
    return Outcome(wire.envelope(query, items, len(walked)))


def _summed(book: Rulebook, found: Sequence[Tally]) -> wire.Json:
    """Return how many invoices some totals are of, and what they come to in each currency."""
    by_currency: Counter[str] = Counter()
    for tally in found:
        if tally.n:
            code = tally.values["currency"]
            by_currency[code] += unscaled(book.currencies[code], tally.total)
    count = sum(tally.n for tally in found)
    return {"count": count, "totals": wire.totals(book, by_currency)}


def role_of(invoice: Invoice, owner: str) -> Role:
    """Return the role of one of an invoice's parties."""
    return SELLER if invoice.seller == owner else BUYER


def require_active(connection: Connection) -> None:
    """Refuse what only an active connection allows."""
    if connection.status != "ACTIVE":
        raise Refusal("CONNECTION_NOT_ACTIVE", status=connection.status)


def require_free_number(book: Rulebook, world: World, seller: str, number: str) -> None:
    """Refuse an invoice number its seller has given before."""
    bounds = (Condition("invoiceNumber", "=", number), Condition("role", "=", SELLER))
    taken = first(world, book.kinds.invoice, seller, bounds)
    if taken:
        raise Refusal("DUPLICATE_INVOICE_NUMBER", field="invoiceNumber", existingInvoiceId=taken.id)


def repriced(
    book: Rulebook, world: World, invoice: Invoice, body: dict[str, Any]
) -> dict[str, Any]:
    """Return the members that change where a request touches what an invoice costs.

    An amount must agree with line items that stay; another currency, with the decimals of all that
    stays.
    """
    if not body.keys() & {"amount", "currency", "lineItems"}:
        return {}
    old = book.currencies[invoice.currency]
    currency = book.currencies[body.get("currency", invoice.currency)]
    items = body.get("lineItems", [as_sent(item) for item in invoice.line_items])
    whole = {"lineItems": items} if items else {"amount": trimmed(old.format(invoice.amount))}
    if "amount" in body:
        whole["amount"] = body["amount"]
    cost = price(book, world, currency, whole)
    return {"amount": cost.amount, "currency": currency.code, "line_items": cost.line_items}

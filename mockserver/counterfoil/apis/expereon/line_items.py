"""Line items: what an invoice is made of, line by line; its amount is what they come to."""

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.pricing import as_sent, price, raise_if_imprecise
from counterfoil.apis.expereon.records import Invoice, LineItem
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.step import Step, begin, require_amount, visible
from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Outcome
from counterfoil.engine.pagination import Query
from counterfoil.engine.world import World

MEMBERS = ("description", "quantity", "unitPrice", "metadata")
"""What a request may say of a line item."""


def list_line_items(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the line items of an invoice, in the order of their positions."""
    invoice, _ = visible(book, call, world, call.arguments["invoiceId"])
    query = Query(call.arguments["page"], call.arguments["limit"])
    items = [_shown(book, invoice, item) for item in query.cut(invoice.line_items)]
    return Outcome(wire.envelope(query, items, len(invoice.line_items)))


def get_line_item(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a line item, as either party."""
    invoice, _ = visible(book, call, world, call.arguments["invoiceId"])
    return Outcome(_shown(book, invoice, invoice.line_items[_place(call, invoice)]))


def create_line_item(book: Rulebook, call: Call, world: World) -> Outcome:
    """Add a line item at the end; a bare amount makes room for it."""
    step = _begin(book, call, world)
    lines = _lines(step)
    if len(lines) >= (most := book.rules.line_items):
        full = Violation("lineItems", "maxItems", f"{most} entries")
        raise invalid(book.contract.policy.bodies.invalid, (full,))
    invoice, change = _rewritten(step, [*lines, _asked(call)])
    item = invoice.line_items[-1]
    return Outcome(_result(book, invoice, item), change, item.id)


def update_line_item(book: Rulebook, call: Call, world: World) -> Outcome:
    """Change a line item; what is left out stays as it is."""
    step, place = _begin_on_one(book, call, world)
    lines = _lines(step)
    lines[place] |= _asked(call)
    invoice, change = _rewritten(step, lines)
    item = invoice.line_items[place]
    return Outcome(_result(book, invoice, item), change, item.id)


def delete_line_item(book: Rulebook, call: Call, world: World) -> Outcome:
    """Remove a line item; the last one only where an invoice may amount to nothing."""
    step, place = _begin_on_one(book, call, world)
    lines = _lines(step)
    item = step.invoice.line_items[place]
    del lines[place]
    invoice, change = _rewritten(step, lines)
    return Outcome(_result(book, invoice, item) | {"deleted": True}, change, item.id)


def _begin(book: Rulebook, call: Call, world: World) -> Step:
    return begin(book, call, world, "update", call.arguments["invoiceId"])


def _begin_on_one(book: Rulebook, call: Call, world: World) -> tuple[Step, int]:
    """Return the step of a change to a line item; one that is missing is told before all else."""
    invoice, _ = visible(book, call, world, call.arguments["invoiceId"])
    place = _place(call, invoice)
    return _begin(book, call, world), place


def _place(call: Call, invoice: Invoice) -> int:
    """Return which of an invoice's line items a call is about."""
    for place, item in enumerate(invoice.line_items):
        if item.id == call.arguments["lineItemId"]:
            return place
    raise Refusal("NOT_FOUND")


def _lines(step: Step) -> list[wire.Json]:
    return [as_sent(item) for item in step.invoice.line_items]


def _asked(call: Call) -> wire.Json:
    return {name: call.body[name] for name in MEMBERS if name in call.body}


def _rewritten(step: Step, lines: list[wire.Json]) -> tuple[Invoice, Change]:
    """Return the invoice with other line items, and the change that makes it so."""
    book, currency = step.book, step.book.currencies[step.invoice.currency]
    asked = step.call.body or {}
    # Told by the field of this request before it is looked at among all lines.
    if "unitPrice" in asked:
        raise_if_imprecise(book, currency, {"unitPrice": asked["unitPrice"]})
    cost = price(book, step.world, currency, {"lineItems": lines})
    require_amount(book, step.arrow.target, cost.amount)
    return step.walked(amount=cost.amount, line_items=cost.line_items)


def _shown(book: Rulebook, invoice: Invoice, item: LineItem) -> wire.Json:
    return wire.line_item(item, book.currencies[invoice.currency].format)


def _result(book: Rulebook, invoice: Invoice, item: LineItem) -> wire.Json:
    """Return a line item, and what its invoice has come to."""
    amount = book.currencies[invoice.currency].format(invoice.amount)
    told = {"id": invoice.id, "amount": amount, "version": invoice.version}
    return _shown(book, invoice, item) | {"invoice": told}

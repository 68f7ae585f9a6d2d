"""Items: the catalogue of what lines may be of."""

from typing import Any

from counterfoil.apis.invoicexpress import wire
from counterfoil.apis.invoicexpress.records import Item
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import decimal_of, found, named, put, query_of
from counterfoil.apis.invoicexpress.taxes import tax_named
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import page
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

CREATED = 201


def list_items(book: Rulebook, call: Call, world: World) -> Outcome:
    """List a page of items, by name."""
    query = query_of(book, call, world, sort="order", descending=False)
    items = page(world, book.kinds.item, call.principal.owner, query).records
    return Outcome({"items": [_shown(book, world, item) for item in items]})


def create_item(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make an item."""
    body, owner, kind = call.body["item"], call.principal.owner, book.kinds.item
    members = _members(book, world, owner, body)
    _require_free(book, world, owner, members["name"])
    members.setdefault("tax", _tax(book, world, owner, {}))
    item = Item(**book.birth(world, kind), account=owner, **members)
    return Outcome({"item": _shown(book, world, item)}, put(kind, item), item.id, CREATED)


def get_item(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read an item."""
    return Outcome({"item": _shown(book, world, _found(book, call, world))})


def update_item(book: Rulebook, call: Call, world: World) -> Outcome:
    """Change what is sent."""
    before = _found(book, call, world)
    members = _members(book, world, before.account, call.body["item"])
    if members.get("name", before.name) != before.name:
        if before.used:
            raise Refusal("ITEM_NAME_FIXED", field="name")
        _require_free(book, world, before.account, members["name"])
    after = revised(before, world.now, **members)
    return Outcome(wire.BLANK, put(book.kinds.item, after, before), after.id)


def delete_item(book: Rulebook, call: Call, world: World) -> Outcome:
    """Remove an item."""
    before = _found(book, call, world)
    return Outcome(wire.BLANK, put(book.kinds.item, None, before), before.id)


def _members(book: Rulebook, world: World, owner: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the members of an item that a body says."""
    members: dict[str, Any] = {name: body[name] for name in ("name", "description") if name in body}
    if "unit" in body:
        members["unit"] = body["unit"] or None
    if "unit_price" in body:
        price = body["unit_price"]
        if not isinstance(price, str) and book.fidelity(world).plain_numbers_refused:
            raise Refusal("PRICE_INVALID")
        members["unit_price"] = decimal_of(price)
    if body.get("tax") is not None:
        members["tax"] = _tax(book, world, owner, body["tax"])
    return members


def _tax(book: Rulebook, world: World, owner: str, given: dict[str, Any]) -> str | None:
    tax = tax_named(book, world, owner, given.get("name"))
    return tax.id if tax else None


def _shown(book: Rulebook, world: World, item: Item) -> wire.Json:
    tax = world.get(book.kinds.tax, item.tax) if item.tax else None
    return wire.item(item, tax)


def _require_free(book: Rulebook, world: World, owner: str, name: str) -> None:
    if named(world, book.kinds.item, owner, name=name) is not None:
        raise Refusal("ITEM_NAME_TAKEN", field="name")


def _found(book: Rulebook, call: Call, world: World) -> Item:
    return found(world, book.kinds.item, call, call.arguments["item_id"])

"""Taxes: what is added to lines, one of them unless a line says otherwise."""

from typing import Any

from counterfoil.apis.invoicexpress import wire
from counterfoil.apis.invoicexpress.records import Tax
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import decimal_of, found, named, put
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import NOTHING, Change, Outcome
from counterfoil.engine.pagination import Condition, Query, first, page
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

CREATED = 201
MOST = 10_000
"""How many taxes are listed."""


def list_taxes(book: Rulebook, call: Call, world: World) -> Outcome:
    """List all taxes, oldest first."""
    return Outcome(
        {"taxes": [wire.tax(tax) for tax in all_taxes(book, world, call.principal.owner)]}
    )


def create_tax(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make a tax."""
    body, owner, kind = call.body["tax"], call.principal.owner, book.kinds.tax
    members = _members(book, world, body)
    _require_free(book, world, owner, members["name"])
    _require_region(book, world, members.get("region"), said=False)
    tax = Tax(**book.birth(world, kind), account=owner, **members)
    change = put(kind, tax)
    if tax.default:
        change = _without_default(book, world, owner) + change
    return Outcome({"tax": wire.tax(tax)}, change, tax.id, CREATED)


def get_tax(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a tax."""
    return Outcome({"tax": wire.tax(_found(book, call, world))})


def update_tax(book: Rulebook, call: Call, world: World) -> Outcome:
    """Change what is sent; the default stays the default until another one is."""
    before, kind = _found(book, call, world), book.kinds.tax
    members = _members(book, world, call.body["tax"])
    if members.get("name", before.name) != before.name:
        _require_free(book, world, before.account, members["name"])
    _require_region(book, world, members.get("region", before.region), said="region" in members)
    default = members.pop("default", False)
    change = NOTHING
    if default and not before.default:
        change = _without_default(book, world, before.account)
    after = revised(before, world.now, **members, default=before.default or default)
    return Outcome(wire.BLANK, change + put(kind, after, before), after.id)


def delete_tax(book: Rulebook, call: Call, world: World) -> Outcome:
    """Remove a tax; where it was the default, the oldest of the others is."""
    before, kind = _found(book, call, world), book.kinds.tax
    change = put(kind, None, before)
    heirs = [tax for tax in all_taxes(book, world, before.account) if tax.id != before.id]
    if before.default and heirs:
        change += put(kind, revised(heirs[0], world.now, default=True), heirs[0])
    return Outcome(wire.REMOVED[book.fidelity(world).tax_removed], change, before.id)


def all_taxes(book: Rulebook, world: World, owner: str) -> list[Tax]:
    """Return an account's taxes, oldest first."""
    return list(page(world, book.kinds.tax, owner, Query(0, MOST, descending=False)).records)


def default_tax(book: Rulebook, world: World, owner: str) -> Tax | None:
    """Return the tax of a line that names none."""
    return first(world, book.kinds.tax, owner, (Condition("default", "=", 1),))


def tax_named(book: Rulebook, world: World, owner: str, name: str | None) -> Tax | None:
    """Return the tax of a name or, where there is none of it, the default."""
    known = named(world, book.kinds.tax, owner, name=name) if name else None
    return known or default_tax(book, world, owner)


def _members(book: Rulebook, world: World, body: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a tax that a body says."""
    members: dict[str, Any] = {
        name: body[name] or None for name in ("name", "region", "code") if name in body
    }
    if "value" in body:
        if not isinstance(body["value"], str) and book.fidelity(world).plain_numbers_refused:
            raise Refusal("TAX_VALUE_NUMBER", value=body["value"])
        members["value"] = decimal_of(body["value"])
    if "default_tax" in body:
        members["default"] = body["default_tax"] in (1, "1", True)
    return members


def _require_free(book: Rulebook, world: World, owner: str, name: str) -> None:
    if named(world, book.kinds.tax, owner, name=name) is not None:
        raise Refusal("TAX_NAME_TAKEN", field="name")


def _require_region(book: Rulebook, world: World, region: str | None, *, said: bool) -> None:
    """Refuse a tax without a region where the wire wants one, or where its region is taken away."""
    if not region and (said or book.fidelity(world).tax_region_required):
        raise Refusal("TAX_REGION_EMPTY")


def _without_default(book: Rulebook, world: World, owner: str) -> Change:
    held = default_tax(book, world, owner)
    if held is None:
        return NOTHING
    return put(book.kinds.tax, revised(held, world.now, default=False), held)


def _found(book: Rulebook, call: Call, world: World) -> Tax:
    return found(world, book.kinds.tax, call, call.arguments["taxes_id"])

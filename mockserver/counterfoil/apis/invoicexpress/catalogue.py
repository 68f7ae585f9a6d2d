"""The catalogue as documents use it: clients are found or made, items found, made and kept up to date.

Several lines may name one item: what the last of them says stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from counterfoil.apis.invoicexpress.clients import new_client
from counterfoil.apis.invoicexpress.document_records import Billed, LineTax
from counterfoil.apis.invoicexpress.records import Client, Item
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import named, put, text_of
from counterfoil.apis.invoicexpress.taxes import tax_named
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.outcome import NOTHING, Change
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

Json = Mapping[str, Any]

BILLED = (
    "id", "name", "code", "email", "address", "city", "postal_code", "country", "fiscal_id", "phone",
)  # fmt: skip
"""What a document keeps of its client."""


@dataclass(slots=True)
class Catalogue:
    """An account's clients, items and taxes, and what one document adds to them."""

    book: Rulebook
    world: World
    owner: str
    _client: Client | None = None
    _items: dict[str, tuple[Item | None, Item]] = field(default_factory=dict)

    def billed(self, sent: Json) -> Billed:
        """Return the client of a document: that of its code or else of its name, or a new one.

        A client that is known stays as it is, whatever the document says of it.
        """
        kind, code, name = self.book.kinds.client, text_of(sent.get("code")), sent.get("name")
        known = named(self.world, kind, self.owner, code=code) if code else None
        if known is None and name:
            known = named(self.world, kind, self.owner, name=name)
        if known is None:
            if not name:
                raise Refusal("CLIENT_INVALID")
            known = self._client = new_client(self.book, self.world, self.owner, sent)
        return Billed(**{member: getattr(known, member) for member in BILLED})

    def tax(self, name: str | None) -> LineTax:
        """Return the tax of a name or, where there is none of it, the default."""
        tax = tax_named(self.book, self.world, self.owner, name)
        if tax is None:
            raise Refusal("ITEMS_INVALID")
        return LineTax(id=tax.id, name=tax.name, value=tax.value, region=tax.region, code=tax.code)

    def item(self, sent: Json, unit_price: Decimal, tax: LineTax) -> str:
        """Return the id of the item of a line, which takes on what the line says of it."""
        kind, name = self.book.kinds.item, sent["name"]
        said = {member: sent[member] for member in ("description", "unit") if member in sent}
        if "unit" in said:
            said["unit"] = said["unit"] or None
        changes: dict[str, Any] = {**said, "unit_price": unit_price, "used": True}
        if (sent.get("tax") or {}).get("name"):
            changes["tax"] = tax.id
        if name in self._items:
            before, after = self._items[name]
            after = replace(after, **changes)
        elif before := named(self.world, kind, self.owner, name=name):
            after = revised(before, self.world.now, **changes)
        else:
            born = self.book.birth(self.world, kind)
            after = Item(**born, account=self.owner, name=name, **{"tax": tax.id, **changes})
        self._items[name] = (before, after)
        return after.id

    def change(self) -> Change:
        """Return what the document adds to the catalogue."""
        kinds = self.book.kinds
        change = put(kinds.client, self._client) if self._client else NOTHING
        for before, after in self._items.values():
            change += put(kinds.item, after, before)
        return change

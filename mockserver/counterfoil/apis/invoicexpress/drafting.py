"""Drafts: from what a request says of a document to the members of its record.

What no schema can judge is refused here; what joins the catalogue comes as a change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.apis.invoicexpress import days
from counterfoil.apis.invoicexpress.catalogue import Catalogue
from counterfoil.apis.invoicexpress.document_records import Line, Place, Reduction, Way
from counterfoil.apis.invoicexpress.records import Account
from counterfoil.apis.invoicexpress.rulebook import DocumentRow, Rulebook
from counterfoil.apis.invoicexpress.sequences import PORTUGAL
from counterfoil.apis.invoicexpress.step import decimal_of, text_of
from counterfoil.apis.invoicexpress.totals import Totals, remaining, totals
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.outcome import Change
from counterfoil.engine.world import World

Json = Mapping[str, Any]

PLACES = 30
"""How many decimals a number may have."""

MOST = 10**15
"""How many cents a document may come to: what stays an exact number in JavaScript, too."""

REASONS = ("tax_exemption_reason", "tax_exemption")
"""The members that say why a document is not taxed: the first that gives a reason is taken."""

WHOLE = 100
"""All of it, in percent."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """A document about to be written: of which type, for which account, from a request's members."""

    book: Rulebook
    world: World
    account: Account
    of: DocumentRow
    sent: Json

    def members(self) -> tuple[dict[str, Any], Change]:
        """Return the members of the document's record, and what joins the catalogue."""
        catalogue = Catalogue(self.book, self.world, self.account.id)
        on, due = self._dates()
        told = (self._exemption(self.sent.get(name)) for name in REASONS)
        reason = next((code for code in told if code), None)
        client = catalogue.billed(self.sent["client"])
        lines = tuple(self._line(catalogue, line, reason) for line in self.sent["items"])
        reduction = self._reduction()
        whole = self._totals(lines, reduction)
        members = {
            "date": on,
            "due_date": due,
            "client": client,
            "lines": lines,
            "reduction": reduction,
            "sum": whole.sum,
            "discount": whole.discount,
            "before_taxes": whole.before_taxes,
            "taxes": whole.taxes,
            "total": whole.total,
            "tax_exemption": reason,
            "reference": self.sent.get("reference"),
            "observations": self.sent.get("observations"),
            "retention": _percent(self.sent.get("retention"), "RETENTION_INVALID"),
            "multibanco": self._multibanco(),
            "owner_id": text_of(self.sent.get("owner_invoice_id")),
            "way": self._way(),
            **self._money(),
        }
        return members, catalogue.change()

    def _dates(self) -> tuple[date, date]:
        """Return the day of the document and the day it is due, which is the same unless told."""
        on = self._day("date") or self.world.now.date()
        due = self._day("due_date") or on
        if due < on:
            raise Refusal("DUE_BEFORE_DATE", field="due_date")
        return on, due

    def _day(self, name: str) -> date | None:
        told = self.sent.get(name)
        day = days.day(told) if told else None
        if told and day is None:
            raise Refusal("DATE_INVALID")
        return day

    def _exemption(self, code: str | None) -> str | None:
        """Return why something is not taxed; the code that says there is no reason is none."""
        rules = self.book.rules
        if not code or code == rules.no_exemption:
            return None
        if code not in rules.exemptions:
            raise Refusal("EXEMPTION_UNKNOWN", known=", ".join(rules.exemptions))
        return code

    def _line(self, catalogue: Catalogue, sent: Json, reason: str | None) -> Line:
        tax = catalogue.tax((sent.get("tax") or {}).get("name"))
        own = self._exemption(sent.get("tax_exemption"))
        if not (tax.value or own or reason) and self.account.country == PORTUGAL:
            raise Refusal("EXEMPTION_MISSING", field="tax_exemption")
        unit_price = _number(sent["unit_price"], "UNIT_PRICE_INVALID")
        quantity = _number(sent["quantity"], "QUANTITY_INVALID")
        if not quantity:
            raise Refusal("QUANTITY_INVALID")
        return Line(
            item_id=catalogue.item(sent, unit_price, tax),
            name=sent["name"],
            description=sent.get("description"),
            unit_price=unit_price,
            quantity=quantity,
            tax=tax,
            unit=sent.get("unit") or None,
            discount=_percent(sent.get("discount"), "DISCOUNT_INVALID") or Decimal(0),
            exemption=own,
        )

    def _reduction(self) -> Reduction | None:
        sent = self.sent.get("global_discount")
        value = _number(sent["value"], "DISCOUNT_INVALID") if sent else Decimal(0)
        if not (sent and value):
            return None
        if sent["value_type"] != "percentage":
            return Reduction(value_type="absolute", value=value)
        if value > WHOLE:
            raise Refusal("DISCOUNT_INVALID")
        return Reduction(value_type="percentage", value=value)

    def _totals(self, lines: tuple[Line, ...], reduction: Reduction | None) -> Totals:
        """Return what the document comes to; no discount takes more than there is."""
        priced, off = [line.priced for line in lines], reduction.off if reduction else None
        if remaining(priced, off) < 0:
            raise Refusal("DISCOUNT_INVALID")
        whole = totals(priced, off)
        if max(whole.sum, whole.total) > MOST:
            raise Refusal("ITEMS_INVALID")
        return whole

    def _money(self) -> dict[str, Any]:
        """Return the currency, and the rate where it is not the account's own."""
        own = self.book.rules.currency["code"]
        code = self.sent.get("currency_code") or own
        if code not in self.book.rules.currencies:
            raise Refusal("CURRENCY_UNKNOWN", given=code)
        if code == own:
            return {"currency": own}
        told = self.sent.get("rate")
        rate = Decimal(1) if told is None else _number(told, "RATE_INVALID")
        if not rate:
            raise Refusal("RATE_INVALID")
        return {"currency": code, "rate": rate}

    def _multibanco(self) -> bool:
        wanted = bool(self.sent.get("mb_reference") == "1")
        if wanted and not self.account.payment_provider:
            raise Refusal("NO_PAYMENT_PROVIDER")
        return wanted

    def _way(self) -> Way | None:
        """Return what a guide tells of the goods on their way; other documents tell of none."""
        if not self.of.carries:
            return None
        loaded = days.moment(self.sent["loaded_at"])
        if loaded is None:
            raise Refusal("DATE_INVALID")
        return Way(
            loaded_at=loaded,
            license_plate=self.sent.get("license_plate"),
            address_from=_place(self.sent["address_from"]),
            address_to=_place(self.sent["address_to"]),
            load_site=self.sent.get("load_site"),
            delivery_site=self.sent.get("delivery_site"),
        )


def _place(sent: Json) -> Place:
    members = ("detail", "city", "postal_code", "country")
    return Place(**{member: sent[member] for member in members})


def _number(given: Any, code: str) -> Decimal:
    """Return a number; one with more decimals than anybody can mean is refused."""
    value = decimal_of(given)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > PLACES:
        raise Refusal(code)
    return value


def _percent(given: Any, code: str) -> Decimal | None:
    return None if given in (None, "") else _number(given, code)

"""What an invoice comes to: lines, less a discount, plus tax on the rest."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from counterfoil.apis.experi.records import DiscountType, LineItem
from counterfoil.apis.experi.rulebook import Rulebook
from counterfoil.domain.money import Currency
from counterfoil.domain.outcome import Violation
from counterfoil.engine.world import World

PERCENT = -2
"""The power of ten that a per cent is."""

ALL = 100
"""All there is, in per cent."""

Json = dict[str, Any]


class Discount(NamedTuple):
    """What comes off the subtotal: an amount, or a share of it in per cent; nothing without a type."""

    type: DiscountType | None = None
    value: Decimal | None = None


NO_DISCOUNT = Discount()


class Price(NamedTuple):
    """The sums of an invoice, in minor units."""

    subtotal: int
    discount_amount: int
    tax_amount: int
    total: int


def items_of(world: World, currency: Currency, given: Iterable[Json]) -> tuple[LineItem, ...]:
    """Return the lines of a request, each total rounded half up; those without an id get one."""
    return tuple(
        LineItem(
            id=item.get("id") or world.next_id("item"),
            description=item["description"],
            quantity=(quantity := Decimal(item["quantity"])),
            unit_price=currency.round(unit_price := Decimal(item["unitPrice"])),
            total=currency.round(quantity * unit_price),
        )
        for item in given
    )


def price(
    book: Rulebook,
    currency: Currency,
    items: Iterable[LineItem],
    tax_rate: Decimal,
    discount: Discount = NO_DISCOUNT,
) -> Price:
    """Return what lines come to: the discount comes off before tax, and each sum is rounded half up.

    Refuses what no invoice may come to, and a discount of more than there is.
    """
    subtotal = sum(item.total for item in items)
    off = _off(book, currency, subtotal, discount)
    tax = _share(currency, subtotal - off, tax_rate)
    total = subtotal - off + tax
    if max(subtotal, total) >= 10 ** (book.rules.digits + currency.decimals):
        raise book.wrong(Violation("lineItems", "sum", f"less than {10**book.rules.digits}"))
    return Price(subtotal, off, tax, total)


def discount_of(book: Rulebook, body: Json) -> Discount:
    """Return the discount of a request; refuses one that lacks its type or its value."""
    type_, value = body.get("discountType"), body.get("discountValue")
    if (type_ is None) != (value is None):
        missing = "discountType" if type_ is None else "discountValue"
        raise book.wrong(Violation(missing, "required"))
    return Discount(type_, None if value is None else Decimal(value))


def _off(book: Rulebook, currency: Currency, subtotal: int, discount: Discount) -> int:
    """Return what a discount takes off a subtotal."""
    if discount.value is None:
        return 0
    if discount.type == "FIXED":
        off = currency.round(discount.value)
        too_much, most = off > subtotal, currency.format(subtotal)
    else:
        off = _share(currency, subtotal, discount.value)
        too_much, most = discount.value > ALL, str(ALL)
    if too_much:
        raise book.wrong(Violation("discountValue", "maximum", most))
    return off


def _share(currency: Currency, minor: int, per_cent: Decimal) -> int:
    """Return so many per cent of an amount, rounded half up."""
    return currency.round(Decimal(minor).scaleb(-currency.decimals) * per_cent.scaleb(PERCENT))

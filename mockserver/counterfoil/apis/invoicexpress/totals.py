"""What a document comes to: exact until the end, and rounded once over the gross.

Prices, quantities, percents and rates are decimals as they were sent; sums are in cents. Rounding a
line, or each rate, on its own would miss what the service answers by a cent (SOURCES.md).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal, TypeVar

Group = TypeVar("Group", bound=Hashable)

CENTS = 100
EXACT = Context(prec=400)
"""Wide enough for the product of any price, quantity, percent and rate that a body may hold."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What a line costs: `discount` and `rate` are percents, of the line and of its tax."""

    unit_price: Decimal
    quantity: Decimal
    discount: Decimal
    rate: Decimal

    @property
    def full(self) -> Fraction:
        """Price times quantity."""
        return Fraction(self.unit_price) * Fraction(self.quantity)

    @property
    def net(self) -> Fraction:
        """What is left of it after the line's discount."""
        return self.full * (1 - Fraction(self.discount) / 100)

    @property
    def tax(self) -> Fraction:
        """The tax on that."""
        return self.net * Fraction(self.rate) / 100


@dataclass(frozen=True, slots=True)
class GlobalDiscount:
    """What comes off a whole document before taxes: a percentage, or an absolute amount."""

    value_type: Literal["percentage", "absolute"]
    value: Decimal

    def left(self, net: Fraction) -> Fraction:
        """Return the share of a document's net amount that is left."""
        value = Fraction(self.value)
        if self.value_type == "percentage":
            return 1 - value / 100
        return (net - value) / net if net else Fraction(1)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a document, in cents: `discount` is all that came off `sum`."""

    sum: int
    discount: int
    before_taxes: int
    taxes: int
    total: int


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """What one line shows: rounded to cents, but for its tax."""

    subtotal: Decimal
    tax_amount: Decimal
    discount_amount: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """What one rate contributes to a document, in cents."""

    base: int
    tax: int


def totals(lines: Sequence[Priced], off: GlobalDiscount | None = None) -> Totals:
    """Return what a document with these lines comes to."""
    left = remaining(lines, off)
    whole = cents(sum((line.full for line in lines), Fraction()))
    before = cents(left * sum((line.net for line in lines), Fraction()))
    gross = cents(left * sum((line.net + line.tax for line in lines), Fraction()))
    return Totals(whole, whole - before, before, gross - before, gross)


def remaining(lines: Sequence[Priced], off: GlobalDiscount | None) -> Fraction:
    """Return the share of the lines' net amount that a global discount leaves."""
    return off.left(sum((line.net for line in lines), Fraction())) if off else Fraction(1)


def amounts(line: Priced) -> LineAmounts:
    """Return what a line shows."""
    return LineAmounts(
        subtotal=money(cents(line.net)),
        tax_amount=_decimal(line.tax),
        discount_amount=money(cents(line.full - line.net)),
        total=money(cents(line.net + line.tax)),
    )


def by_rate(lines: Sequence[Priced], off: GlobalDiscount | None = None) -> Mapping[Decimal, Share]:
    """Return what each rate contributes, lowest first; all of them add up to the totals to the cent."""
    return by_group(sorted(((line.rate, line) for line in lines), key=lambda one: one[0]), off)


def by_group(
    lines: Sequence[tuple[Group, Priced]], off: GlobalDiscount | None = None
) -> Mapping[Group, Share]:
    """Return what each group of lines contributes; all of them add up to the totals to the cent."""
    groups: dict[Group, list[Priced]] = {}
    for group, line in lines:
        groups.setdefault(group, []).append(line)
    every = [line for _, line in lines]
    whole, left = totals(every, off), remaining(every, off)
    bases = [left * sum((line.net for line in of), Fraction()) for of in groups.values()]
    taxes = [left * sum((line.tax for line in of), Fraction()) for of in groups.values()]
    shares = zip(apportioned(bases, whole.before_taxes), _taxes(taxes, whole.taxes), strict=True)
    return {group: Share(*share) for group, share in zip(groups, shares, strict=True)}


def _taxes(exact: Sequence[Fraction], whole: int) -> list[int]:
    """Apportion taxes among the rates that have any: an exempt one takes no stray cent."""
    taxed = iter(apportioned([tax for tax in exact if tax], whole))
    return [next(taxed) if tax else 0 for tax in exact]


def apportioned(exact: Sequence[Fraction], whole: int) -> list[int]:
    """Return exact amounts as cents that add up to `whole`: stray cents go where rounding lost most."""
    rounded = [cents(amount) for amount in exact]
    stray = whole - sum(rounded)
    step = 1 if stray > 0 else -1
    lost = [(amount * CENTS - kept) * step for amount, kept in zip(exact, rounded, strict=True)]
    order = sorted(range(len(exact)), key=lambda place: -lost[place])
    for place in order[: abs(stray)]:
        rounded[place] += step
    return rounded


def cents(amount: Fraction) -> int:
    """Return an amount that is not negative in cents, rounded half up."""
    return (amount * CENTS * 2 + 1).__floor__() // 2


def money(minor: int) -> Decimal:
    """Return cents as a decimal: 1230 are `12.30`."""
    return Decimal(minor).scaleb(-2, EXACT)


def _decimal(value: Fraction) -> Decimal:
    """Return a fraction that is a finite decimal, exactly."""
    return EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))

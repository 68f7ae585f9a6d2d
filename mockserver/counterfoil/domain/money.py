"""Exact amounts: integers of minor units in, decimal text out; nothing here is ever a float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and its number of decimals (ISO 4217 minor units): `Currency("JPY", 0)`."""

    code: str
    decimals: int

    def format(self, minor: int) -> str:
        """Return the decimal text of an amount: 150000 minor units of USD are `"1500.00"`."""
        if not self.decimals:
            return str(minor)
        sign, digits = ("-", -minor) if minor < 0 else ("", minor)
        units, rest = divmod(digits, 10**self.decimals)
        return f"{sign}{units}.{rest:0{self.decimals}d}"

    def parse(self, text: str) -> int | None:
        """Return the minor units of a plain decimal text, or None when it has too many decimals.

        Trailing zeros count: `"1.500"` is too precise for USD, as `"1.505"` is.
        """
        units, _, rest = text.partition(".")
        if len(rest) > self.decimals:
            return None
        return int(units + rest.ljust(self.decimals, "0"))

    def round(self, amount: Decimal) -> int:
        """Return an exact amount rounded half up to minor units."""
        return int(amount.scaleb(self.decimals).quantize(Decimal(1), ROUND_HALF_UP))


def trimmed(text: str) -> str:
    """Return a decimal text without the zeros that end it: `"1500.00"` is `"1500"`."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def line_amount(currency: Currency, quantity: str, unit_price: str) -> int:
    """Return quantity times unit price in minor units, rounded half up once.

    Both are plain decimal texts; the product is exact before it is rounded.
    """
    return currency.round(Decimal(quantity) * Decimal(unit_price))

"""JSON with exact numbers: a fraction never becomes a float, and a whole number is an integer."""

from decimal import Decimal
from typing import Any

import msgspec

WHOLE_DIGITS = 19
"""How many digits a number with a point or an exponent may have and still be read as an integer."""


def number(text: str) -> int | Decimal:
    """Return a number exactly; `1.0` and `1e2` are integers, as JSON Schema has it."""
    value = Decimal(text)
    if not value:
        return 0
    if 0 <= value.adjusted() < WHOLE_DIGITS and value == value.to_integral_value():
        return int(value)
    return value


_decoder = msgspec.json.Decoder(float_hook=number)
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode(raw: bytes | str) -> Any:
    """Return the value of a JSON text; msgspec's errors where it is none."""
    return _decoder.decode(raw)


def encode(value: Any) -> bytes:
    """Return a value as JSON, its numbers as they were."""
    return _encoder.encode(value)

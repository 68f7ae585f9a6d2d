"""Signatures of webhook bodies: an HMAC-SHA256 in the formats that are in use.

The key is the secret as it was given, `whsec_` included; only `standard-webhooks` decodes what follows
that prefix. Source: reference section 2.13.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from counterfoil.engine.values import Value

PREFIX = "whsec_"
DIGITS = 16
"""No second has so many."""


class Signed(Value, frozen=True):
    """What is signed: the body's bytes, and the event and second they are sent as."""

    body: bytes
    event: str
    timestamp: int


def headers(signed: Signed, secret: str, format: str, names: tuple[str, ...]) -> dict[str, str]:
    """Return the headers that carry the signature in a format."""
    value = FORMATS[format](signed, secret)
    carried = dict.fromkeys(names, value)
    if format == STANDARD:
        carried |= {
            "webhook-id": signed.event,
            "webhook-timestamp": str(signed.timestamp),
            "webhook-signature": value,
        }
    return carried


def verifies(signed: Signed, secret: str, value: str) -> bool:
    """Tell whether a value is the signature of a body under a secret, in any of the formats."""
    return any(
        hmac.compare_digest(sign(_at(signed, value), secret).encode(), value.encode())
        for sign in FORMATS.values()
    )


def _at(signed: Signed, value: str) -> Signed:
    """Return what was signed at the time that a signature itself names, where it names one."""
    time, comma, _ = value.removeprefix("t=").partition(",")
    named = (
        value.startswith("t=")
        and comma
        and time.isascii()
        and time.isdigit()
        and len(time) < DIGITS
    )
    return Signed(signed.body, signed.event, int(time)) if named else signed


def _digest(secret: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, content, "sha256")


def _hex(signed: Signed, secret: str) -> str:
    return _digest(secret.encode(), signed.body).hex()


def _stripe(signed: Signed, secret: str) -> str:
    content = f"{signed.timestamp}.".encode() + signed.body
    return f"t={signed.timestamp},v1={_digest(secret.encode(), content).hex()}"


def _base64(signed: Signed, secret: str) -> str:
    return base64.b64encode(_digest(secret.encode(), signed.body)).decode()


def _standard(signed: Signed, secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:  # no secret of that scheme: the text itself has to do
        key = secret.encode()
    content = f"{signed.event}.{signed.timestamp}.".encode() + signed.body
    return "v1," + base64.b64encode(_digest(key, content)).decode()


STANDARD = "standard-webhooks"
FORMATS: Mapping[str, Callable[[Any, str], str]] = {
    "hex": _hex,
    "sha256=hex": lambda signed, secret: "sha256=" + _hex(signed, secret),
    "base64": _base64,
    "stripe": _stripe,
    STANDARD: _standard,
}
"""What each format makes of what is signed and the secret."""

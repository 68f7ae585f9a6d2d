"""Ids and secrets that follow from a world's seed and counters, so that runs can be repeated."""

import hashlib
import hmac
from collections.abc import Callable, Mapping

import msgspec

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_decode = msgspec.json.Decoder(dict[str, int]).decode


class Counters:
    """The counters of a world, read when they are first asked for; `changed` says if one moved on."""

    __slots__ = ("_read", "_values", "changed")

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._values: dict[str, int] | None = None
        self.changed = False

    @property
    def values(self) -> dict[str, int]:
        """The last number of each counter that was ever used."""
        if self._values is None:
            self._values = _decode(self._read())
        return self._values

    def next(self, name: str) -> int:
        """Return the next number of a counter; the first is 1."""
        values = self.values
        self.changed = True
        number = values[name] = values.get(name, 0) + 1
        return number

    def rewind(self, values: Mapping[str, int]) -> None:
        """Return to earlier values: what was handed out since then counts for nothing."""
        self._values = dict(values)

    @property
    def text(self) -> str:
        """The counters as the store keeps them."""
        return msgspec.json.encode(self.values).decode()


def numbered(prefix: str, number: int) -> str:
    """Return an id such as `inv_000001`."""
    return f"{prefix}_{number:06d}"


def secret(seed: int, *purpose: str, length: int) -> str:
    """Return letters and digits that nobody guesses who does not know the seed and the purpose.

    The same seed and purpose give the same text; `length` is at most 42.
    """
    key = str(seed).encode()
    number = int.from_bytes(hmac.digest(key, "\0".join(purpose).encode(), "sha256"))
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        letters.append(BASE62[rest])
    return "".join(letters)


def digest(text: str) -> str:
    """Return what the store keeps of a key or a secret: it cannot be turned back.

    One round of SHA-256 serves because secrets are random and long, not chosen by people.
    """
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

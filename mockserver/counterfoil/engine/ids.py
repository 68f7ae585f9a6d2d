"""Ids and secrets that follow from a world's seed and counters, so that runs can be repeated."""

import hashlib
import hmac

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Counters:
    """The counters of one world, as a transaction sees them; `changed` says it took a number."""

    __slots__ = ("changed", "values")

    def __init__(self, values: dict[str, int]) -> None:
        self.values = values
        self.changed = False

    def next(self, name: str) -> int:
        """Return the next number of a counter; the first is 1."""
        self.changed = True
        number = self.values.get(name, 0) + 1
        self.values[name] = number
        return number


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

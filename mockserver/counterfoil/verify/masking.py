"""Secrets and how they are kept out of everything that is written."""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import quote

SHORTEST = 4
"""What has fewer characters is no secret: hiding it would make every text unreadable."""

HANDED_OUT = re.compile(
    r'("(?:api|client|signing)?secret"\s*:\s*"|"(?:password|(?:access_?)?token)"\s*:\s*")((?:[^"\\$]|\\.)(?:[^"\\]|\\.)*)',
    re.IGNORECASE,
)
"""Members of JSON that hold secrets which a server hands out; those that have a name begin with `$`."""


class Secrets:
    """Values that no output may show, each under the name that stands for it.

    `$NAME` takes the place of the value, so that a command that was written for a shell still works
    for whoever has set the variable.
    """

    def __init__(self, named: Mapping[str, str] | None = None) -> None:
        self._names: dict[str, str] = {}
        for name, value in (named or {}).items():
            self.add(name, value)

    def add(self, name: str, value: str) -> None:
        """Hide a value from now on; the first name of a value stays its name."""
        if len(value) < SHORTEST:
            return
        for spelling in (value, quote(value, safe=""), json.dumps(value)[1:-1]):
            if spelling not in self._names:
                self._names[spelling] = name
                self.__dict__.pop("_pattern", None)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Match any secret; made anew when one is looked for after another came."""
        longest_first = sorted(self._names, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def also(self, name: str, value: str) -> "Secrets":
        """Return secrets with one more."""
        other = Secrets()
        other._names = dict(self._names)
        other.add(name, value)
        return other

    def masked(self, text: str) -> str:
        """Return a text in which each secret is `$NAME`, and what a server hands out is stars."""
        named = self._pattern.sub(lambda found: f"${self._names[found[0]]}", text)
        return HANDED_OUT.sub(r"\1***", named)

    def split(self, text: str) -> list[tuple[str, bool]]:
        """Return a text in pieces: those that may be shown, and names of secrets (true)."""
        pieces: list[tuple[str, bool]] = []
        end = 0
        for found in self._pattern.finditer(text):
            pieces += [(text[end : found.start()], False), (self._names[found[0]], True)]
            end = found.end()
        return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]

"""Which operation of a contract an address means."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from counterfoil.contract.model import Operation
from counterfoil.verify.exchange import Exchange


class Routes:
    """The operations of the API at a URL; a literal segment is preferred to a parameter."""

    def __init__(self, operations: Iterable[Operation], url: str) -> None:
        self._base = urlsplit(url).path.rstrip("/")
        known = sorted(operations, key=lambda operation: operation.path.count("{"))
        self._known = [(o.method, _pattern(o.path), o) for o in known]

    def operation(self, exchange: Exchange) -> Operation | None:
        """Return the operation that a request reached, or None."""
        path = exchange.request.path.removeprefix(self._base)
        for method, pattern, operation in self._known:
            if method == exchange.request.method and pattern.fullmatch(path):
                return operation
        return None


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\})", path)
    return re.compile("".join("[^/]+" if p.startswith("{") else re.escape(p) for p in parts))

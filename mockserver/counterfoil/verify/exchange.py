"""What was asked and answered, as it was on the wire."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Headers = tuple[tuple[str, str], ...]


def header(headers: Headers, name: str) -> str | None:
    """Return the value of a header, whatever its case; several are joined by commas."""
    found = [value for known, value in headers if known.lower() == name.lower()]
    return ", ".join(found) if found else None


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent."""

    method: str
    url: str
    headers: Headers
    body: bytes

    @property
    def path(self) -> str:
        """The path, as it was sent."""
        return urlsplit(self.url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The parameters of the query."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class Response:
    """What was answered."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Exchange:
    """A request and its response; `purpose` says what it was made for."""

    request: Request
    response: Response
    at: datetime
    seconds: float
    purpose: str = ""

    @property
    def status(self) -> int:
        """The status of the response."""
        return self.response.status

    @property
    def is_success(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """Return a header of the response, whatever its case."""
        return header(self.response.headers, name)

    @cached_property
    def json(self) -> Any:
        """The body of the response, its fractions as Decimal; None where it is no JSON."""
        try:
            return json.loads(self.response.body, parse_float=Decimal)
        except (ValueError, RecursionError):
            return None

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.path}: {self.status}"

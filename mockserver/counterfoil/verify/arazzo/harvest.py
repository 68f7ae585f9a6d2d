"""Secrets that come up while a story runs: credentials in headers, and what answers hand out."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from counterfoil.verify.arazzo.scope import body_of
from counterfoil.verify.arazzo.sources import Source
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.masking import Secrets

HEADERS = ("authorization", "cookie", "set-cookie")
"""Headers that hold credentials, whatever an API calls its own."""

MEMBERS = (
    "apisecret",
    "signingsecret",
    "clientsecret",
    "secret",
    "password",
    "accesstoken",
    "token",
)


def headers_of(sources: Iterable[Source]) -> set[str]:
    """Return the headers by which APIs are told who calls, in lower case."""
    schemes = [
        scheme
        for source in sources
        for scheme in source.document.get("components", {}).get("securitySchemes", {}).values()
    ]
    return {*HEADERS, *(s["name"].lower() for s in schemes if s.get("in") == "header")}


def hide(secrets: Secrets, exchange: Exchange, headers: Collection[str]) -> None:
    """Keep what an exchange gives away out of every output; what has a name already keeps it."""
    for name, value in (*exchange.request.headers, *exchange.response.headers):
        if name.lower() in headers and secrets.masked(value) == value:
            secrets.add(name.upper().replace("-", "_"), value)
    for name, value in _members(body_of(exchange)):
        secrets.add(name.upper(), value)


def _members(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            if isinstance(value, str) and name.lower() in MEMBERS and value.strip("*…"):
                yield name, value
            yield from _members(value)
    elif isinstance(node, list):
        for value in node:
            yield from _members(value)

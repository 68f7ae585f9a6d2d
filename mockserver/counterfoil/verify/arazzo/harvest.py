"""Secrets that come up while a story runs: credentials in headers, and what answers hand out."""

from collections.abc import Iterator, Mapping
from typing import Any

from counterfoil.verify.arazzo.scope import body_of
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.masking import Secrets

HEADERS = ("authorization", "cookie", "set-cookie", "x-api-key", "x-api-secret")
MEMBERS = (
    "apisecret",
    "signingsecret",
    "clientsecret",
    "secret",
    "password",
    "accesstoken",
    "token",
)


def hide(secrets: Secrets, exchange: Exchange) -> None:
    """Keep what an exchange gives away out of every output."""
    for name, value in (*exchange.request.headers, *exchange.response.headers):
        if name.lower() in HEADERS:
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

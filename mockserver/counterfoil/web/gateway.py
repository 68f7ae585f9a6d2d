"""The gateway: which service a request is for, by port, by Host header or by path prefix."""

from collections.abc import Mapping
from typing import Protocol

from starlette.types import Receive, Scope, Send

from counterfoil.engine.api import hostname
from counterfoil.engine.call import Reply

NAMED = 256
"""How many Host headers are remembered."""


class Served(Protocol):
    """What the gateway hands requests to."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

    def not_http(self) -> Reply:
        """Return the reply to what is no request at all."""


class Gateway:
    """One ASGI application in front of all services.

    `ports` says which service a port belongs to; on the hub's port, which is none of them, a path
    that begins with `/<name>` leads to that service, and everything else to the hub. A Host header
    that names a service wins on any port. `hosts` may begin with `*.`.
    """

    def __init__(
        self, hub: Served, services: Mapping[str, Served], hosts: Mapping[str, str]
    ) -> None:
        self._hub = hub
        self._services = services
        self._hosts = {host: name for host, name in hosts.items() if not host.startswith("*.")}
        self._domains = {host[1:]: name for host, name in hosts.items() if host.startswith("*.")}
        self._named: dict[bytes, str | None] = {}
        self.ports: dict[int, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the service it is for."""
        if scope["type"] != "http":
            raise AssertionError(f"the gateway serves HTTP, not {scope['type']}")
        name = self._by_host(scope) or self.ports.get(scope["server"][1])
        if name is not None:
            await self._services[name](scope, receive, send)
            return
        prefix = scope["raw_path"].decode("latin-1").split("/", 2)[1:2]
        if prefix and prefix[0] in self._services:
            root = scope.get("root_path", "") + "/" + prefix[0]
            await self._services[prefix[0]]({**scope, "root_path": root}, receive, send)
            return
        await self._hub(scope, receive, send)

    def not_http(self, port: int) -> Reply:
        """Return the reply to what came to a port and is no request."""
        name = self.ports.get(port)
        return (self._services[name] if name else self._hub).not_http()

    def _by_host(self, scope: Scope) -> str | None:
        for header, value in scope["headers"]:
            if header == b"host":
                if value not in self._named:
                    if len(self._named) >= NAMED:
                        self._named.clear()
                    self._named[value] = self._named_by(hostname(value))
                return self._named[value]
        return None

    def _named_by(self, host: str) -> str | None:
        if host in self._hosts:
            return self._hosts[host]
        return next((name for domain, name in self._domains.items() if host.endswith(domain)), None)

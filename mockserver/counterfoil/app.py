"""The composition root: the engine, and everything that serves it over HTTP."""

from collections.abc import Mapping
from typing import Any

from counterfoil import __version__
from counterfoil.assembly import Engine
from counterfoil.contract.load import load_service
from counterfoil.engine.clock import Clock
from counterfoil.engine.world import WorldRow
from counterfoil.engine.worlds import DEFAULT, Opening
from counterfoil.web.application import Application
from counterfoil.web.control import Addresses, ControlService, described
from counterfoil.web.gateway import Gateway
from counterfoil.web.hub import Hub
from counterfoil.web.service import ApiService


class Sandbox:
    """The whole server as an ASGI application, and the worlds in it."""

    def __init__(self, engine: Engine, addresses: Addresses) -> None:
        self.engine = engine
        self.addresses = addresses
        self.control = ControlService(load_service("sandbox"), engine.worlds, addresses)
        services = {
            name: Application(ApiService(api, engine.store, engine.journal))
            for name, api in engine.apis.items()
        }
        policies = {name: api.contract.policy.service for name, api in engine.apis.items()}
        titles = {name: (policy.title, addresses.apis[name]) for name, policy in policies.items()}
        hosts = {host: name for name, policy in policies.items() for host in policy.hosts}
        self.asgi = Gateway(Hub(Application(self.control), titles), services, hosts)

    def default_world(self, fixture: str, seed: int, clock: Clock) -> WorldRow:
        """Return the default world: the one a durable store holds, or a new one."""
        known = self.engine.store.world(DEFAULT)
        return known or self.engine.worlds.create(Opening(fixture, seed, clock, DEFAULT))

    def describe(self, row: WorldRow) -> dict[str, Any]:
        """Return everything a client needs to know of a world."""
        return described(self.engine.worlds.describe(row), self.addresses)

    def greeting(self, world: Mapping[str, Any]) -> str:
        """Return what a person who started the server wants to read: addresses, keys, a first call."""
        hub, apis = self.addresses.hub, self.engine.apis
        lines = [
            f"Counterfoil {__version__}",
            f"  world      {world['id']}, fixture {world['fixture']}, seed {world['seed']}",
            f"  hub        {hub}  (control plane under /_sandbox)",
        ]
        lines += [
            f"  {name:<10} {world[name]['url']}  (Swagger UI: {hub}/{name}/ui/)" for name in apis
        ]
        for name, api in apis.items():
            lines += ["", *api.greet(world[name])]
        return "\n".join([*lines, "", "Ctrl-C stops it."])

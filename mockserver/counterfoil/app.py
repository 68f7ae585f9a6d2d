"""The composition root: the engine, and everything that serves it over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from counterfoil import __version__
from counterfoil.assembly import Engine
from counterfoil.contract.load import load_service
from counterfoil.engine.clock import Clock
from counterfoil.engine.world import WorldRow
from counterfoil.engine.worlds import DEFAULT, Opening
from counterfoil.operating import OperatingError
from counterfoil.web.application import Application
from counterfoil.web.control.desk import Addresses, Desk
from counterfoil.web.control.service import ControlService
from counterfoil.web.courier import Courier
from counterfoil.web.gateway import Gateway
from counterfoil.web.hub import Hub
from counterfoil.web.sender import Sender
from counterfoil.web.service import ApiService


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the default world; None where it is left open."""

    fixture: str | None = None
    seed: int | None = None
    clock: Clock | None = None
    limits: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How careful the server is: who may turn its worlds about, whom it may call, what it serves.

    A strict one serves only the operations that the source documents name.
    """

    admin_token: str | None = None
    public_webhooks: bool = False
    strict: bool = False


class Sandbox:
    """The whole server as an ASGI application, and the worlds in it."""

    def __init__(self, engine: Engine, addresses: Addresses, policy: Policy = Policy()) -> None:
        self.engine = engine
        self.addresses = addresses
        sender = Sender(public=policy.public_webhooks, own=addresses.hub)
        self.courier = Courier(engine.store, engine.apis, engine.journal, sender)
        self.desk = Desk(engine.worlds, self.courier, addresses)
        contract = load_service("sandbox", engine.outside)
        host = urlsplit(addresses.hub).hostname or ""
        self.control = ControlService(contract, self.desk, policy.admin_token, host)
        services = {
            name: Application(ApiService(api, engine.store, engine.journal), strict=policy.strict)
            for name, api in engine.apis.items()
        }
        policies = {name: api.contract.policy.service for name, api in engine.apis.items()}
        titles = {name: (policy.title, addresses.apis[name]) for name, policy in policies.items()}
        hosts = {host: name for name, policy in policies.items() for host in policy.hosts}
        hub = Hub(Application(self.control), self.control, titles)
        self.asgi = Gateway(hub, services, hosts)

    def default_world(self, asked: Asked) -> WorldRow:
        """Return the default world: the one a durable store holds, or a new one.

        Raises OperatingError where the one that is held is not the one that is asked for.
        """
        known = self.engine.store.world(DEFAULT)
        if known is None:
            rules, clock = self.control.rules, asked.clock or Clock.live()
            seed = 1 if asked.seed is None else asked.seed
            fixture = asked.fixture or rules.fixture
            opening = Opening(fixture, seed, clock, DEFAULT, asked.limits)
            return self.engine.worlds.create(opening)
        for option, wanted, held in (
            ("--fixture", asked.fixture, known.fixture),
            ("--seed", asked.seed, known.seed),
            ("--clock", asked.clock, known.clock),
        ):
            if wanted not in (None, held):
                raise OperatingError(
                    f"The store already holds a default world with another {option}; "
                    "leave the option out, or use a new store"
                )
        return known

    def describe(self, row: WorldRow) -> dict[str, Any]:
        """Return everything a client needs to know of a world."""
        return self.desk.described(row)

    def greeting(self, world: Mapping[str, Any], place: str | None = None) -> str:
        """Return what a person who started the server wants to read: addresses, keys, a first call."""
        hub, apis = self.addresses.hub, self.engine.apis
        clock = world["clock"]
        told = {
            "world": f"{world['id']}: fixture {world['fixture']}, seed {world['seed']}",
            "clock": f"{clock['mode']}, {clock['now']}",
            "store": _public(place) if place else "in memory",
            "hub": f"{hub}  (control plane under /_sandbox)",
        }
        told |= {name: f"{world[name]['url']}  (Swagger UI: {hub}/{name}/ui/)" for name in apis}
        width = max(map(len, told))
        lines = [f"Counterfoil {__version__}"]
        lines += [f"  {name:<{width}} {said}" for name, said in told.items()]
        for name, api in apis.items():
            lines += ["", *api.greet(world[name])]
        return "\n".join([*lines, "", "Ctrl-C stops it."])


def _public(place: str) -> str:
    """Return where a store is, without the password of its address."""
    password = urlsplit(place).password if "://" in place else None
    return place.replace(f":{password}@", ":…@") if password else place

"""A sandbox in a thread, worlds in it, and parties who call it over HTTP."""

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import httpx

from counterfoil.app import Asked, Policy, Sandbox
from counterfoil.assembly import Engine, database_of
from counterfoil.engine.clock import Clock
from counterfoil.server import Server, bind

INSTANT = "2024-03-15T10:30:00Z"


class RunningSandbox:
    """A server on free ports; use as a context manager."""

    def __init__(self, place: str | None = None, policy: Policy | None = None) -> None:
        self.engine = Engine(database_of(place))
        self._ports = bind("127.0.0.1", 0, self.engine.port_offsets)
        self.app = Sandbox(self.engine, self._ports.addresses, policy or Policy())
        self.app.asgi.ports.update(self._ports.services)
        self.url = self._ports.addresses.hub
        self.expereon_url = self._ports.addresses.apis["expereon"]
        ready = threading.Event()
        self._server = Server(self.app, ready.set)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": list(self._ports.sockets)}, daemon=True
        )
        self._thread.start()
        assert ready.wait(10), "the server did not come up"
        self.client = httpx.Client(base_url=self.url)
        addresses = self._ports.addresses.apis
        self.https = {name: httpx.Client(base_url=url) for name, url in addresses.items()}
        self.http = self.https["expereon"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        for http in self.https.values():
            http.close()
        self._server.should_exit = True
        self._thread.join(10)
        self.engine.close()

    def default_world(self, fixture: str = "demo", seed: int = 1) -> "TestWorld":
        """Return the world that `counterfoil serve` would open, at the usual instant."""
        row = self.app.default_world(Asked(fixture, seed, Clock.frozen_at(instant())))
        return TestWorld(self, self.app.describe(row))

    def world(self, fixture: str, seed: int = 1, **clock: str) -> "TestWorld":
        """Return a new world, made by the control plane, to look at Expereon in."""
        return TestWorld(self, self.made(fixture, seed, **({"clock": clock} if clock else {})))

    def made(self, fixture: str, seed: int = 1, **more: Any) -> dict[str, Any]:
        """Return the description of a new world, made by the control plane."""
        body = {"fixture": fixture, "seed": seed} | more
        answer = self.client.post("/_sandbox/worlds", json=body)
        assert answer.status_code == 201, answer.text
        described: dict[str, Any] = answer.json()
        return described


def instant() -> datetime:
    """Return the instant that tests are at."""
    return datetime.fromisoformat(INSTANT)


@dataclass
class Caller:
    """Somebody who calls an API, with credentials."""

    http: httpx.Client
    headers: dict[str, str]

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send any request, with the caller's credentials."""
        headers = self.headers | more.pop("headers", {})
        return self.http.request(method, path, headers=headers, **more)

    def get(self, path: str, **params: Any) -> httpx.Response:
        """Read."""
        return self.ask("GET", path, params=params)

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Send a body; none at all where nothing is given."""
        return self.ask("POST", path, json=body) if body else self.ask("POST", path)

    def patch(self, path: str, **body: Any) -> httpx.Response:
        """Change some members."""
        return self.ask("PATCH", path, json=body)

    def delete(self, path: str, **params: Any) -> httpx.Response:
        """Remove."""
        return self.ask("DELETE", path, params=params)


@dataclass
class Party(Caller):
    """An organisation that calls Expereon."""

    id: str

    def balance(self, currency: str = "USD") -> dict[str, str]:
        """Return the party's three buckets in a currency."""
        found = self.get(f"/api/v1/treasury/organizations/{self.id}/balances/{currency}").json()
        return {bucket: found[bucket] for bucket in ("available", "collateral", "reserved")}


@dataclass
class World:
    """A world and its description, whichever API it is looked at in."""

    sandbox: RunningSandbox
    described: dict[str, Any]

    @property
    def key(self) -> int:
        """The world's key in the store."""
        row = self.sandbox.engine.store.world(self.described["id"])
        assert row is not None
        return row.key

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of the store that are this world's; the statement's one value is its key."""
        return [tuple(row) for row in self.sandbox.engine.store.database.all(sql, (self.key,))]

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Ask the control plane for something of this world; return its answer, which must be good."""
        url = f"/_sandbox/worlds/{self.described['id']}{path}"
        answer = self.sandbox.client.request(method, url, json=body or None)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def advance(self, **by: Any) -> dict[str, Any]:
        """Move the world's clock on; return what happened."""
        journey: dict[str, Any] = self.control("POST", "/clock/advance", **by)
        return journey


@dataclass
class TestWorld(World):
    """A world and its parties in Expereon."""

    __test__ = False

    parties: dict[str, Party] = field(default_factory=dict)

    @property
    def expereon(self) -> dict[str, Any]:
        """What the control plane told of Expereon."""
        known: dict[str, Any] = self.described["expereon"]
        return known

    @property
    def seller(self) -> Party:
        return self.party("seller")

    @property
    def buyer(self) -> Party:
        return self.party("buyer")

    @property
    def other(self) -> Party:
        """The second buyer, a stranger to what the first two do with each other."""
        return self.party("buyer2")

    def party(self, alias: str, permission: str | None = None) -> Party:
        """Return an organisation's party; with a permission, by its narrower key."""
        name = f"{alias} {permission}"
        if name not in self.parties:
            organization = self.expereon["organizations"][alias]
            key = organization["keys"][permission] if permission else organization
            headers = {"X-API-Key": key["apiKey"], "X-API-Secret": key["apiSecret"]}
            self.parties[name] = Party(self.sandbox.http, headers, organization["id"])
        return self.parties[name]

    def events(self) -> list[tuple[str, list[str], dict[str, Any]]]:
        """Return every event so far: type, recipients, data."""
        rows = self.rows("SELECT type, recipients, body FROM events WHERE world = ? ORDER BY seq")
        return [(type_, json.loads(to), json.loads(data)) for type_, to, data in rows]

    def endpoint(self, name: str = "hook", party: str = "seller", **more: Any) -> dict[str, Any]:
        """Register an inbox of the world as an endpoint of a party; return the endpoint."""
        inbox = self.control("PUT", f"/inboxes/{name}", responses=more.pop("responses", []))
        body = {"url": inbox["url"], "events": ["*"]} | more
        answer = self.party(party).post("/api/v1/settings/webhooks", **body)
        assert answer.status_code == 200, answer.text
        registered: dict[str, Any] = answer.json()
        return registered

    def received(self, name: str = "hook", count: int = 1) -> list[dict[str, Any]]:
        """Return what an inbox received, once there are so many messages."""
        found = self.control("POST", f"/inboxes/{name}/wait", count=count, timeoutMs=5000)
        assert found["satisfied"], found
        messages: list[dict[str, Any]] = found["items"]
        return messages

    def draft(self, number: str = "T-1", amount: str = "1500.00", **more: Any) -> dict[str, Any]:
        """Return a new draft of the seller's for the buyer."""
        body = {
            "connectionId": "conn_abc123",
            "invoiceNumber": number,
            "amount": amount,
            "dueDate": "2024-05-01",
        } | more
        answer = self.seller.post("/api/v1/invoices", **body)
        assert answer.status_code == 200, answer.text
        invoice: dict[str, Any] = answer.json()
        return invoice

"""A sandbox for tests: one server, in this process or elsewhere, and a world for each test.

    with Sandbox() as sandbox, sandbox.world("expereon") as expereon:
        invoices = expereon.client("seller").get("/api/v1/invoices").json()

With pytest, the fixtures `sandbox` and `expereon` do the same.
"""

import hashlib
import threading
from importlib import import_module
from typing import Any, Self

from counterfoil.client.control import Control
from counterfoil.client.world import World

INSTANT = "2024-03-15T10:30:00Z"
SEEDS = 2**53


class Sandbox:
    """A server to make worlds on: started in this process, or the one that runs at `target`.

    Use it as a context manager, or call `start` and `stop`.
    """

    def __init__(self, target: str | None = None, admin_token: str | None = None) -> None:
        self._target = target
        self._token = admin_token
        self._server: _Server | None = None
        self._control: Control | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the server, if it is to run here, and see that it answers."""
        if self._target is None:
            self._server = _Server()
        url = self._target or (self._server.url if self._server else "")
        self._control = Control(url, self._token)
        self._control.ask("GET", "/health")
        return self

    def stop(self) -> None:
        """Let go of the server, and stop it if it runs here."""
        if self._control is not None:
            self._control.close()
        if self._server is not None:
            self._server.stop()
        self._control = self._server = None

    @property
    def control(self) -> Control:
        """The server's control plane."""
        assert self._control is not None, "the sandbox is not started: use it as a context manager"
        return self._control

    @property
    def url(self) -> str:
        """Where the server's hub is."""
        return self.control.url

    def world(
        self, api: str, fixture: str = "demo", seed: int | str = 1, now: str | None = INSTANT
    ) -> Any:
        """Return a new world, as the API's own kind of it.

        `seed` may be any text, such as the name of a test. Its clock stands still at `now`, or runs
        if that is None.
        """
        clock = {"mode": "frozen", "now": now} if now else {"mode": "live"}
        asked = {"fixture": fixture, "seed": _number(seed), "clock": clock}
        described = self.control.ask("POST", "/worlds", asked)
        kind: type[World] = import_module(f"counterfoil.apis.{api}.testing").TestWorld
        return kind(self.control, described)


def _number(seed: int | str) -> int:
    if isinstance(seed, int):
        return seed
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()) % SEEDS


class _Server:
    """A server in a thread of this process, on free ports."""

    def __init__(self) -> None:
        # Imported late: who tests against a server elsewhere needs none of it.
        from counterfoil.app import Sandbox as Served
        from counterfoil.assembly import Engine, database_of
        from counterfoil.server import Server, bind

        self._engine = Engine(database_of(None))
        ports = bind("127.0.0.1", 0, self._engine.port_offsets)
        served = Served(self._engine, ports.addresses)
        served.asgi.ports.update(ports.services)
        self.url = ports.addresses.hub
        ready = threading.Event()
        self._server = Server(served, ready.set)
        sockets = {"sockets": list(ports.sockets)}
        self._thread = threading.Thread(target=self._server.run, kwargs=sockets, daemon=True)
        self._thread.start()
        assert ready.wait(10), "the server did not come up"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._engine.close()

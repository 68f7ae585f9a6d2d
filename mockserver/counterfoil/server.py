"""Serving a sandbox: sockets first, then everything behind them, until a signal comes."""

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import uvicorn

from counterfoil.app import Sandbox
from counterfoil.operating import OperatingError
from counterfoil.web.control.desk import Addresses
from counterfoil.web.protocol import Protocol

BACKLOG = 2048

EVERYWHERE = ("", "0.0.0.0")  # noqa: S104  what to do with it, not a default
"""Hosts that stand for every address of the machine; this machine calls itself by loopback."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Bound sockets, the hub's first; `services` says which port is whose."""

    host: str
    sockets: tuple[socket.socket, ...]
    services: Mapping[int, str]

    @property
    def addresses(self) -> Addresses:
        """Where the hub and each API can be reached."""
        host = "127.0.0.1" if self.host in EVERYWHERE else self.host
        hub = self.sockets[0].getsockname()[1]
        apis = {name: f"http://{host}:{port}" for port, name in self.services.items()}
        return Addresses(f"http://{host}:{hub}", apis)

    def close(self) -> None:
        """Let go of the sockets."""
        for bound in self.sockets:
            bound.close()


def bind(host: str, port: int, offsets: Mapping[str, int]) -> Ports:
    """Return the sockets of the hub and of each API, whose port is the hub's plus its offset.

    Port 0 takes free ports. Raises OperatingError where one is taken.
    """
    sockets: list[socket.socket] = []
    services: dict[int, str] = {}
    try:
        sockets.append(_bound(host, port))
        for name, offset in offsets.items():
            sockets.append(_bound(host, port + offset if port else 0))
            services[sockets[-1].getsockname()[1]] = name
    except OperatingError:
        for bound in sockets:
            bound.close()
        raise
    return Ports(host, tuple(sockets), services)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OverflowError:
        bound.close()
        raise OperatingError(
            f"There is no port {port}; the APIs take those after the hub's: choose a lower --port"
        ) from None
    except (OSError, TypeError, ValueError) as error:
        bound.close()
        code = getattr(error, "errno", None)
        raise OperatingError(
            f"Cannot listen on {host}:{port}: {_CAUSES.get(code, _NO_HOST)}"
        ) from None
    return bound


_NO_HOST = "this machine has no such address; correct --host"
_CAUSES: dict[int | None, str] = {
    errno.EADDRINUSE: "something else does; stop it, or choose other ports with --port",
    errno.EACCES: "this user may not; choose ports from 1024 on with --port",
}


class Server(uvicorn.Server):
    """uvicorn, serving a sandbox whose courier works as long as it does."""

    def __init__(self, sandbox: Sandbox, ready: Callable[[], None]) -> None:
        super().__init__(configured(sandbox.asgi))
        self._courier = sandbox.courier
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer and to deliver, then say so."""
        await super().startup(sockets)
        self._courier.start()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what is under way, and stop delivering."""
        await super().shutdown(sockets)
        await self._courier.stop()


def configured(asgi: object) -> uvicorn.Config:
    """Return how uvicorn serves an application: quietly, and nothing it was not asked for."""
    return uvicorn.Config(
        asgi,  # type: ignore[arg-type]  # uvicorn wants its own idea of an application
        http=Protocol,
        ws="none",
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


def serve(sandbox: Sandbox, sockets: Iterable[socket.socket], ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are answered first."""

    def settled() -> None:
        # What is here now stays: the collector need not look at it, now or under load.
        gc.freeze()
        gc.set_threshold(100_000, 50, 1000)
        gc.enable()
        ready()

    # uvicorn raises the signal again once it has stopped; by then there is nothing left to do.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server = Server(sandbox, settled)
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=list(sockets)))

"""The desk: what every room of the control plane works with."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from counterfoil.domain.outcome import Refusal
from counterfoil.engine.api import Api
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.store import Store
from counterfoil.engine.world import WorldRow
from counterfoil.engine.worlds import Worlds
from counterfoil.web.courier import Courier

Function = Callable[[Call], Outcome | Awaitable[Outcome]]
"""An operation of the control plane."""

Functions = Mapping[str, Function]
"""The operations of a room, by operationId."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the hub and each API are served."""

    hub: str
    apis: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """The worlds, who delivers in them, where they are served, and who waits for news of them."""

    worlds: Worlds
    courier: Courier
    addresses: Addresses
    waiting: dict[int, set[asyncio.Future[None]]] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The store of all worlds."""
        return self.worlds.store

    @property
    def apis(self) -> Mapping[str, Api]:
        """The APIs, by name."""
        return self.worlds.apis

    def row(self, call: Call) -> WorldRow:
        """Return the world of a call's path; Refusal where there is none of that name."""
        name = call.arguments["worldId"]
        row = self.store.world(name)
        if row is None:
            raise Refusal("NO_SUCH_WORLD", world=name)
        return row

    def described(self, row: WorldRow) -> dict[str, Any]:
        """Return everything a client needs to know of a world."""
        return described(self.worlds.describe(row), self.addresses)

    def heard(self, world: int) -> None:
        """Let those look again who wait for something to arrive in a world."""
        for future in self.waiting.pop(world, ()):
            if not future.done():
                future.set_result(None)

    async def until(self, world: int, met: Callable[[], bool], milliseconds: int) -> bool:
        """Wait until something is so in a world; tell whether it was before the time was over.

        `met` is asked whenever something arrived (`heard`).
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + milliseconds / 1000
        while not met():
            future = loop.create_future()
            self.waiting.setdefault(world, set()).add(future)
            try:
                async with asyncio.timeout_at(end):
                    await future
            except TimeoutError:
                return met()
            finally:
                self._leave(world, future)
        return True

    def _leave(self, world: int, future: asyncio.Future[None]) -> None:
        waiting = self.waiting.get(world, set())
        waiting.discard(future)
        if not waiting:
            self.waiting.pop(world, None)


def described(world: Mapping[str, Any], addresses: Addresses) -> dict[str, Any]:
    """Return the description of a world, with the addresses it is served at."""
    whole = {**world, "url": addresses.hub}
    for name, url in addresses.apis.items():
        whole[name] = {"url": url, **world[name]}
    return whole

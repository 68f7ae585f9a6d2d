"""The courier: makes the attempts of deliveries that are due, one at a time to an endpoint.

Each endpoint has a lane of its own, so that a slow one holds up nobody else; within a lane the order
is that of the events, and a delivery that failed lets the next one pass.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec.structs import replace

from counterfoil.engine import faults, schedule, webhooks
from counterfoil.engine.api import Api
from counterfoil.engine.clock import text
from counterfoil.engine.faults import Standing
from counterfoil.engine.journal import Journal
from counterfoil.engine.store import Store, WorldGoneError
from counterfoil.engine.values import Value
from counterfoil.engine.webhooks import Delivery, Outgoing
from counterfoil.engine.world import World, WorldRow
from counterfoil.web.sender import Sender

logger = logging.getLogger("counterfoil")

PAUSE_S = 0.02
"""Instants are whole seconds of a clock that is read a little earlier."""

REST_S = 1.0
"""How long a lane rests that broke off."""

LONGEST_S = 86_400.0

Lane = tuple[int, str]
"""A world's key and an endpoint's id."""


class Made(Value, frozen=True):
    """An attempt that was made: of which delivery, as its how-manieth, what came of it."""

    world: int
    delivery: Delivery
    n: int
    at: datetime
    status: str


class Courier:
    """Runs what falls due in worlds whose time goes by, and sends what is to be delivered."""

    def __init__(
        self, store: Store, apis: Mapping[str, Api], journal: Journal, sender: Sender
    ) -> None:
        self._store = store
        self._journal = journal
        self._works = {name: api.jobs for name, api in apis.items()}
        self._hooks = {name: api.hooks for name, api in apis.items() if api.hooks}
        self._sender = sender
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake: set[int] = set()
        self._lanes: dict[Lane, asyncio.Task[None]] = {}
        self._alarms: dict[int, asyncio.TimerHandle] = {}
        self.held: set[int] = set()
        self.watching: dict[int, Callable[[Made], None]] = {}

    def start(self) -> None:
        """Begin to work, on the running loop; take up what an earlier process left."""
        self._loop = asyncio.get_running_loop()
        self._store.wake = self.wake
        for row in self._store.worlds():
            self.wake(row.key)

    async def stop(self) -> None:
        """Stop working; what was under way is sent again by whoever comes next."""
        self._loop = None
        self._store.wake = lambda _: None
        for alarm in self._alarms.values():
            alarm.cancel()
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        await self._sender.close()

    def wake(self, key: int) -> None:
        """Look after a world as soon as the answer that is under way has gone out."""
        if self._loop is not None and key not in self._awake:
            self._awake.add(key)
            self._loop.call_soon(self._look_after, key)

    async def settle(self, row: WorldRow) -> None:
        """Send everything that is due in a world, and return when nothing is under way."""
        self._open_lanes(row)
        while lanes := [task for (key, _), task in self._lanes.items() if key == row.key]:
            await asyncio.wait(lanes)
            self._open_lanes(row)

    async def idle(self) -> None:
        """Return when nothing is under way in any world."""
        while self._awake or self._lanes:
            if self._lanes:
                await asyncio.wait(list(self._lanes.values()))
            await asyncio.sleep(0)

    @property
    def under_way(self) -> int:
        """How many lanes are busy."""
        return len(self._lanes)

    def _look_after(self, key: int) -> None:
        self._awake.discard(key)
        row = self._store.of_key(key)
        if row is None or self._loop is None or key in self.held:
            return
        with self._store.writing(row) as world:
            ran = list(schedule.run(world, self._works))
            world.due = False  # it is looked after right here
        for due, change in ran:
            self._journal.told(key, due.api, change)
        self._open_lanes(row)
        self._set_alarm(row)

    def _set_alarm(self, row: WorldRow) -> None:
        """Come back when the next thing is due in a world whose clock runs, or a reservation ends."""
        if (earlier := self._alarms.pop(row.key, None)) is not None:
            earlier.cancel()
        if self._loop is None:
            return
        world, waits = self._store.open(row), []
        if not any(key == row.key for key, _ in self._lanes):
            lease = webhooks.next_lease(world)
            waits += [lease - self._store.wall()] if lease else []
        due = schedule.next_instant(world, after=world.now, paused=row.settings.paused)
        if due is not None and not row.clock.frozen:
            waits.append(due - world.now)
        if waits:
            wait = min(max(min(waits).total_seconds(), 0.0) + PAUSE_S, LONGEST_S)
            self._alarms[row.key] = self._loop.call_later(wait, self.wake, row.key)

    def _open_lanes(self, row: WorldRow) -> None:
        """Set a task to work for each endpoint that has something due."""
        if row.settings.paused or self._loop is None:
            return
        for endpoint in webhooks.endpoints_due(self._store.open(row), self._store.wall()):
            lane = (row.key, endpoint)
            if lane not in self._lanes:
                self._lanes[lane] = self._loop.create_task(self._work_off(lane))

    async def _work_off(self, lane: Lane) -> None:
        try:
            while (row := self._store.of_key(lane[0])) and not row.settings.paused:
                taken = self._take(row, lane[1])
                if not taken:
                    break
                for outgoing in taken:
                    await self._attempt(row, outgoing)
        except WorldGoneError:
            pass
        except Exception:
            logger.exception("the lane to %s broke off", lane[1])
            if self._loop is not None:
                self._loop.call_later(REST_S, self.wake, lane[0])
        else:
            self.wake(lane[0])
        finally:
            del self._lanes[lane]

    def _take(self, row: WorldRow, endpoint: str) -> list[Outgoing]:
        """Reserve what is sent next in a lane; nothing where the lane is empty."""
        with self._store.writing(row) as world:
            while delivery := webhooks.claim(world, endpoint, self._store.wall()):
                outgoing = webhooks.outgoing(world, self._hooks[delivery.api], delivery)
                if outgoing is None:
                    webhooks.skip(world, delivery)
                    continue
                rule = faults.of_delivery(world, delivery) if row.settings.faults else None
                taken = [outgoing] if rule is None else self._spoiled(world, outgoing, rule)
                if taken:
                    return taken
        return []

    def _spoiled(self, world: World, outgoing: Outgoing, rule: Standing) -> list[Outgoing]:
        """Return what is sent instead, because a fault was asked for."""
        effect, delivery = rule.rule.effect, outgoing.delivery
        hooks = self._hooks[delivery.api]
        sent: list[Outgoing | None] = [outgoing]
        match effect.type:
            case "drop":
                webhooks.skip(world, delivery)
                return []
            case "postpone":
                webhooks.put_off(world, delivery, world.now + effect.by)
                return []
            case "duplicate":
                sent = [replace(outgoing, copies=effect.count)]
            case "badSignature":
                sent = [webhooks.outgoing(world, hooks, delivery, forged=True)]
            case "reorder":
                following = webhooks.claim(world, delivery.endpoint, self._store.wall())
                overtaking = following and webhooks.outgoing(
                    world, self._hooks[following.api], following
                )
                sent = [overtaking or None, outgoing]
        return [found for found in sent if found is not None]

    async def _attempt(self, row: WorldRow, outgoing: Outgoing) -> None:
        at = row.clock.now(self._store.wall)
        for _ in range(outgoing.copies - 1):
            await self._sender.send(outgoing, text(at), timed=False)
        attempt = await self._sender.send(outgoing, text(at), timed=not row.clock.frozen)
        delivery = outgoing.delivery
        with self._store.writing(row) as world:
            status = webhooks.record(world, self._hooks[delivery.api], delivery, attempt)
        if row.key in self.watching:
            self.watching[row.key](Made(row.key, delivery, attempt.n, at, status))

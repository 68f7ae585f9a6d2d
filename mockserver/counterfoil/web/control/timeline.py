"""Time travel: a world's clock moved on, everything that falls due on the way done in order."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from counterfoil.engine import schedule
from counterfoil.engine.clock import Clock, text
from counterfoil.engine.store import WorldGoneError
from counterfoil.engine.values import Value
from counterfoil.engine.world import WorldRow
from counterfoil.web.control.desk import Desk
from counterfoil.web.courier import Made

Destination = Callable[[datetime], datetime | None]
"""Returns where a journey goes to that begins at an instant; None: to when something is due next."""


class Journey(Value, frozen=True):
    """What happened while a clock was moved on."""

    began: datetime
    ended: datetime
    jobs: list[dict[str, Any]]
    events: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    truncated: bool

    @property
    def shown(self) -> dict[str, Any]:
        """The journey as JSON values."""
        return {
            "from": text(self.began),
            "to": text(self.ended),
            "jobs": self.jobs,
            "events": self.events,
            "deliveries": self.deliveries,
            "truncated": self.truncated,
        }


@dataclass(slots=True)
class Log:
    """A journey under way: when it began, the last event before it, and what happened since."""

    began: datetime
    last_event: int
    stops: int = 0
    jobs: list[dict[str, Any]] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)

    @property
    def length(self) -> int:
        """How much was done."""
        return self.stops + len(self.jobs) + len(self.made)


class Timeline:
    """Moves the clocks of worlds, one journey at a time in each.

    `most` bounds the jobs, the attempts and the stops of one journey.
    """

    def __init__(self, desk: Desk, most: int) -> None:
        self._store = desk.store
        self._works = {name: api.jobs for name, api in desk.apis.items()}
        self._courier = desk.courier
        self._journal = desk.worlds.journal
        self._most = most
        self._locks: dict[int, asyncio.Lock] = {}

    async def advance(self, row: WorldRow, destination: Destination) -> Journey:
        """Move a world's clock on, and do everything that falls due on the way.

        Returns when every job and every delivery is done that was due until then. Raises
        WorldGoneError where the world is deleted or replaced meanwhile, and what `destination` does.
        """
        key = row.key
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                began = self._now(row)
                to = destination(began)
                log = Log(began, self._store.open(row).counters.values.get("event", 0))
                self._courier.held.add(key)
                self._courier.watching[key] = log.made.append
                try:
                    return await self._travel(row, to, log)
                finally:
                    del self._courier.watching[key]
                    self._courier.held.discard(key)
                    self._courier.wake(key)
        finally:
            if not lock.locked():
                self._locks.pop(key, None)

    async def _travel(self, row: WorldRow, to: datetime | None, log: Log) -> Journey:
        """Go from instant to instant at which something is due, and on to the destination."""
        at, due = log.began, await self._arrive(row, log.began, log)
        to = due if to is None else to
        while to is not None and due is not None and due <= to:
            if log.length >= self._most:
                return self._told(row, log, truncated=True)
            at = due
            due = await self._arrive(row, at, log)
        if to is not None:
            self._set(row, to)
        return self._told(row, log, truncated=False)

    async def _arrive(self, row: WorldRow, at: datetime, log: Log) -> datetime | None:
        """Set the clock to an instant, do all that is due then, and return when more is."""
        self._set(row, at)
        with self._store.writing(row) as world:
            ran = list(schedule.run(world, self._works))
            world.due = False
        for due, change in ran:
            self._journal.told(row.key, due.api, change)
        await self._courier.settle(self._fresh(row))
        log.stops += 1
        log.jobs += [
            {**due.shown, "events": [event.id for event in change.events]} for due, change in ran
        ]
        fresh = self._fresh(row)
        paused = fresh.settings.paused
        return schedule.next_instant(self._store.open(fresh), after=at, paused=paused)

    def _set(self, row: WorldRow, at: datetime) -> None:
        """Set the clock, and nothing else of the world; one that runs may be further already."""
        fresh = self._fresh(row)
        if fresh.clock.now(self._store.wall) < at:
            frozen = fresh.clock.frozen
            clock = Clock.frozen_at(at) if frozen else Clock.live_at(at, self._store.wall)
            self._store.set_clock(fresh, clock)

    def _now(self, row: WorldRow) -> datetime:
        return self._fresh(row).clock.now(self._store.wall)

    def _fresh(self, row: WorldRow) -> WorldRow:
        fresh = self._store.of_key(row.key)
        if fresh is None:
            raise WorldGoneError(row.name)
        return fresh

    def _told(self, row: WorldRow, log: Log, *, truncated: bool) -> Journey:
        events = [
            {"id": id, "type": type_, "at": text(at)}
            for id, type_, _, _, at in self._store.open(row).events(log.last_event)
        ]
        attempts = [_attempt(made) for made in log.made]
        return Journey(log.began, self._now(row), log.jobs, events, attempts, truncated)


def _attempt(made: Made) -> dict[str, Any]:
    return {
        "id": made.delivery.id,
        "webhookId": made.delivery.endpoint,
        "eventId": made.delivery.event,
        "eventType": made.delivery.type,
        "attempt": made.n,
        "at": text(made.at),
        "status": made.status,
    }

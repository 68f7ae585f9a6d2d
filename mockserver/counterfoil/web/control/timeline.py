"""Time travel: a world's clock moved on, everything that falls due on the way done in order."""

import asyncio
from datetime import datetime
from typing import Any

from counterfoil.engine import schedule
from counterfoil.engine.clock import Clock, text
from counterfoil.engine.values import Value
from counterfoil.engine.world import WorldRow
from counterfoil.web.control.desk import Desk
from counterfoil.web.courier import Made


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


class Timeline:
    """Moves the clocks of worlds, one journey at a time in each.

    `most` bounds the jobs and attempts of one journey.
    """

    def __init__(self, desk: Desk, most: int) -> None:
        self._store = desk.store
        self._works = {name: api.jobs for name, api in desk.apis.items()}
        self._courier = desk.courier
        self._journal = desk.worlds.journal
        self._most = most
        self._locks: dict[int, asyncio.Lock] = {}

    async def advance(self, row: WorldRow, to: datetime | None) -> Journey:
        """Move a world's clock on to an instant, or to the next one at which something is due.

        Returns when everything is done that was due until then, and every delivery of it made.
        """
        async with self._locks.setdefault(row.key, asyncio.Lock()):
            self._courier.held.add(row.key)
            try:
                return await self._travel(self._store.of_key(row.key) or row, to)
            finally:
                self._courier.held.discard(row.key)
                self._courier.wake(row.key)

    async def _travel(self, row: WorldRow, to: datetime | None) -> Journey:
        began = at = row.clock.now(self._store.wall)
        last = self._store.open(row).counters.values.get("event", 0)
        made: list[Made] = []
        jobs: list[dict[str, Any]] = []
        watched, self._courier.watch = self._courier.watch, made.append
        stop = False
        try:
            while not stop:
                row, ran = await self._arrive(row, at)
                jobs += ran
                due = self._next(row, at)
                if to is None and at == began and due is not None:
                    to = due
                steps = len(jobs) + len(made)
                stop = due is None or to is None or due > to or steps >= self._most
                at = at if stop or due is None else due
        finally:
            self._courier.watch = watched
        truncated = len(jobs) + len(made) >= self._most
        if to is not None and not truncated:
            row, at = self._set(row, to), to
        told = [_told(attempt) for attempt in made if attempt.world == row.key]
        return Journey(began, at, jobs, self._events(row, last), told, truncated)

    async def _arrive(self, row: WorldRow, at: datetime) -> tuple[WorldRow, list[dict[str, Any]]]:
        """Set the clock to an instant, and do all that is due then."""
        row = self._set(row, at)
        with self._store.writing(row) as world:
            ran = list(schedule.run(world, self._works))
        for due, change in ran:
            self._journal.told(row.key, due.api, [event.type for event in change.events])
        jobs = [
            {**due.shown, "events": [event.id for event in change.events]} for due, change in ran
        ]
        await self._courier.settle(row)
        return row, jobs

    def _next(self, row: WorldRow, after: datetime) -> datetime | None:
        world = self._store.open(row)
        return schedule.next_instant(world, after=after, paused=row.settings.paused)

    def _set(self, row: WorldRow, at: datetime) -> WorldRow:
        if row.clock.now(self._store.wall) == at:
            return row
        frozen = row.clock.frozen
        clock = Clock.frozen_at(at) if frozen else Clock.live_at(at, self._store.wall)
        return self._store.change(row, clock=clock)

    def _events(self, row: WorldRow, after: int) -> list[dict[str, Any]]:
        return [
            {"id": id, "type": type_, "at": text(at)}
            for id, type_, _, _, at in self._store.open(row).events(after)
        ]


def _told(made: Made) -> dict[str, Any]:
    return {
        "id": made.delivery.id,
        "webhookId": made.delivery.endpoint,
        "eventId": made.delivery.event,
        "eventType": made.delivery.type,
        "attempt": made.n,
        "at": text(made.at),
        "status": made.status,
    }

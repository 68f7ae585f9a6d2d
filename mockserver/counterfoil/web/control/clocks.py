"""Clocks: what time it is in a world, and moving it on."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from counterfoil.domain.outcome import Refusal
from counterfoil.engine import schedule
from counterfoil.engine.call import Call
from counterfoil.engine.clock import LATEST, months_later, text
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import WorldRow
from counterfoil.web.control.desk import Desk, Functions
from counterfoil.web.control.timeline import Timeline
from counterfoil.web.control.universes import Universes

SHOWN = 1000
"""How many of the jobs to come are listed."""

CALENDAR = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(.*)")


class Clocks:
    """The room where time is told and made to pass."""

    def __init__(self, desk: Desk, universes: Universes, timeline: Timeline) -> None:
        self._desk = desk
        self._universes = universes
        self._timeline = timeline
        self.functions: Functions = {
            "getClock": self.get_clock,
            "setClock": self.set_clock,
            "advanceClock": self.advance_clock,
            "listJobs": self.list_jobs,
        }

    def get_clock(self, call: Call) -> Outcome:
        """Tell what time it is in a world, and what is due next."""
        return Outcome(self._told(self._desk.row(call)))

    def set_clock(self, call: Call) -> Outcome:
        """Freeze a world's clock or let it run; at an instant, if told, without anything in between."""
        row, asked = self._desk.row(call), call.body
        now = row.clock.now(self._desk.store.wall)
        clock = self._universes.clock_of({"now": text(now), **asked})
        if clock.now(self._desk.store.wall) < now:
            raise Refusal("TIME_RUNS_FORWARD", now=text(now))
        changed = self._desk.store.set_clock(row, clock)
        self._desk.courier.wake(row.key)
        return Outcome(self._told(changed))

    async def advance_clock(self, call: Call) -> Outcome:
        """Move a world's clock on, and tell everything that happened on the way."""
        asked = call.body
        journey = await self._timeline.advance(
            self._desk.row(call), lambda now: _destination(now, asked)
        )
        return Outcome(journey.shown)

    def list_jobs(self, call: Call) -> Outcome:
        """List what is due in a world, in order."""
        world = self._desk.store.open(self._desk.row(call))
        return Outcome({"items": [due.shown for due in schedule.waiting(world, SHOWN)]})

    def _told(self, row: WorldRow) -> dict[str, Any]:
        world = self._desk.store.open(row)
        due = schedule.next_instant(world, after=None, paused=row.settings.paused)
        return {
            "mode": row.clock.mode,
            "now": text(world.now),
            "nextDue": due and text(due),
        }


def _destination(now: datetime, asked: Mapping[str, str]) -> datetime | None:
    """Return where a journey goes to; Refusal where that is behind, or beyond all clocks."""
    if "by" in asked:
        to = later(now, asked["by"])
    elif "to" in asked:
        to = datetime.fromisoformat(asked["to"].upper()).astimezone(UTC).replace(microsecond=0)
    else:
        return None
    if to < now:
        raise Refusal("TIME_RUNS_FORWARD", now=text(now))
    if to > LATEST:
        raise Refusal("TOO_FAR", latest=text(LATEST))
    return to


def later(now: datetime, duration: str) -> datetime:
    """Return the instant an ISO 8601 duration after another; months end where they end.

    Refuses, with the words of the schema, what is none.
    """
    calendar = CALENDAR.fullmatch(duration)
    assert calendar is not None, f"the schema let {duration!r} through"
    years, months, weeks, rest = calendar.groups()
    try:
        exact = timedelta(weeks=int(weeks or 0))
        exact += msgspec.convert("P" + rest, timedelta) if rest else timedelta()
        shifted = months_later(now, 12 * int(years or 0) + int(months or 0))
        return (shifted + exact).replace(microsecond=0)
    except (msgspec.ValidationError, OverflowError, ValueError):
        raise Refusal("TOO_FAR", latest=text(LATEST)) from None

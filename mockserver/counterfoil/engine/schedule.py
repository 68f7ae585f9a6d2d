"""The schedule of a world: what falls due when on its clock, and the running of it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from counterfoil.engine.clock import moment, stamp, text
from counterfoil.engine.commit import commit
from counterfoil.engine.outcome import Change
from counterfoil.engine.values import Value
from counterfoil.engine.world import World

Works = Mapping[str, Mapping[str, Any]]
"""What each API does when something falls due, by type (`counterfoil.engine.api.Work`)."""


class Due(Value, frozen=True):
    """A job that waits for its instant."""

    seq: int
    at: datetime
    api: str
    type: str
    subject: str

    @property
    def shown(self) -> dict[str, Any]:
        """The job as JSON values."""
        return {"at": text(self.at), "api": self.api, "type": self.type, "subject": self.subject}


def waiting(world: World, limit: int) -> list[Due]:
    """Return the jobs that are to come, in the order they will run in."""
    rows = world.database.all(
        "SELECT seq, due, api, type, subject FROM jobs WHERE world = ? ORDER BY due, seq LIMIT ?",
        (world.key, limit),
    )
    return [_due(row) for row in rows]


def next_instant(world: World, *, after: datetime | None, paused: bool) -> datetime | None:
    """Return when next a job or, unless they are paused, a delivery is due, or None.

    `after` leaves out what was due until then.
    """
    tables = ("jobs",) if paused else ("jobs", "deliveries")
    least = -1 if after is None else stamp(after)
    found = [
        world.database.one(
            f"SELECT min(due) FROM {table} WHERE world = ? AND due > ?", (world.key, least)
        )
        for table in tables
    ]
    instants = [row[0] for row in found if row and row[0] is not None]
    return moment(min(instants)) if instants else None


def run(world: World, works: Works) -> Iterator[tuple[Due, Change]]:
    """Run every job that is due, in order, what they bring about included; yield what each did."""
    while row := world.database.one(
        "SELECT seq, due, api, type, subject FROM jobs WHERE world = ? AND due <= ?"
        " ORDER BY due, seq LIMIT 1",
        (world.key, stamp(world.now)),
    ):
        due = _due(row)
        world.database.run("DELETE FROM jobs WHERE world = ? AND seq = ?", (world.key, due.seq))
        change: Change = works[due.api][due.type](world, due.subject)
        commit(world, change, due.api)
        yield due, change


def pass_time(world: World, works: Works, to: datetime) -> None:
    """Let time pass in a world that is being furnished, running every job at its own instant."""
    while (at := next_instant(world, after=None, paused=True)) is not None and at <= to:
        world.now = max(at, world.now)
        for _ in run(world, works):
            pass
    world.now = to


def _due(row: Any) -> Due:
    seq, due, api, type_, subject = row
    return Due(seq, moment(due), api, type_, subject)

"""The entries of the ledger, read: one holder's, line by line or summed up by day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from counterfoil.engine.clock import EPOCH, SECOND, moment, stamp
from counterfoil.engine.database import Row
from counterfoil.engine.pagination import Query
from counterfoil.engine.values import Value
from counterfoil.engine.world import World

DAY = 24 * 60 * 60 * SECOND
"""How long a day is, as instants are stored."""


class Line(Value, frozen=True):
    """An entry as it was written: what it changed, what was there after it, and what it was for."""

    seq: int
    currency: str
    bucket: str
    delta: int
    after: int
    change: str | None
    kind: str
    reference: str
    at: datetime


class Excerpt(Value, frozen=True):
    """What is wanted of a holder's entries: a page of those whose columns equal some values.

    `since` and `until` bound their instants as the store keeps them; `until` is not included.
    """

    query: Query
    equal: Mapping[str, str]
    since: int | None = None
    until: int | None = None


class Lines(Value, frozen=True):
    """The lines of one page, and how many there are on all of them."""

    lines: Sequence[Line]
    total: int


class Turnover(Value, frozen=True):
    """What one kind of change did to a bucket on a day; `peak` is the most that was in it after one."""

    currency: str
    day: date
    bucket: str
    change: str | None
    delta: int
    peak: int


def excerpt(world: World, holder: str, wanted: Excerpt) -> Lines:
    """Return a page of a holder's entries, in the order they were written or the other way round."""
    query, tests = wanted.query, dict[str, str | int]()
    tests |= {f"{column} = ?": value for column, value in wanted.equal.items()}
    if wanted.since is not None:
        tests["at >= ?"] = wanted.since
    if wanted.until is not None:
        tests["at < ?"] = wanted.until
    where = " AND ".join(["world = ?", "holder = ?", *tests])
    values = [world.key, holder, *tests.values()]
    # Entries are never changed: there are as many as there were until one is written.
    place = (world.key, "entries", world.counters.values.get("entry", 0), holder, *tests.items())
    total = world.shared.totals.recall(place, lambda: _counted(world, where, values))
    rows = world.database.all(
        "SELECT seq, currency, bucket, delta, after, change, kind, reference, at FROM entries"
        f" WHERE {where} ORDER BY seq {'DESC' if query.descending else 'ASC'} LIMIT ? OFFSET ?",
        [*values, query.limit, query.page * query.limit],
    )
    return Lines([_line(row) for row in rows], total)


def standing(world: World, holder: str, day: date) -> dict[tuple[str, str], int]:
    """Return what a holder had by currency and bucket when a day began."""
    rows = world.database.all(
        "SELECT currency, bucket, sum(delta) FROM entries"
        " WHERE world = ? AND holder = ? AND at < ? GROUP BY currency, bucket",
        (world.key, holder, _midnight(day)),
    )
    return {(currency, bucket): int(minor) for currency, bucket, minor in rows}


def turnover(world: World, holder: str, since: date, until: date) -> list[Turnover]:
    """Return what changed on each day from one to another."""
    rows = world.database.all(
        f"SELECT currency, at / {DAY}, bucket, change, sum(delta), max(after) FROM entries"
        " WHERE world = ? AND holder = ? AND at >= ? AND at < ?"
        f" GROUP BY currency, at / {DAY}, bucket, change",
        (world.key, holder, _midnight(since), _midnight(until) + DAY),
    )
    return [
        Turnover(
            currency, EPOCH.date() + timedelta(days=day), bucket, change, int(delta), int(peak)
        )
        for currency, day, bucket, change, delta, peak in rows
    ]


def _counted(world: World, where: str, values: Sequence[str | int]) -> int:
    row = world.database.one(f"SELECT count(*) FROM entries WHERE {where}", values)
    assert row is not None
    return int(row[0])


def _line(row: Row) -> Line:
    seq, currency, bucket, delta, after, change, kind, reference, at = row
    return Line(seq, currency, bucket, delta, after, change, kind, reference, moment(at))


def _midnight(day: date) -> int:
    return stamp(datetime.combine(day, time(), UTC))

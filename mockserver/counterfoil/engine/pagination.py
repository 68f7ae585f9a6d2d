"""Lists: one owner's records of a kind, narrowed, ordered and cut into pages.

Every order ends in the order of creation, so that a page is the same each time it is asked for.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, Generic, Literal, TypeVar

from msgspec.structs import replace

from counterfoil.engine.records import SEPARATOR, SEQ, Kind, Record
from counterfoil.engine.values import Value
from counterfoil.engine.world import World

R = TypeVar("R", bound=Record)
Item = TypeVar("Item")
Key = str | int
WHOLE = "r.id, r.version, r.body"
"""What a record is decoded from."""

HALF = 10**9
"""Where an amount is cut in two to be added up."""

Comparison = Literal["=", ">=", "<=", "<", ">", "LIKE"]


class Condition(Value, frozen=True):
    """A bound on a key of the list: `Condition("dueDate", ">=", "2024-05-01")`.

    The value of `LIKE` is a pattern (`containing`); it looks through the whole list.
    """

    key: str
    comparison: Comparison
    value: Key


def containing(key: str, text: str) -> Condition:
    """Return the condition that a key holds a text somewhere, both in the same case."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Condition(key, "LIKE", f"%{escaped}%")


class Choice(Value, frozen=True):
    """A key that may have any of several values, each of which is looked up by itself."""

    key: str
    values: tuple[Key, ...]


class Query(Value, frozen=True):
    """What is asked of a list. `page` counts from 0; `hidden` rows are left out unless asked for.

    Each combination of the values of `choices` is looked up by itself, so that few is best.
    """

    page: int
    limit: int
    sort: str = SEQ
    descending: bool = True
    conditions: tuple[Condition, ...] = ()
    choices: tuple[Choice, ...] = ()
    hidden: bool = False

    def cut(self, everything: Sequence[Item]) -> Sequence[Item]:
        """Return this page of what is at hand whole."""
        start = self.page * self.limit
        return everything[start : start + self.limit]


class Page(Value, Generic[R], frozen=True):
    """The records of one page, and how many there are on all of them."""

    records: Sequence[R]
    total: int


def page(world: World, kind: Kind[R], owner: str, query: Query) -> Page[R]:
    """Return one page of an owner's records."""
    total = _total(world, kind, owner, query)
    start = query.page * query.limit
    if start >= total:
        return Page((), total)
    sql, values = _select(world, kind, owner, query, start)
    rows = world.database.all(sql, values)
    return Page([world.decode(kind, *row) for row in rows], total)


def ids(world: World, kind: Kind[Any], owner: str, query: Query, limit: int) -> list[str]:
    """Return the ids of what a query finds from its beginning, whatever its page."""
    whole = replace(query, page=0, limit=limit)
    sql, values = _select(world, kind, owner, whole, 0)
    return [row[0] for row in world.database.all(sql.replace(WHOLE, "r.id", 1), values)]


def fetched(world: World, kind: Kind[R], ids: Sequence[str]) -> list[R]:
    """Return the records of some ids, in their order; those that are gone are left out."""
    rows = world.database.all(
        "SELECT id, version, body FROM resources WHERE world = ? AND kind = ?"
        f" AND id IN ({', '.join('?' * len(ids))})",
        (world.key, kind.name, *ids),
    )
    found = {row[0]: row for row in rows}
    return [world.decode(kind, *found[id]) for id in ids if id in found]


def first(world: World, kind: Kind[R], owner: str, conditions: Sequence[Condition]) -> R | None:
    """Return a record of an owner's list that meets conditions, hidden or not, or None."""
    tests = "".join(_test(kind, c.key, c.comparison) for c in conditions)
    sql = (
        "SELECT r.id, r.version, r.body FROM listings l JOIN resources r"
        " ON r.world = l.world AND r.kind = l.kind AND r.id = l.id"
        f" WHERE l.kind = '{kind.name}' AND l.world = ? AND l.owner = ? AND l.hidden = ?{tests}"
        " LIMIT 1"
    )
    # One look for each: a choice of both would not be looked up by index.
    for hidden in (0, 1):
        row = world.database.one(sql, (world.key, owner, hidden, *(c.value for c in conditions)))
        if row:
            return world.decode(kind, *row)
    return None


def _select(
    world: World, kind: Kind[Any], owner: str, query: Query, start: int
) -> tuple[str, list[Key]]:
    """Return the statement of a page.

    Each combination of a chosen value and hidden or not is a branch of its own: one index scan that
    ends after a page, whatever the list holds.
    """
    branches = _branches(query)
    tests = tuple((condition.key, condition.comparison) for condition in query.conditions)
    tests += tuple((choice.key, "=") for choice in query.choices)
    sql = _sql(kind, tests, len(branches), query.sort, "DESC" if query.descending else "ASC")
    values: list[Key] = []
    for hidden, chosen in branches:
        values += [world.key, owner, hidden]
        values += [condition.value for condition in query.conditions]
        values += chosen
        values += [start + query.limit] if len(branches) > 1 else []
    return sql, [*values, query.limit, start, world.key]


def _branches(query: Query) -> list[tuple[int, tuple[Key, ...]]]:
    """Return each combination of hidden or not and the chosen values."""
    combinations = product(*(choice.values for choice in query.choices))
    return list(product((0, 1) if query.hidden else (0,), combinations))


@lru_cache(maxsize=512)
def _sql(
    kind: Kind[Any],
    tests: tuple[tuple[str, Comparison], ...],
    branches: int,
    sort: str,
    direction: str,
) -> str:
    order = f"ORDER BY k {direction}" + (f", seq {direction}" if sort != SEQ else "")
    narrowed = "".join(_test(kind, key, comparison) for key, comparison in tests)
    branch = (
        f"SELECT id, {kind.column(sort)} AS k, seq FROM listings"
        f" WHERE kind = '{kind.name}' AND world = ? AND owner = ? AND hidden = ?{narrowed}"
    )
    if branches > 1:
        cut = f"SELECT * FROM ({branch} {order} LIMIT ?) b"
        branch = f"SELECT * FROM ({' UNION ALL '.join([cut] * branches)}) u"
    return (
        f"SELECT {WHOLE} FROM ({branch} {order} LIMIT ? OFFSET ?) l"
        f" JOIN resources r ON r.world = ? AND r.kind = '{kind.name}' AND r.id = l.id"
        f" {order}"
    )


def _test(kind: Kind[Any], key: str, comparison: Comparison) -> str:
    escape = " ESCAPE '\\'" if comparison == "LIKE" else ""
    return f" AND {kind.column(key)} {comparison} ?{escape}"


class Tally(Value, frozen=True):
    """How many records have these values of the keys their kind is counted by, and their sum."""

    values: Mapping[str, str]
    hidden: bool
    n: int
    total: int


def tallies(world: World, kind: Kind[Any], owner: str) -> list[Tally]:
    """Return the totals that commits keep of an owner's list."""
    rows = world.database.all(
        "SELECT hidden, value, n, total FROM counts WHERE world = ? AND kind = ? AND owner = ?",
        (world.key, kind.name, owner),
    )
    return [
        Tally(
            dict(zip(kind.counted, value.split(SEPARATOR), strict=False)),
            bool(hidden),
            n,
            int(total),
        )
        for hidden, value, n, total in rows
    ]


def _total(world: World, kind: Kind[Any], owner: str, query: Query) -> int:
    """Return how many records a query has.

    The totals that commits keep answer what they can; anything else is counted once, and remembered
    until a list of the kind changes.
    """
    wanted = _wanted(kind, query)
    if wanted is None:
        changes = world.counters.values.get(f"changes:{kind.name}", 0)
        narrowed = (query.conditions, query.choices, query.hidden)
        place = (world.key, kind.name, changes, owner, narrowed)
        return world.shared.totals.recall(place, lambda: _counted(world, kind, owner, query))
    if not wanted:
        row = world.database.one(
            "SELECT sum(n) FROM counts WHERE world = ? AND kind = ? AND owner = ? AND hidden <= ?",
            (world.key, kind.name, owner, int(query.hidden)),
        )
        return int(row[0] or 0) if row else 0
    return sum(
        tally.n
        for tally in tallies(world, kind, owner)
        if (query.hidden or not tally.hidden)
        and all(tally.values[key] in values for key, values in wanted.items())
    )


def _wanted(kind: Kind[Any], query: Query) -> dict[str, tuple[Key, ...]] | None:
    """Return the values a query wants of counted keys, or None where it asks for anything else."""
    wanted: dict[str, tuple[Key, ...]] = {
        c.key: (c.value,) for c in query.conditions if c.comparison == "="
    }
    wanted |= {choice.key: choice.values for choice in query.choices}
    simple = len(wanted) == len(query.conditions) + len(query.choices)
    return wanted if simple and wanted.keys() <= set(kind.counted) else None


def sums(world: World, kind: Kind[Any], owner: str, query: Query, by: str) -> list[Tally]:
    """Return the totals of all a query finds, one for each value of a key.

    They are looked through once, and remembered until a list of the kind changes.
    """
    changes = world.counters.values.get(f"changes:{kind.name}", 0)
    narrowed = (query.conditions, query.choices, query.hidden)
    place = (world.key, kind.name, changes, owner, narrowed, by)
    return world.shared.totals.recall(place, lambda: _summed(world, kind, owner, query, by))


def _summed(world: World, kind: Kind[Any], owner: str, query: Query, by: str) -> list[Tally]:
    """Sums are taken in halves: a whole one may outgrow what a database calls an integer."""
    assert kind.summed is not None, f"{kind.name} is not summed"
    narrowed, values = _where(world, kind, owner, query)
    key, amount = kind.column(by), kind.column(kind.summed)
    rows = world.database.all(
        f"SELECT {key} AS k, count(*), sum({amount} / {HALF}), sum({amount} % {HALF})"
        f" FROM listings {narrowed} GROUP BY k ORDER BY k",
        values,
    )
    return [
        Tally({by: value}, query.hidden, n, int(high) * HALF + int(low))
        for value, n, high, low in rows
    ]


def _counted(world: World, kind: Kind[Any], owner: str, query: Query) -> int:
    narrowed, values = _where(world, kind, owner, query)
    row = world.database.one(f"SELECT count(*) FROM listings {narrowed}", values)
    assert row is not None
    return int(row[0])


def _where(world: World, kind: Kind[Any], owner: str, query: Query) -> tuple[str, list[Key]]:
    """Return the condition that finds all of a query's records, and its values."""
    tests = [_test(kind, c.key, c.comparison) for c in query.conditions]
    values: list[Key] = [world.key, owner, *(c.value for c in query.conditions)]
    if not query.hidden:
        tests.append(" AND hidden = 0")
    for choice in query.choices:
        tests.append(f" AND {kind.column(choice.key)} IN ({', '.join('?' * len(choice.values))})")
        values += choice.values
    return f"WHERE kind = '{kind.name}' AND world = ? AND owner = ?{''.join(tests)}", values

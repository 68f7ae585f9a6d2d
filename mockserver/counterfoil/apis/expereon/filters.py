"""From the query parameters of a list to what is asked of the store."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from counterfoil.apis.expereon.rulebook import SCALE
from counterfoil.engine import clock
from counterfoil.engine.call import Call
from counterfoil.engine.clock import SECOND, moment, stamp
from counterfoil.engine.pagination import Choice, Comparison, Condition, Query, containing
from counterfoil.engine.records import SEQ, place
from counterfoil.engine.world import World

DAY = 24 * 60 * 60
"""Seconds."""

FIRST = stamp(datetime(1, 1, 1, tzinfo=UTC))
LAST = stamp(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
"""The instants there are."""

BOUNDS: tuple[tuple[str, str, Comparison], ...] = (
    ("role", "role", "="),
    ("direction", "direction", "="),
    ("currency", "currency", "="),
    ("connectionId", "connectionId", "="),
    ("counterpartyOrganizationId", "counterparty", "="),
    ("invoiceNumber", "invoiceNumber", "="),
    ("invoiceId", "invoiceId", "="),
    ("batchId", "batchId", "="),
    ("purpose", "purpose", "="),
    ("type", "type", "="),
    ("transactionId", "transactionId", "="),
    ("from", SEQ, ">="),
    ("to", SEQ, "<"),
    ("dueDateFrom", "dueDate", ">="),
    ("dueDateTo", "dueDate", "<="),
    ("createdFrom", SEQ, ">="),
    ("createdTo", SEQ, "<"),
    ("amountMin", "amount", ">="),
    ("amountMax", "amount", "<="),
)
"""Query parameters, the key of the list that each one bounds, and how."""


def query_of(call: Call, world: World, hidden_states: tuple[str, ...] = ()) -> Query:
    """Return what a list, or the export of one, is asked for.

    Records in a hidden state show up where `includeArchived` or `status` asks for them.
    """
    asked = call.arguments
    statuses = tuple(asked.get("status", ()))
    return Query(
        page=asked.get("page", 0),
        limit=asked.get("limit", 0),
        sort=SEQ if asked["sortBy"] == "createdAt" else asked["sortBy"],
        descending=asked["sortOrder"].lower() == "desc",
        conditions=tuple(_conditions(asked, world)),
        choices=(Choice("status", tuple(dict.fromkeys(statuses))),) if statuses else (),
        hidden=asked.get("includeArchived", False) or not set(hidden_states).isdisjoint(statuses),
    )


def _conditions(asked: Mapping[str, Any], world: World) -> Iterator[Condition]:
    for parameter, key, comparison in BOUNDS:
        if parameter in asked:
            yield Condition(key, comparison, _value(parameter, asked[parameter]))
    if "isOverdue" in asked:
        today = world.now.date().isoformat()
        yield Condition("payableUntil", "<" if asked["isOverdue"] else ">=", today)
    if "search" in asked:
        yield containing("text", asked["search"].casefold())


def _value(parameter: str, given: str) -> str | int:
    """Return a bound as the list keeps its key."""
    if parameter.startswith("amount"):
        return int(Decimal(given).scaleb(SCALE))
    if parameter in ("createdFrom", "from"):
        return place(-(-_stamp(given) // SECOND), 0)
    if parameter in ("createdTo", "to"):
        return place(_stamp(given) // SECOND + _length(given), 0)
    return given


def bounds_of(asked: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Return the instants of `from` and `to`, the latter that after the last one meant."""
    since, until = span_of(asked)
    return None if since is None else _near(since), None if until is None else _near(until)


def span_of(asked: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return `from` and `to` as the store keeps instants, the latter that after the last one meant."""
    since, until = asked.get("from"), asked.get("to")
    return (
        _stamp(since) if since else None,
        _stamp(until) + _length(until) * SECOND if until else None,
    )


def instant_of(given: str) -> datetime:
    """Return a date's beginning, or an instant."""
    return _near(_stamp(given))


def _near(stamped: int) -> datetime:
    """Return an instant, or the first or last there is where it lies beyond them."""
    return moment(max(FIRST, min(stamped, LAST)))


def _length(given: str) -> int:
    """Return how many seconds a date or an instant stands for."""
    return DAY if len(given) == len("2024-03-15") else 1


def _stamp(given: str) -> int:
    """Return a date's beginning, or a moment, as the store keeps it; dates are those of UTC."""
    return stamp(clock.instant_of(given))

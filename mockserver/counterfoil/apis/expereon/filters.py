"""From the query parameters of a list to what is asked of the store."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from counterfoil.apis.expereon.rulebook import SCALE
from counterfoil.engine.call import Call
from counterfoil.engine.pagination import Choice, Comparison, Condition, Query
from counterfoil.engine.records import SEQ, place

BOUNDS: tuple[tuple[str, str, Comparison], ...] = (
    ("role", "role", "="),
    ("direction", "direction", "="),
    ("currency", "currency", "="),
    ("connectionId", "connectionId", "="),
    ("counterpartyOrganizationId", "counterparty", "="),
    ("invoiceNumber", "invoiceNumber", "="),
    ("invoiceId", "invoiceId", "="),
    ("dueDateFrom", "dueDate", ">="),
    ("dueDateTo", "dueDate", "<="),
    ("createdFrom", SEQ, ">="),
    ("createdTo", SEQ, "<"),
    ("amountMin", "amount", ">="),
    ("amountMax", "amount", "<="),
)
"""Query parameters, the key of the list that each one bounds, and how."""


def query_of(call: Call, hidden_states: tuple[str, ...] = ()) -> Query:
    """Return what a list is asked for.

    Records in a hidden state show up where `includeArchived` or `status` asks for them.
    """
    asked = call.arguments
    statuses = tuple(asked.get("status", ()))
    return Query(
        page=asked["page"],
        limit=asked["limit"],
        sort=SEQ if asked["sortBy"] == "createdAt" else asked["sortBy"],
        descending=asked["sortOrder"].lower() == "desc",
        conditions=tuple(
            Condition(key, comparison, _value(parameter, asked[parameter]))
            for parameter, key, comparison in BOUNDS
            if parameter in asked
        ),
        choice=Choice("status", tuple(dict.fromkeys(statuses))) if statuses else None,
        hidden=asked.get("includeArchived", False) or not set(hidden_states).isdisjoint(statuses),
    )


def _value(parameter: str, given: str) -> str | int:
    """Return a bound as the list keeps its key."""
    if parameter.startswith("amount"):
        return int(Decimal(given).scaleb(SCALE))
    if parameter == "createdFrom":
        return place(_moment(given), 0)
    if parameter == "createdTo":
        length = timedelta(days=1) if len(given) == len("2024-03-15") else timedelta(seconds=1)
        return place(_moment(given) + length, 0)
    return given


def _moment(given: str) -> datetime:
    """Return a date's first second, or a moment, in UTC."""
    moment = datetime.fromisoformat(given.upper())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

"""From the query parameters of a list to what is asked of the store."""

from datetime import UTC, datetime
from decimal import Decimal

from counterfoil.apis.expereon.rulebook import SCALE
from counterfoil.engine.call import Call
from counterfoil.engine.clock import text
from counterfoil.engine.pagination import Choice, Comparison, Condition, Query

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
    ("createdFrom", "createdAt", ">="),
    ("createdTo", "createdAt", "<="),
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
        sort=asked["sortBy"],
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
    if parameter.startswith("created"):
        return _moment(given, end_of_day=parameter.endswith("To"))
    return given


def _moment(given: str, *, end_of_day: bool) -> str:
    """Return a moment in UTC; a date stands for its first second, or its last as an upper bound."""
    if len(given) == len("2024-03-15"):
        return given + ("T23:59:59Z" if end_of_day else "T00:00:00Z")
    return text(datetime.fromisoformat(given.upper()).astimezone(UTC))

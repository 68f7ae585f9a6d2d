"""What most operations begin with: a page, a record of the account, a number that was given."""

from decimal import Decimal
from typing import Any, TypeVar

from counterfoil.apis.invoicexpress.records import Account
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Put
from counterfoil.engine.pagination import Condition, Query, first
from counterfoil.engine.records import Kind, Record
from counterfoil.engine.world import World

R = TypeVar("R", bound=Record)


def account_of(book: Rulebook, call: Call, world: World) -> Account:
    """Return the account that calls."""
    account = world.get(book.kinds.account, call.principal.owner)
    assert account is not None, f"the account {call.principal.owner} is gone"
    return account


def query_of(book: Rulebook, call: Call, world: World, **more: Any) -> Query:
    """Return the page that is asked for, as long as the account's settings say unless it is said."""
    asked = call.arguments
    limit = asked.get("per_page") or account_of(book, call, world).per_page
    return Query(asked.get("page", 1) - 1, limit, **more)


def found(world: World, kind: Kind[R], call: Call, id: str | int) -> R:
    """Return a record of the account that calls; Refusal where it has none of that id."""
    record = world.seen(kind, call.principal.owner, str(id))
    if record is None:
        raise Refusal("NOT_FOUND")
    return record


def named(world: World, kind: Kind[R], owner: str, **keys: str) -> R | None:
    """Return the record of an account that has these keys, or None."""
    wanted = [Condition(key, "=", value) for key, value in keys.items()]
    return first(world, kind, owner, wanted)


def put(kind: Kind[R], record: R | None, before: R | None = None) -> Change:
    """Return the change that stores a record in place of what was before; without one, removes it."""
    return Change(puts=(Put(kind, record, before),))


def decimal_of(given: str | int | Decimal) -> Decimal:
    """Return a number exactly, whether it was given as one or as its text."""
    return Decimal(given)


def text_of(given: str | int | None) -> str | None:
    """Return what may be given as a text or a number as a text; an empty one says nothing."""
    return None if given in (None, "") else str(given)


def is_said(given: str | None) -> bool:
    """Return whether a query says yes; one that says nothing says no."""
    return given in ("true", "1")

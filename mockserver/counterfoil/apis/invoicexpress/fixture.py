"""Furnishing a world from `fixtures/invoicexpress/`.

Accounts are opened; all else happens through the same operations that serve requests, at its time.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from counterfoil.apis.invoicexpress.accounts import hashed, opened
from counterfoil.apis.invoicexpress.records import Account
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.contract.rows import Row, shaped
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.api import Repertoire
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.commit import commit
from counterfoil.engine.perform import Function, perform
from counterfoil.engine.world import World
from counterfoil.operating import OperatingError, nearest


class AccountRow(Row, frozen=True):
    """An account, by what the file calls it, which is its subdomain, too."""

    organization_name: str
    email: str
    password: str
    fiscal_id: str | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    language: str = "pt"
    country: str = "PT"
    partner: bool = False


class CallRow(Row, frozen=True):
    """What an account asked for, and when."""

    at: timedelta
    account: str = msgspec.field(name="as")
    call: str
    path: dict[str, Any] = {}
    body: Any = None


class Fixture(Row, frozen=True):
    """A fixture file. `since` is when the accounts were opened."""

    since: timedelta
    accounts: dict[str, AccountRow]
    calls: list[CallRow]


def furnish(
    book: Rulebook, repertoire: Repertoire, world: World, content: Mapping[str, Any]
) -> None:
    """Put a fixture's content into an empty world.

    Raises OperatingError where the file has another shape, or tells of something impossible.
    """
    fixture = shaped(content, Fixture, "the fixture has a mistake")
    present = world.now
    world.now = present + fixture.since
    ids = {alias: _open(book, world, alias, row) for alias, row in fixture.accounts.items()}
    for row in sorted(fixture.calls, key=lambda row: row.at):
        world.now = present + row.at
        _perform(book, repertoire.functions, world, row, ids)
    world.now = present


def _open(book: Rulebook, world: World, alias: str, row: AccountRow) -> str:
    members = msgspec.structs.asdict(row) | {"password": hashed(row.email, row.password)}
    account = Account(
        **book.birth(world, book.kinds.account),
        **members,
        alias=alias,
        name=alias,
        at="valid",
        per_page=book.rules.per_page,
    )
    commit(world, opened(book, world, account), book.contract.api)
    return account.id


def _perform(
    book: Rulebook,
    functions: Mapping[str, Function],
    world: World,
    row: CallRow,
    accounts: Mapping[str, str],
) -> None:
    operation = book.contract.operations.get(row.call)
    if operation is None or row.account not in accounts:
        known = [*functions, *accounts]
        raise OperatingError(
            f"the fixture lets {row.account!r} call {row.call!r}, one of which there is not"
            f"{nearest(row.call, known)}"
        )
    principal = Principal(accounts[row.account], "fixture", frozenset())
    call = Call(operation, principal, "", row.path, row.body)
    try:
        perform(functions[operation.function], call, world, book.contract.api)
    except Refusal as refused:
        raise OperatingError(
            f"the fixture cannot {row.call} at {row.at}: {refused}; correct the call"
        ) from None

"""Furnishing a world from `fixtures/expereon/`.

Invoices are not put into their states: they walk there through the same operations that serve
requests, so that their history, events, reservations and payments are what they would be.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from counterfoil.apis.expereon.records import SELLER, Balance, Connection, Organization
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.transactions import deposited
from counterfoil.contract.rows import Row, shaped
from counterfoil.domain.outcome import Refusal
from counterfoil.engine import schedule
from counterfoil.engine.api import Repertoire
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.commit import commit
from counterfoil.engine.outcome import Change, Put
from counterfoil.engine.perform import Function, perform
from counterfoil.engine.records import revised
from counterfoil.engine.world import World
from counterfoil.operating import OperatingError, nearest

Json = dict[str, Any]
Happening = tuple[timedelta, Callable[[], None]]
"""Something that happened, at a time counted from the world's instant."""


class OrganizationRow(Row, frozen=True):
    """An organisation and what it has, by currency and bucket."""

    id: str
    name: str
    balances: dict[str, dict[str, str]]


class ConnectionRow(Row, frozen=True):
    """A connection of two organisations, by their names in the file."""

    id: str
    seller: str
    buyer: str
    currency: str
    suspended: timedelta | None = None


class CreateRow(Row, frozen=True):
    """How an invoice is created; `due` is counted from the date of the world's instant."""

    at: timedelta
    number: str
    due: timedelta
    amount: str | None = None
    description: str | None = None
    line_items: list[Json] | None = msgspec.field(name="lineItems", default=None)


class StepRow(Row, frozen=True):
    """What a party did to an invoice, and when."""

    at: timedelta
    role: str = msgspec.field(name="as")
    call: str
    body: Json | None = None


class InvoiceRow(Row, frozen=True):
    """An invoice and its story."""

    connection: str
    create: CreateRow
    steps: list[StepRow]


class Fixture(Row, frozen=True):
    """A fixture file. `since` is when the organisations joined."""

    since: timedelta
    organizations: dict[str, OrganizationRow]
    connections: list[ConnectionRow]
    invoices: list[InvoiceRow]


def furnish(
    book: Rulebook, repertoire: Repertoire, world: World, content: Mapping[str, Any]
) -> None:
    """Put a fixture's content into an empty world.

    Raises OperatingError where the file has another shape, or tells of something impossible.
    """
    fixture = shaped(content, Fixture, "the fixture has a mistake")
    present = world.now
    world.now = present + fixture.since
    _found(book, world, fixture)
    happenings = [
        *_suspensions(book, world, fixture),
        *_stories(book, repertoire.functions, world, fixture, present),
    ]
    works = {book.contract.api: repertoire.jobs}
    for at, happen in sorted(happenings, key=lambda happening: happening[0]):
        schedule.pass_time(world, works, present + at)
        happen()
    schedule.pass_time(world, works, present)


def _found(book: Rulebook, world: World, fixture: Fixture) -> None:
    kinds = book.kinds
    for alias, row in fixture.organizations.items():
        birth = world.birth(kinds.organization, row.id)
        organization = Organization(**birth, alias=alias, name=row.name)
        _commit(book, world, Change(puts=(Put(kinds.organization, organization),)))
        for code, buckets in row.balances.items():
            balance = Balance(**world.birth(kinds.balance), organization=row.id, currency=code)
            _commit(book, world, Change(puts=(Put(kinds.balance, balance),)))
            for bucket, amount in buckets.items():
                _commit(book, world, deposit(book, world, balance, bucket, amount))
    for line in fixture.connections:
        connection = Connection(
            **world.birth(kinds.connection, line.id),
            seller=fixture.organizations[line.seller].id,
            buyer=fixture.organizations[line.buyer].id,
            currency=line.currency,
        )
        _commit(book, world, Change(puts=(Put(kinds.connection, connection),)))


def deposit(book: Rulebook, world: World, balance: Balance, bucket: str, amount: str) -> Change:
    """Return the change that brings money from outside into a bucket of a balance."""
    code = balance.currency
    minor = book.currencies[code].parse(amount)
    if not minor:
        raise OperatingError(
            f"the fixture deposits {amount!r} {code}; write an amount in that currency"
        )
    return deposited(book, world, balance, bucket, minor)


def _commit(book: Rulebook, world: World, change: Change) -> None:
    commit(world, change, book.contract.api)


def _suspensions(book: Rulebook, world: World, fixture: Fixture) -> Iterable[Happening]:
    kind = book.kinds.connection

    def suspend(id: str) -> None:
        """Suspend a connection, as somebody did before the world's present."""
        before = world.get(kind, id)
        assert before is not None
        after = revised(before, world.now, status="SUSPENDED")
        _commit(book, world, Change(puts=(Put(kind, after, before),)))

    for row in fixture.connections:
        if row.suspended is not None:
            yield row.suspended, partial(suspend, row.id)


def _stories(
    book: Rulebook,
    functions: Mapping[str, Function],
    world: World,
    fixture: Fixture,
    present: datetime,
) -> Iterable[Happening]:
    for row in fixture.invoices:
        yield from Story(book, functions, world, row, present).happenings()


@dataclass(slots=True)
class Story:
    """An invoice on its way: created first, then taken through its steps by id."""

    book: Rulebook
    functions: Mapping[str, Function]
    world: World
    row: InvoiceRow
    present: datetime
    id: str = ""

    def happenings(self) -> Iterable[Happening]:
        """Yield each step with its time."""
        yield self.row.create.at, self._create
        for step in self.row.steps:
            yield step.at, partial(self._step, step)

    def _create(self) -> None:
        create = self.row.create
        body: Json = {
            "connectionId": self.row.connection,
            "invoiceNumber": create.number,
            "dueDate": (self.present + create.due).date().isoformat(),
        }
        given = {
            "amount": create.amount,
            "description": create.description,
            "lineItems": create.line_items,
        }
        body |= {name: value for name, value in given.items() if value is not None}
        self.id = self._perform("createInvoice", SELLER, body)

    def _step(self, step: StepRow) -> None:
        self._perform(step.call, step.role, step.body)

    def _perform(self, operation: str, role: str, body: Json | None) -> str:
        """Perform an operation as one of the connection's parties; return what it made or changed."""
        number = self.row.create.number
        connection = self.world.get(self.book.kinds.connection, self.row.connection)
        if connection is None:
            raise OperatingError(
                f"the fixture's invoice {number} is on no connection; correct its id"
            )
        if operation not in self.functions:
            raise OperatingError(
                f"the fixture's invoice {number} calls {operation!r}, which is no operation"
                f"{nearest(operation, self.functions)}"
            )
        owner = connection.seller if role == SELLER else connection.buyer
        call = Call(
            operation=self.book.contract.operations[operation],
            principal=Principal(owner, "fixture", frozenset()),
            path="",
            arguments={"invoiceId": self.id},
            body=body,
        )
        try:
            function = self.functions[operation]
            outcome = perform(function, call, self.world, self.book.contract.api)
        except Refusal as refused:
            raise OperatingError(
                f"the fixture's invoice {number} cannot {operation} as {role}: {refused}; correct the step"
            ) from None
        assert outcome.resource is not None
        return outcome.resource

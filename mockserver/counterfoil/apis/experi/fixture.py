"""Furnishing a world from `fixtures/experi/`.

Invoices are not put into their states: they walk there through the same operations that serve
requests, so that their history, payments, e-mails and due dates are what they would be.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import msgspec

from counterfoil.apis.experi.records import Account, Client
from counterfoil.apis.experi.rulebook import Rulebook
from counterfoil.contract.rows import Row, shaped
from counterfoil.domain.outcome import Refusal
from counterfoil.engine import schedule
from counterfoil.engine.api import Repertoire
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.clock import text
from counterfoil.engine.commit import commit
from counterfoil.engine.outcome import Change, Put
from counterfoil.engine.perform import Function, perform
from counterfoil.engine.world import World
from counterfoil.operating import OperatingError, nearest

Json = dict[str, Any]


class AccountRow(Row, frozen=True, rename="camel"):
    """The account of the world."""

    id: str
    name: str
    email: str
    plan: str
    api_enabled: bool
    email_verified: bool
    invoice_prefix: str
    payment_terms_days: int
    address: tuple[str, ...]


class ClientRow(Row, frozen=True, rename="camel"):
    """A client the account has from the beginning."""

    id: str
    name: str
    company: str | None = None
    email: str | None = None
    address_line1: str | None = None
    city: str | None = None
    postcode: str | None = None
    country: str | None = None


class StepRow(Row, frozen=True):
    """A call that was made: `name` keeps the id of what it made, `of` names what it is about.

    In a body, `$name` is such an id, and `@P3D` the date so long after that of the world's instant.
    """

    at: timedelta
    call: str
    name: str | None = None
    of: str | None = None
    body: Json | None = None


class Fixture(Row, frozen=True):
    """A fixture file. `since` is when the account was opened; the steps stand in order of time."""

    since: timedelta
    account: AccountRow
    clients: tuple[ClientRow, ...]
    steps: tuple[StepRow, ...]


def furnish(
    book: Rulebook, repertoire: Repertoire, world: World, content: Mapping[str, Any]
) -> None:
    """Put a fixture's content into an empty world.

    Raises OperatingError where the file has another shape, or tells of something impossible.
    """
    fixture = shaped(content, Fixture, "the fixture has a mistake")
    present, works = world.now, {book.contract.api: repertoire.jobs}
    world.now = present + fixture.since
    _found(book, world, fixture)
    story = Story(book, repertoire.functions, world, fixture.account.id, present)
    for step in fixture.steps:
        schedule.pass_time(world, works, present + step.at)
        story.tell(step)
    schedule.pass_time(world, works, present)


def _found(book: Rulebook, world: World, fixture: Fixture) -> None:
    row, kinds = fixture.account, book.kinds
    members = msgspec.structs.asdict(row)
    account = Account(**world.birth(kinds.account, row.id) | members)
    puts = [Put(kinds.account, account)]
    for line in fixture.clients:
        members = msgspec.structs.asdict(line)
        born = world.birth(kinds.client, line.id)
        puts.append(Put(kinds.client, Client(**born | members, account=account.id)))
    commit(world, Change(puts=tuple(puts)), book.contract.api)


@dataclass(slots=True)
class Story:
    """What happened in an account, told step by step; `named` are the ids of what was made."""

    book: Rulebook
    functions: Mapping[str, Function]
    world: World
    account: str
    present: datetime
    named: dict[str, str] = field(default_factory=dict)

    def tell(self, step: StepRow) -> None:
        """Make a call, and keep the id of what it made."""
        if step.call not in self.functions:
            raise OperatingError(
                f"the fixture calls {step.call!r}, which is no operation"
                f"{nearest(step.call, self.functions)}"
            )
        operation = self.book.contract.operations[step.call]
        subject = self._named(step.of) if step.of else ""
        call = Call(
            operation=operation,
            principal=Principal(self.account, "fixture", frozenset()),
            path="",
            arguments={"invoiceId": subject, "recurringInvoiceId": subject},
            body=self._filled(step.body),
        )
        api = self.book.contract.api
        try:
            outcome = perform(self.functions[step.call], call, self.world, api)
        except Refusal as refusal:
            raise OperatingError(
                f"the fixture's step {step.call} at {step.at} is refused with {refusal.code}; correct it"
            ) from None
        if step.name and outcome.resource:
            self.named[step.name] = outcome.resource

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled(each) for key, each in value.items()}
        if isinstance(value, str) and value.startswith("$"):
            return self._named(value[1:])
        if isinstance(value, str) and value.startswith("@"):
            midnight = datetime.combine(self.present.date(), time(), self.present.tzinfo)
            return text(midnight + msgspec.convert(value[1:], timedelta))
        return value

    def _named(self, name: str) -> str:
        if name not in self.named:
            raise OperatingError(
                f"the fixture speaks of {name!r}, which no step made{nearest(name, self.named)}"
            )
        return self.named[name]

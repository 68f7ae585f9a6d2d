"""A year of plausible invoices: who bills whom how much, and what becomes of it.

Everything follows from the seed. Like those of fixtures, invoices walk into their states through
the operations themselves; what an operation refuses did not happen, and its story ends there.
"""

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from faker import Faker

from counterfoil.apis.expereon.fixture import deposit
from counterfoil.apis.expereon.records import (
    BUYER,
    SELLER,
    Balance,
    Connection,
    Organization,
    Role,
)
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.api import Api
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.commit import commit
from counterfoil.engine.outcome import Change, Put
from counterfoil.engine.pagination import Condition, first
from counterfoil.engine.perform import perform
from counterfoil.engine.records import Kind, Record
from counterfoil.engine.store import Store
from counterfoil.engine.world import World, WorldRow
from counterfoil.operating import OperatingError

YEAR = timedelta(days=365)
BATCH = 2000
"""How many steps are stored together."""

CURRENCIES = ("USD", "USD", "USD", "EUR", "EUR", "GBP", "JPY")
SOLD_BY = "seller"
"""The organisation of the fixture that bills."""

BUYERS = "buyer_"
"""How the organisations begin that are made to be billed."""

PER_UNIT = {"JPY": 150}
"""What a unit of price costs where money is counted in other sizes."""


class Move(NamedTuple):
    """What a party does next, and how long after the last thing that happened."""

    after: timedelta
    role: Role
    operation: str
    body: dict[str, Any] | None = None


@dataclass(slots=True)
class Life:
    """An invoice under way: its connection, its moves to come, its id once it has one."""

    connection: Connection
    moves: Iterator[Move]
    id: str = ""


class Seeding:
    """Grows invoices in one world; use once. The same seed grows the same ones."""

    def __init__(self, api: Api, store: Store, row: WorldRow, seed: int) -> None:
        self._api = api
        self._book = Rulebook.of(api.contract)
        self._store = store
        self._row = row
        self._faker = Faker("en_GB")
        self._faker.seed_instance(seed)
        self._random = self._faker.random
        self._run = 0
        self._cities = [self._faker.city() for _ in range(300)]

    def grow(self, invoices: int) -> str:
        """Add a year of invoices up to the world's present; return what there is to say of it."""
        with self._store.writing(self._row) as world:
            present = world.now
            world.now = present - YEAR
            self._run = world.counters.next("seeding")
            connections = self._found(world, invoices)
        done: Counter[str] = Counter()
        births = self._births(connections, invoices, present)
        happenings = self._happenings(births, present)
        while batch := list(islice(happenings, BATCH)):
            done.update(self._performed(batch))
        return (
            f"{done['createInvoice']} invoices of {SOLD_BY!r} to {len(connections)} new buyers, "
            f"{done.total()} steps"
        )

    def _performed(self, batch: list[tuple[datetime, Life, Move]]) -> Iterator[str]:
        """Perform steps in one transaction; yield the operation of each that was not refused."""
        with self._store.writing(self._row) as world:
            for at, life, move in batch:
                world.now = at
                if self._perform(world, life, move):
                    yield move.operation

    def _happenings(
        self, births: Iterator[tuple[datetime, Life]], present: datetime
    ) -> Iterator[tuple[datetime, Life, Move]]:
        """Yield every step of every life in order of time, up to the present."""
        waiting: list[tuple[datetime, int, Life, Move]] = []
        for order, (born, life) in enumerate(births):
            while waiting and waiting[0][0] <= born:
                yield from self._next(waiting)
            heapq.heappush(waiting, (born, order, life, next(life.moves)))
        while waiting and waiting[0][0] <= present:
            yield from self._next(waiting)

    def _next(
        self, waiting: list[tuple[datetime, int, Life, Move]]
    ) -> Iterator[tuple[datetime, Life, Move]]:
        at, order, life, move = heapq.heappop(waiting)
        yield at, life, move
        following = next(life.moves, None)
        if following is not None:
            heapq.heappush(waiting, (at + following.after, order, life, following))

    def _perform(self, world: World, life: Life, move: Move) -> bool:
        connection = life.connection
        owner = connection.seller if move.role == SELLER else connection.buyer
        call = Call(
            operation=self._book.contract.operations[move.operation],
            principal=Principal(owner, "seeding", frozenset()),
            path="",
            arguments={"invoiceId": life.id},
            body=move.body,
        )
        try:
            outcome = perform(self._api.functions[move.operation], call, world, self._api.name)
        except Refusal:
            life.moves = iter(())
            return False
        if not life.id:
            assert outcome.resource is not None
            life.id = outcome.resource
        return True

    def _found(self, world: World, invoices: int) -> list[Connection]:
        """Return the connections of the world's seller with buyers who are new to it."""
        kinds = self._book.kinds
        known = {
            organization.alias: organization for organization in world.every(kinds.organization)
        }
        if SOLD_BY not in known:
            raise OperatingError(
                f"The world {world.name!r} has no organisation {SOLD_BY!r} to sell; seed another world"
            )
        seller = known[SOLD_BY].id
        earlier = sum(alias.startswith(BUYERS) for alias in known)
        connections = []
        for place in range(earlier, earlier + max(2, min(40, invoices // 25))):
            currency = self._random.choice(CURRENCIES)
            buyer = Organization(
                **world.birth(kinds.organization),
                alias=f"{BUYERS}{place + 1:02d}",
                name=self._faker.company(),
            )
            connection = Connection(
                **world.birth(kinds.connection), seller=seller, buyer=buyer.id, currency=currency
            )
            self._put(world, kinds.organization, buyer)
            self._put(world, kinds.connection, connection)
            self._fund(world, buyer.id, currency, 2_000 * invoices + 20_000)
            if first(world, kinds.balance, seller, (Condition("currency", "=", currency),)) is None:
                self._fund(world, seller, currency, 1_000)
            connections.append(connection)
        return connections

    def _fund(self, world: World, organization: str, currency: str, units: int) -> None:
        kind = self._book.kinds.balance
        balance = Balance(**world.birth(kind), organization=organization, currency=currency)
        self._put(world, kind, balance)
        amount = str(units * PER_UNIT.get(currency, 1))
        commit(world, deposit(self._book, world, balance, "AVAILABLE", amount), self._api.name)

    def _put(self, world: World, kind: Kind[Any], record: Record) -> None:
        commit(world, Change(puts=(Put(kind, record),)), self._api.name)

    def _births(
        self, connections: list[Connection], invoices: int, present: datetime
    ) -> Iterator[tuple[datetime, Life]]:
        """Yield new invoices, spread over the year."""
        for place in range(invoices):
            share = (place + self._random.random()) / invoices
            born = (present - YEAR + YEAR * share).replace(microsecond=0)
            connection = self._random.choice(connections)
            number = f"SEED-{born.year}-{self._run:02d}-{place + 1:07d}"
            yield born, Life(connection, self._moves(connection, number, born))

    def _moves(self, connection: Connection, number: str, born: datetime) -> Iterator[Move]:
        """Yield the life of an invoice, each move decided when the one before has been made."""
        chance, days = self._random.random, self._days
        due = (born + timedelta(days=self._random.choice((14, 30, 30, 45, 60)))).date()
        body = self._contents(connection.currency)
        body |= {
            "connectionId": connection.id,
            "invoiceNumber": number,
            "dueDate": due.isoformat(),
        }
        yield Move(timedelta(), SELLER, "createInvoice", body)
        if chance() < 0.03:
            yield Move(days(1, 4), SELLER, "cancelInvoice", {"reason": "Entered twice"})
            return
        yield Move(days(0, 2), SELLER, "submitInvoice")
        if chance() < 0.06:
            message = "Which booking is this for?"
            yield Move(days(1, 4), BUYER, "requestInvoiceInfo", {"message": message})
            yield Move(days(1, 3), SELLER, "respondInvoice", {"message": self._booking()})
        elif chance() < 0.07:
            reason = {"reason": "The rate differs from the contract", "category": "PRICE"}
            yield Move(days(1, 5), BUYER, "disputeInvoice", reason)
            if chance() < 0.3:
                yield Move(days(2, 9), SELLER, "cancelInvoice", {"reason": "Billed in error"})
                return
            yield Move(days(1, 6), SELLER, "resubmitInvoice", {"reason": self._booking()})
        yield Move(days(1, 8), BUYER, "approveInvoice", self._approval(body))
        if chance() < 0.04:
            reason = {"reason": "The group was cancelled"}
            yield Move(days(1, 6), SELLER, "requestInvoiceCancellation", reason)
            if chance() < 0.7:
                yield Move(days(1, 4), BUYER, "acceptInvoiceCancellation")
                return
            yield Move(days(1, 4), BUYER, "rejectInvoiceCancellation")
        yield Move(days(3, 40), BUYER, "settleInvoice")
        if chance() < 0.4:
            yield Move(days(60, 120), SELLER, "archiveInvoice")

    def _contents(self, currency: str) -> dict[str, Any]:
        """Return what an invoice is for: an amount, or line items."""
        city = self._random.choice(self._cities)
        if self._random.random() < 0.7:
            amount = self._price(currency, self._random.lognormvariate(6.3, 0.9))
            return {"amount": amount, "description": f"Rooms in {city}"}
        nights = self._random.randint(1, 14)
        guests = self._random.randint(1, 4)
        items = [
            ("Double room", nights, self._random.uniform(60, 260)),
            ("Breakfast", nights * guests, self._random.uniform(8, 24)),
            ("City tax", nights * guests, self._random.uniform(1, 5)),
        ]
        return {
            "description": f"Stay in {city}",
            "lineItems": [
                {
                    "description": description,
                    "quantity": str(quantity),
                    "unitPrice": self._price(currency, price),
                }
                for description, quantity, price in items
            ],
        }

    def _approval(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """Return a full approval, or now and then one for less."""
        if "amount" in body and self._random.random() < 0.05:
            part = int(body["amount"].split(".")[0]) * 9 // 10
            if part:
                return {"adjustedAmount": str(part), "adjustmentReason": "A night was not used"}
        return None

    def _price(self, currency: str, units: float) -> str:
        decimals = self._book.currencies[currency].decimals
        minor = max(1, round(units * PER_UNIT.get(currency, 1) * 10**decimals))
        return self._book.currencies[currency].format(minor)

    def _booking(self) -> str:
        return f"Booking {self._faker.bothify('??-#####').upper()}"

    def _days(self, least: int, most: int) -> timedelta:
        return timedelta(seconds=self._random.randint(least * 86400, most * 86400))

"""What is open of a client's documents, in the account's own currency."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from counterfoil.apis.invoicexpress.document_records import Document
from counterfoil.apis.invoicexpress.records import Client
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.totals import CENTS
from counterfoil.engine.pagination import Choice, Condition, Query, page
from counterfoil.engine.values import Value
from counterfoil.engine.world import World

FINAL = "final"
MOST = 100_000
"""How many open documents of a client are looked at."""


class Owed(Value, frozen=True):
    """What is open of a document, in cents; less than nothing where it is a credit."""

    document: Document
    cents: int

    @property
    def due(self) -> date:
        """The day it is due."""
        return self.document.due_date

    @property
    def with_vat(self) -> Decimal:
        """What is open, as an amount."""
        return Decimal(self.cents) / CENTS

    @property
    def without_vat(self) -> Decimal:
        """The share of it that is no tax, to the cent."""
        if not self.document.total:
            return Decimal()
        share = Decimal(self.cents) * self.document.before_taxes / self.document.total
        return share.quantize(Decimal(1), ROUND_HALF_UP) / CENTS


def owed_by(book: Rulebook, world: World, client: Client) -> list[Owed]:
    """Return what is open of each document of a client, the oldest first."""
    of = Query(
        0,
        MOST,
        sort="date",
        descending=False,
        conditions=(Condition("client", "=", client.id),),
        choices=(Choice("status", (FINAL,)), Choice("type", tuple(book.rules.owing))),
    )
    documents = page(world, book.kinds.document, client.account, of).records
    return list(_open(book, world, documents))


def payable(book: Rulebook, world: World, client: Client) -> list[Owed]:
    """Return what a client can pay, the oldest first."""
    rows = book.rules.documents
    return [one for one in owed_by(book, world, client) if rows[one.document.type].payable]


def _open(book: Rulebook, world: World, documents: Iterable[Document]) -> Iterator[Owed]:
    own = book.rules.currency["code"]
    for document in documents:
        cents = _cents(book, world, document)
        if cents and document.currency == own:
            yield Owed(document, cents)


def _cents(book: Rulebook, world: World, document: Document) -> int:
    """Return what is open of a document; a credit note's is told by its invoice while that is open."""
    if not book.rules.documents[document.type].credits:
        return document.open
    owner = world.get(book.kinds.document, document.owner_id) if document.owner_id else None
    return 0 if owner and owner.status == FINAL else -document.total

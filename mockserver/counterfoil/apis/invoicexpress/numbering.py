"""Numbers: taken when a document is finished, one after the other in its series, and never before.

So a draft that is deleted leaves no gap, and what is numbered is signed over its predecessor.
"""

from datetime import date

from counterfoil.apis.invoicexpress.document_records import Document, Number
from counterfoil.apis.invoicexpress.records import Sequence
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.sequences import default_sequence
from counterfoil.apis.invoicexpress.signature import IRRELEVANT, Signed, atcud
from counterfoil.apis.invoicexpress.step import named, put
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.outcome import Change
from counterfoil.engine.pagination import Condition, first
from counterfoil.engine.records import revised
from counterfoil.engine.world import World


def taken(book: Rulebook, world: World, document: Document) -> tuple[Number, Change]:
    """Return the number that a document takes, and the change that moves its series on.

    Refuses a document that is older than the last one of its type in the series.
    """
    of = book.rules.documents[document.type]
    sequence = _sequence(book, world, document)
    _require_order(sequence, of.key, document.date)
    number = sequence.numbers.get(of.key, 0) + 1
    place = place_of(sequence, of.key, number)
    before = _at(book, world, document.account, place_of(sequence, of.key, number - 1))
    signed = Signed(
        date=document.date,
        entered_at=world.now,
        number=f"{of.code} {sequence.serie}/{number}",
        total=document.total,
        previous=before.number.signature if before and before.number else "",
    )
    taken_ = Number(
        series=sequence.id,
        sequence=str(int(sequence.id) + book.rules.counters[of.key].offset),
        serie=str(sequence.serie),
        number=number,
        place=place,
        atcud=_atcud(book, sequence, of.key, number),
        signature=signed.signature(str(world.seed).encode()),
        at=world.now,
    )
    after = revised(
        sequence,
        world.now,
        numbers={**sequence.numbers, of.key: number},
        dates={**sequence.dates, of.key: document.date.isoformat()},
    )
    return taken_, put(book.kinds.sequence, after, sequence)


def series_of(book: Rulebook, world: World, owner: str, key: str, asked: str) -> Sequence:
    """Return the series of an id: its own, or that of its counter for a type of document.

    Refuses the counter of another type, and an id that is none.
    """
    kind = book.kinds.sequence
    whole = world.seen(kind, owner, asked)
    for counter, row in book.rules.counters.items() if whole is None else ():
        known = world.seen(kind, owner, str(int(asked) - row.offset))
        if known is not None and counter != key:
            raise Refusal("SEQUENCE_OF_OTHER_TYPE")
        whole = whole or known
    if whole is None:
        raise Refusal("SEQUENCE_UNKNOWN")
    return whole


def series_named(book: Rulebook, world: World, owner: str, serie: str) -> Sequence | None:
    """Return the series of a name, or None."""
    return named(world, book.kinds.sequence, owner, serie=serie)


def place_of(sequence: Sequence, key: str, number: int) -> str:
    """Return where a number stands among all: by series, type and number."""
    return f"{sequence.id} {key} {number}"


def _sequence(book: Rulebook, world: World, document: Document) -> Sequence:
    """Return the series of a document: the one it asked for, or the default one today."""
    if document.series:
        sequence = world.seen(book.kinds.sequence, document.account, document.series)
        assert sequence is not None, f"the series {document.series} is gone"
        return sequence
    default = default_sequence(book, world, document.account)
    if default is None:
        raise Refusal("SEQUENCE_UNKNOWN")
    return default


def _require_order(sequence: Sequence, key: str, on: date) -> None:
    last = sequence.dates.get(key)
    if last is not None and on.isoformat() < last:
        last_day = date.fromisoformat(last)
        raise Refusal("DATE_BEFORE_LAST", type=key.replace("_", "-"), last=f"{last_day:%d %b %y}")


def _at(book: Rulebook, world: World, owner: str, place: str) -> Document | None:
    return first(world, book.kinds.document, owner, (Condition("place", "=", place),))


def _atcud(book: Rulebook, sequence: Sequence, key: str, number: int) -> str:
    """Return a document's ATCUD; some types want none."""
    if not book.rules.counters[key].atcud:
        return IRRELEVANT
    return atcud(sequence.codes.get(key), number)

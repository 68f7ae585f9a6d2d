"""Series: what documents are numbered in, with a counter and a code for each of their types."""

from counterfoil.apis.invoicexpress import wire
from counterfoil.apis.invoicexpress.records import Account, Sequence
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import account_of, found, named, put
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.ids import secret
from counterfoil.engine.outcome import NOTHING, Change, Outcome
from counterfoil.engine.pagination import Condition, Query, first, page
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

CREATED = 201
MOST = 10_000
"""How many series are listed."""

PORTUGAL = "PT"
DEFAULT = "1"
"""The one value, a text, that makes a series the default."""

CODE_LENGTH = 8


def list_sequences(book: Rulebook, call: Call, world: World) -> Outcome:
    """List all series, oldest first."""
    return Outcome(_listed(book, world, call.principal.owner))


def create_sequence(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make a series and, for a Portuguese account, register it."""
    body, kind = call.body["sequence"], book.kinds.sequence
    account = account_of(book, call, world)
    serie = body["serie"]
    if named(world, kind, account.id, serie=str(serie)) is not None:
        raise Refusal("SEQUENCE_TAKEN")
    portuguese = account.country == PORTUGAL
    if portuguese:
        _require_at(book, account)
    held = default_sequence(book, world, account.id)
    born = book.birth(world, kind)
    sequence = Sequence(
        **born,
        account=account.id,
        serie=serie,
        default=held is None or body.get("default_sequence") == DEFAULT,
        codes=_codes(book, world, born["id"]) if portuguese else {},
    )
    change = put(kind, sequence)
    if held is not None and sequence.default:
        change = put(kind, revised(held, world.now, default=False), held) + change
    return Outcome(_answer(book, world, sequence), change, sequence.id, CREATED)


def get_sequence(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a series."""
    return Outcome(_answer(book, world, _found(book, call, world)))


def register_sequence(book: Rulebook, call: Call, world: World) -> Outcome:
    """Register a series that is not registered."""
    kind, account = book.kinds.sequence, account_of(book, call, world)
    before = world.seen(kind, account.id, call.arguments["sequence_id"])
    if before is None:
        raise Refusal("SEQUENCE_NOT_FOUND")
    if account.country != PORTUGAL:
        raise Refusal("NOT_PORTUGUESE")
    if before.codes:
        raise Refusal("ALL_REGISTERED")
    _require_at(book, account)
    after = revised(before, world.now, codes=_codes(book, world, before.id))
    shown = {"sequences": [wire.sequence(book, after)]}
    return Outcome(shown, put(kind, after, before), after.id)


def set_sequence_default(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make a series the default; the one that is, stays it."""
    before = _found(book, call, world)
    change = NOTHING if before.default else _defaulted(book, world, before)
    return Outcome(wire.BLANK, change, before.id)


def default_sequence(book: Rulebook, world: World, owner: str) -> Sequence | None:
    """Return the series of a document that names none."""
    return first(world, book.kinds.sequence, owner, (Condition("default", "=", 1),))


def _defaulted(book: Rulebook, world: World, sequence: Sequence) -> Change:
    kind, held = book.kinds.sequence, default_sequence(book, world, sequence.account)
    change = put(kind, revised(sequence, world.now, default=True), sequence)
    if held is None:
        return change
    return put(kind, revised(held, world.now, default=False), held) + change


def _require_at(book: Rulebook, account: Account) -> None:
    code = book.rules.authority[account.at].refusal
    if code is not None:
        raise Refusal(code)


def _codes(book: Rulebook, world: World, sequence: str) -> dict[str, str]:
    """Return the codes that the tax authority gives a series: one for each counter with an ATCUD."""
    purpose = (book.contract.api, world.name, "at", sequence)
    return {
        type_: secret(world.seed, *purpose, type_, length=CODE_LENGTH).upper()
        for type_, row in book.rules.counters.items()
        if row.atcud
    }


def _answer(book: Rulebook, world: World, sequence: Sequence) -> wire.Json:
    return {book.fidelity(world).sequence_key: wire.sequence(book, sequence)}


def _listed(book: Rulebook, world: World, owner: str) -> wire.Json:
    everything = Query(0, MOST, descending=False)
    sequences = page(world, book.kinds.sequence, owner, everything).records
    return {"sequences": [wire.sequence(book, sequence) for sequence in sequences]}


def _found(book: Rulebook, call: Call, world: World) -> Sequence:
    return found(world, book.kinds.sequence, call, call.arguments["sequence_id"])

"""Credit notes against what they correct: never more than is left of it."""

from counterfoil.apis.invoicexpress.document_records import Document
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import put
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.outcome import NOTHING, Change
from counterfoil.engine.records import revised
from counterfoil.engine.world import World


def credit(book: Rulebook, world: World, note: Document) -> Change:
    """Return what a credit note that is finalized takes back of its owner; Refusal where it is too much."""
    owner = _owner(book, world, note)
    if owner is None:
        return NOTHING
    left = owner.total - owner.credited if owner.status in book.rules.creditable else 0
    if note.total > left:
        raise Refusal("CREDIT_TOO_LARGE")
    return _credited(book, world, owner, note.total)


def uncredit(book: Rulebook, world: World, note: Document) -> Change:
    """Return what a credit note that is canceled gives back to its owner."""
    owner = _owner(book, world, note)
    return NOTHING if owner is None else _credited(book, world, owner, -note.total)


def _owner(book: Rulebook, world: World, note: Document) -> Document | None:
    """Return the document that a credit note corrects; other documents credit nothing."""
    if not book.rules.documents[note.type].credits or note.owner_id is None:
        return None
    owner = world.get(book.kinds.document, note.owner_id)
    assert owner is not None, f"{note.owner_id}, which {note.id} corrects, is gone"
    return owner


def _credited(book: Rulebook, world: World, owner: Document, amount: int) -> Change:
    after = revised(owner, world.now, credited=owner.credited + amount)
    return put(book.kinds.document, after, owner)

"""Walking an arrow of a document's state machine: which document, from where, and what follows."""

from dataclasses import dataclass
from typing import Any

from counterfoil.apis.invoicexpress import document_wire as wire
from counterfoil.apis.invoicexpress.document_records import Document
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.totals import money
from counterfoil.apis.invoicexpress.wire import Json
from counterfoil.domain.lifecycle import Arrow
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import NOTHING, Change, Event, Outcome, Put, Transition
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

EVENT = "ix_evt"
"""How the ids of events begin."""

ACCOUNT, PAYMENT = "ACCOUNT", "PAYMENT"
"""Who walks arrows: an account as it likes, or a payment that it records or takes back."""


def type_of(book: Rulebook, call: Call) -> str:
    """Return the type of document that the path of a call is for."""
    segment = call.operation.path.split("/")[1].removesuffix(".json")
    return book.type_at[segment]


def sent_of(book: Rulebook, call: Call) -> Any:
    """Return what a body says of a document: under the key of its type or of its family."""
    of = book.rules.documents[type_of(book, call)]
    for key in (of.key, book.rules.lists[of.list]):
        if key in call.body:
            return call.body[key]
    raise Refusal("ELEMENT_MISSING", element=of.key)


def found(book: Rulebook, call: Call, world: World, *types: str) -> Document:
    """Return the document of a path; one that is of none of these types is not there."""
    id = str(call.arguments.get("document-id", call.arguments.get("receipt-id")))
    document = world.seen(book.kinds.document, call.principal.owner, id)
    if document is None or (types and document.type not in types):
        raise Refusal("DOCUMENT_NOT_FOUND", id=id)
    return document


def born(book: Rulebook, world: World, document: Document, role: str = ACCOUNT) -> Change:
    """Return the change that stores a new document, whose status is that of its birth."""
    machine = book.machine(document.type)
    (arrow,) = (arrow for arrow in machine.arrows if arrow.source is None)
    assert document.status == arrow.target, f"a new {document.type} is {arrow.target}"
    put = Change(puts=(Put(book.kinds.document, document),))
    return put + _told(Step(book, world, document, arrow, role), document)


@dataclass(frozen=True, slots=True)
class Step:
    """An arrow that a document is about to walk."""

    book: Rulebook
    world: World
    document: Document
    arrow: Arrow
    role: str = ACCOUNT

    def walked(self, *, reason: str | None = None, **changes: Any) -> tuple[Document, Change]:
        """Return the document after the arrow, and everything that changes with it."""
        after = revised(self.document, self.world.now, status=self.arrow.target, **changes)
        put = Change(puts=(Put(self.book.kinds.document, after, self.document),))
        return after, put + _told(self, after, reason)

    def done(self, more: Change = NOTHING, *, reason: str | None = None, **changes: Any) -> Outcome:
        """Return the outcome whose answer is the document after the arrow."""
        after, change = self.walked(reason=reason, **changes)
        return Outcome(wire.answer(self.book, self.world, after), change + more, after.id)


def begin(
    book: Rulebook, world: World, document: Document, trigger: str, role: str = ACCOUNT
) -> Step:
    """Return the step that a trigger makes on a document; Refusal where its state has no such arrow."""
    arrow = book.machine(document.type).arrow(trigger, document.status)
    if arrow is None or not arrow.permits(role, None):
        raise Refusal("CHANGE_EVENT")
    return Step(book, world, document, arrow, role)


def _told(step: "Step", after: Document, reason: str | None = None) -> Change:
    """Return what is remembered and told of the arrow that led to a document as it is now."""
    book, arrow = step.book, step.arrow
    transition = Transition(
        kind=book.rules.documents[after.type].machine,
        id=after.id,
        trigger=arrow.trigger,
        source=arrow.source,
        target=after.status,
        actor=after.account,
        role=step.role,
        reason=reason,
    )
    events = [
        Event(step.world.next_id(EVENT), emission.event, (after.account,), _data(after))
        for emission in arrow.emit
    ]
    return Change(transitions=(transition,), events=tuple(events))


def _data(document: Document) -> Json:
    """Return what an event tells of a document."""
    data = {
        "id": document.id,
        "type": document.type,
        "status": document.status,
        "sequence_number": document.number.text if document.number else None,
        "total": f"{money(document.total):.2f}",
        "client_id": document.client.id,
        "owner_id": document.owner_id,
    }
    return {name: value for name, value in data.items() if value is not None}

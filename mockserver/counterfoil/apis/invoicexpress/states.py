"""What happens to documents by change-state: they take their numbers, are settled, accepted, canceled."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from counterfoil.apis.invoicexpress import notes, numbering
from counterfoil.apis.invoicexpress.document_records import Document
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.walk import PAYMENT, Step, begin, found, sent_of, type_of
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.ids import secret
from counterfoil.engine.outcome import NOTHING, Change, Outcome
from counterfoil.engine.world import World

AT_CODE = 10
"""How many figures the tax authority's code of a guide has."""


def change_state(book: Rulebook, call: Call, world: World) -> Outcome:
    """Let something happen to a document: finalized, canceled and what else its machine knows."""
    document = found(book, call, world, type_of(book, call))
    asked = sent_of(book, call)
    trigger = _trigger(book, document, asked["state"])
    step = begin(book, world, document, trigger)
    message = (asked.get("message") or "").strip()
    if "message" in step.arrow.needs and not message:
        raise Refusal("MESSAGE_BLANK")
    return EFFECTS.get(trigger, _walk)(step, message or None)


def _trigger(book: Rulebook, document: Document, word: Any) -> str:
    """Return what a word pulls; one that no document of the family knows is told back."""
    told = f"{word}"
    trigger = book.rules.states.get(told)
    if trigger is None or trigger not in book.triggers[book.rules.documents[document.type].list]:
        raise Refusal("CANT_HANDLE", state=told, type=document.type)
    return trigger


def _walk(step: Step, message: str | None) -> Outcome:
    return step.done(reason=message)


def _finalize(step: Step, message: str | None) -> Outcome:
    """Let a document take its number; from now on nothing of it can be changed."""
    book, world, document = step.book, step.world, step.document
    changes = _communicated(book, world, document)
    change = notes.credit(book, world, document)
    number, counted = numbering.taken(book, world, document)
    if step.arrow.target in book.rules.paid_at_once:
        changes["paid"] = document.total
    return step.done(change + counted, reason=message, number=number, **changes)


def _communicated(book: Rulebook, world: World, document: Document) -> dict[str, Any]:
    """Return what changes with a guide that is told to the tax authority, before the goods leave."""
    account = world.get(book.kinds.account, document.account)
    told = book.rules.communicated
    if document.way is None or account is None or account.communication not in told:
        return {}
    if document.way.loaded_at and document.way.loaded_at < world.now:
        raise Refusal("LOADED_BEFORE_NOW")
    figures = secret(world.seed, book.contract.api, "at guide", document.id, length=AT_CODE)
    code = "".join(str(ord(letter) % 10) for letter in figures)
    return {"way": replace(document.way, at_doc_code_id=code)}


def cancel(step: Step, message: str | None) -> Outcome:
    """Cancel a document, with what it did to another: a receipt's payment, a credit note's credit."""
    change = NOTHING
    if step.document.paid and step.document.status in step.book.rules.kept_while_paid:
        raise Refusal("CHANGE_EVENT")  # its receipts have to be canceled before
    if step.document.payment is not None:
        change = _unpaid(step, step.document.payment.document_id)
    change += notes.uncredit(step.book, step.world, step.document)
    return step.done(change, reason=message, cancel_message=message)


def _unpaid(step: Step, id: str) -> Change:
    """Return the change that opens what a receipt had paid."""
    paid = step.world.get(step.book.kinds.document, id)
    assert paid is not None, f"{id}, which {step.document.id} pays, is gone"
    back = begin(step.book, step.world, paid, "receipt-canceled", PAYMENT)
    _, change = back.walked(reason=step.document.id, paid=paid.paid - step.document.total)
    return change


EFFECTS: Mapping[str, Callable[[Step, str | None], Outcome]] = {
    "finalized": _finalize,
    "canceled": cancel,
}
"""What triggers do besides leading to another state."""

"""Documents of every family: create, read, replace, list, and what belongs to them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from counterfoil.apis.invoicexpress import days, numbering
from counterfoil.apis.invoicexpress import document_wire as wire
from counterfoil.apis.invoicexpress.document_records import Document
from counterfoil.apis.invoicexpress.drafting import Drafting
from counterfoil.apis.invoicexpress.filters import asked_of, list_of
from counterfoil.apis.invoicexpress.records import Account
from counterfoil.apis.invoicexpress.rulebook import DocumentRow, Rulebook
from counterfoil.apis.invoicexpress.step import account_of, query_of, text_of
from counterfoil.apis.invoicexpress.walk import Step, born, found, sent_of, type_of
from counterfoil.apis.invoicexpress.wire import pagination
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.clock import SECOND, stamp
from counterfoil.engine.outcome import Change, Outcome
from counterfoil.engine.pagination import Condition, Query, first, page
from counterfoil.engine.records import SEQ, place
from counterfoil.engine.world import World

CREATED = 201
GUIDE_UPDATE = "guideUpdate"
"""The defect by which no guide can be changed."""

MOST = 1000
"""How many documents are listed that belong to one."""


def create_document(book: Rulebook, call: Call, world: World) -> Outcome:
    """Write a draft; under a uid that made a document before, that document is told again."""
    type_ = type_of(book, call)
    uid = call.body.get("proprietary_uid") if book.rules.documents[type_].repeatable else None
    if uid in book.switches(world).creating:
        raise Refusal("UID_IN_USE", uid=uid)
    known = _made_under(book, call, world, uid) if uid else None
    if known is not None:
        return Outcome(wire.answer(book, world, known), resource=known.id, status=CREATED)
    _require_room(book, call, world)
    members, change = _members(book, call, world, type_)
    document = Document(
        **book.birth(world, book.kinds.document),
        account=call.principal.owner,
        type=type_,
        status="draft",
        uid=uid,
        **members,
    )
    change += born(book, world, document)
    return Outcome(wire.answer(book, world, document), change, document.id, CREATED)


def get_document(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a document of the type that the path names."""
    document = found(book, call, world, type_of(book, call))
    return Outcome(wire.answer(book, world, document))


def update_document(book: Rulebook, call: Call, world: World) -> Outcome:
    """Replace a draft: what is not sent is gone."""
    document = found(book, call, world, type_of(book, call))
    if document.way is not None and GUIDE_UPDATE in book.switches(world).defects:
        raise Refusal("GUIDE_UPDATE_BROKEN")
    arrow = book.machine(document.type).arrow("update", document.status)
    if arrow is None:
        raise Refusal("NOT_A_DRAFT", status=document.status)
    members, change = _members(book, call, world, document.type)
    return Step(book, world, document, arrow).done(change, **members)


def list_documents(book: Rulebook, call: Call, world: World) -> Outcome:
    """List a family of documents, oldest first; under the path of a type, those of the type alone."""
    query = query_of(book, call, world, descending=False, **asked_of(book, call))
    documents = page(world, book.kinds.document, call.principal.owner, query)
    return Outcome(
        {
            list_of(book, call): [wire.whole(book, world, one) for one in documents.records],
            "pagination": pagination(query, documents.total),
        }
    )


def related_documents(book: Rulebook, call: Call, world: World) -> Outcome:
    """List what was made for a document, and what it was made for itself, oldest first."""
    document = found(book, call, world)
    of = Query(0, MOST, descending=False, conditions=(Condition("related", "=", document.id),))
    owner = call.principal.owner
    documents = list(page(world, book.kinds.document, owner, of).records)
    before = world.seen(book.kinds.document, owner, document.related) if document.related else None
    documents += [before] if before else []
    documents.sort(key=lambda one: one.seq)
    return Outcome({"documents": [wire.whole(book, world, one) for one in documents]})


def _members(book: Rulebook, call: Call, world: World, type_: str) -> tuple[dict[str, Any], Change]:
    """Return the members of a draft, and what joins the catalogue; Refusal where something is wrong."""
    account, sent = account_of(book, call, world), sent_of(book, call)
    of = book.rules.documents[type_]
    if of.country not in (None, account.country):
        raise Refusal("NOT_IN_COUNTRY")
    members, change = Drafting(book, world, account, of, sent).members()
    _require_after_balance(book, world, members["client"].id, members["date"])
    _require_owner(book, world, account, of, members)
    asked = text_of(sent.get("sequence_id"))
    series = numbering.series_of(book, world, account.id, of.key, asked).id if asked else None
    return {**members, "series": series}, change


def _require_owner(
    book: Rulebook, world: World, account: Account, of: DocumentRow, members: Mapping[str, Any]
) -> None:
    """Refuse a document that corrects, or goes with, one that is not there or of the wrong type."""
    if not members["owner_id"]:
        return
    owner = world.seen(book.kinds.document, account.id, members["owner_id"])
    if owner is None or owner.type not in of.owners:
        raise Refusal("OWNER_UNKNOWN")
    if of.credits and owner.currency != members["currency"]:
        raise Refusal("OWNER_CURRENCY", currency=owner.currency)


def _require_after_balance(book: Rulebook, world: World, client: str, on: date) -> None:
    """Refuse a document from before the day that its client's initial balance was told for."""
    known = world.get(book.kinds.client, client)
    initial = known.initial_balance if known else None
    if initial and on.isoformat() < initial.date:
        raise Refusal("DATE_BEFORE_BALANCE", date=days.spelled(date.fromisoformat(initial.date)))


def _require_room(book: Rulebook, call: Call, world: World) -> None:
    """Refuse a document that the account's plan has no room for this month."""
    limit = account_of(book, call, world).document_limit
    if limit is None:
        return
    first_day = world.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    since = Condition(SEQ, ">=", place(stamp(first_day) // SECOND, 0))
    owner, query = call.principal.owner, Query(0, 1, conditions=(since,))
    if page(world, book.kinds.document, owner, query).total >= limit:
        first_, next_ = first_day.date(), (first_day + timedelta(days=31)).date().replace(day=1)
        raise Refusal("DOCUMENT_LIMIT", first=days.spelled(first_), last=days.spelled(next_))


def _made_under(book: Rulebook, call: Call, world: World, uid: str) -> Document | None:
    """Return the document that was made under a uid, unless it was canceled or deleted since."""
    kind, owner = book.kinds.document, call.principal.owner
    wanted = (Condition("uid", "=", uid), Condition("type", "=", type_of(book, call)))
    return first(world, kind, owner, wanted)

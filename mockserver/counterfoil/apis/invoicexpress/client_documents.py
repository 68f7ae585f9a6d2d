"""The documents of a client: its invoices, receipts and notes, page by page."""

from collections.abc import Iterator, Mapping
from typing import Any

from counterfoil.apis.invoicexpress import document_wire
from counterfoil.apis.invoicexpress.clients import client_in_path
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import query_of
from counterfoil.apis.invoicexpress.wire import pagination
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import Choice, Condition, page
from counterfoil.engine.world import World

LIST = "invoices"
ARCHIVED = {"archived": 1, "non_archived": 0}


def list_client_invoices(book: Rulebook, call: Call, world: World) -> Outcome:
    """List a client's invoices, receipts and notes, oldest first, as far as a filter lets them through."""
    client = client_in_path(book, call, world)
    wanted = (call.body or {}).get("filter") or {}
    of = {
        "choices": tuple(_choices(book, wanted)),
        "conditions": (Condition("client", "=", client.id), *_archived(wanted)),
    }
    query = query_of(book, call, world, descending=False, **of)
    found = page(world, book.kinds.document, client.account, query)
    shown = [document_wire.whole(book, world, one) for one in found.records]
    return Outcome({LIST: shown, "pagination": pagination(query, found.total)})


def _choices(book: Rulebook, wanted: Mapping[str, Any]) -> Iterator[Choice]:
    rows, words = book.rules.documents, book.rules.status_words
    every = tuple(name for name, row in rows.items() if row.list == LIST)
    yield Choice("type", tuple(dict.fromkeys(wanted.get("by_type") or every)))
    if statuses := wanted.get("status"):
        yield Choice("status", tuple(dict.fromkeys(words.get(word, word) for word in statuses)))


def _archived(wanted: Mapping[str, Any]) -> Iterator[Condition]:
    asked = {ARCHIVED[word] for word in wanted.get("archived") or ()}
    if len(asked) == 1:
        yield Condition("archived", "=", asked.pop())

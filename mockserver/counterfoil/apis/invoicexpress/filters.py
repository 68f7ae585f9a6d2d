"""What a list of documents may be narrowed by, from the parameters of a request."""

from collections.abc import Iterator, Mapping
from typing import Any

from counterfoil.apis.invoicexpress import days
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import decimal_of, is_said
from counterfoil.apis.invoicexpress.totals import CENTS
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.pagination import Choice, Comparison, Condition, containing

RANGES: tuple[tuple[str, Comparison], ...] = (("from", ">="), ("to", "<="))
DATES = {"date": "date", "due_date": "due", "loaded_at": "loaded"}
"""Parameters of days, and the keys of lists that they bound."""


def list_of(book: Rulebook, call: Call) -> str:
    """Return which list of documents a path is for."""
    segment = segment_of(call)
    if segment in book.rules.lists:
        return segment
    return book.rules.documents[book.type_at[segment]].list


def segment_of(call: Call) -> str:
    """Return the first segment of an operation's path, without what it ends in."""
    return call.operation.path.split("/")[1].removesuffix(".json")


def asked_of(book: Rulebook, call: Call) -> dict[str, Any]:
    """Return what narrows a list: choices of types and statuses, and conditions."""
    asked = call.arguments
    choices = [Choice("type", _types(book, call))]
    if segment_of(call) not in book.rules.lists:  # the lists of one type know no filters
        return {"choices": tuple(choices)}
    if statuses := asked.get("status[]"):
        words = book.rules.status_words
        choices.append(Choice("status", tuple(dict.fromkeys(words.get(s, s) for s in statuses))))
    return {"choices": tuple(choices), "conditions": tuple(_conditions(asked))}


def _types(book: Rulebook, call: Call) -> tuple[str, ...]:
    """Return the types that are asked for: by parameter, by the path of one, or all of the list."""
    rows, segment = book.rules.documents, segment_of(call)
    if segment not in book.rules.lists:
        return (book.type_at[segment],)
    asked = call.arguments.get("type[]")
    if asked:
        return tuple(dict.fromkeys(asked))
    return tuple(name for name, row in rows.items() if row.list == segment)


def _conditions(asked: Mapping[str, Any]) -> Iterator[Condition]:
    archived, not_archived = (is_said(asked.get(name)) for name in ("archived", "non_archived"))
    if archived != not_archived:
        yield Condition("archived", "=", int(archived))
    if text := asked.get("text"):
        yield containing("text", text.casefold())
    if reference := asked.get("reference"):
        yield Condition("reference", "=", reference)
    for side, comparison in RANGES:
        for name, key in DATES.items():
            if day := asked.get(f"{name}[{side}]"):
                yield Condition(key, comparison, _day(day, key, side))
        amount = asked.get(f"total_before_taxes[{side}]")
        if amount is not None:
            yield Condition("before", comparison, int(decimal_of(amount) * CENTS))


def _day(text: str, key: str, side: str) -> str:
    """Return a day as the lists have it; the end of one that has a time in it."""
    day = days.day(text)
    if day is None:
        raise Refusal("DATE_INVALID")
    return f"{day.isoformat()}~" if key == "loaded" and side == "to" else day.isoformat()

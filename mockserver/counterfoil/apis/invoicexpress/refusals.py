"""How InvoiceXpress says no: in many shapes, in the language of the account."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from typing import Any

from counterfoil.apis.invoicexpress.rulebook import Rulebook, Shape
from counterfoil.domain.outcome import Refusal, Violation
from counterfoil.engine.api import Told
from counterfoil.engine.outcome import Text
from counterfoil.engine.values import Value

ENGLISH = "en"
BODY = "body"
"""The label of what is wrong with the whole request."""

COUNTED = ("maxLength", "minItems")
"""Rules that ask for so many of something; each row has its own word for what."""

NULL = "null"
"""How a violation tells that nothing was given."""

BASE = "base"
"""What is wrong with no field in particular."""


class Problem(Value, frozen=True):
    """One thing that is wrong: with which field, in words that follow its name, and in a sentence."""

    field: str
    words: str
    sentence: str


class No(Value, frozen=True):
    """A refusal, told in a language: everything that is wrong, its status and its number."""

    problems: tuple[Problem, ...]
    status: int
    number: str

    @property
    def sentence(self) -> str:
        """All sentences as one."""
        return ", ".join(problem.sentence for problem in self.problems)


def refusal(book: Rulebook, refused: Refusal, told: Told) -> Any:
    """Return the body of a refusal, in the shape of its operation, status and world."""
    function = told.operation.function if told.operation else None
    status = book.contract.status(refused)
    fidelity = book.switches(told.world).fidelity if told.world else "observed"
    language = _language(book, told)
    found = (_problem(book, language, one) for one in refused.violations)
    problems = tuple(dict.fromkeys(found))
    if not problems:
        problems = (_only(book, language, refused),)
    no = No(problems, status, _number(book, function, refused.code))
    return SHAPES[book.shape(function, status, refused.code, fidelity)](no)


def _language(book: Rulebook, told: Told) -> str:
    """Return the language of the account that asks; who is no account's reads English."""
    if told.world is None or told.principal is None:
        return ENGLISH
    account = told.world.get(book.kinds.account, told.principal.owner)
    return account.language if account else ENGLISH


def _number(book: Rulebook, function: str | None, code: str) -> str:
    numbers = book.rules.sequence_codes
    return numbers.get(function or "", {}).get(code, book.rules.other_sequence_code)


def _only(book: Rulebook, language: str, refused: Refusal) -> Problem:
    message = book.contract.message(_spoken(book, language, refused), language)
    return _told(book, language, refused.field or "", message)


def _spoken(book: Rulebook, language: str, refused: Refusal) -> Refusal:
    """Return a refusal whose status, where it tells of one, is called as a language does."""
    status = refused.facts.get("status")
    if status is None:
        return refused
    names = book.rules.statuses.get(status, {})
    return Refusal(refused.code, **{**refused.facts, "status": names.get(language, status)})


def _problem(book: Rulebook, language: str, violation: Violation) -> Problem:
    """Return what is wrong with a field, named by the last member of its path, or with the body.

    A null where none may be is told as if nothing had been given.
    """
    names = [part for part in violation.field.split(".") if part and not part.isdigit()]
    field = names[-1] if names else ""
    if violation.code:
        given, expected = violation.given.strip('"'), violation.expected
        alone = Refusal(violation.code, given=given, expected=expected)
        return _told(book, language, field, book.contract.message(alone, language))
    keyword = "required" if violation.given == NULL else violation.keyword
    row = book.contract.violations[keyword]
    counted = replace(violation, expected=_number_alone(violation))
    words = counted.told(row.translations.get(language, row.message))
    return _told(book, language, field, words, field or BODY)


def _number_alone(violation: Violation) -> str:
    """Return what a rule asks for; of what is counted, without the English word for it."""
    expected = violation.expected
    return expected.partition(" ")[0] if violation.keyword in COUNTED else expected


def _told(book: Rulebook, language: str, field: str, words: str, subject: str = "") -> Problem:
    """Return a problem; words that begin in lower case follow the name of what they are about."""
    subject = subject or field
    follows = subject and words[:1].islower()
    sentence = f"{_label(book, language, subject)} {words}" if follows else words
    return Problem(field or BASE, words, sentence)


def _label(book: Rulebook, language: str, field: str) -> str:
    known = book.rules.labels.get(field)
    return known[language] if known else field.replace("_", " ").capitalize()


def _list(no: No) -> Any:
    return {"errors": [{"error": problem.sentence} for problem in no.problems]}


def _fields(no: No) -> Any:
    fields: dict[str, list[str]] = {}
    for problem in no.problems:
        fields.setdefault(problem.field, []).append(problem.words)
    return fields


def _page(no: No) -> Text:
    said = escape(no.sentence)
    page = f"<!DOCTYPE html>\n<html><head><title>{said} ({no.status})</title></head>"
    return Text("text/html; charset=utf-8", f"{page}<body><h1>{said}</h1></body></html>\n")


JSON = "application/json; charset=utf-8"

SHAPES: Mapping[Shape, Callable[[No], Any]] = {
    "list": _list,
    "one": lambda no: {"errors": {"error": no.sentence}},
    "texts": lambda no: {"errors": [problem.sentence for problem in no.problems]},
    "nested": lambda no: {"errors": [{"error": [problem.sentence for problem in no.problems]}]},
    "pairs": lambda no: [[problem.field, problem.words] for problem in no.problems],
    "pair": lambda no: [no.problems[0].field, no.problems[0].words],
    "fields": _fields,
    "coded": lambda no: {"errors": {"code": no.number, "message": no.sentence}},
    "error": lambda no: {"error": no.sentence},
    "message": lambda no: {"message": no.sentence},
    "reason": lambda no: {"reason": no.sentence},
    "generic": lambda no: {"error": {"code": str(no.status), "message": no.sentence}},
    "blank": lambda _: Text(JSON),
    "space": lambda _: Text(JSON, " "),
    "page": _page,
}
"""The shapes of policy.yaml."""

"""How Experi says no: a message and, where fields are to blame, what is wrong with each of them."""

import re
from dataclasses import replace

from counterfoil.apis.experi.rulebook import Rulebook
from counterfoil.apis.experi.wire import Json
from counterfoil.domain.outcome import Refusal, Violation
from counterfoil.engine.api import Told

BODY = "body"
"""The field that is told where the whole body is to blame."""


def refusal(book: Rulebook, refused: Refusal, told: Told) -> Json:
    """Return the error envelope of the API page."""
    error: Json = {
        "message": book.contract.message(refused),
        "statusCode": book.contract.status(refused),
    }
    details: dict[str, list[str]] = {}
    for violation in refused.violations:
        details.setdefault(violation.field or BODY, []).append(_message(book, violation))
    return {"error": error | ({"details": details} if details else {})}


def _message(book: Rulebook, violation: Violation) -> str:
    row = book.contract.violations[violation.keyword]
    return replace(violation, field=in_words(violation.field or BODY)).told(row.message)


def in_words(field: str) -> str:
    """Return a field as a person calls it: `lineItems.0.unitPrice` is `Unit price`."""
    last = next((part for part in reversed(field.split(".")) if not part.isdigit()), field)
    words = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", last)
    return words[:1].upper() + words[1:].lower()

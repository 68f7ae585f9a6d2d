"""What a paper says: an invoice, or any document like one, as plain text values.

Amounts, quantities and dates are text, as the API that owns the document formats them: a paper prints what
it is given and computes nothing. What is empty is left out.
"""

from dataclasses import dataclass
from datetime import datetime

from counterfoil.papers.words import ENGLISH, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who issued a paper, or whom it is for; `details` are lines under the name, as they shall stand."""

    name: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value of the head: `Fact("Due date", "24/02/2026")`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table; a column that is empty in every line is not printed."""

    name: str
    total: str
    description: str = ""
    quantity: str = ""
    unit_price: str = ""
    discount: str = ""
    tax: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """A row of the summary of taxes: `TaxLine(name="IVA23 23%", taxable="10.00", amount="2.30")`.

    `reason` is why nothing was taxed, where the law wants it printed.
    """

    name: str
    taxable: str
    amount: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """A labelled sum under the lines; the strong one is what the paper comes to."""

    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An invoice-like document.

    `stamp` stands across every page ("DRAFT", "ANULADO"), `qr` is the payload of a QR code, `notes` and
    `footer` are free text (a newline is a new line), `made_at` is an aware instant: the file's own date.
    """

    title: str
    number: str
    issuer: Party
    customer: Party
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    made_at: datetime
    facts: tuple[Fact, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    notes: str = ""
    footer: str = ""
    atcud: str = ""
    qr: str = ""
    stamp: str = ""
    words: Words = ENGLISH

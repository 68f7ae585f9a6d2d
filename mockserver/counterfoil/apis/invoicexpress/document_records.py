"""What a world remembers of documents: invoices and notes, receipts, estimates, guides; and of their papers.

Amounts that are sums are cents; prices, quantities and percents are decimals as they were sent.
"""

from datetime import date as Day  # noqa: N812  a document has a date of its own
from datetime import datetime
from decimal import Decimal
from typing import Literal

from counterfoil.apis.invoicexpress.records import Part
from counterfoil.apis.invoicexpress.totals import GlobalDiscount, Priced
from counterfoil.engine.records import Record


class Billed(Part, frozen=True, kw_only=True):
    """The client of a document, as the catalogue knew it when the document was written."""

    id: str
    name: str
    code: str | None = None
    email: str | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: str | None = None
    fiscal_id: str | None = None
    phone: str | None = None


class LineTax(Part, frozen=True, kw_only=True):
    """The tax of a line, as it was when the line was written."""

    id: str
    name: str
    value: Decimal
    region: str | None = None
    code: str | None = None


class Line(Part, frozen=True, kw_only=True):
    """A line of a document; `item_id` is the catalogue's item of that name."""

    item_id: str
    name: str
    description: str | None = None
    unit_price: Decimal
    quantity: Decimal
    tax: LineTax
    unit: str | None = None
    discount: Decimal = Decimal(0)
    exemption: str | None = None

    @property
    def priced(self) -> Priced:
        """What the line costs."""
        return Priced(self.unit_price, self.quantity, self.discount, self.tax.value)


class Reduction(Part, frozen=True, kw_only=True):
    """What comes off the whole document."""

    value_type: Literal["percentage", "absolute"]
    value: Decimal

    @property
    def off(self) -> GlobalDiscount:
        """The discount to reckon with."""
        return GlobalDiscount(self.value_type, self.value)


class Place(Part, frozen=True, kw_only=True):
    """Where a guide begins or ends its way."""

    detail: str
    city: str
    postal_code: str
    country: str


class Way(Part, frozen=True, kw_only=True):
    """What a guide tells of the goods on their way."""

    loaded_at: datetime | None = None
    license_plate: str | None = None
    address_from: Place | None = None
    address_to: Place | None = None
    load_site: str | None = None
    delivery_site: str | None = None
    at_doc_code_id: str | None = None


class Number(Part, frozen=True, kw_only=True):
    """What a document takes when it is finished: its number in a series, and what proves it.

    `series` is the id of the series, `sequence` that of its counter for the document's type, and `place`
    says where the number stands among all.
    """

    series: str
    sequence: str
    serie: str
    number: int
    place: str
    atcud: str
    signature: str
    at: datetime

    @property
    def text(self) -> str:
        """The number as documents tell it: `60/2014`."""
        return f"{self.number}/{self.serie}"

    @property
    def inverted(self) -> str:
        """The number as lists sort it: `2014/60`."""
        return f"{self.serie}/{self.number}"


class Payment(Part, frozen=True, kw_only=True):
    """What a receipt was made for: the document it pays, and how."""

    document_id: str
    mechanism: str
    note: str | None = None


class Document(Record, frozen=True, kw_only=True):
    """A document of an account, of whatever type.

    `series` is the one it asked for, `owner_id` the document that a note corrects or a guide goes with;
    `paid` is what live receipts cover, `credited` what finished credit notes took back. A receipt has a
    `payment` and no lines.
    """

    account: str
    type: str
    status: str
    date: Day
    due_date: Day
    client: Billed
    currency: str
    sum: int
    discount: int
    before_taxes: int
    taxes: int
    total: int
    lines: tuple[Line, ...] = ()
    rate: Decimal | None = None
    series: str | None = None
    number: Number | None = None
    reference: str | None = None
    observations: str | None = None
    retention: Decimal | None = None
    tax_exemption: str | None = None
    reduction: Reduction | None = None
    multibanco: bool = False
    owner_id: str | None = None
    way: Way | None = None
    payment: Payment | None = None
    paid: int = 0
    credited: int = 0
    uid: str | None = None
    cancel_message: str | None = None
    archived: bool = False

    @property
    def open(self) -> int:
        """What nobody has paid yet, nor a credit note taken back."""
        return max(0, self.total - self.paid - self.credited)

    @property
    def related(self) -> str | None:
        """The document that this one was made for: what a receipt pays, what a note corrects."""
        return self.payment.document_id if self.payment else self.owner_id

    @property
    def off(self) -> GlobalDiscount | None:
        """What comes off the whole document, if anything does."""
        return self.reduction.off if self.reduction else None

    @property
    def priced(self) -> list[Priced]:
        """What the lines cost."""
        return [line.priced for line in self.lines]


class Paper(Record, frozen=True, kw_only=True):
    """A file that is being made: a document's PDF or QR code, or a month's audit file.

    `subject` says of what, `asked` how often somebody came for it. Once it is `ready` its content is kept
    by its id, as it followed from `state`.
    """

    account: str
    subject: str
    name: str
    asked: int = 0
    ready: bool = False
    state: str = ""

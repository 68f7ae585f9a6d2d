"""What an audit file tells: who invoiced whom for what in a month, as plain values.

Sums are in cents, dates and instants as they shall stand, instants in the zone they shall be read in.
Codes are those of SAF-T PT 1.04_01 (Portaria 302/2016): `FT`, `NOR`, `M99`, `PT-AC`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country` is an ISO 3166 code, and what is empty, or no code, is told as unknown."""

    detail: str = ""
    city: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Whose books these are; `tax_id` has nine digits."""

    tax_id: str
    name: str
    address: Address
    phone: str = ""
    fax: str = ""
    email: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who was invoiced; without a `tax_id`, the final consumer."""

    id: str
    name: str
    tax_id: str = ""
    address: Address = Address()
    phone: str = ""
    fax: str = ""
    email: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What was sold: `kind` is `P` for goods, `S` for services, `O` for anything else."""

    code: str
    description: str
    kind: str = "P"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A rate of VAT: `Tax(region="PT", code="NOR", percentage=Decimal("23"), description="IVA23")`."""

    region: str
    code: str
    percentage: Decimal
    description: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why nothing was taxed: `Exemption("M07", "Isento artigo 9.º do CIVA")`."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a document.

    `unit_price` and `amount` are net: without tax, after the discounts of the line and of the document,
    which `discount` sums up. A line of a guide may go without tax.
    """

    product: Product
    quantity: Decimal
    unit_price: Decimal
    amount: int
    tax: Tax | None
    description: str = ""
    unit: str = ""
    exemption: Exemption | None = None
    discount: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """Where a document stands: `N` is in force, `A` canceled, `F` invoiced by another one."""

    code: str
    since: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """Which invoice a note corrects, and why."""

    number: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """A payment made: by which means (`MB`, `TB`, ...), how much and when."""

    mechanism: str
    amount: int
    on: date


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a document came to in the currency it was made in; `rate` turned that into euros."""

    code: str
    amount: int
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How goods travel: when they leave, from where to where, and the code the authority gave."""

    starts_at: datetime
    origin: Address = Address()
    destination: Address = Address()
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice, a note, a guide or an estimate: `Document(number="FT A/60", type="FT", ...)`.

    `hash` is its signature, of at most 172 letters, `atcud` empty where its series has no code, `origin`
    the number of the document it was made from. The amounts of its lines add up to `net`, and `net` and
    `tax` to `gross`. `methods` and `withheld` belong to sales, `transport` to guides.
    """

    number: str
    type: str
    atcud: str
    status: Status
    hash: str
    date: date
    entered_at: datetime
    customer: Customer
    lines: tuple[Line, ...]
    tax: int
    net: int
    gross: int
    origin: str = ""
    corrects: Correction | None = None
    methods: tuple[Method, ...] = ()
    withheld: int = 0
    foreign: Foreign | None = None
    transport: Transport | None = None

    def __post_init__(self) -> None:
        _add_up(self)


@dataclass(frozen=True, slots=True)
class Settled:
    """A line of a receipt: of which document how much was paid, without tax."""

    number: str
    date: date
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt (type `RG`); the amounts of its lines add up to `net`, and `net` and `tax` to `gross`."""

    number: str
    atcud: str
    status: Status
    date: date
    entered_at: datetime
    customer: Customer
    lines: tuple[Settled, ...]
    tax: int
    net: int
    gross: int
    methods: tuple[Method, ...] = ()

    def __post_init__(self) -> None:
        _add_up(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFile:
    """The documents of a month: sales, guides, estimates and receipts, each in the order to be told."""

    company: Company
    year: int
    month: int
    created_on: date
    sales: tuple[Document, ...] = ()
    guides: tuple[Document, ...] = ()
    estimates: tuple[Document, ...] = ()
    receipts: tuple[Receipt, ...] = ()


def _add_up(document: Document | Receipt) -> None:
    """Assert that what is to be told of a document adds up: whoever made it has counted wrong if not."""
    amounts = sum(line.amount for line in document.lines)
    assert amounts == document.net, f"{document.number}: lines of {amounts} make no {document.net}"
    gross = document.net + document.tax
    assert gross == document.gross, f"{document.number}: {gross} is told as {document.gross}"

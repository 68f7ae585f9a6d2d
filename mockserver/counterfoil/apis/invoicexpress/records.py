"""What an InvoiceXpress world remembers. Amounts and rates are exact decimals, dates ISO text."""

from decimal import Decimal
from typing import ClassVar, Literal

import msgspec

from counterfoil.engine.records import Record

Fidelity = Literal["observed", "documented"]
AtState = Literal["valid", "missing", "invalid", "inactive", "busy"]
"""What the tax authority makes of an account's credentials; `inactive`: it has no open activity."""

Communication = Literal["auto", "manual", "guides", "portal_at"]


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a record that has no life of its own."""


class Switches(Part, frozen=True, kw_only=True):
    """How a world answers: like the wire or the documents, and with which of the known defects.

    `polls` is how often what takes time is not ready yet when it is asked for, `creating` the uids under
    which other requests are making documents just now.
    """

    fidelity: Fidelity = "observed"
    polls: int = 1
    defects: tuple[str, ...] = ()
    creating: tuple[str, ...] = ()


class Switchboard(Record, frozen=True, kw_only=True):
    """The switches of a world that were ever moved; a world has one of these at most."""

    ONLY: ClassVar[str] = "switches"

    switches: Switches


class Account(Record, frozen=True, kw_only=True):
    """A company that invoices; `alias` is what the fixture calls it, `name` its subdomain.

    A `partner` makes accounts, whose `parent` it is. `country` is the code of where it is taxed;
    `document_limit` how many documents it may still make, None for any number.
    """

    alias: str
    name: str
    organization_name: str
    email: str
    password: str
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    fax: str | None = None
    website: str | None = None
    fiscal_id: str | None = None
    tax_country: str = "1"
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    language: str = "pt"
    country: str = "PT"
    state: str = "active"
    trial: bool = False
    partner: bool = False
    parent: str | None = None
    at: AtState = "missing"
    at_subuser: str | None = None
    communication: Communication = "manual"
    document_limit: int | None = None
    payment_provider: bool = False
    per_page: int = 10


class Sequence(Record, frozen=True, kw_only=True):
    """A series: by type of document the last number used, the tax authority's code, the last date.

    A number where the series was named with one. Without codes it is not registered.
    """

    account: str
    serie: str | int
    default: bool
    numbers: dict[str, int] = {}
    codes: dict[str, str] = {}
    dates: dict[str, str] = {}


class Tax(Record, frozen=True, kw_only=True):
    """A tax; `value` is its rate in percent."""

    account: str
    name: str
    value: Decimal
    region: str | None = None
    code: str | None = None
    default: bool = False


class Contact(Part, frozen=True, kw_only=True):
    """Whom to ask for at a client's."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None


class InitialBalance(Part, frozen=True, kw_only=True):
    """What a client owed on a date, before any document; `regularized` is what of it is settled."""

    value: Decimal
    date: str
    observation: str | None = None
    regularized: Decimal = Decimal()

    @property
    def remaining(self) -> Decimal:
        """What is still owed of it."""
        return self.value - self.regularized


class Client(Record, frozen=True, kw_only=True):
    """Somebody documents are made for; `reimbursed` is what it was given back."""

    account: str
    name: str
    code: str | None = None
    language: str | None = None
    email: str | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    fiscal_id: str | None = None
    website: str | None = None
    country: str | None = None
    phone: str | None = None
    fax: str | None = None
    preferred_contact: Contact | None = None
    observations: str | None = None
    send_options: int | None = None
    payment_days: int = 0
    tax_exemption_code: str = "M00"
    initial_balance: InitialBalance | None = None
    reimbursed: Decimal = Decimal()


class Item(Record, frozen=True, kw_only=True):
    """What a line may be of; `tax` is the id of one. Once it is `used` its name stays."""

    account: str
    name: str
    unit_price: Decimal
    description: str | None = None
    unit: str | None = None
    tax: str | None = None
    used: bool = False


class Regularization(Record, frozen=True, kw_only=True):
    """Some of a client's initial balance that was settled without a document."""

    client: str
    number: str
    value: Decimal
    date: str
    observation: str | None = None


class Movement(Record, frozen=True, kw_only=True):
    """Money that came from a client, or went back to it; `receipts` are the ids of those it made."""

    account: str
    client: str
    type: Literal["Payment", "Reimbursement"]
    value: Decimal
    date: str
    payment_method: str | None = None
    serie: str | None = None
    observation: str | None = None
    receipts: tuple[str, ...] = ()

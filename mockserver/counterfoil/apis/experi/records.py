"""What an Experi world remembers. Amounts are minor units of the record's currency."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from counterfoil.engine.records import Record

DiscountType = Literal["FIXED", "PERCENTAGE"]


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a record that has no life of its own."""


class Account(Record, frozen=True, kw_only=True):
    """A business that bills with Experi.

    Its Developer API works with a plan that has it, once support enabled it; e-mail goes out once its
    own address is verified.
    """

    name: str
    email: str
    plan: str
    api_enabled: bool
    email_verified: bool
    invoice_prefix: str
    payment_terms_days: int
    address: tuple[str, ...] = ()


class Client(Record, frozen=True, kw_only=True):
    """Somebody the account bills."""

    account: str
    name: str
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    county: str | None = None
    postcode: str | None = None
    country: str | None = None
    notes: str | None = None


class LineItem(Part, frozen=True, kw_only=True):
    """A line of an invoice: how much of what, at which price without tax."""

    id: str
    description: str
    quantity: Decimal
    unit_price: int
    total: int


class Payment(Part, frozen=True, kw_only=True):
    """Money that came in for an invoice."""

    id: str
    amount: int
    payment_date: datetime
    payment_method: str | None
    reference: str | None
    created_at: datetime


class Invoice(Record, frozen=True, kw_only=True):
    """An invoice to a client; `amount_paid` is what its payments come to."""

    account: str
    number: str
    client_id: str
    status: str
    issue_date: datetime
    due_date: datetime
    currency: str
    tax_name: str | None
    tax_rate: Decimal
    line_items: tuple[LineItem, ...]
    subtotal: int
    discount_amount: int
    tax_amount: int
    total: int
    discount_type: DiscountType | None = None
    discount_value: Decimal | None = None
    payments: tuple[Payment, ...] = ()
    amount_paid: int = 0
    po_number: str | None = None
    notes: str | None = None
    footer: str | None = None
    sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    send_count: int = 0
    paid_at: datetime | None = None
    recurring_id: str | None = None

    @property
    def amount_due(self) -> int:
        """What is still to be paid."""
        return self.total - self.amount_paid


class RecurringInvoice(Record, frozen=True, kw_only=True):
    """An invoice that is made again and again.

    Its occurrences are counted from 0 at `start_date`; `following` is the number of the next one and
    `next_run` its instant, None once there is none.
    """

    account: str
    client_id: str
    status: str
    frequency: str
    interval: int
    start_date: datetime
    end_date: datetime | None
    following: int
    next_run: datetime | None
    currency: str
    tax_name: str | None
    tax_rate: Decimal
    line_items: tuple[LineItem, ...]
    auto_send: bool
    payment_terms_days: int
    last_run: datetime | None = None
    generated: int = 0


class Run(Record, frozen=True, kw_only=True):
    """What came of one occurrence: an invoice, or the reason why there is none."""

    recurring_id: str
    at: datetime
    invoice_id: str | None = None
    reason: str | None = None

"""What an Expereon world remembers. Amounts are minor units of the record's currency."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

import msgspec

from counterfoil.engine.records import Record

Role = Literal["SELLER", "BUYER"]
SELLER: Role = "SELLER"
BUYER: Role = "BUYER"
Method = Literal["SINGLE", "BULK", "ALL_DUE", "RETRY", "AUTO"]


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a record that has no life of its own."""


class Organization(Record, frozen=True, kw_only=True):
    """A company in the network; `alias` is what the fixture calls it.

    While it is `blocked`, settlements from and to it fail.
    """

    alias: str
    name: str
    blocked: bool = False


class Connection(Record, frozen=True, kw_only=True):
    """The right of a seller to invoice a buyer; `currency` is what it bills in unless told."""

    seller: str
    buyer: str
    currency: str
    status: Literal["ACTIVE", "SUSPENDED"] = "ACTIVE"


class LineItem(Part, frozen=True, kw_only=True):
    """A line of an invoice; `quantity` and `unit_price` stay the texts they were given as."""

    id: str
    description: str
    quantity: str
    unit_price: str
    amount: int
    position: int
    metadata: dict[str, str] = {}


class Adjustment(Part, frozen=True, kw_only=True):
    """What the buyer approved instead of the whole amount."""

    amount: int
    reason: str | None
    at: datetime


class Dispute(Part, frozen=True, kw_only=True):
    """Why the buyer disputed, last time, and how many times it has."""

    reason: str
    category: str | None
    at: datetime
    count: int


class InfoRequest(Part, frozen=True, kw_only=True):
    """What the buyer asked, and what the seller answered."""

    message: str
    at: datetime
    response: str | None = None
    responded_at: datetime | None = None


class CancellationRequest(Part, frozen=True, kw_only=True):
    """Who asked to cancel an approved invoice, and what the other party said."""

    requested_by: Role
    reason: str
    at: datetime
    decision: Literal["ACCEPTED", "REJECTED"] | None = None
    decided_at: datetime | None = None


class Attachment(Part, frozen=True, kw_only=True):
    """A file of an invoice, as far as the invoice tells of it."""

    id: str
    name: str
    type: str
    size: int


class Invoice(Record, frozen=True, kw_only=True):
    """An invoice between two organisations.

    `approved_amount` is what the buyer owes since it approved. The buyer sees the invoice once
    `submitted_at` is set.
    """

    number: str
    status: str
    amount: int
    currency: str
    connection_id: str
    seller: str
    buyer: str
    due_date: str
    description: str | None = None
    line_items: tuple[LineItem, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    metadata: dict[str, str] = {}
    approved_amount: int | None = None
    adjustment: Adjustment | None = None
    payment_source: str | None = None
    reservation_id: str | None = None
    payment_id: str | None = None
    payment_status: str | None = None
    dispute: Dispute | None = None
    info_request: InfoRequest | None = None
    cancellation_request: CancellationRequest | None = None
    refunded_amount: int = 0
    archived_from: str | None = None
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    settled_at: datetime | None = None
    cancelled_at: datetime | None = None
    archived_at: datetime | None = None

    def party(self, role: str) -> str:
        """Return the organisation in a role."""
        return self.seller if role == SELLER else self.buyer

    @property
    def requester(self) -> str | None:
        """The party whose cancellation request is open, if there is one."""
        request = self.cancellation_request
        return request.requested_by if request and request.decision is None else None


class Note(Record, frozen=True, kw_only=True):
    """What a party wrote about an invoice; `reader` is whom else it is for, if anybody."""

    invoice_id: str
    author: str
    role: Role
    text: str
    reader: str | None = None


class Reservation(Record, frozen=True, kw_only=True):
    """Funds held for an approved invoice, and the bucket they came from.

    One that is EXPIRED gave its funds back when its time was over.
    """

    invoice_id: str
    organization: str
    amount: int
    currency: str
    source: str
    status: Literal["ACTIVE", "SETTLED", "RELEASED", "EXPIRED"] = "ACTIVE"


class Payment(Record, frozen=True, kw_only=True):
    """The payment of an invoice; a second attempt is the same payment.

    `method` and `batch_id` are those of the last attempt.
    """

    invoice_id: str
    invoice_number: str
    status: str
    amount: int
    currency: str
    buyer: str
    seller: str
    method: Method = "SINGLE"
    batch_id: str | None = None
    attempt: int = 1
    failure_code: str | None = None
    settled_at: datetime | None = None
    failed_at: datetime | None = None


class StoredFile(Record, frozen=True, kw_only=True):
    """What is known of a file; its content is kept apart, by its id."""

    organization: str
    name: str
    content_type: str
    size: int
    sha256: str
    purpose: str
    invoice_id: str | None = None


class SettlementFault(Record, frozen=True, kw_only=True):
    """How many of the next settlements are to fail, and why; a world has one of these at most."""

    ONLY: ClassVar[str] = "next"

    count: int
    code: str


class SettlementTerms(Record, frozen=True, kw_only=True):
    """How long holds last in a world, and whether it settles by itself; it has one of these at most.

    Holds never expire without a `window`.
    """

    ONLY: ClassVar[str] = "terms"

    window: timedelta | None
    auto: bool


class Balance(Record, frozen=True, kw_only=True):
    """An organisation's treasury in one currency; what is in it stands in the ledger."""

    organization: str
    currency: str


class Transaction(Record, frozen=True, kw_only=True):
    """Money that entered or left a balance, written once and never changed.

    `balance_after` is what was in all buckets then. `invoice_id` and the other ids name what it was
    made for.
    """

    organization: str
    balance_id: str
    type: Literal["DEPOSIT", "SETTLEMENT", "WITHDRAWAL", "REFUND"]
    direction: Literal["CREDIT", "DEBIT"]
    amount: int
    currency: str
    balance_after: int
    status: Literal["COMPLETED"] = "COMPLETED"
    invoice_id: str | None = None
    payment_id: str | None = None
    withdrawal_id: str | None = None
    refund_id: str | None = None
    counterparty: str | None = None
    reference: str | None = None
    description: str | None = None


class Destination(Part, frozen=True, kw_only=True):
    """Where a withdrawal goes."""

    type: str
    account_number_last4: str | None = None
    bank_name: str | None = None
    reference: str | None = None


class Withdrawal(Record, frozen=True, kw_only=True):
    """Money that an organisation wants out of its treasury."""

    organization: str
    amount: int
    currency: str
    status: str
    destination: Destination
    requested_by: str
    decided_by: str | None = None
    rejection_reason: str | None = None
    failure_code: str | None = None
    transaction_id: str | None = None
    decided_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def parties(self) -> dict[str, str]:
        """Who takes part, as ledger.yaml calls them."""
        return {"organization": self.organization}

    def party(self, role: str) -> str:
        """Return the organisation in a role: it has but one."""
        return self.organization


class Refund(Record, frozen=True, kw_only=True):
    """Money of a settlement that the seller is to give back to the buyer.

    `transaction_id` is the settlement's transaction it was asked for with, `transaction_ids` are
    those that paid it.
    """

    transaction_id: str
    invoice_id: str
    payment_id: str
    amount: int
    currency: str
    status: str
    reason: str
    requested_by: str
    seller: str
    buyer: str
    rejection_reason: str | None = None
    transaction_ids: tuple[str, ...] = ()
    decided_at: datetime | None = None

    @property
    def parties(self) -> dict[str, str]:
        """Who takes part, as ledger.yaml calls them."""
        return {"seller": self.seller, "buyer": self.buyer}

    def party(self, role: str) -> str:
        """Return the organisation in a role."""
        return self.seller if role == SELLER else self.buyer


class Webhook(Record, frozen=True, kw_only=True):
    """An endpoint that wants to hear of events.

    After its secret was rotated the previous one signs until its time is over.
    """

    organization: str
    url: str
    events: tuple[str, ...]
    signing_secret: str
    description: str | None = None
    signature_format: str = "hex"
    enabled: bool = True
    previous_secret: str | None = None
    previous_until: datetime | None = None

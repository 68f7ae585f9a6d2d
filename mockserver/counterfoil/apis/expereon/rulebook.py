"""Everything Expereon's operations decide by: the contract, the API's own rules, its kinds of record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from counterfoil.apis.expereon.records import (
    BUYER,
    SELLER,
    Balance,
    Connection,
    Invoice,
    Note,
    Organization,
    Payment,
    Refund,
    Reservation,
    SettlementFault,
    SettlementTerms,
    StoredFile,
    Transaction,
    Webhook,
    Withdrawal,
)
from counterfoil.contract.model import Contract
from counterfoil.contract.rows import Row, WebhookPolicy, shaped
from counterfoil.domain.ledger import Movement, Posting
from counterfoil.domain.lifecycle import Machine
from counterfoil.domain.money import Currency
from counterfoil.engine.clock import text
from counterfoil.engine.files import FileType
from counterfoil.engine.records import Kind, Listing

SCALE = 3
"""Decimals of the key that lists are ordered and bounded by: enough for every currency."""

NEVER = "~"
"""Where a date is a key of lists, what comes after all dates."""


class Environment(Row, frozen=True):
    """Where keys with a prefix belong."""

    prefix: str
    hosts: tuple[str, ...]


class SettlementFailure(Row, frozen=True):
    """Why a payment may fail, and whether it is worth another attempt."""

    retryable: bool
    message: str


class FileRules(Row, frozen=True):
    """What may be uploaded: bytes of a file, what an archive may unpack to, files of an invoice, types."""

    max_bytes: int
    max_unpacked: int
    per_invoice: int
    types: dict[str, FileType]


class Rules(Row, frozen=True):
    """The `rules` of policy.yaml."""

    environments: dict[str, Environment]
    currencies: dict[str, int]
    amount_digits: int
    overdue_states: tuple[str, ...]
    hidden_states: tuple[str, ...]
    closed_states: tuple[str, ...]
    confirmed_states: tuple[str, ...]
    free_states: tuple[str, ...]
    line_items: int
    batch_size: int
    default_payment_source: str
    default_permissions: tuple[str, ...]
    settlement_failures: dict[str, SettlementFailure]
    files: FileRules
    secret_members: tuple[str, ...]
    settlement_window: timedelta | None
    auto_settle: bool
    withdrawal_processing: timedelta
    withdrawal_holds: tuple[str, ...]
    refundable_types: tuple[str, ...]
    refund_claims: tuple[str, ...]
    usage_days: int
    usage_days_default: int


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of record of this API."""

    organization: Kind[Organization]
    connection: Kind[Connection]
    invoice: Kind[Invoice]
    note: Kind[Note]
    reservation: Kind[Reservation]
    payment: Kind[Payment]
    balance: Kind[Balance]
    transaction: Kind[Transaction]
    withdrawal: Kind[Withdrawal]
    refund: Kind[Refund]
    webhook: Kind[Webhook]
    settlement_fault: Kind[SettlementFault]
    file: Kind[StoredFile]
    settlement_terms: Kind[SettlementTerms]

    def all(self) -> tuple[Kind[Any], ...]:
        """Return every kind."""
        return (
            self.organization,
            self.connection,
            self.invoice,
            self.note,
            self.reservation,
            self.payment,
            self.balance,
            self.transaction,
            self.withdrawal,
            self.refund,
            self.webhook,
            self.settlement_fault,
            self.file,
            self.settlement_terms,
        )


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What operations look things up in."""

    contract: Contract
    rules: Rules
    currencies: Mapping[str, Currency]
    kinds: Kinds

    @classmethod
    def of(cls, contract: Contract) -> "Rulebook":
        """Return the rulebook of a contract; OperatingError where its rules have another shape."""
        rules = shaped(contract.policy.rules, Rules, f"specs/{contract.api}/policy.yaml: rules")
        currencies = {code: Currency(code, decimals) for code, decimals in rules.currencies.items()}
        return cls(contract, rules, currencies, _kinds(rules, currencies))

    @property
    def invoices(self) -> Machine:
        """The state machine of invoices."""
        return self.contract.machines["invoice"]

    @property
    def payments(self) -> Machine:
        """The state machine of payments."""
        return self.contract.machines["payment"]

    @property
    def withdrawals(self) -> Machine:
        """The state machine of withdrawals."""
        return self.contract.machines["withdrawal"]

    @property
    def refunds(self) -> Machine:
        """The state machine of refunds."""
        return self.contract.machines["refund"]

    @property
    def webhooks(self) -> WebhookPolicy:
        """How events are sent."""
        policy = self.contract.policy.webhooks
        assert policy is not None, "policy.yaml has no webhooks"
        return policy

    def post(self, name: str, movement: Movement) -> Posting:
        """Return the posting of a row of ledger.yaml."""
        return movement.post(self.contract.postings[name])

    def overdue(self, invoice: Invoice, today: date) -> bool:
        """Tell whether an invoice should have been settled before today."""
        return invoice.status in self.rules.overdue_states and invoice.due_date < today.isoformat()


def scaled(currency: Currency, minor: int) -> int:
    """Return an amount as lists compare it, whatever its currency's decimals."""
    factor: int = 10 ** (SCALE - currency.decimals)
    return minor * factor


def unscaled(currency: Currency, amount: int) -> int:
    """Return an amount, or a sum of some, of lists in minor units."""
    factor: int = 10 ** (SCALE - currency.decimals)
    return amount // factor


def _kinds(rules: Rules, currencies: Mapping[str, Currency]) -> Kinds:
    def invoice_listings(invoice: Invoice) -> Iterator[Listing]:
        """One row for the seller and, once the invoice was submitted, one for the buyer."""
        keys: dict[str, str | int] = {
            "updatedAt": text(invoice.updated_at),
            "dueDate": invoice.due_date,
            "amount": scaled(currencies[invoice.currency], invoice.amount),
            "invoiceNumber": invoice.number,
            "status": invoice.status,
            "currency": invoice.currency,
            "connectionId": invoice.connection_id,
            "payableUntil": invoice.due_date if invoice.status in rules.overdue_states else NEVER,
            "text": f"{invoice.number}\n{invoice.description or ''}".casefold(),
        }
        hidden = invoice.status in rules.hidden_states
        yield Listing(
            invoice.seller, keys | {"role": SELLER, "counterparty": invoice.buyer}, hidden
        )
        if invoice.submitted_at:
            yield Listing(
                invoice.buyer, keys | {"role": BUYER, "counterparty": invoice.seller}, hidden
            )

    return Kinds(
        organization=Kind("organization", Organization, "org"),
        connection=Kind("connection", Connection, "conn", _connection_listings),
        invoice=Kind(
            "invoice",
            Invoice,
            "inv",
            invoice_listings,
            keys=("updatedAt", "dueDate", "amount", "invoiceNumber", "status"),
            numeric=frozenset({"amount"}),
            counted=("status", "currency"),
            summed="amount",
        ),
        note=Kind("note", Note, "note", _note_listings, keys=("invoiceId",)),
        reservation=_reservation_kind(),
        payment=_payments(currencies),
        balance=Kind("balance", Balance, "bal", _balance_listings, keys=("currency",)),
        transaction=_transaction_kind(currencies),
        withdrawal=_withdrawal_kind(currencies),
        refund=_refund_kind(currencies),
        webhook=Kind("webhook", Webhook, "whk", _webhook_listings),
        settlement_fault=Kind("settlement_fault", SettlementFault, "stf"),
        settlement_terms=Kind("settlement_terms", SettlementTerms, "stt"),
        file=Kind("file", StoredFile, "file", _file_listings),
    )


def _payments(currencies: Mapping[str, Currency]) -> Kind[Payment]:
    def listings(payment: Payment) -> Iterator[Listing]:
        keys: dict[str, str | int] = {
            "amount": scaled(currencies[payment.currency], payment.amount),
            "status": payment.status,
            "currency": payment.currency,
            "invoiceId": payment.invoice_id,
            "batchId": payment.batch_id or "",
        }
        yield Listing(payment.seller, keys | {"direction": "IN"})
        yield Listing(payment.buyer, keys | {"direction": "OUT"})

    return Kind(
        "payment",
        Payment,
        "pay",
        listings,
        keys=("amount",),
        numeric=frozenset({"amount"}),
        counted=("direction", "status", "currency"),
        summed="amount",
    )


def _transaction_kind(currencies: Mapping[str, Currency]) -> Kind[Transaction]:
    def listings(transaction: Transaction) -> Iterator[Listing]:
        keys: dict[str, str | int] = {
            "amount": scaled(currencies[transaction.currency], transaction.amount),
            "type": transaction.type,
            "direction": transaction.direction,
            "status": transaction.status,
            "currency": transaction.currency,
            "invoiceId": transaction.invoice_id or "",
            "counterparty": transaction.counterparty or "",
        }
        yield Listing(transaction.organization, keys)

    return Kind(
        "transaction",
        Transaction,
        "txn",
        listings,
        keys=("amount", "invoiceId"),
        numeric=frozenset({"amount"}),
        counted=("type", "direction", "status", "currency"),
        summed="amount",
    )


def _withdrawal_kind(currencies: Mapping[str, Currency]) -> Kind[Withdrawal]:
    def listings(withdrawal: Withdrawal) -> Iterator[Listing]:
        keys: dict[str, str | int] = {
            "amount": scaled(currencies[withdrawal.currency], withdrawal.amount),
            "minor": withdrawal.amount,
            "status": withdrawal.status,
            "currency": withdrawal.currency,
        }
        yield Listing(withdrawal.organization, keys)

    return Kind(
        "withdrawal",
        Withdrawal,
        "wdr",
        listings,
        keys=("amount",),
        numeric=frozenset({"amount"}),
        counted=("status", "currency"),
        summed="minor",
    )


def _refund_kind(currencies: Mapping[str, Currency]) -> Kind[Refund]:
    def listings(refund: Refund) -> Iterator[Listing]:
        keys: dict[str, str | int] = {
            "amount": scaled(currencies[refund.currency], refund.amount),
            "status": refund.status,
            "currency": refund.currency,
            "invoiceId": refund.invoice_id,
            "transactionId": refund.transaction_id,
        }
        yield Listing(refund.seller, keys | {"role": SELLER})
        yield Listing(refund.buyer, keys | {"role": BUYER})

    return Kind(
        "refund",
        Refund,
        "rfd",
        listings,
        keys=("amount", "invoiceId"),
        numeric=frozenset({"amount"}),
        counted=("status", "currency"),
        summed="amount",
    )


def _connection_listings(connection: Connection) -> Iterator[Listing]:
    yield Listing(connection.seller, {"role": SELLER})
    yield Listing(connection.buyer, {"role": BUYER})


def _note_listings(note: Note) -> Iterator[Listing]:
    """One row for the author's organisation and, where the note is shared, one for the other party."""
    yield Listing(note.author, {"invoiceId": note.invoice_id})
    if note.reader:
        yield Listing(note.reader, {"invoiceId": note.invoice_id})


def _reservation_kind() -> Kind[Reservation]:
    return Kind(
        "reservation",
        Reservation,
        "rsv",
        _reservation_listings,
        numeric=frozenset({"amount"}),
        counted=("status", "source", "currency"),
        summed="amount",
    )


def _reservation_listings(reservation: Reservation) -> Iterator[Listing]:
    yield Listing(
        reservation.organization,
        {
            "status": reservation.status,
            "source": reservation.source,
            "currency": reservation.currency,
            "amount": reservation.amount,
        },
    )


def _balance_listings(balance: Balance) -> Iterator[Listing]:
    yield Listing(balance.organization, {"currency": balance.currency})


def _webhook_listings(webhook: Webhook) -> Iterator[Listing]:
    yield Listing(webhook.organization, {})


def _file_listings(file: StoredFile) -> Iterator[Listing]:
    """One row for whoever uploaded it and, where it is attached, one for the invoice."""
    keys = {"purpose": file.purpose, "invoiceId": file.invoice_id or ""}
    yield Listing(file.organization, keys)
    if file.invoice_id:
        yield Listing(f"invoice {file.invoice_id}", keys)

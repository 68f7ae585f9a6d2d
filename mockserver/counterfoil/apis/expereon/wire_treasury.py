"""How the treasury looks on the wire: balances, their changes, and what moves money through them."""

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from counterfoil.apis.expereon.records import Balance, Destination, Refund, Transaction, Withdrawal
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.wire import Json
from counterfoil.engine.clock import text
from counterfoil.engine.entries import Line
from counterfoil.engine.ids import numbered
from counterfoil.engine.world import Holding

TRANSACTION_COLUMNS = (
    "id", "type", "direction", "amount", "currency", "balanceAfter", "status", "invoiceId",
    "paymentId", "withdrawalId", "refundId", "counterpartyOrganizationId", "reference",
    "description", "balanceId", "organizationId", "createdAt", "completedAt",
)  # fmt: skip
"""The columns of an export."""


def balance(book: Rulebook, record: Balance, held: Holding, collateral_used: int) -> Json:
    """Return a balance; `collateral_used` is what is reserved out of collateral, in minor units."""
    form = book.currencies[record.currency].format
    available, collateral, reserved = held["AVAILABLE"], held["COLLATERAL"], held["RESERVED"]
    return {
        "id": record.id,
        "organizationId": record.organization,
        "currency": record.currency,
        "available": form(available),
        "collateral": form(collateral),
        "reserved": form(reserved),
        "total": form(available + collateral + reserved),
        "collateralUsed": form(collateral_used),
        "collateralUtilization": _share(collateral_used, collateral + collateral_used),
        "createdAt": text(record.created_at),
        "updatedAt": text(held.updated_at or record.updated_at),
        "version": max(held.version, 1),
    }


def change_log(book: Rulebook, line: Line, balance: str) -> Json:
    """Return a change of one bucket of a balance, named by its id."""
    form = book.currencies[line.currency].format
    return {
        "id": numbered("bcl", line.seq),
        "balanceId": balance,
        "currency": line.currency,
        "type": line.change,
        "bucket": line.bucket,
        "delta": form(line.delta),
        "before": form(line.after - line.delta),
        "after": form(line.after),
        "referenceType": line.kind.upper(),
        "referenceId": line.reference,
        "createdAt": text(line.at),
    }


def transaction(book: Rulebook, record: Transaction) -> Json:
    """Return a transaction."""
    form = book.currencies[record.currency].format
    return {
        "id": record.id,
        "organizationId": record.organization,
        "balanceId": record.balance_id,
        "type": record.type,
        "direction": record.direction,
        "amount": form(record.amount),
        "currency": record.currency,
        "balanceAfter": form(record.balance_after),
        "status": record.status,
        "invoiceId": record.invoice_id,
        "paymentId": record.payment_id,
        "withdrawalId": record.withdrawal_id,
        "refundId": record.refund_id,
        "counterpartyOrganizationId": record.counterparty,
        "reference": record.reference,
        "description": record.description,
        "createdAt": text(record.created_at),
        "completedAt": text(record.created_at),
    }


def withdrawal(book: Rulebook, record: Withdrawal) -> Json:
    """Return a withdrawal."""
    return {
        "id": record.id,
        "organizationId": record.organization,
        "amount": book.currencies[record.currency].format(record.amount),
        "currency": record.currency,
        "status": record.status,
        "destination": _destination(record.destination),
        "requestedByKeyId": record.requested_by,
        "decidedByKeyId": record.decided_by,
        "rejectionReason": record.rejection_reason,
        "failureCode": record.failure_code,
        "transactionId": record.transaction_id,
        "createdAt": text(record.created_at),
        "decidedAt": _time(record.decided_at),
        "completedAt": _time(record.completed_at),
        "version": record.version,
    }


def refund(book: Rulebook, record: Refund) -> Json:
    """Return a refund."""
    return {
        "id": record.id,
        "transactionId": record.transaction_id,
        "invoiceId": record.invoice_id,
        "amount": book.currencies[record.currency].format(record.amount),
        "currency": record.currency,
        "status": record.status,
        "reason": record.reason,
        "requestedByOrganizationId": record.requested_by,
        "payerOrganizationId": record.seller,
        "payeeOrganizationId": record.buyer,
        "rejectionReason": record.rejection_reason,
        "transactionIds": record.transaction_ids,
        "createdAt": text(record.created_at),
        "decidedAt": _time(record.decided_at),
        "version": record.version,
    }


def withdrawal_members(book: Rulebook, record: Withdrawal) -> Json:
    """Return what an event may tell of a withdrawal."""
    return {
        "withdrawalId": record.id,
        "status": record.status,
        "amount": book.currencies[record.currency].format(record.amount),
        "currency": record.currency,
        "organizationId": record.organization,
        "reason": record.rejection_reason,
        "failureCode": record.failure_code,
    }


def refund_members(book: Rulebook, record: Refund) -> Json:
    """Return what an event may tell of a refund: the reason is that of the last word on it."""
    return {
        "refundId": record.id,
        "transactionId": record.transaction_id,
        "invoiceId": record.invoice_id,
        "status": record.status,
        "amount": book.currencies[record.currency].format(record.amount),
        "currency": record.currency,
        "buyerOrganizationId": record.buyer,
        "sellerOrganizationId": record.seller,
        "reason": record.rejection_reason or record.reason,
    }


def usage(form: Callable[[int], str], date: str, currency: str, amounts: dict[str, int]) -> Json:
    """Return what happened to a balance on a day."""
    return {"date": date, "currency": currency} | {
        name: form(minor) for name, minor in amounts.items()
    }


def _destination(record: Destination) -> Json:
    return {
        "type": record.type,
        "accountNumberLast4": record.account_number_last4,
        "bankName": record.bank_name,
        "reference": record.reference,
    }


def _share(part: int, whole: int) -> str:
    share = Decimal(part) / whole if whole else Decimal(0)
    return str(share.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else text(instant)

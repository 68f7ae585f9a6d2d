"""Payments: settle one invoice, some or all that are due; try again; read what became of it."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping
from functools import partial
from typing import Any

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.batch import Batch, error, tried
from counterfoil.apis.expereon.filters import query_of
from counterfoil.apis.expereon.records import BUYER, SELLER, Invoice, Method, Payment
from counterfoil.apis.expereon.rulebook import Rulebook, unscaled
from counterfoil.apis.expereon.settlement import Means, settle
from counterfoil.apis.expereon.step import begin, impossible_on, visible
from counterfoil.apis.expereon.wire import Json
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.exports import Form, export
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import Choice, Condition, Query, page, tallies
from counterfoil.engine.perform import Steps
from counterfoil.engine.world import World

EVERYTHING = 1_000_000
"""More than any list holds."""


def settle_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Pay the invoice of the path."""
    return settle(begin(book, call, world, "settle", call.arguments["invoiceId"]))


def settle_payment(book: Rulebook, call: Call, world: World) -> Outcome:
    """Pay the invoice of the body."""
    return settle(begin(book, call, world, "settle", call.body["invoiceId"]))


def bulk_settle(book: Rulebook, call: Call, world: World) -> Steps:
    """Pay the invoices of the body, one by one in their order."""
    batch = Batch(book, world, "SETTLE")
    for id in call.body["invoiceIds"]:
        yield from _settle_in(batch, call, "BULK", id)
    yield batch.outcome()


def settle_all_due(book: Rulebook, call: Call, world: World) -> Steps:
    """Pay everything the organisation owes that is due, what was due first before the others."""
    batch = Batch(book, world, "SETTLE_ALL_DUE")
    settled = []
    for invoice in _due(book, call, world, call.body or {}):
        if (yield from _settle_in(batch, call, "ALL_DUE", invoice.id)):
            settled.append(invoice)  # noqa: PERF401  a comprehension cannot yield
    yield batch.outcome(totals=_totals(book, settled))


def retry_failed(book: Rulebook, call: Call, world: World) -> Steps:
    """Try payments of the body again that failed; without any, all that are worth another attempt."""
    ids = (call.body or {}).get("paymentIds")
    batch = Batch(book, world, "RETRY_FAILED")
    for id in _retryable(book, call, world) if ids is None else ids:
        payment = world.seen(book.kinds.payment, call.principal.owner, id)
        invoice_id = payment.invoice_id if payment else None
        yield from _settle_in(batch, call, "RETRY", invoice_id, paymentId=id)
    yield batch.outcome()


def list_payments(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the payments the organisation made and received."""
    query = query_of(call, world)
    found = page(world, book.kinds.payment, call.principal.owner, query)
    return Outcome(wire.page(query, found, lambda row: wire.payment(book, row)))


def export_payments(book: Rulebook, call: Call, world: World) -> Outcome:
    """Write the payments that a list would show into a file."""
    query, owner = query_of(call, world), call.principal.owner
    form = Form(call.arguments["format"], wire.PAYMENT_COLUMNS, partial(wire.payment, book))
    return Outcome(export(world, book.kinds.payment, owner, query, form))


def get_payment(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a payment, as either party."""
    owner, id = call.principal.owner, call.arguments["paymentId"]
    payment = world.seen(book.kinds.payment, owner, id)
    if payment is None:
        raise Refusal("NOT_FOUND")
    return Outcome(wire.payment(book, payment))


def get_invoice_confirmation(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read the confirmation of a settled invoice, archived or not."""
    invoice, role = visible(book, call, world, call.arguments["invoiceId"])
    if (invoice.archived_from or invoice.status) not in book.rules.confirmed_states:
        raise impossible_on(book, invoice, role, "confirm")
    payment = world.get(book.kinds.payment, invoice.payment_id or "")
    assert payment is not None, f"{invoice.id} was settled without a payment"
    return Outcome(wire.confirmation(book, payment))


def list_due_payments(book: Rulebook, call: Call, world: World) -> Outcome:
    """List what is due: what the organisation owes, or what it is owed."""
    asked = call.arguments
    due = _due(book, call, world, asked, BUYER if asked["direction"] == "OUT" else SELLER)
    items = [wire.due_payment(book, invoice) for invoice in due]
    day = asked.get("asOf", _today(world))
    return Outcome({"items": items, "totals": _totals(book, due), "asOf": day})


def summarize_payments(book: Rulebook, call: Call, world: World) -> Outcome:
    """Count and add up the organisation's payments, and what it still owes of what is due."""
    groups: dict[tuple[str, str], list[Json]] = defaultdict(list)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for tally in tallies(world, book.kinds.payment, call.principal.owner):
        if tally.n:
            place = tally.values["direction"], tally.values["status"]
            currency = book.currencies[tally.values["currency"]]
            counts[place] += tally.n
            groups[place].append(wire.total(currency, tally.n, unscaled(currency, tally.total)))
    by_status = [
        {
            "direction": direction,
            "status": status,
            "count": counts[direction, status],
            "totals": sorted(totals, key=lambda total: str(total["currency"])),
        }
        for (direction, status), totals in sorted(groups.items())
    ]
    due = _due(book, call, world, {})
    return Outcome(
        {
            "byStatus": by_status,
            "due": {"count": len(due), "totals": _totals(book, due)},
            "asOf": _today(world),
        }
    )


def _settle_in(
    batch: Batch, call: Call, method: Method, id: str | None, **named: str
) -> Generator[Outcome, None, bool]:
    """Settle an invoice as an item of a batch; return whether it was paid.

    `named` is what the result calls the item besides, None the id of an invoice nobody may see.
    """
    book, world, owner = batch.book, batch.world, call.principal.owner
    decided = tried(world, partial(_decided, batch, call, method, id))
    if isinstance(decided, Outcome):
        yield decided
    invoice = world.seen(book.kinds.invoice, owner, id or "")
    result: Json = {"invoiceId": id, "success": False, "status": invoice and invoice.status}
    if isinstance(decided, Refusal):
        result["error"] = error(book, decided)
    else:
        result["payment"] = decided.body
        result["success"] = decided.body["failureCode"] is None
    batch.tell(named | result)
    return bool(result["success"])


def _decided(batch: Batch, call: Call, method: Method, id: str | None) -> Outcome:
    step = begin(batch.book, call, batch.world, "settle", id or "")
    if method == "RETRY":
        _require_retryable(batch.book, batch.world, step.invoice)
    return settle(step, Means(method, batch.id))


def _require_retryable(book: Rulebook, world: World, invoice: Invoice) -> None:
    """Refuse to try again what would fail again."""
    payment = world.get(book.kinds.payment, invoice.payment_id or "")
    assert payment is not None, f"{invoice.id} was never tried"
    if not _is_retryable(book, payment):
        raise Refusal("PAYMENT_NOT_RETRYABLE", failureCode=payment.failure_code)


def _retryable(book: Rulebook, call: Call, world: World) -> list[str]:
    """Return the failed payments that are worth another attempt, oldest first."""
    bounds = (Condition("status", "=", "FAILED"), Condition("direction", "=", "OUT"))
    query = Query(0, EVERYTHING, descending=False, conditions=bounds)
    failed = page(world, book.kinds.payment, call.principal.owner, query).records
    return [
        payment.id
        for payment in failed
        if _is_retryable(book, payment) and _is_payable(book, world, payment.invoice_id)
    ]


def _is_retryable(book: Rulebook, payment: Payment) -> bool:
    return book.rules.settlement_failures[payment.failure_code or ""].retryable


def _is_payable(book: Rulebook, world: World, invoice_id: str) -> bool:
    """Tell whether an invoice can be settled: one that was cancelled since cannot."""
    invoice = world.get(book.kinds.invoice, invoice_id)
    return invoice is not None and book.invoices.arrow("settle", invoice.status) is not None


def _due(
    book: Rulebook, call: Call, world: World, asked: Mapping[str, Any], role: str = BUYER
) -> list[Invoice]:
    """Return an organisation's invoices that are due in a role, by due date, then as created."""
    bounds = [
        Condition("role", "=", role),
        Condition("dueDate", "<=", asked.get("asOf", _today(world))),
    ]
    bounds += [
        Condition(name, "=", asked[name]) for name in ("currency", "connectionId") if name in asked
    ]
    query = Query(
        0,
        EVERYTHING,
        sort="dueDate",
        descending=False,
        conditions=tuple(bounds),
        choices=(Choice("status", book.rules.overdue_states),),
    )
    return list(page(world, book.kinds.invoice, call.principal.owner, query).records)


def _totals(book: Rulebook, invoices: Iterable[Invoice]) -> list[Json]:
    """Return what invoices come to, by currency."""
    owed: dict[str, list[int]] = defaultdict(list)
    for invoice in invoices:
        owed[invoice.currency].append(invoice.approved_amount or invoice.amount)
    return [
        wire.total(book.currencies[code], len(amounts), sum(amounts))
        for code, amounts in sorted(owed.items())
    ]


def _today(world: World) -> str:
    return world.now.date().isoformat()

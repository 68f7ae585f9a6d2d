"""Bulk operations: one action on many invoices, each of which succeeds or fails for itself."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from counterfoil.apis.expereon import actions, wire
from counterfoil.apis.expereon.batch import Batch, error, tried
from counterfoil.apis.expereon.filters import query_of
from counterfoil.apis.expereon.records import Invoice
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import page
from counterfoil.engine.perform import Steps
from counterfoil.engine.supposed import Supposed
from counterfoil.engine.world import World

Action = Callable[[Rulebook, Call, World], Outcome]

ACTIONS: Mapping[str, Action] = {
    "APPROVE": actions.approve_invoice,
    "CANCEL": actions.cancel_invoice,
    "ARCHIVE": actions.archive_invoice,
    "RESTORE": actions.restore_invoice,
}
"""What is done to each invoice of a batch."""

SHARED_BY_ALL = ("paymentSource", "reason")
"""What a batch says once for all its invoices."""


class Tried(NamedTuple):
    """An invoice of a batch, as it was, and what its action decided or was refused for."""

    id: str
    invoice: Invoice | None
    decided: Outcome | Refusal


def approve_bulk_invoices(book: Rulebook, call: Call, world: World) -> Steps:
    """Approve invoices one by one; what one reserves is gone for the next."""
    return _executed(book, call, world, "APPROVE")


def cancel_bulk_invoices(book: Rulebook, call: Call, world: World) -> Steps:
    """Cancel invoices one by one."""
    return _executed(book, call, world, "CANCEL")


def archive_bulk_invoices(book: Rulebook, call: Call, world: World) -> Steps:
    """Put invoices away one by one."""
    return _executed(book, call, world, "ARCHIVE")


def restore_bulk_invoices(book: Rulebook, call: Call, world: World) -> Steps:
    """Take invoices out of the archive one by one."""
    return _executed(book, call, world, "RESTORE")


def preview_bulk_invoices(book: Rulebook, call: Call, world: World) -> Outcome:
    """Tell what a bulk operation would do, and do nothing."""
    operation = call.body["operation"]
    supposed = Supposed(world)
    all_tried = []
    for id in _ids(book, call, world):
        all_tried.append(_tried(book, call, supposed, operation, id))
        if isinstance(all_tried[-1].decided, Outcome):
            supposed.suppose(all_tried[-1].decided.change)
    eligible = [each.invoice for each in all_tried if isinstance(each.decided, Outcome)]
    return Outcome(
        {
            "operation": operation,
            "totalCount": len(all_tried),
            "eligibleCount": len(eligible),
            "ineligibleCount": len(all_tried) - len(eligible),
            "totals": wire.totals(book, _amounts(eligible)),
            "balanceImpact": _impact(book, call, world, all_tried)
            if operation == "APPROVE"
            else [],
            "results": [_preview(book, each) for each in all_tried],
        }
    )


def _executed(book: Rulebook, call: Call, world: World, operation: str) -> Steps:
    """Yield the change of each invoice that can be changed, and the answer at last."""
    batch = Batch(book, world, operation)
    for id in call.body["invoiceIds"]:
        each = _tried(book, call, world, operation, id)
        batch.tell(_result(book, each))
        if isinstance(each.decided, Outcome):
            yield each.decided
    yield batch.outcome()


def _tried(book: Rulebook, call: Call, world: World, operation: str, id: str) -> Tried:
    """Decide on one invoice of a batch, as if it had been asked for by itself."""
    invoice = world.seen(book.kinds.invoice, call.principal.owner, id)
    body = {name: call.body[name] for name in SHARED_BY_ALL if name in call.body}
    own = replace(call, arguments={"invoiceId": id}, body=body)
    return Tried(id, invoice, tried(world, partial(ACTIONS[operation], book, own, world)))


def _ids(book: Rulebook, call: Call, world: World) -> Iterable[str]:
    """Return the invoices a preview is about: those it names, or those its filter finds."""
    if "invoiceIds" in call.body:
        ids: list[str] = call.body["invoiceIds"]
        return ids
    most = book.rules.batch_size
    whole = {"page": 0, "limit": most, "sortBy": "createdAt", "sortOrder": "asc"}
    asked = replace(call, arguments=call.body["filter"] | whole)
    query = query_of(asked, world, book.rules.hidden_states)
    found = page(world, book.kinds.invoice, call.principal.owner, query)
    if found.total > most:
        raise Refusal("BATCH_TOO_LARGE", field="filter")
    return [invoice.id for invoice in found.records]


def _result(book: Rulebook, each: Tried) -> wire.Json:
    """Return what became of one invoice."""
    decided = each.decided
    if isinstance(decided, Outcome):
        invoice = decided.body
        told = {"success": True, "status": invoice["status"], "invoice": invoice}
    else:
        status = each.invoice.status if each.invoice else None
        told = {"success": False, "status": status, "error": error(book, decided)}
    return {"invoiceId": each.id, **told}


def _preview(book: Rulebook, each: Tried) -> wire.Json:
    """Return what would become of one invoice."""
    refused = each.decided if isinstance(each.decided, Refusal) else None
    return {
        "invoiceId": each.id,
        "eligible": refused is None,
        "code": refused and refused.code,
        "message": refused and book.contract.message(refused),
    }


def _amounts(invoices: Iterable[Invoice | None]) -> Counter[str]:
    """Return what invoices come to, in minor units, by currency."""
    amounts: Counter[str] = Counter()
    for invoice in invoices:
        if invoice is not None:
            amounts[invoice.currency] += invoice.amount
    return amounts


def _impact(
    book: Rulebook, call: Call, world: World, all_tried: Iterable[Tried]
) -> list[wire.Json]:
    """Return what a batch would take from the balances, whether they hold it or not."""
    source = call.body.get("paymentSource", book.rules.default_payment_source)
    required = _amounts(
        each.invoice
        for each in all_tried
        if isinstance(each.decided, Outcome) or each.decided.code == "INSUFFICIENT_BALANCE"
    )
    impact = []
    for code, minor in sorted(required.items()):
        available = world.holding(call.principal.owner, code)[source]
        form = book.currencies[code].format
        impact.append(
            {
                "currency": code,
                "required": form(minor),
                "available": form(available),
                "sufficient": minor <= available,
            }
        )
    return impact

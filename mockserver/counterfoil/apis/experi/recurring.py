"""Recurring invoices: made, read, paused, resumed and deleted."""

from decimal import Decimal

from counterfoil.apis.experi import wire
from counterfoil.apis.experi.invoices import CREATED, moment_of
from counterfoil.apis.experi.pricing import items_of, price
from counterfoil.apis.experi.records import RecurringInvoice
from counterfoil.apis.experi.rulebook import ACCOUNT, Rulebook, birth, found, permitted
from counterfoil.apis.experi.series import Series
from counterfoil.apis.experi.walk import Walk
from counterfoil.domain.outcome import Violation
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Job, Outcome
from counterfoil.engine.pagination import Condition, Query, ids, page
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

DUE = "recurrence.due"
"""The job of the next occurrence."""


def list_recurring_invoices(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the account's recurring invoices."""
    asked, owner = call.arguments, call.principal.owner
    narrowed = [Condition(n, "=", asked[n]) for n in ("status", "clientId") if n in asked]
    query = Query(asked["page"] - 1, asked["limit"], conditions=tuple(narrowed))
    found_ = page(world, book.kinds.recurring, owner, query)
    return Outcome(wire.page(query, found_, lambda row: wire.recurring(book, row)))


def create_recurring_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Let an invoice recur, from the first occurrence on that is still to come."""
    body, owner, kind = call.body, call.principal.owner, book.kinds.recurring
    account = book.account(world, owner)
    start, end = moment_of(body["startDate"]), body.get("endDate")
    stride, interval = book.rules.frequencies[body["frequency"]], body.get("interval", 1)
    series = Series(start, stride, interval, moment_of(end) if end else None)
    following = _following(book, world, series)
    currency = book.currencies[body.get("currency", book.rules.currency)]
    items, rate = items_of(world, currency, body["lineItems"]), Decimal(body.get("taxRate", 0))
    price(book, currency, items, rate)
    client = found(world, book.kinds.client, owner, body["clientId"], "CLIENT_NOT_FOUND")
    arrow = birth(book.recurring, "ACTIVE")
    record = RecurringInvoice(
        **world.birth(kind),
        account=owner,
        client_id=client.id,
        status=arrow.target,
        frequency=body["frequency"],
        interval=interval,
        start_date=start,
        end_date=series.end,
        following=following,
        next_run=series.at(following),
        currency=currency.code,
        tax_name=body.get("taxName"),
        tax_rate=rate,
        line_items=items,
        auto_send=body.get("autoSend", False),
        payment_terms_days=body.get("paymentTermsDays", account.payment_terms_days),
    )
    own = Walk(book, world, arrow, call.principal.id, ACCOUNT).recurring(record)
    change = own + Change(jobs=(Job(DUE, record.id, series.at(following)),))
    return _told(book, world, record, change, CREATED)


def get_recurring_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a recurring invoice, and what it made lately."""
    return Outcome(wire.whole(_detail(book, world, _found(book, call, world))))


def pause_recurring_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Let nothing be made until it is resumed."""
    return _switched(book, call, world, "pause")


def resume_recurring_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Go on with the next occurrence."""
    return _switched(book, call, world, "resume")


def delete_recurring_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Delete a recurring invoice; what it made stays."""
    before = _found(book, call, world)
    arrow = permitted(book.recurring, "delete", before.status)
    change = Walk(book, world, arrow, call.principal.id, ACCOUNT).recurring(None, before)
    return Outcome(wire.whole({"id": before.id, "deleted": True}), change, before.id)


def series_of(book: Rulebook, record: RecurringInvoice) -> Series:
    """Return the occurrences of a recurring invoice."""
    stride = book.rules.frequencies[record.frequency]
    return Series(record.start_date, stride, record.interval, record.end_date)


def _following(book: Rulebook, world: World, series: Series) -> int:
    """Return the number of the first occurrence to come; refuses an end that leaves none."""
    if series.end is not None and series.end.date() < series.start.date():
        raise book.wrong(Violation("endDate", "order", "the start date"))
    following = series.first_from(world.now)
    if not series.holds(following):
        raise book.wrong(Violation("endDate" if series.end else "startDate", "future"))
    return following


def _switched(book: Rulebook, call: Call, world: World, trigger: str) -> Outcome:
    before = _found(book, call, world)
    arrow = permitted(book.recurring, trigger, before.status)
    after = revised(before, world.now, status=arrow.target)
    change = Walk(book, world, arrow, call.principal.id, ACCOUNT).recurring(after, before)
    return _told(book, world, after, change)


def _told(
    book: Rulebook, world: World, record: RecurringInvoice, change: Change, status: int = 200
) -> Outcome:
    return Outcome(wire.whole(_detail(book, world, record)), change, record.id, status)


def _detail(book: Rulebook, world: World, record: RecurringInvoice) -> wire.Json:
    """Return a recurring invoice with its latest runs, and the invoices it made."""
    lately = Query(0, book.rules.shown_runs)
    own = Query(0, lately.limit, conditions=(Condition("recurringId", "=", record.id),))
    made = ids(world, book.kinds.invoice, record.account, own, lately.limit)
    runs = page(world, book.kinds.run, record.id, lately).records
    return wire.recurring(book, record) | {
        "generatedInvoiceIds": made,
        "runs": [wire.run(run) for run in runs],
    }


def _found(book: Rulebook, call: Call, world: World) -> RecurringInvoice:
    owner, id = call.principal.owner, call.arguments["recurringInvoiceId"]
    return found(world, book.kinds.recurring, owner, id, "RECURRING_INVOICE_NOT_FOUND")

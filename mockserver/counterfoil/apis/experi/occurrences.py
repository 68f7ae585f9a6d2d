"""Occurrences: what happens when a recurring invoice is due, and the next one after it."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from counterfoil.apis.experi.invoices import new_invoice
from counterfoil.apis.experi.pricing import price
from counterfoil.apis.experi.records import Account, Client, Invoice, RecurringInvoice, Run
from counterfoil.apis.experi.recurring import DUE, series_of
from counterfoil.apis.experi.rulebook import CLOCK, Rulebook, birth
from counterfoil.apis.experi.sending import fails, posted
from counterfoil.apis.experi.walk import Walk
from counterfoil.engine.outcome import Change, Job, Put
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

STATUS = {False: "DRAFT", True: "SENT"}
"""What an invoice is that was made, by whether it is sent at once."""


def fall_due(book: Rulebook, world: World, id: str) -> Change:
    """Make the invoice of an occurrence, or tell why there is none, and look forward to the next."""
    before = world.get(book.kinds.recurring, id)
    if before is None:
        return Change()
    assert before.next_run is not None, f"{id} has no next run"
    arrow = book.recurring.arrow("run", before.status)
    assert arrow is not None, f"{id} is {before.status} and runs"
    at, series, following = before.next_run, series_of(book, before), before.following + 1
    goes_on = series.holds(following)
    invoice, made = occurred(book, world, before, at)
    after = revised(
        before,
        world.now,
        status=before.status if goes_on else arrow.targets[-1],
        following=following,
        next_run=series.at(following) if goes_on else None,
        last_run=at,
        generated=before.generated + (invoice is not None),
    )
    jobs = (Job(DUE, id, series.at(following)),) if goes_on else ()
    own = Walk(book, world, arrow, CLOCK.lower(), CLOCK).recurring(after, before)
    return own + made + Change(jobs=jobs)


def occurred(
    book: Rulebook, world: World, recurring: RecurringInvoice, at: datetime
) -> tuple[Invoice | None, Change]:
    """Return the invoice of an instant, if there is one, and what changes with it."""
    account = book.account(world, recurring.account)
    client = world.get(book.kinds.client, recurring.client_id)
    assert client is not None, f"the client of {recurring.id} is gone"
    reason = _obstacle(book, recurring, account, client)
    invoice, change = None, Change()
    if reason is None:
        invoice, change = _made(book, world, recurring, account, at)
    if invoice is not None and recurring.auto_send and client.email:
        change += posted(book, world, invoice, "RECURRING", client.email)
    birth_ = world.birth(book.kinds.run)
    made = invoice.id if invoice else None
    run = Run(**birth_, recurring_id=recurring.id, at=at, invoice_id=made, reason=reason)
    return invoice, change + Change(puts=(Put(book.kinds.run, run),))


def _obstacle(
    book: Rulebook, recurring: RecurringInvoice, account: Account, client: Client
) -> str | None:
    """Return why nothing is made, or None."""
    if recurring.status in book.rules.skipping_states:
        return "PAUSED"
    if not recurring.auto_send:
        return None
    if not account.email_verified:
        return "EMAIL_NOT_VERIFIED"
    if not client.email:
        return "NO_EMAIL"
    return "MAIL_FAILED" if fails(book, client.email) else None


def _made(
    book: Rulebook, world: World, recurring: RecurringInvoice, account: Account, at: datetime
) -> tuple[Invoice, Change]:
    """Return the invoice of an occurrence, a draft or one that is sent, and what changes with it."""
    arrow = birth(book.invoices, STATUS[recurring.auto_send])
    walk = Walk(book, world, arrow, CLOCK.lower(), CLOCK)
    items = tuple(replace(item, id=world.next_id("item")) for item in recurring.line_items)
    sums = price(book, book.currencies[recurring.currency], items, recurring.tax_rate)
    sent = {"last_sent_at": world.now, "send_count": 1} if recurring.auto_send else {}
    invoice = new_invoice(
        walk,
        account,
        client_id=recurring.client_id,
        issue_date=at,
        due_date=at + timedelta(days=recurring.payment_terms_days),
        currency=recurring.currency,
        tax_name=recurring.tax_name,
        tax_rate=recurring.tax_rate,
        line_items=items,
        recurring_id=recurring.id,
        **sums._asdict(),
        **sent,
    )
    return invoice, walk.invoice(invoice)

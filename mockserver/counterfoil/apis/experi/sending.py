"""Sending: an invoice goes out as an e-mail, into the world's outbox."""

from counterfoil.apis.experi import wire
from counterfoil.apis.experi.invoices import invoice_of
from counterfoil.apis.experi.paper import paper_of
from counterfoil.apis.experi.records import Invoice
from counterfoil.apis.experi.rulebook import ACCOUNT, Rulebook, permitted
from counterfoil.apis.experi.walk import Walk
from counterfoil.domain.outcome import Refusal, Violation
from counterfoil.engine import outbox
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Outcome
from counterfoil.engine.records import revised
from counterfoil.engine.world import World


def send_invoice(book: Rulebook, call: Call, world: World) -> Outcome:
    """Send an invoice by e-mail, to its client unless told otherwise."""
    before, body = invoice_of(book, call, world), call.body or {}
    arrow = permitted(book.invoices, "send", before.status)
    to = body.get("toEmail") or address_of(book, world, before)
    if to is None:
        raise book.wrong(Violation("toEmail", "required"))
    if not book.account(world, before.account).email_verified:
        raise Refusal("EMAIL_NOT_VERIFIED")
    if fails(book, to):
        raise Refusal("MAIL_FAILED")
    after = revised(
        before,
        world.now,
        status=arrow.target,
        sent_at=before.sent_at or world.now,
        last_sent_at=world.now,
        send_count=before.send_count + 1,
    )
    own = Walk(book, world, arrow, call.principal.id, ACCOUNT).invoice(after, before)
    change = own + posted(book, world, after, "INVOICE", to, body.get("subject"), body.get("body"))
    return Outcome(wire.whole(wire.invoice(book, world, after)), change, after.id)


def fails(book: Rulebook, to: str) -> bool:
    """Tell whether an address is one to which nothing can be sent."""
    return to.casefold().startswith(book.rules.mail.fails)


def address_of(book: Rulebook, world: World, invoice: Invoice) -> str | None:
    """Return where the client of an invoice is written to, or None."""
    client = world.get(book.kinds.client, invoice.client_id)
    assert client is not None, f"the client of {invoice.id} is gone"
    return client.email


def posted(
    book: Rulebook,
    world: World,
    invoice: Invoice,
    kind: str,
    to: str,
    *texts: str | None,
) -> Change:
    """Return the e-mail that an invoice goes out with, its paper enclosed."""
    rules, form = book.rules.mail, book.currencies[invoice.currency].format
    facts = {
        "number": invoice.number,
        "amount": f"{form(invoice.amount_due)} {invoice.currency}",
        "due": invoice.due_date.date().isoformat(),
    }
    written = [*texts, None, None]
    _, change = outbox.sent(
        world,
        (outbox.Enclosure(f"{invoice.number}.pdf", paper_of(book, world, invoice)),),
        api=book.contract.api,
        kind=kind,
        to=to,
        subject=written[0] or rules.subject.format_map(facts),
        body=written[1] or rules.body.format_map(facts),
        about=invoice.id,
        status="BOUNCED" if to.casefold().startswith(rules.bounces) else "SENT",
    )
    return change

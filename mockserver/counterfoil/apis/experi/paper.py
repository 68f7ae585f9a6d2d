"""An invoice as the paper that it is printed and sent as."""

from collections.abc import Iterator
from datetime import datetime

from counterfoil.apis.experi.records import Account, Client, Invoice
from counterfoil.apis.experi.rulebook import Rulebook
from counterfoil.apis.experi.wire import plain
from counterfoil.engine.world import World
from counterfoil.papers.paper import Fact, Line, Paper, Party, Total
from counterfoil.papers.words import ENGLISH


def paper_of(book: Rulebook, world: World, invoice: Invoice) -> Paper:
    """Return the paper of an invoice as it is now."""
    client = world.get(book.kinds.client, invoice.client_id)
    assert client is not None, f"the client of {invoice.id} is gone"
    form = book.currencies[invoice.currency].format
    return Paper(
        title="Invoice",
        number=invoice.number,
        issuer=_issuer(book.account(world, invoice.account)),
        customer=_customer(client),
        facts=tuple(_facts(invoice)),
        lines=tuple(
            Line(
                name=item.description,
                quantity=str(plain(item.quantity)),
                unit_price=form(item.unit_price),
                total=form(item.total),
            )
            for item in invoice.line_items
        ),
        totals=tuple(_totals(book, invoice)),
        notes=invoice.notes or "",
        footer=invoice.footer or "",
        stamp=book.rules.stamps.get(invoice.status, ""),
        made_at=invoice.updated_at,
    )


def _issuer(account: Account) -> Party:
    return Party(name=account.name, details=(*account.address, account.email))


def _customer(client: Client) -> Party:
    """Return whom an invoice is for: the company, if there is one, with the person's name below."""
    place = " ".join(part for part in (client.city, client.postcode) if part)
    person = client.name if client.company else None
    lines = (person, client.address_line1, client.address_line2, place, client.county)
    told = (*lines, client.country, client.email)
    return Party(name=client.company or client.name, details=tuple(line for line in told if line))


def _facts(invoice: Invoice) -> Iterator[Fact]:
    yield Fact(ENGLISH.date, _day(invoice.issue_date))
    yield Fact(ENGLISH.due_date, _day(invoice.due_date))
    if invoice.po_number:
        yield Fact("PO number", invoice.po_number)


def _totals(book: Rulebook, invoice: Invoice) -> Iterator[Total]:
    form = book.currencies[invoice.currency].format

    def money(minor: int) -> str:
        return f"{form(minor)} {invoice.currency}"

    yield Total(ENGLISH.subtotal, money(invoice.subtotal))
    if invoice.discount_amount:
        yield Total(ENGLISH.discount, money(-invoice.discount_amount))
    if invoice.tax_rate:
        tax = f"{invoice.tax_name or ENGLISH.tax} {plain(invoice.tax_rate)}%"
        yield Total(tax, money(invoice.tax_amount))
    yield Total(ENGLISH.total, money(invoice.total), strong=True)
    if invoice.amount_paid:
        yield Total(ENGLISH.paid, money(invoice.amount_paid))
        yield Total(ENGLISH.amount_due, money(invoice.amount_due))


def _day(instant: datetime) -> str:
    return f"{instant.day} {instant.strftime('%B')} {instant.year}"

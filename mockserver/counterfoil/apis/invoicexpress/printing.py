"""Documents as papers: what is printed of them, in the language of their client or account."""

from decimal import Decimal

from counterfoil.apis.invoicexpress import days
from counterfoil.apis.invoicexpress.document_records import Document, Line
from counterfoil.apis.invoicexpress.proof import qr_text
from counterfoil.apis.invoicexpress.records import Account
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.sequences import PORTUGAL
from counterfoil.apis.invoicexpress.totals import amounts, by_rate, money
from counterfoil.apis.invoicexpress.wire import text_of
from counterfoil.engine.world import World
from counterfoil.papers import paper as papers
from counterfoil.papers.words import ENGLISH, PORTUGUESE, SPANISH, Words

WORDS = {"pt": PORTUGUESE, "en": ENGLISH, "es": SPANISH}


def printed(
    book: Rulebook, world: World, document: Document, *, second_copy: bool = False
) -> papers.Paper:
    """Return a document as a paper."""
    account = world.get(book.kinds.account, document.account)
    number = document.number
    assert account is not None, f"the account {document.account} is gone"
    assert number is not None, f"{document.id} has no number"
    words = WORDS[account.language]
    rules = book.rules
    stamp = "canceled" if document.status == "canceled" else "second_copy" if second_copy else ""
    return papers.Paper(
        title=rules.documents[document.type].title[account.language],
        number=number.text,
        issuer=_issuer(account, words),
        customer=_customer(document, words),
        facts=_facts(document, words),
        lines=tuple(_line(line) for line in document.lines) or (_payment(document, words),),
        taxes=_taxes(book, document),
        totals=_totals(document, words),
        notes=document.observations or "",
        atcud=number.atcud,
        qr=qr_text(book, account, document) if account.country == PORTUGAL else "",
        stamp=rules.stamps[stamp][account.language] if stamp else "",
        words=words,
        made_at=world.now,
    )


def _issuer(account: Account, words: Words) -> papers.Party:
    town = " ".join(part for part in (account.postal_code, account.city) if part)
    tax_id = f"{words.tax_id} {account.fiscal_id}" if account.fiscal_id else None
    return papers.Party(
        name=account.organization_name, details=_lines(account.address, town, tax_id)
    )


def _customer(document: Document, words: Words) -> papers.Party:
    client = document.client
    town = " ".join(part for part in (client.postal_code, client.city) if part)
    tax_id = f"{words.tax_id} {client.fiscal_id}" if client.fiscal_id else None
    details = _lines(client.address, town, client.country, tax_id)
    return papers.Party(name=client.name, details=details)


def _facts(document: Document, words: Words) -> tuple[papers.Fact, ...]:
    facts = [papers.Fact(words.date, days.spelled(document.date))]
    facts.append(papers.Fact(words.due_date, days.spelled(document.due_date)))
    if document.reference:
        facts.append(papers.Fact(words.reference, document.reference))
    if document.retention:
        facts.append(papers.Fact(words.retention, f"{text_of(document.retention)}%"))
    return tuple(facts)


def _line(line: Line) -> papers.Line:
    shown = amounts(line.priced)
    return papers.Line(
        name=line.name,
        description=line.description or "",
        quantity=f"{text_of(line.quantity)} {line.unit or ''}".strip(),
        unit_price=text_of(line.unit_price),
        discount=f"{text_of(line.discount)}%" if line.discount else "",
        tax=f"{text_of(line.tax.value)}%",
        total=f"{shown.subtotal:.2f}",
    )


def _payment(document: Document, words: Words) -> papers.Line:
    """Return the one line of a receipt: what was paid."""
    return papers.Line(name=words.paid, total=_amount(document, document.total))


def _taxes(book: Rulebook, document: Document) -> tuple[papers.TaxLine, ...]:
    """Return the summary of taxes, with the reason where nothing was taxed."""
    names = {line.tax.value: line.tax.name for line in document.lines}
    codes = {line.tax.value: line.exemption for line in document.lines}
    rows = []
    for rate, share in by_rate(document.priced, document.off).items():
        code = None if rate else codes[rate] or document.tax_exemption
        rows.append(
            papers.TaxLine(
                name=f"{names[rate]} {text_of(rate)}%",
                taxable=f"{money(share.base):.2f}",
                amount=f"{money(share.tax):.2f}",
                reason=f"{code} {book.rules.exemptions[code].text}" if code else "",
            )
        )
    return tuple(rows)


def _totals(document: Document, words: Words) -> tuple[papers.Total, ...]:
    rows = [papers.Total(words.subtotal, _amount(document, document.sum))]
    if document.discount:
        rows.append(papers.Total(words.discount, _amount(document, -document.discount)))
    if document.lines:
        rows.append(papers.Total(words.before_taxes, _amount(document, document.before_taxes)))
        rows.append(papers.Total(words.tax, _amount(document, document.taxes)))
    return (*rows, papers.Total(words.total, _amount(document, document.total), strong=True))


def _amount(document: Document, cents: int) -> str:
    exact: Decimal = money(cents)
    return f"{exact:.2f} {document.currency}"


def _lines(*details: str | None) -> tuple[str, ...]:
    return tuple(detail for detail in details if detail)

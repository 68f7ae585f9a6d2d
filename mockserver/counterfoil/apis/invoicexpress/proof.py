"""The QR code of a document, as text: what the tax authority wants to know of it at a glance."""

from collections.abc import Mapping
from decimal import Decimal

from counterfoil.apis.invoicexpress import signature
from counterfoil.apis.invoicexpress.document_records import Document, LineTax
from counterfoil.apis.invoicexpress.records import Account
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.signature import EXEMPT, NORMAL, Coded
from counterfoil.apis.invoicexpress.totals import Share, by_rate

UNKNOWN = "Desconhecido"
"""The country of a client who names none."""


def qr_text(book: Rulebook, account: Account, document: Document) -> str:
    """Return the text of the QR code of a document that has its number."""
    number, client = document.number, document.client
    assert number is not None, f"{document.id} has no number"
    of = book.rules.documents[document.type]
    return Coded(
        issuer=account.fiscal_id or book.rules.anonymous_fiscal_id,
        buyer=client.fiscal_id or book.rules.anonymous_fiscal_id,
        country=book.rules.countries.get(client.country or "", UNKNOWN),
        type=of.code,
        canceled=document.status == "canceled",
        date=document.date,
        number=f"{of.code} {number.inverted}",
        atcud=number.atcud,
        region=region(book, account, document.lines[0].tax if document.lines else None),
        rates=_by_kind(book, document),
        taxes=document.taxes,
        total=document.total,
        signature=signature.shown(number.signature),
    ).text


def region(book: Rulebook, account: Account, tax: LineTax | None) -> str:
    """Return where a tax is raised: as it says, or where its account is taxed."""
    return (tax.region if tax else None) or book.rules.tax_countries[account.tax_country]


def kind_of(book: Rulebook, tax: LineTax) -> str:
    """Return what the tax authority calls a rate: as it says itself, or as rates of its height are."""
    if not tax.value:
        return EXEMPT
    return tax.code or book.rules.rate_kinds.get(f"{tax.value.normalize():f}", NORMAL)


def _by_kind(book: Rulebook, document: Document) -> Mapping[str, Share]:
    """Return what each kind of rate contributes; a code has no place for other kinds than four."""
    kinds: dict[Decimal, str] = {line.tax.value: kind_of(book, line.tax) for line in document.lines}
    found: dict[str, Share] = {}
    for rate, share in by_rate(document.priced, document.off).items():
        kind = kinds[rate] if kinds[rate] in signature.PLACES else NORMAL
        before = found.get(kind, Share(0, 0))
        found[kind] = Share(before.base + share.base, before.tax + share.tax)
    return found

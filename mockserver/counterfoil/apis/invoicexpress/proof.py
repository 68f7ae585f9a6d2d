"""The QR code of a document, as text: what the tax authority wants to know of it at a glance."""

from collections.abc import Mapping

from counterfoil.apis.invoicexpress import signature
from counterfoil.apis.invoicexpress.document_records import Document, LineTax
from counterfoil.apis.invoicexpress.records import Account
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.signature import EXEMPT, NORMAL, Coded
from counterfoil.apis.invoicexpress.totals import Share, by_group
from counterfoil.papers.countries import REGIONS

MAINLAND = "PT"
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
        rates=_rates(book, account, document),
        taxes=document.taxes,
        total=document.total,
        signature=signature.shown(number.signature),
    ).text


def region(book: Rulebook, account: Account, tax: LineTax | None) -> str:
    """Return where a tax is raised: as it says, or where its account is taxed.

    What is neither a country nor a region of Portugal says nothing.
    """
    told = tax.region if tax else None
    return told if told in REGIONS else book.rules.tax_countries[account.tax_country]


def kind_of(book: Rulebook, tax: LineTax) -> str:
    """Return what the tax authority calls a rate: as it says itself, or as rates of its height are."""
    if not tax.value:
        return EXEMPT
    return tax.code or book.rules.rate_kinds.get(f"{tax.value.normalize():f}", NORMAL)


def _rates(
    book: Rulebook, account: Account, document: Document
) -> Mapping[str, Mapping[str, Share]]:
    """Return what each kind of rate contributes in each region; without lines there is one region."""
    if not document.lines:
        return {_space(region(book, account, None)): {}}
    lines = [(_group(book, account, line.tax), line.priced) for line in document.lines]
    found: dict[str, dict[str, Share]] = {}
    for (space, kind), share in by_group(lines, document.off).items():
        found.setdefault(space, {})[kind] = share
    return found


def _group(book: Rulebook, account: Account, tax: LineTax) -> tuple[str, str]:
    """Return where a code tells of a tax; it has no place for other kinds of rate than four."""
    kind = kind_of(book, tax)
    return _space(region(book, account, tax)), kind if kind in signature.PLACES else NORMAL


def _space(region: str) -> str:
    """Return the region whose block a region stands in; other countries stand in the mainland's."""
    return region if region in signature.REGIONS else MAINLAND

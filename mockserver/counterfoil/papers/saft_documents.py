"""The source documents of SAF-T PT: sales, guides, estimates and receipts, and what each section counts.

A section counts all its documents, and the amounts of those in force: a canceled one is told, and adds nothing
(Portaria 302/2016, fields 4.1.1-4.1.3, 4.2.1-4.2.2, 4.3.1-4.3.3 and 4.4.1-4.4.3).
"""

from collections.abc import Iterable, Iterator
from decimal import MAX_PREC, Decimal, localcontext

from counterfoil.papers.audit import (
    Address,
    AuditFile,
    Correction,
    Document,
    Exemption,
    Foreign,
    Line,
    Method,
    Product,
    Receipt,
    Settled,
    Status,
    Tax,
    Transport,
)
from counterfoil.papers.countries import COUNTRIES
from counterfoil.papers.elements import UNKNOWN, Node, decimal, instant, money, text

UNSIGNED = "0"
"""The hash of a document without a signature, and the version of every key: none is certified."""

NO_CODE = "0"
"""The ATCUD of a document whose series the authority does not know."""

OPERATOR = "API"
"""Who entered every document."""

UNTAXED = Exemption("M99", "Não sujeito ou não tributado")
"""The reason told when a line is not taxed and says no reason."""

REGIMES = ("SelfBillingIndicator", "CashVATSchemeIndicator", "ThirdPartiesBillingIndicator")
"""The special regimes, under none of which the sandbox invoices."""

DEBITED = frozenset({"NC", "TD", "DA", "RE", "GD", "CC"})
"""The types of documents whose lines are debits: they take back what another one charged."""


def source_documents(file: AuditFile) -> Iterator[Node]:
    """Yield the sections that have documents."""
    if file.sales:
        yield "SalesInvoices", _sales(file.sales)
    if file.guides:
        yield "MovementOfGoods", _guides(file.guides)
    if file.estimates:
        yield "WorkingDocuments", _estimates(file.estimates)
    if file.receipts:
        yield "Payments", _payments(file.receipts)


def _sales(documents: tuple[Document, ...]) -> Iterator[Node]:
    yield from _controls(documents, without="AF")
    for document in documents:
        yield "Invoice", _sale(document)


def _controls(documents: tuple[Document, ...], without: str) -> Iterator[Node]:
    """Yield what a section counts: all its documents, the amounts of those in force."""
    counted = [document for document in documents if document.status.code not in without]
    debit = sum(document.net for document in counted if document.type in DEBITED)
    yield "NumberOfEntries", str(len(documents))
    yield "TotalDebit", money(debit)
    yield "TotalCredit", money(sum(document.net for document in counted) - debit)


def _sale(document: Document) -> Iterator[Node]:
    yield "InvoiceNo", document.number
    yield "ATCUD", text(document.atcud or NO_CODE, 100)
    yield "DocumentStatus", _status("Invoice", document.status)
    yield from _signed(document)
    yield "InvoiceDate", document.date.isoformat()
    yield "InvoiceType", document.type
    yield "SpecialRegimes", ((regime, "0") for regime in REGIMES)
    yield "SourceID", OPERATOR
    yield "SystemEntryDate", instant(document.entered_at)
    yield "CustomerID", text(document.customer.id, 30)
    for number, line in enumerate(document.lines, 1):
        yield "Line", _line(document, number, line)
    yield "DocumentTotals", _totals(document)
    if document.withheld:
        yield "WithholdingTax", [("WithholdingTaxAmount", money(document.withheld))]


def _guides(documents: tuple[Document, ...]) -> Iterator[Node]:
    lines = [line for document in documents for line in document.lines]
    issued = [
        line.quantity
        for document in documents
        if document.status.code != "A"
        for line in document.lines
    ]
    yield "NumberOfMovementLines", str(len(lines))
    yield "TotalQuantityIssued", decimal(_sum(issued))
    for document in documents:
        yield "StockMovement", _guide(document)


def _sum(quantities: Iterable[Decimal]) -> Decimal:
    """Return a sum with all its places, of which quantities may have more than arithmetic keeps."""
    with localcontext(prec=MAX_PREC):
        return sum(quantities, Decimal(0))


def _guide(document: Document) -> Iterator[Node]:
    transport = document.transport or Transport(starts_at=document.entered_at)
    yield "DocumentNumber", document.number
    yield "ATCUD", text(document.atcud or NO_CODE, 100)
    yield "DocumentStatus", _status("Movement", document.status)
    yield from _signed(document)
    yield "MovementDate", document.date.isoformat()
    yield "MovementType", document.type
    yield "SystemEntryDate", instant(document.entered_at)
    yield "CustomerID", text(document.customer.id, 30)
    yield "SourceID", OPERATOR
    yield "ShipTo", [("Address", located(transport.destination))]
    yield "ShipFrom", [("Address", located(transport.origin))]
    yield "MovementStartTime", instant(transport.starts_at)
    if transport.code:
        yield "ATDocCodeID", text(transport.code, 200)
    for number, line in enumerate(document.lines, 1):
        yield "Line", _line(document, number, line, moved=True)
    yield "DocumentTotals", _totals(document)


def _estimates(documents: tuple[Document, ...]) -> Iterator[Node]:
    yield from _controls(documents, without="A")
    for document in documents:
        yield "WorkDocument", _estimate(document)


def _estimate(document: Document) -> Iterator[Node]:
    yield "DocumentNumber", document.number
    yield "ATCUD", text(document.atcud or NO_CODE, 100)
    yield "DocumentStatus", _status("Work", document.status)
    yield from _signed(document)
    yield "WorkDate", document.date.isoformat()
    yield "WorkType", document.type
    yield "SourceID", OPERATOR
    yield "SystemEntryDate", instant(document.entered_at)
    yield "CustomerID", text(document.customer.id, 30)
    for number, line in enumerate(document.lines, 1):
        yield "Line", _line(document, number, line)
    yield "DocumentTotals", _totals(document)


def _status(of: str, status: Status, source: str = "SourceBilling") -> Iterator[Node]:
    yield f"{of}Status", status.code
    yield f"{of}StatusDate", instant(status.since)
    if status.reason:
        yield "Reason", text(status.reason, 50)
    yield "SourceID", OPERATOR
    yield source, "P"


def _signed(document: Document) -> Iterator[Node]:
    yield "Hash", document.hash or UNSIGNED
    yield "HashControl", UNSIGNED
    yield "Period", str(document.date.month)


def _line(document: Document, number: int, line: Line, *, moved: bool = False) -> Iterator[Node]:
    """Yield a line; that of a guide says where goods moved, not when tax fell due."""
    yield "LineNumber", str(number)
    if document.origin:
        yield "OrderReferences", [("OriginatingON", text(document.origin, 60))]
    yield "ProductCode", text(line.product.code, 60)
    yield "ProductDescription", described(line.product)
    yield "Quantity", decimal(line.quantity)
    yield "UnitOfMeasure", text(line.unit or "unit", 20)
    yield "UnitPrice", decimal(line.unit_price)
    if not moved:
        yield "TaxPointDate", document.date.isoformat()
        yield from _references(document.corrects)
    yield "Description", text(line.description or line.product.description, 200)
    yield _side(document), money(line.amount)
    if line.tax:
        yield "Tax", _tax(line.tax)
        yield from _exemption(line.tax, line.exemption or UNTAXED)
    if line.discount:
        yield "SettlementAmount", money(line.discount)


def _side(document: Document) -> str:
    return "DebitAmount" if document.type in DEBITED else "CreditAmount"


def _references(correction: Correction | None) -> Iterator[Node]:
    if correction:
        yield "References", _reference(correction)


def _reference(correction: Correction) -> Iterator[Node]:
    yield "Reference", text(correction.number, 60)
    if correction.reason:
        yield "Reason", text(correction.reason, 50)


def _tax(tax: Tax) -> Iterator[Node]:
    yield "TaxType", "IVA"
    yield "TaxCountryRegion", tax.region
    yield "TaxCode", tax.code
    yield "TaxPercentage", decimal(tax.percentage)


def _exemption(tax: Tax, exemption: Exemption) -> Iterator[Node]:
    """Yield why a line is not taxed; one that is says nothing."""
    if not tax.percentage:
        yield "TaxExemptionReason", text(exemption.reason, 60)
        yield "TaxExemptionCode", exemption.code


def _totals(document: Document) -> Iterator[Node]:
    yield from _sums(document)
    if document.foreign:
        yield "Currency", _foreign(document.foreign)
    for method in document.methods:
        yield "Payment", _method(method)


def _foreign(foreign: Foreign) -> Iterator[Node]:
    yield "CurrencyCode", foreign.code
    yield "CurrencyAmount", money(foreign.amount)
    yield "ExchangeRate", decimal(foreign.rate)


def _sums(document: Document | Receipt) -> Iterator[Node]:
    yield "TaxPayable", money(document.tax)
    yield "NetTotal", money(document.net)
    yield "GrossTotal", money(document.gross)


def _method(method: Method) -> Iterator[Node]:
    if method.mechanism:
        yield "PaymentMechanism", method.mechanism
    yield "PaymentAmount", money(method.amount)
    yield "PaymentDate", method.on.isoformat()


def _payments(receipts: tuple[Receipt, ...]) -> Iterator[Node]:
    yield "NumberOfEntries", str(len(receipts))
    yield "TotalDebit", money(0)
    yield "TotalCredit", money(sum(each.net for each in receipts if each.status.code != "A"))
    for receipt in receipts:
        yield "Payment", _payment(receipt)


def _payment(receipt: Receipt) -> Iterator[Node]:
    yield "PaymentRefNo", receipt.number
    yield "ATCUD", text(receipt.atcud or NO_CODE, 100)
    yield "Period", str(receipt.date.month)
    yield "TransactionDate", receipt.date.isoformat()
    yield "PaymentType", "RG"
    yield "DocumentStatus", _status("Payment", receipt.status, "SourcePayment")
    for method in receipt.methods:
        yield "PaymentMethod", _method(method)
    yield "SourceID", OPERATOR
    yield "SystemEntryDate", instant(receipt.entered_at)
    yield "CustomerID", text(receipt.customer.id, 30)
    for number, line in enumerate(receipt.lines, 1):
        yield "Line", _settled(number, line)
    yield "DocumentTotals", _sums(receipt)


def _settled(number: int, line: Settled) -> Iterator[Node]:
    yield "LineNumber", str(number)
    yield "SourceDocumentID", _paid_for(line)
    yield "CreditAmount", money(line.amount)


def _paid_for(line: Settled) -> Iterator[Node]:
    yield "OriginatingON", text(line.number, 60)
    yield "InvoiceDate", line.date.isoformat()


def located(address: Address, unknown: str = UNKNOWN) -> Iterator[Node]:
    """Yield the parts of an address, its country as `unknown` where it names none that there is."""
    yield "AddressDetail", text(address.detail, 210)
    yield "City", text(address.city, 50)
    yield "PostalCode", text(address.postal_code, 20)
    yield "Country", address.country if address.country in COUNTRIES else unknown


def described(product: Product) -> str:
    """Return a product's description, of the two letters it must have at least."""
    return text(product.description, 200).ljust(2, ".")

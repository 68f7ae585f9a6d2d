"""Renders an audit file as SAF-T PT 1.04_01: `saft.render(file)` is the month's XML in Windows-1252.

Each function yields the elements of one part in the order that the schema demands
(urn:OECD:StandardAuditFile-Tax:PT_1.04_01); read it beside Portaria 302/2016, whose words it uses. Master
files are what the documents speak of, each once.

The sandbox is no certified program, and its files say so: the certificate is number 0, and so is the version
of the key (`HashControl`) behind a `Hash`, which is whatever the document's own signature is.
"""

import calendar
from collections.abc import Iterator
from datetime import date

from counterfoil import __version__
from counterfoil.papers.audit import AuditFile, Company, Customer, Product, Tax
from counterfoil.papers.elements import UNKNOWN, Node, decimal, text, written
from counterfoil.papers.saft_documents import described, located, source_documents

NAMESPACE = "urn:OECD:StandardAuditFile-Tax:PT_1.04_01"

CONSUMER = "999999990"
"""The tax id of who gives none."""

FIRST_YEAR = 2000
"""The schema knows no year before it."""


def render(file: AuditFile) -> bytes:
    """Return the XML of an audit file."""
    return written("AuditFile", NAMESPACE, _audit_file(file))


def _audit_file(file: AuditFile) -> Iterator[Node]:
    yield "Header", _header(file)
    yield "MasterFiles", _master_files(file)
    yield "SourceDocuments", source_documents(file)


def _header(file: AuditFile) -> Iterator[Node]:
    company = file.company
    last = calendar.monthrange(file.year, file.month)[1]
    yield "AuditFileVersion", "1.04_01"
    yield "CompanyID", company.tax_id
    yield "TaxRegistrationNumber", company.tax_id
    yield "TaxAccountingBasis", "F"
    yield "CompanyName", text(company.name, 100)
    yield "CompanyAddress", located(company.address, "PT")
    yield "FiscalYear", str(file.year)
    yield "StartDate", date(file.year, file.month, 1).isoformat()
    yield "EndDate", date(file.year, file.month, last).isoformat()
    yield "CurrencyCode", "EUR"
    yield "DateCreated", file.created_on.isoformat()
    yield "TaxEntity", "Global"
    yield "ProductCompanyTaxID", UNKNOWN
    yield "SoftwareCertificateNumber", "0"
    yield "ProductID", "Counterfoil/sandbox"
    yield "ProductVersion", __version__
    yield "HeaderComment", "Emitido por um ambiente de testes. Sem valor fiscal."
    yield from _reached(company)


def _reached(who: Company | Customer) -> Iterator[Node]:
    if who.phone:
        yield "Telephone", text(who.phone, 20)
    if who.fax:
        yield "Fax", text(who.fax, 20)
    if who.email:
        yield "Email", text(who.email, 254)
    if who.website:
        yield "Website", text(who.website, 60)


def _master_files(file: AuditFile) -> Iterator[Node]:
    documents = (*file.sales, *file.guides, *file.estimates)
    told = [
        *(document.customer for document in documents),
        *(each.customer for each in file.receipts),
    ]
    lines = [line for document in documents for line in document.lines]
    customers = {text(customer.id, 30): customer for customer in told}
    products = {text(line.product.code, 60): line.product for line in lines}
    taxes = {(tax.region, tax.code, tax.percentage): tax for line in lines if (tax := line.tax)}
    for customer in customers.values():
        yield "Customer", _customer(customer)
    for product in products.values():
        yield "Product", _product(product)
    if taxes:
        yield "TaxTable", (("TaxTableEntry", _tax_entry(tax)) for tax in taxes.values())


def _customer(customer: Customer) -> Iterator[Node]:
    yield "CustomerID", text(customer.id, 30)
    yield "AccountID", UNKNOWN
    yield "CustomerTaxID", text(customer.tax_id or CONSUMER, 30)
    yield "CompanyName", text(customer.name, 100)
    yield "BillingAddress", located(customer.address)
    yield from _reached(customer)
    yield "SelfBillingIndicator", "0"


def _product(product: Product) -> Iterator[Node]:
    yield "ProductType", product.kind
    yield "ProductCode", text(product.code, 60)
    yield "ProductDescription", described(product)
    yield "ProductNumberCode", text(product.code, 60)


def _tax_entry(tax: Tax) -> Iterator[Node]:
    yield "TaxType", "IVA"
    yield "TaxCountryRegion", tax.region
    yield "TaxCode", tax.code
    yield "Description", text(tax.description, 255)
    yield "TaxPercentage", decimal(tax.percentage)

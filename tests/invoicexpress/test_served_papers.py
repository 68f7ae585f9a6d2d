"""What is served on paper agrees with the document it is of, whatever it is of and whoever it is for."""

import io
from decimal import Decimal
from xml.etree.ElementTree import fromstring

import httpx
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from papers.saft_schema import NAMESPACE, violations

BUYER = {
    "name": "Łukasz Żółć & Синове <東京>",
    "code": "ŁŻ",
    "city": "Łódź",
    "fiscal_id": "508025338",
}
BOOKS = {
    "name": "Książka " * 8,
    "description": "ž" * 250,
    "unit_price": "33.333",
    "quantity": "1.5",
}
FREE = {"name": "Š", "unit_price": "7", "quantity": "2", "tax": {"name": "Isento"}}


def served(company, path, **params):
    company.switch(polls=0)
    return company.get(path, **params)


def coded(company, document):
    """Return the fields of a document's QR code, as an independent decoder reads them."""
    url = served(company, f"/api/qr_codes/{document['id']}.json")["qr_code"]["url"]
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(httpx.get(url).content)))
    return dict(field.split(":", 1) for field in code.text.split("*"))


@pytest.mark.parametrize(
    ("path", "type"),
    [
        ("invoices", "FT"), ("simplified_invoices", "FS"), ("invoice_receipts", "FR"), ("credit_notes", "NC"),
        ("debit_notes", "ND"), ("quotes", "OR"), ("proformas", "PF"), ("transports", "GT"),
    ],
)  # fmt: skip
def test_the_qr_code_tells_what_the_document_comes_to(company, path, type):
    document = company.finalized(path, items=[BOOKS, FREE], tax_exemption="M07")

    fields = coded(company, document)

    assert (fields["D"], fields["E"], fields["F"]) == (type, "N", "20240315")
    assert fields["G"].endswith(" A/1")
    assert fields["H"] == {"N/D": "0"}.get(document["atcud"], document["atcud"])
    assert Decimal(fields["N"]) == Decimal(str(document["taxes"]))
    assert Decimal(fields["O"]) == Decimal(str(document["total"]))
    assert fields["Q"] == document["saft_hash"]
    assert fields["R"] == "0"


def test_the_pdf_of_a_buyer_of_any_script_can_be_read(company):
    document = company.finalized(client=BUYER, items=[BOOKS, FREE], tax_exemption="M07")

    url = served(company, f"/api/pdf/{document['id']}.json")["output"]["pdfUrl"]
    (page,) = PdfReader(io.BytesIO(httpx.get(url).content)).pages
    said = page.extract_text()

    assert BUYER["name"] in said
    assert f"{Decimal(str(document['total'])):.2f} EUR" in said
    assert f"ATCUD: {document['atcud']}" in said


def test_a_month_of_every_type_keeps_the_rules_of_the_schema_and_adds_up(company):
    credits, debits = [], []
    for path in ("invoices", "simplified_invoices", "invoice_receipts", "debit_notes"):
        members = {"client": BUYER, "items": [BOOKS, FREE], "tax_exemption": "M07"}
        credits.append(company.finalized(path, **members))
    debits.append(company.finalized("credit_notes", client=BUYER, items=[BOOKS]))
    for path in ("quotes", "proformas", "fees_notes", "shippings", "transports", "devolutions"):
        company.finalized(path, client=BUYER, items=[BOOKS])
    canceled = company.finalized(items=[BOOKS])
    company.moved("invoices", canceled, "canceled", message="Ż" * 80)
    company.paid(credits[0], 5)

    url = served(company, "/api/export_saft.json", month="3", year="2024")["url"]
    root = fromstring(httpx.get(url).content)  # noqa: S314  our own

    assert violations(root) == []
    sales = root.find(f"{NAMESPACE}SourceDocuments/{NAMESPACE}SalesInvoices")
    told = {
        side: Decimal(sales.findtext(f"{NAMESPACE}Total{side}")) for side in ("Credit", "Debit")
    }
    assert told == {
        "Credit": sum(Decimal(str(document["before_taxes"])) for document in credits),
        "Debit": sum(Decimal(str(document["before_taxes"])) for document in debits),
    }
    assert sales.findtext(f"{NAMESPACE}NumberOfEntries") == "6"


def taxed(company, name, value, region, code=None):
    tax = {"name": name, "value": value, "region": region, "code": code}
    company.post("/taxes.json", {"tax": tax})
    return {"name": f"Line {name}", "unit_price": "10", "quantity": "1", "tax": {"name": name}}


def test_each_tax_region_is_told_with_its_own_rates(company):
    lines = [
        taxed(company, "M", "22", "PT-MA"),
        taxed(company, "M5", "5", "PT-MA", "RED"),
        taxed(company, "A", "16", "PT-AC"),
        taxed(company, "P", "6", "PT"),
        taxed(company, "E", "21", "ES"),
    ]

    document = company.finalized(items=lines)
    fields = coded(company, document)

    blocks = {name: value for name, value in fields.items() if name[0] in "IJK"}
    assert blocks == {
        "I1": "PT", "I3": "10.00", "I4": "0.60", "I7": "10.00", "I8": "2.10",
        "J1": "PT-AC", "J7": "10.00", "J8": "1.60",
        "K1": "PT-MA", "K3": "10.00", "K4": "0.50", "K7": "10.00", "K8": "2.20",
    }  # fmt: skip
    assert fields["N"] == "7.00"


def test_a_region_that_the_tax_authority_does_not_know_is_the_accounts_own(company):
    document = company.finalized(items=[taxed(company, "D", "23", "Desconhecido")])
    url = served(company, "/api/export_saft.json", month="3", year="2024")["url"]

    root = fromstring(httpx.get(url).content)  # noqa: S314  our own
    assert list(violations(root)) == []
    regions = [node.text for node in root.iter(f"{NAMESPACE}TaxCountryRegion")]
    assert set(regions) == {"PT"}
    assert coded(company, document)["I1"] == "PT"


def test_a_document_that_needs_no_atcud_is_told_with_nought(company):
    document = company.finalized("fees_notes")
    url = served(company, "/api/export_saft.json", month="3", year="2024")["url"]

    assert document["atcud"] == "N/A"
    assert coded(company, document)["H"] == "0"
    assert "<ATCUD>0</ATCUD>" in httpx.get(url).text

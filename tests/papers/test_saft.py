"""SAF-T PT: the file of a month keeps the rules of the schema, and counts what the documents come to."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.papers import saft
from counterfoil.papers.audit import (
    Address,
    AuditFile,
    Company,
    Correction,
    Customer,
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
from papers.saft_schema import NAMESPACE, violations

AT = datetime(2026, 5, 7, 12, 30, 15, tzinfo=UTC)
DAY = date(2026, 5, 7)
LISBON = Address(detail="Rua do Arsenal 1", city="Lisboa", postal_code="1100-038", country="PT")
SHOP = Company(tax_id="508025338", name="Loja das Conservas, Lda", address=LISBON)
JOAO = Customer(id="877820", name="João Guimarães", tax_id="508025338", address=LISBON)
LUKASZ = Customer(id="877821", name="Łukasz Żak", email="l@example.com", phone="+48 1")
TIN = Product(code="SARD", description="Sardinha em lata")
CARRIAGE = Product(code="TRANS", description="Transporte", kind="S")
IVA23 = Tax(region="PT", code="NOR", percentage=Decimal("23.0"), description="IVA23")
IVA6 = Tax(region="PT-AC", code="RED", percentage=Decimal(4), description="IVA4 Açores")
FREE = Tax(region="PT", code="ISE", percentage=Decimal(0), description="Isento")
ACT = Exemption("M07", "Isento artigo 9.º do CIVA")
SIGNATURE = "x" * 172

TWO_TINS = Line(
    product=TIN, quantity=Decimal(2), unit_price=Decimal("24.3902"), amount=4878, tax=IVA23, discount=542
)  # fmt: skip
ONE_TRIP = Line(
    product=CARRIAGE, quantity=Decimal("1.5"), unit_price=Decimal("6.6667"), amount=1000, tax=FREE, exemption=ACT
)  # fmt: skip
ISLAND = Line(product=TIN, quantity=Decimal(1), unit_price=Decimal(10), amount=1000, tax=IVA6)

IN_FORCE = Status("N", AT)
CANCELED = Status("A", AT, "Engano")


def document(number, lines=(TWO_TINS,), tax=1122, **other):
    net = sum(line.amount for line in lines)
    return Document(
        **{
            "number": number,
            "type": number.split()[0],
            "atcud": "ABCD1234-60",
            "status": IN_FORCE,
            "hash": SIGNATURE,
            "date": DAY,
            "entered_at": AT,
            "customer": JOAO,
            "lines": lines,
            "tax": tax,
            "net": net,
            "gross": net + tax,
            **other,
        }
    )


def receipt(number, status=IN_FORCE, net=4878, tax=1122):
    return Receipt(
        number=number,
        atcud="RCPT1234-1",
        status=status,
        date=DAY,
        entered_at=AT,
        customer=LUKASZ,
        lines=(Settled("FT A/60", DAY, net),),
        tax=tax,
        net=net,
        gross=net + tax,
        methods=(Method("TB", net + tax, DAY),),
    )


TRUCK = Transport(starts_at=AT, origin=LISBON, code="999")
FILE = AuditFile(
    company=SHOP,
    year=2026,
    month=5,
    created_on=date(2026, 6, 2),
    sales=(
        document("FT A/60", (TWO_TINS, ONE_TRIP)),
        document("FT A/61", status=CANCELED),
        document("FR A/1", methods=(Method("MB", 6000, DAY),), withheld=500, origin="GT A/1"),
        document("FS A/1", (ISLAND,), tax=40, customer=LUKASZ),
        document("NC A/1", (ISLAND,), tax=40, corrects=Correction("FT A/60", "Devolução")),
        document("ND A/1", foreign=Foreign("USD", 6600, Decimal("1.1"))),
    ),
    guides=(
        document("GT A/1", (TWO_TINS, ONE_TRIP), transport=TRUCK),
        document("GD A/1", (replace(ISLAND, tax=None),), tax=0, transport=TRUCK),
        document("GR A/1", status=CANCELED),
    ),
    estimates=(document("OR A/1"), document("PF A/1", (ISLAND,), tax=40, status=CANCELED)),
    receipts=(receipt("RG A/1"), receipt("RG A/2", CANCELED)),
)


def opened(xml):
    return fromstring(xml)  # noqa: S314  we wrote it


def parsed(file):
    return opened(saft.render(file))


def path(steps):
    return "/".join(f"{NAMESPACE}{step}" for step in steps.split("/"))


def told(file, steps):
    return [element.text for element in parsed(file).findall(path(steps))]


def test_the_file_keeps_the_rules_of_the_schema():
    assert violations(parsed(FILE)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<ATCUD>ABCD1234-60</ATCUD>", ""),
        ("<InvoiceNo>FT A/61</InvoiceNo>", "<InvoiceNo>FT A/60</InvoiceNo>"),
        ("<InvoiceType>FR</InvoiceType>", "<InvoiceType>XX</InvoiceType>"),
        ("<TaxExemptionCode>M07</TaxExemptionCode>", ""),
        ("<CustomerID>877821</CustomerID>", "<CustomerID>1</CustomerID>"),
        ("23.00</TaxPercentage></Tax>", "0.00</TaxPercentage></Tax>"),
        ("<CreditAmount>48.78</CreditAmount>", "<CreditAmount>-48.78</CreditAmount>"),
        ("<HashControl>0</HashControl>", "<HashControl>none</HashControl>"),
        ("<MovementStartTime>2026-05-07T12:30:15", "<MovementStartTime>2026-05-07"),
        ("<InvoiceNo>FT A/60</InvoiceNo>", "<InvoiceNo>FT A/B/60</InvoiceNo>"),
        ("<InvoiceNo>FT A/60</InvoiceNo>", f"<InvoiceNo>FT {'A' * 55}/60</InvoiceNo>"),
        ("<CompanyID>508025338</CompanyID>", f"<CompanyID>{'Lisboa ' * 7}12</CompanyID>"),
        ("<Country>PT</Country>", "<Country>AN</Country>"),
        ("<Country>Desconhecido</Country>", "<Country>ZZ</Country>"),
        ("<TaxCountryRegion>PT-AC</TaxCountryRegion>", "<TaxCountryRegion>ZZ</TaxCountryRegion>"),
        ("<CurrencyCode>USD</CurrencyCode>", "<CurrencyCode>ZZZ</CurrencyCode>"),
        ("<DateCreated>2026-06-02</DateCreated>", "<DateCreated>1999-12-31</DateCreated>"),
        ("<StartDate>2026-05-01</StartDate>", "<StartDate>1999-12-31</StartDate>"),
        ("<EndDate>2026-05-31</EndDate>", "<EndDate>2026-05-32</EndDate>"),
        ("<PaymentType>RG</PaymentType>", "<PaymentType>RC</PaymentType>"),
        ("<TaxPointDate>", "<TaxBase>1.00</TaxBase>\n<TaxPointDate>"),
        ("<TaxPercentage>23.00</TaxPercentage></Tax>", "<TaxAmount>0</TaxAmount></Tax>"),
    ],
)
def test_the_rules_find_what_breaks_them(before, after):
    text = saft.render(FILE).decode("windows-1252")
    assert before in text
    root = opened(text.replace(before, after, 1).encode("windows-1252"))

    assert violations(root) != []


@pytest.mark.parametrize(
    ("name", "told", "value"),
    [
        ("TaxType", "TaxType", "IS"),
        ("TaxCode", "TaxCode", "23.2"),
        ("TaxPercentage", "TaxAmount", "5.00"),
    ],
)
def test_the_rules_leave_less_to_the_tax_of_goods_on_their_way_than_to_that_of_a_sale(
    name, told, value
):
    broken = {}
    for section in ("SalesInvoices/Invoice", "MovementOfGoods/StockMovement"):
        root = parsed(FILE)
        tax = root.find(path(f"SourceDocuments/{section}/Line/Tax/{name}"))
        tax.tag, tax.text = f"{NAMESPACE}{told}", value
        broken[section] = violations(root) != []

    assert broken == {"SalesInvoices/Invoice": False, "MovementOfGoods/StockMovement": True}


def test_the_file_is_in_windows_1252_and_loses_no_letter():
    file = saft.render(FILE)

    assert file.startswith(b'<?xml version="1.0" encoding="windows-1252"?>')
    assert "Transporte</ProductDescription>".encode("cp1252") in file
    assert "João Guimarães".encode("cp1252") in file
    assert told(FILE, "MasterFiles/Customer/CompanyName") == ["João Guimarães", "Łukasz Żak"]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        # FT 58.78, FR 48.78, FS 10.00 and ND 48.78 are credits, NC 10.00 is a debit; FT A/61 is canceled.
        ("SalesInvoices", {"NumberOfEntries": "6", "TotalDebit": "10.00", "TotalCredit": "166.34"}),
        # The estimate over 48.78 stands, the pro forma over 10.00 is canceled.
        ("WorkingDocuments", {"NumberOfEntries": "2", "TotalDebit": "0.00", "TotalCredit": "48.78"}),
        ("Payments", {"NumberOfEntries": "2", "TotalDebit": "0.00", "TotalCredit": "48.78"}),
        # 2 + 1.5 of the first guide, 1 of the second; the third is canceled, its line told.
        ("MovementOfGoods", {"NumberOfMovementLines": "4", "TotalQuantityIssued": "4.50"}),
    ],
)  # fmt: skip
def test_a_section_counts_what_is_in_force_and_tells_what_is_canceled(section, expected):
    assert {
        name: told(FILE, f"SourceDocuments/{section}/{name}")[0] for name in expected
    } == expected


def test_what_a_section_counts_are_the_net_totals_of_its_documents():
    root = parsed(FILE).find(path("SourceDocuments/SalesInvoices"))
    credit, debit = (Decimal(root.findtext(path(f"Total{side}"))) for side in ("Credit", "Debit"))
    expected = sum(
        Decimal(invoice.findtext(path("DocumentTotals/NetTotal")))
        * (-1 if invoice.findtext(path("InvoiceType")) == "NC" else 1)
        for invoice in root.findall(path("Invoice"))
        if invoice.findtext(path("DocumentStatus/InvoiceStatus")) == "N"
    )

    assert credit - debit == expected == Decimal("156.34")


def test_a_line_is_told_exactly():
    line = parsed(FILE).find(path("SourceDocuments/SalesInvoices/Invoice/Line"))

    said = {element.tag.removeprefix(NAMESPACE): element.text for element in line.iter()}
    assert said["Quantity"] == "2.00"
    assert said["UnitPrice"] == "24.3902"
    assert said["CreditAmount"] == "48.78"
    assert said["SettlementAmount"] == "5.42"
    assert said["TaxPercentage"] == "23.00"


def test_what_takes_back_is_a_debit_that_says_what_it_corrects():
    root = parsed(FILE)
    note = root.findall(path("SourceDocuments/SalesInvoices/Invoice"))[4]
    returned = root.findall(path("SourceDocuments/MovementOfGoods/StockMovement"))[1]

    assert note.findtext(path("Line/DebitAmount")) == "10.00"
    assert note.findtext(path("Line/References/Reference")) == "FT A/60"
    assert note.findtext(path("Line/References/Reason")) == "Devolução"
    assert returned.findtext(path("Line/DebitAmount")) == "10.00"


def test_each_customer_product_and_rate_is_told_once():
    assert told(FILE, "MasterFiles/Customer/CustomerID") == ["877820", "877821"]
    assert told(FILE, "MasterFiles/Product/ProductCode") == ["SARD", "TRANS"]
    assert told(FILE, "MasterFiles/TaxTable/TaxTableEntry/TaxPercentage") == ["23.00", "0.00", "4.00"]  # fmt: skip


def test_a_customer_without_tax_id_is_the_final_consumer_of_an_unknown_country():
    consumer = parsed(FILE).findall(path("MasterFiles/Customer"))[1]

    assert consumer.findtext(path("CustomerTaxID")) == "999999990"
    assert consumer.findtext(path("BillingAddress/Country")) == "Desconhecido"
    assert consumer.findtext(path("BillingAddress/City")) == "Desconhecido"


@pytest.mark.parametrize("code", ["AN", "ZZ", "pt", "Desconhecido"])
def test_a_country_that_there_is_not_is_unknown_and_the_companys_own_is_portugal(code):
    nowhere = replace(LISBON, country=code)
    file = replace(
        FILE,
        company=replace(SHOP, address=nowhere),
        sales=(document("FT A/1", customer=replace(JOAO, address=nowhere)),),
        guides=(document("GT A/1", transport=replace(TRUCK, origin=nowhere)),),
    )

    assert told(file, "Header/CompanyAddress/Country") == ["PT"]
    assert "Desconhecido" in told(file, "MasterFiles/Customer/BillingAddress/Country")
    origin = "SourceDocuments/MovementOfGoods/StockMovement/ShipFrom/Address/Country"
    assert told(file, origin) == ["Desconhecido"]
    assert violations(parsed(file)) == []


def test_a_line_that_is_not_taxed_always_says_why():
    untold = replace(ONE_TRIP, exemption=None)
    needless = replace(TWO_TINS, exemption=ACT)
    file = replace(FILE, sales=(document("FT A/1", (untold, needless)),))

    codes = told(file, "SourceDocuments/SalesInvoices/Invoice/Line/TaxExemptionCode")

    assert codes == ["M99"]
    assert violations(parsed(file)) == []


def test_the_file_says_that_nobody_certified_it():
    unsigned = replace(FILE, estimates=(document("OR A/1", hash=""),))

    assert told(FILE, "Header/SoftwareCertificateNumber") == ["0"]
    assert set(told(FILE, "SourceDocuments/SalesInvoices/Invoice/HashControl")) == {"0"}
    assert set(told(FILE, "SourceDocuments/SalesInvoices/Invoice/Hash")) == {SIGNATURE}
    assert told(unsigned, "SourceDocuments/WorkingDocuments/WorkDocument/Hash") == ["0"]
    assert "Sem valor fiscal" in told(FILE, "Header/HeaderComment")[0]


def test_a_document_of_a_series_without_code_has_atcud_0():
    file = replace(FILE, sales=(document("FT A/1", atcud=""),), receipts=())

    assert told(file, "SourceDocuments/SalesInvoices/Invoice/ATCUD") == ["0"]


@pytest.mark.parametrize(
    ("year", "month", "last"),
    [(2026, 5, "2026-05-31"), (2026, 2, "2026-02-28"), (2028, 2, "2028-02-29")],
)
def test_the_header_spans_the_month(year, month, last):
    file = replace(FILE, year=year, month=month)

    assert told(file, "Header/FiscalYear") == [str(year)]
    assert told(file, "Header/StartDate") == [f"{year}-{month:02}-01"]
    assert told(file, "Header/EndDate") == [last]
    assert told(file, "Header/DateCreated") == ["2026-06-02"]


@pytest.mark.parametrize(
    ("kept", "section"),
    [
        ("sales", "SalesInvoices"),
        ("guides", "MovementOfGoods"),
        ("estimates", "WorkingDocuments"),
        ("receipts", "Payments"),
    ],
)
def test_a_section_without_documents_is_left_out(kept, section):
    empty = {"sales": (), "guides": (), "estimates": (), "receipts": ()}
    file = replace(FILE, **{**empty, kept: getattr(FILE, kept)})

    (sources,) = parsed(file).findall(path("SourceDocuments"))

    assert [child.tag.removeprefix(NAMESPACE) for child in sources] == [section]
    assert violations(parsed(file)) == []


def test_documents_that_do_not_add_up_are_not_told():
    with pytest.raises(AssertionError, match="FT A/1: lines of 4878 make no 4879"):
        document("FT A/1", net=4879, gross=6001)
    with pytest.raises(AssertionError, match="FT A/1: 6000 is told as 6001"):
        document("FT A/1", gross=6001)
    with pytest.raises(AssertionError, match="RG A/1"):
        replace(receipt("RG A/1"), net=1)


def test_the_same_month_is_the_same_file():
    assert saft.render(FILE) == saft.render(replace(FILE))


@settings(max_examples=20, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_keeps_the_rules(text):
    place = Address(detail=text, city=text, postal_code=text)
    line = replace(
        TWO_TINS, product=Product(code=text, description=text), description=text, unit=text
    )
    any_text = document(
        "FT A/1",
        (line,),
        atcud=text,
        customer=Customer(id=text, name=text, tax_id=text, address=place, phone=text, website=text),
        status=Status("A", AT, text),
        corrects=Correction(text, text),
        origin=text,
    )
    file = replace(
        FILE,
        company=replace(SHOP, name=text, address=place, email=text, fax=text),
        sales=(any_text,),
        guides=(replace(any_text, type="GT", transport=Transport(starts_at=AT, code=text)),),
    )

    assert violations(parsed(file)) == []

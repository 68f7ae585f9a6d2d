"""Audit files keep their schema, whatever the currency, the country, the company and the year."""

from dataclasses import replace
from decimal import Decimal

import pytest

from invoicexpress.test_files import saft_of, text
from papers.saft_schema import NAMESPACE


@pytest.mark.parametrize("rate", ["0.333", "0.001", 1e-10, "9999999999999"])
def test_whatever_a_currency_is_worth_the_lines_of_a_document_add_up_at_home(company, rate):
    items = [
        {"name": "Cloth", "unit_price": "10.0049", "quantity": 1},
        {"name": "Gift", "unit_price": 0, "quantity": 1},
    ]
    company.finalized(currency_code="KWD", rate=rate, items=items)

    (invoice,) = saft_of(company).iter(f"{NAMESPACE}Invoice")

    amounts = [line.text for line in invoice.iter(f"{NAMESPACE}CreditAmount")]
    assert amounts == [text(invoice, "DocumentTotals/NetTotal"), "0.00"]


def test_the_greatest_price_is_told_in_full(company):
    free = {"name": "Isento"}
    item = {"name": "Country", "unit_price": "9999999999999", "quantity": 1, "tax": free}
    company.finalized(currency_code="IDR", rate=1e-10, items=[item], tax_exemption="M07")

    (line,) = saft_of(company).iter(f"{NAMESPACE}Line")

    assert Decimal(text(line, "UnitPrice")) == Decimal(9999999999999) * 10**10
    assert text(line, "CreditAmount") == "99999999999990000000000.00"


@pytest.mark.parametrize(
    ("given", "told"),
    [(None, "999999990"), ("500100200", "500100200"), ("PT500100200", "500100200")],
)
def test_the_audit_file_tells_a_companys_fiscal_id_or_that_of_nobody(company, given, told):
    body = {
        "organization_name": "Kiosk",
        "email": "kiosk@example.com",
        "password": "secret123",
        "fiscal_id": given,
        "terms": "1",
    }
    opened = company.post("/api/accounts/create.json", {"account": body})["account"]
    key = company.described["invoicexpress"] | {"apiKey": opened["api_key"]}
    kiosk = replace(company, described=company.described | {"invoicexpress": key})
    kiosk.known(opened["id"], trial=False, taxAuthority="valid")
    kiosk.post("/sequences.json", {"sequence": {"serie": "A"}})
    kiosk.finalized()

    header = saft_of(kiosk).find(f"{NAMESPACE}Header")

    assert text(header, "CompanyID") == text(header, "TaxRegistrationNumber") == told


def test_countries_that_there_are_not_are_told_as_the_audit_file_can(company):
    antilles = {"name": "Nelis", "code": "7", "country": "Netherlands Antilles"}
    company.finalized(client=antilles)
    company.known(country="ZZ")

    root = saft_of(company)

    assert text(root, "MasterFiles/Customer/BillingAddress/Country") == "Desconhecido"
    assert text(root, "Header/CompanyAddress/Country") == "PT"


@pytest.mark.parametrize(
    ("region", "told"),
    [("AN", "PT"), ("Desconhecido", "PT"), ("PT-MA", "PT-MA"), ("ES", "ES")],
)
def test_a_tax_of_no_country_that_there_is_is_raised_where_its_account_is(company, region, told):
    company.post("/taxes.json", {"tax": {"name": "Toll", "value": "5", "region": region}})
    toll = {"name": "Bridge", "unit_price": 10, "quantity": 1, "tax": {"name": "Toll"}}
    company.finalized(items=[toll])
    company.finalized("transports", items=[toll])

    regions = {element.text for element in saft_of(company).iter(f"{NAMESPACE}TaxCountryRegion")}

    assert regions == {told}


def test_there_are_audit_files_from_the_year_2000_on(company):
    for year in (1999, 2000):
        company.finalized(date=f"15/03/{year}", due_date=f"15/03/{year}")

    before = company.ask("GET", "/api/export_saft.json", params={"month": "3", "year": "1999"})

    assert before.status_code == 422
    assert text(saft_of(company, year="2000"), "Header/FiscalYear") == "2000"


def test_no_audit_file_is_made_before_the_year_2000(sandbox, company):
    clock = {"mode": "frozen", "now": "1999-12-31T12:00:00Z"}
    before = replace(company, described=sandbox.made("empty", clock=clock))
    before.finalized()

    answer = before.ask("GET", "/api/export_saft.json", params={"month": "3", "year": "2024"})

    assert answer.status_code == 422

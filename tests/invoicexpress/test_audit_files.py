"""Audit files keep their schema, whatever the currency and the price."""

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

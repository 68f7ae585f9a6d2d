"""What documents come to: the recorded cases to the cent, and laws that hold for any lines."""

import json
from decimal import ROUND_HALF_UP, Decimal, localcontext

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.apis.invoicexpress.totals import (
    GlobalDiscount,
    Priced,
    amounts,
    by_rate,
    money,
    totals,
)

# Recorded against the service or documented: quantity, unit price, rate, discount of each line;
# sum, discount, before taxes, taxes, total in cents (None: nobody told).
GOLDEN = {
    "recorded 10": ([("1", "10.0", "23", "0")], (1000, 0, 1000, 230, 1230)),
    "recorded 50": ([("1", "50.0", "23", "0")], (5000, 0, 5000, 1150, 6150)),
    "recorded exempt": ([("1", "300.0", "0", "0")], (30000, 0, 30000, 0, 30000)),
    "documented four decimals": ([("1", "24.3902", "23", "0")], (2439, 0, 2439, 561, 3000)),
    "rounded once": (
        [("2", "16.0377", "6", "0"), ("2", "11.3208", "6", "0")],
        (None, None, 5472, 328, 5800),
    ),
    "line discount": ([("1", "100", "23", "10")], (10000, 1000, 9000, 2070, 11070)),
    "discount amount ignored": ([("1", "100", "0", "0")], (10000, 0, 10000, 0, 10000)),
}


def priced(quantity, unit_price, rate, discount="0"):
    return Priced(Decimal(unit_price), Decimal(quantity), Decimal(discount), Decimal(rate))


@pytest.mark.parametrize("case", GOLDEN)
def test_a_document_comes_to_what_the_service_was_seen_to_answer(case):
    lines, expected = GOLDEN[case]

    found = totals([priced(*line) for line in lines])

    told = (found.sum, found.discount, found.before_taxes, found.taxes, found.total)
    for value, wanted in zip(told, expected, strict=True):
        assert wanted is None or value == wanted


def test_rounding_each_line_would_miss_the_service_by_a_cent():
    lines = [priced("2", "16.0377", "6"), priced("2", "11.3208", "6")]

    rounded = sum(amounts(line).total for line in lines)

    assert (rounded, totals(lines).total) == (Decimal("58.00"), 5800)
    thirds = [priced("1", "0.333", "23")] * 3
    assert sum(amounts(line).total for line in thirds) == Decimal("1.23")
    assert totals(thirds).total == 123
    halves = [priced("1", "0.005", "0")] * 2
    assert sum(amounts(line).total for line in halves) == Decimal("0.02")
    assert totals(halves).total == 1


def test_a_line_shows_its_tax_unrounded_and_the_rest_in_cents():
    shown = amounts(priced("1", "24.3902", "23"))

    assert (shown.subtotal, shown.discount_amount, shown.total) == (
        Decimal("24.39"), Decimal(0), Decimal(30),
    )  # fmt: skip
    assert str(shown.tax_amount) == "5.609746"


GLOBAL = [
    (GlobalDiscount("percentage", Decimal(50)), (10000, 5000, 5000, 1150, 6150)),
    (GlobalDiscount("absolute", Decimal("33.33")), (10000, 3333, 6667, 1533, 8200)),
    (GlobalDiscount("absolute", Decimal(100)), (10000, 10000, 0, 0, 0)),
    (GlobalDiscount("percentage", Decimal(100)), (10000, 10000, 0, 0, 0)),
]


@pytest.mark.parametrize(("off", "expected"), GLOBAL)
def test_a_global_discount_comes_off_before_taxes(off, expected):
    found = totals([priced("1", "100", "23")], off)

    assert (found.sum, found.discount, found.before_taxes, found.taxes, found.total) == expected


def test_an_absolute_discount_is_spread_over_the_rates_in_proportion():
    lines = [priced("1", "75", "23"), priced("1", "25", "0")]

    shares = by_rate(lines, GlobalDiscount("absolute", Decimal(20)))

    assert {rate: (share.base, share.tax) for rate, share in shares.items()} == {
        Decimal(0): (2000, 0), Decimal(23): (6000, 1380),
    }  # fmt: skip


LONG = "1.234567890123456789012345678901"
"""A number of thirty decimals, as long as any may be."""


def test_numbers_are_as_exact_as_clients_send_them(company):
    gross = {"name": "A", "unit_price": 8.130081300813009, "quantity": "1"}
    long = {"name": "B", "unit_price": LONG, "quantity": LONG, "discount": LONG}

    document = company.draft(items=[gross, long])

    assert document["total"] == 11.85
    first, second = document["items"]
    assert (first["unit_price"], first["total"]) == ("8.130081300813009", 10.0)
    assert (second["unit_price"], second["quantity"]) == (LONG, LONG)
    text = company.ask("GET", f"/invoices/{document['id']}.json").text
    with localcontext(prec=200):
        tax = Decimal(LONG) ** 2 * (100 - Decimal(LONG)) * 23 / 10_000
    assert f'"discount":{LONG},' in text
    assert f'"tax_amount":{tax},' in text


@pytest.mark.parametrize(
    "members",
    [{"unit_price": LONG + "1"}, {"quantity": LONG + "1"}, {"discount": LONG + "1"}],
)
def test_no_number_has_more_than_thirty_decimals(company, members):
    line = {"name": "A", "unit_price": "1", "quantity": "1"} | members
    for told in (f'"{LONG}1"', f"{LONG}1"):
        body = json.dumps(
            {"invoice": {"date": "15/03/2024", "client": {"name": "J"}, "items": [line]}}
        )
        answer = company.ask(
            "POST",
            "/invoices.json",
            content=body.replace(f'"{LONG}1"', told),
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 422, told


def test_an_audit_file_tells_of_numbers_of_any_length(company):
    long = {"name": "A", "unit_price": LONG, "quantity": LONG}
    for more in ({}, {"currency_code": "USD", "rate": "0." + "0" * 29 + "1"}):
        company.finalized(items=[long], **more)
    guides = [company.finalized("transports", items=[long]) for _ in range(2)]
    company.switch(polls=0)

    url = company.get("/api/export_saft.json", month="3", year="2024")["url"]
    said = httpx.get(url).text

    assert f"<Quantity>{LONG}</Quantity>" in said
    assert "<TotalQuantityIssued>2.469135780246913578024691357802</TotalQuantityIssued>" in said
    assert f"<GrossTotal>187{'0' * 28}.00</GrossTotal>" in said
    assert guides[0]["total"] == 1.87
    assert company.get(f"/api/pdf/{guides[0]['id']}.json")["output"]["pdfUrl"]


DECIMALS = st.decimals(0, 10**6, places=4)
LINES = st.lists(
    st.builds(
        Priced,
        DECIMALS,
        st.decimals(Decimal("0.001"), 1000, places=3),
        st.decimals(0, 100, places=2),
        st.sampled_from([Decimal(rate) for rate in ("0", "6", "13", "23", "5.5")]),
    ),
    min_size=1,
    max_size=8,
)
OFF = st.none() | st.builds(GlobalDiscount, st.just("percentage"), st.decimals(0, 100, places=2))


@settings(max_examples=60, deadline=None)
@given(LINES, OFF)
def test_sums_add_up_and_agree_with_plain_decimal_arithmetic(lines, off):
    found = totals(lines, off)

    assert found.sum - found.discount == found.before_taxes
    assert found.before_taxes + found.taxes == found.total
    assert min(found.sum, found.discount, found.before_taxes, found.taxes) >= 0
    with localcontext(prec=200):
        left = 1 - (off.value if off else 0) / Decimal(100)
        gross = sum(
            li.unit_price * li.quantity * (100 - li.discount) * (100 + li.rate) for li in lines
        ) * left / 10_000  # fmt: skip
        assert money(found.total) == gross.quantize(Decimal("0.01"), ROUND_HALF_UP)


@settings(max_examples=60, deadline=None)
@given(LINES, OFF)
def test_the_shares_of_all_rates_are_the_totals(lines, off):
    found, shares = totals(lines, off), by_rate(lines, off)

    assert sum(share.base for share in shares.values()) == found.before_taxes
    assert sum(share.tax for share in shares.values()) == found.taxes
    assert list(shares) == sorted({line.rate for line in lines})
    exempt = shares.get(Decimal(0))
    assert exempt is None or exempt.tax == 0

"""What makes a finished document proof: the signature chain, ATCUD, the text of the QR code, dates."""

import base64
from datetime import UTC, date, datetime

import pytest

from counterfoil.apis.invoicexpress.days import day, moment, spelled
from counterfoil.apis.invoicexpress.signature import Coded, Signed, atcud, shown
from counterfoil.apis.invoicexpress.totals import Share

KEY = b"of a world"


def signed(**changes):
    members = {
        "date": date(2014, 7, 4), "entered_at": datetime(2014, 7, 4, 17, 30, tzinfo=UTC),
        "number": "FT 2014/60", "total": 1230, "previous": "",
    }  # fmt: skip
    return Signed(**members | changes).signature(KEY)


def test_a_signature_looks_like_one_of_a_thousand_bits():
    signature = signed()

    assert len(signature) == 172
    assert len(base64.b64decode(signature)) == 128
    assert shown(signature) == signature[0] + signature[10] + signature[20] + signature[30]


@pytest.mark.parametrize(
    "changed",
    [
        {"date": date(2014, 7, 5)},
        {"entered_at": datetime(2014, 7, 4, 17, 31, tzinfo=UTC)},
        {"number": "FT 2014/61"},
        {"total": 1231},
        {"previous": "another"},
    ],
)
def test_whatever_is_signed_over_changes_the_signature(changed):
    assert signed() != signed(**changed)
    assert signed(**changed) == signed(**changed)


def test_an_atcud_is_the_code_of_the_series_and_the_number_in_it():
    assert atcud("ABCD1234", 60) == "ABCD1234-60"
    assert atcud(None, 60) == "N/D"


def coded(**changes):
    members = {
        "issuer": "508025338", "buyer": "999999990", "country": "PT", "type": "FT",
        "canceled": False, "date": date(2019, 12, 31), "number": "FT AB2019/35",
        "atcud": "CSDF7T5H-35",
        "rates": {"PT": {
            "ISE": Share(1200000, 0), "RED": Share(1500000, 90000),
            "INT": Share(5000000, 650000), "NOR": Share(3000000, 690000),
        }},
        "taxes": 1430000, "total": 12130000, "signature": "kLp0",
    }  # fmt: skip
    return Coded(**members | changes).text


def test_a_qr_code_says_what_the_tax_authority_wants_in_its_order():
    assert coded() == (
        "A:508025338*B:999999990*C:PT*D:FT*E:N*F:20191231*G:FT AB2019/35*H:CSDF7T5H-35"
        "*I1:PT*I2:12000.00*I3:15000.00*I4:900.00*I5:50000.00*I6:6500.00*I7:30000.00*I8:6900.00"
        "*N:14300.00*O:121300.00*Q:kLp0*R:0"
    )


def test_a_qr_code_leaves_out_rates_that_a_document_has_not_and_tells_of_cancellation_and_region():
    text = coded(canceled=True, rates={"PT-AC": {"NOR": Share(1000, 160)}}, atcud="N/D")

    assert "*E:A*" in text
    assert "*H:0*J1:PT-AC*J7:10.00*J8:1.60*N:" in text


def test_a_qr_code_has_a_block_for_each_tax_region():
    text = coded(
        rates={
            "PT-MA": {"RED": Share(100, 5), "NOR": Share(1000, 220)},
            "PT": {"RED": Share(2000, 120)},
            "PT-AC": {"ISE": Share(300, 0)},
        }
    )

    assert (
        "*I1:PT*I3:20.00*I4:1.20*J1:PT-AC*J2:3.00*K1:PT-MA*K3:1.00*K4:0.05*K7:10.00*K8:2.20*N:"
        in text
    )


@pytest.mark.parametrize("none", ["N/D", "N/A"])
def test_the_tax_authority_is_told_nought_where_there_is_no_atcud(none):
    assert "*H:0*" in coded(atcud=none)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("04/07/2014", date(2014, 7, 4)),
        ("29/02/2024", date(2024, 2, 29)),
        ("29/02/2023", None),
        ("4/7/2014", None),
        ("2014-07-04", None),
        ("04/07/14", None),
        ("٠٤/٠٧/٢٠١٤", None),
        ("04/07/0000", None),
    ],
)
def test_days_are_told_by_day_month_and_year(text, read):
    assert day(text) == read
    assert read is None or spelled(read) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("04/07/2014 17:30:00", datetime(2014, 7, 4, 17, 30, tzinfo=UTC)),
        ("04/07/2014 24:00:00", None),
        ("31/04/2014 17:30:00", None),
        ("04/07/2014", None),
    ],
)
def test_moments_are_told_with_the_second(text, read):
    assert moment(text) == read

"""What invoices come to: rounding at the half cent, discounts before tax, rates of zero."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experi.business import CLIENT, INVOICES, refused

# Lines as quantity and unit price, tax rate, discount; then line totals, subtotal, discount, tax, total.
CASES = {
    "the page's own": ([(10, 75)], 20, None, [750], 750, 0, 150, 900),
    "half a cent of a line goes up": ([(0.5, 0.01)], 0, None, [0.01], 0.01, 0, 0, 0.01),
    "less than half a cent goes down": ([(0.49, 0.01)], 0, None, [0], 0, 0, 0, 0),
    "a line is rounded before the sum": ([(1.5, 0.01), (1.5, 0.01)], 0, None, [0.02, 0.02], 0.04, 0, 0, 0.04),
    "no binary fraction is in the way": ([(1.005, 1), (3, 0.35)], 0, None, [1.01, 1.05], 2.06, 0, 0, 2.06),
    "half a cent of tax goes up": ([(1, 0.10)], 5, None, [0.10], 0.10, 0, 0.01, 0.11),
    "tax just below the half goes down": ([(1, 0.09)], 5, None, [0.09], 0.09, 0, 0, 0.09),
    "four decimals of quantity count": ([(0.3333, 300)], 0, None, [99.99], 99.99, 0, 0, 99.99),
    "a rate with decimals": ([(1, 200)], 17.5, None, [200], 200, 0, 35, 235),
    "a rate of zero": ([(3, 33.33)], 0, None, [99.99], 99.99, 0, 0, 99.99),
    "a fixed discount comes off before tax": ([(10, 75)], 20, ("FIXED", 50), [750], 750, 50, 140, 840),
    "a share comes off before tax": ([(10, 75)], 20, ("PERCENTAGE", 10), [750], 750, 75, 135, 810),
    "half a cent of a share goes up": ([(1, 0.50)], 0, ("PERCENTAGE", 5), [0.50], 0.50, 0.03, 0, 0.47),
    "all may come off": ([(1, 99.99)], 20, ("PERCENTAGE", 100), [99.99], 99.99, 99.99, 0, 0),
    "nothing comes off": ([(1, 99.99)], 20, ("FIXED", 0), [99.99], 99.99, 0, 20, 119.99),
}  # fmt: skip


def lines(given_lines):
    return [{"description": "Work", "quantity": q, "unitPrice": p} for q, p in given_lines]


@pytest.mark.parametrize("case", CASES)
def test_an_invoice_comes_to(business, case):
    work, rate, discount, totals, subtotal, off, tax, total = CASES[case]
    more = {"discountType": discount[0], "discountValue": discount[1]} if discount else {}

    made = business.invoice(*lines(work), taxRate=rate, **more)

    assert [line["total"] for line in made["lineItems"]] == totals
    assert (made["subtotal"], made["discountAmount"]) == (subtotal, off)
    assert (made["taxAmount"], made["total"], made["amountDue"]) == (tax, total, total)


cents = st.integers(0, 10**7).map(lambda n: Decimal(n).scaleb(-2))
quantities = st.integers(1, 10**6).map(lambda n: Decimal(n).scaleb(-4))
rates = st.integers(0, 10**6).map(lambda n: Decimal(n).scaleb(-4))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(work=st.lists(st.tuples(quantities, cents), min_size=1, max_size=4), rate=rates, share=rates)
def test_sums_are_exact_whatever_they_are_of(business, work, rate, share):
    """Reckoned here with fractions of whole numbers, and rounded half up by hand."""

    def rounded(value):
        return value.quantize(Decimal("0.01"), ROUND_HALF_UP)

    share = share.quantize(Decimal("0.01"))
    body = (
        f'{{"clientId": "{CLIENT}", "taxRate": {rate}, "discountType": "PERCENTAGE", '
        f'"discountValue": {share}, "lineItems": ['
        + ", ".join(f'{{"description": "W", "quantity": {q}, "unitPrice": {p}}}' for q, p in work)
        + "]}"
    )
    headers = {"Content-Type": "application/json"}
    made = business.full.ask("POST", INVOICES, content=body, headers=headers).json()["data"]

    subtotal = sum(rounded(q * p) for q, p in work)
    off = rounded(subtotal * share / 100)
    tax = rounded((subtotal - off) * rate / 100)
    assert Decimal(str(made["subtotal"])) == subtotal
    assert Decimal(str(made["discountAmount"])) == off
    assert Decimal(str(made["taxAmount"])) == tax
    assert Decimal(str(made["total"])) == subtotal - off + tax


WRONG = [
    ({"discountType": "FIXED"}, {"discountValue": ["Discount value is required"]}),
    ({"discountValue": 5}, {"discountType": ["Discount type is required"]}),
    ({"discountType": "FIXED", "discountValue": 750.01}, {"discountValue": ["Discount value must be 750.00 or less"]}),
    ({"discountType": "PERCENTAGE", "discountValue": 100.01}, {"discountValue": ["Discount value must be 100 or less"]}),
    ({"discountType": "PERCENTAGE", "discountValue": 100.01, "lineItems": lines([(1, 0.01)])}, {"discountValue": ["Discount value must be 100 or less"]}),
    ({"discountType": "PERCENTAGE", "discountValue": 101, "lineItems": lines([(1, 0)])}, {"discountValue": ["Discount value must be 100 or less"]}),
    ({"taxRate": 100.01}, {"taxRate": ["Tax rate must be 100 or less"]}),
    ({"lineItems": []}, {"lineItems": ["Line items must have at least 1 entry"]}),
    ({"lineItems": lines([(1000000, 1000000)])}, {"lineItems": ["Line items must come to less than 1000000000000"]}),
    ({"lineItems": lines([(1000000, 900000)]), "taxRate": 20}, {"lineItems": ["Line items must come to less than 1000000000000"]}),
    ({"lineItems": lines([(1, 0.075)])}, {"lineItems.0.unitPrice": ["Unit price must be a number with at most two decimals"]}),
    ({"lineItems": lines([(0.00001, 1)])}, {"lineItems.0.quantity": ["Quantity must be a number with at most four decimals"]}),
    ({"lineItems": [{"description": "W", "quantity": "2", "unitPrice": 1}]}, {"lineItems.0.quantity": ["Quantity must be a number"]}),
    ({"lineItems": [{"quantity": 2, "unitPrice": 1}]}, {"lineItems.0.description": ["Description is required"]}),
    ({"currency": "XXX"}, {"currency": ["Currency must be one of AUD, CAD, CHF, DKK, EUR, GBP, NOK, NZD, PLN, SEK, USD, ZAR"]}),
    ({"issueDate": "2024-03-02", "dueDate": "2024-03-01"}, {"dueDate": ["Due date must not be before the issue date"]}),
    ({"dueDate": "2024-03-14"}, {"dueDate": ["Due date must not be before the issue date"]}),
    ({"issueDate": "2024-02-30"}, {"issueDate": ["Issue date must be a date or a date and time with its offset"]}),
]  # fmt: skip


def test_what_a_discount_leaves_may_be_the_most_there_is(business):
    """The limit is on what is to be paid: 900 thousand million, plus 20 %, less a tenth."""
    most = {"description": "Work", "quantity": 10**6, "unitPrice": 900000}

    made = business.invoice(most, taxRate=20, discountType="PERCENTAGE", discountValue=10)
    paid = business.do("paid", made, amount=972 * 10**9)

    assert made["total"] == 972 * 10**9
    assert paid.json()["data"]["status"] == "PAID"


@pytest.mark.parametrize(("more", "details"), WRONG)
def test_what_is_wrong_is_told_by_field(business, more, details):
    body = {"clientId": CLIENT, "lineItems": lines([(10, 75)])} | more

    answer = business.full.post(INVOICES, **body)

    refused(answer, "Validation failed", **details)
    assert business.every(INVOICES) == []

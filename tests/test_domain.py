"""Money, postings and arrows: the laws they keep."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.ledger import Account, Entry, Leg, Movement, Posting, Template
from counterfoil.domain.lifecycle import Arrow, Machine
from counterfoil.domain.money import Currency, line_amount, trimmed
from counterfoil.domain.outcome import Violation, invalid

CURRENCIES = st.builds(Currency, st.just("XXX"), st.integers(0, 4))
MINOR = st.integers(0, 10**18)


@given(CURRENCIES, MINOR)
def test_an_amount_reads_back_as_it_was_written(currency, minor):
    assert currency.parse(currency.format(minor)) == minor


@given(CURRENCIES, MINOR)
def test_an_amount_is_written_with_its_currencys_decimals(currency, minor):
    text = currency.format(minor)

    assert Decimal(text) == Decimal(minor).scaleb(-currency.decimals)
    assert len(text.partition(".")[2]) == currency.decimals


@given(CURRENCIES, st.integers(0, 10**15), st.integers(0, 6))
def test_only_decimals_beyond_the_currencys_are_refused(currency, units, decimals):
    text = f"{units}.{'1' * decimals}" if decimals else str(units)

    assert (currency.parse(text) is None) == (decimals > currency.decimals)


@given(
    st.integers(0, 3),
    st.decimals(0, 10**6, allow_nan=False, places=6),
    st.decimals(0, 10**6, allow_nan=False, places=3),
)
def test_a_line_is_rounded_once_half_up(decimals, quantity, price):
    currency = Currency("XXX", decimals)
    exact = (quantity * price).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)

    assert line_amount(currency, format(quantity, "f"), format(price, "f")) == int(
        exact.scaleb(decimals)
    )


def test_negative_amounts_keep_their_sign_in_front():
    assert Currency("USD", 2).format(-5) == "-0.05"
    assert Currency("USD", 2).format(-150005) == "-1500.05"


@pytest.mark.parametrize(
    ("text", "short"), [("1500.00", "1500"), ("1.50", "1.5"), ("100", "100"), ("0.00", "0")]
)
def test_trimming_takes_only_zeros_that_say_nothing(text, short):
    assert trimmed(text) == short


def test_a_posting_that_is_not_balanced_cannot_be_made():
    account = Account("org", "USD", "AVAILABLE")

    with pytest.raises(AssertionError, match="not balanced"):
        Posting("odd", (Entry(account, 5, None),), "invoice", "inv_1")


def test_a_balance_in_two_currencies_is_no_balance():
    entries = (Entry(Account("a", "USD", "A"), 5, None), Entry(Account("b", "EUR", "A"), -5, None))

    with pytest.raises(AssertionError, match="not balanced"):
        Posting("odd", entries, "invoice", "inv_1")


@given(st.integers(1, 10**18), st.sampled_from(("AVAILABLE", "COLLATERAL")))
def test_a_template_moves_the_amount_from_one_leg_to_the_other(minor, chosen):
    template = Template(
        "reserve", Leg("buyer", None, "RESERVE"), Leg("buyer", "RESERVED", "RESERVE"), ""
    )
    movement = Movement(minor, "USD", {"buyer": "org_1"}, "invoice", "inv_1", chosen)

    taken, put = movement.post(template).entries

    assert (taken.account, taken.delta) == (Account("org_1", "USD", chosen), -minor)
    assert (put.account, put.delta) == (Account("org_1", "USD", "RESERVED"), minor)


def test_nothing_cannot_be_posted():
    template = Template(
        "deposit", Leg("world", "OUTSIDE", None), Leg("organization", None, "D"), ""
    )

    with pytest.raises(AssertionError, match="0 minor units"):
        Movement(0, "USD", {"organization": "o"}, "balance", "b", "AVAILABLE").post(template)


def arrow(trigger, source, *targets, who=("OWNER",)):
    return Arrow(trigger, source, targets, frozenset(who), None, (), "documented")


def test_a_machine_looks_its_arrows_up_by_trigger_and_state():
    machine = Machine("thing", (arrow("make", None, "NEW"), arrow("end", "NEW", "DONE")))

    found = machine.arrow("end", "NEW")
    assert found is not None
    assert found.target == "DONE"
    assert machine.arrow("end", "DONE") is None
    assert machine.arrow("end", None) is None


def test_the_counterparty_is_whoever_did_not_ask():
    answer = arrow("answer", "ASKED", "DONE", who=("COUNTERPARTY",))

    assert answer.permits("SELLER", requester="BUYER")
    assert not answer.permits("BUYER", requester="BUYER")


def test_two_arrows_of_one_trigger_from_one_state_are_a_bug():
    with pytest.raises(AssertionError, match="share trigger and state"):
        Machine("thing", (arrow("end", "NEW", "A"), arrow("end", "NEW", "B")))


def test_violations_of_one_kind_bring_their_own_code_and_mixed_ones_the_general():
    page, limit = (
        Violation("page", "minimum", "0", "PAGING"),
        Violation("limit", "maximum", "9", "PAGING"),
    )
    other = Violation("name", "required")

    assert invalid("GENERAL", (page, limit)).code == "PAGING"
    assert invalid("GENERAL", (page, other)).code == "GENERAL"
    assert invalid("GENERAL", (other,)).code == "GENERAL"

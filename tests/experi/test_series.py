"""The law of occurrences: each is counted from the first, and none is before the one before it."""

import calendar
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.apis.experi.rulebook import Stride
from counterfoil.apis.experi.series import Series
from counterfoil.engine.clock import EPOCH, LATEST

starts = st.integers(0, 7 * 10**9).map(lambda second: EPOCH + timedelta(seconds=second))
strides = st.sampled_from(
    [Stride(days=1), Stride(days=7), Stride(days=14), Stride(months=1), Stride(months=3), Stride(months=12)]
)  # fmt: skip


@given(start=starts, stride=strides, interval=st.integers(1, 52), number=st.integers(0, 100))
def test_an_occurrence_is_counted_from_the_first(start, stride, interval, number):
    at = Series(start, stride, interval).at(number)

    if stride.days:
        assert at - start == timedelta(days=stride.days * interval * number)
    else:
        months = (at.year - start.year) * 12 + at.month - start.month
        assert months == stride.months * interval * number
        assert at.day == min(start.day, calendar.monthrange(at.year, at.month)[1])
        assert at.time() == start.time()


@given(start=starts, stride=strides, interval=st.integers(1, 52), instant=starts)
def test_the_first_to_come_is_not_before_and_the_one_before_it_is(start, stride, interval, instant):
    series = Series(start, stride, interval)

    first = series.first_from(instant)

    assert series.at(first) >= instant
    assert first == 0 or series.at(first - 1) < instant


@given(start=starts, stride=strides, days=st.integers(0, 3000))
def test_an_end_is_the_last_day_there_is(start, stride, days):
    end = start + timedelta(days=days)
    series = Series(start, stride, 1, end)
    last = series.first_from(end.replace(hour=23, minute=59, second=59) + timedelta(seconds=1)) - 1

    assert series.holds(last)
    assert not series.holds(last + 1)


@pytest.mark.parametrize("stride", [Stride(days=14), Stride(months=12)])
def test_beyond_all_clocks_there_is_nothing(stride):
    series = Series(datetime(8990, 1, 31, tzinfo=UTC), stride, 52)

    assert series.at(10**6) == LATEST
    assert not series.holds(10**6)

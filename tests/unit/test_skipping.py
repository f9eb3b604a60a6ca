"""Hours and days at which a source asks to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.schedule.skipping import DAYS, first_allowed

FRIDAY = datetime(2027, 1, 15, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        ((), (), FRIDAY),
        ((9,), ("Monday",), FRIDAY),
        ((8,), (), datetime(2027, 1, 15, 9, tzinfo=UTC)),
        ((8, 9, 10), (), datetime(2027, 1, 15, 11, tzinfo=UTC)),
        (tuple(range(8, 25)), (), datetime(2027, 1, 16, 1, tzinfo=UTC)),
        ((), ("Friday",), datetime(2027, 1, 16, tzinfo=UTC)),
        ((), ("FRIDAY", "saturday", "Sunday"), datetime(2027, 1, 18, tzinfo=UTC)),
        ((0, 1), ("Friday",), datetime(2027, 1, 16, 2, tzinfo=UTC)),
        (tuple(range(24)), (), FRIDAY),
        ((), tuple(DAYS), FRIDAY),
        ((), ("Freitag",), FRIDAY),
    ],
)
def test_the_next_poll_moves_to_the_first_allowed_hour(
    hours: tuple[int, ...], days: tuple[str, ...], expected: datetime
) -> None:
    assert first_allowed(FRIDAY, hours, days) == expected


@given(
    st.lists(st.integers(0, 24)),
    st.lists(st.sampled_from(DAYS)),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_it_is_never_earlier_nor_a_week_later(hours: list[int], days: list[str], moment: datetime) -> None:
    allowed = first_allowed(moment, hours, days)

    assert moment <= allowed < moment + timedelta(days=8)

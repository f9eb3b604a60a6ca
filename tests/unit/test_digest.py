"""Periods, and the best stories of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.publish.digest import best, ended
from tests.records import NOON, facts, story, telling

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "now", "name", "label", "start", "end"),
    [
        ("daily", NOON, "2026-11-22", "22 November 2026", "2026-11-22", "2026-11-23"),
        ("weekly", NOON, "2026-W47", "week 47 of 2026", "2026-11-16", "2026-11-23"),
        ("weekly", MONDAY - timedelta(seconds=1), "2026-W46", "week 46 of 2026", "2026-11-09", "2026-11-16"),
        ("weekly", datetime(2027, 1, 5, tzinfo=UTC), "2026-W53", "week 53 of 2026", "2026-12-28", "2027-01-04"),
        ("monthly", NOON, "2026-10", "October 2026", "2026-10-01", "2026-11-01"),
        ("monthly", datetime(2027, 1, 1, tzinfo=UTC), "2026-12", "December 2026", "2026-12-01", "2027-01-01"),
    ],
)
def test_period_is_the_last_one_that_is_over(
    kind: str, now: datetime, name: str, label: str, start: str, end: str
) -> None:
    found = ended(kind, now)

    assert (found.name, found.label) == (name, label)
    assert (f"{found.start:%Y-%m-%d}", f"{found.end:%Y-%m-%d}") == (start, end)


def test_best_are_told_by_most_sources_and_lie_inside() -> None:
    week = ended("weekly", NOON)
    inside = week.start + timedelta(days=2)
    known = story(1, also=[telling(11, facts("paper")), telling(12, facts("radio"))], published=inside)
    repeated = story(2, also=[telling(21), telling(22)], published=inside + timedelta(hours=1))
    plain = story(3, published=inside + timedelta(hours=2))
    outside = [story(4, published=week.end), story(5, published=week.start - timedelta(seconds=1))]

    assert best([plain, repeated, known, *outside], week, 10) == [known, plain, repeated]
    assert best([plain, repeated, known], week, 1) == [known]

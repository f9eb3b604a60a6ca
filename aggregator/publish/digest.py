"""Dated digests of a channel: which period has ended, and which of its stories are the best. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from aggregator.model import Story
from aggregator.model.record import dataclass

_MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class Period:
    """A day, an ISO week or a month, in UTC."""

    name: str  # for addresses: 2026-11-23, 2026-W47, 2026-11
    label: str  # for people
    start: datetime
    end: datetime  # the first moment after it


def ended(kind: str, now: datetime) -> Period:
    """The last period of that kind (daily, weekly, monthly) that is over."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "daily":
        return _daily(today - timedelta(days=1), today)
    if kind == "weekly":
        monday = today - timedelta(days=today.weekday())
        return _weekly(monday - timedelta(weeks=1), monday)
    first = today.replace(day=1)
    return _monthly((first - timedelta(days=1)).replace(day=1), first)


def _daily(start: datetime, end: datetime) -> Period:
    return Period(f"{start:%Y-%m-%d}", f"{start.day} {_MONTHS[start.month - 1]} {start.year}", start, end)


def _weekly(start: datetime, end: datetime) -> Period:
    year, week, _ = start.isocalendar()
    return Period(f"{year}-W{week:02}", f"week {week} of {year}", start, end)


def _monthly(start: datetime, end: datetime) -> Period:
    return Period(f"{start:%Y-%m}", f"{_MONTHS[start.month - 1]} {start.year}", start, end)


def best(stories: Iterable[Story], period: Period, size: int) -> list[Story]:
    """Of a period those that most sources tell; among equals the newest first."""
    inside = [one for one in stories if period.start <= one.shown.entry.position < period.end]
    newest = sorted(inside, key=lambda one: (one.shown.entry.position, one.shown.entry.id), reverse=True)
    return sorted(newest, key=lambda one: -len(_tellers(one)))[:size]


def _tellers(story: Story) -> set[str]:
    return {one.source.id for one in (story.shown, *story.also)}

"""Clocks that were set: how far, told by the last thing that is remembered (checklist E14)."""

from __future__ import annotations

from datetime import datetime, timedelta

JUMP = timedelta(days=365)  # longer ago than this, something was rather done before the clock was set
NONE = timedelta(0)


def jumped(last: datetime | None, now: datetime) -> timedelta:
    """By how much all plans are to be moved; zero when the clock was not set.

    A jump ahead by less than JUMP cannot be told from a machine that was off.
    """
    if last is None or NONE <= now - last <= JUMP:
        return NONE
    return now - last


def shifted(moment: datetime | None, by: timedelta) -> datetime | None:
    """The moment moved; None stays None."""
    return moment + by if moment else None

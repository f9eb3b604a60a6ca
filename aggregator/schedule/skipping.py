"""skipHours and skipDays of RSS 2.0: hours and days, in GMT, at which a source asks to be left alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def first_allowed(moment: datetime, hours: Sequence[int], days: Sequence[str]) -> datetime:
    """The first moment from `moment` on that is neither in a skipped hour nor on a skipped day; 24 is read as 0.

    A list that forbids everything is ignored (checklist E8).
    """
    if not hours and not days:
        return moment
    closed_hours = {hour % 24 for hour in hours}
    closed_days = {DAYS.index(day.lower()) for day in days if day.lower() in DAYS}
    if len(closed_hours) == 24:
        closed_hours = set()
    if len(closed_days) == 7:
        closed_days = set()
    while moment.hour in closed_hours or moment.weekday() in closed_days:
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment

"""What both XML lanes need to turn scattered elements into the records of one entry and one feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from aggregator.editorial.patterns import late
from aggregator.model import Enclosure, Origin, Person, RawLink, Replies, Text

Item = TypeVar("Item")

MAX_NAME = 1000  # characters of an author that are read: nobody is called longer, and e-mail patterns cost
MAX_TAGS = 200
MAX_ENCLOSURES = 200
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NEVER = datetime.min.replace(tzinfo=UTC)
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400, "monthly": 30 * 86400, "yearly": 365 * 86400}
_NAMED = late(r"\s*[^\s@<>()]{1,100}@[^\s@<>()]{1,100}\s*\((?P<name>[^()]{1,200})\)\s*\Z")
_ANGLED = late(r"\s*(?P<name>[^<>@]{1,200}?)\s*[<(]\s*(?:mailto:)?[^\s@<>()]{1,100}@[^\s@<>()]{1,100}[>)]\s*\Z")
_ADDRESS = late(r"\s*(?:mailto:)?[^\s@<>()]{1,100}@[^\s@<>()]{1,200}\s*\Z")


def person(text: str | None, url: str | None = None) -> Person | None:
    """An author by name; an address beside the name goes, one without a name is no author (checklist A16)."""
    name = " ".join((text or "")[:MAX_NAME].split())
    if "@" in name:
        match = _NAMED.match(name) or _ANGLED.match(name)
        if match:
            name = match["name"].strip()
        elif _ADDRESS.match(name):
            name = ""
    return Person(name, url) if name else None


def people(names: Iterable[Person | None]) -> tuple[Person, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(filter(None, names)))


def number(text: str | None) -> int | None:
    """A non-negative integer; None for anything else."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def size(width: str | None, height: str | None) -> tuple[int, int] | None:
    """Of a picture in pixels; None where it is not said, or nonsense."""
    wide, high = number(width), number(height)
    return (wide, high) if wide and high and max(wide, high) < 100_000 else None


def period(updates: str | None, frequency: str | None) -> timedelta:
    """sy:updatePeriod over sy:updateFrequency; zero when they say nothing."""
    seconds = _PERIODS.get((updates or "").strip().lower(), 0)
    return timedelta(seconds=seconds / max(1, number(frequency) or 1))


def minutes(ttl: str | None) -> timedelta:
    """RSS ttl, bounded; zero when it says nothing."""
    return timedelta(minutes=min(number(ttl) or 0, 10_000_000))


def hours(values: Iterable[str | None]) -> tuple[int, ...]:
    """skipHours."""
    return tuple(sorted({n % 24 for n in map(number, values) if n is not None and n <= 24}))


def days(values: Iterable[str | None]) -> tuple[str, ...]:
    """skipDays, by their English names."""
    named = {(value or "").strip().capitalize() for value in values}
    return tuple(day for day in DAYS if day in named)


def newest(found: Sequence[Item], limit: int, moment: Callable[[Item], datetime | None]) -> list[Item]:
    """At most `limit` of these, in their order: the newest where all are dated, else the first."""
    if len(found) <= limit:
        return list(found)
    dates = [moment(one) for one in found]
    if None in dates:
        return list(found[:limit])
    ranked = sorted(range(len(found)), key=lambda place: dates[place] or _NEVER, reverse=True)
    return [found[place] for place in sorted(ranked[:limit])]


@dataclass(slots=True)
class Gathered:
    """The fields of one entry as they are met; turned into a RawEntry at its end."""

    id: str | None = None
    id_is_link: bool = False
    links: list[RawLink] = field(default_factory=list)
    original_link: str | None = None
    comments: str | None = None
    title: Text | None = None
    other_title: Text | None = None  # dc:title, media:title
    summary: Text | None = None
    other_summary: Text | None = None  # media:description, itunes:summary
    last_summary: Text | None = None  # itunes:subtitle: one line, better than nothing
    content: Text | None = None
    authors: list[Person | None] = field(default_factory=list)
    contributors: list[Person | None] = field(default_factory=list)
    published: datetime | None = None
    updated: datetime | None = None
    other_date: datetime | None = None  # dc:date, for an entry without its format's own
    tags: list[str] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)
    image: str | None = None
    image_size: tuple[int, int] | None = None
    other_image: str | None = None
    other_size: tuple[int, int] | None = None
    rights: str | None = None
    license: str | None = None
    language: str | None = None
    base: str | None = None
    origin: Origin | None = None
    in_reply_to: str | None = None
    replies: Replies | None = None
    private: bool = False

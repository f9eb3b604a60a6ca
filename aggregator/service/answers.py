"""Questions about what is stored: status and export."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from typing import Any

from aggregator.publish.formats import status as health
from aggregator.publish.formats.words import date
from aggregator.store.ports import Store

_WIDEST = 64  # characters of an id that keep the table in line; no id of our own making is longer


def status(store: Store) -> Iterator[dict[str, Any]]:
    """The contract's objects, newest trouble first."""
    return (health.row(*one) for one in store.states())


def status_lines(rows: Iterator[dict[str, Any]], now: datetime) -> Iterator[str]:
    """The same for a person; the table is as wide as its first thousand rows need."""
    first = list(islice(rows, 1000))
    if not first:
        yield "No sources yet: `aggregator add URL` adds one."
        return
    wide = min(_WIDEST, max(len("SOURCE"), *(len(row["source"]) for row in first)))
    yield f"{'SOURCE':{wide}}  {'STATE':9}  {'ENTRIES':>7}  {'LAST SUCCESS':12}  {'NEXT POLL':12}  TROUBLE"
    for row in chain(first, rows):
        last, following = (_distance(row[name], now) for name in ("last_success", "next_poll"))
        trouble = f"{row['error']} ({row['failures']} in a row)" if row["error"] else ""
        yield f"{row['source']:{wide}}  {row['state']:9}  {row['entries']:>7}  {last:12}  {following:12}  {trouble}".rstrip()


def _distance(text: str | None, now: datetime) -> str:
    """ "3 h ago", "in 20 min"; a dash for never."""
    if text is None:
        return "-"
    seconds = (datetime.fromisoformat(text.replace("Z", "+00:00")) - now).total_seconds()
    size = abs(seconds)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if size >= length:
            words = f"{size / length:.0f} {unit}"
            break
    else:
        words = f"{size:.0f} s"
    return f"in {words}" if seconds > 0 else f"{words} ago"


def export(store: Store) -> Iterator[dict[str, Any]]:
    """The contract's object for every stored entry, in order of arrival."""
    for entry, channels in store.export():
        yield {
            "id": entry.id,
            "source": entry.source_id,
            "source_entry_id": entry.source_entry_id,
            "url": entry.url,
            "published_url": entry.published_url,
            "title": entry.title,
            "author": ", ".join(person.name for person in entry.authors) or None,
            "published": date(entry.published),
            "updated": date(entry.updated),
            "first_seen": date(entry.first_seen),
            "teaser": entry.teaser,
            "teaser_cut": entry.teaser_cut,
            "language": entry.language,
            "tags": list(entry.tags),
            "duplicate_of": entry.duplicate_of,
            "story": entry.story,
            "lead": entry.lead,
            "channels": list(channels),
        }

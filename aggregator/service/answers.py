"""Questions about what is stored: status, export, and why an entry is or is not where it is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from typing import Any

from aggregator.model import Pruned, Settings, StoredEntry
from aggregator.publish.formats import status as health
from aggregator.publish.formats.words import date
from aggregator.service.pruning import floor
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


def why(store: Store, settings: Settings, what: str) -> list[str]:
    """The trail of every entry that has this address or id, and what is left of pruned ones; [] when there is none."""
    found = store.find(what)
    lines: list[str] = []
    for entry in found:
        lines += [*_trail(store, settings, entry), ""]
    for one in store.pruned(what):
        lines += [*_pruned(one), ""]
    return lines[:-1]


def _pruned(one: Pruned) -> Iterator[str]:
    yield f"An entry of {one.source_id} that is not stored any more"
    yield f"  first seen  {date(one.first_seen)}, published {date(one.published)}"
    if one.excluded_by:
        yield f"  dropped     by {one.excluded_by}"
    yield f"  pruned      {date(one.at)}: it was older than [store] keep and in no output; it is never stored again"


def _trail(store: Store, settings: Settings, entry: StoredEntry) -> Iterator[str]:
    trail = store.trail(entry.seq)
    yield f"{entry.title}"
    yield f"  id          {entry.id}"
    yield f"  source      {entry.source_id}, which calls it {entry.source_entry_id or 'nothing'}"
    yield f"  address     {entry.published_url or 'none'}"
    yield f"  first seen  {date(entry.first_seen)}, published {date(entry.published)}, changed {date(entry.updated)}"
    yield f"  place       {date(entry.position)}{_late(entry)}"
    yield from (f"  {line}" for line in _group(entry, str(trail["because"] or "")))
    if entry.excluded_by:
        yield f"  dropped     by {entry.excluded_by}"
    if entry.withdrawn:
        yield f"  withdrawn   {_LEFT if trail['left'] else 'it was taken out of every output, for ever'}"
    yield from (f"  {line}" for line in _channels(store, settings, entry, trail))
    for at, outcome, url, error in store.visits(entry.source_id, 3):
        yield f"  polled      {date(at)} {outcome} {url or ''}{f': {error}' if error else ''}"


_LEFT = "it left its feed, which says that it is complete; it is shown again if it comes back"


def _late(entry: StoredEntry) -> str:
    if entry.position == entry.first_seen and entry.position > entry.published:
        return ": where it was first seen, since it came late"
    return ": its publication date"


def _group(entry: StoredEntry, because: str) -> Iterator[str]:
    if entry.duplicate_of:
        yield f"copy        of {entry.duplicate_of}, because: {because}"
    elif not entry.lead:
        yield f"story       {entry.story}, because it {because}"
    else:
        yield "lead        of its own story"


def _channels(store: Store, settings: Settings, entry: StoredEntry, trail: dict[str, Any]) -> Iterator[str]:
    """Where it is, and where it is shown at present."""
    names = {channel.id: channel for channel in settings.channels}
    for name, since, shown in trail["channels"]:
        channel = names.get(name)
        if channel is None:
            yield f"channel     {name} since {date(since)}; feeds.toml does not have that channel any more"
        elif not shown:
            yield f"channel     {name} since {date(since)}; another telling of its story is shown"
        else:
            yield f"channel     {name} since {date(since)}; {_place(store, entry, channel)}"
    if not trail["channels"]:
        yield (
            "channel     none: no channel's rules let it in"
            if not (entry.excluded_by or entry.withdrawn)
            else "channel     none"
        )


def _place(store: Store, entry: StoredEntry, channel: Any) -> str:
    oldest = floor(store, channel)
    shown = [story.shown.entry for story in store.window(channel, oldest)]
    numbers = [one.seq for one in shown]
    if entry.seq in numbers:
        return f"number {numbers.index(entry.seq) + 1} of {len(shown)} in it now"
    kept = "; it is in the archive" if "atom" in channel.formats else ""
    if oldest and entry.position < oldest:
        return f"aged out of it on {date(entry.position + channel.max_age)}, by its max_age{kept}"
    if any(one.position < entry.position for one in shown):
        return f"not among the {len(shown)} shown now: its source has its share of them already{kept}"
    return f"not among the {len(shown)} shown now (limit {channel.limit}){kept}"

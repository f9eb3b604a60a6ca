"""The status page, its JSON and the feed of incidents, from one pass over all sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from datetime import datetime

from aggregator.model import Settings
from aggregator.publish.formats import incidents as feed
from aggregator.publish.formats import status
from aggregator.publish.incidents import PLANET, Incident, followed, of_planet, of_source
from aggregator.publish.selection import BEGINNING
from aggregator.store.ports import Store

NOTE = "incidents"


@dataclass
class _Round:
    """What is found on the way past all sources."""

    now: datetime  # of the last cycle
    incidents: list[Incident] = field(default_factory=list)
    ends: dict[str, datetime] = field(default_factory=dict)
    last_success: datetime | None = None

    def rows(self, store: Store) -> Iterator[status.Row]:
        for source, state, facts, entries in store.states():
            row = status.row(source, state, facts, entries)
            self.incidents += of_source(source, row["title"], state, self.now)
            self.ends[source.id] = state.since or self.now
            if state.last_success and (self.last_success is None or state.last_success > self.last_success):
                self.last_success = state.last_success
            yield row


def health(store: Store, settings: Settings) -> dict[str, bytes]:
    """The three documents."""
    cycle = store.note("cycle")
    found = _Round(datetime.fromisoformat(cycle) if cycle else BEGINNING)
    rows, counts = status.ordered(found.rows(store))
    found.incidents += of_planet(settings.title, found.last_success, found.now)
    found.ends[PLANET] = found.last_success or found.now
    told = followed(_known(store), found.incidents, found.ends)
    store.save_note(NOTE, json.dumps([astuple(one) for one in told], default=datetime.isoformat))
    return {
        "status.json": status.render_json(rows, counts),
        "status.html": status.render_html(rows, counts, settings.title, settings.templates),
        feed.NAME: feed.render(told, settings, secret=store.secret(), beginning=BEGINNING),
    }


def _known(store: Store) -> list[Incident]:
    """Those of the last time."""
    return [
        Incident(source, kind, mark, title, text, datetime.fromisoformat(since), _moment(until))
        for source, kind, mark, title, text, since, until in json.loads(store.note(NOTE) or "[]")
    ]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

"""The status page, its JSON and the feed of incidents. What they cost follows the trouble there is, not the number of sources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import datetime
from itertools import islice

from aggregator.model import Settings
from aggregator.publish.formats import incidents as feed
from aggregator.publish.formats import status
from aggregator.publish.incidents import MOST, PLANET, TROUBLES, Incident, followed, of_planet, of_source
from aggregator.publish.selection import BEGINNING
from aggregator.service.ingest import SUCCESS
from aggregator.store.ports import Health, Store

NOTE = "incidents"


def health(store: Store, settings: Settings) -> dict[str, bytes]:
    """The three documents."""
    cycle = store.note("cycle")
    now = datetime.fromisoformat(cycle) if cycle else BEGINNING
    told = _told(store, settings, now)
    store.save_note(NOTE, json.dumps([astuple(one) for one in told], default=datetime.isoformat))
    rows, counts = [status.row(*one) for one in islice(store.states(), status.MOST)], store.counts()
    return {
        "status.json": status.render_json(rows, counts),
        "status.html": status.render_html(rows, counts, settings.title, settings.templates),
        feed.NAME: feed.render(told, settings, secret=store.secret(), beginning=BEGINNING),
    }


def _told(store: Store, settings: Settings, now: datetime) -> list[Incident]:
    """The incidents of today, after those of the last time; `now` is the last cycle."""
    known, last_success = _known(store), _moment(store.note(SUCCESS))
    found, ends = of_planet(settings.title, last_success, now), {PLANET: last_success or now}
    for source, state, facts, _ in _suspects(store, known):
        found += of_source(source, source.title or facts.title or source.id, state, now)
        ends[source.id] = state.since or now
    return followed(known, found, ends)


def _suspects(store: Store, known: Sequence[Incident]) -> Iterator[Health]:
    """The sources of which there may be something to tell: of each trouble as many of the newest as are told of in all."""
    for trouble in TROUBLES:
        yield from islice(store.states((trouble,)), MOST)
    yield from store.moved(MOST)
    yield from store.states_of(sorted({one.source for one in known}))


def _known(store: Store) -> list[Incident]:
    """Those of the last time."""
    return [
        Incident(source, kind, mark, title, text, datetime.fromisoformat(since), _moment(until))
        for source, kind, mark, title, text, since, until in json.loads(store.note(NOTE) or "[]")
    ]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

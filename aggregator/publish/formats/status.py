"""status.html and status.json: the health of the sources, newest trouble first. Also the rows of `aggregator status`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.editorial.links import without_credentials
from aggregator.model import STATES, FeedFacts, FetchState, Source
from aggregator.publish.formats.page import filled

MOST = 1000  # sources in the published files; a page of a million rows serves nobody
Row = dict[str, Any]


def row(source: Source, state: FetchState, facts: FeedFacts, entries: int) -> Row:
    """The contract's object for one source."""
    url = without_credentials(source.url)
    effective = without_credentials(state.effective_url) if state.effective_url else url
    return {
        "source": source.id,
        "title": source.title or facts.title or source.id,
        "url": url,
        "effective_url": effective,
        "state": state.state,
        "since": time(state.since),
        "last_poll": time(state.last_poll),
        "last_success": time(state.last_success),
        "last_new_entry": time(state.last_new_entry),
        "next_poll": time(state.next_poll),
        "not_before": time(state.not_before),
        "failures": state.failures,
        "error": state.error,
        "entries": entries,
        "interval_seconds": int(state.interval.total_seconds()),
    }


def time(moment: datetime | None) -> str | None:
    """RFC 3339 to the second; None stays None."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def render_json(rows: Sequence[Row], counts: Mapping[str, int]) -> bytes:
    """status.json."""
    data = {"sources": sum(counts.values()), "states": dict(sorted(counts.items())), "status": list(rows)}
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def render_html(rows: Sequence[Row], counts: Mapping[str, int], title: str, templates: Path | None) -> bytes:
    """status.html."""
    states = [(state, counts[state]) for state in STATES if state in counts]
    more = sum(counts.values()) - len(rows)
    return filled("status.html", templates, rows=rows, counts=states, title=title, more=more)

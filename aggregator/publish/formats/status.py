"""status.html and status.json: the health of the sources, newest trouble first. Also the rows of `aggregator status`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import nsmallest
from pathlib import Path
from typing import Any

from aggregator.editorial.links import without_credentials
from aggregator.model import FeedFacts, FetchState, Source
from aggregator.publish.formats.page import filled

MOST = 1000  # sources in the published files; a page of a million rows serves nobody
ORDER = ("blocked", "failing", "stale", "gone", "throttled", "quiet", "new", "ok", "paused")
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


def trouble(one: Row) -> tuple[int, str, str]:
    """For sorting: what is wrong before what is well, the newest trouble first."""
    since = one["since"] or ""
    newest = "".join(chr(0x10FFFF - ord(c)) for c in since)
    return ORDER.index(one["state"]) if one["state"] in ORDER else len(ORDER), newest, one["source"]


def ordered(rows: Iterable[Row], most: int = MOST) -> tuple[list[Row], Counter[str]]:
    """The first `most` rows, and how many there are of each state."""
    counts: Counter[str] = Counter()

    def counted() -> Iterable[Row]:
        for one in rows:
            counts[one["state"]] += 1
            yield one

    return nsmallest(most, counted(), key=trouble), counts


def render_json(rows: Sequence[Row], counts: Counter[str]) -> bytes:
    """status.json."""
    data = {"sources": sum(counts.values()), "states": dict(sorted(counts.items())), "status": list(rows)}
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def render_html(rows: Sequence[Row], counts: Counter[str], title: str, templates: Path | None) -> bytes:
    """status.html."""
    states = sorted(counts.items(), key=lambda item: ORDER.index(item[0]) if item[0] in ORDER else len(ORDER))
    more = sum(counts.values()) - len(rows)
    return filled("status.html", templates, rows=rows, counts=states, title=title, more=more)

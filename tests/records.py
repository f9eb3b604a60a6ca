"""Records for tests: whatever a test does not care about is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aggregator.editorial import gathering, stories
from aggregator.model import Channel, Edition, Entry, SourceFacts, StoredEntry, Story, Teller, Telling

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BASE = "https://planet.example/"


def facts(name: str = "blog", **given: Any) -> SourceFacts:
    """A source as outputs show it."""
    usual: dict[str, Any] = {
        "id": name,
        "title": f"The {name}",
        "url": f"https://{name}.example/feed.xml",
        "atom_id": f"tag:{name}.example,2026:feed",
        "link": f"https://{name}.example/",
        "updated": NOON,
        "state": "ok",
    }
    return SourceFacts(**usual | given)


def entry_of(**given: Any) -> Entry:
    """An entry that arrives."""
    usual: dict[str, Any] = {
        **dict.fromkeys(("source_entry_id", "key", "id", "url", "published_url", "url_key", "title", "title_key"), ""),
        **dict.fromkeys(("teaser", "teaser_cut"), ""),
        **dict.fromkeys(("raw_fingerprint", "text", "fingerprint", "sketch", "terms"), b""),
        **dict.fromkeys(("published", "updated", "language")),
        **dict.fromkeys(("authors", "tags"), ()),
    }
    return Entry(**usual | given)


def stored(seq: int = 1, **given: Any) -> StoredEntry:
    """A stored entry; the higher its number, the later it came."""
    at = given.get("published", NOON + timedelta(minutes=seq))
    name = given.get("source_id", "blog")
    address = f"https://{name}.example/{seq}"
    usual: dict[str, Any] = {
        "seq": seq,
        "id": address,
        "source_id": name,
        "source_entry_id": address,
        "url": address,
        "published_url": address,
        "title": f"Story {seq}",
        "authors": (),
        "published": at,
        "updated": at,
        "first_seen": at,
        "position": at,
        "teaser": f"What happened in story {seq}.",
        "teaser_cut": "whole",
        "language": "en",
        "tags": (),
        "duplicate_of": None,
        "story": address,
        "lead": True,
    }
    return StoredEntry(**usual | given)


def telling(seq: int = 1, source: SourceFacts | None = None, **given: Any) -> Telling:
    """An entry with its source."""
    source = source or facts()
    return Telling(stored(seq, **{"source_id": source.id} | given), source)


def story(seq: int = 1, source: SourceFacts | None = None, also: Sequence[Telling] = (), **given: Any) -> Story:
    """A story that one source tells, and these others."""
    return Story(telling(seq, source, **given), tuple(also))


def edition(stories: Sequence[Story] = (), **given: Any) -> Edition:
    """One document about a channel."""
    channel = given.pop("channel", Channel("all", "Planet Example"))
    usual: dict[str, Any] = {
        "channel": channel,
        "feed_id": f"urn:uuid:{uuid5(NAMESPACE_URL, channel.id)}",
        "title": channel.title,
        "description": channel.description,
        "base_url": BASE,
        "path": "" if channel.id == "all" else f"{channel.id}/",
        "stories": tuple(stories),
        "updated": max((one.shown.entry.updated for one in stories), default=NOON),
        "language": "en",
        "channels": (channel,),
    }
    return Edition(**usual | given)


def story_of(one: Teller, others: Sequence[Teller], known: stories.Frequencies) -> int | None:
    """The seq of the lead under which an entry is told, once it is put beside others; None for a story of its own."""
    told: dict[int, list[Teller]] = {}
    for other in (*others, one):
        told.setdefault(other.story, []).append(other)
    gathering.gathered(gathering.pairs(one, others, known), told, known, age=lambda lead: lead.seq)
    return next(lead if lead != one.seq else None for lead, members in told.items() if one in members)

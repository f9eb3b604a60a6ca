"""From a channel's stories to the Edition that every format renders. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from aggregator.editorial.identity import channel_id
from aggregator.editorial.normalise import one_line
from aggregator.model import Channel, Edition, Settings, SourceFacts, StoredEntry, Story, Tombstone
from aggregator.model.record import replace

FULL = 120_000  # bytes of full texts in one document: beside teasers that makes less than 250 kB, as readers want it
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # of a channel in which nothing has happened yet


def edition(
    channel: Channel,
    stories: Sequence[Story],
    settings: Settings,
    *,
    secret: str,
    born: str | None = None,
    sources: Sequence[SourceFacts] = (),
    hubs: Sequence[str] = (),
    tombstones: Sequence[Tombstone] = (),
    archive: int | None = None,
    previous: int | None = None,
    following: int | None = None,
) -> Edition:
    """One document about a channel; `born` is the name that its id is minted from, None for its own."""
    if archive is None:
        stories = _bounded(stories)
    shown = [story.shown.entry for story in stories]
    return Edition(
        channel=channel,
        feed_id=channel_id(secret, born or channel.id),
        title=one_line(channel.title) or channel.id,
        description=one_line(channel.description),
        base_url=settings.base_url,
        path="" if channel.id == "all" else f"{channel.id}/",
        stories=tuple(stories),
        updated=_newest(shown, tombstones),
        language=channel.language or _common_language([entry.language for entry in shown]),
        read_more=one_line(settings.teaser.read_more),
        ttl=settings.fetch.interval,
        hubs=tuple(hubs),
        archive=archive,
        prev_archive=previous,
        next_archive=following,
        tombstones=tuple(tombstones),
        sources=tuple(sources),
        channels=settings.channels,
        templates=settings.templates,
    )


def _newest(shown: Sequence[StoredEntry], tombstones: Sequence[Tombstone]) -> datetime:
    """The newest change of what a document shows (checklist A10)."""
    return max([entry.updated for entry in shown] + [stone.when for stone in tombstones], default=BEGINNING)


def _bounded(stories: Sequence[Story]) -> list[Story]:
    """With full texts as far as they fit; the others have their teasers, and their texts in the archive."""
    left, out = FULL, []
    for story in stories:
        size = len((story.shown.entry.content_html or "").encode())
        if size > left:
            entry = replace(story.shown.entry, content_html=None)
            story = replace(story, shown=replace(story.shown, entry=entry))
        else:
            left -= size
        out.append(story)
    return out


def _common_language(languages: Sequence[str | None]) -> str | None:
    """The language of all that is shown, where it is one."""
    found = set(languages)
    return found.pop() if len(found) == 1 else None

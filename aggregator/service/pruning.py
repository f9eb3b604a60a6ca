"""`[store] keep`: what is older and in no output is dropped, a bounded number of entries at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from aggregator.model import Channel, Settings, Story
from aggregator.store.ports import Store

STEP = 5000  # entries that are looked at in one go, in order of arrival, round and round
PLACE = "prune"


def prune(store: Store, settings: Settings, now: datetime) -> int:
    """Drop what is next of the old entries that no output needs; how many. Nothing without `keep`."""
    if settings.keep is None:
        return 0
    with store.transaction():
        archived = [channel.id for channel in settings.channels if "atom" in channel.formats]
        aged, last = store.aged(now - settings.keep, int(store.note(PLACE) or 0), STEP, archived)
        gone = sorted(set(aged) - _needed(store, settings, aged)) if aged else []
        store.prune(gone, now)
        store.save_note(PLACE, str(last))
        if gone:
            store.save_note("polls", str(int(store.note("polls") or 0) + 1))  # the status page counts entries
    if gone:
        store.shrink()
    return len(gone)


def floor(store: Store, channel: Channel) -> datetime | None:
    """What is older than max_age at the last cycle is not shown: the time of the build is never asked for."""
    last = store.note("cycle")
    return datetime.fromisoformat(last) - channel.max_age if channel.max_age and last else None


def _needed(store: Store, settings: Settings, aged: Sequence[int]) -> set[int]:
    """The seqs that channels show, or name beside what they show, that digests have, and that archive documents hold."""
    shown = [one for channel in settings.channels for one in store.window(channel, floor(store, channel))]
    shown += store.stories([seq for text in store.notes("editions:").values() for seq in _of_digests(text)])
    return {*_told(shown), *_archived(store, aged)}


def _told(stories: Iterable[Story]) -> Iterator[int]:
    for story in stories:
        yield story.shown.entry.seq
        yield from (one.entry.seq for one in story.also)


def _of_digests(text: str) -> list[int]:
    return [seq for _, _, *seqs in json.loads(text).values() for seq in seqs]


def _archived(store: Store, aged: Sequence[int]) -> Iterator[int]:
    """What documents that are closed hold, also those of a channel that may come back to feeds.toml."""
    first, last = min(aged), max(aged)
    for name in sorted(store.channel_ids()):
        for block in store.blocks(name):
            if block.first <= last and first <= block.last:
                yield from json.loads(store.note(f"archive:{name}:{block.number}") or "[false]")[1:]

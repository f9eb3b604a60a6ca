"""`aggregator plan`: what today's feeds.toml would change in every output, over what is stored, without writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aggregator.editorial import prepare
from aggregator.editorial.membership import rules_of
from aggregator.editorial.share import share
from aggregator.model import Channel, Settings, Source, StoredEntry
from aggregator.service.renaming import renames
from aggregator.store.ports import Store

Member = tuple[int, int, str, tuple[float, float, str]]  # seq, number of its source, title, place


def plan(store: Store, settings: Settings) -> Iterator[str]:
    """Lines for a person: sources that come and go, and for each channel what would be added, dropped and moved."""
    yield from _sources(store, settings)
    wanted, moved = _memberships(store, settings), renames(store, settings.channels)
    for old, new in moved.items():
        yield f"channel {old}: would be called {new}, and its addresses would lead there"
    before = {new: old for old, new in moved.items()}
    for channel in settings.channels:
        yield from _channel(store, channel, before.get(channel.id, channel.id), wanted[channel.id])
    gone = store.channel_ids() - {channel.id for channel in settings.channels} - moved.keys()
    for name in sorted(gone):
        yield f"channel {name}: is in feeds.toml no more; its files would be removed"


def _sources(store: Store, settings: Settings) -> Iterator[str]:
    before = {source.id: source for source, *_ in store.states()}
    after = {source.id: source for source in settings.sources}
    for name in sorted(after.keys() - before.keys()):
        yield f"source {name}: new; it would be polled at once"
    for name in sorted(before.keys() - after.keys()):
        yield f"source {name}: gone; it would not be polled any more, what it gave stays"
    for name in sorted(after.keys() & before.keys()):
        if before[name].url != after[name].url:
            yield f"source {name}: another address; it would be polled at once"


def _memberships(store: Store, settings: Settings) -> dict[str, list[Member]]:
    """For each channel the (seq, source number, title) that its rules would let in, newest position first."""
    sources = {source.id: source for source in settings.sources}
    numbers: dict[str, int] = {}
    found: dict[str, list[Member]] = {channel.id: [] for channel in settings.channels}
    for entry, channels in _subjects(store, settings, sources):
        number = numbers.setdefault(entry.source_id, len(numbers))
        place = (-entry.position.timestamp(), -entry.published.timestamp(), entry.id)
        for channel in channels:
            found[channel].append((entry.seq, number, entry.title, place))
    return found


def _subjects(
    store: Store, settings: Settings, sources: dict[str, Source]
) -> Iterator[tuple[StoredEntry, tuple[str, ...]]]:
    titles = {source.id: facts.title for source, _, facts, _ in store.states()}
    for entry, packed in store.shown_by_position():
        source = sources.get(entry.source_id) or Source(entry.source_id, "")
        rules = rules_of(settings.channels, source, titles.get(source.id, ""))
        subject = prepare.subject_again(entry, packed, rules)
        if rules.excluded(subject) is None:
            yield entry, rules.channels(subject)


def _channel(store: Store, channel: Channel, name: str, members: list[Member]) -> Iterator[str]:
    titles = {seq: title for seq, _, title, _ in members}
    places = {seq: place for seq, _, _, place in members}
    chosen = share(((seq, source) for seq, source, *_ in members), channel.limit, channel.per_source, {})
    after = sorted((seq for seq, _ in chosen), key=places.__getitem__)
    shown = [story.shown.entry for story in store.window(replace(channel, id=name), None)]
    before = [entry.seq for entry in shown]
    titles.update({entry.seq: entry.title for entry in shown})
    added, dropped = [s for s in after if s not in before], [s for s in before if s not in after]
    kept_before, kept_after = [s for s in before if s in after], [s for s in after if s in before]
    moved = sum(one != other for one, other in zip(kept_before, kept_after, strict=True))
    yield f"channel {channel.id}: {len(added)} added, {len(dropped)} dropped, {moved} moved, {len(after)} in all"
    yield from (f"  + {titles[seq]}" for seq in added[:20])
    yield from (f"  - {titles[seq]}" for seq in dropped[:20])

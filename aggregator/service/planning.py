"""`aggregator plan`: what today's feeds.toml would change in every output, over what is stored, without writing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aggregator.editorial import prepare
from aggregator.editorial.membership import rules_of
from aggregator.editorial.share import share
from aggregator.model import Channel, Settings, Source, StoredEntry
from aggregator.model.record import dataclass, replace
from aggregator.service.build import published
from aggregator.service.pruning import floor
from aggregator.service.renaming import renames
from aggregator.store.ports import Store

LISTED = 20  # entries of one kind that are named in a channel


@dataclass(frozen=True, slots=True)
class Member:
    """An entry that a channel's rules let in."""

    seq: int
    source: int  # a number for its source
    title: str
    position: datetime
    place: tuple[float, float, str]  # by which entries are in order


def plan(store: Store, settings: Settings) -> Iterator[str]:
    """Lines for a person: sources that come and go, and for each channel what would be added, dropped and moved."""
    yield from _sources(store, settings)
    numbers: dict[str, int] = {}
    wanted, moved = _memberships(store, settings, numbers), renames(store, settings.channels)
    weights = {numbers[source.id]: source.weight for source in settings.sources if source.id in numbers}
    for old, new in moved.items():
        yield f"channel {old}: would be called {new}, and its addresses would lead there"
    before = {new: old for old, new in moved.items()}
    for channel in settings.channels:
        shown = published(store, replace(channel, id=before.get(channel.id, channel.id)))
        yield from _channel(store, channel, shown, wanted[channel.id], weights)
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


def _memberships(store: Store, settings: Settings, numbers: dict[str, int]) -> dict[str, list[Member]]:
    """For each channel what its rules would let in, newest position first; `numbers` is filled with those of the sources."""
    sources = {source.id: source for source in settings.sources}
    found: dict[str, list[Member]] = {channel.id: [] for channel in settings.channels}
    for entry, channels in _subjects(store, settings, sources):
        number = numbers.setdefault(entry.source_id, len(numbers))
        place = (-entry.position.timestamp(), -entry.published.timestamp(), entry.id)
        for channel in channels:
            found[channel].append(Member(entry.seq, number, entry.title, entry.position, place))
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


def _channel(
    store: Store, channel: Channel, before: list[int], members: list[Member], weights: dict[int, float]
) -> Iterator[str]:
    titles = {one.seq: one.title for one in members}
    places = {one.seq: one.place for one in members}
    oldest = floor(store, channel)
    candidates = [one for one in members if oldest is None or one.position >= oldest]
    chosen = share(((one.seq, one.source) for one in candidates), channel.limit, channel.per_source, weights)
    after = sorted((seq for seq, _ in chosen), key=places.__getitem__)
    titles.update({story.shown.entry.seq: story.shown.entry.title for story in store.stories(before)})
    added, dropped = [s for s in after if s not in before], [s for s in before if s not in after]
    moves = [(before.index(seq) + 1, after.index(seq) + 1, seq) for seq in after if seq in before]
    moved = [move for move in moves if move[0] != move[1]]
    yield f"channel {channel.id}: {len(added)} added, {len(dropped)} dropped, {len(moved)} moved, {len(after)} in all"
    yield from _listed([f"  + {titles[seq]}" for seq in added])
    yield from _listed([f"  - {titles.get(seq, 'an entry that was pruned')}" for seq in dropped])
    yield from _listed([f"  ~ {titles[seq]}: number {old}, then {new}" for old, new, seq in moved])


def _listed(lines: list[str]) -> Iterator[str]:
    yield from lines[:LISTED]
    if len(lines) > LISTED:
        yield f"{lines[0][:4]}and {len(lines) - LISTED} more"

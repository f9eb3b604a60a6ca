"""`aggregator why`: what became of an entry, from the poll that brought it to its place in each channel, or what keeps it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from aggregator.editorial import prepare
from aggregator.editorial.membership import Rules, kept_out, rules_of
from aggregator.model import Channel, Pruned, Settings, Source, StoredEntry
from aggregator.publish.formats.words import date
from aggregator.service.ingest import LATE
from aggregator.service.pruning import floor
from aggregator.store.ports import Store

MOST = 30  # channels that an entry is not in, of which is told why
_LEFT = "it left its feed, which says that it is complete; it is shown again if it comes back"
_GONE = {
    None: "is not in feeds.toml any more: what it gave stays, and it is not polled",
    "paused": "is paused in feeds.toml: what it gave stays, and it is not polled",
    "gone": "said that it is gone for good (410): what it gave stays, and it is not polled",
}


def why(store: Store, settings: Settings, what: str) -> list[str]:
    """The trail of every entry that has this address or id, and what is left of pruned ones; [] when there is none."""
    found = store.find(what)
    lines: list[str] = []
    for entry in found:
        lines += [*_Trail(store, settings, entry).lines(), ""]
    for one in store.pruned(what):
        lines += [*_pruned(one), ""]
    return lines[:-1]


def _pruned(one: Pruned) -> Iterator[str]:
    yield f"An entry of {one.source_id} that is not stored any more"
    yield f"  first seen  {_at(one.first_seen)}, published {_at(one.published)}"
    if one.excluded_by:
        yield f"  dropped     {_said(one.excluded_by)}"
    yield f"  pruned      {_at(one.at)}: it was older than [store] keep and in no output; it is never stored again"


@dataclass
class _Trail:
    store: Store
    settings: Settings
    entry: StoredEntry

    def lines(self) -> Iterator[str]:
        entry = self.entry
        yield f"{entry.title}"
        yield f"  id          {entry.id}"
        yield f"  source      {entry.source_id}, which calls it {entry.source_entry_id or 'nothing'}"
        if self._state in _GONE:
            yield f"              {entry.source_id} {_GONE[self._state]}"
        yield f"  address     {entry.published_url or 'none'}"
        yield f"  first seen  {_at(entry.first_seen)}, published {_at(entry.published)}, changed {_at(entry.updated)}"
        yield f"  place       {_at(entry.position)}: {_placed(entry)}"
        yield from (f"  {line}" for line in self._group())
        if entry.excluded_by:
            yield f"  dropped     {_said(entry.excluded_by)}{self._since_then()}"
        if entry.withdrawn:
            yield f"  withdrawn   {_LEFT if self._kept['left'] else 'it was taken out of every output, for ever'}"
        yield from (f"  channel     {line}" for line in self._channels())
        for at, outcome, url, error in self.store.visits(entry.source_id, 3, entry.first_seen):
            yield f"  polled      {_at(at)} {outcome} {url or ''}{f': {error}' if error else ''}"

    @cached_property
    def _kept(self) -> dict[str, object]:
        return self.store.trail(self.entry.seq)

    @cached_property
    def _told(self) -> tuple[Source, str, str | None]:
        """The source, what its feed is called, and its state; None where feeds.toml does not have it."""
        for source, state, facts, _ in self.store.states_of([self.entry.source_id]):
            return source, facts.title, state.state
        return Source(self.entry.source_id, "", enabled=False), "", None

    @property
    def _state(self) -> str | None:
        return self._told[2]

    def _rules(self, channels: tuple[Channel, ...]) -> Rules:
        source, site, _ = self._told
        return rules_of(channels, source, site)

    def _group(self) -> Iterator[str]:
        """Under which entry this one is told, and why."""
        entry, because = self.entry, str(self._kept["because"] or "")
        if entry.duplicate_of:
            yield f"copy        of {entry.duplicate_of}, because: {because}"
        elif not entry.lead:
            yield f"story       {entry.story}, because it {because}"
        else:
            yield "lead        of its own story"
            return
        for other in self.store.find(entry.duplicate_of or entry.story):
            if other.id == (entry.duplicate_of or entry.story):
                yield f"            that is “{other.title}” of {other.source_id}"

    def _since_then(self) -> str:
        """Whether today's rules say otherwise than those under which it came."""
        (_, packed), *_ = self.store.packed_after(self.entry.seq - 1, 1)
        rules = self._rules(())
        now = rules.excluded(prepare.subject_again(self.entry, packed, rules))
        if self.entry.excluded_by == now or self._state is None or prepare.is_private(self.entry):
            return ""
        return f"; under today's feeds.toml {f'{_said(now)}' if now else 'it is let in, once `aggregator rebuild` has run'}"

    # -- channels
    def _channels(self) -> Iterator[str]:
        """Where it is, where it is shown at present, and what keeps it out of the others."""
        inside = list(self._kept["channels"])  # type: ignore[call-overload]  # of the store's own making
        named = {channel.id: channel for channel in self.settings.channels}
        for name, since, shown, instead in inside:
            channel = named.get(name)
            if channel is None:
                yield f"{name} since {_at(since)}; feeds.toml does not have that channel any more"
            elif not shown:
                yield f"{name} since {_at(since)}; another telling of its story is shown: {instead}"
            else:
                yield f"{name} since {_at(since)}; {self._place(channel)}"
        if self.entry.excluded_by or self.entry.withdrawn:
            yield from () if inside else ("none",)
            return
        if not inside:
            yield "none: no channel's rules let it in"
        outside = [channel for name, channel in named.items() if name not in {one[0] for one in inside}]
        yield from self._outside(tuple(outside[:MOST]))
        if len(outside) > MOST:
            yield f"and {len(outside) - MOST} more that it is not in"

    def _outside(self, channels: tuple[Channel, ...]) -> Iterator[str]:
        if not channels:
            return
        (_, packed), *_ = self.store.packed_after(self.entry.seq - 1, 1)
        rules = self._rules(channels)
        subject = prepare.subject_again(self.entry, packed, rules)
        for channel in channels:
            reason = kept_out(rules, channel, subject)
            yield f"{channel.id}: not in it; {reason or 'its rules let it in, once `aggregator rebuild` has run'}"

    def _place(self, channel: Channel) -> str:
        entry, oldest = self.entry, floor(self.store, channel)
        shown = [story.shown.entry for story in self.store.window(channel, oldest)]
        numbers = [one.seq for one in shown]
        if entry.seq in numbers:
            return f"number {numbers.index(entry.seq) + 1} of {len(shown)} in it now"
        kept = "; it is in the archive" if "atom" in channel.formats else ""
        if oldest and channel.max_age and entry.position < oldest:
            aged = entry.position + channel.max_age
            when = (
                "it was older than its max_age when it came"
                if aged < entry.first_seen
                else f"aged out of it on {_at(aged)}, by its max_age"
            )
            return f"{when}{kept}"
        if any(one.position < entry.position for one in shown):
            own = sum(one.source_id == entry.source_id for one in shown)
            share = f"its source has its share of them already, {own}"
            return f"not among the {len(shown)} shown now: {share}{kept}"
        return f"not among the {len(shown)} shown now (limit {channel.limit}){kept}"


def _said(reason: str) -> str:
    return f"by {reason}" if reason.startswith("exclude") else reason


def _at(moment: datetime) -> str:
    """To the second: what is finer helps nobody."""
    return date(moment.replace(microsecond=0))


def _placed(entry: StoredEntry) -> str:
    if _at(entry.position) != _at(entry.first_seen):
        return "its publication date"
    late = entry.first_seen - entry.published > LATE
    return "where it was first seen, since it came late" if late else "where it was first seen"

"""The Protocol that every store keeps; tests/contract runs one suite on each implementation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from aggregator.model import (
    STATES,
    Block,
    Channel,
    Entry,
    FeedFacts,
    FetchState,
    Known,
    Poll,
    Pruned,
    Source,
    SourceFacts,
    StoredEntry,
    Story,
    Teller,
    Tombstone,
    Visit,
)

Health = tuple[Source, FetchState, FeedFacts, int]  # a source with its state, facts and number of entries
Wanted = tuple[Sequence[int], datetime, datetime]  # the probes of an entry, and a window: since and until


class Store(Protocol):
    """One database of sources, entries and what was published of them.

    Used from one thread. Times in and out are aware UTC datetimes, kept to the microsecond. Every method raises
    StoreError when the database is locked for longer than it waits, full, damaged or of a newer version; nothing
    else is raised. A write outside `transaction()` is a transaction of its own.
    """

    def close(self) -> None:
        """Give everything back; a second call does nothing."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; takes the write lock at once. An inner one joins the outer one."""
        ...

    def wait_at_most(self, seconds: float) -> None:
        """From now on a write waits that long for another process to end its own, and raises StoreError then."""
        ...

    # -- one fetcher at a time
    def take_lease(self, holder: str) -> str | None:
        """Be the one process that fetches: None when it is ours now, else who has it. It ends with the process, however that ends."""
        ...

    def drop_lease(self) -> None:
        """End our lease; nothing when it is not ours."""
        ...

    # -- sources and when to ask them
    def sync_sources(self, sources: Iterable[Source], channels: Sequence[Channel], fingerprint: str) -> None:
        """Make the stored list that of feeds.toml. A source that left it keeps its entries and is asked no more; one that
        comes back goes on where it was. Another URL, headers or auth drop the validators. Costs one look-up when
        `fingerprint` is that of the last call."""
        ...

    def synced(self) -> str | None:
        """The fingerprint of the last sync_sources; None before the first."""
        ...

    def due(self, now: datetime, limit: int) -> list[Poll]:
        """Enabled sources whose next poll has come, longest due first; those never asked in the order of feeds.toml. A next
        poll further ahead than nine days was set by a wrong clock, and counts as due."""
        ...

    def polls(self, ids: Sequence[str] | None = None) -> list[Poll]:
        """These sources (by id or URL), or all enabled ones, in feeds.toml's order, due or not. Unknown ones are left out."""
        ...

    def count_sources(self) -> int:
        """How many sources feeds.toml has, paused ones too."""
        ...

    def feeding(self, channel: Channel, most: int) -> list[SourceFacts]:
        """The first `most` sources of feeds.toml that may feed a channel by its `sources` and `tags`."""
        ...

    def next_due(self) -> datetime | None:
        """When the next source falls due; None when none ever will."""
        ...

    def revive(self, source_id: str) -> None:
        """Forget that a source is gone, and that it failed: it is due."""
        ...

    def postpone(self, poll: Poll) -> None:
        """What is remembered of a source that was not asked: another next poll, other times after the clock was set."""
        ...

    def spread(self, now: datetime, longest: timedelta, shift: float, most: int) -> int:
        """Plan at most `most` of those anew that fell due while nobody asked; how many. Evenly over as long as that was, but
        over `longest` and over their own interval at the most. Who was never asked, or last before the clock was set, stays
        due. `shift` in [0, 1): where in it the first one falls."""
        ...

    def host_notes(self) -> dict[str, str]:
        """What schedule.hosts remembers, by host: JSON of its own making."""
        ...

    def save_host_notes(self, notes: Mapping[str, str]) -> None:
        """Replace the notes of these hosts; an empty text forgets one."""
        ...

    # -- ingest, inside transaction()
    def record(self, done: Sequence[tuple[Visit, int]]) -> None:
        """Of each poll the new FetchState, FeedFacts and one line of fetch history (bounded a source); with each: how many
        entries were stored for the first time. A 304 writes one small row."""
        ...

    def known_of(self, source_id: str, entries: Sequence[Entry]) -> dict[str, Known]:
        """Those of these entries that are stored of this source, by Entry.key, withdrawn ones too. Empty where there is none."""
        ...

    def has_entries(self, source_id: str) -> bool:
        """Whether a source ever gave an entry, pruned ones too."""
        ...

    def arrived(self, source_id: str, now: datetime, most: int) -> int:
        """How many entries of a source were first seen at this moment; counted up to `most`."""
        ...

    def expect(self, arriving: Sequence[Entry]) -> None:
        """These entries are about to be looked up and inserted in this transaction: to look for all at once costs less."""
        ...

    def lookalikes(self, entry: Entry, bands: Sequence[int]) -> list[Known]:
        """Entries of any source that share the id, link, title or a band; a bounded number, oldest first."""
        ...

    def storymates(self, asked: Sequence[Wanted]) -> list[list[int]]:
        """For each the entries first seen in its window that share a probe with it; a bounded number of seqs."""
        ...

    def tellers(self, seqs: Iterable[int], *, stories: bool = False) -> list[Teller]:
        """These entries in order of arrival, and with `stories` all that are in a story with one of them."""
        ...

    def untold(self, after: int) -> list[Teller]:
        """The entries that came after this seq, but for copies, what is withdrawn and what a rule keeps out."""
        ...

    def probe(self, rows: Iterable[tuple[int, datetime, Sequence[int]]]) -> None:
        """Let entries be found by their terms: seq, first_seen and probes of each."""
        ...

    def insert(
        self,
        entry: Entry,
        source_id: str,
        now: datetime,
        position: datetime,
        bands: Sequence[int],
        verdict: str,
    ) -> int:
        """Store a new entry, alone in a story of its own; its seq. Where its id is taken by another entry it gets a minted one."""
        ...

    def update(self, seq: int, entry: Entry, now: datetime, bands: Sequence[int], *, announce: bool) -> None:
        """An edit in place: id, first_seen and position stay; `updated` moves only with `announce`."""
        ...

    def index(self, seq: int, bands: Sequence[int]) -> None:
        """Let an entry be found by its text."""
        ...

    def touch(self, seq: int, entry: Entry) -> bool:
        """Title, teaser and link have not changed; everything else of the entry is brought up to date, and nothing announced.
        True when outputs may differ by it: other tags, authors, files, or channels."""
        ...

    def past(self, seq: int) -> bytes:
        """The fingerprints that an entry had before, 8 bytes each; b"" for none."""
        ...

    def fold(self, seq: int, duplicate_of: int | None, story: int, because: str) -> None:
        """Put an entry (and what is folded under it already) under another: as a copy, or with None as one more telling of a
        story. What channels show follows."""
        ...

    def join_channels(self, seq: int, names: Sequence[str], since: datetime) -> None:
        """The channels that an entry is in. It never leaves one again by this."""
        ...

    def join_new(self, seq: int, source_id: str, position: datetime, names: Sequence[str], since: datetime) -> None:
        """The channels of an entry that has just been inserted."""
        ...

    def bump(self, names: Iterable[str], seqs: Iterable[int] = ()) -> None:
        """Say that what these channels show, or what shows these entries, may have changed."""
        ...

    def tidy(self, now: datetime) -> None:
        """Drop what only the past needed; a bounded amount at a time."""
        ...

    # -- retention
    def aged(self, before: datetime, after: int, most: int, archived: Sequence[str]) -> tuple[list[int], int]:
        """Of the next `most` entries in order of arrival after a seq those with a position before a moment that no other entry
        and none of the channels `archived` needs; and the last seq looked at, 0 when there are no more."""
        ...

    def prune(self, seqs: Sequence[int], now: datetime) -> None:
        """Drop these entries. Their numbers are not given again, nor their ids."""
        ...

    def returned(self, source_id: str, entries: Sequence[Entry]) -> set[str]:
        """The keys of those of these entries that were pruned: they are not to be stored again."""
        ...

    def pruned(self, url_or_id: str) -> list[Pruned]:
        """What is left of pruned entries with this published id, source_entry_id or address."""
        ...

    def count_pruned(self) -> int:
        """How many entries were pruned so far."""
        ...

    def shrink(self) -> None:
        """Give back space that is not needed any more; a bounded amount at a time."""
        ...

    # -- publish
    def version(self, channel_id: str) -> int:
        """A number that grows whenever what the channel shows may have changed; 0 before."""
        ...

    def window(self, channel: Channel, now_floor: datetime | None) -> list[Story]:
        """The stories to show, newest position first, by the contract's rule of share; [] when there is none. Entries with a
        position before `now_floor` are left out."""
        ...

    def arrivals(self, channel_id: str, after: int, limit: int) -> list[int]:
        """The seqs shown in a channel, in order of arrival, after a seq."""
        ...

    def stories(self, seqs: Sequence[int]) -> list[Story]:
        """Stories by the seqs of what is shown of them, in the order given."""
        ...

    def told_alone(self, seqs: Sequence[int]) -> list[Story]:
        """The same, but for who else tells them."""
        ...

    def blocks(self, channel_id: str, since: int = 0) -> list[Block]:
        """The archive documents of a channel that end with this seq or a later one, oldest first."""
        ...

    def blocks_end(self, channel_id: str) -> tuple[int, int]:
        """The number of the newest archive document of a channel, and the last seq that is in any; zeros where there is none."""
        ...

    def add_blocks(self, channel_id: str, new: Sequence[Block]) -> None:
        """Close these archive documents for ever."""
        ...

    def stale_blocks(self, channel_id: str) -> set[int]:
        """The numbers of the archive documents in which an entry was edited, regrouped or withdrawn since settle_blocks."""
        ...

    def settle_blocks(self, channel_id: str) -> None:
        """All archive documents of a channel are written."""
        ...

    def tombstones(self, channel_id: str, limit: int = 100) -> list[Tombstone]:
        """The newest withdrawals of a channel."""
        ...

    def leave_channels(self, seq: int, now: datetime) -> None:
        """Take an entry out of its channels, with tombstones where it was shown: its source or a rule keeps it out now."""
        ...

    def unsettle_archives(self) -> None:
        """All archive documents are to be written again."""
        ...

    def withdraw(self, seq: int, now: datetime) -> None:
        """Take an entry out of every channel, for ever, with a tombstone."""
        ...

    def mirror(self, source_id: str, prints: bytes, now: datetime) -> None:
        """A document that says it is its whole feed has the entries with these raw fingerprints, 8 bytes each: the others of its
        source are withdrawn, and those that had left and are back are shown again, but for what the user withdrew."""
        ...

    def facts(self) -> Iterator[SourceFacts]:
        """Sources as outputs show them, in feeds.toml's order, streamed."""
        ...

    def facts_of(self, ids: Sequence[str]) -> list[SourceFacts]:
        """These sources, also those that have left feeds.toml, in feeds.toml's order. Unknown ones are left out."""
        ...

    # -- small things
    def note(self, key: str) -> str | None:
        """A small thing remembered under a name; None when it is not there."""
        ...

    def save_note(self, key: str, value: str | None) -> None:
        """Remember or (None) forget it."""
        ...

    def blob(self, key: str) -> bytes:
        """Bytes remembered under a name; empty when they are not there."""
        ...

    def save_blob(self, key: str, value: bytes) -> None:
        """Remember them."""
        ...

    def notes(self, prefix: str) -> dict[str, str]:
        """All notes whose names begin so."""
        ...

    def secret(self) -> str:
        """What our feeds' ids are minted from: made once, with the store, and never changed."""
        ...

    # -- questions
    def export(self) -> Iterator[tuple[StoredEntry, tuple[str, ...]]]:
        """Every stored entry with its channels, in order of arrival, streamed."""
        ...

    def channel_ids(self) -> set[str]:
        """The channels that the store knows."""
        ...

    def rename_channel(self, old: str, new: str) -> None:
        """All that is stored of a channel is that of `new`, a name that the store does not know."""
        ...

    def shown_by_position(self) -> Iterator[tuple[StoredEntry, bytes]]:
        """Every story lead that is not withdrawn, with its packed text, newest position first, streamed."""
        ...

    def find(self, url_or_id: str) -> list[StoredEntry]:
        """Entries with this published id, source_entry_id or address."""
        ...

    def reset_groups(self) -> None:
        """Take every entry out of every story, copy and channel, and forget the similarity indexes; for `rebuild`."""
        ...

    def packed_after(self, seq: int, limit: int) -> list[tuple[StoredEntry, bytes]]:
        """The next entries in order of arrival with their packed texts; [] at the end."""
        ...

    def recompute(self, seq: int, entry: Entry) -> None:
        """Replace what is derived from an entry's text and the settings."""
        ...

    def trail(self, seq: int) -> dict[str, object]:
        """ "because", "left" (its source withdrew it), "own_channels" and "channels" of an entry, for `why`: id, since, shown, and the id of
        what it shows of its story."""
        ...

    def visits(
        self, source_id: str, limit: int = 5, since: datetime | None = None
    ) -> list[tuple[datetime, str, str | None, str | None]]:
        """The last visits to a source, and the first one `since`, newest first: time, outcome, address, error."""
        ...

    def states(self, kinds: Sequence[str] = STATES) -> Iterator[Health]:
        """The sources of feeds.toml that are in these states, in the order of the states, then newest in that state first,
        then in feeds.toml's order; streamed."""
        ...

    def states_of(self, ids: Sequence[str]) -> list[Health]:
        """These sources, in feeds.toml's order. Unknown ones are left out."""
        ...

    def moved(self, most: int) -> list[Health]:
        """The first `most` sources, in feeds.toml's order, that are read from another address than is written there."""
        ...

    def counts(self) -> dict[str, int]:
        """How many sources of feeds.toml are in each state; states that none is in are left out."""
        ...

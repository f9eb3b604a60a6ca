"""The Protocol that every store keeps; tests/contract runs one suite on each implementation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from aggregator.model import (
    Channel,
    Entry,
    FeedFacts,
    FetchState,
    Known,
    Poll,
    Source,
    SourceFacts,
    StoredEntry,
    Story,
    Visit,
)


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
        """All or nothing; takes the write lock at once (BEGIN IMMEDIATE). An inner one joins the outer one."""
        ...

    # -- one fetcher at a time
    def take_lease(self, holder: str, now: datetime, lasts: timedelta) -> str | None:
        """None: it is ours now. Else the holder that has it. A lease that ran out, or is ours, is taken again."""
        ...

    def drop_lease(self, holder: str) -> None:
        """End our lease; nothing when it is not ours."""
        ...

    # -- sources and when to ask them
    def sync_sources(
        self, sources: Iterable[Source], channels: Sequence[Channel], fingerprint: str, now: datetime
    ) -> None:
        """Make the stored list that of feeds.toml. A source that left it keeps its entries and is asked no more; one that
        comes back (or was paused) goes on where it was. A changed URL, headers or auth drops the validators. Costs
        one look-up when `fingerprint` is that of the last call."""
        ...

    def synced(self) -> str | None:
        """The fingerprint of the last sync_sources; None before the first."""
        ...

    def due(self, now: datetime, limit: int) -> list[Poll]:
        """Enabled sources whose next_poll has come, longest due first; sources never asked come in feeds.toml's order.
        A next_poll further ahead than 8 days and a day is taken as due (a clock was wrong)."""
        ...

    def polls(self, ids: Sequence[str] | None = None) -> list[Poll]:
        """These sources (by id or URL), or all enabled ones, in feeds.toml's order, due or not. Unknown ones are left out."""
        ...

    def next_due(self) -> datetime | None:
        """When the next source falls due; None when none ever will."""
        ...

    def host_notes(self) -> dict[str, str]:
        """What schedule.hosts remembers, by host: JSON of its own making."""
        ...

    def save_host_notes(self, notes: Mapping[str, str]) -> None:
        """Replace the notes of these hosts; an empty text forgets one."""
        ...

    # -- ingest: called by service.ingest inside transaction()
    def record(self, visit: Visit) -> None:
        """The new FetchState, FeedFacts and one line of fetch history (bounded a source). A 304 writes one small row."""
        ...

    def known_of(self, source_id: str, keys: Sequence[str]) -> dict[str, Known]:
        """The stored entries of a source by Entry.key; tombstones included. Empty where there is none."""
        ...

    def lookalikes(self, entry: Entry, bands: Sequence[int]) -> list[Known]:
        """Entries of any source that share the id, url_key or title_key, or a band; a bounded number, oldest first."""
        ...

    def storymates(self, probes: Sequence[int], since: datetime, until: datetime) -> list[Known]:
        """Entries first seen and published in that window that share a probe; a bounded number, best first."""
        ...

    def insert(
        self, entry: Entry, visit: Visit, position: datetime, bands: Sequence[int], probes: Sequence[int], verdict: str
    ) -> int:
        """Store a new entry, alone in a story of its own; its seq. `verdict` is for `why`."""
        ...

    def update(
        self, seq: int, entry: Entry, visit: Visit, bands: Sequence[int], probes: Sequence[int], *, announce: bool
    ) -> None:
        """An edit in place: id, first_seen and position stay; `updated` moves only with `announce`."""
        ...

    def fold(self, seq: int, duplicate_of: int | None, story: int, because: str) -> None:
        """Put an entry (and what is already folded under it) under another; leads and `channels shown` follow."""
        ...

    def join_channels(self, seq: int, channels: Sequence[str], since: datetime) -> None:
        """The channels that an entry is in. It never leaves one again by this; `rebuild` starts afresh."""
        ...

    def bump(self, channels: Iterable[str]) -> None:
        """Say that what these channels show may have changed."""
        ...

    # -- publish
    def version(self, channel_id: str) -> int:
        """A number that grows whenever what the channel shows may have changed; 0 before."""
        ...

    def window(self, channel: Channel, now_floor: datetime | None) -> list[Story]:
        """The stories to show, newest position first, by the contract's rule of share; empty when there is none.
        `now_floor`: entries with an older position are left out (max_age)."""
        ...

    def facts(self, ids: Sequence[str] | None = None) -> list[SourceFacts]:
        """Sources as outputs show them, in feeds.toml's order."""
        ...

    def note(self, key: str) -> str | None:
        """A small thing remembered under a name (what was built, feed ids, archive state); None when it is not there."""
        ...

    def save_note(self, key: str, value: str | None) -> None:
        """Remember or (None) forget it."""
        ...

    # -- questions
    def export(self) -> Iterator[tuple[StoredEntry, tuple[str, ...]]]:
        """Every stored entry with its channels, in order of arrival, streamed."""
        ...

    def find(self, url_or_id: str) -> list[StoredEntry]:
        """Entries with this published id, source_entry_id, url or published_url."""
        ...

    def states(self) -> Iterator[tuple[Source, FetchState, FeedFacts, int]]:
        """Every source of feeds.toml with its state and number of entries, streamed in feeds.toml's order."""
        ...

"""The embedded store: SQLite through sqlite-utils' migrations. Keeps the Protocol of ports; the work is done beside."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from aggregator.model import (
    STATES,
    Block,
    Channel,
    Entry,
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
from aggregator.store import channels, codec, entries, meeting, pruning, sources, texts, visits
from aggregator.store.database import Database, looked_up
from aggregator.store.meeting import Marks, Meeting
from aggregator.store.ports import Health, Wanted

NUMBERS_KEPT = 20_000  # of sources: those of a million would fill 150 MB


def open_store(path: Path) -> SqliteStore:
    """The store in this file, made if there is none. Raises StoreError."""
    return SqliteStore(Database(path))


def synced(path: Path) -> str | None:
    """What Store.synced() of the store in this file is, without opening it for writing; None where there is none."""
    rows = looked_up(path, "select value from note where key = 'settings'")
    return rows[0][0] if rows else None


class SqliteStore:
    """See ports.Store; what each method promises stands there."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._sources: dict[str, int] = {}
        self._channels: dict[str, int] | None = None
        self._meeting = Meeting()
        self._texts: list[tuple[int, bytes]] = []  # of entries that were inserted in the transaction under way

    def close(self) -> None:
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            with self._db.transaction():
                yield
                texts.keep(self._db, self._texts)
                self._texts = []
        finally:
            self._meeting = Meeting()
            self._texts = self._texts if self._db.writing else []

    def wait_at_most(self, seconds: float) -> None:
        self._db.wait_at_most(seconds)

    def take_lease(self, holder: str) -> str | None:
        return self._db.take_lease(holder)

    def drop_lease(self) -> None:
        self._db.drop_lease()

    # -- sources
    def sync_sources(self, sources_: Iterable[Source], channels_: Sequence[Channel], fingerprint: str) -> None:
        if self.synced() == fingerprint:
            return
        sources.sync(self._db, sources_, channels_, fingerprint)
        self._channels = None

    def synced(self) -> str | None:
        return self.note(sources.SYNCED)

    def due(self, now: datetime, limit: int) -> list[Poll]:
        return self._noted(sources.due(self._db, now, limit))

    def polls(self, ids: Sequence[str] | None = None) -> list[Poll]:
        return self._noted(sources.polls(self._db, ids))

    def _noted(self, found: Sequence[sources.Numbered]) -> list[Poll]:
        """Their numbers are remembered: one question each would be asked when they are recorded."""
        if len(self._sources) + len(found) <= NUMBERS_KEPT:
            self._sources.update((poll.source.id, num) for num, poll in found)
        return [poll for _, poll in found]

    def count_sources(self) -> int:
        return sources.count(self._db)

    def feeding(self, channel: Channel, most: int) -> list[SourceFacts]:
        return sources.feeding(self._db, channel, most)

    def next_due(self) -> datetime | None:
        return sources.next_due(self._db)

    def revive(self, source_id: str) -> None:
        sources.revive(self._db, source_id)

    def postpone(self, poll: Poll) -> None:
        visits.postpone(self._db, self._num(poll.source.id), poll)

    def spread(self, now: datetime, longest: timedelta, shift: float, most: int) -> int:
        return sources.spread(self._db, now, longest, shift, most)

    def host_notes(self) -> dict[str, str]:
        return sources.host_notes(self._db)

    def save_host_notes(self, notes: Mapping[str, str]) -> None:
        sources.save_host_notes(self._db, notes)

    def _num(self, source_id: str) -> int:
        if source_id not in self._sources:
            if len(self._sources) >= NUMBERS_KEPT:
                self._sources.clear()
            self._sources.update(sources.numbers(self._db, [source_id]))
        return self._sources[source_id]

    # -- ingest
    def record(self, done: Sequence[tuple[Visit, int]]) -> None:
        visits.record(self._db, [(self._num(visit.source.id), visit, new) for visit, new in done])

    def known_of(self, source_id: str, entries_: Sequence[Entry]) -> dict[str, Known]:
        keys = [entry.key for entry in entries_ if self._meeting.may_be_known(entry)]
        return entries.known_of(self._db, self._num(source_id), keys)

    def has_entries(self, source_id: str) -> bool:
        return entries.has_entries(self._db, self._num(source_id))

    def arrived(self, source_id: str, now: datetime, most: int) -> int:
        return entries.arrived(self._db, self._num(source_id), now, most)

    def expect(self, arriving: Sequence[Entry]) -> None:
        self._meeting.expect(self._db, arriving)

    def lookalikes(self, entry: Entry, bands: Sequence[int]) -> list[Known]:
        seqs = self._meeting.alike(entry, bands)
        if seqs is None:
            seqs = meeting.alike(self._db, self._meeting.of(entry)._replace(bands=tuple(bands)))
        return entries.known_by_seq(self._db, seqs, entry.url_key)

    def storymates(self, asked: Sequence[Wanted]) -> list[list[int]]:
        return entries.storymates(self._db, asked)

    def tellers(self, seqs: Iterable[int], *, stories: bool = False) -> list[Teller]:
        return entries.tellers(self._db, seqs, stories=stories)

    def untold(self, after: int) -> list[Teller]:
        return entries.untold(self._db, after)

    def probe(self, rows: Iterable[tuple[int, datetime, Sequence[int]]]) -> None:
        entries.probe(self._db, rows)

    def insert(
        self,
        entry: Entry,
        source_id: str,
        now: datetime,
        position: datetime,
        bands: Sequence[int],
        verdict: str,
    ) -> int:
        if not self._db.writing:
            with self.transaction():
                return self.insert(entry, source_id, now, position, bands, verdict)
        met, its = self._meeting, self._meeting.of(entry)
        own = entry.id if met.is_new(entry) else entries.free_id(self._db, entry, source_id)
        mark = its.id if own == entry.id else codec.hashed(own)
        its = Marks(mark, its.given if own != entry.source_entry_id else None, its.link, its.title, tuple(bands))
        seq = met.number(self._db)
        entries.insert(self._db, seq, self._num(source_id), own, entry, its, now, position, verdict)
        met.add(seq, its)
        self._texts.append((seq, entry.text))
        return seq

    def update(self, seq: int, entry: Entry, now: datetime, bands: Sequence[int], *, announce: bool) -> None:
        entries.update(self._db, seq, entry, now, bands, announce=announce)
        self._meeting.edit(seq, self._meeting.of(entry)._replace(bands=tuple(bands)))

    def index(self, seq: int, bands: Sequence[int]) -> None:
        entries.index(self._db, seq, bands)
        self._meeting = Meeting()  # what is known of bands holds no more

    def touch(self, seq: int, entry: Entry) -> bool:
        return entries.touch(self._db, seq, entry)

    def past(self, seq: int) -> bytes:
        return entries.past(self._db, seq)

    def fold(self, seq: int, duplicate_of: int | None, story: int, because: str) -> None:
        entries.fold(self._db, seq, duplicate_of, story, because)
        channels.settle(self._db, story)

    def join_channels(self, seq: int, names: Sequence[str], since: datetime) -> None:
        channels.join(self._db, seq, names, since, self._channel_numbers(names))

    def join_new(self, seq: int, source_id: str, position: datetime, names: Sequence[str], since: datetime) -> None:
        channels.join_new(self._db, seq, self._num(source_id), position, names, since, self._channel_numbers(names))

    def _channel_numbers(self, wanted: Iterable[str] = ()) -> dict[str, int]:
        """Of all channels; read again where one is wanted that another process may have brought."""
        if self._channels is None or not self._channels.keys() >= set(wanted):
            self._channels = channels.numbers(self._db)
        return self._channels

    def bump(self, names: Iterable[str], seqs: Iterable[int] = ()) -> None:
        names, changed = list(names), list(seqs)
        known = self._channel_numbers(names)
        channels.bump(self._db, {known[name] for name in names if name in known} | channels.touched(self._db, changed))
        channels.unsettle(self._db, changed)

    def tidy(self, now: datetime) -> None:
        entries.forget_probes(self._db, now)

    # -- retention
    def aged(self, before: datetime, after: int, most: int, archived: Sequence[str]) -> tuple[list[int], int]:
        return pruning.aged(self._db, before, after, most, archived)

    def prune(self, seqs: Sequence[int], now: datetime) -> None:
        with self._db.transaction():
            pruning.prune(self._db, seqs, now)

    def returned(self, source_id: str, entries_: Sequence[Entry]) -> set[str]:
        num = self._num(source_id)
        return pruning.returned(self._db, num, entries_) if pruning.any_of(self._db, num) else set()

    def pruned(self, url_or_id: str) -> list[Pruned]:
        return pruning.find(self._db, url_or_id)

    def count_pruned(self) -> int:
        return pruning.count(self._db)

    def shrink(self) -> None:
        pruning.shrink(self._db)

    # -- publish
    def version(self, channel_id: str) -> int:
        return channels.version(self._db, channel_id)

    def window(self, channel: Channel, now_floor: datetime | None) -> list[Story]:
        return channels.window(self._db, channel, now_floor)

    def arrivals(self, channel_id: str, after: int, limit: int) -> list[int]:
        return channels.arrivals(self._db, channel_id, after, limit)

    def stories(self, seqs: Sequence[int]) -> list[Story]:
        return channels.stories(self._db, seqs)

    def told_alone(self, seqs: Sequence[int]) -> list[Story]:
        return channels.told_alone(self._db, seqs)

    def blocks(self, channel_id: str, since: int = 0) -> list[Block]:
        return channels.blocks(self._db, channel_id, since)

    def blocks_end(self, channel_id: str) -> tuple[int, int]:
        return channels.blocks_end(self._db, channel_id)

    def add_blocks(self, channel_id: str, new: Sequence[Block]) -> None:
        channels.add_blocks(self._db, self._channel_numbers([channel_id])[channel_id], new)

    def stale_blocks(self, channel_id: str) -> set[int]:
        return channels.stale_blocks(self._db, channel_id)

    def settle_blocks(self, channel_id: str) -> None:
        channels.settle_blocks(self._db, self._channel_numbers([channel_id])[channel_id])

    def tombstones(self, channel_id: str, limit: int = 100) -> list[Tombstone]:
        return channels.tombstones(self._db, channel_id, limit)

    def withdraw(self, seq: int, now: datetime) -> None:
        with self._db.transaction():
            channels.withdraw(self._db, seq, now)

    def leave_channels(self, seq: int, now: datetime) -> None:
        channels.leave(self._db, seq, now)

    def unsettle_archives(self) -> None:
        channels.unsettle_all(self._db)

    def mirror(self, source_id: str, prints: bytes, now: datetime) -> None:
        with self._db.transaction():
            left, back = channels.differing(self._db, self._num(source_id), prints)
            for seq in left:
                channels.withdraw(self._db, seq, now, channels.BY_SOURCE)
            for seq in back:
                channels.restore(self._db, seq, now, self._channel_numbers())
            channels.unsettle(self._db, back)

    def facts(self) -> Iterator[SourceFacts]:
        return sources.facts(self._db)

    def facts_of(self, ids: Sequence[str]) -> list[SourceFacts]:
        return sources.facts_of(self._db, ids)

    def note(self, key: str) -> str | None:
        rows = self._db.rows("select value from note where key = ?", (key,))
        return rows[0][0] if rows else None

    def save_note(self, key: str, value: str | None) -> None:
        if value is None:
            self._db.run("delete from note where key = ?", (key,))
        else:
            sources.note(self._db, key, value)

    def blob(self, key: str) -> bytes:
        rows = self._db.rows("select value from note where key = ?", (key,))
        return rows[0][0] if rows else b""

    def save_blob(self, key: str, value: bytes) -> None:
        sources.note(self._db, key, value)

    def notes(self, prefix: str) -> dict[str, str]:
        return dict(
            self._db.rows("select key, value from note where key >= ? and key < ?", (prefix, prefix + "\U0010ffff"))
        )

    def secret(self) -> str:
        """What our feeds' ids are minted from: made once, with the store, and never changed."""
        known = self.note("secret")
        if known is None:
            from uuid import uuid4

            known = str(uuid4())
            self.save_note("secret", known)
        return known

    # -- questions
    def export(self) -> Iterator[tuple[StoredEntry, tuple[str, ...]]]:
        return channels.exported(self._db, {num: name for name, num in self._channel_numbers().items()})

    def channel_ids(self) -> set[str]:
        return set(self._channel_numbers())

    def rename_channel(self, old: str, new: str) -> None:
        with self._db.transaction():
            channels.rename(self._db, old, new)
        self._channels = None

    def shown_by_position(self) -> Iterator[tuple[StoredEntry, bytes]]:
        sql = "select seq, packed from entry where story = seq and not withdrawn order by position desc, seq"
        rows = self._db.stream(sql)
        while some := list(islice(rows, 1000)):  # neighbours in time share rows of texts
            yield from self._with_texts(some)

    def find(self, url_or_id: str) -> list[StoredEntry]:
        return entries.find(self._db, url_or_id)

    def reset_groups(self) -> None:
        channels.reset(self._db)

    def packed_after(self, seq: int, limit: int) -> list[tuple[StoredEntry, bytes]]:
        return self._with_texts(
            self._db.rows("select seq, packed from entry where seq > ? order by seq limit ?", (seq, limit))
        )

    def _with_texts(self, rows: Sequence[tuple[int, bytes | None]]) -> list[tuple[StoredEntry, bytes]]:
        """A text that came with an edit is in the row of its entry."""
        found = entries.by_seq(self._db, [seq for seq, _ in rows])
        apart = texts.of(self._db, [seq for seq, packed in rows if packed is None])
        return [(found[seq], apart.get(seq, b"") if packed is None else texts.opened(packed)) for seq, packed in rows]

    def recompute(self, seq: int, entry: Entry) -> None:
        entries.recompute(self._db, seq, entry)

    def trail(self, seq: int) -> dict[str, object]:
        return channels.trail(self._db, seq)

    def visits(
        self, source_id: str, limit: int = 5, since: datetime | None = None
    ) -> list[tuple[datetime, str, str | None, str | None]]:
        return visits.of(self._db, self._num(source_id), limit, since)

    def states(self, kinds: Sequence[str] = STATES) -> Iterator[Health]:
        return sources.states(self._db, kinds)

    def states_of(self, ids: Sequence[str]) -> list[Health]:
        return sources.states_of(self._db, ids)

    def moved(self, most: int) -> list[Health]:
        return sources.moved(self._db, most)

    def counts(self) -> dict[str, int]:
        return sources.counts(self._db)

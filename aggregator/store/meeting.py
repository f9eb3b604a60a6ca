"""Has the store anything like what arrives? Asked once for all that a transaction brings: one question each costs ten times as much,
and most of what arrives is like nothing that is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from aggregator.editorial.duplicates import bands
from aggregator.model import Entry
from aggregator.store import codec
from aggregator.store.database import Database

MOST = 40  # candidates that one index gives
POSTINGS = 300  # newest entries under one band that are looked at: what stands in more texts is boilerplate
TWO = 2  # bands that a candidate has in common with an entry

_KINDS = ("pub_hash", "id_hash", "url_hash", "title_hash")
_OLDEST = f"select seq from entry where {{}} = {{}} order by seq limit {MOST}"
_NEWEST = f"select seq from band where band = value order by seq desc limit {POSTINGS}"
_SAME_KEY = " union all ".join(f"select * from ({_OLDEST.format(kind, '?')})" for kind in _KINDS)

Postings = dict[int, list[int]]  # seqs by hash, in order


class Marks(NamedTuple):
    """The hashes of what identifies an entry; None for what it has not."""

    id: int | None
    given: int | None  # what its source calls it, where it is not that
    link: int | None
    title: int | None
    bands: tuple[int, ...]


def marks(entry: Entry) -> Marks:
    """Those of this entry."""
    given, link, title = map(codec.maybe_hashed, (entry.source_entry_id, entry.url_key, entry.title_key))
    return Marks(codec.hashed(entry.id), given, link, title, bands(entry.sketch))


def alike(db: Database, asked: Marks) -> set[int]:
    """The seqs of entries that share the id, the link, the title or two bands; at most MOST of each."""
    keyed = {row[0] for row in db.rows(_SAME_KEY, (asked.given, *asked[1:4]))}
    return keyed.union(_most_shared(_postings(db, _NEWEST, asked.bands).values()))


def _most_shared(found: Iterable[Sequence[int]]) -> list[int]:
    shared = Counter(chain.from_iterable(found))
    return [seq for _, seq in sorted([(-count, seq) for seq, count in shared.items() if count >= TWO])[:MOST]]


class Meeting:
    """What is known of the hashes that a transaction asks for; it ends with the transaction."""

    def __init__(self) -> None:
        self._asked: dict[int, tuple[Entry, Marks]] = {}  # by the entry's place in memory, which it keeps
        self._keyed: tuple[Postings, ...] = tuple({} for _ in _KINDS)
        self._bands: Postings = {}  # of those alone that can be one of two which an entry shares
        self._pruned: set[int] = set()
        self._edited: set[int] = set()  # seqs that may stand under other hashes now
        self._last = 0  # seq

    def expect(self, db: Database, entries: Sequence[Entry]) -> None:
        """Look for everything that these entries could be like."""
        asked = [marks(entry) for entry in entries]
        self._asked.update((id(entry), (entry, its)) for entry, its in zip(entries, asked, strict=True))
        ids = {its.id for its in asked}
        given = ids.union(its.given for its in asked)
        links, titles = {its.link for its in asked}, {its.title for its in asked}
        for kind, found, wanted in zip(_KINDS, self._keyed, (given, given, links, titles), strict=True):
            met = _met(db, "entry", kind, wanted)
            found.update(_postings(db, _OLDEST.format(kind, "value"), met))
        self._pruned.update(_met(db, "pruned", "pub_hash", ids))
        # Who shares two of its bands shares one of all but the first.
        met = _met(db, "band", "band", {band for its in asked for band in its.bands[1:]})
        met |= _met(db, "band", "band", {its.bands[0] for its in asked if not met.isdisjoint(its.bands)})
        shared = [met.intersection(its.bands) for its in asked] if met else []
        self._bands.update(_postings(db, _NEWEST, {band for two in shared if len(two) >= TWO for band in two}))

    def of(self, entry: Entry) -> Marks:
        """The hashes of an entry."""
        found = self._asked.get(id(entry))
        return found[1] if found else marks(entry)

    def may_be_known(self, entry: Entry) -> bool:
        """Its source may have given it before: what it knows by an id stands under this, what has none under its link."""
        its = self._asked.get(id(entry), (entry, None))[1]
        ids, given, links, _ = self._keyed
        if its is None or (its.given or its.link) is None:
            return True
        return its.link in links if its.given is None else its.given in ids or its.given in given

    def is_new(self, entry: Entry) -> bool:
        """No entry has or had this one's id, as far as was asked; False where it is to be looked up."""
        its = self._asked.get(id(entry))
        return its is not None and its[1].id not in self._keyed[0] and its[1].id not in self._pruned

    def alike(self, entry: Entry, sketched: Sequence[int]) -> set[int] | None:
        """What the function of that name finds; None where it is to be looked up."""
        its = self._asked.get(id(entry), (entry, None))[1]
        if its is None or its.bands != tuple(sketched):
            return None
        keys = its.given, *its[1:4]
        keyed = [found[key][:MOST] for found, key in zip(self._keyed, keys, strict=True) if key in found]
        banded = [self._bands[band][-POSTINGS:] for band in sketched if band in self._bands]
        if self._edited and not self._edited.isdisjoint(chain(*keyed, *banded)):
            return None
        return set().union(*keyed, _most_shared(banded) if len(banded) >= TWO else ())

    def number(self, db: Database) -> int:
        """The seq of the next entry that is stored."""
        if not self._last:
            self._last = db.rows("select coalesce(max(seq), 0) from entry")[0][0]
        self._last += 1
        return self._last

    def add(self, seq: int, its: Marks) -> None:
        """It is stored now, under these hashes."""
        for found, key in zip(self._keyed, its[:4], strict=True):
            if key is not None:
                found.setdefault(key, []).append(seq)
        for band in its.bands:
            self._bands.setdefault(band, []).append(seq)

    def edit(self, seq: int, its: Marks) -> None:
        """It stands under these hashes now, perhaps under some of those before as well; its id stays."""
        self._edited.add(seq)
        self.add(seq, its._replace(id=None))


def _met(db: Database, table: str, column: str, wanted: Iterable[int | None]) -> set[int]:
    """Those that are in a column. Asked one by one of its index: a footer or a title like "Photo" can stand in a third of all rows."""
    sql = f"select value from json_each(?) where exists (select 1 from {table} where {column} = value)"
    return {row[0] for row in db.rows(sql, (codec.dumped(sorted([key for key in wanted if key is not None])),))}


def _postings(db: Database, sql: str, hashes: Collection[int]) -> Postings:
    """What this finds for each, ascending; nothing where it finds nothing."""
    if not hashes:
        return {}
    each = f"select value, (select group_concat(seq) from ({sql})) as seqs from json_each(?) where seqs is not null"
    return {key: sorted(map(int, seqs.split(","))) for key, seqs in db.rows(each, (codec.dumped(sorted(hashes)),))}

"""Has the store anything like what arrives? Asked once for all that a transaction brings: one question each costs ten times as much,
and most of what arrives is like nothing that is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from aggregator.editorial.duplicates import bands
from aggregator.model import Entry
from aggregator.store import codec
from aggregator.store.database import Database

# Where each kind of key would be known from.
_PLACES = (
    (("entry", "pub_hash"), ("entry", "id_hash"), ("pruned", "pub_hash")),
    (("entry", "url_hash"),),
    (("entry", "title_hash"),),
)


def _keys(entry: Entry) -> tuple[set[int], ...]:
    """The hashes of what identifies an entry: ids, address and title."""
    kinds = ((entry.id, entry.source_entry_id), (entry.url_key,), (entry.title_key,))
    return tuple({codec.hashed(text) for text in said if text} for said in kinds)


def keys(entry: Entry) -> set[int]:
    """All of them."""
    return set().union(*_keys(entry))


class Meeting:
    """What is known of the hashes that a transaction asks for; it ends with the transaction."""

    def __init__(self) -> None:
        self._asked: set[int] = set()
        self._asked_bands: set[int] = set()
        self._met: set[int] = set()
        self._met_bands: set[int] = set()

    def expect(self, db: Database, entries: Sequence[Entry]) -> None:
        """Look for everything that these entries could be like."""
        sketched = {band for entry in entries for band in bands(entry.sketch)} - self._asked_bands
        for kinds, places in zip(zip(*map(_keys, entries), strict=True), _PLACES, strict=False):
            wanted = set().union(*kinds)
            self._asked |= wanted
            for table, column in places:
                self._met.update(_found(db, table, column, wanted))
        self._met_bands.update(_found(db, "band", "band", sketched))
        self._asked_bands |= sketched

    def add(self, entry: Entry, sketched: Iterable[int], own: str) -> None:
        """It is stored now, under this id."""
        here = keys(entry) | {codec.hashed(own)}
        self._asked |= here
        self._met |= here
        self._asked_bands.update(sketched)
        self._met_bands.update(sketched)

    def is_new(self, text: str) -> bool:
        """No entry has or had this for an id, as far as was asked; False where it is to be looked up."""
        key = codec.hashed(text)
        return key in self._asked and key not in self._met

    def is_strange(self, entry: Entry, sketched: Sequence[int]) -> bool:
        """Nothing that is stored is like this entry; False where it is to be looked up."""
        here = keys(entry)
        asked = here <= self._asked and self._asked_bands.issuperset(sketched)
        return asked and here.isdisjoint(self._met) and self._met_bands.isdisjoint(sketched)


def _found(db: Database, table: str, column: str, wanted: Iterable[int]) -> list[int]:
    """Those that are in a column. Asked one by one of its index: a footer or a title like "Photo" can stand in a third of all rows."""
    sql = f"select value from json_each(?) where exists (select 1 from {table} where {column} = value)"
    return [row[0] for row in db.rows(sql, (json.dumps(sorted(wanted)),))]

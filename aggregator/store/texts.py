"""The texts of entries as their sources gave them, those of neighbours in one row.

Nothing but `rebuild`, `plan` and `why` reads them. Beside the rest of an entry they kept a fifth of its pages empty, and made all
that is searched three times as long.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aggregator.store.database import Database

MOST = 1 << 16  # bytes from which on a row takes no more


class Row(NamedTuple):
    """The texts of the entries from `first` on, one behind the other."""

    first: int
    lengths: array[int]
    body: bytes

    def texts(self) -> dict[int, bytes]:
        """By seq."""
        out, start = {}, 0
        for seq, length in enumerate(self.lengths, self.first):
            out[seq] = self.body[start : start + length]
            start += length
        return out


def keep(db: Database, new: Sequence[tuple[int, bytes]]) -> None:
    """Store the texts of new entries; those of few go on in the newest row."""
    texts: dict[int, bytes] = {}
    if new and (last := _row(db, new[0][0])) and last.first + len(last.lengths) == new[0][0]:
        texts = last.texts()
    size = sum(map(len, texts.values()))
    for seq, text in new:
        if size >= MOST or seq - 1 not in texts:
            _save(db, texts)
            texts, size = {}, 0
        texts[seq] = text
        size += len(text)
    _save(db, texts)


def of(db: Database, seqs: Iterable[int]) -> dict[int, bytes]:
    """The texts of these entries, as far as they are here."""
    out: dict[int, bytes] = {}
    near: dict[int, bytes] = {}
    for seq in sorted(seqs):
        if seq not in near:
            row = _row(db, seq)
            near = row.texts() if row else {}
        if seq in near:
            out[seq] = near[seq]
    return out


def drop(db: Database, seqs: Iterable[int]) -> None:
    """Forget those of pruned entries."""
    texts: dict[int, bytes] = {}
    for seq in sorted(seqs):
        if seq not in texts:
            _save(db, texts)
            row = _row(db, seq)
            texts = row.texts() if row else {}
        if seq in texts:
            texts[seq] = b""
    _save(db, texts)


def _row(db: Database, seq: int) -> Row | None:
    """The one in which the text of an entry would be."""
    rows = db.rows("select first, lengths, body from texts where first <= ? order by first desc limit 1", (seq,))
    return Row(rows[0][0], array("I", rows[0][1]), rows[0][2]) if rows else None


def _save(db: Database, texts: dict[int, bytes]) -> None:
    if not texts:
        return
    first, body = min(texts), b"".join(texts.values())
    if body:
        row = (first, array("I", map(len, texts.values())).tobytes(), body)
        db.run("insert or replace into texts values (?, ?, ?)", row)
    else:
        db.run("delete from texts where first = ?", (first,))

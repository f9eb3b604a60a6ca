"""The texts of entries as their sources gave them, those of neighbours compressed together in one row.

Nothing but `rebuild`, `plan` and `why` reads them. Beside the rest of an entry they kept a fifth of its pages empty, and made all
that is searched three times as long. Each by itself they take a third more: neighbours are mostly of one source, which repeats itself.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Sequence

from aggregator.store.database import Database

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST = 1 << 17  # bytes of text from which on a row takes no more: to read one of them is to decompress all
_COMPRESSOR = zstd.ZstdCompressor(1)  # made once: making one costs as much as compressing a text does


def squeezed(text: bytes) -> bytes:
    """Compressed; b"" stays b""."""
    return _COMPRESSOR.compress(text, zstd.ZstdCompressor.FLUSH_FRAME) if text else b""


def opened(squeezed: bytes) -> bytes:
    """What squeezed() was given."""
    return zstd.decompress(squeezed) if squeezed else b""


def keep(db: Database, new: Sequence[tuple[int, bytes]]) -> None:
    """Store the texts of new entries; those of few go on in the newest row."""
    texts: dict[int, bytes] = {}
    if new and new[0][0] - 1 in (last := _near(db, new[0][0])):
        texts = last
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
            near = _near(db, seq)
        if seq in near:
            out[seq] = near[seq]
    return out


def drop(db: Database, seqs: Iterable[int]) -> None:
    """Forget those of pruned entries."""
    texts: dict[int, bytes] = {}
    for seq in sorted(seqs):
        if seq not in texts:
            _save(db, texts)
            texts = _near(db, seq)
        if seq in texts:
            texts[seq] = b""
    _save(db, texts)


def _near(db: Database, seq: int) -> dict[int, bytes]:
    """By seq the texts of the row in which that of an entry would be."""
    rows = db.rows("select first, lengths, body from texts where first <= ? order by first desc limit 1", (seq,))
    return parted(*rows[0]) if rows else {}


def parted(first: int, lengths: bytes, body: bytes) -> dict[int, bytes]:
    """By seq the texts of a row: of the entries from `first` on, one behind the other."""
    whole, out, start = opened(body), {}, 0
    for seq, length in enumerate(array("I", lengths), first):
        out[seq] = whole[start : start + length]
        start += length
    return out


def _save(db: Database, texts: dict[int, bytes]) -> None:
    if not texts:
        return
    first, whole = min(texts), b"".join(texts.values())
    if whole:
        row = (first, array("I", map(len, texts.values())).tobytes(), squeezed(whole))
        db.run("insert or replace into texts values (?, ?, ?)", row)
    else:
        db.run("delete from texts where first = ?", (first,))

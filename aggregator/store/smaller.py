"""The step from stores of before 2026-11-29 to smaller rows: what sketches, terms and texts looked like, and how they look since.

As all migrations it is frozen: later code must not change it.
"""

from __future__ import annotations

import logging
import sqlite3
import sys
from array import array
from struct import iter_unpack

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_BANDS = 6  # hashes of a sketch of which all 32 bits stay
_A_SECOND = 15_000  # entries
_LOWEST = 0 if sys.byteorder == "little" else 3  # byte of 32 bits
_log = logging.getLogger(__name__)


def smaller(connection: sqlite3.Connection) -> None:
    """Make all rows of a store smaller. Their file stays as large as it is: what comes fills the room."""
    (count,) = connection.execute("select count(*) from entry").fetchone()
    if count > 5 * _A_SECOND:
        _log.warning("%d entries are stored anew in less room; this may take %d s", count, count // _A_SECOND)
    connection.create_function("smaller_sketch", 1, sketch, deterministic=True)
    connection.create_function("smaller_terms", 1, terms, deterministic=True)
    connection.execute("update entry set sketch = smaller_sketch(sketch), terms = smaller_terms(terms)")
    for (first,) in connection.execute("select first from texts").fetchall():
        lengths, body = connection.execute("select lengths, body from texts where first = ?", (first,)).fetchone()
        try:
            row = texts(lengths, body)
        except zstd.ZstdError:  # damaged: they could not be read before either
            connection.execute("delete from texts where first = ?", (first,))
        else:
            connection.execute("update texts set lengths = ?, body = ? where first = ?", (*row, first))


def sketch(before: bytes | None) -> bytes | None:
    """From 32 bits each to 24 of all but the first hashes, and 16 of the count."""
    if not before:
        return before
    count, *hashes = array("I", before)
    rest = bytearray(array("I", hashes[_BANDS:]).tobytes())
    del rest[_LOWEST::4]
    return array("H", [count]).tobytes() + array("I", hashes[:_BANDS]).tobytes() + rest


def terms(before: bytes | None) -> bytes | None:
    """From a count behind each term, as nearly all occur once, to those of the others before all."""
    if not before:
        return before
    pairs = list(iter_unpack("<IB", before))
    often = bytes([count for _, count in pairs if count > 1])
    return bytes([len(often)]) + often + array("I", [term for term, _ in pairs]).tobytes()


def texts(lengths: bytes, body: bytes) -> tuple[bytes, bytes]:
    """From texts that were compressed one by one to all in one."""
    found, start = [], 0
    for length in array("I", lengths):
        found.append(zstd.decompress(body[start : start + length]) if length else b"")
        start += length
    return array("I", map(len, found)).tobytes(), zstd.compress(b"".join(found), 1)

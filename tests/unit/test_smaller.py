"""A store of before its rows became smaller is brought to what it would be today, by one process at a time."""

from __future__ import annotations

import fcntl
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import StoreError
from aggregator.model import Channel, Source
from aggregator.store import smaller
from aggregator.store.database import Database
from aggregator.store.sqlite import open_store
from aggregator.store.texts import opened
from tests.records import NOON, entry_of

# What that version stored of "The ferry left Bergen at dawn ...", of "A ferry sank.", of their title, and of three texts.
SKETCH = (
    "13000000db3af70ecc5db215c42d7e16b0420a20f7bdb42dcbe37137b3c1ce3e4749bc4126d65642e27d5e4982225f5196031a7121fcf972350e5a731a79577ef5e9"
    "22812296f3814e0ba88d7dd85799"
)
SHORT = "0100000002ea2f4c"
TERMS = "6c7517120322b6f30082d006a8308238ded63e02faa16d4702435dbc6b029b8ed2ad820ee29018017f260d3101c829b64901a89e9fb001"
TEXTS = [
    "28b52ffd2014a100002e4f6e652e003c3c703e54776f2e3c2f703e0074",
    "28b52ffd20042100003d000075",
    "",
    "28b52ffd200a5100003d002e74687265650074",
]
# And what it is since.
SMALLER_SKETCH = "1300db3af70ecc5db215c42d7e16b0420a20f7bdb42dcbe37137c1ce3e49bc41d656427d5e49225f51031a71fcf9720e5a7379577ee9228196f3810ba88dd85799"
SMALLER_TERMS = (
    "07038282020202826c75171222b6f300d006a83038ded63efaa16d47435dbc6b9b8ed2ad0ee290187f260d31c829b649a89e9fb0"
)
SAID = [b".One.\0<<p>Two.</p>\0t", b"=\0\0u", b"", b"=\0.three\0t"]


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A store of that version, with an entry for each text, the first of which was edited."""
    path = tmp_path / "a.db"
    with closing(open_store(path)) as store:
        store.sync_sources([Source("a", "https://a.example/feed")], (Channel("all", "All"),), "1")
        for number in range(len(TEXTS)):
            store.insert(entry_of(key=str(number), id=str(number)), "a", NOON, NOON, (), "")
    kept = [bytes.fromhex(text) for text in TEXTS]
    lengths = b"".join(len(text).to_bytes(4, "little") for text in kept)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update entry set sketch = ?, terms = ?", (bytes.fromhex(SKETCH), bytes.fromhex(TERMS)))
        connection.execute("update entry set sketch = ?, terms = null where seq = 2", (bytes.fromhex(SHORT),))
        connection.execute("update entry set packed = ? where seq = 1", (kept[0],))
        connection.execute("insert into texts values (1, ?, ?)", (lengths, b"".join(kept)))
        connection.execute("delete from _sqlite_migrations where name = 'smaller_rows'")
        connection.execute("pragma user_version = 8")
    return path


def texts_of(path: Path) -> list[bytes]:
    with closing(open_store(path)) as store:
        return [text for _, text in store.packed_after(0, 99)]


def test_an_older_store_says_what_it_said(before: Path) -> None:
    found = texts_of(before)

    with closing(sqlite3.connect(before)) as connection:
        rows = connection.execute("select hex(sketch), hex(terms) from entry order by seq").fetchall()
        ((body,),) = connection.execute("select body from texts")
    assert found == SAID
    assert rows[0] == rows[2] == (SMALLER_SKETCH.upper(), SMALLER_TERMS.upper())
    assert rows[1] == ("010002EA2F4C", "")
    assert opened(body) == b"".join(SAID)


def test_nothing_stays_nothing() -> None:
    assert (smaller.sketch(None), smaller.terms(None), smaller.sketch(b""), smaller.terms(b"")) == (
        None,
        None,
        b"",
        b"",
    )


def test_a_text_that_is_damaged_costs_no_other(before: Path) -> None:
    with closing(sqlite3.connect(before)) as connection, connection:
        connection.execute("update texts set body = zeroblob(length(body))")

    assert texts_of(before) == [SAID[0], b"", b"", b""]


def test_an_older_store_that_is_in_use_is_left_alone(before: Path) -> None:
    """A process of the older version would read what is rewritten as what it knows."""
    with (before.parent / "a.db-lock").open("w", encoding="utf-8") as lock:
        lock.write("process 1 on there")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(StoreError, match="process 1 on there uses it: stop that first"):
            open_store(before)

    assert texts_of(before) == SAID


def test_processes_that_open_an_older_store_at_once_wait_for_each_other(before: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(texts_of, [before] * 4))

    assert found == [SAID] * 4


def test_that_many_entries_take_long_is_said(
    before: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(smaller, "_A_SECOND", 0.5)

    Database(before).close()

    assert "4 entries are stored anew in less room; this may take 8 s" in caplog.text

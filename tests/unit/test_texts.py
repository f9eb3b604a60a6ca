"""The texts of entries come back as they were given, however many came at a time and whatever became of their neighbours."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Channel, Source
from aggregator.store import codec
from aggregator.store.sqlite import SqliteStore, open_store
from aggregator.store.texts import MOST, opened, squeezed
from tests.records import NOON, entry_of

SOURCE = Source("a", "https://a.example/feed")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = open_store(tmp_path / "a.db")
    made.sync_sources([SOURCE], (Channel("all", "All"),), "1")
    yield made
    made.close()


def brought(store: SqliteStore, texts: list[bytes], at_a_time: int = 1) -> list[bytes]:
    """Store entries with these texts; the texts."""
    for start in range(0, len(texts), at_a_time):
        with store.transaction(), store.transaction():
            for number, text in enumerate(texts[start : start + at_a_time], start):
                entry = entry_of(key=str(number), id=str(number), text=text)
                store.insert(entry, "a", NOON, NOON, (), "")
    return texts


def kept(store: SqliteStore) -> list[bytes]:
    return [text for _, text in store.packed_after(0, 9999)]


def rows(folder: Path) -> list[int]:
    """The bytes of text in each row of texts."""
    with closing(sqlite3.connect(folder / "a.db")) as connection:
        return [len(opened(body)) for (body,) in connection.execute("select body from texts order by first")]


@pytest.mark.parametrize("at_a_time", [1, 3, 200])
def test_texts_come_back_and_share_rows(store: SqliteStore, tmp_path: Path, at_a_time: int) -> None:
    rng = random.Random(at_a_time)
    given = brought(store, [rng.randbytes(rng.choice([0, 1, 700, 2000, 9000])) for _ in range(60)], at_a_time)

    assert kept(store) == given
    assert [text for row, text in store.shown_by_position()] == given
    assert [store.packed_after(seq - 1, 1)[0][1] for seq in range(60, 0, -1)] == given[::-1]
    assert all(MOST <= size < MOST + 9000 for size in rows(tmp_path)[:-1])


def test_a_new_text_goes_before_the_first_one(store: SqliteStore) -> None:
    brought(store, [b"one", b"two", b"three"])
    store.update(2, entry_of(key="1", id="1", text=b""), NOON, (), announce=True)
    store.touch(3, entry_of(key="2", id="2", text=b"drei"))

    assert kept(store) == [b"one", b"", b"drei"]


def test_the_text_of_a_pruned_entry_is_gone(store: SqliteStore, tmp_path: Path) -> None:
    brought(store, [b"a" * MOST, b"b", b"c", b"d" * MOST, b"e"])

    store.prune([1, 3], NOON)

    assert kept(store) == [b"b", b"d" * MOST, b"e"]
    assert rows(tmp_path) == [MOST + 1, 1]


def test_a_transaction_that_fails_keeps_no_text(store: SqliteStore, tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), store.transaction():
        store.insert(entry_of(text=b"one"), "a", NOON, NOON, (), "")
        raise ZeroDivisionError
    brought(store, [b"two"])

    assert kept(store) == [b"two"]
    assert rows(tmp_path) == [3]


def test_a_store_from_before_keeps_its_texts_where_they_are(store: SqliteStore, tmp_path: Path) -> None:
    brought(store, [b"one", b"two"])
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("update entry set packed = iif(seq = 1, ?, null)", (squeezed(b"123"),))
        connection.execute("delete from texts")
    connection.close()
    store.insert(replace(entry_of(key="3", id="3", text=b"three")), "a", NOON + timedelta(days=1), NOON, (), "")

    assert kept(store) == [b"123", b"", b"three"]


def test_neighbours_that_say_the_same_take_little_room(store: SqliteStore, tmp_path: Path) -> None:
    said = random.Random(1).randbytes(3000)
    brought(store, [said + bytes([n]) for n in range(40)])
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        ((size,),) = connection.execute("select sum(length(body)) from texts")

    assert size < 3 * len(said)


@given(st.lists(st.text(max_size=9), max_size=4))
def test_words_are_stored_as_an_encoder_writes_them(words: list[str]) -> None:
    entry = entry_of(image="".join(words), image_size=(640, 480), rights=None)
    written = json.dumps({"image": entry.image, "image_size": [640, 480]}, ensure_ascii=False, separators=(",", ":"))

    assert codec.words_text(tuple(words)) == json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    assert codec.extra_text(entry) == (written if entry.image else '{"image_size":[640,480]}')

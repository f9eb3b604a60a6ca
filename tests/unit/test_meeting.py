"""To look for all at once what a transaction brings finds the same as to look for each by itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.editorial.duplicates import bands
from aggregator.editorial.shingles import sketch
from aggregator.model import Channel, Entry, Source
from aggregator.store.meeting import MOST, POSTINGS
from aggregator.store.sqlite import SqliteStore, open_store
from tests.records import NOON, entry_of

SOURCE = Source("a", "https://a.example/feed")
WORDS = [f"{letter}{n}" for n in range(4) for letter in "abcdefghijklmno"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = open_store(tmp_path / "a.db")
    made.sync_sources([SOURCE, replace(SOURCE, id="b", order=1)], (Channel("all", "All"),), "1")
    yield made
    made.close()


def arriving(rng: random.Random, number: int) -> Entry:
    """With an id, a link, a title and a text that others are likely to have as well."""
    link, title, start = rng.randrange(30), rng.randrange(40), rng.randrange(12)
    return entry_of(
        key=str(number), id=f"tag:{rng.randrange(60)}", source_entry_id=rng.choice(["", f"tag:{rng.randrange(60)}"]),
        url_key=f"a.example/{link}", title_key=f"title {title}" if title else "", sketch=sketch(" ".join(WORDS[start : start + 30])),
    )  # fmt: skip


def brought(store: SqliteStore, rng: random.Random, entries: list[Entry]) -> Iterator[tuple[list[int], list[int]]]:
    """What is found for each as one that is expected and as one that is not; then it is stored, or is the edit of another."""
    with store.transaction():
        store.expect(entries)
        for entry in entries:
            sketched = bands(entry.sketch)
            one, other = (store.lookalikes(asked, sketched) for asked in (entry, replace(entry)))
            yield [known.seq for known in one], [known.seq for known in other]
            if rng.random() < 0.2 and one:
                store.update(one[0].seq, entry, NOON, sketched, announce=True)
            else:
                store.insert(entry, "a", NOON, NOON, sketched, "")


@pytest.mark.parametrize("seed", range(4))
def test_what_is_expected_is_found_as_what_is_not(store: SqliteStore, seed: int) -> None:
    rng = random.Random(seed)
    entries = [arriving(rng, number) for number in range(120)]

    found = [both for start in (0, 40, 80) for both in brought(store, rng, entries[start : start + 40])]

    assert [one for one, _ in found] == [other for _, other in found]
    assert sum(len(one) > 1 for one, _ in found) > 60


def test_of_a_title_that_hundreds_have_the_oldest_are_looked_at(store: SqliteStore) -> None:
    entries = [entry_of(key=str(n), id=str(n), url_key="", title_key="photo") for n in range(MOST + 5)]
    with store.transaction():
        store.expect(entries)
        for entry in entries[:-1]:
            store.insert(entry, "a", NOON, NOON, (), "")
        found = store.lookalikes(entries[-1], bands(entries[-1].sketch))

    assert [known.seq for known in found] == list(range(1, MOST + 1))


def test_of_a_text_that_hundreds_have_the_newest_are_looked_at(store: SqliteStore) -> None:
    text = sketch(" ".join(WORDS))
    entries = [entry_of(key=str(n), id=str(n), url_key="", sketch=text) for n in range(POSTINGS + 9)]
    with store.transaction():
        store.expect(entries)
        for entry in entries[:-1]:
            store.insert(entry, "a", NOON, NOON, bands(text), "")
        found = store.lookalikes(entries[-1], bands(text))

    assert [known.seq for known in found] == list(range(9, 9 + MOST))


def test_what_waits_to_be_written_is_read_and_is_dropped_with_its_transaction(store: SqliteStore) -> None:
    entry, other = entry_of(key="1", id="tag:1"), entry_of(key="2", id="tag:2")
    with suppress(ZeroDivisionError), store.transaction():
        store.insert(entry, "a", NOON, NOON, (), "")
        read = store.known_of("a", [entry])["1"].id
        store.insert(other, "a", NOON, NOON, (), "")
        raise ZeroDivisionError

    assert read == "tag:1"
    assert store.known_of("a", [entry, other]) == {}
    assert store.insert(entry, "a", NOON, NOON, (), "") == 1


KEYED = [
    entry_of(key="id:tag:1", id="tag:1", source_entry_id="tag:1", url_key="a.example/1"),
    entry_of(key="id:7", id="urn:minted", source_entry_id="7", url_key="a.example/2"),
    entry_of(key="link:a.example/3", id="urn:3", url_key="a.example/3"),
    entry_of(key="title:Three", id="urn:4", title_key="three"),
    entry_of(key="text:4", id="urn:5"),
]


@pytest.mark.parametrize("edited", [False, True])
def test_what_a_source_gives_again_is_known_by_whatever_names_it(store: SqliteStore, edited: bool) -> None:
    before = [replace(entry, source_entry_id="old", url_key="a.example/old") if edited else entry for entry in KEYED]
    for seq, entry in enumerate(before, 1):
        store.insert(replace(entry, key=str(seq)) if edited else entry, "a", NOON, NOON, (), "")
        if edited:
            store.update(seq, KEYED[seq - 1], NOON, (), announce=True)

    with store.transaction():
        store.expect(again := [replace(entry) for entry in KEYED])
        known = store.known_of("a", again)
        others = store.known_of("b", [replace(KEYED[0])])

    assert {key: one.seq for key, one in known.items()} == {entry.key: n for n, entry in enumerate(KEYED, 1)}
    assert others == {}

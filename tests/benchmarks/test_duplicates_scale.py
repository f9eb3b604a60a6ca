"""To search for what an arriving entry is like, and to judge it, costs the same however much is stored.

AGGREGATOR_SCALE=10000,100000,1000000 measures beside as many entries.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from aggregator.editorial import duplicates, stories
from aggregator.editorial.titles import title_key
from aggregator.model import Channel, Digest, Entry, FeedFacts, FetchState, Source, Visit
from aggregator.service.ingest import ingest
from aggregator.service.telling import FREQUENCIES, PLACE
from aggregator.store.entries import PROBES_KEPT
from aggregator.store.sqlite import SqliteStore, open_store
from tests.records import NOON

SIZES = [int(size) for size in os.environ.get("AGGREGATOR_SCALE", "10000,30000").split(",")]
SOURCES = tuple(Source(f"s{n}", f"https://s{n}.example/feed.xml", order=n) for n in range(50))
FOOTER = " all rights reserved share this article with your friends and subscribe to our newsletter for more of this every day"
ARRIVING = 200
ROUNDS = 8
BUSY = 0.1  # of what arrives, the share that others have told or tell too
LATELY = 3000  # entries before the end, of which those are
pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

# What stores, as against what searches and judges.
WRITES = frozenset(
    """insert join_new join_channels fold record save_blob save_note bump tidy update touch index probe mirror""".split()
)


@dataclass
class Press:
    """Writes entries in words that are as unevenly frequent as those of a language; a third of them end in one footer."""

    rng: random.Random = field(default_factory=lambda: random.Random(7))
    written: int = 0
    lately: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        letters = "abcdefghijklmnopqrstuvwxyz"
        self._words = ["".join(self.rng.choices(letters, k=self.rng.randint(3, 9))) for _ in range(30_000)]
        self._often = list(accumulate(1 / (n + 8) for n in range(30_000)))

    def prose(self, length: int) -> str:
        return " ".join(self.rng.choices(self._words, cum_weights=self._often, k=length))

    def entry(self, told_too: float = 0.0) -> Entry:
        """With this likelihood a copy or another telling of one of the last."""
        self.written += 1
        if self.lately and self.rng.random() < told_too:
            title, body = self.rng.choice(self.lately)
            if self.rng.random() < 0.5:
                title, body = self._in_other_words(title), self._in_other_words(body)
        else:
            title, body = self.prose(8), self.prose(120) + (FOOTER if self.written % 3 == 0 else "")
        self.lately = [*self.lately[-LATELY:], (title, body)] if len(self.lately) > 2 * LATELY else self.lately
        self.lately.append((title, body))
        return self._made(title, body)

    def _in_other_words(self, text: str) -> str:
        return " ".join(word if self.rng.random() < 0.6 else self.prose(1) for word in text.split())

    def _made(self, title: str, body: str) -> Entry:
        url, mark = f"https://s.example/{self.written}", self.written.to_bytes(8, "big")
        return Entry(
            source_entry_id=url, key=url, raw_fingerprint=mark, id=url, url=url, published_url=url, url_key=url[8:], title=title,
            title_key=title_key(title), authors=(), published=NOON, updated=None, teaser=body[:400], teaser_cut="word", language="en",
            tags=(), text=self.rng.randbytes(700), fingerprint=mark, sketch=duplicates.sketch(body), terms=stories.terms(title, body),
        )  # fmt: skip


def filled(path: Path, press: Press, size: int) -> SqliteStore:
    """A store with so many entries, one a minute until noon."""
    store = open_store(path)
    store.sync_sources(SOURCES, (Channel("all", "All"),), "settings")
    known = stories.Frequencies()
    for start in range(0, size, 5000):
        with store.transaction():
            for n in range(start, min(size, start + 5000)):
                at = NOON - timedelta(minutes=size - n)
                entry = replace(press.entry(BUSY), published=at)
                known.learn(entry.terms)
                seq = store.insert(entry, SOURCES[n % len(SOURCES)].id, at, at, duplicates.bands(entry.sketch), "")
                if NOON - at < PROBES_KEPT:  # else long forgotten
                    store.probe([(seq, at, stories.probes(entry.terms, known))])
    with store.transaction():
        store.save_blob(FREQUENCIES, known.packed())
        store.save_note(PLACE, f"{size} {size}")
    return store


class Watched:
    """A store, and the CPU that its writing takes, with that of rows which waited to be written together and of the commit."""

    def __init__(self, store: SqliteStore) -> None:
        self._store, self.writing, self._writes = store, 0.0, False
        for name in ("release", "_commit"):
            setattr(store._db, name, self._timed(getattr(type(store._db), name).__get__(store._db)))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._timed(found) if name in WRITES else found

    def _timed(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            if self._writes:
                return write(*given, **named)
            self._writes, start = True, time.process_time()
            try:
                return write(*given, **named)
            finally:
                self.writing, self._writes = self.writing + time.process_time() - start, False

        return timed


def arrival(press: Press, source: Source, count: int, told_too: float = 0.0) -> Visit:
    entries = tuple(press.entry(told_too) for _ in range(count))
    digest = Digest(FeedFacts(), entries, b"", count, 0, 0, partial=False, format="rss", lane="fast")
    return Visit(source, FetchState(), NOON, "ok", source.url, source.url, 200, None, 0.1, digest)


def cost(store: SqliteStore, press: Press, second: int, told_too: float) -> tuple[float, float]:
    """CPU seconds an entry that searching and judging takes, and that storing it takes as well."""
    visits = [arrival(press, source, ARRIVING // 20, told_too) for source in SOURCES[:20]]
    watched = Watched(store)
    start = time.process_time()
    tallies = ingest(watched, visits, NOON + timedelta(seconds=second))
    whole = time.process_time() - start
    count = sum(tally.new for tally in tallies)
    assert count > ARRIVING / 2
    return (whole - watched.writing) / count, whole / count


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, SqliteStore, Press]]:
    folder = tmp_path_factory.mktemp("scale")
    presses = [Press() for _ in SIZES]
    return [
        (size, filled(folder / f"{size}.db", press, size), press) for size, press in zip(SIZES, presses, strict=True)
    ]


@pytest.mark.parametrize("told_too", [BUSY, 1.0])
def test_an_entry_costs_the_same_beside_few_and_many(
    stored: list[tuple[int, SqliteStore, Press]], told_too: float
) -> None:
    """The least of some rounds, in turns, since whatever else runs on the machine slows all down alike."""
    least: dict[int, tuple[float, float]] = {}
    for n in range(ROUNDS):
        for size, store, press in stored:
            found = cost(store, press, n + round(100 * told_too), told_too)
            least[size] = min(least.get(size, found), found)

    for size, (searching, whole) in least.items():
        print(
            f"{told_too:4.0%} told by others too, beside {size:9,}: {searching * 1000:.3f} ms, stored {whole * 1000:.3f} ms"
        )
    assert least[SIZES[-1]][0] < 1.3 * least[SIZES[0]][0]

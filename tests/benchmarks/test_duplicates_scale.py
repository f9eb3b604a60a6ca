"""Grouping an arriving entry costs the same however much is stored. AGGREGATOR_SCALE=1000000 measures with as many entries."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

import pytest

from aggregator.editorial import duplicates, stories
from aggregator.editorial.titles import title_key
from aggregator.model import Channel, Digest, Entry, FeedFacts, FetchState, Source, Visit
from aggregator.service.ingest import ingest
from aggregator.service.telling import FREQUENCIES, PLACE
from aggregator.store.entries import PROBES_KEPT
from aggregator.store.sqlite import SqliteStore, open_store
from tests.records import NOON

FEW = 6000  # fills the window in which stories are looked for
MANY = int(os.environ.get("AGGREGATOR_SCALE", "20000"))
SOURCES = tuple(Source(f"s{n}", f"https://s{n}.example/feed.xml", order=n) for n in range(50))
FOOTER = " all rights reserved share this article with your friends and subscribe to our newsletter for more of this every day"
ARRIVING = 200
ROUNDS = 5
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@dataclass
class Press:
    """Writes entries in words that are as unevenly frequent as those of a language; a third of them end in one footer."""

    rng: random.Random = field(default_factory=lambda: random.Random(7))
    written: int = 0

    def __post_init__(self) -> None:
        letters = "abcdefghijklmnopqrstuvwxyz"
        self._words = ["".join(self.rng.choices(letters, k=self.rng.randint(3, 9))) for _ in range(30_000)]
        self._often = list(accumulate(1 / (n + 8) for n in range(30_000)))

    def prose(self, length: int) -> str:
        return " ".join(self.rng.choices(self._words, cum_weights=self._often, k=length))

    def entry(self) -> Entry:
        self.written += 1
        title, body = self.prose(8), self.prose(120) + (FOOTER if self.written % 3 == 0 else "")
        url, mark = f"https://s.example/{self.written}", self.written.to_bytes(8, "big")
        return Entry(
            source_entry_id=url, key=url, raw_fingerprint=mark, id=url, url=url, published_url=url, url_key=url[8:], title=title,
            title_key=title_key(title), authors=(), published=NOON, updated=None, teaser=body[:400], teaser_cut="word", language="en",
            tags=(), text=b"", fingerprint=mark, sketch=duplicates.sketch(body), terms=stories.terms(title, body),
        )  # fmt: skip


def filled(path: Path, press: Press, size: int) -> SqliteStore:
    """A store with so many entries, one a minute until noon."""
    store = open_store(path)
    store.sync_sources(SOURCES, (Channel("all", "All"),), "settings")
    known = stories.Frequencies()
    for start in range(0, size, 5000):
        with store.transaction():
            for n in range(start, min(size, start + 5000)):
                entry, at = press.entry(), NOON - timedelta(minutes=size - n)
                known.learn(entry.terms)
                probes = stories.probes(entry.terms, known) if NOON - at < PROBES_KEPT else ()  # else long forgotten
                seq = store.insert(entry, SOURCES[n % len(SOURCES)].id, at, at, duplicates.bands(entry.sketch), "")
                store.probe([(seq, at, probes)])
    with store.transaction():
        store.save_blob(FREQUENCIES, known.packed())
        store.save_note(PLACE, f"{size} {size}")
    return store


def arrival(press: Press, source: Source, count: int) -> Visit:
    entries = tuple(press.entry() for _ in range(count))
    digest = Digest(FeedFacts(), entries, b"", count, 0, 0, partial=False, format="rss", lane="fast")
    return Visit(source, FetchState(), NOON, "ok", source.url, source.url, 200, None, 0.1, digest)


def cost(store: SqliteStore, press: Press) -> float:
    """CPU seconds that storing an entry takes: the least of some rounds, each with entries of five sources."""
    least = float("inf")
    for n in range(ROUNDS):
        visits = [arrival(press, source, ARRIVING // 5) for source in SOURCES[:5]]
        start = time.process_time()
        tallies = ingest(store, visits, NOON + timedelta(seconds=n))
        least = min(least, (time.process_time() - start) / ARRIVING)
        assert sum(tally.new for tally in tallies) == ARRIVING
    return least


def test_an_entry_costs_the_same_beside_few_and_many(tmp_path: Path) -> None:
    press = Press()
    few, many = filled(tmp_path / "few.db", press, FEW), filled(tmp_path / "many.db", press, MANY)

    beside_few, beside_many = cost(few, press), cost(many, press)
    few.close()
    many.close()

    print(f"{beside_few * 1000:.2f} ms an entry beside {FEW:,}, {beside_many * 1000:.2f} ms beside {MANY:,}")
    assert beside_many < 1.5 * beside_few

"""What each stage of a poll costs, one feed of 25 articles at a time. Not part of the suite:

pytest tests/benchmarks/stages.py
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from email.utils import formatdate
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from aggregator.editorial.context import context
from aggregator.editorial.prepare import digest
from aggregator.model import Channel, Digest, FetchState, RawFeed, Settings, Source, Visit
from aggregator.parse import lanes
from aggregator.publish.formats.catalog import offered
from aggregator.publish.selection import edition
from aggregator.service.ingest import ingest
from aggregator.store.sqlite import SqliteStore, open_store
from tests.benchmarks import population
from tests.benchmarks.farm import WORDS
from tests.records import BASE, NOON

pytestmark = pytest.mark.benchmark(timer=time.process_time, min_rounds=30)  # CPU: what others do does not count
ENTRIES, WORDS_EACH = 25, 700
MANY = 5000
ALL = Channel("all", "All")
SETTINGS = Settings(path=Path("feeds.toml"), base_url=BASE, channels=(ALL,))


def article(rng: random.Random, number: int) -> str:
    """Some 4.8 KB of markup."""
    said = [" ".join(rng.choices(WORDS, k=WORDS_EACH // 10)) for _ in range(10)]
    body = "".join(f'&lt;p&gt;{one} &lt;a href="/{number}"&gt;more&lt;/a&gt;.&lt;/p&gt;' for one in said)
    return (
        f"<item><title>{' '.join(rng.choices(WORDS, k=7))}</title><link>https://f.example/{number}</link>"
        f"<pubDate>{formatdate(1_790_000_000 + number)}</pubDate><description>{body}</description></item>"
    )


def document(seed: int) -> bytes:
    """A feed that is like no other one."""
    rng = random.Random(seed)
    items = "".join(article(rng, seed * 1000 + n) for n in range(ENTRIES))
    return (
        f'<rss version="2.0"><channel><title>F</title><link>https://f.example/</link>{items}</channel></rss>'.encode()
    )


def read(seed: int) -> RawFeed:
    return lanes.read(document(seed), content_type="application/rss+xml", limit=1000)


def edited(seed: int, source: Source) -> Digest:
    return digest(read(seed), source, context(SETTINGS), url=source.url, seen=b"", now=NOON)


def poll(seed: int, number: int, found: Digest | None) -> Visit:
    source = Source(population.name(number), population.address(number, 100, 80))
    state = FetchState(state="ok", last_poll=NOON, next_poll=NOON + timedelta(hours=1))
    outcome = "ok" if found else "notmodified"
    return Visit(source, state, NOON, outcome, source.url, source.url, 200, None, 0.1, found)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(tmp_path / "a.db")) as made:
        sources = (Source(population.name(n), population.address(n, 100, 80), order=n) for n in range(MANY))
        made.sync_sources(sources, (ALL,), "1")
        yield made


def test_reading_a_feed(benchmark: Any) -> None:
    body = document(1)

    raw = benchmark(lanes.read, body, content_type="application/rss+xml", limit=1000)

    assert (raw.lane, len(raw.entries)) == ("fast", ENTRIES)


def test_editing_a_feed(benchmark: Any) -> None:
    raw, source, made = read(1), Source("a", "https://f.example/feed"), context(SETTINGS)

    found = benchmark(digest, raw, source, made, url=source.url, seen=b"", now=NOON)

    assert len(found.entries) == ENTRIES


def test_storing_a_feed(benchmark: Any, store: SqliteStore) -> None:
    seeds = count()

    def new() -> tuple[tuple[SqliteStore, list[Visit], Any], dict[str, Any]]:
        seed = next(seeds)
        visit = poll(seed, seed % MANY, edited(seed, Source(population.name(seed % MANY), "https://f.example/feed")))
        return (store, [visit], NOON + timedelta(seconds=seed)), {}

    tallies = benchmark.pedantic(ingest, setup=new, rounds=40)

    assert tallies[0].new == ENTRIES


def test_storing_a_hundred_polls_that_were_answered_304(benchmark: Any, store: SqliteStore) -> None:
    visits = [poll(0, n, None) for n in range(100)]

    tallies = benchmark(ingest, store, visits, NOON)

    assert len(tallies) == 100


def test_asking_who_is_due(benchmark: Any, store: SqliteStore) -> None:
    due = benchmark(store.due, NOON, 278)

    assert len(due) == 278


def test_rendering_a_channel_of_fifty_stories(benchmark: Any, store: SqliteStore) -> None:
    for seed in range(4):
        found = edited(seed, Source(population.name(seed), "https://f.example/feed"))
        ingest(store, [poll(seed, seed, replace(found, entries=_in_all(found)))], NOON)

    def rendered() -> list[bytes]:
        made = edition(ALL, store.window(ALL, None), SETTINGS, secret=store.secret())
        return [one.render(made) for one in offered(made)]

    assert all(benchmark(rendered))


def _in_all(found: Digest) -> tuple[Any, ...]:
    return tuple(replace(entry, channels=("all",)) for entry in found.entries)

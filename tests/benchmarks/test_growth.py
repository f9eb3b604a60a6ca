"""What has to cost the same however many sources there are, counted in steps of SQLite's machine: no clock is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator.model import Channel, FetchState, Settings, Source, Visit
from aggregator.service.build import MANY, build
from aggregator.service.ingest import ingest
from aggregator.store.sqlite import SqliteStore, open_store
from tests.benchmarks import population
from tests.benchmarks.test_duplicates_scale import Press, arrival
from tests.records import NOON

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HOSTS, PORT = 100, 8080
FEW = MANY + 500
EACH = 50  # steps between two counts
CHANNELS = (
    Channel("all", "All"),
    Channel("rare", "Rare", tags=("rare",)),
    Channel("one", "One", sources=("f0000001",)),
)


def store_of(folder: Path, count: int) -> tuple[SqliteStore, Settings]:
    """A store in which all of so many sources were polled within an hour, and its settings."""
    rare = {1, count - 1}
    sources = (
        Source(population.name(n), population.address(n, HOSTS, PORT), tags=("rare",) * (n in rare), order=n)
        for n in range(count)
    )
    settings = Settings(
        path=folder / "feeds.toml",
        database=folder / "a.db",
        output=folder / "public",
        channels=CHANNELS,
        fingerprint="1",
    )
    store = open_store(settings.database)
    store.sync_sources(sources, settings.channels, settings.fingerprint)
    population.polled(store, count, HOSTS, PORT, NOON)
    return store, settings


def steps(store: SqliteStore, act: Callable[[], object]) -> int:
    """How many steps an act takes."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += EACH
        return 0

    connection = store._db._connection
    connection.set_progress_handler(count, EACH)
    act()
    connection.set_progress_handler(None, 0)
    return counted


def polled(press: Press, at: datetime) -> Visit:
    """A poll that brings one entry, which is in every channel."""
    visit = arrival(press, Source("f0000001", population.address(1, HOSTS, PORT)), 1)
    assert visit.digest is not None
    (entry,) = visit.digest.entries
    found = replace(visit.digest, entries=(replace(entry, channels=tuple(one.id for one in CHANNELS)),))
    return replace(visit, state=FetchState(state="ok", last_poll=at, next_poll=at + timedelta(hours=1)), digest=found)


def after_a_poll(store: SqliteStore, settings: Settings) -> int:
    """A build after one poll has brought one entry, and others have brought some before."""
    press = Press()
    for n in range(3):
        at = NOON + timedelta(seconds=n)
        build(store, settings, listing=False)
        ingest(store, [polled(press, at)], at)
    return steps(store, lambda: build(store, settings, listing=False))


ACTS: dict[str, Callable[[SqliteStore, Settings], int]] = {
    "a build after a poll": after_a_poll,
    "who is due": lambda store, _: steps(store, lambda: store.due(NOON + timedelta(minutes=10), 100)),
    "how many there are": lambda store, _: steps(store, store.count_sources),
    "a new start": lambda store, _: steps(store, lambda: (store.synced(), store.next_due(), store.host_notes())),
}


def read(folder: Path, entries: int) -> tuple[SqliteStore, Settings]:
    """A store with so many entries of some sources, and its settings."""
    store, settings = store_of(folder, 20)
    population.read(store, entries, 20, NOON, "all", "rare")
    return store, settings


def test_a_build_beside_many_entries_costs_what_it_costs_beside_few(tmp_path: Path) -> None:
    stores = [read(tmp_path / str(count), count) for count in (2000, 8000)]

    few, many = (after_a_poll(*one) for one in stores)
    for store, _ in stores:
        store.close()

    assert few > 500
    assert many < 1.2 * few


def test_what_must_not_grow_with_the_sources_does_not(tmp_path: Path) -> None:
    few, many = (store_of(tmp_path / str(count), count) for count in (FEW, 2 * FEW))

    found = {name: (act(*few), act(*many)) for name, act in ACTS.items()}
    few[0].close()
    many[0].close()

    assert found["a build after a poll"][0] > 500
    assert {name: some for name, some in found.items() if some[1] > 1.2 * some[0] + EACH} == {}

"""The health of sources as the store tells it: in which order, how many, and of how few something has to be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.model import FetchState, Settings, Source, Visit
from aggregator.publish.incidents import MOST
from aggregator.service import figures
from aggregator.service.health import health
from aggregator.store import schema
from aggregator.store.ports import Store
from aggregator.store.sqlite import SqliteStore, open_store
from aggregator.web.metrics import render
from tests.records import NOON

NAMES = ("new", "late", "early", "well", "gone", "out", "resting")
SOURCES = tuple(Source(name, f"https://{name}.example/", order=n) for n, name in enumerate(NAMES))


def test_only_so_many_sources_have_figures_of_their_own(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MOST", 2)

    text = render(figures.of_sources(store))

    shown = [line.partition(" ")[0] for line in text.splitlines() if line.startswith("aggregator_source_state{")]
    assert shown == [f'aggregator_source_state{{source="{name}",state="failing"}}' for name in ("early", "late")]
    assert 'aggregator_sources_in_state{state="paused"} 1' in text.splitlines()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = open_store(tmp_path / "a.db")
    made.sync_sources(SOURCES, (), "1")
    tell(made, "late", FetchState(state="failing", since=NOON, error="it answers 500"))
    tell(made, "early", FetchState(state="failing", since=NOON - timedelta(hours=1)))
    tell(made, "well", FetchState(state="ok", since=NOON, last_success=NOON, effective_url="https://moved.example/"))
    tell(made, "gone", FetchState(state="gone", since=NOON))
    tell(made, "out", FetchState(state="blocked", since=NOON))
    tell(made, "resting", FetchState(state="failing", since=NOON, next_poll=NOON))
    without = [replace(one, enabled=one.id != "resting") for one in SOURCES if one.id != "out"]
    made.sync_sources(without, (), "2")
    yield made
    made.close()


def tell(store: Store, name: str, state: FetchState) -> None:
    source = next(one for one in SOURCES if one.id == name)
    store.record([(Visit(source, state, NOON, "ok", source.url, source.url, 200, None, 0.1), 0)])


def test_newest_trouble_comes_first(store: Store) -> None:
    found = [(source.id, state.state) for source, state, *_ in store.states()]

    assert found == [
        ("late", "failing"), ("early", "failing"), ("gone", "gone"), ("new", "new"), ("well", "ok"), ("resting", "paused"),
    ]  # fmt: skip


def test_states_can_be_asked_for_by_name(store: Store) -> None:
    assert [source.id for source, *_ in store.states(("gone", "failing"))] == ["gone", "late", "early"]


def test_a_paused_source_has_no_next_poll(store: Store) -> None:
    [(_, state, _, _)] = store.states(("paused",))

    assert state.next_poll is None


def test_what_left_feeds_toml_is_not_counted(store: Store) -> None:
    assert store.counts() == {"failing": 2, "gone": 1, "new": 1, "ok": 1, "paused": 1}


def test_sources_are_found_by_id_and_by_having_moved(store: Store) -> None:
    assert [source.id for source, *_ in store.states_of(["well", "late", "out", "none"])] == ["late", "well"]
    assert [source.id for source, *_ in store.moved(10)] == ["well"]
    assert store.moved(0) == []


def test_incidents_are_those_of_the_troubled_and_the_moved(store: Store, tmp_path: Path) -> None:
    store.save_note("cycle", NOON.isoformat())

    told = health(store, Settings(path=tmp_path))["status.atom"].decode()

    assert all(f"<title>{name} " in told for name in ("late", "early", "gone", "well"))
    assert "resting" not in told


def test_an_incident_ends_when_its_source_is_well(store: Store, tmp_path: Path) -> None:
    health(store, Settings(path=tmp_path))
    tell(store, "late", FetchState(state="ok", since=NOON + timedelta(hours=2)))

    assert "late cannot be read (over)" in health(store, Settings(path=tmp_path))["status.atom"].decode()


def test_more_trouble_than_can_be_told_stays_the_same_when_nothing_happens(tmp_path: Path) -> None:
    many = tuple(Source(f"s{n}", f"https://s{n}.example/", order=n) for n in range(MOST + 50))
    store = open_store(tmp_path / "a.db")
    store.sync_sources(many, (), "1")
    for one in many:
        state = FetchState(state="ok", since=NOON, effective_url="https://moved.example/")
        store.record([(Visit(one, state, NOON, "ok", one.url, one.url, 200, None, 0.1), 0)])
    store.save_note("cycle", NOON.isoformat())
    first = health(store, Settings(path=tmp_path))["status.atom"]
    store.save_note("cycle", (NOON + timedelta(hours=1)).isoformat())

    assert health(store, Settings(path=tmp_path))["status.atom"] == first
    store.close()


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db")
    store.sync_sources(SOURCES, (), "1")
    store.close()
    with sqlite3.connect(tmp_path / "a.db") as connection:
        for name in ("poll_trouble", "poll_moved", "source_weight", "block_last", "block_stale", "entry_brought"):
            connection.execute(f"drop index {name}")
        for name in ("kind", "since"):
            connection.execute(f"alter table poll drop column {name}")
        for name in ("pruned", "texts"):
            connection.execute(f"drop table {name}")
        connection.execute("delete from _sqlite_migrations where name <> 'first_tables'")
        connection.execute("pragma user_version = 1")
    connection.close()

    again = open_store(tmp_path / "a.db")

    assert again.counts() == {"new": len(SOURCES)}
    assert (again.count_pruned(), again.note("told"), schema.VERSION) == (0, None, 9)
    again.close()

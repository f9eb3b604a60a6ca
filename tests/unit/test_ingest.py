"""What arrives, beside what is stored and beside what arrives with it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator.editorial.context import context
from aggregator.editorial.identity import minted
from aggregator.editorial.prepare import digest
from aggregator.model import (
    Channel,
    Enclosure,
    FetchState,
    Poll,
    RawEntry,
    RawFeed,
    RawLink,
    Rule,
    Settings,
    Source,
    Text,
    Visit,
)
from aggregator.service.ingest import ingest
from aggregator.store.ports import Store
from aggregator.store.sqlite import SqliteStore, open_store
from tests.records import NOON

SOURCES = tuple(Source(f"s{n}", f"https://s{n}.example/feed", order=n) for n in range(4))
SETTINGS = Settings(Path("feeds.toml"), channels=(Channel("all", "Planet"),), sources=SOURCES)
WORDS = [f"word{n}" for n in range(400)]
GROWING = ("entry", "e ", "band", "probe", "member", "m ")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = open_store(tmp_path / "aggregator.db")
    made.sync_sources(SOURCES, SETTINGS.channels, "1")
    yield made
    made.close()


def raw(n: int, **given: object) -> RawEntry:
    rng = random.Random(n)
    usual = RawEntry(
        id=f"tag:news.example,2026:{n}", links=(RawLink(f"https://news.example/{n}"),),
        title=Text(" ".join(rng.sample(WORDS, 5)), html=False), summary=Text(" ".join(rng.sample(WORDS, 60)), html=False),
        published=NOON - timedelta(minutes=n),
    )  # fmt: skip
    return replace(usual, **given)  # type: ignore[arg-type]  # as replace() takes them


def visit(source: Source, *entries: RawEntry, settings: Settings = SETTINGS) -> Visit:
    made = digest(
        RawFeed("atom", "fast", entries=entries), source, context(settings), url=source.url, seen=b"", now=NOON
    )
    state = FetchState(state="ok", last_poll=NOON, last_success=NOON)
    return Visit(source, state, NOON, "ok", source.url, source.url, 200, None, 0.1, made)


def groups(store: Store) -> list[tuple[str, str, str, str]]:
    return sorted((row.source_id, row.source_entry_id, row.duplicate_of or "", row.story) for row, _ in store.export())


def some_copies(seed: int) -> list[Visit]:
    """Sources that carry each other's entries: under the same id, another id, another link, another title."""
    rng = random.Random(seed)
    changes: tuple[dict[str, object], ...] = (
        {},
        {"id": None},
        {"id": f"urn:x:{seed}", "links": ()},
        {"title": Text("Other words here", html=False)},
    )
    taken = [[raw(n, **rng.choice(changes)) for n in rng.sample(range(12), 5)] for _ in SOURCES]
    return [visit(source, *entries) for source, entries in zip(SOURCES, taken, strict=True)]


@pytest.mark.parametrize("seed", range(8))
def test_what_comes_in_one_cycle_is_grouped_the_same_in_any_commits(seed: int, store: Store, tmp_path: Path) -> None:
    visits = some_copies(seed)
    other = open_store(tmp_path / "other.db")
    other.sync_sources(SOURCES, SETTINGS.channels, "1")

    ingest(store, visits, NOON)
    for one in visits:
        ingest(other, [one], NOON, more=one is not visits[-1])

    assert groups(store) == groups(other)
    other.close()


def ids(store: Store) -> Sequence[str]:
    return [row.id for row, _ in store.export()]


def test_an_id_that_was_minted_a_moment_ago_is_taken(store: Store) -> None:
    ours = minted("s0", "link:news.example/1")
    honest = visit(SOURCES[0], raw(1, id=None))
    claims_it = visit(SOURCES[1], raw(2, id=ours))

    tallies = ingest(store, [honest, claims_it], NOON)

    assert [tally.new for tally in tallies] == [1, 1]
    assert ids(store)[0] == ours
    assert len(set(ids(store))) == 2


def test_a_minted_id_that_somebody_claimed_first_is_minted_otherwise(store: Store) -> None:
    ours = minted("s1", "link:news.example/1")
    claims_it = visit(SOURCES[0], raw(2, id=ours))
    honest = visit(SOURCES[1], raw(1, id=None))

    ingest(store, [claims_it, honest], NOON)

    assert ids(store)[0] == ours
    assert len(set(ids(store))) == 2


def test_what_is_too_old_for_a_story_is_not_looked_for_as_one(store: Store) -> None:
    old = raw(1, published=NOON - timedelta(days=30))

    ingest(store, [visit(SOURCES[0], old)], NOON)
    ingest(
        store,
        [visit(SOURCES[1], replace(old, id="tag:b.example,2026:1", links=(RawLink("https://b.example/1"),)))],
        NOON,
    )

    first, second = (row for row, _ in store.export())
    assert second.duplicate_of == first.id


def test_no_entry_is_read_that_has_no_part_in_what_arrives(store: SqliteStore) -> None:
    """Whatever arrives is found by an index: a statement that looks through a table costs more the more is stored."""
    asked: set[str] = set()
    connection = store._db._connection
    ingest(store, some_copies(1), NOON)
    connection.set_trace_callback(asked.add)
    ingest(store, some_copies(2), NOON + timedelta(hours=1))
    store.withdraw(1, NOON)
    connection.set_trace_callback(None)

    plans = {
        statement: [row[3] for row in connection.execute(f"explain query plan {statement}")]
        for statement in asked
        if statement.split()[0].lower() in ("select", "insert", "update", "delete", "with")
    }
    assert any("entry_story" in line for plan in plans.values() for line in plan)
    for statement, plan in plans.items():
        assert not [line for line in plan if line.startswith(tuple(f"SCAN {name}" for name in GROWING))], statement


def test_an_id_whose_entry_was_pruned_is_not_given_again(store: Store) -> None:
    ingest(store, [visit(SOURCES[0], raw(1))], NOON)
    ingest(store, [visit(SOURCES[0], raw(2))], NOON)
    store.prune([1], NOON)

    ingest(store, [visit(SOURCES[1], raw(3, id="tag:news.example,2026:1"))], NOON)

    assert ids(store)[0] == "tag:news.example,2026:2"
    assert ids(store)[1].startswith("urn:uuid:")


TOPIC = Channel("topic", "Topic", match=(Rule("harbour", 1),))
LONG = "".join(f"<p>Paragraph {n} of a long report that says the same each time.</p>" for n in range(80))


def long_entry(end: str, **given: object) -> RawEntry:
    return raw(1, content=Text(LONG + end, html=True), summary=None, **given)


def told(store: Store) -> tuple[str, tuple[str, ...], int, datetime]:
    ((row, channels),) = store.export()
    return row.teaser, channels, len(row.enclosures), row.updated


@pytest.mark.parametrize(
    ("later", "channels", "files"),
    [
        (long_entry("<p>The harbour froze.</p>"), ("all", "topic"), 0),
        (long_entry("", tags=("harbour",)), ("all", "topic"), 0),
        (long_entry("", enclosures=(Enclosure("https://news.example/1.mp3", "audio/mpeg"),)), ("all",), 1),
        (long_entry("<p>Nothing new.</p>"), ("all",), 0),
    ],
)
def test_what_changes_behind_the_teaser_is_stored_and_not_announced(
    later: RawEntry, channels: tuple[str, ...], files: int, store: Store
) -> None:
    settings = replace(SETTINGS, channels=(*SETTINGS.channels, TOPIC))
    store.sync_sources(SOURCES, settings.channels, "2")
    ingest(store, [visit(SOURCES[0], long_entry(""), settings=settings)], NOON)
    before, shown = told(store), store.version("all")

    (tally,) = ingest(store, [visit(SOURCES[0], later, settings=settings)], NOON + timedelta(hours=1))

    assert (tally.new, tally.updated) == (0, 0)
    assert told(store) == (before[0], channels, files, before[3])
    assert (store.version("all") > shown) == (channels != ("all",) or files > 0)


def test_an_entry_that_is_edited_again_and_again_is_found_by_its_last_text_alone(store: SqliteStore) -> None:
    for n in range(5):
        ingest(
            store, [visit(SOURCES[0], raw(1, summary=Text(" ".join(WORDS[n * 50 : n * 50 + 60]), html=False)))], NOON
        )

    assert [len(list(store.export())), store._db.rows("select count(*) from band")] == [1, [(6,)]]


def test_who_has_something_new_is_not_quiet(store: SqliteStore) -> None:
    came = visit(SOURCES[0], raw(1))
    long_silent = replace(came, state=replace(came.state, state="quiet", since=NOON - timedelta(days=100)))

    ingest(store, [long_silent], NOON)

    (poll,) = store.polls(["s0"])
    assert (poll.state.state, poll.state.since, poll.state.last_new_entry) == ("ok", NOON, NOON)


def test_a_poll_under_way_leaves_the_plan_of_a_new_address_alone(store: SqliteStore) -> None:
    came = visit(SOURCES[0], raw(1))
    moved = replace(SOURCES[0], url="https://elsewhere.example/feed")
    store.sync_sources((moved, *SOURCES[1:]), SETTINGS.channels, "2")

    ingest(
        store, [replace(came, state=replace(came.state, effective_url="https://old.example/", next_poll=NOON))], NOON
    )
    store.postpone(Poll(SOURCES[0], replace(came.state, next_poll=NOON + timedelta(days=9))))

    (poll,) = store.polls(["s0"])
    assert (poll.source.url, poll.state.effective_url, poll.state.state) == (moved.url, None, "new")
    assert [poll.source.id for poll in store.due(NOON, 1)] == ["s0"]


def daily(day: int, **given: object) -> RawEntry:
    """An item that is called as those of other days, and leads to the same page."""
    usual: dict[str, object] = {
        "id": None, "title": Text("The daily report", html=False), "published": NOON - timedelta(days=9 - day),
        "links": (RawLink("https://news.example/daily"),),
    }  # fmt: skip
    return raw(day, **(usual | given))


def test_items_that_only_their_dates_tell_apart_replace_no_other(store: SqliteStore) -> None:
    for polled in ([1], [2, 1], [3, 2, 1], [4, 3, 2]):
        ingest(store, [visit(SOURCES[0], *map(daily, polled))], NOON)

    told = [entry for entry, _ in store.export() if entry.duplicate_of is None]
    assert len({entry.teaser for entry in told}) == len({entry.published for entry in told}) == 4


def test_items_without_id_and_link_are_told_by_title_and_date(store: SqliteStore) -> None:
    for day in (1, 2, 3):
        ingest(store, [visit(SOURCES[0], daily(day, links=()))], NOON + timedelta(days=day))

    assert len({entry.published for entry, _ in store.export()}) == 3

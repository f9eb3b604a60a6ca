"""When stored entries are put into stories: at the end of a cycle, whatever its commits; again while little is known of words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.editorial.context import context
from aggregator.editorial.prepare import digest
from aggregator.model import Channel, FetchState, RawEntry, RawFeed, RawLink, Settings, Source, Text, Visit
from aggregator.service import telling
from aggregator.service.ingest import ingest
from aggregator.service.rebuild import rebuild
from aggregator.store.sqlite import SqliteStore, open_store
from tests.records import NOON

SOURCES = tuple(Source(f"s{n}", f"https://s{n}.example/feed", order=n) for n in range(40))
SETTINGS = Settings(Path("feeds.toml"), channels=(Channel("all", "Planet"),), sources=SOURCES)
FERRY = "Ferry runs aground off Bergen in storm"
BRIDGE = "Storm: ferry aground off Bergen, eighty rescued from the rocks"
ROCKS = "Eighty rescued from the rocks as ferry runs aground"
HOUR = timedelta(hours=1)
NEWS = (
    "Council of the valley votes on the budget for schools",
    "Old bridge near the mill closes for repairs until spring",
    "Farmers wait for rain after the driest autumn in decades",
    "Museum opens its hall of ships and harbour maps",
    "Library lends tools and seeds beside novels",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = open_store(tmp_path / "aggregator.db")
    made.sync_sources(SOURCES, SETTINGS.channels, "1")
    yield made
    made.close()


def visit(place: int, title: str) -> Visit:
    source = SOURCES[place]
    address = f"{source.url}/{abs(hash(title))}"
    entry = RawEntry(
        id=address, links=(RawLink(address),), title=Text(title, html=False), published=NOON - timedelta(minutes=place)
    )
    feed = RawFeed("atom", "fast", entries=(entry,))
    made = digest(feed, source, context(SETTINGS), url=source.url, seen=b"", now=NOON)
    return Visit(source, FetchState(), NOON, "ok", source.url, source.url, 200, None, 0.1, made)


def told(store: SqliteStore) -> list[list[str]]:
    """The sources of every story of several, its lead's first."""
    found: dict[str, list[str]] = {}
    for row, _ in sorted(store.export(), key=lambda one: (not one[0].lead, one[0].source_id)):
        found.setdefault(row.story, []).append(row.source_id)
    return sorted(names for names in found.values() if len(names) > 1)


def background(first: int, titles: Sequence[str] = NEWS) -> list[Visit]:
    return [visit(first + n, title) for n, title in enumerate(titles)]


def test_stories_wait_for_the_end_of_the_cycle(store: SqliteStore) -> None:
    ingest(store, [visit(0, FERRY), *background(10)], NOON, more=True)
    ingest(store, [visit(1, BRIDGE)], NOON, more=True)
    before = told(store)

    ingest(store, [], NOON)

    assert (before, told(store)) == ([], [["s0", "s1"]])


def test_what_a_cycle_left_that_was_killed_is_told_by_the_next(store: SqliteStore) -> None:
    ingest(store, [visit(0, FERRY), visit(1, BRIDGE), *background(10)], NOON, more=True)

    ingest(store, [], NOON + HOUR)

    assert told(store) == [["s0", "s1"]]


def test_the_first_in_feeds_toml_leads_of_those_that_came_in_one_cycle(store: SqliteStore) -> None:
    ingest(store, [visit(5, FERRY), *background(10)], NOON, more=True)
    ingest(store, [visit(2, BRIDGE)], NOON)

    assert told(store) == [["s2", "s5"]]


def test_a_later_entry_brings_two_stories_together_under_the_elder_lead(store: SqliteStore) -> None:
    ingest(store, [visit(5, FERRY), *background(10)], NOON)
    ingest(store, [visit(3, ROCKS)], NOON + HOUR)
    apart = told(store)

    ingest(store, [visit(1, BRIDGE)], NOON + 2 * HOUR)

    assert (apart, told(store)) == ([], [["s5", "s1", "s3"]])
    assert not any(row.duplicate_of for row, _ in store.export())


def test_a_young_store_asks_again_when_it_has_grown(store: SqliteStore) -> None:
    """Of two entries it only then knows that the words are common in which they differ."""
    one, other = "Zanzibar clove harvest: council of the valley votes", "Zanzibar clove harvest: museum opens its hall"
    ingest(store, [visit(0, one), visit(1, other)], NOON)
    before = told(store)

    common = [f"{title} {n}" for n in range(4) for title in (NEWS[0], NEWS[3])]
    ingest(store, background(10, common), NOON + HOUR)

    assert before == []
    assert ["s0", "s1"] in told(store)


def test_rebuild_finds_the_stories_of_one_cycle_again(store: SqliteStore) -> None:
    ingest(store, [visit(0, FERRY), visit(1, BRIDGE), visit(2, ROCKS), *background(10)], NOON)
    before = told(store)

    rebuild(store, SETTINGS, lambda _: None)

    assert before == told(store) == [["s0", "s1", "s2"]]


def test_nothing_is_asked_where_nothing_came(store: SqliteStore) -> None:
    ingest(store, [visit(0, FERRY)], NOON)

    assert telling.tell(store) == set()

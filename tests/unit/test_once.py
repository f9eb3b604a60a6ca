"""Opening the store for a feeds.toml: what is read whole, and what the store has already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.errors import ConfigError
from aggregator.model import Channel, Poll, Source
from aggregator.model.record import replace
from aggregator.service.once import beside, known_to, opened
from aggregator.store.sqlite import open_store, synced

TWO = '[[source]]\nid = "a"\nurl = "https://a.example/"\n\n[[source]]\nid = "b"\nurl = "https://b.example/"\ntags = ["sea"]\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "feeds.toml"
    made.write_text(TWO, encoding="utf-8")
    return made


def ids(path: Path) -> list[str]:
    with opened(path) as work:
        return [poll.source.id for poll in work.store.polls()]


def test_an_unchanged_file_is_not_read_whole_again(path: Path) -> None:
    assert known_to(synced, path) is None
    assert ids(path) == ["a", "b"]

    settings = known_to(synced, path)

    assert settings is not None
    assert settings.sources == ()
    assert ids(path) == ["a", "b"]


def test_an_edit_is_read_at_the_next_start(path: Path) -> None:
    ids(path)
    path.write_text(TWO.replace('"b"', '"c"'), encoding="utf-8")

    assert known_to(synced, path) is None
    assert ids(path) == ["a", "c"]


def test_what_comes_back_goes_on_where_it_was(path: Path) -> None:
    ids(path)
    path.write_text(TWO.partition("\n\n")[0], encoding="utf-8")
    assert ids(path) == ["a"]
    path.write_text(TWO, encoding="utf-8")

    assert ids(path) == ["a", "b"]


def test_readers_hold_nothing_of_a_list_that_is_taken_in(path: Path) -> None:
    """Their nursery comes before it; one that is as it was is not read, and the nursery can wait until somebody is asked."""
    with opened(path, reads=True) as work:
        first = work.nursery
        assert first is not None
        pid, ours = first.worker()
        alive = Path(f"/proc/{pid}").exists()
        ours.close()
    with opened(path, reads=True) as work:
        again = work.nursery

    assert (alive, Path(f"/proc/{pid}").exists(), again) == (True, False, None)


def test_nothing_is_made_for_readers_where_nothing_is_read(path: Path) -> None:
    with opened(path) as work:
        assert work.nursery is None


def test_nobody_is_asked_before_the_time_but_on_demand(path: Path) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    with opened(path) as work:
        work.clock = lambda: now
        new = work.asks("due")
        for poll in work.store.polls():
            work.store.postpone(Poll(poll.source, replace(poll.state, next_poll=now + timedelta(hours=1))))
        later = [work.asks(mode) for mode in ("due", "all", "force")]
        work.named = ("a",)
        named = work.asks("due")

    assert (new, later, named) == (True, [False, True, True], True)


def test_all_mistakes_are_told_whatever_the_store_knows(path: Path) -> None:
    ids(path)
    path.write_text(f"[teaser]\nmin = 0\n\n{TWO}urll = 1\n", encoding="utf-8")

    with pytest.raises(ConfigError) as caught, opened(path):
        pass

    assert [problem.line for problem in caught.value.problems] == [2, 12]


def test_a_mistake_makes_no_database(path: Path) -> None:
    path.write_text(f"{TWO}urll = 1\n", encoding="utf-8")

    with pytest.raises(ConfigError), opened(path):
        pass

    assert [one.name for one in path.parent.iterdir()] == ["feeds.toml"]


def test_a_database_that_is_none_is_not_asked(path: Path) -> None:
    (path.parent / "aggregator.db").write_bytes(b"no database at all, but long enough to be looked at as one" * 100)

    assert known_to(synced, path) is None


def test_beside_leaves_the_list_of_the_store(path: Path) -> None:
    ids(path)
    path.write_text(TWO.partition("\n\n")[0], encoding="utf-8")

    with beside(path) as work:
        assert [source.id for source in work.settings.sources] == ["a"]
        assert [poll.source.id for poll in work.store.polls()] == ["a", "b"]


def test_many_sources_are_kept_one_by_one(tmp_path: Path) -> None:
    many = [Source(f"s{n}", f"https://s{n}.example/", order=n) for n in range(1203)]
    store = open_store(tmp_path / "a.db")
    store.sync_sources(many, (), "1")
    store.sync_sources([*many[:700], *many[701:]], (), "2")

    assert store.count_sources() == 1202
    assert many[700].id not in {poll.source.id for poll in store.due(datetime(2026, 1, 1, tzinfo=UTC), 2000)}
    store.close()


@pytest.mark.parametrize(
    ("channel", "feeds"),
    [
        (Channel("c", "C"), ["one", "two", "three"]),
        (Channel("c", "C", tags=("sea",)), ["one", "three"]),
        (Channel("c", "C", tags=("sea", "ice"), sources=("two", "three", "none")), ["two", "three"]),
        (Channel("c", "C", tags=("se",)), []),
    ],
)
def test_a_channel_is_fed_by_its_sources_and_tags(tmp_path: Path, channel: Channel, feeds: list[str]) -> None:
    store = open_store(tmp_path / "a.db")
    given = (
        Source("one", "https://one.example/", tags=("sea",), order=0),
        Source("two", "https://two.example/", tags=("ice",), title='"se"', order=1),
        Source("three", "https://three.example/", tags=("ice", "sea"), order=2),
    )
    store.sync_sources(given, (channel,), "1")

    assert [one.id for one in store.feeding(channel, 10)] == feeds
    assert [one.id for one in store.feeding(channel, 1)] == feeds[:1]
    store.close()

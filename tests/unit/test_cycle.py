"""Who is asked, and who is not asked again before it is stored what came of it; with a real store and a real server."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from aggregator.errors import StoreError
from aggregator.model import Channel, FetchSettings, FetchState, Poll, Settings, Source, Tally, Visit
from aggregator.schedule.hosts import HostNote, packed
from aggregator.service.crew import crew_of
from aggregator.service.cycle import MOST_HELD, Dispatcher, Writer
from aggregator.service.visiting import visit
from aggregator.store.ports import Store
from aggregator.store.sqlite import open_store
from tests.origin import Origin, Reply
from tests.planet import item, rss

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
T = TypeVar("T")


def nothing(_: Visit, tally: Tally) -> None:
    """Nobody counts."""


def play(
    folder: Path, url: str, act: Callable[[Dispatcher, Store], Awaitable[T]], now: Callable[[], datetime] = lambda: NOW
) -> T:
    """Run an act with one source, "blog", at this address."""
    allowed = url.partition("//")[2].partition("/")[0]
    settings = Settings(
        path=folder / "feeds.toml",
        database=folder / "aggregator.db",
        fetch=FetchSettings(allow_private=(allowed,)),
        channels=(Channel("all", "All"),),
        sources=(Source(id="blog", url=url),),
    )

    async def run() -> T:
        with closing(open_store(settings.database)) as store:
            store.sync_sources(settings.sources, settings.channels, "1")
            async with crew_of(store, settings, now) as crew:
                return await act(Dispatcher(crew, Writer(crew, nothing)), store)

    return asyncio.run(run())


async def asked(dispatcher: Dispatcher, store: Store) -> None:
    """Line up who looks due, and wait until all that were lined up have been asked; nothing is stored."""
    for poll in store.due(NOW, 10):
        dispatcher.put(poll)
    while dispatcher.queue or dispatcher.running():
        await dispatcher.step()


@pytest.mark.parametrize("body", [rss(item(1)), None], ids=["answers", "does not answer"])
def test_nobody_is_asked_again_before_it_is_stored_what_came_of_it(
    origin: Origin, tmp_path: Path, body: bytes | None
) -> None:
    """Whose fault a silence was is decided only after a while; until then a dead host was asked every second."""
    origin.documents["/a"] = body or Reply()
    url = f"{origin.url}/a" if body else "http://127.0.0.1:9/a"

    async def act(dispatcher: Dispatcher, store: Store) -> tuple[int, int, int, list[str]]:
        await asked(dispatcher, store)
        held = len(store.due(NOW, 10))
        await asked(dispatcher, store)
        writer = dispatcher.writer
        visits = len(writer.waiting) + len(writer.doubtful)
        writer.settle()
        writer.flush()
        return held, visits, len(store.due(NOW, 10)), sorted(writer.held)

    assert play(tmp_path, url, act) == (1, 1, 0, [])


def test_nobody_is_asked_while_much_waits_to_be_read(origin: Origin, tmp_path: Path) -> None:
    origin.documents["/a"] = rss(item(1))

    async def act(dispatcher: Dispatcher, store: Store) -> tuple[int, int]:
        dispatcher.crew.pool.held += MOST_HELD
        for poll in store.due(NOW, 10):
            dispatcher.put(poll)
        await dispatcher.step()
        before = dispatcher.running()
        dispatcher.crew.pool.held -= MOST_HELD
        await asked(dispatcher, store)
        return before, len(origin.requests)

    assert play(tmp_path, f"{origin.url}/a", act) == (0, 1)


def test_what_the_store_does_not_take_is_kept_and_asks_nobody_again(origin: Origin, tmp_path: Path) -> None:
    origin.documents["/a"] = rss(item(1))

    async def act(dispatcher: Dispatcher, store: Store) -> tuple[int, int]:
        await asked(dispatcher, store)
        with closing(sqlite3.connect(tmp_path / "aggregator.db")) as other:
            other.execute("create trigger full before insert on entry begin select raise(abort, 'full'); end")
        with pytest.raises(StoreError):
            dispatcher.writer.flush()
        await asked(dispatcher, store)
        with closing(sqlite3.connect(tmp_path / "aggregator.db")) as other:
            other.execute("drop trigger full")
        dispatcher.writer.flush()
        return len(origin.requests), sum(1 for _ in store.export())

    assert play(tmp_path, f"{origin.url}/a", act) == (1, 1)


def test_a_source_that_cannot_be_postponed_is_not_asked_either(origin: Origin, tmp_path: Path) -> None:
    origin.documents["/a"] = rss(item(1))

    async def act(dispatcher: Dispatcher, store: Store) -> tuple[int, int]:
        dispatcher.crew.notes[origin.address] = HostNote(last=NOW, not_before=NOW + timedelta(hours=1))
        with closing(sqlite3.connect(tmp_path / "aggregator.db")) as other:
            other.execute("create trigger full before update on poll begin select raise(abort, 'full'); end")
        await asked(dispatcher, store)
        return len(origin.requests), len(store.due(NOW, 10))

    assert play(tmp_path, f"{origin.url}/a", act) == (0, 1)


def test_a_wait_that_the_clock_interrupted_begins_anew_once(tmp_path: Path) -> None:
    """It began anew at every look, so that the source was never asked again."""
    wrong = NOW - timedelta(days=365)

    async def act(dispatcher: Dispatcher, store: Store) -> list[datetime | None]:
        (poll,) = store.polls()
        state = replace(
            poll.state, last_poll=NOW, not_before=NOW + timedelta(hours=2), next_poll=NOW + timedelta(hours=3)
        )
        store.postpone(Poll(poll.source, state))
        found = []
        for _ in range(3):
            for due in store.due(wrong, 10):
                dispatcher.put(due)
            (poll,) = store.polls()
            found += [poll.state.next_poll, poll.state.not_before, poll.state.last_poll]
        return found

    once = [wrong + timedelta(hours=3), wrong + timedelta(hours=2), wrong]
    assert play(tmp_path, "http://127.0.0.1:9/a", act, lambda: wrong) == once * 3


def test_a_host_is_remembered_no_longer_than_it_rests(origin: Origin, tmp_path: Path) -> None:
    """Notes of every host ever asked were kept, and read at each start."""
    origin.documents["/a"] = rss(item(1))
    clock = [NOW]

    async def act(dispatcher: Dispatcher, store: Store) -> tuple[list[str], int, list[str], int]:
        await asked(dispatcher, store)
        dispatcher.writer.flush()
        resting, known = list(store.host_notes()), len(dispatcher.crew.notes)
        clock[0] += timedelta(seconds=2)
        (poll,) = store.polls()
        elsewhere = replace(poll, source=replace(poll.source, url="http://127.0.0.1:9/a"))
        dispatcher.put(replace(elsewhere, state=replace(poll.state, next_poll=None, not_before=None)))
        while dispatcher.queue or dispatcher.running():
            await dispatcher.step()
        dispatcher.writer.settle()
        dispatcher.writer.flush()
        return resting, known, list(store.host_notes()), len(dispatcher.crew.notes)

    found = play(tmp_path, f"{origin.url}/a", act, lambda: clock[0])

    assert found == ([origin.address], 1, ["127.0.0.1:9"], 1)


def test_what_a_start_finds_of_hosts_is_forgotten_when_it_says_nothing(origin: Origin, tmp_path: Path) -> None:
    origin.documents["/a"] = rss(item(1))
    with closing(open_store(tmp_path / "aggregator.db")) as store:
        slow, refused = packed(HostNote(last=NOW, slow=2)), packed(HostNote(last=NOW, not_before=NOW + HOUR))
        store.save_host_notes({"rested": packed(HostNote(last=NOW - HOUR)), "slow": slow, "refused": refused})

    async def act(dispatcher: Dispatcher, store: Store) -> list[str]:
        await asked(dispatcher, store)
        dispatcher.writer.flush()
        return sorted(store.host_notes())

    assert play(tmp_path, f"{origin.url}/a", act) == sorted([origin.address, "refused", "slow"])


def test_a_body_that_is_the_same_again_is_as_partial_as_it_was(origin: Origin, tmp_path: Path) -> None:
    origin.documents["/a"] = rss(item(1), item(2))
    source = Source("blog", f"{origin.url}/a", max_entries=1)

    async def act(dispatcher: Dispatcher, _: Store) -> list[Visit]:
        first = await visit(dispatcher.crew, Poll(source, FetchState()), lambda: None)
        without_validators = replace(first.state, etag=None, last_modified=None)
        return [first, await visit(dispatcher.crew, Poll(source, without_validators), lambda: None)]

    found = play(tmp_path, f"{origin.url}/a", act)

    assert [one.outcome for one in found] == ["ok-partial"] * 2
    assert found[1].digest is None

"""The heartbeat of the service: who is lined up, and since when what comes is seen."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from aggregator.model import Channel, FetchSettings, Settings, Source
from aggregator.service import run
from aggregator.service.clock import utc_now
from aggregator.service.crew import crew_of
from aggregator.service.cycle import MOST_WAITING, Dispatcher, Writer
from aggregator.service.once import Work
from aggregator.service.run import CYCLE, Service
from aggregator.store.sqlite import open_store

T = TypeVar("T")


def play(folder: Path, sources: tuple[Source, ...], act: Callable[[Service, Dispatcher], Awaitable[T]]) -> T:
    """Run an act with a service that is not running, and what it would line up polls in."""
    settings = Settings(
        path=folder / "feeds.toml", database=folder / "a.db", output=folder / "public", channels=(Channel("all", "All"),),
        sources=sources, fetch=FetchSettings(concurrency=1),
    )  # fmt: skip
    settings.path.touch()

    async def started() -> T:
        with closing(open_store(settings.database)) as store:
            store.sync_sources(settings.sources, settings.channels, settings.fingerprint)
            service = Service(Work(settings, store, utc_now), lambda _: None)
            async with crew_of(store, settings, utc_now) as crew:
                return await act(service, Dispatcher(crew, Writer(crew, service.report)))

    return asyncio.run(started())


def many(host: str, count: int) -> list[Source]:
    return [Source(f"{host}{n}", f"https://{host}.example/{n}") for n in range(count)]


@pytest.mark.parametrize(("age", "moved"), [(CYCLE + timedelta(seconds=1), True), (CYCLE / 2, False), (-CYCLE, True)])
def test_what_comes_is_of_today_however_much_is_under_way(tmp_path: Path, age: timedelta, moved: bool) -> None:
    async def act(service: Service, dispatcher: Dispatcher) -> bool:
        dispatcher.busy.add("a source that is being asked")
        before = dispatcher.crew.cycle_start = utc_now() - age
        await service.beat(dispatcher)
        return dispatcher.crew.cycle_start != before

    assert play(tmp_path, (), act) is moved


def test_a_host_with_very_many_sources_leaves_room_for_others(tmp_path: Path) -> None:
    sources = [*many("one", MOST_WAITING + 50), *many("two", MOST_WAITING + 50), *many("small", 1)]

    async def act(service: Service, dispatcher: Dispatcher) -> tuple[bool, int]:
        await service.beat(dispatcher)
        return "small0" in dispatcher.busy, len(dispatcher.busy)

    assert play(tmp_path, tuple(sources), act) == (True, 2 * (MOST_WAITING + 1) + 1)


def test_who_waits_already_takes_no_place_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the store those that wait look due, too, and were due before."""
    monkeypatch.setattr(run, "BACKLOG", 10)

    async def act(service: Service, dispatcher: Dispatcher) -> list[str]:
        await service.beat(dispatcher)
        for poll in dispatcher.queue.drop("one.example")[:2]:
            dispatcher.busy.discard(poll.source.id)
        before = set(dispatcher.busy)
        await service.beat(dispatcher)
        return sorted(dispatcher.busy - before)

    sources = (*many("one", 10), *many("small", 3))

    assert play(tmp_path, sources, act) == ["one0", "one1", "small0", "small1", "small2"]


def test_a_reload_waits_until_the_store_can_be_written(tmp_path: Path) -> None:
    async def act(service: Service, _: Dispatcher) -> tuple[bool, int]:
        service.work.store.wait_at_most(0.01)
        service.work.settings.path.write_text(
            f'[aggregator]\ndatabase = "{tmp_path}/a.db"\n[[source]]\nurl = "https://new.example/"\n', encoding="utf-8"
        )
        with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
            other.execute("begin immediate")
            reloading = asyncio.ensure_future(service._reload())
            await asyncio.wait([reloading], timeout=0.3)
            early = reloading.done()
            other.execute("rollback")
        await asyncio.wait_for(reloading, 20)
        return early, service.sources

    with contextlib.chdir(tmp_path):
        assert play(tmp_path, (), act) == (False, 1)

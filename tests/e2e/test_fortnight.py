"""Fourteen days of the real fetcher, store and readers against a real server; only time is simulated."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from aggregator.config.load import load
from aggregator.fetch.client import Client
from aggregator.fetch.guard import AddressInfo
from aggregator.model import Settings, Tally, Visit
from aggregator.service.crew import crew_of
from aggregator.service.cycle import Dispatcher, Writer
from aggregator.store.ports import Store
from aggregator.store.sqlite import open_store
from tests.origin import Asked, Origin, Reply
from tests.planet import item, rss

START = datetime(2027, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FORTNIGHT, RESTART = 14 * DAY, 8 * HOUR
HARD = timedelta(minutes=15)
HOSTS = 3
MANY = int(os.environ.get("AGGREGATOR_HOSTS", "8"))
Shift = Callable[[datetime], timedelta]


def steady(true: datetime) -> timedelta:
    """The clock is right."""
    return timedelta(0)


def set_wrong(true: datetime) -> timedelta:
    """A year behind from the third day, ten years ahead from the sixth, right again from the ninth; while the service runs."""
    days = (true - START - RESTART / 2) // DAY
    return timedelta(days=-365 if 3 <= days < 6 else 3650 if 6 <= days < 9 else 0)


@dataclass
class Time:
    """The true time, and what our clock makes of it."""

    shift: Shift
    true: datetime = START

    def believed(self) -> datetime:
        return self.true + self.shift(self.true)


@dataclass
class Publisher:
    """One host's feed: its n-th request meets the n-th case of checklist E15. It remembers what it may be asked when."""

    time: Time
    ends: bool  # with 410, after three days
    asked: list[tuple[datetime, Asked]] = field(default_factory=list)
    versions: int = 1
    tags: int = 1
    given: dict[str, set[str]] = field(default_factory=dict)  # validators by path
    early: list[timedelta] = field(default_factory=list)
    allowed: datetime = START
    bodies: Counter[str] = field(default_factory=Counter)  # whole documents by path
    statuses: Counter[int] = field(default_factory=Counter)
    told: list[timedelta] = field(default_factory=list)  # how long the host is to be left alone after each request

    def __call__(self, asked: Asked) -> Reply:
        true, hop = self.time.true, asked.path.endswith("/moved")
        if true < self.allowed:
            self.early.append(self.allowed - true)
        if not hop:
            self.asked.append((true, asked))
        reply = self.document(asked) if hop else self.reply(asked, len(self.asked))
        self.statuses[reply.status] += 1
        if not hop:
            self.told.append(timedelta(seconds=int(reply.headers.get("Retry-After", "0"))))
        bound = reply.headers.get("Retry-After") or reply.headers.get("Cache-Control", "=0").partition("=")[2]
        if reply.status == 410:
            self.allowed = datetime.max.replace(tzinfo=UTC)
        elif "Location" not in reply.headers or "Retry-After" in reply.headers:
            self.allowed = true + max(HARD, timedelta(seconds=int(bound)))
        return reply

    def reply(self, asked: Asked, number: int) -> Reply:
        if self.ends and self.time.true > START + 3 * DAY:
            return Reply(status=410)
        case = number % 10
        if case == 2:
            self.versions, self.tags = self.versions + 1, self.tags + 1  # a new entry; Last-Modified stays
        elif case == 3:
            self.tags += 1  # the same body under a new tag
        elif case == 5:
            return Reply(status=429, headers={"Retry-After": "7200"})
        elif case == 6:
            return Reply(status=302, headers={"Location": f"{asked.path}/moved", "Retry-After": "3600"})
        elif case == 7:
            return Reply(status=503)
        elif case == 8:
            return Reply(status=301, headers={"Location": f"{asked.path}/moved"})
        return self.document(asked, {"Cache-Control": "max-age=43200"} if case == 4 else {})

    def document(self, asked: Asked, more: dict[str, str] | None = None) -> Reply:
        sent = (asked.headers.get("if-none-match"), asked.headers.get("if-modified-since"))
        tag = f'W/"{asked.path}:{self.tags}"'
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(START, usegmt=True),
            "Set-Cookie": "id=1",
            **(more or {}),
        }
        known = self.given.setdefault(asked.path, set())
        assert {value for value in sent if value} <= known, f"{asked.path} never gave {sent}"
        known |= {tag, headers["Last-Modified"]}
        if sent[0] == tag:
            return Reply(status=304, headers=headers)
        self.bodies[asked.path] += sent == (None, None)
        return Reply(rss(*(item(n, pubDate=None) for n in range(self.versions))), headers=headers)


async def names(host: str, port: int) -> list[AddressInfo]:
    """Every name leads to the server on this machine."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


@dataclass(frozen=True)
class Simulation:
    """Who is polled for two weeks: publishers on hosts of their own, or all on one."""

    origin: Origin
    folder: Path
    shift: Shift
    sources: int
    hosts: int

    def run(self) -> tuple[list[Publisher], int]:
        """With a restart every eight hours: the publishers, and how many entries were stored."""
        time = Time(self.shift)
        publishers = [Publisher(time, ends=n % 10 == 2) for n in range(self.sources)]
        settings, stored = load(self._config(publishers)), 0
        while time.true < START + FORTNIGHT:
            store = open_store(settings.database)
            store.sync_sources(settings.sources, settings.channels, settings.fingerprint)
            asyncio.run(generation(time, store, settings))
            stored = sum(1 for _ in store.export())
            store.close()
        return publishers, stored

    def _config(self, publishers: list[Publisher]) -> Path:
        port = self.origin.address.rpartition(":")[2]
        tables = ""
        for n, publisher in enumerate(publishers):
            self.origin.documents[f"/{n}"] = self.origin.documents[f"/{n}/moved"] = publisher
            tables += f'[[source]]\nid = "s{n}"\nurl = "http://host{n % self.hosts}.example:{port}/{n}"\n'
        config = self.folder / "feeds.toml"
        # Real seconds: on a busy machine an answer that takes long is not to be one that is lost.
        fetch = f'[fetch]\ntimeout = "5m"\nallow_private = ["{self.origin.address}"]\n'
        config.write_text(fetch + tables, encoding="utf-8")
        return config


async def generation(time: Time, store: Store, settings: Settings) -> None:
    """From one start of the service to the next: what its heartbeat does, but for the waiting."""
    end = time.true + RESTART - (time.true - START) % RESTART
    async with crew_of(store, settings, time.believed, Client(settings, names=names)) as crew:
        writer = Writer(crew, nothing)
        dispatcher = Dispatcher(crew, writer, ticks=lambda: (time.true - START).total_seconds())
        while store.spread(time.believed(), settings.fetch.interval, 0.3, 1000):
            pass
        while time.true < end:
            for poll in store.due(time.believed(), 2000):
                dispatcher.put(poll)
            await dispatcher.step(longest=0.0)
            while dispatcher.running():
                await dispatcher.step(longest=0.1)
            writer.settle()
            writer.flush()
            time.true = min(end, time.true + timedelta(seconds=max(1.0, idle(time, store, dispatcher))))


def idle(time: Time, store: Store, dispatcher: Dispatcher) -> float:
    """Seconds until something may be done again."""
    following = store.next_due()
    planned = (following - time.believed()).total_seconds() if following else RESTART.total_seconds()
    waiting = dispatcher.queue.wait((time.true - START).total_seconds())
    return planned if waiting is None else min(waiting, planned)


def nothing(visit: Visit, tally: Tally) -> None:
    """Nobody counts."""


def assert_polite(publishers: list[Publisher], requests: list[Asked], least: int) -> None:
    """No request too early, one without validators for each address, none that were never given, nothing that tells of us."""
    for n, publisher in enumerate(publishers):
        assert publisher.early == []
        assert publisher.bodies[f"/{n}"] == 1
        assert publisher.bodies[f"/{n}/moved"] <= 1
        times = [true for true, _ in publisher.asked]
        assert min(later - earlier for earlier, later in pairwise(times)) >= HARD
        assert len(publisher.asked) >= (least / 5 if publisher.ends else least)
        assert publisher.statuses[410] == publisher.ends
    for asked in requests:
        assert not {"cookie", "referer", "pragma", "cache-control", "range"} & set(asked.headers)
        assert "?" not in asked.path
    assert len({asked.headers["user-agent"] for asked in requests}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("shift", [steady, set_wrong])
def test_a_fortnight_of_every_case_is_polite_and_misses_nothing(origin: Origin, tmp_path: Path, shift: Shift) -> None:
    publishers, stored = Simulation(origin, tmp_path, shift, HOSTS, HOSTS).run()

    assert_polite(publishers, origin.requests, least=80)
    assert all({200, 304, 429, 503, 301, 302} <= set(one.statuses) for one in publishers)
    assert stored == sum(publisher.versions for publisher in publishers)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_twenty_feeds_of_one_host_are_asked_one_after_the_other(origin: Origin, tmp_path: Path) -> None:
    publishers, stored = Simulation(origin, tmp_path, set_wrong, sources=20, hosts=1).run()

    assert_polite(publishers, origin.requests, least=30)
    log = sorted((true, wait) for one in publishers for (true, _), wait in zip(one.asked, one.told, strict=True))
    for (true, wait), (after, _) in pairwise(log):
        assert after - true >= max(timedelta(seconds=1), wait)
    turns = [len(one.asked) for one in publishers if not one.ends]
    assert min(turns) >= max(turns) * 0.6, "one was asked much more seldom than another"
    assert stored == sum(publisher.versions for publisher in publishers)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_hosts_are_asked_politely(origin: Origin, tmp_path: Path) -> None:
    """AGGREGATOR_HOSTS says how many."""
    publishers, stored = Simulation(origin, tmp_path, set_wrong, MANY, MANY).run()

    assert_polite(publishers, origin.requests, least=80)
    assert stored == sum(publisher.versions for publisher in publishers)

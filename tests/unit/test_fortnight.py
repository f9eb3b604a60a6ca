"""Fourteen days of polling against simulated origins, restarts and wrong clocks included: nobody is asked too early."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from aggregator.model import Answer, FetchSettings, FetchState, Hop, Source
from aggregator.schedule import hosts, pacing
from aggregator.schedule.hosts import HostNote
from aggregator.schedule.pacing import Hints

START = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FORTNIGHT = 14 * DAY
RESTART = timedelta(hours=8)
SETTINGS = FetchSettings()
NOTHING = timedelta(0)

Reply = tuple[int, dict[str, str]]
Script = Callable[[int], Reply]


def rotating(number: int) -> Reply:
    """What an origin says to its n-th request: nothing new, a new tag, freshness, refusals, a redirect; and again."""
    tag = {"etag": f'"{number // 7}"', "last-modified": format_datetime(START)}
    replies: list[Reply] = [
        (200, tag),
        (200, tag | {"cache-control": "max-age=43200"}),
        (429, {"retry-after": "7200"}),
        (200, tag),
        (503, {}),
        (301, tag),
        (200, tag | {"etag": f'W/"{number // 7}"'}),
    ]
    return replies[number % 7]


def changing(number: int) -> Reply:
    return 200, {"etag": f'"{number // 5}"'}


def ending(number: int) -> Reply:
    return (410, {}) if number == 5 else changing(number)


@dataclass(slots=True)
class Origin:
    """A server that remembers, by the true time, what it was asked and when it may be asked again."""

    script: Script
    asked: list[tuple[datetime, str, str | None]] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    allowed: datetime = START
    early: list[timedelta] = field(default_factory=list)

    def ask(self, true: datetime, url: str, tag: str | None) -> Reply:
        status, headers = self.script(len(self.asked))
        if status == 200 and tag == headers["etag"]:
            status = 304
        if true < self.allowed:
            self.early.append(self.allowed - true)
        self.allowed = datetime.max.replace(tzinfo=UTC) if status == 410 else true + least_wait(headers)
        self.asked.append((true, url, tag))
        self.tags.add(headers.get("etag", ""))
        return status, headers


def least_wait(headers: dict[str, str]) -> timedelta:
    """What these headers ask for; a quarter of an hour in any case."""
    fresh = headers.get("cache-control", "=0").partition("=")[2]
    return max(timedelta(minutes=15), timedelta(seconds=int(headers.get("retry-after", fresh))))


@dataclass(slots=True)
class Planet:
    """A service reduced to its decisions: who is due, may his host be asked, what is remembered of the answer."""

    origins: dict[str, Origin]
    clock: Callable[[datetime], datetime] = lambda true: true  # what we believe the time to be
    random: random.Random = field(default_factory=lambda: random.Random(7))
    states: dict[str, FetchState] = field(default_factory=dict)
    notes: dict[str, HostNote] = field(default_factory=dict)
    host_log: dict[str, list[tuple[datetime, timedelta]]] = field(default_factory=dict)

    def run(self, until: datetime) -> None:
        """Look at each source when it seems due, and at all of them whenever the service starts again."""
        looks = [(START, url) for url in self.origins]
        while looks and looks[0][0] <= until:
            true, url = heapq.heappop(looks)
            wait = self.look(url, true)
            if wait is not None:
                restart = RESTART - (true - START) % RESTART
                heapq.heappush(looks, (true + max(timedelta(seconds=1), min(wait, restart)), url))

    def look(self, url: str, true: datetime) -> timedelta | None:
        """Ask a source if it is due and its host may be asked. How long until another look; None: for ever."""
        now = self.clock(true)
        host = hosts.host_of(url)
        state = pacing.after_jump(self.states.get(url, FetchState()), now)
        note = self.notes[host] = hosts.after_jump(self.notes.get(host, HostNote()), now)
        free = hosts.free_at(note, now)
        if pacing.may_ask(state, "due", now) and free <= now:
            state = self.ask(url, state, true, now)
        elif free > now + timedelta(minutes=1):
            state = pacing.after_waiting(state, free, self.random.random())
        self.states[url] = state
        return None if state.state == "gone" else max(state.next_poll or now, free) - now

    def ask(self, url: str, state: FetchState, true: datetime, now: datetime) -> FetchState:
        source = Source(id=url, url=url)
        asked = pacing.address(state, source)
        tag = None if pacing.wants_unconditional(state, now) else state.etag
        status, headers = self.origins[url].ask(true, asked, tag)
        self.host_log.setdefault(hosts.host_of(url), []).append(
            (true, least_wait(headers) if status == 429 else NOTHING)
        )
        answer = answered(asked, status, headers, tag)
        self.notes |= hosts.settled(self.notes, asked, answer, SETTINGS, now)
        return learned(source, state, answer, now, hosts.jitter(self.notes[hosts.host_of(url)], self.random.random()))


def answered(asked: str, status: int, headers: dict[str, str], tag: str | None) -> Answer:
    """The answer as the fetcher would report it: a redirect is followed to the same document under another URL."""
    lines, conditional = tuple(headers.items()), tag is not None
    if status != 301:
        return Answer(asked, asked, status, lines, conditional=conditional)
    moved = asked + "?moved"
    return Answer(asked, moved, 304 if conditional else 200, lines, (Hop(301, asked, moved),), conditional=conditional)


def learned(source: Source, state: FetchState, answer: Answer, now: datetime, jitter: float) -> FetchState:
    if answer.status == 304:
        return pacing.after_not_modified(state, source, SETTINGS, answer, now, jitter)
    if answer.status == 200:
        return pacing.after_document(state, source, SETTINGS, answer, Hints(), now, jitter)
    kind = {410: "gone", 429: "ratelimited"}.get(answer.status, "http")
    return pacing.after_failure(state, source, SETTINGS, kind, "refused", answer, now, jitter)


def planet(count: int, script: Script = rotating, host: str = "host{n}.example") -> Planet:
    return Planet({f"https://{host.format(n=n)}/feed/{n}": Origin(script) for n in range(count)})


def gaps(times: Iterable[datetime]) -> list[float]:
    return [(later - earlier).total_seconds() for earlier, later in pairwise(times)]


def assert_polite(simulated: Planet, least: int) -> None:
    """No request too early, one unconditional, no tag made up, no address invented, and nobody was forgotten."""
    for url, origin in simulated.origins.items():
        assert origin.early == []
        assert sum(tag is None for _, _, tag in origin.asked) == 1
        assert {tag for _, _, tag in origin.asked} <= origin.tags | {None}
        assert {asked for _, asked, _ in origin.asked} == {url}
        assert len(origin.asked) >= least
    for log in simulated.host_log.values():
        assert min(gaps(true for true, _ in log), default=1.0) >= 1
        for (true, bound), (after, _) in pairwise(log):
            assert after >= true + bound


def wrong_clock(true: datetime) -> datetime:
    """A year behind from the third day, ten years ahead from the sixth, right again from the ninth."""
    days = (true - START) // DAY
    error = -365 if 3 <= days < 6 else 3650 if 6 <= days < 9 else 0
    return true + timedelta(days=error)


def test_a_source_is_asked_politely_for_a_fortnight() -> None:
    simulated = planet(1)

    simulated.run(START + FORTNIGHT)

    assert_polite(simulated, least=100)


@pytest.mark.parametrize("script", [rotating, changing])
def test_twenty_sources_of_one_host_do_not_crowd_it(script: Script) -> None:
    simulated = planet(20, script, "one.example")

    simulated.run(START + FORTNIGHT)

    assert_polite(simulated, least=20)


def test_sources_of_one_host_do_not_stay_in_step() -> None:
    simulated = planet(20, changing, "one.example")

    simulated.run(START + FORTNIGHT)

    late = [true for true, _ in simulated.host_log["one.example"] if true > START + DAY]
    assert sum(gap < 5 for gap in gaps(late)) < len(late) / 10


@pytest.mark.parametrize("host", ["host{n}.example", "one.example"])
def test_a_wrong_clock_makes_nobody_be_asked_too_early_or_forgotten(host: str) -> None:
    simulated = planet(20, rotating, host)
    simulated.clock = wrong_clock

    simulated.run(START + FORTNIGHT)

    assert_polite(simulated, least=15)


def test_after_410_nobody_is_asked_for_thirty_days() -> None:
    simulated = planet(1, ending)

    simulated.run(START + 30 * DAY)

    (origin,) = simulated.origins.values()
    assert (len(origin.asked), origin.early) == (6, [])


def test_after_thirty_days_a_server_stuck_on_304_is_noticed() -> None:
    simulated = planet(1, lambda number: (200 if number == 0 else 304, {"etag": '"1"'}))

    simulated.run(START + 31 * DAY)

    (origin,) = simulated.origins.values()
    assert [true >= START + 30 * DAY for true, _, tag in origin.asked if tag is None][:2] == [False, True]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_thousand_hosts_are_asked_politely_for_a_fortnight() -> None:
    simulated = planet(1000)

    simulated.run(START + FORTNIGHT)

    assert_polite(simulated, least=100)

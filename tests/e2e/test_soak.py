"""The service for a while, stopped and killed in between. AGGREGATOR_SOAK is the seconds it takes, AGGREGATOR_SOAK_FEEDS how many."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from tests import origin as origins
from tests.e2e.test_commands import WAIT, free_port, start
from tests.origin import Asked, Reply
from tests.planet import Planet, item, rss

SECONDS = float(os.environ.get("AGGREGATOR_SOAK", "24"))
FEEDS = int(os.environ.get("AGGREGATOR_SOAK_FEEDS", "20"))
A_HOST = 5  # feeds on one host, which is asked once a second at the most
INTERVAL = 10.0 if SECONDS < 120 else 60.0
EARLY = 0.25  # seconds: a request arrives a little later than it was planned, and the next one may not
WINDOW = 30  # entries of one document


@dataclass(slots=True)
class Farm:
    """Feeds that have one more entry at each third poll, and remember when they were asked."""

    hosts: list[origins.Origin]
    asked: dict[str, list[float]] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    growing: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    def names(self) -> list[str]:
        return [f"f{n}" for n in range(FEEDS)]

    def host(self, name: str) -> origins.Origin:
        return self.hosts[int(name[1:]) // A_HOST]

    def answer(self, asked: Asked) -> Reply:
        name = asked.path.strip("/")
        with self.lock:
            times = self.asked.setdefault(name, [])
            times.append(time.monotonic())
            count = self.entries.setdefault(name, 10)
            if self.growing and len(times) % 3 == 0:
                count = self.entries[name] = count + 1
        tag = f'"{name}-{count}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(status=304, headers={"ETag": tag})
        body = rss(*(entry(name, n) for n in range(max(0, count - WINDOW), count)), title=f"Feed {name}")
        return Reply(body, headers={"ETag": tag, "Content-Type": "application/xml"})

    def wanted(self) -> list[tuple[str, str]]:
        return sorted((name, address(name, n)) for name in self.names() for n in range(self.entries.get(name, 0)))

    def early(self, kills: list[float]) -> list[tuple[str, float]]:
        """Polls that came sooner after the one before than the interval allows, but for those whose answer a kill took."""
        gaps = ((name, a, b) for name, times in self.asked.items() for a, b in pairwise(times))
        lost = [(kill - 2.0, kill) for kill in kills]
        return [
            (name, b - a)
            for name, a, b in gaps
            if b - a < INTERVAL - EARLY and not any(first <= a <= last for first, last in lost)
        ]


def address(name: str, n: int) -> str:
    return f"https://{name}.example/{n}"


def entry(name: str, n: int) -> str:
    words = f"{name} tells of matter {n}, which {name}{n} and nobody else knows, in words of its own."
    return item(n, title=f"{name} {n}", link=address(name, n), guid=address(name, n), description=words)


@pytest.fixture
def farm() -> Iterator[Farm]:
    made = Farm([origins.Origin() for _ in range(-(-FEEDS // A_HOST))])
    for name in made.names():
        made.host(name).documents[f"/{name}"] = made.answer
    yield made
    for one in made.hosts:
        one.stop()


def settings(farm: Farm, port: int) -> str:
    own = ", ".join(f'"{host.address}"' for host in farm.hosts)
    tables = "".join(f'[[source]]\nid = "{name}"\nurl = "{farm.host(name).url}/{name}"\n' for name in farm.names())
    return f'[aggregator]\nlisten = "127.0.0.1:{port}"\n[fetch]\ninterval = "{INTERVAL:g}s"\nallow_private = [{own}]\n{tables}'


def end(service: subprocess.Popen[bytes], how: signal.Signals) -> int:
    service.send_signal(how)
    return service.wait(timeout=20)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 100)
def test_restarts_and_a_kill_lose_no_entry_and_ask_nobody_early(farm: Farm, planet: Planet) -> None:
    planet.write(settings(farm, free_port()))
    log = planet.folder / "log"
    kills: list[float] = []
    codes: list[int] = []
    for how in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL, signal.SIGTERM, signal.SIGTERM):
        service = start(planet, "run", log=log)
        WAIT.wait(SECONDS / 5)
        if how is signal.SIGKILL:
            kills.append(time.monotonic())
        codes.append(end(service, how))
        assert "Traceback" not in log.read_text()
    asked_early = farm.early(kills)
    farm.growing = False
    planet.run("fetch", "--force")

    stored = sorted((row["source"], row["source_entry_id"]) for row in planet.export())

    assert stored == farm.wanted()
    assert asked_early == []
    assert codes == [0, 0, -signal.SIGKILL, 0, 0]
    polls = sum(len(times) for times in farm.asked.values())
    print(f"{SECONDS:g} s, {FEEDS} feeds at {INTERVAL:g} s: {polls} polls, {len(stored)} entries, none twice or lost")

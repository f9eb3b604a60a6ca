"""The service beside another process that holds the store, or the output, for itself."""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.e2e.test_commands import ask, free_port, start, until
from tests.origin import Asked, Origin, Reply
from tests.planet import Planet, item, rss

STOP = 5.0  # seconds within which SIGTERM ends the service


@contextmanager
def locked(planet: Planet) -> Iterator[None]:
    """Another process has begun to write, and goes on."""
    with closing(sqlite3.connect(planet.folder / "aggregator.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        yield


@contextmanager
def occupied(planet: Planet) -> Iterator[None]:
    """Another process builds below the output folder, and goes on."""
    folder = os.open(planet.output, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


class Hanging:
    """A source that begins no answer before it is over."""

    def __init__(self) -> None:
        self.over, self.asked = threading.Event(), 0

    def __call__(self, asked: Asked) -> Reply:
        self.asked += 1
        self.over.wait(30)
        return Reply(status=500)


def served(planet: Planet, origin: Origin, names: list[str]) -> str:
    """A feeds.toml of a service that asks every second; its address."""
    address = f"127.0.0.1:{free_port()}"
    planet.sources(origin.address, names, head=f'[aggregator]\nlisten = "{address}"')
    planet.write(planet.config.read_text().replace("[fetch]", '[fetch]\ninterval = "1s"'))
    return f"http://{address}"


@pytest.mark.slow
@pytest.mark.parametrize("hold", [locked, occupied])
def test_a_stop_waits_for_no_other_writer(origin: Origin, planet: Planet, hold: object) -> None:
    origin.documents["/a"] = rss(item(1))
    url, log = served(planet, origin, ["a", "b"]), planet.folder / "log"
    planet.run("build")
    service = start(planet, "run", log=log)
    assert until(lambda: b"Story number 1" in ask(f"{url}/feed.atom")[1])

    with hold(planet):  # type: ignore[operator]
        origin.documents |= {"/a": rss(item(1), item(2)), "/b": rss(item(3))}
        noticed = until(lambda: "event=store" in log.read_text())
        answers = [ask(f"{url}/readyz")[0] for _ in range(5)]
        stopping = time.monotonic()
        service.terminate()
        code = service.wait(30)
        took = time.monotonic() - stopping
    planet.fetch()

    assert (noticed, code, answers) == (True, 0, [200] * 5)
    assert took < STOP
    assert "Traceback" not in log.read_text()
    assert sorted(row["source_entry_id"] for row in planet.export()) == [f"https://news.example/{n}" for n in (1, 2, 3)]
    assert len(planet.feed()["items"]) == 3


@pytest.mark.slow
def test_a_lock_delays_the_service_and_drops_nothing(origin: Origin, planet: Planet) -> None:
    url, log = served(planet, origin, ["a"]), planet.folder / "log"
    origin.documents["/a"] = rss(item(1))
    planet.run("build")

    with locked(planet):
        service = start(planet, "run", log=log)
        waited = until(lambda: "event=start" in log.read_text()) and ask(f"{url}/feed.atom")[0] != 0
    try:
        seen = until(lambda: b"Story number 1" in ask(f"{url}/feed.atom")[1])
    finally:
        service.terminate()
        code = service.wait(20)

    assert (waited, seen, code) == (True, True, 0)
    assert len(planet.export()) == 1


@pytest.mark.slow
def test_the_worst_stop_takes_less_than_five_seconds(origin: Origin, planet: Planet) -> None:
    """A source that never answers, a locked store and a reader in the middle of a request, all at once."""
    hanging = Hanging()
    url, log = served(planet, origin, ["a", "b"]), planet.folder / "log"
    origin.documents |= {"/a": rss(item(1)), "/b": hanging}
    planet.run("build")
    service = start(planet, "run", log=log)
    host, port = url.removeprefix("http://").split(":")
    assert until(lambda: b"Story number 1" in ask(f"{url}/feed.atom")[1] and hanging.asked)

    with locked(planet), socket.create_connection((host, int(port))) as reader:
        reader.sendall(b"GET /feed.atom HTTP/1.1\r\nHost: a\r\n")
        stopping = time.monotonic()
        service.terminate()
        code = service.wait(30)
        took = time.monotonic() - stopping
        hanging.over.set()

    assert code == 0
    assert took < STOP
    assert "Traceback" not in log.read_text()

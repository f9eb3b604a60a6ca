"""A web server of its own process over the outputs of a planet."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tests.planet import Planet

WAIT = threading.Event()  # never set: a process of its own can only be looked at again


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        return self.headers.get(name.lower())


@dataclass
class Site:
    """A server over the outputs of a planet."""

    name: str
    planet: Planet
    port: int
    command: list[str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it answers."""
        folder = Path(__file__).parent.parent
        self.process = subprocess.Popen(self.command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            WAIT.wait(0.05)
        raise AssertionError(f"{self.name} does not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Accept-Encoding": ""} | named)
        answer = connection.getresponse()
        got = Got(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        return got

    def variants(self, path: str = "/feed.atom") -> list[Got]:
        """As it is, in each coding that there is, and as a browser's document."""
        asked = [self.ask(path, Accept_Encoding=coding) for coding in ("", "gzip", "br")]
        coded = [got for got in asked[1:] if got["Content-Encoding"]]
        return [asked[0], *coded, self.ask(path, Sec_Fetch_Dest="document")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ours(planet: Planet, port: int) -> Site:
    """Our own server over these outputs, not started yet."""
    return Site("ours", planet, port, [sys.executable, "-m", "aggregator", "--config", str(planet.config), "serve"])

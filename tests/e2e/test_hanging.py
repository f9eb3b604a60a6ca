"""Many sources of which some never end: the others do not wait for them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.planet import Planet, item, rss

ROOT = Path(__file__).parent.parent.parent
ALL, STUCK = 1000, 50
LATENCY = 0.03  # seconds, as a near server has it
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """/ok/N is a feed; /hang says nothing, /stall stops in the middle, /drip goes on a byte at a time."""
    try:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        await asyncio.sleep(LATENCY)
        number = int(path.rpartition("/")[2])
        body = rss(*(item(number * 10 + n) for n in range(3)), title=f"Source {number}")
        if path.startswith("/ok/"):
            writer.write(HEAD % len(body) + body)
            await writer.drain()
            return
        if not path.startswith("/hang/"):
            writer.write(HEAD % len(body) + body[:100])
        while not reader.at_eof():
            await asyncio.wait_for(reader.read(1), 0.2) if path.startswith("/stall/") else await drip(
                reader, writer, path
            )
    except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        await until_closed(reader)
    finally:
        writer.close()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
    if path.startswith("/drip/"):
        writer.write(b" ")
        await writer.drain()
    await asyncio.sleep(0.2)


async def until_closed(reader: asyncio.StreamReader) -> None:
    try:
        await reader.read()
    except ConnectionError:
        return


@contextmanager
def farm() -> Iterator[str]:
    """The server in a thread of its own; its "host:port"."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(answer, "127.0.0.1", 0, backlog=512))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.1))
        loop.close()


def timed(folder: Path, address: str, paths: list[str]) -> tuple[float, list[str]]:
    """Seconds from the first to the last end of a good source, and the outcomes of the others."""
    folder.mkdir()
    planet = Planet(folder)
    tables = "".join(f'[[source]]\nid = "s{n}"\nurl = "http://{address}{path}"\n' for n, path in enumerate(paths))
    planet.write(f'[fetch]\ntimeout = "8s"\nper_host = 64\nallow_private = ["{address}"]\n{tables}')
    command = [sys.executable, "-m", "aggregator", "-q", "--config", str(planet.config)]
    good: list[float] = []
    bad: list[str] = []
    start = time.monotonic()
    with subprocess.Popen(
        [*command, "fetch", "--force", "--no-build", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for row in map(json.loads, process.stdout):
            if row.get("outcome") == "ok":
                good.append(time.monotonic() - start)
            elif "outcome" in row:
                bad.append(row["outcome"])
    assert len(good) == sum(path.startswith("/ok/") for path in paths)
    return max(good), bad


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_others_do_not_wait_for_those_that_hang(tmp_path: Path) -> None:
    kinds = ("hang", "stall", "drip")
    paths = [f"/ok/{n}" if n % (ALL // STUCK) else f"/{kinds[n // 20 % 3]}/{n}" for n in range(ALL)]

    good = [path for path in paths if path.startswith("/ok/")]
    alone: list[float] = []
    beside: list[float] = []
    bad: list[str] = []

    with farm() as address:
        for turn in range(2):  # the quicker of each is the one that other processes disturbed less
            alone.append(timed(tmp_path / f"alone{turn}", address, good)[0])
            seconds, bad = timed(tmp_path / f"beside{turn}", address, paths)
            beside.append(seconds)
            if min(beside) <= 1.5 * min(alone):
                break

    print(f"alone {alone} s, beside {beside} s")
    assert bad == ["error:timeout"] * STUCK
    assert min(beside) <= 1.5 * min(alone)

"""A farm of any number of feeds on many loopback hosts, which costs next to nothing: what a feed says follows from its number.

    python tests/benchmarks/farm.py --hosts 5000      # prints its port; on SIGTERM it prints what it was asked, as JSON

Feed n is at /n on any host. One feed in twenty has one new entry at every epoch (GET /epoch starts the next).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
from collections import Counter
from contextlib import suppress
from email.utils import formatdate
from typing import cast

EVERY = 20  # one feed in so many has something new at an epoch
WORDS = [
    a + b + c
    for a in ("ka", "lo", "mi", "ne", "su", "ta")
    for b in ("ra", "vo", "shi", "den", "ling")
    for c in "nrstmk"
]


def host(number: int) -> str:
    """The address of the number-th host."""
    return f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


def version(feed: int, epoch: int) -> int:
    """How often a feed has changed when an epoch has begun."""
    return (epoch + feed) // EVERY - feed // EVERY


def tag(feed: int, epoch: int) -> str:
    """The ETag of a feed."""
    return f'"{feed}-{version(feed, epoch)}"'


def document(feed: int, epoch: int, entries: int, words: int) -> bytes:
    """What a feed says: the newest of its entries, each of so many words."""
    newest = version(feed, epoch) + entries
    items = "".join(_item(feed, number, words) for number in range(newest, newest - entries, -1))
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {feed}</title><link>https://f{feed}.example/</link>'
        f"<description>d</description>{items}</channel></rss>"
    ).encode()


def _item(feed: int, number: int, length: int) -> str:
    rng = random.Random(feed * 1000 + number)
    words = rng.choices(WORDS, k=length)
    half = length // 2
    address = f"https://f{feed}.example/{number}"
    return (
        f"<item><title>{' '.join(words[:7])}</title><link>{address}</link><guid>{address}</guid>"
        f"<pubDate>{formatdate(1_790_000_000 + number * 3600)}</pubDate>"
        f"<description>&lt;p&gt;{' '.join(words[7:half])}.&lt;/p&gt;&lt;p&gt;{' '.join(words[half:])}.&lt;/p&gt;</description></item>"
    )


class Farm:
    """What is being served, and what was asked."""

    def __init__(self, entries: int, words: int) -> None:
        self.epoch, self._entries, self._words = 0, entries, words
        self.asked: Counter[str] = Counter()

    def answer(self, head: bytes) -> bytes:
        """The whole answer to a request."""
        path = head.split(b" ", 2)[1]
        if path == b"/epoch":
            self.epoch += 1
            return _response("200 OK", b"")
        with suppress(ValueError):
            return self._feed(int(path[1:]), head)
        self.asked["404"] += 1
        return _response("404 Not Found", b"")

    def _feed(self, feed: int, head: bytes) -> bytes:
        known = tag(feed, self.epoch)
        if f"\r\nif-none-match: {known}\r\n".encode() in head.replace(b"If-None-Match", b"if-none-match"):
            self.asked["304"] += 1
            return _response("304 Not Modified", None, known)
        self.asked["200"] += 1
        return _response("200 OK", document(feed, self.epoch, self._entries, self._words), known)


def _response(status: str, body: bytes | None, known: str = "") -> bytes:
    length = "" if body is None else f"Content-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n"
    named = f"ETag: {known}\r\n" if known else ""
    return (
        f"HTTP/1.1 {status}\r\nDate: {formatdate(usegmt=True)}\r\n{named}{length}Connection: close\r\n\r\n".encode()
        + (body or b"")
    )


class _Connection(asyncio.Protocol):
    def __init__(self, farm: Farm) -> None:
        self._farm, self._rest = farm, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is none

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if self._rest.endswith(b"\r\n\r\n"):
            self._transport.write(self._farm.answer(self._rest))
            self._transport.close()


async def serve(farm: Farm, hosts: int, port: int) -> None:
    """Until SIGTERM."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    for number in range(hosts):
        server = await loop.create_server(lambda: _Connection(farm), host(number), port)
        port = server.sockets[0].getsockname()[1]
    print(port, flush=True)
    await stop.wait()
    print(json.dumps(farm.asked), flush=True)


def main() -> None:
    """Serve as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--entries", type=int, default=4, help="of a feed")
    parser.add_argument("--words", type=int, default=90, help="of an entry")
    with suppress(ImportError):
        import uvloop

        uvloop.install()
    given = parser.parse_args()
    asyncio.run(serve(Farm(given.entries, given.words), given.hosts, given.port))


if __name__ == "__main__":
    main()

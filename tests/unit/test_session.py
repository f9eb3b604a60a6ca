"""What all outgoing requests share, against servers on loopback that speak their own HTTP."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from yarl import URL

from aggregator.errors import SourceError
from aggregator.fetch import dialling, idle
from aggregator.fetch.connection import Connection
from aggregator.fetch.courier import Courier
from aggregator.fetch.faults import CutShort, Disconnected, Fault, Refused, Unintelligible, Unreached, Unresolved
from aggregator.fetch.guard import AddressInfo
from aggregator.fetch.idle import Idle
from aggregator.fetch.names import KEPT, UNRESOLVED, Names, Resolver, System
from aggregator.fetch.response import BUFFERED, LONGEST_HEADER, LONGEST_NAME, MOST_HEAD, MOST_HEADERS
from aggregator.fetch.session import Session
from aggregator.model import FetchSettings, Settings

TLS = Path(__file__).parent.parent / "cases" / "tls"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfeed"
# For which request on its connection; None: end it without an answer.
Script = Callable[[int], bytes | None]
Given = tuple[int, bytes]


def always(answer: bytes | None) -> Script:
    return lambda _: answer


class Server:
    """Answers as a script says. Every request is kept, those of one connection together."""

    def __init__(self, script: Script, certificate: str | None = None, *, ends: bool = False) -> None:
        """`ends`: it closes each connection behind its first answer."""
        self.connections: list[list[bytes]] = []
        self._script, self._certificate, self._ends = script, certificate, ends
        self._tasks: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> Server:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if self._certificate else None
        if context:
            context.load_cert_chain(TLS / f"{self._certificate}.pem")
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.url = URL(f"{'https' if context else 'http'}://{self.address}/a?b")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.append(asyncio.ensure_future(self._answer(reader, writer)))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked: list[bytes] = []
        self.connections.append(asked)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                asked.append(await reader.readuntil(b"\r\n\r\n"))
                answer = self._script(len(asked))
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
                if self._ends:
                    writer.close()
                    break
        if not self._ends:
            writer.transport.abort()


def settings(*allowed: str, proxy: str | None = None) -> Settings:
    fetch = replace(FetchSettings(allow_private=allowed), proxy=proxy)
    return Settings(path=Path("feeds.toml"), fetch=fetch)


def session(
    *allowed: str, proxy: str | None = None, names: Resolver | None = None, connections: int = 8
) -> aclosing[Session]:
    made = settings(*allowed, proxy=proxy)
    return aclosing(Session(made, made.fetch.allow_private, connections, {"Accept": "text/xml"}, names))


async def got(made: Session, url: URL, **headers: str) -> Given:
    """Status and body."""
    async with made.exchange(url, headers) as response:
        return response.status, b"".join([chunk async for chunk in response.chunks()])


def several(script: Script, times: int) -> tuple[list[Given | str], Server]:
    """What comes of asking a server one time after the other."""

    async def run() -> tuple[list[Given | str], Server]:
        found: list[Given | str] = []
        async with Server(script) as server, session(server.address) as made:
            for _ in range(times):
                try:
                    found.append(await got(made, server.url))
                except Fault as fault:
                    found.append(type(fault).__name__)
            return found, server

    return asyncio.run(run())


def once(answer: bytes | None) -> Given | str:
    return several(lambda number: answer if number == 1 else None, 1)[0][0]


def test_the_machines_certificates_are_read_at_the_first_handshake() -> None:
    context = dialling.context()
    before = context.cert_store_stats()["x509"]
    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="blog.example")

    assert before == 0
    assert context.read
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_loading_the_server_leaves_the_places_of_certificates_as_they_were() -> None:
    code = "import os, aggregator.web.server; print(os.environ.get('SSL_CERT_FILE'), os.environ.get('SSL_CERT_DIR'))"
    named = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT")}
    ours = {**named, "SSL_CERT_FILE": str(TLS / "authority.pem")}
    ran = subprocess.run([sys.executable, "-c", code], env=ours, capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout.split() == [str(TLS / "authority.pem"), "None"]


def test_who_only_asks_loads_no_server() -> None:
    code = "import sys, aggregator.service.once, aggregator.service.crew; print('aiohttp' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout.split() == ["False"]


# ---------------------------------------------------------------- connections


def test_a_connection_is_kept_for_the_next_request() -> None:
    found, server = several(always(OK), 3)

    assert found == [(200, b"feed")] * 3
    assert [len(asked) for asked in server.connections] == [3]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfeed",
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfeed",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfeed\r\n0\r\n\r\n",
        OK + b"and more",
        OK + b"H",
        OK + b"HTTP/1.1 200 O",
    ],
)
def test_a_connection_that_is_not_for_keeping_is_not_kept(answer: bytes) -> None:
    found, server = several(always(answer), 2)

    assert found == [(200, b"feed")] * 2
    assert [len(asked) for asked in server.connections] == [1, 1]


@pytest.mark.parametrize("late", [None, b"<p>an answer to nobody</p>\r\n\r\n"])
def test_a_kept_connection_that_fails_costs_a_new_one_and_no_poll(late: bytes | None) -> None:
    found, server = several(lambda number: OK if number == 1 else late, 3)

    assert found == [(200, b"feed")] * 3
    assert [len(asked) for asked in server.connections] == [2, 2, 1]


def test_a_new_connection_that_fails_is_not_tried_again() -> None:
    found, server = several(always(None), 1)

    assert found == ["Disconnected"]
    assert len(server.connections) == 1


def test_no_more_connections_than_allowed_are_open_at_a_time() -> None:
    async def run() -> tuple[list[Given], Server]:
        async with Server(always(OK)) as server, session(server.address, connections=2) as made:
            return await asyncio.gather(*(got(made, server.url) for _ in range(9))), server

    found, server = asyncio.run(run())

    assert found == [(200, b"feed")] * 9
    assert len(server.connections) <= 2


class Line(asyncio.Transport):
    """A connection's other side that does nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


def waiting() -> tuple[Connection, Line]:
    made, line = Connection(), Line()
    made.connection_made(line)
    return made, line


def test_connections_wait_for_a_while_only() -> None:
    place, (old, old_line), (young, _) = ("http", "a.example", 80), waiting(), waiting()
    kept = Idle()
    kept.put(place, old, 0.0)
    kept.put(place, young, 10.0)

    kept.sweep(idle.LONGEST + 1)

    assert old_line.closed
    assert kept.take(place) is young
    assert kept.take(place) is None


def test_no_more_than_so_many_wait() -> None:
    kept, lines = Idle(), []
    for number in range(idle.MOST + 1):
        made, line = waiting()
        lines.append(line)
        kept.put(("http", f"{number}.example", 80), made, 0.0)

    assert [line.closed for line in lines] == [False] * idle.MOST + [True]
    kept.close()
    assert all(line.closed for line in lines)
    assert not kept


def test_who_sends_what_nobody_asked_for_is_left() -> None:
    made, line = waiting()

    made.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")

    assert line.closed


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    ],
)
def test_a_304_ends_with_its_head_whatever_that_says(answer: bytes) -> None:
    found, server = several(always(answer), 2)

    assert found == [(304, b"")] * 2
    assert [len(asked) for asked in server.connections] == [2]


@pytest.mark.parametrize(
    "rest",
    [b"Content-Length: 4\r\n\r\nfeed", b"\r\nfeed", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
)
def test_what_stands_behind_a_304_belongs_to_no_other_answer(rest: bytes) -> None:
    found, server = several(always(b"HTTP/1.1 304 Not Modified\r\n" + rest), 2)

    assert found == [(304, b"")] * 2
    assert [len(asked) for asked in server.connections] == [1, 1]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK, (200, b"feed")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfe\r\n2;x=y\r\ned\r\n0\r\nA: b\r\n\r\n", (200, b"feed")),
        (b"HTTP/1.1 200 OK\nContent-Length: 4\n\nfeed", (200, b"feed")),
        (b"HTTP/1.1 200\r\nContent-Length: 4 \r\nX:\r\nY: \r\n\r\nfeed", (200, b"feed")),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", (204, b"")),
        (b"HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n" + OK, (200, b"feed")),
        (b"HTTP/1.0 100 Continue\r\n\r\n" + OK, (200, b"feed")),
        (None, "Disconnected"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "Unintelligible"),
        (b"HTTP/1.1 000 None\r\n\r\n", "Unintelligible"),
        (b"220 mail.example ESMTP\r\n", "Unintelligible"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * (MOST_HEADERS + 1) + b"\r\n", "Unintelligible"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * (LONGEST_HEADER + 1) + b"\r\n\r\n", "Unintelligible"),
        (b"HTTP/1.1 200 OK\r\n" + b"a" * (LONGEST_NAME + 1) + b": b\r\n\r\n", "Unintelligible"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * (MOST_HEAD + 1), "Unintelligible"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfeed\r\n0\r\nA: " + b"b" * (2 * MOST_HEAD), "Unintelligible"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;" + b"x" * (2 * MOST_HEAD), "Unintelligible"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * (MOST_HEAD // 20), "Unintelligible"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "Unintelligible"),
    ],
)  # fmt: skip
def test_answers_are_read_as_they_are_met(answer: bytes | None, found: Given | str) -> None:
    assert once(answer) == found


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"", (200, b"feed")),
        (b"Transfer-Encoding: gzip\r\n", (200, b"feed")),
        (b"Content-Length: 5\r\n", "CutShort"),
        (b"Transfer-Encoding: chunked\r\n", "CutShort"),
    ],
)
def test_the_end_of_a_connection_ends_what_says_no_other_end(head: bytes, found: Given | str) -> None:
    body = b"4\r\nfeed\r\n" if b"chunked" in head else b"feed"

    async def run() -> Given | str:
        async with (
            Server(always(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body), ends=True) as server,
            session(server.address) as made,
        ):
            try:
                return await got(made, server.url)
            except CutShort as fault:
                return type(fault).__name__

    assert asyncio.run(run()) == found


def test_a_body_that_nobody_reads_is_not_taken_into_memory() -> None:
    async def run() -> tuple[int, bytes]:
        async with (
            Server(always(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 50_000_000)) as server,
            session(server.address) as made,
            made.exchange(server.url, {}) as response,
        ):
            chunks = response.chunks()
            return response._held, await anext(chunks)

    held, chunk = asyncio.run(run())

    assert chunk
    assert held < 2 * BUFFERED


# ---------------------------------------------------------------- requests


def test_a_request_says_whom_it_asks_and_who_asks() -> None:
    async def run() -> list[bytes]:
        async with Server(always(OK)) as server, session(server.address) as made:
            await got(made, server.url, accept="text/html")
            return [line.replace(server.address.encode(), b"HOST") for line in server.connections[0][0].split(b"\r\n")]

    lines = asyncio.run(run())

    assert lines[:2] == [b"GET /a?b HTTP/1.1", b"Host: HOST"]
    assert [line for line in lines if line.lower().startswith(b"accept:")] == [b"accept: text/html"]
    assert any(line.startswith(b"User-Agent: aggregator/") for line in lines)


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\rb", "a\0b"])
def test_a_header_that_would_be_two_is_not_sent(value: str) -> None:
    async def run() -> int:
        async with Server(always(OK)) as server, session(server.address) as made:
            with pytest.raises(ValueError, match="line end"):
                await got(made, server.url, X=value)
            return len(server.connections)

    assert asyncio.run(run()) == 0


# ---------------------------------------------------------------- names


def resolver(asked: list[str], *addresses: str) -> Resolver:
    async def found(host: str, port: int) -> list[AddressInfo]:
        asked.append(host)
        await asyncio.sleep(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    return found


def test_many_that_want_the_same_name_are_one_question() -> None:
    asked: list[str] = []

    async def run() -> list[list[AddressInfo]]:
        names = Names(resolver(asked, "192.0.2.1"))
        return [*await asyncio.gather(*(names.of("a.example", 80) for _ in range(5))), await names.of("a.example", 80)]

    found = asyncio.run(run())

    assert [info[0][4] for info in found] == [("192.0.2.1", 80)] * 6
    assert asked == ["a.example"]


def test_a_name_is_asked_for_again_when_its_time_is_over() -> None:
    asked: list[str] = []
    now = [0.0]

    async def run() -> None:
        names = Names(resolver(asked, "192.0.2.1"), lambda: now[0])
        for now[0] in (0.0, KEPT - 1, KEPT + 1):
            await names.of("a.example", 80)

    asyncio.run(run())

    assert asked == ["a.example"] * 2


def test_a_name_whose_addresses_take_no_connection_is_asked_for_again() -> None:
    asked: list[str] = []

    async def run() -> None:
        async with session("dead.example:9", names=resolver(asked, "127.0.0.1")) as made:
            for _ in range(2):
                with pytest.raises(Unreached, match="refused"):
                    await got(made, URL("http://dead.example:9/"))

    asyncio.run(run())

    assert asked == ["dead.example"] * 2


def test_a_name_that_leads_nowhere_is_unresolved() -> None:
    async def run() -> None:
        async with session(names=resolver([])) as made:
            with pytest.raises(Unresolved):
                await got(made, URL("http://nowhere.example/"))
        with pytest.raises(Unresolved):
            await Names(System(1)).of("a" * 80 + ".example", 80)

    asyncio.run(run())


def test_that_a_name_leads_nowhere_is_remembered_for_a_moment() -> None:
    asked: list[str] = []
    now = [0.0]

    async def run() -> None:
        names = Names(resolver(asked), lambda: now[0])
        for now[0] in (0.0, UNRESOLVED - 1, UNRESOLVED + 1):
            with pytest.raises(Unresolved):
                await names.of("nowhere.example", 80)

    asyncio.run(run())

    assert asked == ["nowhere.example"] * 2


def test_names_that_nobody_answers_keep_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of a loop are few: two that look up names at a time, or six."""
    over = threading.Event()

    def looked_up(host: str, port: int) -> list[AddressInfo]:
        if host.startswith("dead"):
            over.wait(30)
            return []
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]

    async def run() -> list[AddressInfo]:
        names = Names(System(40))
        dead = [asyncio.ensure_future(names.of(f"dead{n}.example", 80)) for n in range(30)]
        try:
            return await asyncio.wait_for(names.of("well.example", 80), 20)
        finally:
            over.set()
            await asyncio.gather(*dead, return_exceptions=True)
            names.close()

    monkeypatch.setattr("aggregator.fetch.names._looked_up", looked_up)

    assert asyncio.run(run())[0][4] == ("192.0.2.1", 80)


def test_of_several_addresses_one_that_takes_no_connection_is_passed_over() -> None:
    async def run() -> Given:
        async with Server(always(OK)) as server:
            where = f"two.example:{server.port}"
            async with session(where, names=resolver([], "127.0.0.99", "127.0.0.1")) as made:
                return await got(made, URL(f"http://{where}/"))

    assert asyncio.run(run()) == (200, b"feed")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25lo]", "2130706433", "127.1", "0"]
)
def test_an_address_is_judged_however_it_is_spelled(host: str) -> None:
    async def run() -> None:
        async with session() as made:
            with pytest.raises((Refused, Unresolved)):
                await got(made, URL(f"http://{host}:9/"))

    asyncio.run(run())


# ---------------------------------------------------------------- by way of a proxy


async def relay(target: dict[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A tunnel to where `target` says, else an answer that holds what was asked."""
    request = await reader.readuntil(b"\r\n\r\n")
    method, where, _ = request.split(b"\r\n")[0].decode().split(" ")
    if method != "CONNECT":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(request) + request)
        await reader.read()
    elif where not in target:
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
    else:
        far, out = await asyncio.open_connection("127.0.0.1", target[where])
        writer.write(b"HTTP/1.1 200 Established\r\n\r\n")
        await asyncio.gather(copied(reader, out), copied(far, writer))


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def proxy(target: dict[str, int]) -> AsyncIterator[str]:
    """Its address, with credentials."""
    tasks: list[asyncio.Future[None]] = []

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.ensure_future(relay(target, reader, writer)))
        tasks[-1].add_done_callback(lambda _: writer.transport.abort())

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://joe:s%20t@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    if tasks:
        await asyncio.wait(tasks)


def proxied(url: str, *allowed: str) -> Given | str:
    async def run() -> Given | str:
        async with proxy({}) as where, session(*allowed, proxy=where, names=resolver([])) as made:
            try:
                return await got(made, URL(url))
            except Fault as fault:
                return str(fault)

    return asyncio.run(run())


def test_a_proxy_is_told_the_whole_address_and_who_asks() -> None:
    found = proxied("http://far.example/a?b")

    assert isinstance(found, tuple)
    assert found[1].startswith(b"GET http://far.example/a?b HTTP/1.1\r\nHost: far.example\r\n")
    assert b"\r\nProxy-Authorization: Basic am9lOnMgdA==\r\n" in found[1]


def test_tls_goes_through_a_proxy_in_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))

    async def run() -> Given | str:
        async with (
            Server(always(OK), "right") as far,
            proxy({far.address: far.port}) as where,
            session(far.address, proxy=where) as made,
        ):
            return await got(made, far.url)

    assert asyncio.run(run()) == (200, b"feed")


def test_what_a_proxy_cannot_reach_is_said() -> None:
    assert proxied("https://far.example/") == "the proxy answered 502"


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://169.254.169.254/", "http://[::1]/"])
def test_a_proxy_is_not_asked_for_what_the_guard_refuses(url: str) -> None:
    assert "not a public address" in str(proxied(url))


def test_a_connection_to_a_proxy_is_not_used_for_what_the_guard_refuses() -> None:
    async def run() -> Server:
        async with Server(always(OK)) as way, session(proxy=f"http://{way.address}", names=resolver([])) as made:
            await got(made, URL("http://far.example/"))
            with pytest.raises(Refused):
                await got(made, URL("http://169.254.169.254/latest"))
            await got(made, URL("http://other.example/"))
            return way

    server = asyncio.run(run())

    assert [[asked.split(b" ")[1] for asked in one] for one in server.connections] == [
        [b"http://far.example/", b"http://other.example/"]
    ]


def test_a_proxy_is_asked_though_no_name_can_be_resolved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "JUDGED_WITHIN", 0.01)

    async def never(host: str, port: int) -> list[AddressInfo]:
        await asyncio.Event().wait()
        return []

    async def run() -> Given:
        async with Server(always(OK)) as way, session(proxy=f"http://{way.address}", names=never) as made:
            return await got(made, URL("http://far.example/"))

    assert asyncio.run(run()) == (200, b"feed")


def test_what_is_sent_over_tls_is_not_sent_on_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))

    async def run() -> Server:
        async with Server(always(OK)) as plain:
            there = b"HTTP/1.1 307 On\r\nLocation: http://%s/\r\nContent-Length: 0\r\n\r\n" % plain.address.encode()
            async with Server(always(there), "right") as hub, Courier(settings(hub.address, plain.address)) as courier:
                with pytest.raises(SourceError, match="from https to http"):
                    await courier.send("POST", str(hub.url), b"hub.secret=x", follow=(307,))
            return plain

    assert asyncio.run(run()).connections == []


def test_faults_name_no_address() -> None:
    assert str(Disconnected()) == "the server closed the connection without an answer"
    assert str(Unintelligible("")) == "the answer is no valid HTTP: it cannot be read"
    assert "no address of the server answers" in str(Unreached(OSError("several")))

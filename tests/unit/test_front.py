"""What stands before aiohttp on a connection."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from aiohttp import web

from aggregator.web.front import REMEMBERED, Front, Kept, Memory, plain

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Behind:
    """aiohttp's side of a connection: writes down what reaches it."""

    def __init__(self) -> None:
        self.got: list[object] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.got.append("made")

    def connection_lost(self, exc: BaseException | None) -> None:
        self.got.append("lost")

    def data_received(self, data: bytes) -> None:
        self.got.append(data)

    def eof_received(self) -> None:
        self.got.append("eof")

    def pause_writing(self) -> None:
        self.got.append("pause")

    def resume_writing(self) -> None:
        self.got.append("resume")


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = asyncio.Event()
        self.unsent = 1 << 30
        self.reads = False  # the client takes what waits for it

    def write(self, data: Any) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed.set()

    def abort(self) -> None:
        self.closed.set()

    def get_write_buffer_size(self) -> int:
        self.unsent -= self.reads
        return self.unsent


def connected(idle: float = 75.0) -> tuple[Front, Behind, Wire, Memory]:
    behind, wire, memory = Behind(), Wire(), Memory()
    front = Front(cast(web.RequestHandler, behind), memory, idle)
    front.connection_made(wire)
    behind.got.clear()
    return front, behind, wire, memory


def reply(*, holds: bool = True) -> Kept:
    return Kept(200, (), b"hello", holds=lambda: holds)


def test_what_was_answered_once_does_not_reach_aiohttp_again() -> None:
    async def talk() -> tuple[Behind, Wire, Memory]:
        front, behind, wire, memory = connected()
        front.data_received(GET)
        front.answered(reply())
        front.data_received(GET)
        front.data_received(GET)
        front.connection_lost(None)
        return behind, wire, memory

    behind, wire, memory = asyncio.run(talk())

    assert behind.got == [GET, "lost"]
    assert [written.endswith(b"\r\n\r\nhello") for written in wire.written] == [True, True]
    assert memory.sent == {200: 2}


def test_an_answer_that_does_not_hold_any_more_is_asked_for_again() -> None:
    async def talk() -> Behind:
        front, behind, _, _ = connected()
        front.data_received(GET)
        front.answered(reply(holds=False))
        front.data_received(GET)
        return behind

    assert asyncio.run(talk()).got == [GET, GET]


def test_while_aiohttp_is_at_a_request_everything_goes_to_it() -> None:
    async def talk() -> tuple[Behind, Wire]:
        front, behind, wire, memory = connected()
        memory.keep(GET, reply())
        front.data_received(b"POST / HTTP/1.1\r\n")
        front.data_received(GET)
        front.answered(reply())
        front.data_received(GET)
        return behind, wire

    behind, wire = asyncio.run(talk())

    assert len(behind.got) == 3
    assert wire.written == []


def test_a_client_that_does_not_read_gets_nothing_from_memory() -> None:
    async def talk() -> Behind:
        front, behind, _, memory = connected()
        memory.keep(GET, reply())
        front.pause_writing()
        front.data_received(GET)
        front.resume_writing()
        return behind

    assert asyncio.run(talk()).got == ["pause", GET, "resume"]


def test_after_the_client_has_ended_nothing_comes_from_memory() -> None:
    async def talk() -> Behind:
        front, behind, _, memory = connected()
        memory.keep(GET, reply())
        front.eof_received()
        front.data_received(GET)
        return behind

    assert asyncio.run(talk()).got == ["eof", GET]


def test_a_silent_connection_is_closed() -> None:
    async def wait() -> bool:
        _, _, wire, _ = connected(idle=0.01)
        async with asyncio.timeout(5):
            await wire.closed.wait()
        return wire.closed.is_set()

    assert asyncio.run(wait())


def test_a_connection_whose_client_is_reading_is_not_silent() -> None:
    async def wait() -> tuple[bool, bool]:
        reading, _, reading_wire, _ = connected(idle=0.001)
        reading_wire.reads = True
        reading.pause_writing()
        _, _, wire, _ = connected(idle=0.01)
        async with asyncio.timeout(5):
            await wire.closed.wait()
        closed = reading_wire.closed.is_set()
        reading.connection_lost(None)
        return wire.closed.is_set(), closed

    assert asyncio.run(wait()) == (True, False)


def test_a_client_that_takes_nothing_is_left() -> None:
    async def wait() -> bool:
        front, _, wire, _ = connected(idle=0.01)
        front.pause_writing()
        async with asyncio.timeout(5):
            await wire.closed.wait()
        return wire.closed.is_set()

    assert asyncio.run(wait())


@pytest.mark.parametrize(
    ("pieces", "left"), [((b"GET / HT", b"TP/1.1\r\n", b"A: b\r\n"), True), ((GET[:-1], GET[-1:]), False)]
)
def test_a_request_that_never_ends_is_given_up(pieces: tuple[bytes, ...], left: bool) -> None:
    """Whatever comes of it keeps the connection from being silent."""

    async def send() -> bool:
        front, _, wire, _ = connected(idle=0.05)
        until = asyncio.get_running_loop().time() + 0.3
        while asyncio.get_running_loop().time() < until:
            for piece in pieces:
                front.data_received(piece)
                await asyncio.sleep(0)
        front.connection_lost(None)
        return wire.closed.is_set()

    assert asyncio.run(send()) is left


def test_a_long_request_is_not_remembered() -> None:
    long = b"GET / HTTP/1.1\r\nX: " + b"x" * 5000 + b"\r\n\r\n"

    async def talk() -> bytes | None:
        front, _, _, memory = connected()
        front.data_received(long)
        front.answered(reply())
        return memory.find(long)

    assert asyncio.run(talk()) is None


def test_memory_is_bounded() -> None:
    async def remember() -> tuple[bytes | None, bytes | None]:
        memory = Memory()
        for number in range(REMEMBERED + 1):
            memory.keep(b"%d" % number, reply())
        return memory.find(b"0"), memory.find(b"%d" % REMEMBERED)

    first, last = asyncio.run(remember())

    assert first is None
    assert last is not None
    assert last.endswith(b"hello")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (GET, True),
        (GET.replace(b"GET", b"HEAD"), True),
        (b"GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: Keep-Alive\r\nAccept: */*\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nCONTENT-LENGTH: 3\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\n\r\n", False),
        (GET + GET, False),
        (GET[:-1], False),
        (GET + b"x", False),
    ],
)
def test_only_one_whole_request_without_a_body_is_plain(data: bytes, expected: bool) -> None:
    assert plain(data) is expected

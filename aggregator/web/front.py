"""What stands before aiohttp on a connection: a request known byte for byte is answered without being parsed again.

Readers of one program ask for one feed with the same bytes poll after poll, and proxies do so all the time. Every other
byte goes to aiohttp untouched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from aiohttp import web

from aggregator.web.reply import Reply

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

IDLE = 75.0  # seconds after which a silent connection is closed
HEAD_WITHIN = 30.0  # seconds in which a request has to come whole, but for a body
RENEW = 30.0  # seconds after which aiohttp gets a request again, whose own clock for idle connections would run out
REMEMBERED = 4096
_LONGEST = 2048  # bytes of a request worth remembering
_END = b"\r\n\r\n"
_SPECIAL = (b"\ncontent-length:", b"\ntransfer-encoding:", b"\nupgrade:", b"\nexpect:", b"\nconnection:")


class Kept(Reply):
    """An answer that may be sent again to the same request for as long as it `holds`."""

    def __init__(
        self,
        status: int,
        headers: Iterable[tuple[str, str]],
        body: bytes = b"",
        *,
        head: bool = False,
        holds: Callable[[], bool],
    ) -> None:
        super().__init__(status, headers, body, head=head)
        self.holds = holds

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send it all, and tell the connection so. Called by aiohttp."""
        await super().prepare(request)
        front = request.transport.get_protocol() if request.transport else None
        if isinstance(front, Front):
            front.answered(self)
        return None


class Memory:
    """Answers by the bytes of the request, each good for as long as its own test says so."""

    def __init__(self) -> None:
        self._known: dict[bytes, Kept] = {}
        self._ready: dict[bytes, tuple[bytes, int]] = {}  # in this turn of the event loop: answer and status
        self.sent: dict[int, int] = {}  # answers given from here, by status

    def find(self, request: bytes) -> bytes | None:
        """The answer to a request; None when it is not known or does not hold any more.

        Looked at and dated once in a turn of the event loop, in which nothing else can happen.
        """
        ready = self._ready.get(request) or self._look(request)
        if ready is None:
            return None
        answer, status = ready
        self.sent[status] = self.sent.get(status, 0) + 1
        return answer

    def _look(self, request: bytes) -> tuple[bytes, int] | None:
        reply = self._known.get(request)
        if reply is None or not reply.holds():
            return None
        if not self._ready:
            asyncio.get_running_loop().call_soon(self._ready.clear)
        ready = self._ready[request] = reply.bytes_now(), reply.status
        return ready

    def keep(self, request: bytes, reply: Kept) -> None:
        """Remember an answer."""
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[request] = reply

    def forget(self) -> None:
        """Know nothing any more."""
        self._known.clear()
        self._ready.clear()


class Front(asyncio.Protocol):
    """One connection."""

    def __init__(self, behind: web.RequestHandler, memory: Memory, idle: float = IDLE) -> None:
        self._behind = behind
        self._memory = memory
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._clean = True  # aiohttp stands between two requests, and has sent all it had to say
        self._paused = False
        self._asked: bytes | None = None  # the one plain request that aiohttp is at
        self._last = self._renewed = self._loop.time()
        self._begun: float | None = None  # when a request began whose head is not whole
        self._end = b""  # of what came last
        self._unsent = 0  # bytes that waited for the client when it was looked at last
        self._idle, self._patience = idle, min(HEAD_WITHIN, idle)
        self._watch = self._loop.call_later(idle, self._close_if_idle)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast(asyncio.Transport, transport)
        self._behind.connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Called by the event loop."""
        self._watch.cancel()
        self._clean = False
        self._behind.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        now = self._last = self._loop.time()
        if self._clean and not self._paused and now - self._renewed < RENEW:
            answer = self._memory.find(data)
            if answer is not None and self._transport is not None:
                self._transport.write(answer)
                return
        self._begun = None if _END in self._end + data else self._begun or now
        self._end = data[1 - len(_END) :]
        self._asked = data if self._clean and plain(data) else None
        self._clean = False
        self._renewed = now
        self._behind.data_received(data)

    def answered(self, reply: Kept) -> None:
        """aiohttp has sent this whole answer."""
        if self._asked is None:
            return
        if len(self._asked) <= _LONGEST:
            self._memory.keep(self._asked, reply)
        self._asked = None
        self._clean = True

    def eof_received(self) -> None:
        """Called by the event loop."""
        self._clean = False
        self._behind.eof_received()

    def pause_writing(self) -> None:
        """Called by the event loop."""
        self._paused = True
        self._behind.pause_writing()

    def resume_writing(self) -> None:
        """Called by the event loop."""
        self._paused = False
        self._behind.resume_writing()

    def _close_if_idle(self) -> None:
        """A client that says nothing, takes for ever to say it, or takes nothing of what it asked for."""
        now, unsent = self._loop.time(), self._transport.get_write_buffer_size() if self._transport else 0
        if (self._begun and now - self._begun >= self._patience) or (self._paused and unsent == self._unsent):
            if self._transport is not None:
                self._transport.abort()
            return
        self._unsent = unsent
        quiet = now - self._last
        if quiet < self._idle or self._paused:
            self._watch = self._loop.call_later(self._idle if self._paused else self._idle - quiet, self._close_if_idle)
        elif self._transport is not None:
            self._transport.close()


def plain(data: bytes) -> bool:
    """Exactly one GET or HEAD with all its headers and no body, on a connection that stays."""
    if not data.startswith((b"GET ", b"HEAD ")) or data.find(_END) != len(data) - len(_END):
        return False
    lower = data.lower().replace(b"\nconnection: keep-alive\r", b"")
    return b" http/1.1\r\n" in lower and not any(name in lower for name in _SPECIAL)

"""What comes back of one request, taken apart as it comes (RFC 9112). llhttp does the reading."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from aggregator.fetch.faults import CutShort, Disconnected, Fault, Unintelligible

LONGEST_HEADER = 32_768  # bytes; policies, cookies and links of 10 KB are met, and browsers take them
LONGEST_NAME = 256  # bytes of what a header is called
MOST_HEADERS = 256
MOST_HEAD = 1 << 19  # bytes of all that comes before a body, of interim answers too, or behind it
BUFFERED = 1 << 19  # bytes of a body before its server has to wait: most documents come without a pause
_BODILESS = frozenset((204, 304))  # whatever their headers say (RFC 9110 section 6.4.1)


class Response:
    """Status, headers and body of an answer. Made when the request is sent; `await head()` before anything is looked at."""

    __slots__ = (
        "_chunks", "_fault", "_held", "_parser", "_pause", "_read", "_tunnel", "_waiter", "broken", "done", "headers", "kept", "status",
    )  # fmt: skip

    def __init__(self, pause: Callable[[bool], None], *, tunnel: bool = False) -> None:
        """`pause`: stops the reading from the connection, or lets it go on. `tunnel`: what follows the head is no body."""
        self.status = 0  # until the head is whole
        self.headers: list[tuple[bytes, bytes]] = []
        self.done = False  # nothing more belongs to it
        self.kept = False  # the server keeps the connection for another request
        self.broken = False  # something came behind its end: the connection is of no more use
        self._pause, self._tunnel = pause, tunnel
        self._chunks: deque[bytes] = deque()
        self._held = self._read = 0
        self._fault: Fault | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        # As lenient as browsers, where that leaves no doubt about where an answer ends.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_keep_alive=True,  # else it drops what follows an interim answer that says "close"
            lenient_data_after_close=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )

    async def head(self) -> None:
        """Until status and headers are there. Raises Disconnected or Unintelligible."""
        while not self.status:
            await self._news()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises CutShort or Unintelligible where it does not come to its end."""
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._held -= len(chunk)
                yield chunk
            if self.done:
                return
            self._pause(False)
            await self._news()

    async def _news(self) -> None:
        if self._fault is not None:
            raise self._fault
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def header(self, name: bytes) -> str:
        """The values of a header, joined by commas (RFC 9110 section 5.3); "" when there is none. `name` in small letters."""
        return b", ".join([value for key, value in self.headers if key.lower() == name]).decode("utf-8", "replace")

    # ------------------------------------------------------------ called by the connection

    def feed(self, data: bytes) -> None:
        """More of it has come."""
        if self._parser is None:
            self.broken = True
            return
        self._read += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self.fail(Unintelligible("it changes to another protocol"))
        except HttpParserError as error:
            self.fail(Unintelligible(str(error)))
        if self._read > MOST_HEAD and not self.done:
            self.fail(Unintelligible("its headers have no end"))
        if self._held > BUFFERED:
            self._pause(True)
        if self.done or self._fault is not None:
            self._parser = None  # the two hold each other
        self._tell()

    def lost(self, error: Exception | None) -> None:
        """The connection is gone: the end of a body that says no other, else of all hope."""
        if self.status and error is None and self._ends_with_connection():
            self.done = True
        else:
            self.fail(CutShort() if self.status else Disconnected())
        self._tell()

    def fail(self, fault: Fault) -> None:
        """It will never be whole; where it is already, its connection is of no more use."""
        self.broken = True
        if not self.done and self._fault is None:
            self._fault = fault

    def _tell(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _ends_with_connection(self) -> bool:
        """Neither a length nor chunks tell where the body ends (RFC 9112 section 6.3)."""
        coding = self.header(b"transfer-encoding").lower()
        return not coding.rstrip().endswith("chunked") if coding else not self.header(b"content-length")

    def _keeps(self, parser: HttpResponseParser) -> bool:
        """Whether the server keeps the connection. Whoever sends chunks as HTTP/1.0 does not know what it says (RFC 9112
        section 6.1)."""
        old = parser.get_http_version() == "1.0" and self.header(b"transfer-encoding")
        return parser.should_keep_alive() and not old

    # ------------------------------------------------------------ called by the parser

    def on_message_begin(self) -> None:
        """Of an answer, interim or not; or of one that nobody asked for."""
        self.broken = self.broken or self.done

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of the head; those behind a body are of no interest."""
        if self.status:
            return
        self.headers.append((name, value.strip()))
        if len(value) > LONGEST_HEADER or len(name) > LONGEST_NAME or len(self.headers) > MOST_HEADERS:
            self.fail(Unintelligible("it has more headers, or longer ones, than anybody reads"))

    def on_headers_complete(self) -> None:
        """The head is whole; that of an interim answer (100 to 199) is forgotten."""
        if self.done or self._parser is None:
            self.broken = True
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            self.headers.clear()
        elif not status:
            self.fail(Unintelligible("it has no status"))
        elif self._fault is None:
            self.status, self.kept, self._read = status, self._keeps(self._parser), 0
            self.done = status in _BODILESS or self._tunnel

    def on_body(self, body: bytes) -> None:
        """A piece of it, without the marks of chunks."""
        if self.done:
            self.broken = True
            return
        self._chunks.append(body)
        self._held += len(body)
        self._read = 0

    def on_message_complete(self) -> None:
        """Its end, or that of an interim answer."""
        if self.status:
            self.done = True

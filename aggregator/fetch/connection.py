"""One connection to a server, for one exchange after the other."""

from __future__ import annotations

import asyncio
from typing import cast

from aggregator.fetch.faults import Disconnected
from aggregator.fetch.response import Response


class Connection(asyncio.Protocol):
    """Sends requests and hands what comes to the response that waits for it."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._response: Response | None = None
        self._paused = False

    async def ask(self, request: bytes, *, tunnel: bool = False) -> Response:
        """Send a request; its response, once the head is there. Raises Disconnected or Unintelligible, and is closed then."""
        if not self.usable():
            raise Disconnected
        assert self.transport is not None  # noqa: S101 - usable() has looked
        response = self._response = Response(self._pause, tunnel=tunnel)
        try:
            self.transport.write(request)
            await response.head()
        except BaseException:
            self.close()
            raise
        return response

    def rest(self) -> bool:
        """The exchange is over; whether another one may follow on this connection. It is closed if not."""
        response, self._response = self._response, None
        if response is not None and response.done and response.kept and not response.broken and self.usable():
            self._pause(False)
            return True
        self.close()
        return False

    def usable(self) -> bool:
        """It is open, as far as is known here."""
        return self.transport is not None and not self.transport.is_closing()

    def close(self) -> None:
        """At once: what is unread is never read."""
        self._response = None
        if self.transport is not None:
            self.transport.abort()

    def _pause(self, wanted: bool) -> None:
        if wanted is self._paused or not self.usable():
            return
        assert self.transport is not None  # noqa: S101 - usable() has looked
        self._paused = wanted
        if wanted:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    # ------------------------------------------------------------ called by the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Of whoever sends what nobody asked for nothing more is wanted."""
        if self._response is None:
            self.close()
        else:
            self._response.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._response is not None:
            self._response.lost(exc)

"""What all requests have in common: our name, the guard, connections that are kept for a while, no cookies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping

from yarl import URL

from aggregator import version
from aggregator.fetch.connection import Connection
from aggregator.fetch.dialling import Dialer
from aggregator.fetch.faults import Disconnected, Unintelligible
from aggregator.fetch.idle import Idle, Place
from aggregator.fetch.names import Names, Resolver, System
from aggregator.fetch.response import Response
from aggregator.model import Settings

SWEPT = 5.0  # seconds between two looks at the connections that wait


def user_agent(contact: str | None) -> str:
    """Who we are and where we can be reached (checklist D8)."""
    return f"aggregator/{version()} (+{contact})" if contact else f"aggregator/{version()}"


def reachable(settings: Settings) -> str | None:
    """An address of ours for whoever is asked: `contact`, else where the output is served; None without either."""
    return settings.contact or (settings.base_url if settings.base_url_given else None)


class Session:
    """exchange() any number of times, at most `connections` at a time; aclose() in the end."""

    def __init__(
        self,
        settings: Settings,
        allowed: Collection[str],
        connections: int,
        headers: Mapping[str, str] | None = None,
        names: Resolver | None = None,
    ) -> None:
        """`allowed`: "host:port" of addresses that may be dialled though they are not public. `names`: who resolves host names,
        if not the system."""
        self._dialer = Dialer(allowed, settings.fetch.proxy, Names(names or System(connections)))
        self._usual = {"User-Agent": user_agent(reachable(settings)), **(headers or {})}
        self._room = asyncio.Semaphore(connections)
        self._idle = Idle()
        self._timer: asyncio.TimerHandle | None = None

    async def aclose(self) -> None:
        """End every connection."""
        if self._timer:
            self._timer.cancel()
        self._dialer.names.close()
        self._idle.close()
        await asyncio.sleep(0)  # the loop closes what was given up

    @contextlib.asynccontextmanager
    async def exchange(
        self, url: URL, headers: Mapping[str, str], *, method: str = "GET", body: bytes = b""
    ) -> AsyncIterator[Response]:
        """The response to one request, its head complete; redirects are responses. What is not read by the end never is.

        Raises a Fault, and ValueError for a header that cannot be sent.
        """
        request = self._request(url, headers, method, body)
        place = self._dialer.place(url)
        async with self._room:
            connection, response = await self._asked(place, url, request, again=method == "GET")
            try:
                yield response
            finally:
                if connection.rest():
                    self._keep(place, connection)

    def _keep(self, place: Place, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        self._idle.put(place, connection, loop.time())
        self._timer = self._timer or loop.call_later(SWEPT, self._sweep)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._idle.sweep(loop.time())
        self._timer = loop.call_later(SWEPT, self._sweep) if self._idle else None

    async def _asked(self, place: Place, url: URL, request: bytes, *, again: bool) -> tuple[Connection, Response]:
        """On a connection that was kept, or a new one. A server may end the former at any time (RFC 9112 section 9.3.1)."""
        await self._dialer.judge(url)
        kept = self._idle.take(place)
        if kept is not None:
            try:
                return kept, await kept.ask(request)
            except (Disconnected, Unintelligible):
                if not again:
                    raise
        made = await self._dialer.dial(url)
        return made, await made.ask(request)

    def _request(self, url: URL, headers: Mapping[str, str], method: str, body: bytes) -> bytes:
        own = {name.lower() for name in headers}
        usual = self._usual if not own else {k: v for k, v in self._usual.items() if k.lower() not in own}
        lines = [f"{method} {self._dialer.target(url)} HTTP/1.1"]
        if "host" not in own:
            lines.append(f"Host: {url.host_port_subcomponent}")
        lines += [f"{name}: {value}" for name, value in {**usual, **headers}.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        if any("\r" in line or "\n" in line or "\0" in line for line in lines):
            raise ValueError("a header holds a line end")
        head = "\r\n".join(lines) + "\r\n" + self._dialer.line(url) + "\r\n"
        return head.encode("utf-8", "surrogateescape") + body

"""Requests that are no polls: to hubs, and of our hub to its subscribers. As guarded and bounded as those of the client."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from types import TracebackType

from yarl import URL

from aggregator.errors import SourceError
from aggregator.fetch.faults import Fault
from aggregator.fetch.session import Session
from aggregator.model import Settings
from aggregator.model.record import dataclass

MOST_CONNECTIONS = 16
MOST_HOPS = 5
MOST_READ = 4096  # bytes of an answer's body that are of any interest
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    url: str  # that gave it
    status: int
    body: bytes  # its beginning


class Courier:
    """Connections for such requests. Use as an async context manager; then send() any number of times.

    `trusted`: "host:port" of addresses that the user named himself, public or not, beside those of allow_private.
    """

    def __init__(self, settings: Settings, trusted: Collection[str] = ()) -> None:
        self._settings = settings
        self._allowed = frozenset((*settings.fetch.allow_private, *trusted))
        self._deadline = settings.fetch.timeout.total_seconds()
        self._session: Session | None = None

    async def __aenter__(self) -> Courier:
        self._session = Session(self._settings, self._allowed, MOST_CONNECTIONS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.aclose()
            self._session = None

    async def send(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        follow: Collection[int] = (),
    ) -> Reply:
        """One exchange under one deadline; redirects with a status in `follow` get the same method and body.

        Raises SourceError of kind timeout, blocked, redirect (too many, or from https to http) or network.
        """
        try:
            async with asyncio.timeout(self._deadline):
                return await self._exchange(method, URL(url), body, headers or {}, follow)
        except TimeoutError as error:
            raise SourceError("timeout", f"no answer within {self._deadline:g} s") from error
        except Fault as error:
            raise SourceError(error.kind, str(error)) from error
        except (OSError, ValueError) as error:
            raise SourceError("network", f"the exchange failed: {type(error).__name__}") from error

    async def _exchange(
        self, method: str, url: URL, body: bytes, headers: Mapping[str, str], follow: Collection[int]
    ) -> Reply:
        for _ in range(MOST_HOPS):
            reply, target = await self._hop(method, url, body, headers)
            if reply.status not in follow or target is None:
                return reply
            following = url.join(URL(target))
            if (url.scheme, following.scheme) == ("https", "http"):  # what was sent is not for everybody on the line
                raise SourceError("redirect", "the redirect leads from https to http")
            url = following
        raise SourceError("redirect", f"more than {MOST_HOPS} redirects")

    async def _hop(self, method: str, url: URL, body: bytes, headers: Mapping[str, str]) -> tuple[Reply, str | None]:
        assert self._session is not None, "use the courier as a context manager"  # noqa: S101
        if url.scheme not in ("http", "https") or not url.host:
            raise SourceError("network", "this is no address that can be asked")
        async with self._session.exchange(url, headers, method=method, body=body) as got:
            beginning = b""
            async for chunk in got.chunks():
                beginning += chunk
                if len(beginning) >= MOST_READ:
                    break
            return Reply(str(url), got.status, beginning[:MOST_READ]), got.header(b"location") or None

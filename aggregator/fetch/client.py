"""What a source is asked and what its answer means: one polite, bounded, guarded exchange at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType

from yarl import URL

from aggregator.errors import SourceError
from aggregator.fetch import body
from aggregator.fetch.dialling import basic, credentials
from aggregator.fetch.faults import Fault
from aggregator.fetch.names import Resolver
from aggregator.fetch.response import Response
from aggregator.fetch.session import Session
from aggregator.model import Answer, Document, FetchState, Hop, NotModified, Poll, Settings, Source
from aggregator.model.record import replace
from aggregator.schedule import pacing
from aggregator.schedule.freshness import retry_after

MAX_HOPS = 10
MAX_URL = 8192
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.8, "
    "text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # any date of a Retry-After is after it
# What the rest of the product reads of an answer; nothing else of it is kept.
KEPT = frozenset(
    b"age cache-control cf-mitigated content-encoding content-language content-length content-location content-type date "
    b"etag expires im last-modified link location retry-after".split()
)


class Client:
    """Connections kept alive between requests. Use as an async context manager; then fetch() any number of times."""

    def __init__(self, settings: Settings, *, names: Resolver | None = None) -> None:
        """`names`: who is asked for the addresses of host names, instead of the system."""
        self._settings, self._names = settings, names
        self._limit = settings.fetch.max_bytes
        self._deadline = settings.fetch.timeout.total_seconds()
        self._session: Session | None = None

    async def __aenter__(self) -> Client:
        fetch = self._settings.fetch
        headers = {"Accept": ACCEPT, "Accept-Encoding": body.CODINGS}
        self._session = Session(self._settings, fetch.allow_private, fetch.concurrency + 8, headers, self._names)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.aclose()
            self._session = None

    async def fetch(self, poll: Poll, *, unconditional: bool = False) -> Document | NotModified:
        """Ask a source, with its validators unless told otherwise. Raises SourceError; see its kinds."""
        asked, hops = pacing.address(poll.state, poll.source), poll.state.hops()
        return await self.get(asked, poll.source, None if unconditional else poll.state, hops)

    async def get(
        self,
        url: str,
        source: Source | None = None,
        state: FetchState | None = None,
        hops: Sequence[Hop] | None = None,
    ) -> Document | NotModified:
        """One exchange with every redirect, under one deadline. The validators of a state go only to their own URLs.

        A redirect that asks to wait before it is followed (RFC 9110 section 10.2.3) ends the exchange as ratelimited, its
        answer with the hops so far; a later exchange goes on after such `hops`. None: there is no later one, so none waits.
        """
        exchange = _Exchange(url, source, state, hops)
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(exchange)
        except TimeoutError as error:
            raise SourceError("timeout", f"no complete answer within {self._deadline:g} s") from error
        except Fault as error:
            raise SourceError(error.kind, str(error)) from error
        except (OSError, ValueError) as error:
            raise SourceError("network", f"the exchange failed: {type(error).__name__}") from error

    async def _follow(self, exchange: _Exchange) -> Document | NotModified:
        assert self._session is not None, "use the client as a context manager"  # noqa: S101
        while True:
            async with self._session.exchange(exchange.target, exchange.headers()) as response:
                answer = exchange.answer(response)
                if response.status not in REDIRECTS:
                    return await self._finish(response, answer)
                exchange.redirect(answer)

    async def _finish(self, response: Response, answer: Answer) -> Document | NotModified:
        if answer.status == 304 and answer.conditional:
            return NotModified(answer)
        problem = _problem(answer)
        if problem is not None:
            raise problem
        length = response.header(b"content-length")
        if length.isascii() and length.isdigit() and int(length[:20]) > self._limit:
            raise SourceError("too_large", f"the document says it has {length[:20]} bytes; see max_bytes", answer)
        data = await body.read(response.chunks(), response.header(b"content-encoding"), self._limit)
        if not data.strip():
            raise SourceError("empty", "the answer has no body", answer)
        return Document(answer, data, partial=answer.status == 226)


@lru_cache(maxsize=1024)  # of names that are as long as LONGEST_NAME at the most
def _kept(name: bytes) -> str | None:
    """A header's name in small letters; None for one that nobody reads."""
    small = name.lower()
    return small.decode("ascii", "replace") if small in KEPT else None


class _Exchange:
    """Where one request has got to on its way through redirects."""

    def __init__(
        self, url: str, source: Source | None, state: FetchState | None, hops: Sequence[Hop] | None = None
    ) -> None:
        self.asked = url
        self.target = _parsed(url)
        home = _parsed(source.url) if source else self.target  # who is asked by now may be a stranger that it led to
        self._origin = home.origin()
        self._secrets = _secrets(source, home)
        if self.target.user is not None:
            self.target = self.target.with_user(None)
        self._state = state
        self._hops: list[Hop] = []
        self._waits = hops is not None
        if hops and hops[0].url == str(self.target):
            self._hops, self.target = list(hops), _parsed(hops[-1].target)
        self._conditional = False
        self._start = time.monotonic()

    def headers(self) -> dict[str, str]:
        """What this hop alone gets: credentials go to the origin in feeds.toml only, validators to their own URL only."""
        headers: dict[str, str] = {}
        if self._secrets and self.target.origin() == self._origin:
            headers.update(self._secrets)
        validators = _validators(self._state, str(self.target)) if self._state else {}
        self._conditional = bool(validators)
        return headers | validators

    def answer(self, response: Response) -> Answer:
        """The record of what came back."""
        kept = tuple(
            [
                (name, value.decode("utf-8", "surrogateescape"))
                for raw, value in response.headers
                if (name := _kept(raw)) is not None
            ]
        )
        return Answer(
            url=self.asked,
            final_url=str(self.target),
            status=response.status,
            headers=kept,
            hops=tuple(self._hops),
            seconds=time.monotonic() - self._start,
            conditional=self._conditional,
        )

    def redirect(self, answer: Answer) -> None:
        """Take the next hop, or raise SourceError("redirect")."""
        where = next((value for name, value in answer.headers if name == "location"), "").strip()
        if not where:
            raise SourceError("redirect", f"the answer {answer.status} names no Location", answer)
        target = _joined(self.target, where)
        if len(self._hops) >= MAX_HOPS:
            raise SourceError("redirect", f"more than {MAX_HOPS} redirects", answer)
        if any(hop.url == str(target) for hop in self._hops) or target == self.target:
            raise SourceError("redirect", "the redirects go round in a circle", answer)
        self._hops.append(Hop(answer.status, str(self.target), str(target)))
        if self._waits and retry_after(answer.headers, _LONG_AGO):
            words = f"the server asks for patience before its redirect is followed ({answer.status})"
            raise SourceError("ratelimited", words, replace(answer, hops=tuple(self._hops)))
        self.target = target


def _parsed(url: str) -> URL:
    try:
        parsed = URL(url)
        usable = parsed.scheme in ("http", "https") and bool(parsed.host) and bool(parsed.origin())
    except ValueError as error:
        raise SourceError("network", f"this is no address that can be asked: {error}") from error
    if not usable:
        raise SourceError("network", "this is no address that can be asked: only http and https are")
    return parsed


def _joined(base: URL, where: str) -> URL:
    """The target of a Location, without credentials: a stranger's must not be sent."""
    if len(where) > MAX_URL or any(ord(c) < 33 or ord(c) == 127 for c in where):
        raise SourceError("redirect", "the Location is no usable address")
    try:
        target = base.join(URL(where))
        target = target.with_user(None).with_fragment(None)
        port = target.port
    except ValueError as error:
        raise SourceError("redirect", "the Location is no usable address") from error
    if target.scheme not in ("http", "https") or not target.host or not port:
        raise SourceError(
            "redirect", f"the Location leads to {target.scheme or 'nowhere'}:, only http and https are followed"
        )
    return target


def _secrets(source: Source | None, home: URL) -> dict[str, str]:
    """A source's own headers and credentials, for its own origin."""
    secrets = dict(source.headers) if source else {}
    if pair := source.auth if source and source.auth else credentials(home):
        secrets["Authorization"] = basic(pair)
    return secrets


def _validators(state: FetchState, url: str) -> dict[str, str]:
    """Both validators of a URL, byte for byte (checklist D1, D2); none that cannot be sent as it came."""
    pairs = zip(("If-None-Match", "If-Modified-Since"), state.validators(url), strict=True)
    return {name: value for name, value in pairs if value and value.isprintable() and value.isascii()}


def _problem(answer: Answer) -> SourceError | None:
    """What is wrong with a status that is no redirect; None for one that brings a document."""
    status = answer.status
    if status in (200, 203, 226):
        challenged = any(name == "cf-mitigated" for name, _ in answer.headers)
        return SourceError("auth", _words(answer), answer) if challenged else None
    if status in (204, 205):
        return SourceError("empty", f"the server answered {status}, without a document", answer)
    kinds = {401: "auth", 403: "auth", 407: "auth", 410: "gone", 429: "ratelimited"}
    if status == 503 and any(name == "retry-after" for name, _ in answer.headers):
        return SourceError("ratelimited", "the server asks for patience (503)", answer)
    return SourceError(kinds.get(status, "http"), _words(answer), answer)


def _words(answer: Answer) -> str:
    if any(name == "cf-mitigated" for name, _ in answer.headers):
        return f"blocked by bot protection ({answer.status})"
    known = {
        401: "the server wants credentials (401); give the source `auth`",
        403: "the server forbids it (403)",
        404: "there is nothing at this address (404)",
        410: "the feed is gone for good (410); `aggregator resume` asks again",
        429: "the server asks for patience (429)",
    }
    return known.get(answer.status, f"the server answered {answer.status}")

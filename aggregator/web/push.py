"""The WebSub subscriber: asks the hubs that sources name, answers their verifications and takes their deliveries."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, unquote, urlencode, urlsplit

from aiohttp import web

from aggregator.errors import SourceError, StoreError
from aggregator.fetch import guard
from aggregator.fetch.courier import FORM, Courier
from aggregator.model import Answer, Document, FetchSettings, Settings
from aggregator.schedule import leases
from aggregator.schedule.leases import Lease
from aggregator.schedule.limits import named
from aggregator.web.reply import text

PREFIX = "/websub/"
INDEX = "websub"  # the note that lists the sources with a lease
AT_ONCE = 4  # requests to hubs
IN_ONE_ROUND = 100
BODY_WITHIN = 30.0  # seconds
LOCKED, LOCKED_AGAIN = 16, 0.25  # tries, and seconds between two, to store what a hub was told
MOST_CHALLENGE = 2048  # characters
FOLLOWED = (307, 308)


@dataclass
class Subscriber:
    """All subscriptions of one process. Leases are kept under "websub:SOURCE" in the store's notes."""

    settings: Settings
    courier: Courier
    load: Callable[[str], str | None]
    save: Callable[[str, str | None], None]
    deliver: Callable[[str, Document], bool]  # source id; takes it for later, False when too much waits already
    clock: Callable[[], datetime]
    token: Callable[[], str] = lambda: secrets.token_urlsafe(32)
    _leases: dict[str, Lease] = field(default_factory=dict)
    _listed: frozenset[str] = frozenset()  # sources in the note INDEX
    _left: frozenset[str] = frozenset()  # of them those that are not polled any more

    def wake(self, polled: Callable[[Collection[str]], Collection[str]]) -> None:
        """Take up the leases of before the last restart; one whose source is not `polled` any more is given up, with the next
        renew(): what wakes us must not fail because the store is locked."""
        self._listed = frozenset(json.loads(self.load(INDEX) or "[]"))
        sources = polled(self._listed)
        self._left = self._listed.difference(sources)
        for source in self._listed.intersection(sources):
            self._lease(source)

    def learned(self, source: str, hub: str | None, topic: str | None) -> None:
        """What a poll of a source found; from now on its subscription is kept up, or given up where there is no hub."""
        if hub is not None and not usable(self.settings, hub):
            hub = None
        lease = self._lease(source) if hub is not None else self._leases.get(source)
        wanted = leases.learned(lease, source, hub, topic)
        if wanted != lease:
            self._keep(source, wanted)

    def covers(self, source: str) -> datetime | None:
        """Until when polls of a source are only a safety net; None when they are not. Reads a note: ask for who has a hub."""
        return leases.covers(self._lease(source), self.clock())

    def missed(self, source: str) -> None:
        """A poll found an entry that should have been pushed."""
        lease = self._lease(source)
        if lease is not None and leases.covers(lease, self.clock()):
            self._keep(source, leases.missed(lease))

    async def renew(self) -> list[tuple[str, str]]:
        """Ask the hubs whose turn it is; source and what came of it, for the log. Raises StoreError; then nothing is lost."""
        for source in self._left:
            self._keep(source, None)
        self._left = frozenset()
        if self._listed != self._leases.keys():
            self._listed = frozenset(self._leases)
            self.save(INDEX, json.dumps(sorted(self._listed)))
        now = self.clock()
        due = [lease for lease in self._leases.values() if leases.due(lease, now)][:IN_ONE_ROUND]
        slots = asyncio.Semaphore(AT_ONCE)

        async def ask(lease: Lease) -> tuple[str, str]:
            async with slots:
                return lease.source, await self._ask(lease, "subscribe")

        return list(await asyncio.gather(*map(ask, due)))

    async def leave(self, source: str) -> None:
        """End a subscription at the hub, too."""
        lease = self._lease(source)
        if lease is not None and leases.active(lease, self.clock()):
            await self._ask(lease, "unsubscribe")

    async def _ask(self, lease: Lease, mode: str) -> str:
        secret = self.token() if _private_line(lease.hub, self.settings.fetch) else None
        lease = leases.asking(lease, mode, self.token(), secret, self.clock())
        self._keep(lease.source, lease)  # before the request: a hub may verify while it answers
        callback = f"{self.settings.base_url}{PREFIX[1:]}{quote(lease.source, safe='')}/{lease.asked_token}"
        form = urlencode(leases.parameters(lease, callback)).encode()
        try:
            reply = await self.courier.send("POST", lease.hub, form, {"Content-Type": FORM}, follow=FOLLOWED)
        except SourceError as error:
            return str(error)
        return "asked" if reply.status // 100 == 2 else f"the hub answered {reply.status}"

    # ------------------------------------------------------------ what hubs send

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a hub; the route below PREFIX. While the store cannot be written the hub is asked to come again."""
        try:
            return await self._answer(request)
        except StoreError:
            return text(503, "later, please\n", ("Retry-After", "60"))

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        source, _, token = request.rel_url.raw_path.removeprefix(PREFIX).partition("/")
        lease = self._lease(unquote(source))
        if request.method == "GET":
            return await self._patiently(lambda: self._verify(request, lease, token))
        if request.method == "POST":
            return await self._receive(request, lease, token)
        return text(405, "hubs send GET and POST\n", ("Allow", "GET, POST"), head=request.method == "HEAD")

    async def _patiently(self, answer: Callable[[], web.StreamResponse]) -> web.StreamResponse:
        """An answer that is stored. A lock of another process is outlived: few hubs verify a second time."""
        for _ in range(LOCKED):
            try:
                return answer()
            except StoreError as error:
                if not error.passing:
                    raise
            await asyncio.sleep(LOCKED_AGAIN)
        return answer()

    def _verify(self, request: web.BaseRequest, lease: Lease | None, token: str) -> web.StreamResponse:
        """The challenge and nothing else goes back, and only for what we asked for (checklist H7)."""
        asked = request.query
        mode, topic, challenge = (asked.get(f"hub.{name}", "") for name in ("mode", "topic", "challenge"))
        new = None
        if lease is not None and mode == "denied":
            new, challenge = leases.denied(lease, topic, self.clock()) if _holds(lease, token) else None, ""
        elif lease is not None and 0 < len(challenge) <= MOST_CHALLENGE:
            new = leases.verified(lease, token, mode, topic, asked.get("hub.lease_seconds"), self.clock())
        if new is None or lease is None:
            return text(404, "no such subscription\n")
        self._keep(lease.source, None if mode == "unsubscribe" else new)
        return text(200, challenge)

    async def _receive(self, request: web.BaseRequest, lease: Lease | None, token: str) -> web.StreamResponse:
        """Take a delivery for later (checklist H9 to H12); one that is not signed as it must be vanishes."""
        if lease is None or leases.delivered(lease, token, None, b"", self.clock()) == "gone":
            return text(410, "no such subscription\n")
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return text(415, "send it without a content-coding\n")
        body = await read(request, self.settings.fetch.max_bytes)
        if body is None:
            return text(413, "that is too much\n")
        signature = request.headers.get("X-Hub-Signature")
        methods = leases.METHODS if self.settings.websub_sha1 else leases.STRONG
        if not body or leases.delivered(lease, token, signature, body, self.clock(), methods) != "take":
            return text(202, "")
        if not self.deliver(lease.source, _document(lease, body, request.headers.get("Content-Type"))):
            return text(503, "later, please\n", ("Retry-After", "60"))
        return text(202, "")

    def _lease(self, source: str) -> Lease | None:
        if source not in self._leases:
            known = leases.unpacked(self.load(f"websub:{source}"))
            if known is None:
                return None
            self._leases[source] = known
        return self._leases[source]

    def _keep(self, source: str, lease: Lease | None) -> None:
        self.save(f"websub:{source}", leases.packed(lease) if lease else None)
        if lease is None:
            self._leases.pop(source, None)
        else:
            self._leases[source] = lease


def usable(settings: Settings, hub: str) -> bool:
    """The hub can reach us: we have a public address, or it is one of the user's own hosts."""
    if not (settings.websub and settings.base_url_given):
        return False
    return named(hub, settings.fetch) or public_host(urlsplit(settings.base_url).hostname or "")


def public_host(host: str) -> bool:
    """A name or an address that others can reach, as far as can be told without asking."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".test", ".invalid"))
    return guard.public(host)


async def read(request: web.BaseRequest, most: int) -> bytes | None:
    """A request's body; None when it is longer than `most` bytes or takes too long."""
    if (request.content_length or 0) > most:
        return None
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > most:
                    return None
    except TimeoutError:
        return None
    return bytes(body)


def _private_line(hub: str, settings: FetchSettings) -> bool:
    """A secret may be sent to the hub: nobody else reads it on its way."""
    return hub.startswith("https:") or named(hub, settings)


def _holds(lease: Lease, token: str) -> bool:
    known = (lease.token, lease.asked_token, lease.before[0] if lease.before else "")
    return any(one and secrets.compare_digest(one.encode(), token.encode()) for one in known)


def _document(lease: Lease, body: bytes, content_type: str | None) -> Document:
    """A part of the source's feed, to be merged; nothing of the delivery's own headers counts but its type."""
    headers = (("content-type", content_type),) if content_type else ()
    return Document(Answer(lease.topic, lease.topic, 200, headers), body, partial=True)

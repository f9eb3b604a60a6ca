"""A small WebSub hub for the feeds that this server publishes, so that a planet needs no other service for push."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from urllib.parse import parse_qsl

from aiohttp import web

from aggregator.editorial.links import host_of
from aggregator.errors import SourceError
from aggregator.fetch.courier import Courier
from aggregator.schedule import subscribers
from aggregator.schedule.subscribers import Subscription, Wish
from aggregator.web.push import read
from aggregator.web.reply import text
from aggregator.web.shelf import Shelf, Version, locate

PATH = "/hub"
MOST_FORM = 16_384  # bytes
MOST_SUBSCRIPTIONS = 10_000  # of one topic
MOST_OF_ONE_HOST = 100  # callbacks of one host, whatever their ports, for one topic
MOST_WAITING = 1000  # requests to be verified
MOST_ASKED = 10  # verifications with one host within WINDOW, whoever wants them: nobody is flooded through us
WINDOW = timedelta(seconds=10)
AT_ONCE = 8  # requests to callbacks


@dataclass
class Hub:
    """Who gets which feed. Subscriptions are kept under "hub:PATH" in the store's notes."""

    base_url: str
    shelf: Shelf
    courier: Courier
    load: Callable[[str], str | None]
    save: Callable[[str, str | None], None]
    clock: Callable[[], datetime]
    challenge: Callable[[], str] = lambda: secrets.token_urlsafe(32)
    _known: dict[str, dict[str, Subscription]] = field(default_factory=dict)  # by path of the topic, then callback
    _wishes: dict[tuple[str, str], Wish] = field(default_factory=dict)
    _asked: Counter[str] = field(default_factory=Counter)  # by host, since the window began
    _window: datetime | None = None
    _changed: set[str] = field(default_factory=set)  # topics whose note is behind

    @property
    def url(self) -> str:
        """Its address, as our feeds name it."""
        return self.base_url + PATH[1:]

    def wake(self, names: Iterable[str]) -> None:
        """Remember who subscribed to these feeds (paths below the output) before the last restart."""
        for name in names:
            self._of(name)

    # ------------------------------------------------------------ what it is asked

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take a request; the route at PATH."""
        if request.method != "POST":
            return text(405, "this is a WebSub hub\n", ("Allow", "POST"), head=request.method == "HEAD")
        body = await read(request, MOST_FORM)
        if body is None:
            return text(413, "that is too much\n")
        form = dict(reversed(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
        if form.get("hub.mode") == "publish":
            return text(202, "")  # a feed that changed is delivered without being told
        return self._wish(form)

    def _wish(self, form: Mapping[str, str]) -> web.StreamResponse:
        wanted = subscribers.wish(form)
        if isinstance(wanted, str):
            return text(400, wanted + "\n")
        name = self._name(wanted.topic)
        if name is None:
            return text(404, "this hub has only the feeds of its own planet\n")
        if not self._may_verify(host_of(wanted.callback)):
            return text(429, "later, please\n", ("Retry-After", str(int(WINDOW.total_seconds()))))
        if wanted.mode == "subscribe" and not self._room(name, wanted.callback):
            return text(503, "there are enough subscriptions\n", ("Retry-After", "86400"))
        self._wishes[name, wanted.callback] = wanted
        return text(202, "")

    def _may_verify(self, host: str) -> bool:
        now = self.clock()
        if self._window is None or not timedelta(0) <= now - self._window < WINDOW:
            self._window = now
            self._asked.clear()
        self._asked[host] += 1
        return self._asked[host] <= MOST_ASKED and len(self._wishes) < MOST_WAITING

    def _room(self, name: str, callback: str) -> bool:
        known, host = self._of(name), host_of(callback)
        if callback in known:
            return True
        return len(known) < MOST_SUBSCRIPTIONS and sum(host_of(one) == host for one in known) < MOST_OF_ONE_HOST

    # ------------------------------------------------------------ what it does by itself

    async def round(self) -> list[tuple[str, str]]:
        """Verify with who asked, and deliver what changed; callback and what came of it, for the log."""
        slots = asyncio.Semaphore(AT_ONCE)
        wishes, self._wishes = self._wishes, {}
        verified = await asyncio.gather(*(self._verify(slots, name, one) for (name, _), one in wishes.items()))
        self._save()  # what follows may take long, and end early
        due = sorted(
            (one for name in list(self._known) for one in self._due(name)), key=attrgetter("callback", "topic")
        )
        lines = [list(group) for _, group in groupby(due, key=attrgetter("callback"))]
        delivered = await asyncio.gather(*(self._deliver(slots, line) for line in lines))
        self._save()
        return [*verified, *(one for line in delivered for one in line)]

    async def _verify(self, slots: asyncio.Semaphore, name: str, wanted: Wish) -> tuple[str, str]:
        challenge = self.challenge()
        try:
            async with slots:
                reply = await self.courier.send("GET", subscribers.verification(wanted, challenge))
        except SourceError as error:
            return wanted.callback, str(error)
        version = self.shelf.get(name)
        if reply.status // 100 != 2 or reply.body != challenge.encode() or version is None:
            return wanted.callback, f"it did not confirm ({reply.status})"
        self._known[name] = subscribers.granted(self._of(name), wanted, version.tag, self.clock())
        self._changed.add(name)
        return wanted.callback, f"{wanted.mode}d"

    def _due(self, name: str) -> list[Subscription]:
        version = self.shelf.get(name) if self._known[name] else None
        return subscribers.due(self._known[name].values(), version.tag, self.clock()) if version else []

    async def _deliver(self, slots: asyncio.Semaphore, line: list[Subscription]) -> list[tuple[str, str]]:
        """One callback's deliveries, one after the other."""
        done = []
        async with slots:
            for one in line:
                name = self._name(one.topic)
                version = self.shelf.get(name) if name else None
                if name and version:
                    done.append((one.callback, await self._send(name, version, one)))
        return done

    async def _send(self, name: str, version: Version, one: Subscription) -> str:
        body = version.bodies["identity"]
        headers = {
            "Content-Type": version.media.type,
            "Link": f'<{one.topic}>; rel="self", <{self.url}>; rel="hub"',
        }
        if one.secret is not None:
            headers["X-Hub-Signature"] = subscribers.signature(one.secret, body)
        try:
            status = (await self.courier.send("POST", one.callback, body, headers)).status
            outcome = f"delivered ({status})"
        except SourceError as error:
            status, outcome = 0, str(error)
        self._settle(name, one, subscribers.after_delivery(one, version.tag, status, self.clock()))
        return outcome

    def _settle(self, name: str, before: Subscription, after: Subscription | None) -> None:
        known = self._of(name)
        if known.get(before.callback) != before:  # it was renewed or ended meanwhile
            return
        self._changed.add(name)
        if after is None:
            del known[before.callback]
        else:
            known[before.callback] = after

    # ------------------------------------------------------------ what it knows

    def _name(self, topic: str) -> str | None:
        """The path of one of our feeds that names us as its hub; None for any other topic."""
        if not topic.startswith(self.base_url):
            return None
        name = locate("/" + topic.removeprefix(self.base_url))
        version = self.shelf.get(name) if name else None
        return name if version is not None and f'<{self.url}>; rel="hub"' in version.links else None

    def _of(self, name: str) -> dict[str, Subscription]:
        if name not in self._known:
            self._known[name] = subscribers.unpacked(self.load(f"hub:{name}"), self.clock())
        return self._known[name]

    def _save(self) -> None:
        """One note for each topic whose subscriptions changed, without those that have run out."""
        now = self.clock()
        for name in self._changed:
            known = {callback: one for callback, one in self._known[name].items() if one.until > now}
            self._known[name] = known
            self.save(f"hub:{name}", subscribers.packed(known.values()) if known else None)
        self._changed.clear()

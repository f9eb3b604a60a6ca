"""WebSub in all its parts: what hubs deliver goes the way of a poll's document; what we publish is told and delivered."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from aggregator.editorial.links import without_credentials
from aggregator.errors import SourceError, StoreError
from aggregator.fetch.courier import FORM, Courier
from aggregator.model import Digest, Document, Poll, Tally, Visit
from aggregator.model.record import replace
from aggregator.publish.websub import Announcer, notices
from aggregator.schedule import leases
from aggregator.schedule.limits import authority
from aggregator.service.cycle import Writer
from aggregator.service.events import event
from aggregator.service.visiting import Crew
from aggregator.web import hub as own_hub
from aggregator.web import push
from aggregator.web.server import Handler
from aggregator.web.shelf import Shelf

MOST_WAITING = 1000  # deliveries
MOST_HELD = 64 << 20  # bytes of deliveries that wait
END_WITHIN = 1.0  # seconds in which those are still stored when the service ends
STORE_AGAIN = 5.0  # seconds after which a store that could not be written is tried again


@dataclass
class Pushing:
    """The parts, for one feeds.toml. Their rounds are for the heartbeat, work() for a task of its own."""

    crew: Crew
    writer: Writer
    subscriber: push.Subscriber
    announcer: Announcer
    hub: own_hub.Hub | None  # where [hub] is enabled
    deliveries: deque[tuple[str, Document]] = field(default_factory=deque)  # they outlive the parts: a hub sends once
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    def routes(self) -> Mapping[str, Handler]:
        """What the web server answers for us."""
        own: dict[str, Handler] = {own_hub.PATH: self.hub} if self.hub else {}
        return {push.PREFIX: self.subscriber, **own}

    def take(self, source: str, document: Document) -> bool:
        """A delivery for later; False when too many wait."""
        held = sum([len(waiting.body) for _, waiting in self.deliveries])
        if len(self.deliveries) >= MOST_WAITING or (held and held + len(document.body) > MOST_HELD):
            return False
        self.deliveries.append((source, document))
        self._more.set()
        return True

    def before(self, poll: Poll) -> Poll:
        """A poll that knows whether pushes make it a mere safety net (checklist E12)."""
        if poll.state.hub is None:
            return poll
        return replace(poll, state=replace(poll.state, lease_until=self.subscriber.covers(poll.source.id)))

    def after(self, visit: Visit, tally: Tally) -> None:
        """What was stored of a poll, or of a delivery: subscriptions follow what sources say of their hubs."""
        if visit.state.last_poll != visit.at:  # a delivery
            return
        if visit.digest is not None:
            self.subscriber.learned(visit.source.id, visit.state.hub, visit.state.topic)
        if tally.new and visit.state.lease_until is not None:
            self.subscriber.missed(visit.source.id)

    def built(self, changed: Iterable[str]) -> None:
        """A build changed these paths, and they are being served."""
        settings = self.crew.settings
        if settings.base_url_given:
            self.announcer.announce(notices(changed, settings.channels, settings.base_url), time.monotonic())

    async def round(self, part: Callable[[], Awaitable[None]]) -> None:
        """One of the three below. Where the store cannot be written now, the next round tries again."""
        try:
            await part()
        except asyncio.CancelledError:
            return  # the service ends
        except StoreError as error:
            event("store", logging.ERROR, error=str(error))

    async def renew(self) -> None:
        """A round of the subscriber."""
        for source, outcome in await self.subscriber.renew():
            event("subscribe", source=source, outcome=outcome)

    async def announce(self) -> None:
        """A round of notices to hubs."""
        for notice, outcome in await self.announcer.round(time.monotonic()):
            event("announce", hub=without_credentials(notice.hub), topic=notice.topic, outcome=outcome)

    async def deliver(self) -> None:
        """A round of our own hub."""
        for callback, outcome in await self.hub.round() if self.hub else ():
            event("hub", callback=without_credentials(callback), outcome=outcome)

    async def work(self) -> None:
        """Read deliveries as they come, until cancelled. One stays in line until it is stored."""
        while True:
            while self.deliveries:
                while not await self._stored(*self.deliveries[0]):
                    await asyncio.sleep(STORE_AGAIN)
                self.deliveries.popleft()
            self._more.clear()
            await self._more.wait()

    async def drained(self) -> None:
        """Until all deliveries are stored, as far as that is soon."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_WITHIN):
                while self.deliveries:
                    await asyncio.sleep(0.02)

    async def _stored(self, source: str, document: Document) -> bool:
        try:
            for poll in self.crew.store.polls([source]):
                await self._read(poll, document)
        except StoreError as error:
            event("store", logging.ERROR, error=str(error))
            return False
        return True

    async def _read(self, poll: Poll, document: Document) -> None:
        """Merge a delivery (checklist H12): the source's own state stays but for the entries seen."""
        crew = self.crew
        try:
            digest = await crew.pool.digest(document, poll.source, seen=poll.state.seen, now=crew.clock())
        except SourceError as error:
            event("push", logging.WARNING, source=poll.source.id, error=str(error))
            return
        self.writer.flush()  # a poll that ended meanwhile is stored first: its state is the newer one
        for now in crew.store.polls([poll.source.id]):
            self.writer.add(now, _visit(now, document, digest, crew))
        self.writer.flush()
        event("push", source=poll.source.id, entries=digest.count)


def _visit(poll: Poll, document: Document, digest: Digest, crew: Crew) -> Visit:
    state = replace(poll.state, seen=_merged(poll.state.seen, digest.seen))
    url = without_credentials(document.answer.final_url)
    # What a delivery says of the feed as a whole is not asked for: it is a part, and its entries are what counts.
    return Visit(poll.source, state, crew.clock(), "ok", url, url, 200, None, 0.0, digest)


def _merged(seen: bytes, more: bytes) -> bytes:
    """Fingerprints of 8 bytes each, every one once."""
    both = seen + more
    return b"".join(dict.fromkeys(both[start : start + 8] for start in range(0, len(both), 8)))


@contextlib.asynccontextmanager
async def pushing(
    crew: Crew, writer: Writer, shelf: Shelf, deliveries: deque[tuple[str, Document]] | None = None
) -> AsyncIterator[Pushing]:
    """All parts at work for the settings of a crew. `deliveries`: that wait from before."""
    settings, store = crew.settings, crew.store
    trusted = [authority(hub) for channel in settings.channels for hub in channel.hub]
    async with Courier(settings) as courier, Courier(settings, trusted) as teller:

        async def tell(hub: str, form: bytes) -> int:
            reply = await teller.send("POST", hub, form, {"Content-Type": FORM}, follow=push.FOLLOWED)
            return reply.status

        def take(source: str, document: Document) -> bool:
            return made.take(source, document)

        subscriber = push.Subscriber(settings, courier, store.note, store.save_note, take, crew.clock)
        hub = own_hub.Hub(settings.base_url, shelf, courier, store.note, store.save_note, crew.clock)
        made = Pushing(crew, writer, subscriber, Announcer(tell), hub if settings.hub_enabled else None)
        made.deliveries = made.deliveries if deliveries is None else deliveries
        shelf.name_hub(settings.base_url, hub.url if settings.hub_enabled else None)
        if settings.hub_enabled:
            hub.wake(key.removeprefix("hub:") for key in store.notes("hub:"))
        subscriber.wake(lambda listed: {poll.source.id for poll in store.polls(sorted(listed)) if poll.source.enabled})
        worker = asyncio.create_task(made.work())
        try:
            yield made
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)


def discovered(document: Document, digest: Digest) -> tuple[str | None, str | None]:
    """Hub and topic of a document that was read: Link headers go before what stands in it."""
    answer = document.answer
    return leases.discovered(answer.headers, answer.final_url, digest.feed.hubs, digest.feed.self_url)

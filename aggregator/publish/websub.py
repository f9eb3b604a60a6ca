"""Tells the hubs of a channel that its feeds have changed, once the new bytes are there to be fetched (WebSub section 7).

Knows which hub is to hear of what; the request itself is handed in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import field
from urllib.parse import urlencode

from aggregator.errors import SourceError
from aggregator.model import Channel
from aggregator.model.record import dataclass

FEEDS = ("feed.atom", "feed.rss", "feed.json")
RETRIES = (10.0, 60.0, 600.0, 3600.0)  # seconds
MOST_WAITING = 10_000

Send = Callable[[str, bytes], Awaitable[int]]  # address and form; status. Raises SourceError


@dataclass(frozen=True, slots=True)
class Notice:
    """One hub that is to hear of one topic."""

    hub: str
    topic: str


def notices(changed: Iterable[str], channels: Sequence[Channel], base_url: str) -> list[Notice]:
    """What is to be told after a build that changed these paths; nothing for a channel without hubs (checklist H3)."""
    hubs = {"" if channel.id == "all" else f"{channel.id}/": channel.hub for channel in channels}
    found = []
    for path in changed:
        folder, slash, name = path.rpartition("/")
        if name in FEEDS:
            found += [Notice(hub, base_url + path) for hub in hubs.get(folder + slash, ())]
    return found


def form(topic: str) -> bytes:
    """The body of a notice, in the form that hubs agree on; some read hub.topic instead of hub.url."""
    return urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()


@dataclass
class Announcer:
    """Notices that wait to be delivered. A hub that does not take one is told again, four times at the most."""

    send: Send
    waiting: dict[Notice, tuple[float, int]] = field(default_factory=dict)  # when, and how often it has failed

    def announce(self, fresh: Iterable[Notice], now: float) -> None:
        """Line them up; one that waits already is told once, with the newest bytes."""
        for notice in fresh:
            if len(self.waiting) < MOST_WAITING:
                self.waiting[notice] = (now, 0)

    async def round(self, now: float) -> list[tuple[Notice, str]]:
        """Tell what is due, `now` in seconds of any steady clock; each notice with what came of it, for the log."""
        due = [notice for notice, (at, _) in self.waiting.items() if at <= now]
        outcomes = await asyncio.gather(*(self._tell(notice, now) for notice in due))
        return list(zip(due, outcomes, strict=True))

    async def _tell(self, notice: Notice, now: float) -> str:
        asked = self.waiting[notice]
        try:
            status = await self.send(notice.hub, form(notice.topic))
        except SourceError as error:
            outcome = str(error)
        else:
            outcome = "told" if status // 100 == 2 else f"the hub answered {status}"
        if self.waiting.get(notice) != asked:  # it changed again meanwhile, and will be told again
            return outcome
        failures = asked[1]
        if outcome == "told" or failures >= len(RETRIES):
            del self.waiting[notice]
        else:
            self.waiting[notice] = (now + RETRIES[failures], failures + 1)
        return outcome

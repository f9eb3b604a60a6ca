"""One fetch cycle: who may be asked is asked, politely, and what came is stored.

    polls | host queue | fetch (concurrency at a time) | workers: parse, edit | writer: one commit for many sources

Each poll ends as a Visit, whatever happened to it; only StoreError ends a cycle early.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from aggregator.model import Poll, Tally, Visit
from aggregator.schedule import pacing
from aggregator.service.hostqueue import HostQueue
from aggregator.service.ingest import ingest
from aggregator.service.visiting import Crew, visit
from aggregator.store.ports import Store

Report = Callable[[Visit, Tally], None]

BATCH_VISITS = 256  # visits in one commit at the most
BATCH_ENTRIES = 1500  # new entries in one commit at the most: some 0.2 s of work
BATCH_SECONDS = 1.0  # no visit waits longer for its commit
PAUSE = 1.0  # seconds between two requests to one host (checklist D14)


@dataclass(slots=True)
class Writer:
    """Visits that wait for their commit."""

    store: Store
    cycle_start: datetime
    report: Report
    waiting: list[Visit] = field(default_factory=list)
    entries: int = 0
    since: float = 0.0
    seconds: float = 0.0

    def add(self, done: Visit) -> None:
        """Line up a visit; commits when enough have come together."""
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting.append(done)
        self.entries += len(done.digest.entries) if done.digest else 0
        if self.full():
            self.flush()

    def full(self) -> bool:
        """It is time for a commit."""
        return (
            len(self.waiting) >= BATCH_VISITS
            or self.entries >= BATCH_ENTRIES
            or time.monotonic() - self.since >= BATCH_SECONDS
        )

    def flush(self) -> None:
        """One commit for all that waits; after a StoreError it all waits still, for another try."""
        if not self.waiting:
            return
        start = time.perf_counter()
        tallies = ingest(self.store, self.waiting, self.cycle_start)
        self.seconds += time.perf_counter() - start
        done, self.waiting, self.entries = self.waiting, [], 0
        for one, tally in zip(done, tallies, strict=True):
            self.report(one, tally)


def host_of(poll: Poll) -> str:
    """The host and port that a poll asks first, in lower case."""
    return urlsplit(pacing.address(poll.state, poll.source)).netloc.rpartition("@")[2].lower()


async def cycle(crew: Crew, polls: Iterable[Poll], report: Report, *, pause: float = PAUSE) -> Writer:
    """Ask all of these, `concurrency` at a time over all hosts, and store what came. The writer, for its figures.

    `pause`: seconds between two requests to one host; 0 under --force.
    """
    writer = Writer(crew.store, crew.cycle_start, report)
    dispatcher = Dispatcher(crew, writer, pause)
    for poll in polls:
        dispatcher.put(poll)
    await dispatcher.drain()
    writer.flush()
    return writer


class Dispatcher:
    """Takes polls from the queue as hosts and slots allow, and hands what came of them to the writer."""

    def __init__(self, crew: Crew, writer: Writer, pause: float) -> None:
        self.crew, self.writer, self._pause = crew, writer, pause
        self.queue = HostQueue(crew.settings.fetch.per_host)
        self.busy: set[str] = set()  # ids of the sources that wait or are being asked
        self._running: dict[asyncio.Task[Visit], str] = {}
        self._ended: list[asyncio.Task[Visit]] = []
        self._wake = asyncio.Event()

    def put(self, poll: Poll, free_at: float = 0.0) -> None:
        """Line up a source, unless it is lined up already."""
        if poll.source.id not in self.busy:
            self.busy.add(poll.source.id)
            self.queue.put(host_of(poll), poll, free_at)
            self._wake.set()

    async def drain(self) -> None:
        """Until nothing waits and nothing runs. On any error the requests under way are given up."""
        try:
            while self.queue or self._running:
                await self.step()
        finally:
            await self.abandon()

    async def step(self, longest: float | None = None) -> None:
        """Start what may start, wait for an end (or `longest` seconds), take in what has ended."""
        self._start()
        free = len(self._running) < self.crew.settings.fetch.concurrency
        waits = [w for w in (self.queue.wait(time.monotonic()) if free else None, longest) if w is not None]
        alarm = asyncio.get_running_loop().call_later(min(waits), self._wake.set) if waits else None
        try:
            await self._wake.wait()
        finally:
            if alarm:
                alarm.cancel()
        self._wake.clear()
        self._take_in()

    async def abandon(self) -> None:
        """Give up the requests under way; nothing of them is stored, and they are due as before."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()

    def _start(self) -> None:
        now, most = time.monotonic(), self.crew.settings.fetch.concurrency
        while len(self._running) < most and (taken := self.queue.take(now)):
            host, poll = taken
            task = asyncio.create_task(visit(self.crew, poll))
            self._running[task] = host
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Visit]) -> None:
        self._ended.append(task)
        self._wake.set()

    def _take_in(self) -> None:
        ended, self._ended = self._ended, []
        for task in ended:
            host = self._running.pop(task, None)
            if host is None or task.cancelled():
                continue
            self.queue.done(host, time.monotonic() + self._pause)
            done = task.result()
            self.busy.discard(done.source.id)
            self.writer.add(done)

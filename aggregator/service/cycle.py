"""One fetch cycle: who may be asked is asked, politely, and what came is stored.

    polls | host queue | fetch (concurrency at a time) | workers: parse, edit | writer: one commit for many sources

Each poll ends as a Visit, whatever happened to it; only StoreError ends a cycle early.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from aggregator.errors import StoreError
from aggregator.model import Poll, Tally, Visit
from aggregator.model.record import replace
from aggregator.schedule import hosts, pacing
from aggregator.service.crew import forget_notes, save_notes
from aggregator.service.events import event
from aggregator.service.hostqueue import HostQueue
from aggregator.service.ingest import ingest
from aggregator.service.visiting import Crew, host_of, visit

Report = Callable[[Visit, Tally], None]

BATCH_VISITS = 256  # visits in one commit at the most
BATCH_ENTRIES = 1500  # new entries in one commit at the most: some 0.2 s of work
MOST_UNTOLD = 3000  # entries of a cycle that wait for its end to be put into stories
BATCH_TEXT = 16 << 20  # bytes of their texts, which are not compressed yet
BATCH_SECONDS = 1.0  # no visit waits longer for its commit
MOST_WAITING = 150  # polls in the service's queue for one host; the rest is planned for later, so that others have room


UNREACHABLE = ("error:network", "error:timeout")
READING = 2  # times `concurrency` that polls may be under way, those included whose documents wait to be read
AGAIN = 1.0  # seconds after which a store that could not be written is tried again
MOST_HELD = 8 << 20  # bytes of documents that wait to be read, from which on nobody is asked for more
PATIENCE = 30.0  # seconds that a cycle waits for one host; who would wait longer is planned anew


@dataclass(slots=True)
class Writer:
    """Visits that wait for their commit. Those without any answer wait until it is known whose fault it was."""

    crew: Crew
    report: Report
    waiting: list[Visit] = field(default_factory=list)
    doubtful: list[tuple[Poll, Visit]] = field(default_factory=list)
    ended: list[hosts.Ended] = field(default_factory=list)
    held: set[str] = field(default_factory=set)  # sources whose visits wait: in the store they still look due
    entries: int = 0
    text: int = 0  # bytes that are to be stored of them
    since: float = 0.0
    seconds: float = 0.0
    untold: int = 0  # entries of this cycle that are not put into stories yet

    def add(self, poll: Poll, done: Visit) -> None:
        """Line up a visit; the caller commits when it is full()."""
        self.held.add(done.source.id)
        lost = done.outcome in UNREACHABLE and done.status is None
        self.ended.append(
            hosts.Ended(host_of(poll), lost, poll.state.last_success is not None and not poll.state.failures)
        )
        if lost:
            self.doubtful.append((poll, done))
            return
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting.append(done)
        new = done.digest.entries if done.digest else ()
        self.entries += len(new)
        self.text += sum([len(entry.text) for entry in new])

    def full(self) -> bool:
        """It is time for a commit."""
        return (
            len(self.waiting) >= BATCH_VISITS
            or self.entries >= BATCH_ENTRIES
            or self.text >= BATCH_TEXT
            or (bool(self.waiting) and time.monotonic() - self.since >= BATCH_SECONDS)
        )

    def settle(self) -> None:
        """Decide about the visits without an answer: when most hosts are silent at once it is our own network."""
        ours = hosts.outage(self.ended)
        if ours and self.doubtful:
            event("outage", logging.WARNING, hosts=len({one.host for one in self.ended}), sources=len(self.doubtful))
        for poll, done in self.doubtful:
            if ours:
                crew = self.crew
                state = pacing.after_outage(
                    poll.state, poll.source, crew.settings.fetch, crew.clock(), crew.jitter(poll)
                )
                done = replace(done, state=state)
            self.waiting.append(done)
        self.doubtful, self.ended = [], []

    def flush(self, *, more: bool = False) -> None:
        """One commit for all that waits; after a StoreError it all waits still, for another try.

        `more`: the cycle is not over, and stories can wait until it is; not those of so many entries that it takes long.
        """
        more = more and self.untold < MOST_UNTOLD
        if not self.waiting and (more or not self.untold):
            return
        start = time.perf_counter()
        with self.crew.store.transaction():
            tallies = ingest(self.crew.store, self.waiting, self.crew.cycle_start, more=more)
            forgotten = save_notes(self.crew)
        self.untold = self.untold + sum(tally.new for tally in tallies) if more else 0
        self.seconds += time.perf_counter() - start
        forget_notes(self.crew, forgotten)
        done, self.waiting, self.entries, self.text = self.waiting, [], 0, 0
        self.held = {poll.source.id for poll, _ in self.doubtful}
        for one, tally in zip(done, tallies, strict=True):
            self.report(one, tally)


async def cycle(crew: Crew, polls: Iterable[Poll], report: Report, *, force: bool = False) -> Writer:
    """Ask all of these, `concurrency` at a time over all hosts, and store what came. The writer, for its figures.

    `force`: without any pause between two requests to one host.
    """
    writer = Writer(crew, report)
    dispatcher = Dispatcher(crew, writer, force=force, most_waiting=None)
    for poll in polls:
        dispatcher.put(poll)
    try:
        await dispatcher.drain()
    finally:  # who was asked before somebody ended us need not be asked again
        writer.settle()
        writer.flush()
    return writer


class Dispatcher:
    """Takes polls from the queue as hosts and slots allow, and hands what came of them to the writer."""

    def __init__(
        self,
        crew: Crew,
        writer: Writer,
        *,
        force: bool = False,
        before: Callable[[Poll], Poll] = lambda poll: poll,
        most_waiting: int | None = MOST_WAITING,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """`most_waiting`: polls that may wait for one host; None: all that come, however long that takes. `ticks`: seconds
        that no setting of the clock moves."""
        self.crew, self.writer, self._mode, self._before = crew, writer, "force" if force else "due", before
        self._most, self._ticks = most_waiting, ticks
        self.queue = HostQueue(crew.settings.fetch.per_host)
        self.busy: set[str] = set()  # ids of the sources that wait or are being asked
        self._running: dict[asyncio.Task[Visit], Poll] = {}
        self._asking = 0  # of those, requests that are not answered
        self._ended: list[asyncio.Task[Visit]] = []
        self._wake = asyncio.Event()
        self._halted, self._anew = False, 0
        self._stuck = 0.0  # until then the store, which was locked, is not asked to write

    def put(self, poll: Poll) -> None:
        """Line up a source, unless it is lined up or was asked already, or its host asked all to wait for long."""
        if poll.source.id in self.busy or poll.source.id in self.writer.held:
            return
        state = pacing.after_jump(poll.state, self.crew.clock())
        poll = poll if state is poll.state else Poll(poll.source, state)
        if self._mode != "force" and poll.state.next_poll and not pacing.may_ask(poll.state, "all", self.crew.clock()):
            self._postpone(poll)  # the clock was set: its wait is not over, and begins now
            return
        host = host_of(poll)
        wait = self._wait(host)
        if wait > PATIENCE or (self._most is not None and self.queue.waiting(host) > self._most):
            self._plan_anew(poll, wait + self.queue.waiting(host) * hosts.PAUSE.total_seconds())
            return
        self.busy.add(poll.source.id)
        self.queue.put(host, poll, self._ticks() + wait)
        self._wake.set()

    def _wait(self, host: str) -> float:
        """Seconds until the host may be asked."""
        now, note = self.crew.clock(), self.crew.notes.get(host)
        if note is None:
            return 0.0
        righted = hosts.after_jump(note, now)
        if righted is not note:
            self.crew.notes[host] = righted
            self.crew.changed.add(host)
        return (hosts.free_at(righted, now, mode=self._mode) - now).total_seconds()

    def _plan_anew(self, poll: Poll, wait: float) -> None:
        """Not now: the host is to be left alone, or has many to answer already."""
        until = self.crew.clock() + timedelta(seconds=wait)
        self._anew += 1  # many at once, while their host is asked nothing
        jitter = (self.crew.jitter(poll) + self._anew * hosts.GOLDEN) % 1.0
        state = pacing.after_waiting(poll.state, until, jitter)
        self._postpone(Poll(poll.source, replace(state, next_poll=state.next_poll or until)))

    def _postpone(self, poll: Poll) -> None:
        """Where the store cannot be written now the source stays due, and this is decided again."""
        if time.monotonic() < self._stuck:
            return
        try:
            self.crew.store.postpone(poll)
        except StoreError as error:
            self._stuck = time.monotonic() + AGAIN
            event("store", logging.ERROR, error=str(error))

    def halt(self) -> None:
        """Start nothing more; what waits stays due."""
        self._halted = True

    def running(self) -> int:
        """Polls under way."""
        return len(self._running)

    async def drain(self) -> None:
        """Until nothing waits and nothing runs. On any error the requests under way are given up."""
        try:
            while self.queue or self._running:
                await self.step(longest=BATCH_SECONDS if self.writer.waiting else None)
                if self.writer.full():
                    self.writer.flush(more=True)
        finally:
            await self.abandon()

    async def step(self, longest: float | None = None) -> None:
        """Start what may start, wait for an end (or `longest` seconds), take in what has ended."""
        self._start()
        wait = self.queue.wait(self._ticks()) if self._room() else None
        waits = [w for w in (wait, longest) if w is not None]
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
        now = self._ticks()
        while not self._halted and self._room() and (taken := self.queue.take(now)):
            host, poll = taken
            self._asking += 1
            task = asyncio.create_task(visit(self.crew, self._before(poll), partial(self._answered, host)))
            self._running[task] = poll
            task.add_done_callback(self._end)

    def _room(self) -> bool:
        """One more request may go out. Those that hang leave few slots for the others, who give theirs back at once."""
        most = self.crew.settings.fetch.concurrency
        held = self.crew.pool.held
        return self._asking < most and len(self._running) < READING * most and held < MOST_HELD

    def _answered(self, host: str) -> None:
        self._asking -= 1
        self._release(host)
        self._wake.set()

    def _end(self, task: asyncio.Task[Visit]) -> None:
        self._ended.append(task)
        self._wake.set()

    def _take_in(self) -> None:
        ended, self._ended = self._ended, []
        for task in ended:
            poll = self._running.pop(task, None)
            if poll is None or task.cancelled():
                continue
            self.busy.discard(poll.source.id)
            self.writer.add(poll, task.result())

    def _release(self, host: str) -> None:
        """The host has answered: the next one may go after its pause, or nobody for now if it asked for that."""
        wait = self._wait(host)
        if wait > PATIENCE:
            for poll in self.queue.drop(host):
                self.busy.discard(poll.source.id)
                self._plan_anew(poll, wait)
        self.queue.done(host, self._ticks() + wait)

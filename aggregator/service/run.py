"""The service: heartbeat, fetcher, publisher and web server in one process until SIGTERM or SIGINT.

The only module that knows APScheduler, signals and the event loop's making. One heartbeat asks the store who is due;
there is never a job a source.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from random import random
from typing import Any

from aggregator.config.load import load
from aggregator.errors import AggregatorError, ConfigError, StoreError
from aggregator.model import Document, Settings, Tally, Visit
from aggregator.service import figures
from aggregator.service.aside import LIST, TAKE, Aside, large
from aggregator.service.build import MANY, build
from aggregator.service.clock import utc_now
from aggregator.service.crew import crew_of, save_notes
from aggregator.service.cycle import AGAIN, Dispatcher, Writer
from aggregator.service.events import event
from aggregator.service.loop import looped
from aggregator.service.once import Work, handed_over, known_to, lease, opened
from aggregator.service.pruning import prune
from aggregator.service.pushing import Pushing, pushing
from aggregator.service.renaming import former
from aggregator.web.metrics import Metric, gauge
from aggregator.web.server import Application, application
from aggregator.web.server import serve as listen_on

Tell = Callable[[str], None]

BEAT = 1.0  # seconds between two questions who is due
BUILD_EVERY = 5.0  # seconds between two builds while entries come in
BUILD_SOON = 0.5  # seconds between two builds while entries are pushed
RENEW_EVERY = 30.0  # seconds between two looks at the leases of hubs
LOOK_EVERY = 2.0  # seconds between two looks at feeds.toml
LIST_EVERY = 3600.0  # seconds between two lists of many sources
LIST_AFTER = timedelta(seconds=5)  # it need not hold up the start
PRUNE_EVERY = 60.0  # seconds between two looks for what is older than [store] keep
SETTLE_EVERY = 20.0  # seconds after which it is decided whose fault silence was
STOP_WITHIN = 2.5  # seconds for the requests under way when the service ends
LOCKED = 0.2  # seconds for which a lock of another process is waited for: signals and readers wait, too
START_WITHIN = 30.0  # seconds in which another process has to let the first build happen
SPREAD = 10_000  # overdue sources that are planned anew in one go: some 0.05 s
BACKLOG = 4000  # polls that are lined up at the most: of hosts with very many (MOST_WAITING) and of all others
CYCLE = timedelta(seconds=10)  # after which what comes is first seen later, however much is under way


def run(path: Path, tell: Tell) -> int:
    """Poll, publish and serve. 0 after SIGTERM or SIGINT. Raises ConfigError, StoreError or OutputError at the start."""
    with opened(path) as work, lease(work):
        looped(Service(work, tell).run())
    return 0


def serve(path: Path, tell: Tell) -> int:
    """The web server alone."""
    with opened(path) as work:
        looped(_serve_only(work, tell))
    return 0


async def _serve_only(work: Work, tell: Tell) -> None:
    stop = asyncio.Event()
    _on_signals(stop, lambda: None)
    app = _application(work, list)
    runner = await listen_on(app, work.settings.listen)
    _greet(work.settings, tell)
    await stop.wait()
    await runner.cleanup()


def _application(work: Work, figures: Callable[[], Iterable[Metric]]) -> Application:
    max_age = int(min(work.settings.fetch.interval, timedelta(hours=1)).total_seconds())
    return application(
        work.settings.output, lambda: _answers(work), figures, max_age=max_age, former=lambda: _ended(work)
    )


def _ended(work: Work) -> dict[str, str | None]:
    """Who still asks for a channel that feeds.toml had once is to be told (checklist F15)."""
    with contextlib.suppress(StoreError):
        return former(work.store, work.settings.channels)
    return {}


def _answers(work: Work) -> bool:
    """The store can be asked."""
    try:
        work.store.synced()
    except StoreError:
        return False
    return True


def _complain(what: str, problems: Iterable[str]) -> None:
    for problem in problems:
        event(what, logging.ERROR, problem=problem)


def _greet(settings: Settings, tell: Tell) -> None:
    where = settings.listen
    if where.startswith("unix:"):
        tell(f"Serving {settings.output} at {where}")
        return
    tell(f"The page:  http://{where}/")
    tell(f"The feed:  http://{where}/feed.atom")


def _on_signals(stop: asyncio.Event, reload: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload)


class Service:
    """One run of the service; its state lives as long as the process."""

    def __init__(self, work: Work, tell: Tell) -> None:
        self.work, self.tell = work, tell
        self.sources = work.store.count_sources()
        self.stop, self.reload = asyncio.Event(), asyncio.Event()
        self.dirty = True
        self.fresh = False  # something was pushed: whoever waits for it waits for a build
        self.outcomes: Counter[str] = Counter()
        self.new = 0
        self._built = 0.0
        self._began, self._caught_up = utc_now(), False
        self._again = 0.0  # when what could not be written is tried again
        self._pushing: Pushing | None = None
        self._tell_soon: Callable[[], list[Any]] = list  # let hubs and subscribers hear at once of what is new
        self._left: list[Visit] = []  # what could not be stored before a reload
        self._pushed: deque[tuple[str, Document]] = deque()  # what hubs have delivered, until it is stored
        self._app: Application | None = None
        self._settled = time.monotonic()
        self._signature = self._stat()
        self._taking = Aside(TAKE, work.settings.path, self._taken)
        self._listing = Aside(LIST, work.settings.path, lambda problems: _complain("list", problems))

    async def run(self) -> None:
        """Until a signal says stop."""
        _on_signals(self.stop, self.take)
        settings = self.work.settings
        self._app = app = _application(self.work, self.metrics)
        runner = await listen_on(app, settings.listen)
        event("start", listen=settings.listen, sources=self.sources, database=str(settings.database))
        self.work.store.wait_at_most(LOCKED)
        await self._first_build()
        _greet(settings, self.tell)
        try:
            while not self.stop.is_set():
                await self._generation()
        finally:
            for aside in (self._taking, self._listing):
                await aside.end()
            await runner.cleanup()
        event("stop")

    async def _first_build(self) -> None:
        """As soon as no other process holds it up. Raises StoreError or OutputError."""
        until = time.monotonic() + START_WITHIN
        while not self.stop.is_set():
            try:
                self.build()
            except AggregatorError as error:
                if not error.passing or time.monotonic() > until:
                    raise
            else:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), AGAIN)

    async def _generation(self) -> None:
        """Work with one feeds.toml until it changes or the service ends."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self.reload.clear()
        assert self._app is not None, "run() made it"  # noqa: S101
        async with contextlib.AsyncExitStack() as stack:
            crew = await stack.enter_async_context(crew_of(self.work.store, self.work.settings, utc_now))
            writer = Writer(crew, self.report, self._left, held={visit.source.id for visit in self._left})
            push = await stack.enter_async_context(pushing(crew, writer, self._app.shelf, self._pushed))
            self._pushing, self._app.routes = push, push.routes()
            dispatcher = Dispatcher(crew, writer, before=push.before)
            scheduler = AsyncIOScheduler(
                timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
            )
            scheduler.add_job(self.beat, "interval", [dispatcher], seconds=BEAT, next_run_time=utc_now())
            scheduler.add_job(self.look, "interval", seconds=LOOK_EVERY)
            soon = utc_now() + LIST_AFTER
            scheduler.add_job(self.list_sources, "interval", seconds=LIST_EVERY, next_run_time=soon)
            scheduler.add_job(self.prune, "interval", seconds=PRUNE_EVERY, next_run_time=utc_now())
            rounds = (push.deliver, push.announce)
            tellers = [scheduler.add_job(push.round, "interval", [part], seconds=BEAT) for part in rounds]
            scheduler.add_job(push.round, "interval", [push.renew], seconds=RENEW_EVERY, next_run_time=utc_now())
            scheduler.start()
            self._tell_soon = lambda: [job.modify(next_run_time=utc_now()) for job in tellers]
            try:
                while not (self.stop.is_set() or self.reload.is_set()):
                    await dispatcher.step(longest=0.5)
                    self.keep(dispatcher.writer)
            finally:
                self._tell_soon = list
                scheduler.pause()
                await asyncio.sleep(0)  # what was to begin may; to cancel it before would be logged as a failure
                await self._end(dispatcher)
                if self.stop.is_set():
                    await push.drained()
                scheduler.shutdown(wait=False)
        if self.reload.is_set():
            await self._reload()

    async def _reload(self) -> None:
        """Take a new feeds.toml once the store can be written: until then nothing that is polled could be stored either."""
        while not self.stop.is_set() and not self._load():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), AGAIN)

    async def _catch_up(self) -> None:
        """Who fell due while there was no service is spread over time (checklist D13). Raises StoreError."""
        longest, shift = self.work.settings.fetch.interval, random()  # noqa: S311 - guards nothing
        while done := self.work.store.spread(self._began, longest, shift, SPREAD):
            event("overdue", sources=done)
            await asyncio.sleep(0)  # readers are served meanwhile
        self._caught_up = True

    async def beat(self, dispatcher: Dispatcher) -> None:
        """Ask the store who is due, and line them up."""
        known = len(dispatcher.busy) + len(dispatcher.writer.held)  # in the store these look due, too
        crew, now = dispatcher.crew, utc_now()
        if not known or not timedelta(0) <= now - crew.cycle_start < CYCLE:
            crew.cycle_start = now
        if known >= BACKLOG:
            return
        try:
            if not self._caught_up:
                await self._catch_up()
            if self._taking.busy() and crew.store.synced() != self.work.settings.fingerprint:
                return  # these sources are asked for a feeds.toml that is taken over in a moment
            due = crew.store.due(now, BACKLOG + known)
        except StoreError as error:
            event("store", logging.ERROR, error=str(error))
            return
        for poll in due:
            dispatcher.put(poll)

    def keep(self, writer: Writer) -> None:
        """Store what has come in, and publish what it changed. A store that cannot be written now is tried again."""
        now = time.monotonic()
        if now < self._again:
            return
        try:
            if now - self._settled >= SETTLE_EVERY:
                self._settled = now
                writer.settle()
            if writer.full() or (writer.waiting and not writer.crew.pool.busy()):
                writer.flush()
            if self.dirty and now - self._built >= (BUILD_SOON if self.fresh else BUILD_EVERY):
                self.build()
        except AggregatorError as error:
            event("store", logging.ERROR, error=str(error))
            self._built = time.monotonic()
            self._again = self._built + AGAIN

    async def prune(self) -> None:
        """Drop what is older than [store] keep and in no output."""
        try:
            count = prune(self.work.store, self.work.settings, utc_now())
        except StoreError as error:
            event("store", logging.ERROR, error=str(error))
            return
        if count:
            self.dirty = True
            event("prune", entries=count)

    def build(self) -> None:
        """Bring the outputs up to date."""
        report = build(self.work.store, self.work.settings, wait=False, listing=False)
        self.dirty, self.fresh, self._built = False, False, time.monotonic()
        if self._pushing is not None:
            self._pushing.built(report.changed)
        if report.changed:
            self._tell_soon()
        if report.written or report.removed:
            event("build", written=report.written, kept=report.kept, removed=report.removed)

    def report(self, visit: Visit, tally: Tally) -> None:
        """Count what was stored."""
        self.outcomes[visit.outcome] += 1
        self.new += tally.new
        self.dirty = True
        self.fresh = self.fresh or visit.state.last_poll != visit.at
        if self._pushing is not None:
            self._pushing.after(visit, tally)

    async def look(self) -> None:
        """A change of feeds.toml reloads it. In the loop: a thread could end after the scheduler that waits for it."""
        signature = self._stat()
        if signature != self._signature and not self._taking.busy():
            self._signature = signature
            self.take()

    def take(self) -> None:
        """Take feeds.toml anew: at once, or when another process has read what would hold us up."""
        if large(self.work.settings.path):
            self._taking.begin()
        else:
            self.reload.set()

    def _taken(self, problems: Sequence[str]) -> None:
        _complain("reload", problems)
        if not problems:
            self.reload.set()

    async def list_sources(self) -> None:
        """The list of many sources is written by another process."""
        if self.sources > MANY:
            self._listing.begin()

    def _stat(self) -> tuple[int, int] | None:
        with contextlib.suppress(OSError):
            found = self.work.settings.path.stat()
            return found.st_mtime_ns, found.st_size
        return None

    def _load(self) -> bool:
        """Take a new feeds.toml; a broken one is reported, and the old one stays in force. False: another try is needed."""
        try:
            path, store = self.work.settings.path, self.work.store
            settings = known_to(lambda _: store.synced(), path) or handed_over(load(path), store)
        except ConfigError as error:
            _complain("reload", map(str, error.problems))
            return True
        except StoreError as error:
            event("store", logging.ERROR, error=str(error))
            return not error.passing
        fixed = ("database", "output", "listen")
        changed = [name for name in fixed if getattr(settings, name) != getattr(self.work.settings, name)]
        if changed:
            event("reload", logging.WARNING, needs_restart=",".join(changed))
        self.work.settings = settings
        self.dirty = True
        self.sources = self.work.store.count_sources()
        event("reload", sources=self.sources, channels=len(settings.channels))
        return True

    async def _end(self, dispatcher: Dispatcher) -> None:
        """Let the requests under way end if they are quick, store what came, publish it; nothing is left half done."""
        dispatcher.halt()
        until = time.monotonic() + STOP_WITHIN
        while dispatcher.running() and time.monotonic() < until:
            await dispatcher.step(longest=0.1)
        await dispatcher.abandon()
        writer = dispatcher.writer
        writer.settle()
        try:
            self._store_last(writer, until)
            if self.dirty:
                self.build()
        except AggregatorError as error:
            event("store", logging.ERROR, error=str(error))
            writer.crew.changed.clear()  # what the store does not take now it is not asked to take once more
        self._left = writer.waiting

    def _store_last(self, writer: Writer, until: float) -> None:
        """Store what came. At the end of the service a lock of another process is given the time that is left."""
        store = self.work.store
        if self.stop.is_set():
            store.wait_at_most(max(LOCKED, until - time.monotonic()))
        try:
            writer.flush()
            if writer.crew.changed:
                save_notes(writer.crew)
        finally:
            store.wait_at_most(LOCKED)

    def metrics(self) -> Iterable[Metric]:
        """For /metrics."""
        found = [
            gauge("sources", "Sources of feeds.toml.", self.sources),
            gauge("channels", "Channels that are published.", len(self.work.settings.channels)),
            *figures.of_polls(self.outcomes, self.new),
        ]
        with contextlib.suppress(StoreError):  # /readyz tells of it
            found += figures.of_sources(self.work.store)
        return found

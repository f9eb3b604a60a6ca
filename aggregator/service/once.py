"""One command's work: the store opened for feeds.toml, one cycle, one build."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aggregator.config.load import head, load
from aggregator.errors import ConfigError, StoreError
from aggregator.model import Poll, Settings, Tally, Visit
from aggregator.model.record import replace
from aggregator.parse.nursery import Nursery
from aggregator.schedule.pacing import may_ask
from aggregator.service.clock import Clock, utc_now
from aggregator.service.events import event
from aggregator.service.loop import looped
from aggregator.service.pruning import prune
from aggregator.service.renaming import follow
from aggregator.store.ports import Store
from aggregator.store.sqlite import open_store, synced

MOST = 1_000_000  # polls of a cycle


@dataclass(slots=True)
class Work:
    """What a command works on."""

    settings: Settings  # without sources: the store is asked for those that are needed
    store: Store
    clock: Clock
    named: tuple[str, ...] = ()  # of the sources asked for, those that feeds.toml has
    nursery: Nursery | None = None  # for what is read of them, where it had to be made early

    def asks(self, mode: str) -> bool:
        """Whether anybody may be asked: told, as a rule, without loading all who are."""
        return bool(self.named) or mode != "due" or any(self.store.due(self.clock(), most) for most in (1, MOST))

    def polls(self, mode: str) -> list[Poll]:
        """Who is to be asked: due | all | force."""
        now = self.clock()
        if self.named:
            chosen = self.store.polls(self.named)
        elif mode == "due":
            chosen = self.store.due(now, MOST)
        else:
            chosen = self.store.polls()
        return [poll for poll in chosen if may_ask(poll.state, mode, now, named=bool(self.named))]


@contextlib.contextmanager
def opened(path: Path, *, sources: Sequence[str] = (), reads: bool = False) -> Iterator[Work]:
    """The store that belongs to a feeds.toml, its source list brought up to date. Raises ConfigError or StoreError.

    `reads`: documents are to be read. Their nursery comes before a whole feeds.toml and the making of a store, since all
    that this takes would be in the memory of every worker, too.
    """
    unchanged = known_to(synced, path)
    with contextlib.ExitStack() as stack:
        early = reads and unchanged is None
        nursery = stack.enter_context(contextlib.closing(Nursery())) if early else None
        settings = unchanged or load(path)
        store = stack.enter_context(contextlib.closing(open_store(settings.database)))
        if unchanged is None:
            settings = handed_over(settings, store)
        known = {poll.source.id: poll.source.url for poll in store.polls(sources)} if sources else {}
        named = tuple(name for name in sources if name in known or name in known.values())
        yield Work(settings, store, utc_now, named, nursery)


@contextlib.contextmanager
def beside(path: Path) -> Iterator[Work]:
    """As opened(), but the store keeps the list that it has, and the settings hold all sources of feeds.toml."""
    settings = load(path)
    with contextlib.closing(open_store(settings.database)) as store:
        yield Work(settings, store, utc_now)


def known_to(synced: Callable[[Path], str | None], path: Path) -> Settings | None:
    """The settings where the store has their sources already; None where feeds.toml is to be read whole.

    `synced` tells what the store in a file was given last. Reading a million sources takes a quarter of a minute.
    """
    with contextlib.suppress(ConfigError):  # load() tells of all mistakes
        settings = head(path)
        if synced(settings.database) == settings.fingerprint:
            return settings
    return None


def handed_over(settings: Settings, store: Store) -> Settings:
    """Give the sources to the store; the settings without them."""
    event("sources", count=len(settings.sources), file=str(settings.path))
    with store.transaction():
        follow(store, settings.channels)
        store.sync_sources(settings.sources, settings.channels, settings.fingerprint)
    return replace(settings, sources=())


@contextlib.contextmanager
def lease(work: Work) -> Iterator[None]:
    """Be the one that fetches; raises StoreError when another process is."""
    holder = f"process {os.getpid()} on {socket.gethostname()}"
    other = work.store.take_lease(holder)
    if other is not None:
        raise StoreError(
            f"{other} is fetching into {work.settings.database} already; two at once would ask every source twice. "
            "Let it do the polling, or stop it first"
        )
    try:
        yield
    finally:
        work.store.drop_lease()


def fetch(
    work: Work, mode: str, report: Callable[[Visit, Tally], None], *, build: bool, begin: Callable[[int], None]
) -> dict[str, object]:
    """One cycle and, if asked for, its build: the contract's summary. `begin` is told how many are asked."""
    total = Totals()
    start = time.perf_counter()

    def counted(visit: Visit, tally: Tally) -> None:
        total.count(visit, tally)
        report(visit, tally)

    with lease(work):
        if work.asks(mode):
            total.store = _polled(work, counted, mode, begin)
        else:
            begin(0)
        prune(work.store, work.settings, work.clock())
        fetched = time.perf_counter()
        if build:
            from aggregator.service.build import build as build_outputs

            build_outputs(work.store, work.settings)
    end = time.perf_counter()
    return total.summary(fetched - start, end - fetched)


def _polled(work: Work, report: Callable[[Visit, Tally], None], mode: str, begin: Callable[[int], None]) -> float:
    """Seconds of storing. The nursery is made before the polls are loaded: every worker has what it has in memory."""
    with contextlib.closing(work.nursery or Nursery()) as nursery:
        polls = work.polls(mode)
        begin(len(polls))
        return looped(_cycle(work, polls, report, mode, nursery)) if polls else 0.0


async def _cycle(
    work: Work, polls: list[Poll], report: Callable[[Visit, Tally], None], mode: str, nursery: Nursery
) -> float:
    """Seconds of storing. The nursery is made before the client is loaded: readers need nothing of that."""
    gc.freeze()  # what is loaded is never garbage: else all of it is looked through while the client is loaded
    from aggregator.service.crew import crew_of
    from aggregator.service.cycle import cycle

    gc.freeze()
    async with crew_of(work.store, work.settings, work.clock, nursery=nursery) as crew:
        writer = await cycle(crew, polls, report, force=mode == "force")
    return writer.seconds


@dataclass(slots=True)
class Totals:
    """The figures of a cycle."""

    sources: int = 0
    ok: int = 0
    notmodified: int = 0
    new: int = 0
    updated: int = 0
    parse: float = 0.0
    editorial: float = 0.0
    store: float = 0.0

    def count(self, visit: Visit, tally: Tally) -> None:
        """Add one poll."""
        self.sources += 1
        self.ok += visit.outcome.startswith("ok")
        self.notmodified += visit.outcome == "notmodified"
        self.new += tally.new
        self.updated += tally.updated
        if visit.digest:
            self.parse += visit.digest.parse_seconds
            self.editorial += visit.digest.editorial_seconds

    def summary(self, fetching: float, publishing: float) -> dict[str, object]:
        """The contract's object. Seconds: fetch, store, publish and total by the clock, parse and editorial of CPU."""
        seconds = {
            "fetch": fetching - self.store,
            "parse": self.parse,
            "editorial": self.editorial,
            "store": self.store,
            "publish": publishing,
            "total": fetching + publishing,
        }
        return {
            "sources": self.sources,
            "ok": self.ok,
            "notmodified": self.notmodified,
            "failed": self.sources - self.ok - self.notmodified,
            "new": self.new,
            "updated": self.updated,
            "seconds": {name: round(value, 4) for name, value in seconds.items()},
        }


def line(visit: Visit, tally: Tally) -> dict[str, object]:
    """The contract's object for one poll."""
    digest = visit.digest
    at = visit.state.next_poll
    known = len(visit.state.seen) // 8 if visit.outcome.startswith("ok") else 0
    return {
        "source": visit.source.id,
        "url": visit.url,
        "final_url": visit.final_url,
        "outcome": visit.outcome,
        "status": visit.status,
        "entries": digest.count if digest else known,
        "new": tally.new,
        "updated": tally.updated,
        "unchanged": tally.unchanged if digest else known,
        "excluded": tally.excluded,
        "dropped": digest.dropped if digest else 0,
        "seconds": round(visit.seconds, 4),
        "next_poll": at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None,
        "error": visit.error,
    }


def build(work: Work) -> dict[str, object]:
    """Write the outputs; what was written, kept and removed."""
    from aggregator.service.build import build as build_outputs

    return build_outputs(work.store, work.settings).as_json()


def withdraw(work: Work, what: str) -> list[str]:
    """Take every entry with this address or id out of the outputs, for ever; their ids, [] when there is none."""
    found = work.store.find(what)
    for entry in found:
        work.store.withdraw(entry.seq, work.clock().replace(microsecond=0))
    return [entry.id for entry in found]


def revive(path: Path, source_id: str) -> None:
    """A source that was resumed is due again, also one that was gone."""
    with opened(path) as work:
        work.store.revive(source_id)

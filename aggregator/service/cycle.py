"""One fetch cycle: who may be asked is asked, politely, and what came is stored.

    polls | host queue | fetch (concurrency at a time) | workers: parse, edit | writer: one commit for many sources

Each poll ends as a Visit, whatever happened to it; only StoreError ends a cycle early.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aggregator.model import Poll, Settings, Tally, Visit
from aggregator.service.clock import Clock
from aggregator.service.hostqueue import HostQueue
from aggregator.service.ingest import ingest
from aggregator.service.visiting import Crew, visit
from aggregator.store.ports import Store

Report = Callable[[Visit, Tally], None]

BATCH_VISITS = 256  # visits in one commit at the most
BATCH_ENTRIES = 1500  # new entries in one commit at the most: some 0.2 s of work
BATCH_SECONDS = 1.0  # no visit waits longer for its commit


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

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
from hashlib import blake2b
from random import random

from aggregator.editorial.links import without_credentials
from aggregator.errors import SourceError
from aggregator.fetch.client import Client
from aggregator.model import Digest, Document, NotModified, Poll, Settings, Tally, Visit
from aggregator.parse.pool import Pool
from aggregator.schedule import hosts, pacing
from aggregator.service.clock import Clock
from aggregator.service.hostqueue import HostQueue
from aggregator.service.ingest import ingest
from aggregator.store.ports import Store

Report = Callable[[Visit, Tally], None]

BATCH_VISITS = 256  # visits in one commit at the most
BATCH_ENTRIES = 1500  # new entries in one commit at the most: some 0.2 s of work
BATCH_SECONDS = 1.0  # no visit waits longer for its commit


@dataclass(slots=True)
class Crew:
    """What a cycle works with; made once, used by many cycles."""

    store: Store
    settings: Settings
    client: Client
    pool: Pool
    clock: Clock
    salt: bytes  # of the settings that shape entries: another salt reads every body afresh
    force: bool = False


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

    def add(self, visit: Visit) -> None:
        """Line up a visit; commits when enough have come together."""
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting.append(visit)
        self.entries += len(visit.digest.entries) if visit.digest else 0
        if (
            len(self.waiting) >= BATCH_VISITS
            or self.entries >= BATCH_ENTRIES
            or time.monotonic() - self.since >= BATCH_SECONDS
        ):
            self.flush()

    def flush(self) -> None:
        """One commit for all that waits; after a StoreError it all waits still, for another try."""
        if not self.waiting:
            return
        start = time.perf_counter()
        tallies = ingest(self.store, self.waiting, self.cycle_start)
        self.seconds += time.perf_counter() - start
        done, self.waiting, self.entries = self.waiting, [], 0
        for visit, tally in zip(done, tallies, strict=True):
            self.report(visit, tally)

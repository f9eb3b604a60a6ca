"""Client and workers for one feeds.toml, started when the first poll needs them and ended with the cycle or the service."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import blake2b
from random import random

from aggregator.editorial.context import context
from aggregator.fetch.client import Client
from aggregator.model import Settings
from aggregator.parse.pool import Pool
from aggregator.schedule import hosts
from aggregator.service.clock import Clock
from aggregator.service.visiting import Crew
from aggregator.store.ports import Store


def cores() -> int:
    """Worker processes: one a core that we may use, at most four."""
    return max(1, min(4, len(os.sched_getaffinity(0))))


@contextlib.asynccontextmanager
async def crew_of(store: Store, settings: Settings, clock: Clock, client: Client | None = None) -> AsyncIterator[Crew]:
    """A crew that polls for these settings, with a client of its own if it is given none."""
    made = context(settings)
    salt = blake2b(made.salt, digest_size=32).digest()
    async with client or Client(settings) as asks, Pool(made, cores()) as pool:
        crew = Crew(
            store, settings, asks, pool, clock, salt, cycle_start=clock(), notes=notes_of(store, clock()),
            changed=set(), seed=random(),  # noqa: S311 - spreads requests, guards nothing
        )  # fmt: skip
        yield crew
        if crew.changed:
            save_notes(crew)


def notes_of(store: Store, now: datetime) -> dict[str, hosts.HostNote]:
    """What the store remembers of hosts, put right where the clock was set."""
    return {name: hosts.after_jump(hosts.unpacked(text), now) for name, text in store.host_notes().items()}


def save_notes(crew: Crew) -> None:
    """Store what was learned of hosts; notes that say nothing any more are forgotten."""
    now = crew.clock()
    notes = {name: crew.notes[name] for name in crew.changed}
    crew.store.save_host_notes(
        {n: hosts.packed(note) if hosts.worth_keeping(note, now) else "" for n, note in notes.items()}
    )

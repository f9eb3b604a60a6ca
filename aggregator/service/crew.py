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
from aggregator.fetch.session import reachable
from aggregator.model import Settings
from aggregator.parse.nursery import Nursery
from aggregator.parse.pool import Pool
from aggregator.schedule import hosts
from aggregator.service.clock import Clock
from aggregator.service.visiting import Crew
from aggregator.store.ports import Store


def cores() -> int:
    """Worker processes: one a core that we may use, at most four."""
    return max(1, min(4, len(os.sched_getaffinity(0))))


@contextlib.asynccontextmanager
async def crew_of(
    store: Store, settings: Settings, clock: Clock, client: Client | None = None, *, nursery: Nursery | None = None
) -> AsyncIterator[Crew]:
    """A crew that polls for these settings, with a client and a nursery of its own if it is given none."""
    made = context(settings)
    salt = blake2b(made.salt, digest_size=32).digest()
    notes = notes_of(store, clock())
    async with client or Client(settings) as asks, Pool(made, cores(), nursery=nursery) as pool:
        crew = Crew(
            store, settings, asks, pool, clock, salt, cycle_start=clock(), notes=notes, changed=set(),
            resting={name for name, note in notes.items() if not note.slow and not note.refusals},
            seed=random(),  # noqa: S311 - spreads requests, guards nothing
            nameless=reachable(settings) is None,
        )  # fmt: skip
        yield crew
        if crew.changed:
            save_notes(crew)


def notes_of(store: Store, now: datetime) -> dict[str, hosts.HostNote]:
    """What the store remembers of hosts, put right where the clock was set."""
    return {name: hosts.after_jump(hosts.unpacked(text), now) for name, text in store.host_notes().items()}


def save_notes(crew: Crew) -> set[str]:
    """Store what was learned of hosts; the names of those of which nothing has to be remembered any more."""
    now = crew.clock()
    done = {name for name in crew.changed | crew.resting if not hosts.worth_keeping(crew.notes[name], now)}
    kept = {name: hosts.packed(crew.notes[name]) for name in crew.changed - done}
    crew.store.save_host_notes(kept | dict.fromkeys(done, ""))
    return done


def forget_notes(crew: Crew, done: set[str]) -> None:
    """After what save_notes() stored is safe: with many hosts the most have nothing to remember but a pause that is over."""
    crew.resting |= {name for name in crew.changed if not crew.notes[name].slow and not crew.notes[name].refusals}
    crew.resting -= done
    crew.changed.clear()
    for name in done:
        del crew.notes[name]

"""Client and workers for one feeds.toml, started when the first poll needs them and ended with the cycle or the service."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from hashlib import blake2b

from aggregator.editorial.prepare import context
from aggregator.fetch.client import Client
from aggregator.model import Settings
from aggregator.parse.pool import Pool
from aggregator.service.clock import Clock
from aggregator.service.visiting import Crew
from aggregator.store.ports import Store


def cores() -> int:
    """Worker processes: one a core that we may use, at most four."""
    return max(1, min(4, len(os.sched_getaffinity(0))))


@contextlib.asynccontextmanager
async def crew_of(store: Store, settings: Settings, clock: Clock) -> AsyncIterator[Crew]:
    """A crew that polls for these settings."""
    made = context(settings)
    salt = blake2b(made.salt, digest_size=32).digest()
    async with Client(settings) as client, Pool(made, cores()) as pool:
        yield Crew(store, settings, client, pool, clock, salt, clock().replace(microsecond=0))

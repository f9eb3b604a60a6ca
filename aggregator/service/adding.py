"""`aggregator add`: find the feed behind a URL, try it, and append it to feeds.toml."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from aggregator.config import edit
from aggregator.config.load import load
from aggregator.editorial.facts import of_feed
from aggregator.editorial.links import without_credentials
from aggregator.errors import ConfigError, Problem, SourceError
from aggregator.fetch.client import Client
from aggregator.fetch.discover import discover
from aggregator.model import RawFeed, Settings
from aggregator.model.record import dataclass
from aggregator.parse import lanes


@dataclass(frozen=True, slots=True)
class Added:
    """What was found and written."""

    id: str
    title: str
    url: str  # without credentials
    entries: int
    text: str  # the table as it stands in feeds.toml


def add(path: Path, url: str, wanted_id: str | None, tags: tuple[str, ...], *, dry: bool) -> Added:
    """Try the feed behind `url` and append it. Raises ConfigError where there is none, or where it is known already."""
    settings = load(path) if os.path.lexists(path) else Settings(path=path)
    try:
        found, feed = asyncio.run(_try(settings, url))
    except SourceError as error:
        raise ConfigError([Problem(without_credentials(url), 0, f"{error}; nothing was added")]) from error
    made = edit.add_source(path, found, wanted_id=wanted_id, tags=tags, dry=dry)
    title = of_feed(feed, found).title
    return Added(made.id, title or made.id, without_credentials(found), len(feed.entries) + feed.lost, made.text)


async def _try(settings: Settings, url: str) -> tuple[str, RawFeed]:
    async with Client(settings) as client:
        found, document = await discover(url, client)
    headers = dict(document.answer.headers)
    feed = lanes.read(document.body, content_type=headers.get("content-type"), limit=1000)
    return found, feed

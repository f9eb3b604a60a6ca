"""What feeds.toml says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from aggregator.model.record import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One query of the rule language, already known to be well-formed."""

    text: str  # as written
    line: int  # of the string in feeds.toml, for `why`; 0: not from a file


@dataclass(frozen=True, slots=True)
class Source:
    """One `[[source]]` table."""

    id: str
    url: str  # as written, credentials included: never to be shown, see links.without_credentials
    title: str | None = None  # overrides what the feed calls itself
    tags: tuple[str, ...] = ()
    interval: timedelta | None = None  # None: the rule of schedule.pacing, with [fetch] interval as floor
    enabled: bool = True
    weight: float = 1.0
    max_entries: int = 1000  # newest of one document that are read
    language: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    auth: str | None = None  # "user:password"
    teaser: str = "cut"  # cut | full | title
    include: tuple[Rule, ...] = ()
    exclude: tuple[Rule, ...] = ()
    ignore: tuple[str, ...] = ()  # of author, date, id, language
    throttle_scope: str = "host"  # host | feed | site: whom a refusal of this source's server is about
    order: int = 0  # place in feeds.toml; among sources first seen together the lower leads
    line: int = 0  # of its [[source]] in feeds.toml


@dataclass(frozen=True, slots=True)
class Channel:
    """One `[[channel]]` table: an output with a page and feeds of its own."""

    id: str
    title: str
    description: str = ""
    match: tuple[Rule, ...] = ()  # empty: everything
    exclude: tuple[Rule, ...] = ()
    tags: tuple[str, ...] = ()  # only sources with one of these tags; empty: all
    sources: tuple[str, ...] = ()  # only these source ids; empty: all
    limit: int = 50
    per_source: int | None = None  # None: 40 % of limit
    max_age: timedelta | None = None
    formats: tuple[str, ...] = ("html", "atom", "rss", "json")
    language: str | None = None
    hub: tuple[str, ...] = ()
    edition: str | None = None  # None | "daily" | "weekly" | "monthly": also publish dated digests
    edition_size: int = 10
    line: int = 0


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """The `[fetch]` table."""

    interval: timedelta = timedelta(hours=1)
    concurrency: int = 64
    per_host: int = 1
    timeout: timedelta = timedelta(seconds=20)
    max_bytes: int = 10_000_000
    allow_private: tuple[str, ...] = ()  # "host:port"
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class TeaserSettings:
    """The `[teaser]` table; lengths in grapheme clusters."""

    min: int = 300
    max: int = 430
    read_more: str = "Read more"


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole feeds.toml, checked."""

    path: Path
    title: str = "Planet"
    base_url: str = "http://127.0.0.1:8080/"  # ends in a slash
    base_url_given: bool = False
    contact: str | None = None
    database: Path = Path("aggregator.db")
    output: Path = Path("public")
    listen: str = "127.0.0.1:8080"
    templates: Path | None = None  # a folder whose templates go before ours
    fetch: FetchSettings = FetchSettings()
    teaser: TeaserSettings = TeaserSettings()
    keep: timedelta | None = None  # [store] keep
    hub_enabled: bool = False  # [hub] enabled
    websub: bool = True  # [fetch] websub: subscribe to hubs where base_url is public
    websub_sha1: bool = True  # [fetch] websub_sha1: take deliveries that are signed by the weakest method
    channels: tuple[Channel, ...] = ()  # "all" is always the first
    sources: tuple[Source, ...] = ()  # in the order of the file; () once the store has them, which then is asked
    fingerprint: str = ""  # of the bytes of the file

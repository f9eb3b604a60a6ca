"""What the store has for publish."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.model.documents import Enclosure, Origin, Person, Replies
from aggregator.model.record import dataclass
from aggregator.model.settings import Channel


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source as outputs show it: no credentials, never an empty title."""

    id: str
    title: str
    url: str  # of the feed, without credentials
    atom_id: str  # the feed's own id where it is an IRI, else minted and permanent
    link: str | None = None
    language: str | None = None
    updated: datetime | None = None  # of the newest entry change stored, not of the poll
    authors: tuple[Person, ...] = ()
    rights: str | None = None
    icon: str | None = None
    logo: str | None = None
    subtitle: str | None = None  # only of the feed behind an entry of another planet
    tags: tuple[str, ...] = ()  # of feeds.toml
    categories: tuple[str, ...] = ()  # that the feed itself says
    state: str = "new"
    listed: bool = True  # may stand in published lists: it takes no credentials


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as the store has it."""

    seq: int  # the store's own number, ascending in order of arrival
    id: str
    source_id: str
    source_entry_id: str
    url: str
    published_url: str
    title: str
    authors: tuple[Person, ...]
    published: datetime
    updated: datetime
    first_seen: datetime
    position: datetime  # its place in every feed; fixed when it was first stored
    teaser: str
    teaser_cut: str
    language: str | None
    tags: tuple[str, ...]
    duplicate_of: str | None  # id
    story: str  # id of the story, which is its lead's
    lead: bool
    excluded_by: str | None = None
    withdrawn: bool = False
    content_html: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None
    rights: str | None = None
    license: str | None = None
    comments: str | None = None
    related: str | None = None
    origin: Origin | None = None
    in_reply_to: str | None = None
    image_size: tuple[int, int] | None = None
    contributors: tuple[Person, ...] = ()
    ambiguous: tuple[str, ...] = ()  # as of Entry
    replies: Replies | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """One entry with the source that tells it."""

    entry: StoredEntry
    source: SourceFacts


@dataclass(frozen=True, slots=True)
class Story:
    """One published item: the entry shown and all others of its story, oldest first."""

    shown: Telling
    also: tuple[Telling, ...] = ()


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A withdrawn entry (RFC 6721)."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """What is left of an entry that was old and in no output."""

    source_id: str
    published: datetime
    first_seen: datetime
    at: datetime  # when it was pruned
    excluded_by: str | None  # as in StoredEntry


@dataclass(frozen=True, slots=True)
class Block:
    """One archive document of a channel: the stories shown between two numbers of the store. It never changes its set."""

    number: int  # from 1
    first: int  # seq
    last: int  # seq


@dataclass(frozen=True, slots=True)
class Edition:
    """One document about one channel: what a format turns into bytes."""

    channel: Channel
    feed_id: str  # permanent, stored
    title: str
    description: str
    base_url: str  # of the whole output, ends in a slash
    path: str  # of the channel below base_url: "" for all, else "arctic/"
    stories: tuple[Story, ...]
    updated: datetime  # newest change of what is shown; never the time of the build
    language: str | None = None
    read_more: str = "Read more"
    ttl: timedelta = timedelta(hours=1)
    hubs: tuple[str, ...] = ()
    archive: int | None = None  # number of this archive document; None: the subscription document
    prev_archive: int | None = None
    next_archive: int | None = None
    tombstones: tuple[Tombstone, ...] = ()
    sources: tuple[SourceFacts, ...] = field(default=())  # all that feed this channel, for the page
    channels: tuple[Channel, ...] = field(default=())  # all of the planet, for navigation
    templates: Path | None = None  # a folder whose templates go before ours
    digest: bool = False  # there are dated digests of the channel, for the page

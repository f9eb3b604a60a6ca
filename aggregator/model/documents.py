"""What a document says, from parse to editorial: as given, everything optional."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.model.record import dataclass

NEW_FEED_URL = "itunes:new-feed-url"  # as a RawLink.rel: an element, which no relation of a link is called


@dataclass(frozen=True, slots=True)
class Person:
    """An author; never without a name, and no e-mail in it."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry."""

    url: str
    type: str | None = None
    length: int | None = None  # bytes
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Replies:
    """How much was said to an entry (RFC 4685), when the entry was last read as another one."""

    count: int | None = None  # at the page of its comments
    updated: datetime | None = None  # there
    total: int | None = None  # anywhere


@dataclass(frozen=True, slots=True)
class Text:
    """A text construct as the document gave it."""

    value: str
    html: bool  # markup is to be parsed out; False: plain text
    base: str | None = None  # xml:base in force here, absolute or relative to the document
    language: str | None = None


@dataclass(frozen=True, slots=True)
class RawLink:
    """A link element, unresolved."""

    href: str
    rel: str = "alternate"
    type: str | None = None
    hreflang: str | None = None
    title: str | None = None
    length: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The feed that an entry of a planet came from: its own atom:source, or RSS <source>."""

    title: str | None = None
    id: str | None = None
    url: str | None = None  # of the feed
    link: str | None = None  # of the site
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    rights: str | None = None
    icon: str | None = None
    logo: str | None = None
    language: str | None = None
    subtitle: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One entry as its document gave it: nothing resolved, nothing cleaned but for XML's illegal characters."""

    id: str | None = None  # atom:id, guid, JSON id, rdf:about; stripped
    id_is_link: bool = False  # an RSS guid that does not say isPermaLink="false"
    links: tuple[RawLink, ...] = ()
    original_link: str | None = None  # feedburner:origLink
    external_url: str | None = None  # JSON Feed
    comments: str | None = None
    title: Text | None = None
    summary: Text | None = None
    content: Text | None = None
    authors: tuple[Person, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None
    image_size: tuple[int, int] | None = None  # pixels, width first
    rights: str | None = None
    license: str | None = None
    language: str | None = None
    base: str | None = None
    origin: Origin | None = None
    in_reply_to: str | None = None  # thr:in-reply-to ref
    replies: Replies | None = None
    contributors: tuple[Person, ...] = ()
    private: bool = False  # draft, or an opt-out of republishing (checklist A39, A41)


@dataclass(frozen=True, slots=True)
class RawFeed:
    """One document as read by one lane."""

    format: str  # rss | atom | rdf | json
    lane: str  # fast | feedparser | jsonfeed
    title: Text | None = None
    subtitle: Text | None = None
    id: str | None = None
    links: tuple[RawLink, ...] = ()
    language: str | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    rights: str | None = None
    icon: str | None = None
    logo: str | None = None
    base: str | None = None
    ttl: timedelta = timedelta(0)  # the longer of ttl and the sy: period
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    complete: bool = False  # fh:complete: what is absent was withdrawn
    expired: bool = False  # JSON Feed
    private: bool = False
    entries: tuple[RawEntry, ...] = ()  # in document order
    lost: int = 0  # entries that could not be read
    repaired: bool = False
    truncated: bool = False  # the document ended early: what followed is lost

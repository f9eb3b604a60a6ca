"""The frozen records that travel through the aggregator, one a hop, in the order in which they come to be.

All times are aware datetimes in UTC. All sequences are tuples. A field that may be missing says so by `| None`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

# ---------------------------------------------------------------- what feeds.toml says


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
    channels: tuple[Channel, ...] = ()  # "all" is always the first
    sources: tuple[Source, ...] = ()  # in the order of the file
    fingerprint: str = ""  # of the bytes of the file


# ---------------------------------------------------------------- store -> schedule -> fetch


@dataclass(frozen=True, slots=True)
class FetchState:
    """What is remembered of a source between two polls. Written in the transaction that stores its entries."""

    etag: str | None = None  # byte for byte
    last_modified: str | None = None  # byte for byte
    validators_for: str | None = None  # the URL that both belong to; another URL asks without them
    body_hash: bytes | None = None  # of the last body that was read, salted with the settings that shape entries
    seen: bytes = b""  # 8 bytes for each entry of the last document: Entry.raw_fingerprint
    effective_url: str | None = None  # where a permanent redirect led, once believed
    moved_to: str | None = None  # a permanent redirect seen, not yet believed
    moved_since: datetime | None = None
    state: str = "new"  # ok | quiet | stale | throttled | failing | blocked | gone | paused | new
    since: datetime | None = None  # of that state
    first_poll: datetime | None = None
    last_poll: datetime | None = None
    last_success: datetime | None = None
    last_new_entry: datetime | None = None
    last_full: datetime | None = None  # last time it was asked without validators
    next_poll: datetime | None = None  # None: never (gone, paused) or, for a new source, at once
    not_before: datetime | None = None  # nothing but --force asks earlier
    retry_after: datetime | None = None  # a server's own Retry-After that runs: nothing asks earlier
    failures: int = 0  # in a row
    error: str | None = None  # the last failure, in a sentence; None after a success
    outcome: str | None = None  # the last one, in the contract's words
    interval: timedelta = timedelta(hours=1)  # the wait that the rule chose last, without jitter
    adaptive: timedelta = timedelta(hours=1)  # from the source's own rhythm (checklist E11)
    ttl: timedelta = timedelta(0)  # the longer of RSS ttl and the sy: period, as the last document said
    skip_hours: tuple[int, ...] = ()  # GMT
    skip_days: tuple[str, ...] = ()  # English names
    hub: str | None = None
    topic: str | None = None
    lease_until: datetime | None = None  # of a verified WebSub subscription


@dataclass(frozen=True, slots=True)
class Poll:
    """A source that is to be asked, with what is remembered of it."""

    source: Source
    state: FetchState


# ---------------------------------------------------------------- fetch -> parse


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed."""

    status: int
    url: str  # that answered with it
    target: str  # absolute


@dataclass(frozen=True, slots=True)
class Answer:
    """What every answer has, also one that is an error."""

    url: str  # asked first
    final_url: str  # that gave the answer
    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case, values as they came
    hops: tuple[Hop, ...] = ()
    seconds: float = 0.0
    wire_bytes: int = 0
    conditional: bool = False  # validators were sent


@dataclass(frozen=True, slots=True)
class Document:
    """A body to read, decoded from its content-coding, within every limit."""

    answer: Answer
    body: bytes
    partial: bool = False  # 226 IM Used: merge, never delete


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: nothing to read; the headers count all the same (checklist D4, E13)."""

    answer: Answer


# ---------------------------------------------------------------- parse -> editorial: as given, everything optional


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
    rights: str | None = None
    license: str | None = None
    language: str | None = None
    base: str | None = None
    origin: Origin | None = None
    in_reply_to: str | None = None  # thr:in-reply-to ref
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


# ---------------------------------------------------------------- editorial -> store


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What a document says of its feed, cleaned, for atom:source, OPML and the pages."""

    title: str = ""
    link: str | None = None  # the site, absolute
    id: str | None = None  # atom:id of the feed, as given
    language: str | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    rights: str | None = None
    icon: str | None = None
    logo: str | None = None
    self_url: str | None = None
    hubs: tuple[str, ...] = ()
    ttl: timedelta = timedelta(0)
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    complete: bool = False
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that lacks nothing an output needs; made by editorial.prepare in a worker, pure of any store."""

    source_entry_id: str  # as the source gave it; "" where it gave none
    key: str  # what identifies it inside its source: the id, else the link, else title and date, else the text
    raw_fingerprint: bytes  # 8 bytes over everything the source said of it, salted with the settings
    id: str  # to be published, minted here; the one first stored stays for ever
    url: str  # as given, made absolute; "" where there is none
    published_url: str  # without tracking parameters; "" where there is none
    url_key: str  # for comparing only (checklist M); "" where the link identifies nothing (a bare host, none)
    title: str  # plain text, one line
    title_key: str  # folded core title, without "UPDATE:", " | Site"
    authors: tuple[Person, ...]
    published: datetime | None  # None: the source gave none that can be believed; the store takes first_seen
    updated: datetime | None
    teaser: str  # plain text
    teaser_cut: str  # sentence | word | whole | none
    language: str | None
    tags: tuple[str, ...]
    text: bytes  # summary and content as text, bounded, packed by editorial.text.pack: for rules and rebuild
    fingerprint: bytes  # 8 bytes over what a reader would see: title, teaser, text, link
    sketch: bytes  # bottom-k of the text's shingles (editorial.duplicates)
    terms: bytes  # weighted terms for stories (editorial.stories)
    content_html: str | None = None  # sanitised; only for teaser = "full"
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None
    rights: str | None = None
    license: str | None = None
    comments: str | None = None
    related: str | None = None  # JSON Feed external_url
    origin: Origin | None = None
    in_reply_to: str | None = None
    excluded_by: str | None = None  # "include rule at feeds.toml:41", "private", ...; None: nothing keeps it out
    channels: tuple[str, ...] = ()  # ids of the channels whose sources, tags, match and exclude let it in
    ambiguous: tuple[str, ...] = ()  # of id, link, title: what several different entries of its document share


@dataclass(frozen=True, slots=True)
class Digest:
    """What a worker made of one document."""

    feed: FeedFacts
    entries: tuple[Entry, ...]  # new, or other than in `FetchState.seen`; document order
    seen: bytes  # for the next FetchState.seen
    count: int  # entries in the document
    unchanged: int  # of them, those that FetchState.seen knew
    dropped: int  # of them, those that could not be read or were over max_entries
    partial: bool  # something was lost
    format: str
    lane: str
    truncated: bool = False  # the document ended early
    dates: tuple[datetime, ...] = ()  # the newest 20 publication dates, newest first, for the adaptive interval
    parse_seconds: float = 0.0  # CPU
    editorial_seconds: float = 0.0  # CPU


@dataclass(frozen=True, slots=True)
class Visit:
    """One poll with its end, as it is to be stored, in one transaction."""

    source: Source
    state: FetchState  # the new one
    at: datetime
    outcome: str  # of the contract
    url: str  # asked, without credentials
    final_url: str
    status: int | None
    error: str | None
    seconds: float
    digest: Digest | None = None  # None: nothing was read


@dataclass(frozen=True, slots=True)
class Tally:
    """What storing a visit did."""

    source_id: str
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    excluded: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the duplicate and story searches need of a stored entry."""

    seq: int
    id: str
    source_id: str
    source_order: int
    key: str
    source_entry_id: str
    url_key: str
    title: str
    title_key: str
    raw_fingerprint: bytes
    fingerprint: bytes
    sketch: bytes
    terms: bytes
    language: str | None
    published: datetime
    first_seen: datetime
    duplicate_of: int | None  # seq
    story: int  # seq of the lead
    ambiguous: tuple[str, ...] = ()
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an arriving entry is, seen beside what is stored."""

    kind: (
        str  # new | edit (of a stored entry of the same source) | copy (of an entry of another source, or a second id)
    )
    of: int | None = None  # seq
    because: str = ""  # "same id", "same canonical link", "same core title and text", ... for `why`


# ---------------------------------------------------------------- store -> publish


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
    tags: tuple[str, ...] = ()
    state: str = "new"
    listed: bool = True  # may stand in published lists (no credentials, no private host)


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

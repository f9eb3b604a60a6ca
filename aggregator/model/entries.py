"""What editorial makes of it for the store."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.model.documents import Enclosure, Origin, Person, Replies
from aggregator.model.polls import FetchState
from aggregator.model.record import dataclass
from aggregator.model.settings import Source


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
    tags: tuple[str, ...] = ()
    icon: str | None = None
    logo: str | None = None
    self_url: str | None = None
    hubs: tuple[str, ...] = ()
    ttl: timedelta = timedelta(0)
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    complete: bool = False
    expired: bool = False
    new_url: str | None = None  # itunes:new-feed-url


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
    image_size: tuple[int, int] | None = None
    contributors: tuple[Person, ...] = ()
    replies: Replies | None = None
    excluded_by: str | None = None  # "include rule at feeds.toml:41", "private", ...; None: nothing keeps it out
    channels: tuple[str, ...] = ()  # ids of the channels whose sources, tags, match and exclude let it in
    ambiguous: tuple[str, ...] = ()  # of id, link, title: what several different entries of its document share


def fingerprints(joined: bytes) -> set[bytes]:
    """Those of raw or visible fingerprints that were joined, eight bytes each, as in Digest.seen."""
    return {joined[i : i + 8] for i in range(0, len(joined), 8)}


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
    complete: bool = False  # it says that it is the whole feed, and all of it was read: what is absent was withdrawn
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
    """What the search for duplicates needs of a stored entry."""

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
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Teller:
    """What the search for stories needs of a stored entry."""

    seq: int
    id: str
    source_id: str
    source_order: int
    terms: bytes
    published: datetime
    first_seen: datetime
    story: int  # seq of the lead


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an arriving entry is, seen beside what is stored."""

    kind: (
        str  # new | edit (of a stored entry of the same source) | copy (of an entry of another source, or a second id)
    )
    of: int | None = None  # seq
    because: str = ""  # "same id", "same canonical link", "same core title and text", ... for `why`

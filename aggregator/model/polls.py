"""What travels between store, schedule and fetch, and from fetch to parse."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aggregator.model.record import dataclass
from aggregator.model.settings import Source

STATES = ("blocked", "failing", "stale", "gone", "throttled", "quiet", "new", "ok", "paused")  # worst first


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
    state: str = "new"  # of STATES
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
    spare: tuple[
        str | None, ...
    ] = ()  # URL, etag, last_modified of the address that answered before a redirect came or went
    waiting: tuple[int | str, ...] = ()  # the fields of the hops up to a redirect that is to be followed after a wait

    def validators(self, url: str) -> tuple[str | None, str | None]:
        """ETag and Last-Modified of a URL, as they came from it; another URL's never (checklist D6)."""
        if self.validators_for in (None, url):
            return self.etag, self.last_modified
        return (self.spare[1], self.spare[2]) if self.spare and self.spare[0] == url else (None, None)

    def hops(self) -> tuple[Hop, ...]:
        """The redirects after which the next exchange goes on."""
        fields: Any = iter(self.waiting)
        return tuple(Hop(*three) for three in zip(fields, fields, fields, strict=True))


@dataclass(frozen=True, slots=True)
class Poll:
    """A source that is to be asked, with what is remembered of it."""

    source: Source
    state: FetchState


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

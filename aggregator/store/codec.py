"""Records to columns and back. JSON texts are lists without names where the order of a record's fields says it all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any

from aggregator.model import Enclosure, FeedFacts, FetchState, Origin, Person, Replies, Rule, Source

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # made once, where json.dumps makes one a call
_ASCII = json.JSONEncoder(separators=(",", ":"))
_DECODER = json.JSONDecoder()
Code = Callable[[Any], Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KEPT_APART = frozenset({"next_poll", "seen", "body_hash"})  # columns of their own
_STATE = tuple(f.name for f in fields(FetchState) if f.name not in _KEPT_APART)
_TYPES = {f.name: str(f.type) for f in fields(FetchState)}
_SOURCE = tuple(f.name for f in fields(Source) if f.name not in ("order",))
_USUAL = Source("", "")
_FACTS = tuple(f.name for f in fields(FeedFacts))


def stamp(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND


@lru_cache(maxsize=256)
def moment(stamp: int) -> datetime:
    """The time of a stamp. An entry's four are one or two, and what came together shares the moment at which it did."""
    return EPOCH + timedelta(0, 0, stamp)


def maybe_stamp(value: datetime | None) -> int | None:
    """None stays None."""
    return None if value is None else stamp(value)


def maybe_moment(value: int | None) -> datetime | None:
    """None stays None."""
    return None if value is None else moment(value)


@lru_cache(maxsize=8192)
def hashed(text: str) -> int:
    """64 bits, signed, as SQLite keeps integers."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


def maybe_hashed(text: str) -> int | None:
    """None for no text."""
    return hashed(text) if text else None


def dumped(value: object) -> str:
    """Compact JSON."""
    return _ENCODER.encode(value)


def loaded(text: str) -> Any:
    """What dumped() was given; a third of the time of json.loads, which looks for space around it first."""
    return _DECODER.raw_decode(text)[0]


@lru_cache(maxsize=4096)
def words_text(words: tuple[str, ...]) -> str:
    """Tags, or ids of channels: often those of the entry before. Put together here, which costs a fifth of an encoder's call."""
    return f"[{','.join(map(encode_basestring, words))}]"


@lru_cache(maxsize=4096)
def people_text(authors: tuple[Person, ...]) -> str:
    """Authors, for people() to read."""
    return dumped([[person.name, person.url] for person in authors])


def state_text(state: FetchState) -> str:
    """A FetchState without its columns."""
    values = list(_values_of(state))
    for place, encode, _ in _CODED:
        if values[place] is not None:
            values[place] = encode(values[place])
    return _ASCII.encode(values)  # a validator may hold any byte


def place_of(name: str) -> int:
    """Where a field stands in the text of a state, for SQL to look at."""
    return _STATE.index(name)


def state_of(text: str, next_poll: int | None, body_hash: bytes | None, seen: bytes | None) -> FetchState:
    """The FetchState of a row; fields that came after it was written have their defaults."""
    values: list[Any] = json.loads(text)
    for place, _, decode in _CODED:
        if place < len(values) and values[place] is not None:
            values[place] = decode(values[place])
    given = dict(zip(_STATE, values, strict=False))
    return FetchState(**given, next_poll=maybe_moment(next_poll or None), body_hash=body_hash, seen=seen or b"")


def _microseconds(span: timedelta) -> int:
    return span // _MICROSECOND


def _span(microseconds: int) -> timedelta:
    return timedelta(0, 0, microseconds)


_values_of = attrgetter(*_STATE)
_CODES: dict[str, tuple[Code, Code]] = {
    "datetime | None": (stamp, moment),
    "timedelta": (_microseconds, _span),
    "tuple[": (list, tuple),
}
_CODED = tuple(  # the fields that JSON does not have as they are: their places, and the ways there and back
    (place, *code)
    for place, name in enumerate(_STATE)
    for kind, code in _CODES.items()
    if _TYPES[name].startswith(kind)
)


def source_text(source: Source) -> str:
    """A Source without its order; what is as by default is left out."""
    given = {name: value for name in _SOURCE if (value := getattr(source, name)) != getattr(_USUAL, name)}
    if source.interval is not None:
        given["interval"] = source.interval.total_seconds()
    for name in ("include", "exclude"):
        if name in given:
            given[name] = [[rule.text, rule.line] for rule in given[name]]
    return dumped(given)


def source_of(text: str, order: int) -> Source:
    """The Source of a row."""
    given: dict[str, Any] = json.loads(text)
    for name in ("include", "exclude"):
        if name in given:
            given[name] = tuple(Rule(*rule) for rule in given[name])
    for name in ("tags", "ignore"):
        if name in given:
            given[name] = tuple(given[name])
    if "headers" in given:
        given["headers"] = tuple((name, value) for name, value in given["headers"])
    if "interval" in given:
        given["interval"] = timedelta(seconds=given["interval"])
    return Source(**given, order=order)


def facts_text(facts: FeedFacts) -> str:
    """FeedFacts without what FetchState has already."""
    data = {name: getattr(facts, name) for name in _FACTS}
    data.update(updated=maybe_stamp(facts.updated), authors=[[p.name, p.url] for p in facts.authors], ttl=0)
    return dumped({name: value for name, value in data.items() if value})


def facts_of(text: str | None) -> FeedFacts:
    """The FeedFacts of a row; empty ones before the first document."""
    data: dict[str, Any] = json.loads(text) if text else {}
    data.pop("ttl", None)
    data["updated"] = maybe_moment(data.get("updated"))
    data["authors"] = people(data.get("authors", ()))
    for name in ("hubs", "skip_hours", "skip_days", "tags"):
        data[name] = tuple(data.get(name, ()))
    return FeedFacts(**data)


@lru_cache(maxsize=1024)
def people_of(text: str | None) -> tuple[Person, ...]:
    """The authors of people_text(): often those of the entry before."""
    return people(loaded(text)) if text else ()


def people(values: Sequence[Sequence[Any]]) -> tuple[Person, ...]:
    """Authors of a JSON list."""
    return tuple(Person(name, url) for name, url in values)


_PLAIN_EXTRAS = ("image", "rights", "license", "comments", "related", "in_reply_to", "image_size")
_extra = attrgetter("enclosures", "origin", "replies", "contributors", *_PLAIN_EXTRAS)


def extra_text(entry: Any) -> str | None:
    """What few entries have, in one column; None when this one has none of it."""
    enclosures, origin, replies, contributors, *plain = _extra(entry)
    given: dict[str, Any] = {}
    if enclosures or origin or replies or contributors:
        given = {
            "enclosures": [[e.url, e.type, e.length, e.title] for e in enclosures],
            "origin": _origin(origin),
            "contributors": [[person.name, person.url] for person in contributors],
            "replies": replies and [replies.count, maybe_stamp(replies.updated), replies.total],
        }
    parts = [f'"{name}":{dumped(value)}' for name, value in given.items() if value]
    parts += [f'"{name}":{_plain_text(value)}' for name, value in zip(_PLAIN_EXTRAS, plain, strict=True) if value]
    return f"{{{','.join(parts)}}}" if parts else None


def _plain_text(value: str | Sequence[int]) -> str:
    return encode_basestring(value) if isinstance(value, str) else f"[{','.join(map(str, value))}]"


def _origin(origin: Origin | None) -> list[Any] | None:
    if origin is None:
        return None
    authors = [[person.name, person.url] for person in origin.authors]
    more = [origin.rights, origin.icon, origin.logo, origin.language, origin.subtitle, origin.tags]
    return [origin.title, origin.id, origin.url, origin.link, maybe_stamp(origin.updated), authors, *more]


def extra_of(text: str | None) -> dict[str, Any]:
    """The keyword arguments for a StoredEntry."""
    data: dict[str, Any] = loaded(text) if text else {}
    if "enclosures" in data:
        data["enclosures"] = tuple(Enclosure(*one) for one in data["enclosures"])
    if "contributors" in data:
        data["contributors"] = people(data["contributors"])
    if "image_size" in data:
        data["image_size"] = tuple(data["image_size"])
    if "replies" in data:
        count, updated, total = data["replies"]
        data["replies"] = Replies(count, maybe_moment(updated), total)
    if "origin" in data:
        title, own, url, link, updated, *more = data["origin"]
        authors = people(more[0]) if more else ()  # a store that is older has none of these
        rest = [*more[1:6], tuple(more[6])] if len(more) > 6 else more[1:]
        data["origin"] = Origin(title, own, url, link, maybe_moment(updated), authors, *rest)
    return data

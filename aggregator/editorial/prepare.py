"""From what a document says to entries that lack nothing: everything about an entry that needs no store is decided here.

Runs in a worker process. An entry that the last poll knew already costs one hash.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from aggregator.editorial import choose, duplicates, facts, identity, links, stories, text
from aggregator.editorial.membership import Rules, rules_of
from aggregator.editorial.sanitise import sanitised
from aggregator.editorial.teaser import teaser
from aggregator.model import (
    Channel,
    Digest,
    Entry,
    FeedFacts,
    Person,
    RawEntry,
    RawFeed,
    Settings,
    Source,
    StoredEntry,
    TeaserSettings,
    Text,
)

VERSION = b"1"  # of these rules: another one reads every document afresh
_BUT_TEXTS = attrgetter(*(part.name for part in fields(RawEntry) if part.name not in ("summary", "content")))
_BUT_VALUE = attrgetter(*(part.name for part in fields(Text) if part.name != "value"))
_PRIVATE = "private: its source does not want it republished"


@dataclass(frozen=True, slots=True)
class Context:
    """What a worker needs of the settings; picklable."""

    teaser: TeaserSettings
    channels: tuple[Channel, ...]
    salt: bytes


def context(settings: Settings) -> Context:
    """The part of the settings that shapes entries."""
    shaping = repr((settings.teaser, settings.channels)).encode()
    return Context(settings.teaser, settings.channels, blake2b(VERSION + shaping, digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class _Feed:
    """What all entries of one document share."""

    raw: RawFeed
    source: Source
    context: Context
    rules: Rules
    facts: FeedFacts
    url: str
    now: datetime
    newest: datetime | None  # date of the document that can be believed


def digest(raw: RawFeed, source: Source, made: Context, *, url: str, seen: bytes, now: datetime) -> Digest:
    """Everything of one document: its facts, and every entry that is not in `seen`. `url`: that it came from in the end."""
    start = time.process_time()
    said = facts.of_feed(raw, url)
    salt = blake2b(made.salt + repr(replace(source, order=0, line=0)).encode(), digest_size=16).digest()
    feed = _Feed(
        raw,
        source,
        made,
        rules_of(made.channels, source, said.title),
        said,
        url,
        now,
        choose.newest_date(raw.entries, now),
    )
    read = _newest(raw.entries, source.max_entries)
    prints = [_fingerprint(one, salt) for one in read]
    known = {seen[i : i + 8] for i in range(0, len(seen), 8)}
    fresh = [(one, mark) for one, mark in zip(read, prints, strict=True) if mark not in known]
    entries = _distinct(feed, fresh, read)
    partial = raw.truncated or raw.lost > 0 or len(read) < len(raw.entries)
    return Digest(
        feed=said,
        entries=entries,
        seen=b"".join(prints),
        count=len(raw.entries) + raw.lost,
        unchanged=len(read) - len(fresh),
        dropped=len(raw.entries) - len(read) + raw.lost,
        partial=partial,
        format=raw.format,
        lane=raw.lane,
        truncated=raw.truncated,
        complete=raw.complete and not partial and bool(read),
        dates=tuple(sorted((d for one in read if (d := choose.dates(one, now, ())[0])), reverse=True)[:20]),
        editorial_seconds=time.process_time() - start,
    )


def _newest(entries: Sequence[RawEntry], most: int) -> Sequence[RawEntry]:
    """The newest `most` in document order; the undated count as newest, they stand where the source put them."""
    if len(entries) <= most:
        return entries
    dated = sorted(range(len(entries)), key=lambda i: _when(entries[i]), reverse=True)[:most]
    return [entries[i] for i in sorted(dated)]


def _when(entry: RawEntry) -> float:
    moment = entry.published or entry.updated
    return moment.timestamp() if moment else float("inf")


def _fingerprint(raw: RawEntry, salt: bytes) -> bytes:
    """8 bytes over all that was said of an entry. The long texts go in as they are: to quote them costs more than the rest."""
    texts = [part for part in (raw.summary, raw.content) if part]
    said = [repr((_BUT_TEXTS(raw), [_BUT_VALUE(part) for part in texts])), *(part.value for part in texts)]
    return blake2b("\0".join(said).encode("utf-8", "surrogatepass"), digest_size=8, key=salt).digest()


def _distinct(feed: _Feed, fresh: Sequence[tuple[RawEntry, bytes]], read: Sequence[RawEntry]) -> tuple[Entry, ...]:
    """The entries, each key once; those that share an id, a link or a title with another one of the document are marked.

    The others count even when they are known already: a link that two items share identifies neither.
    """
    if not fresh:
        return ()
    ids = duplicates.repeated(one.id or "" for one in read)
    urls = {id(one): choose.link(one, _bases(feed, one)) for one in read}
    link_keys = {name: links.key(url) for name, url in urls.items()}
    shared = duplicates.repeated(link_keys.values())
    titles_shared = duplicates.repeated(duplicates.title_key(choose.title(one, ())) for one in read)
    made: dict[str, Entry] = {}
    for raw, mark in fresh:
        known = _Address(urls[id(raw)], link_keys[id(raw)], (raw.id or "") in ids, link_keys[id(raw)] in shared)
        entry = _entry(feed, raw, mark, known)
        first = made.get(entry.key)
        if first is not None and first.fingerprint != entry.fingerprint:  # another item, whatever the two share
            key = f"{entry.key}|{entry.published or entry.fingerprint.hex()}"
            entry = replace(entry, key=key, id=identity.minted(feed.source.id, key))
        made.setdefault(entry.key, _marked(entry, entry.source_entry_id in ids, shared, titles_shared))
    return tuple(made.values())


@dataclass(frozen=True, slots=True)
class _Address:
    """Where an entry leads, and what it shares with others of its document."""

    url: str
    key: str
    id_shared: bool
    link_shared: bool


def _marked(entry: Entry, id_shared: bool, links_shared: frozenset[str], titles_shared: frozenset[str]) -> Entry:
    shared = ["id"] if id_shared else []
    shared += ["link"] if entry.url_key in links_shared else []
    shared += ["title"] if entry.title_key in titles_shared else []
    return replace(entry, ambiguous=tuple(shared)) if shared else entry


def _bases(feed: _Feed, raw: RawEntry) -> tuple[str | None, ...]:
    """What relative links of an entry are resolved against, innermost first; without any xml:base the site goes first."""
    return (raw.base, feed.raw.base, feed.facts.link if not feed.raw.base else None, feed.url)


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of an entry, cleaned."""

    title: str
    summary: list[str]  # blocks
    content: list[str]
    body: str  # the fuller of the two as text
    language: str | None
    people: tuple[Person, ...]
    tags: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [person.name for person in self.people]


def _said(feed: _Feed, raw: RawEntry) -> _Said:
    summary = text.blocks(raw.summary.value, html=raw.summary.html) if raw.summary else []
    content = text.blocks(raw.content.value, html=raw.content.html) if raw.content else []
    return _Said(
        choose.title(raw, content or summary),
        summary,
        content,
        text.plain(content or summary),
        choose.language(feed.source, _text_language(raw), raw.language, feed.raw.language),
        choose.people(raw.authors, feed.facts.authors, feed.source.ignore),
        choose.tags(raw.tags),
    )


def _entry(feed: _Feed, raw: RawEntry, mark: bytes, where: _Address) -> Entry:
    said = _said(feed, raw)
    published, updated = choose.dates(raw, feed.now, feed.source.ignore, feed.newest)
    short, cut = _teaser(feed, raw, said)
    own_id = "" if "id" in feed.source.ignore or not raw.id else raw.id[: identity.MAX_ID * 2]
    key = _key(own_id, where, said, raw)
    words = text.plain([*said.summary, *said.content])
    subject = feed.rules.subject(said.title, words, said.tags, said.names, where.url, said.language)
    return Entry(
        source_entry_id=own_id,
        key=key,
        raw_fingerprint=mark,
        id=identity.published_id(feed.source.id, "" if where.id_shared else own_id, key),
        url=where.url,
        published_url=links.safe_url(links.published(where.url)) or where.url,
        url_key=where.key,
        title=said.title,
        title_key=duplicates.title_key(said.title),
        authors=said.people,
        published=published,
        updated=updated,
        teaser=short,
        teaser_cut=cut,
        language=said.language,
        tags=said.tags,
        text=text.pack(said.summary, said.content),
        fingerprint=_visible(said.title, short, said.body, links.published(where.url)),
        sketch=duplicates.sketch(said.body),
        terms=stories.terms(said.title, said.body),
        excluded_by=_PRIVATE if raw.private or feed.raw.private else feed.rules.excluded(subject),
        channels=feed.rules.channels(subject),
        **_extras(feed.source, raw, _bases(feed, raw)),
    )


def _visible(*parts: str) -> bytes:
    """8 bytes over what a reader would see."""
    return blake2b("\n".join(parts).encode("utf-8", "ignore"), digest_size=8).digest()


def _extras(source: Source, raw: RawEntry, bases: Sequence[str | None]) -> dict[str, Any]:
    """The fields that an output can do without."""
    made = choose.enclosures(raw.enclosures, bases)
    return {
        "content_html": _full(source, raw, bases),
        "enclosures": made,
        "image": choose.image(raw, made, bases),
        "rights": facts.line(raw.rights),
        "license": links.resolved(raw.license, *bases),
        "comments": links.resolved(raw.comments, *bases),
        "related": links.resolved(raw.external_url, *bases),
        "origin": facts.origin(raw.origin, bases),
        "in_reply_to": raw.in_reply_to if raw.in_reply_to and identity.usable(raw.in_reply_to) else None,
    }


def _key(own_id: str, where: _Address, said: _Said, raw: RawEntry) -> str:
    """Items that share an id in one document are told apart by their links, those that share a link by their titles."""
    if own_id and where.id_shared:
        return f"id:{own_id}|{said.title if where.link_shared or not where.key else where.key}"
    if not own_id and where.link_shared:
        return f"link:{where.key}|{said.title}"
    date = raw.published.isoformat() if raw.published and not said.title else ""
    return identity.entry_key(own_id, where.key, said.title, date, " ".join(said.content or said.summary))


def _text_language(raw: RawEntry) -> str | None:
    return next((part.language for part in (raw.content, raw.summary, raw.title) if part and part.language), None)


def _teaser(feed: _Feed, raw: RawEntry, said: _Said) -> tuple[str, str]:
    title = said.title if raw.title else ""
    names = [*said.names, feed.facts.title]
    return teaser_of(feed.context.teaser, feed.source, title, said.summary, said.content, said.language, names)


def teaser_of(
    window: TeaserSettings,
    source: Source,
    title: str,
    summary: list[str],
    content: list[str],
    language: str | None,
    names: list[str],
) -> tuple[str, str]:
    """The teaser of an entry and how it ends, by the source's mode; ("", "none") when it has none."""
    if source.teaser == "title":
        return "", "none"
    first = choose.teaser_blocks(summary, content)
    made = teaser(first, title, least=window.min, most=window.max, language=language, names=names)
    if not made[0] and first is summary:
        made = teaser(content, title, least=window.min, most=window.max, language=language, names=names)
    return made


def again(row: StoredEntry, packed: bytes, source: Source, made: Context) -> Entry:
    """A stored entry recomputed under today's settings, from the text that was kept of it."""
    summary, content = text.unpack(packed)
    names = [person.name for person in row.authors]
    short, cut = teaser_of(made.teaser, source, row.title, summary, content, row.language, names)
    body = text.plain(content or summary)
    rules = rules_of(made.channels, source, source.title or row.source_id)
    subject = rules.subject(row.title, text.plain([*summary, *content]), row.tags, names, row.url, row.language)
    private = row.excluded_by if row.excluded_by and row.excluded_by.startswith("private") else None
    return Entry(
        source_entry_id=row.source_entry_id, key="", raw_fingerprint=b"", id=row.id, url=row.url, published_url=row.published_url,
        url_key=links.key(row.url), title=row.title, title_key=duplicates.title_key(row.title), authors=row.authors,
        published=row.published, updated=row.updated, teaser=short, teaser_cut=cut, language=row.language, tags=row.tags, text=packed,
        fingerprint=b"", sketch=duplicates.sketch(body), terms=stories.terms(row.title, body),
        excluded_by=private or rules.excluded(subject), channels=rules.channels(subject),
    )  # fmt: skip


def _full(source: Source, raw: RawEntry, bases: Sequence[str | None]) -> str | None:
    body = raw.content or raw.summary
    if source.teaser != "full" or body is None:
        return None
    return sanitised(body.value, body.base, *bases) if body.html else None

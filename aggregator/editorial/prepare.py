"""From what a document says to entries that lack nothing: everything about an entry that needs no store is decided here.

Runs in a worker process. An entry that the last poll knew already costs one hash.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b, sha256
from typing import Any

from aggregator.editorial import choose, duplicates, facts, identity, links, reading, stories, text
from aggregator.editorial.context import Context
from aggregator.editorial.membership import Rules, rules_of
from aggregator.editorial.reading import Said, subject_of, teaser_of
from aggregator.editorial.rules import Subject
from aggregator.editorial.sanitise import sanitised
from aggregator.model import (
    Digest,
    Entry,
    FeedFacts,
    RawEntry,
    RawFeed,
    Source,
    StoredEntry,
    fingerprints,
)
from aggregator.model.record import dataclass, replace

_PRIVATE = "private: its source does not want it republished"


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
    known = fingerprints(seen)
    each = {mark: one for one, mark in zip(read, prints, strict=True)}  # an item that stands there twice is one
    fresh = [(one, mark) for mark, one in each.items() if mark not in known]
    entries = _distinct(feed, fresh, list(each.values()))
    partial = raw.truncated or raw.lost > 0 or len(read) < len(raw.entries)
    return Digest(
        feed=said,
        entries=entries,
        seen=b"".join(prints),
        count=len(raw.entries) + raw.lost,
        unchanged=sum([mark in known for mark in prints]),
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
    """8 bytes over all that was said of an entry, but for the number of replies, which would change it with every comment.

    Spelled out: to have records write themselves costs four times as much.
    """
    said: list[object] = [
        raw.id, raw.id_is_link, raw.original_link, raw.external_url, raw.comments, raw.published, raw.updated, raw.image, raw.rights,
        raw.license, raw.language, raw.base, raw.in_reply_to, raw.private, len(raw.links), len(raw.authors), len(raw.tags), *raw.tags,
    ]  # fmt: skip
    for text_ in (raw.title, raw.summary, raw.content):
        said += (text_.value, text_.html, text_.base, text_.language) if text_ else (None,)
    for link in raw.links:
        said += (link.href, link.rel, link.type, link.hreflang, link.title, link.length, link.base)
    for person in raw.authors:
        said += (person.name, person.url)
    if raw.enclosures or raw.origin or raw.image_size or raw.contributors:
        said += (raw.enclosures, raw.origin, *(raw.image_size or ()), *raw.contributors)
    whole = "\0".join(map(str, said))
    return sha256(salt + whole.encode("utf-8", "surrogatepass")).digest()[:8]  # twice as fast as blake2b


def _distinct(feed: _Feed, fresh: Sequence[tuple[RawEntry, bytes]], read: Sequence[RawEntry]) -> tuple[Entry, ...]:
    """The entries, each key once; those that share an id, a link or a title with another one of the document are marked.

    The others count even when they are known already: a link that two items share identifies neither.
    """
    if not fresh:
        return ()
    known = {id(one): _named(feed, one) for one in read}
    shared = _Shared(
        duplicates.repeated(one.id or "" for one in read),
        duplicates.repeated(one.key for one in known.values()),
        duplicates.repeated(one.title_key for one in known.values()),
    )
    made: dict[str, Entry] = {}
    for entry in _entries(feed, fresh, [known[id(raw)] for raw, _ in fresh], shared):
        first = made.get(entry.key)
        if first is not None and first.fingerprint != entry.fingerprint:  # another item, whatever the two share
            key = f"{entry.key}|{entry.published or entry.fingerprint.hex()}"
            entry = replace(entry, key=key, id=identity.minted(feed.source.id, key))
        made.setdefault(entry.key, _marked(entry, entry.source_entry_id in shared.ids, shared.links, shared.titles))
    return _telling(tuple(made.values()))


def _telling(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """With a mark on those whose text stands in the document more than once: a set phrase, a form."""
    phrases = duplicates.repeated(entry.sketch for entry in entries)
    if not phrases:
        return entries
    return tuple(
        replace(entry, ambiguous=(*entry.ambiguous, "text")) if entry.sketch in phrases else entry for entry in entries
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """How an entry is called and where it leads."""

    title: str  # "" where it has none of its own
    title_key: str
    url: str
    published_url: str
    key: str  # of the url


@dataclass(frozen=True, slots=True)
class _Shared:
    """What several entries of one document have in common, so that it identifies none of them."""

    ids: frozenset[str]
    links: frozenset[str]
    titles: frozenset[str]


def _named(feed: _Feed, raw: RawEntry) -> _Named:
    title = choose.own_title(raw)
    url = choose.link(raw, _bases(feed, raw), raw.language or feed.raw.language)
    published = links.published(url)
    return _Named(title, duplicates.title_key(title), url, links.safe_url(published) or url, links.key(published))


def _marked(entry: Entry, id_shared: bool, links_shared: frozenset[str], titles_shared: frozenset[str]) -> Entry:
    shared = ["id"] if id_shared else []
    shared += ["link"] if entry.url_key in links_shared else []
    shared += ["title"] if entry.title_key in titles_shared else []
    return replace(entry, ambiguous=tuple(shared)) if shared else entry


def _bases(feed: _Feed, raw: RawEntry) -> tuple[str | None, ...]:
    """What relative links of an entry are resolved against, innermost first; without any xml:base the site goes first. An entry's
    own base holds those around it."""
    return (raw.base or feed.raw.base, feed.facts.link if not feed.raw.base else None, feed.url)


def _entries(
    feed: _Feed, fresh: Sequence[tuple[RawEntry, bytes]], named: Sequence[_Named], shared: _Shared
) -> list[Entry]:
    """One step for all of them, then the next: a processor that does the same again is a sixth faster."""
    raws = [raw for raw, _ in fresh]
    said = [_said(feed, raw, called.title) for raw, called in zip(raws, named, strict=True)]
    teasers = [teaser_of(one, feed.context.teaser, feed.source) for one in said]
    let_in = [_let_in(feed, raw, called.url, one) for raw, called, one in zip(raws, named, said, strict=True)]
    texts = [text.pack(raw.summary, raw.content, titled=one.titled) for raw, one in zip(raws, said, strict=True)]
    sketches = [duplicates.sketch(one.body) for one in said]
    terms = [stories.terms(one.title, one.body) for one in said]
    steps = map(_Made, said, teasers, let_in, texts, sketches, terms)
    return [_entry(feed, shared, *one) for one in zip(fresh, named, steps, strict=True)]


@dataclass(frozen=True, slots=True)
class _Made:
    """What the steps made of one entry."""

    said: Said
    teaser: tuple[str, str]
    let_in: tuple[str | None, tuple[str, ...]]
    text: bytes
    sketch: bytes
    terms: bytes


def _entry(feed: _Feed, shared: _Shared, fresh: tuple[RawEntry, bytes], named: _Named, made: _Made) -> Entry:
    (raw, mark), said = fresh, made.said
    published, updated = choose.dates(raw, feed.now, feed.source.ignore, feed.newest)
    own_id = "" if "id" in feed.source.ignore or not raw.id else raw.id[: identity.MAX_ID * 2]
    key = _key(own_id, named, said, raw, shared)
    full = _full(feed.source, raw, _bases(feed, raw))
    return Entry(
        source_entry_id=own_id,
        key=key,
        raw_fingerprint=mark,
        id=identity.published_id(feed.source.id, "" if (raw.id or "") in shared.ids else own_id, key),
        url=named.url,
        published_url=named.published_url,
        url_key=named.key,
        title=said.title,
        title_key=named.title_key or duplicates.title_key(said.title),
        authors=said.people,
        published=published,
        updated=updated,
        teaser=made.teaser[0],
        teaser_cut=made.teaser[1],
        language=said.language,
        tags=said.tags,
        text=made.text,
        fingerprint=_visible(said.title, made.teaser[0], said.body, named.published_url, full or ""),
        sketch=made.sketch,
        terms=made.terms,
        excluded_by=made.let_in[0],
        channels=made.let_in[1],
        content_html=full,
        **_extras(raw, _bases(feed, raw), feed.now),
    )


def _said(feed: _Feed, raw: RawEntry, title: str) -> Said:
    return reading.said(
        raw.summary,
        raw.content,
        title,
        language=choose.language(feed.source, reading.language(raw), raw.language, feed.raw.language),
        people=choose.people(raw.authors, feed.facts.authors, feed.source.ignore),
        tags=choose.tags(raw.tags),
        site=feed.facts.title,
    )


def _let_in(feed: _Feed, raw: RawEntry, url: str, said: Said) -> tuple[str | None, tuple[str, ...]]:
    """What keeps the entry out, and the channels that it is in. Rules read the whole text, so it is read for them alone."""
    subject = subject_of(feed.rules, said, url)
    private = _PRIVATE if raw.private or feed.raw.private else None
    return private or feed.rules.excluded(subject), feed.rules.channels(subject)


def _visible(*parts: str) -> bytes:
    """8 bytes over what a reader would see."""
    return blake2b("\n".join(parts).encode("utf-8", "ignore"), digest_size=8).digest()


def _extras(raw: RawEntry, bases: Sequence[str | None], now: datetime) -> dict[str, Any]:
    """The fields that an output can do without."""
    made = choose.enclosures(raw.enclosures, bases)
    image, size = choose.image(raw, made, bases)
    return {
        "enclosures": made,
        "image": image,
        "image_size": size,
        "rights": facts.line(raw.rights),
        "license": links.resolved(raw.license, *bases),
        "comments": choose.comments(raw, bases),
        "related": links.resolved(raw.external_url, *bases),
        "origin": facts.origin(raw.origin, bases, now),
        "in_reply_to": raw.in_reply_to if raw.in_reply_to and identity.usable(raw.in_reply_to) else None,
        "replies": raw.replies and replace(raw.replies, updated=choose.believable(raw.replies.updated, now)),
        "contributors": choose.people(raw.contributors, (), ()) if raw.contributors else (),
    }


def _key(own_id: str, named: _Named, said: Said, raw: RawEntry, shared: _Shared) -> str:
    """Items that share an id in one document are told apart by their links, those that share a link by their titles; those that
    share these as well, and those that have neither id nor link, by their dates."""
    date = raw.published.isoformat() if raw.published else ""
    link_shared = named.key in shared.links
    if own_id and own_id in shared.ids:
        return f"id:{own_id}|{said.title if link_shared or not named.key else named.key}"
    if not own_id and link_shared:
        return f"link:{named.key}|{said.title}{f'|{date}' if named.title_key in shared.titles and date else ''}"
    return identity.entry_key(own_id, named.key, said.title, date, said.body)


def again(row: StoredEntry, packed: bytes, source: Source, site: str, made: Context) -> Entry:
    """A stored entry recomputed under today's settings, from the texts that were kept of it; `site` is what its feed is called."""
    rules = rules_of(made.channels, source, site)
    said = _said_before(row, packed, rules)
    short, cut = teaser_of(said, made.teaser, source)
    subject = subject_of(rules, said, row.url)
    private = row.excluded_by if is_private(row) else None
    return Entry(
        source_entry_id=row.source_entry_id, key="", raw_fingerprint=b"", id=row.id, url=row.url, published_url=row.published_url,
        url_key=links.key(row.url), title=row.title, title_key=duplicates.title_key(row.title), authors=row.authors,
        published=row.published, updated=row.updated, teaser=short, teaser_cut=cut, language=row.language, tags=row.tags, text=packed,
        fingerprint=b"", sketch=duplicates.sketch(said.body), terms=stories.terms(row.title, said.body),
        excluded_by=private or rules.excluded(subject), channels=rules.channels(subject), ambiguous=row.ambiguous,
    )  # fmt: skip


def is_private(row: StoredEntry) -> bool:
    """Its source does not want it republished, whatever rules say."""
    return (row.excluded_by or "").startswith("private")


def subject_again(row: StoredEntry, packed: bytes, rules: Rules) -> Subject:
    """What rules look at of a stored entry."""
    return subject_of(rules, _said_before(row, packed, rules), row.url)


def _said_before(row: StoredEntry, packed: bytes, rules: Rules) -> Said:
    summary, content, titled = text.unpack(packed)
    said = reading.said(
        summary, content, row.title, language=row.language, people=row.authors, tags=row.tags, site=rules.title
    )
    if titled is None:  # stored before that was kept
        titled = choose.title_of(said.content.blocks or said.summary.blocks) != row.title
    return replace(said, titled=titled)


def _full(source: Source, raw: RawEntry, bases: Sequence[str | None]) -> str | None:
    body = raw.content or raw.summary
    if source.teaser != "full" or body is None:
        return None
    return sanitised(body.value, *links.within(body.base, bases)) if body.html else None

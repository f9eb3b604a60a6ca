"""From what a document says to entries that lack nothing: everything about an entry that needs no store is decided here.

Runs in a worker process. An entry that the last poll knew already costs one hash.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from aggregator.editorial import choose, duplicates, identity, links, shingles, stories, text
from aggregator.editorial.membership import Rules, rules_of
from aggregator.editorial.normalise import shortened
from aggregator.editorial.sanitise import sanitised
from aggregator.editorial.teaser import teaser
from aggregator.model import (
    Channel,
    Digest,
    Entry,
    FeedFacts,
    Origin,
    RawEntry,
    RawFeed,
    Settings,
    Source,
    StoredEntry,
    TeaserSettings,
)

VERSION = b"1"  # of these rules: another one reads every document afresh


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
    facts = feed_facts(raw, url)
    salt = blake2b(made.salt + repr(replace(source, order=0, line=0)).encode(), digest_size=16).digest()
    feed = _Feed(
        raw,
        source,
        made,
        rules_of(made.channels, source, facts.title),
        facts,
        url,
        now,
        choose.newest_date(raw.entries, now),
    )
    read = _newest(raw.entries, source.max_entries)
    prints = [_fingerprint(one, salt) for one in read]
    known = {seen[i : i + 8] for i in range(0, len(seen), 8)}
    fresh = [(one, mark) for one, mark in zip(read, prints, strict=True) if mark not in known]
    entries = _distinct(feed, fresh, read)
    return Digest(
        feed=facts,
        entries=entries,
        seen=b"".join(prints),
        count=len(raw.entries) + raw.lost,
        unchanged=len(read) - len(fresh),
        dropped=len(raw.entries) - len(read) + raw.lost,
        partial=raw.truncated or raw.lost > 0 or len(read) < len(raw.entries),
        format=raw.format,
        lane=raw.lane,
        truncated=raw.truncated,
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
    """8 bytes over all that was said of an entry."""
    return blake2b(repr(raw).encode("utf-8", "surrogatepass"), digest_size=8, key=salt).digest()


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


def _entry(feed: _Feed, raw: RawEntry, mark: bytes, where: _Address) -> Entry:
    source, ignore = feed.source, feed.source.ignore
    bases = _bases(feed, raw)
    url = where.url
    summary = text.blocks(raw.summary.value, html=raw.summary.html) if raw.summary else []
    content = text.blocks(raw.content.value, html=raw.content.html) if raw.content else []
    title = choose.title(raw, content or summary)
    published, updated = choose.dates(raw, feed.now, ignore, feed.newest)
    language = choose.language(source, _text_language(raw), raw.language, feed.raw.language)
    people = choose.people(raw.authors, feed.facts.authors, ignore)
    short, cut = _teaser(feed, raw, summary, content, title, language, [p.name for p in people])
    own_id = "" if "id" in ignore or not raw.id else raw.id[: identity.MAX_ID * 2]
    key = _key(own_id, where.key, title, raw, where.id_shared, where.link_shared, content or summary)
    body = text.plain(list(content or summary))
    found = shingles.words(body)
    made = choose.enclosures(raw.enclosures, bases)
    tags = choose.tags(raw.tags)
    subject = feed.rules.subject(title, text.plain([*summary, *content]), tags, [p.name for p in people], url, language)
    return Entry(
        source_entry_id=own_id,
        key=key,
        raw_fingerprint=mark,
        id=identity.published_id(source.id, "" if where.id_shared else own_id, key),
        url=url,
        published_url=links.safe_url(links.published(url)) or url,
        url_key=where.key,
        title=title,
        title_key=duplicates.title_key(title),
        authors=people,
        published=published,
        updated=updated,
        teaser=short,
        teaser_cut=cut,
        language=language,
        tags=tags,
        text=text.pack(summary, content),
        fingerprint=blake2b(
            "\n".join((title, short, body, links.published(url))).encode("utf-8", "ignore"), digest_size=8
        ).digest(),
        sketch=duplicates.sketch(found),
        terms=stories.terms(title, body),
        content_html=_full(source, raw, bases),
        enclosures=made,
        image=choose.image(raw, made, bases),
        rights=_line(raw.rights),
        license=links.safe_url(links.absolute(raw.license, *bases)),
        comments=links.safe_url(links.absolute(raw.comments, *bases)),
        related=links.safe_url(links.absolute(raw.external_url, *bases)),
        origin=_origin(raw.origin, bases),
        in_reply_to=raw.in_reply_to if raw.in_reply_to and identity.usable(raw.in_reply_to) else None,
        excluded_by="private: its source does not want it republished"
        if raw.private or feed.raw.private
        else feed.rules.excluded(subject),
        channels=feed.rules.channels(subject),
    )


def _key(
    own_id: str, link_key: str, title: str, raw: RawEntry, id_shared: bool, link_shared: bool, body: Sequence[str]
) -> str:
    """Items that share an id in one document are told apart by their links, those that share a link by their titles."""
    if own_id and id_shared:
        return f"id:{own_id}|{title if link_shared or not link_key else link_key}"
    if not own_id and link_shared:
        return f"link:{link_key}|{title}"
    date = raw.published.isoformat() if raw.published and not title else ""
    return identity.entry_key(own_id, link_key, title, date, " ".join(body))


def _text_language(raw: RawEntry) -> str | None:
    return next((part.language for part in (raw.content, raw.summary, raw.title) if part and part.language), None)


def _teaser(
    feed: _Feed,
    raw: RawEntry,
    summary: list[str],
    content: list[str],
    title: str,
    language: str | None,
    names: list[str],
) -> tuple[str, str]:
    said = title if raw.title else ""
    return teaser_of(feed.context.teaser, feed.source, said, summary, content, language, [*names, feed.facts.title])


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
        fingerprint=b"", sketch=duplicates.sketch(shingles.words(body)), terms=stories.terms(row.title, body),
        excluded_by=private or rules.excluded(subject), channels=rules.channels(subject),
    )  # fmt: skip


def _full(source: Source, raw: RawEntry, bases: Sequence[str | None]) -> str | None:
    body = raw.content or raw.summary
    if source.teaser != "full" or body is None:
        return None
    return sanitised(body.value, body.base, *bases) if body.html else None


def _line(value: str | None) -> str | None:
    return shortened(text.inline(value[:4000], html=True), 500) or None if value else None


def _origin(origin: Origin | None, bases: Sequence[str | None]) -> Origin | None:
    """The feed that a planet took an entry from, cleaned; None without a URL or an id to tell it by."""
    if origin is None:
        return None
    url = links.safe_url(links.absolute(origin.url, *bases))
    own = origin.id if origin.id and identity.usable(origin.id) else None
    if not url and not own:
        return None
    return Origin(
        _line(origin.title), own or url, url, links.safe_url(links.absolute(origin.link, *bases)), origin.updated
    )


def feed_facts(raw: RawFeed, url: str) -> FeedFacts:
    """What the document says of its feed, cleaned and absolute."""
    bases = (raw.base, url)
    site = next(
        (
            u
            for link in choose.alternates(raw.links)
            if (u := links.safe_url(links.absolute(link.href, link.base, *bases)))
        ),
        None,
    )
    own = next(
        (
            u
            for link in raw.links
            if link.rel == "self" and (u := links.safe_url(links.absolute(link.href, link.base, *bases)))
        ),
        None,
    )
    hubs = [
        u
        for link in raw.links
        if link.rel == "hub" and (u := links.safe_url(links.absolute(link.href, link.base, *bases)))
    ]
    return FeedFacts(
        title=shortened(text.inline(raw.title.value[:8000], html=raw.title.html), 200) if raw.title else "",
        link=site,
        id=raw.id if raw.id and identity.usable(raw.id) else None,
        language=choose.language(Source("", ""), raw.language),
        updated=raw.updated,
        authors=choose.people(raw.authors, (), ()),
        rights=_line(raw.rights),
        icon=links.safe_url(links.absolute(raw.icon, *bases)),
        logo=links.safe_url(links.absolute(raw.logo, *bases)),
        self_url=own,
        hubs=tuple(hubs[:5]),
        ttl=raw.ttl,
        skip_hours=raw.skip_hours,
        skip_days=raw.skip_days,
        complete=raw.complete,
        expired=raw.expired,
    )

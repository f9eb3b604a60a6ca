"""feed.rss: RSS 2.0 by the Best Practices Profile, through feedgen."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from aggregator import version
from aggregator.editorial.links import uri
from aggregator.model import Edition, Story
from aggregator.publish.formats import words
from aggregator.publish.formats.atom import HOME, generator

KEY, NAME, TYPE, LABEL, RANK = "rss", "feed.rss", "application/rss+xml", "RSS", 20
_PERIODS = (("hourly", 60), ("daily", 1440), ("weekly", 10080), ("monthly", 43200), ("yearly", 525600))
_PLAIN = re.compile(rb"(?<=<)(title|category|source|dc:creator)\b([^<>]*>)([^<]*)")
_ABOUT = re.compile(rb"(?<=<)(description)(>)([^<]*)")  # of the channel, where it comes first; an item's is HTML


def render(edition: Edition) -> bytes:
    """The document. The same edition gives the same bytes."""
    feed = _head(edition)
    for story in edition.stories:
        _item(feed, story, edition)
    document = _ABOUT.sub(_plainer, feed.rss_str(pretty=True), count=1)
    return words.styled(_PLAIN.sub(_plainer, document), edition.base_url)


def _plainer(match: re.Match[bytes]) -> bytes:
    """Text that is not HTML says so by numeric references, as the Best Practices Profile has it (checklist C8)."""
    name, rest, text = match.groups()
    return name + rest + text.replace(b"&lt;", b"&#x3C;").replace(b"&amp;", b"&#x26;")


def period(ttl: timedelta) -> tuple[str, int]:
    """The updatePeriod and updateFrequency that say what a ttl says (checklist C10): times in the shortest period that fits."""
    minutes = max(1, ttl // timedelta(minutes=1))
    return next(((name, round(length / minutes)) for name, length in _PERIODS if length >= minutes), ("yearly", 1))


def _head(edition: Edition) -> Any:
    feed = generator()
    feed.load_extension("dc")
    feed.title(edition.title)
    feed.link({"href": words.address(edition, NAME), "rel": "self", "type": TYPE}, replace=True)
    feed.link({"href": words.address(edition, "")})
    feed.description(edition.description or edition.title)
    feed.generator("aggregator", version=version(), uri=HOME)
    feed.docs("https://www.rssboard.org/rss-specification")
    feed.ttl(str(max(1, edition.ttl // timedelta(minutes=1))))
    if edition.language:
        feed.language(edition.language)
    # Now, unless it is taken away; and what it is set to is formatted through setlocale, which is the whole process's.
    feed._FeedGenerator__rss_lastBuildDate = None
    parts = feed.planet.parts
    parts.built = words.mail_date(edition.updated)
    parts.period = period(edition.ttl)
    parts.hubs = edition.hubs
    return feed


def _item(feed: Any, story: Story, edition: Edition) -> None:
    shown = story.shown
    entry = shown.entry
    item = feed.add_entry(order="append")
    item.guid(entry.id, permalink=entry.id.isascii() and entry.id == words.link_of(shown))
    item.title(entry.title)
    item.link(href=uri(words.link_of(shown)))
    if entry.teaser:
        item.description(words.teaser_html(shown, edition.read_more, edition.language))
    if entry.content_html:
        # As character data: a CDATA section could not hold its own end.
        item.content(entry.content_html)
    for tag in entry.tags:
        item.category(term=tag)
    item.dc.dc_creator([person.name for person in words.authors(shown)])
    _source(item, story)
    if entry.comments:
        item.comments(uri(entry.comments))
    _enclosures(item, story)
    parts = item.planet.parts
    parts.published = words.mail_date(entry.published)
    parts.language = entry.language if entry.language != edition.language else None
    parts.image, parts.image_size = entry.image, entry.image_size
    parts.rights = entry.rights or (entry.origin or shown.source).rights
    parts.license = uri(entry.license) if entry.license else None


def _source(item: Any, story: Story) -> None:
    """Where it came from; an entry of another planet keeps the one it came with."""
    origin, source = story.shown.entry.origin, story.shown.source
    if origin is not None and origin.url:
        item.source(uri(origin.url), origin.title or origin.url)
    else:
        item.source(uri(source.url), source.title)


def _enclosures(item: Any, story: Story) -> None:
    """One `enclosure`, as RSS has it; the others as media:content."""
    found = story.shown.entry.enclosures
    for one in found[:1]:
        item.enclosure(uri(one.url), str(one.length or 0), one.type or "application/octet-stream")
    item.planet.parts.media = [
        {"url": one.url, "type": one.type} if one.type else {"url": one.url} for one in found[1:]
    ]

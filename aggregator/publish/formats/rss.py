"""feed.rss: RSS 2.0 by the Best Practices Profile, through feedgen."""

from __future__ import annotations

from typing import Any

from aggregator import version
from aggregator.model import Edition, Story
from aggregator.publish.formats import words
from aggregator.publish.formats.atom import generator, styled

NAME, TYPE = "feed.rss", "application/rss+xml"


def render(edition: Edition) -> bytes:
    """The document. The same edition gives the same bytes."""
    feed = _head(edition)
    for story in edition.stories:
        _item(feed, story, edition)
    return styled(feed.rss_str(pretty=True), edition)


def _head(edition: Edition) -> Any:
    feed = generator()
    feed.load_extension("dc")
    feed.title(edition.title)
    feed.link({"href": words.address(edition, NAME), "rel": "self", "type": TYPE}, replace=True)
    feed.link({"href": words.address(edition, "")})
    feed.description(edition.description or edition.title)
    feed.lastBuildDate(edition.updated)
    feed.generator("aggregator", version=version(), uri="https://pypi.org/project/aggregator/")
    feed.docs("https://www.rssboard.org/rss-specification")
    feed.ttl(str(max(1, int(edition.ttl.total_seconds() // 60))))
    if edition.language:
        feed.language(edition.language)
    feed.planet.parts.rss_links = [{"href": hub, "rel": "hub"} for hub in edition.hubs]
    return feed


def _item(feed: Any, story: Story, edition: Edition) -> None:
    shown = story.shown
    entry = shown.entry
    item = feed.add_entry(order="append")
    item.id(entry.id)
    item.guid(entry.id, permalink=entry.id == words.link_of(shown))
    item.title(entry.title)
    item.link(href=words.link_of(shown))
    item.pubDate(entry.published)
    item.description(words.teaser_html(shown, edition.read_more))
    if entry.content_html:
        item.content(entry.content_html, type="CDATA")
    for tag in entry.tags:
        item.category(term=tag)
    item.dc.dc_creator([person.name for person in words.authors(shown)])
    origin = entry.origin
    url = (origin.url if origin else None) or (shown.source.url if shown.source.listed else shown.source.link)
    if url:
        item.source(url, (origin.title if origin else None) or shown.source.title)
    if entry.comments:
        item.comments(entry.comments)
    _enclosures(item, story)


def _enclosures(item: Any, story: Story) -> None:
    """One `enclosure`, as RSS has it; the others as media:content."""
    found = story.shown.entry.enclosures
    for one in found[:1]:
        item.enclosure(one.url, str(one.length or 0), one.type or "application/octet-stream")
    parts = item.planet.parts
    parts.image = story.shown.entry.image
    parts.media = [{"url": one.url, "type": one.type} if one.type else {"url": one.url} for one in found[1:]]

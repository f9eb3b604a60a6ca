"""The feedgen extension that mends what feedgen 1.0 loses or lacks, by the lxml elements it is handed.

feedgen leaves its own Atom elements without a namespace until they are written: so do we.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from aggregator.editorial.links import uri

ATOM = "http://www.w3.org/2005/Atom"
DUBLIN = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "http://search.yahoo.com/mrss/"
HISTORY = "http://purl.org/syndication/history/1.0"
DELETED = "http://purl.org/atompub/tombstones/1.0"
LICENSE = "http://backend.userland.com/creativeCommonsRssModule"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(slots=True)
class EntryParts:
    """What one entry gets beyond feedgen's own: of Atom its links, the rest of RSS. Stories in Atom are made whole elsewhere."""

    links: list[dict[str, str]] = field(default_factory=list)  # all of them, in order; feedgen loses rel and type
    language: str | None = None
    image: str | None = None
    image_size: tuple[int, int] | None = None  # width and height
    published: str | None = None  # feedgen's own would set the locale of the whole process
    media: list[dict[str, str]] = field(default_factory=list)  # enclosures after the first
    rights: str | None = None
    license: str | None = None  # its address


@dataclass(slots=True)
class FeedParts:
    """What the feed gets beyond feedgen's own."""

    language: str | None = None  # of the feed and of all entries that say none
    title_language: str | None = None  # of title and subtitle alone
    archive: bool = False
    tombstones: list[tuple[str, str]] = field(default_factory=list)  # (id, RFC 3339)
    hubs: tuple[str, ...] = ()  # RSS
    built: str | None = None  # RSS: lastBuildDate
    period: tuple[str, int] | None = None  # RSS: how often it changes, (hourly | daily | ..., times)


class PlanetExtension(BaseExtension):  # type: ignore[misc]
    """Feed level."""

    def __init__(self) -> None:
        self.parts = FeedParts()

    def extend_ns(self) -> dict[str, str]:
        wanted = (
            ("media", MEDIA, True),
            ("fh", HISTORY, self.parts.archive),
            ("at", DELETED, bool(self.parts.tombstones)),
            ("sy", SYNDICATION, self.parts.period is not None),
        )
        return {prefix: space for prefix, space, needed in wanted if needed}

    def extend_atom(self, feed: Any) -> Any:
        parts = self.parts
        if parts.language:
            feed.set(XML_LANG, parts.language)
        if parts.title_language:
            for element in (*feed.findall("title"), *feed.findall("subtitle")):
                element.set(XML_LANG, parts.title_language)
        if parts.archive:
            etree.SubElement(feed, f"{{{HISTORY}}}archive")
        for name, when in parts.tombstones:
            etree.SubElement(feed, f"{{{DELETED}}}deleted-entry", ref=name, when=when)
        return feed

    def extend_rss(self, rss: Any) -> Any:
        channel, parts = rss[0], self.parts
        for hub in parts.hubs:
            etree.SubElement(channel, f"{{{ATOM}}}link", href=hub, rel="hub")
        if parts.built:
            etree.SubElement(channel, "lastBuildDate").text = parts.built
        if parts.period:
            etree.SubElement(channel, f"{{{SYNDICATION}}}updatePeriod").text = parts.period[0]
            etree.SubElement(channel, f"{{{SYNDICATION}}}updateFrequency").text = str(parts.period[1])
        return rss


def thumbnail(element: Any, image: str | None, size: tuple[int, int] | None) -> None:
    """The picture of an entry; `size` is width and height."""
    if image:
        sides = dict(zip(("width", "height"), map(str, size or ()), strict=False))
        etree.SubElement(element, f"{{{MEDIA}}}thumbnail", {"url": uri(image), **sides})


class PlanetEntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Entry level."""

    def __init__(self) -> None:
        self.parts = EntryParts()

    def extend_atom(self, entry: Any) -> Any:
        for old in list(entry.iterchildren("link")):
            entry.remove(old)
        for link in self.parts.links:
            etree.SubElement(entry, "link", link)
        return entry

    def extend_rss(self, item: Any) -> Any:
        parts = self.parts
        if parts.published:
            etree.SubElement(item, "pubDate").text = parts.published
        if parts.language:
            etree.SubElement(item, f"{DUBLIN}language").text = parts.language
        if parts.rights:
            etree.SubElement(item, f"{DUBLIN}rights").text = parts.rights
        if parts.license:
            etree.SubElement(item, f"{{{LICENSE}}}license", nsmap={"creativeCommons": LICENSE}).text = parts.license
        thumbnail(item, parts.image, parts.image_size)
        for media in parts.media:
            etree.SubElement(item, f"{{{MEDIA}}}content", {**media, "url": uri(media["url"])})
        return item

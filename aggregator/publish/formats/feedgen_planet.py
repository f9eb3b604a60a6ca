"""The feedgen extension that mends what feedgen 1.0 loses or lacks, in Atom and in RSS, by the lxml elements it is handed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from aggregator.publish.formats.words import date

ATOM = "http://www.w3.org/2005/Atom"
MEDIA = "http://search.yahoo.com/mrss/"
HISTORY = "http://purl.org/syndication/history/1.0"
THREAD = "http://purl.org/syndication/thread/1.0"
DELETED = "http://purl.org/atompub/tombstones/1.0"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(slots=True)
class EntryParts:
    """What one entry gets beyond feedgen's own."""

    links: list[dict[str, str]] = field(default_factory=list)  # all of them, in order; feedgen loses rel and type
    source: Any = None  # a finished atom:source element
    language: str | None = None
    image: str | None = None
    in_reply_to: str | None = None
    media: list[dict[str, str]] = field(default_factory=list)  # RSS: enclosures after the first


@dataclass(slots=True)
class FeedParts:
    """What the feed gets beyond feedgen's own."""

    archive: bool = False
    tombstones: list[tuple[str, Any]] = field(default_factory=list)  # (id, when)
    rss_links: list[dict[str, str]] = field(default_factory=list)  # atom:link of an RSS channel beside self
    period: str | None = None


class PlanetExtension(BaseExtension):  # type: ignore[misc]
    """Feed level."""

    def __init__(self) -> None:
        self.parts = FeedParts()

    def extend_ns(self) -> dict[str, str]:
        spaces = {"media": MEDIA}
        if self.parts.archive:
            spaces["fh"] = HISTORY
        if self.parts.tombstones:
            spaces["at"] = DELETED
        if self.parts.period:
            spaces["sy"] = SYNDICATION
        return spaces

    def extend_atom(self, feed: Any) -> Any:
        if self.parts.archive:
            etree.SubElement(feed, f"{{{HISTORY}}}archive")
        for name, when in self.parts.tombstones:
            etree.SubElement(feed, f"{{{DELETED}}}deleted-entry", ref=name, when=date(when))
        return feed

    def extend_rss(self, rss: Any) -> Any:
        channel = rss[0]
        for link in self.parts.rss_links:
            etree.SubElement(channel, f"{{{ATOM}}}link", link)
        if self.parts.period:
            etree.SubElement(channel, f"{{{SYNDICATION}}}updatePeriod").text = self.parts.period
        if self.parts.archive:
            etree.SubElement(channel, f"{{{HISTORY}}}archive")
        return rss


class PlanetEntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Entry level."""

    def __init__(self) -> None:
        self.parts = EntryParts()

    def extend_atom(self, entry: Any) -> Any:
        parts = self.parts
        for old in entry.findall("link"):
            entry.remove(old)
        for link in parts.links:
            etree.SubElement(
                entry, "link", link
            )  # feedgen leaves its elements without a namespace until they are written
        if parts.source is not None:
            entry.append(parts.source)
        if parts.language:
            entry.set(XML_LANG, parts.language)
        self._extra(entry)
        return entry

    def _extra(self, element: Any) -> None:
        if self.parts.image:
            etree.SubElement(element, f"{{{MEDIA}}}thumbnail", url=self.parts.image)
        for media in self.parts.media:
            etree.SubElement(element, f"{{{MEDIA}}}content", media)
        if self.parts.in_reply_to:
            etree.SubElement(
                element, f"{{{THREAD}}}in-reply-to", {"ref": self.parts.in_reply_to}, nsmap={"thr": THREAD}
            )

    def extend_rss(self, entry: Any) -> Any:
        for old in entry.findall("author"):
            entry.remove(old)  # RSS wants a mail address there; names are in dc:creator
        self._extra(entry)
        return entry

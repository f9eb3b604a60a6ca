"""What a document says of its feed, by a table from element names to what they set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aggregator.model import NEW_FEED_URL, Person, RawLink, Text
from aggregator.parse import gather
from aggregator.parse.elements import Element, author, construct, link, markup, own_scope, said, words
from aggregator.parse.names import RDF, name_of
from aggregator.parse.setters import OPT_OUTS, Table, date, every, fill, first


@dataclass(slots=True)
class Head:
    """The fields of one feed as they are met."""

    title: Text | None = None
    subtitle: Text | None = None
    other_subtitle: Text | None = None  # itunes:summary and its like
    id: str | None = None
    links: list[RawLink] = field(default_factory=list)
    language: str | None = None
    updated: datetime | None = None
    authors: list[Person | None] = field(default_factory=list)
    rights: str | None = None
    icon: str | None = None
    logo: str | None = None
    ttl: timedelta = timedelta(0)
    period: str | None = None
    frequency: str | None = None
    hours: list[str | None] = field(default_factory=list)
    days: list[str | None] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    complete: bool = False
    private: bool = False


def head(element: Element) -> Head:
    """What a feed or channel element says of itself; its entries are passed over."""
    about = Head()
    fill(about, element, _TABLE)
    return about


def _link(about: Head, element: Element) -> None:
    text = words(element)
    if text:
        about.links.append(RawLink(text, base=own_scope(element)[0]))


def _moved(about: Head, element: Element) -> None:
    text = words(element)
    if text:
        about.links.append(RawLink(text, NEW_FEED_URL, base=own_scope(element)[0]))


def _image(about: Head, element: Element) -> None:
    url = next((words(e) for e in element if name_of(e.tag) == "url"), None)
    about.logo = about.logo or url or element.get(RDF + "resource") or element.get("href")


def _ttl(about: Head, element: Element) -> None:
    about.ttl = gather.minutes(words(element))


def _all(field_name: str) -> Callable[[Head, Element], None]:
    return lambda about, element: getattr(about, field_name).extend(words(e) for e in element)


def _complete(about: Head, element: Element) -> None:  # noqa: ARG001 - that it stands there says it
    about.complete = True


_TABLE = Table({
    "title": first("title", markup), "description": first("subtitle", markup), "tagline": first("subtitle", markup),
    "link": _link, "language": first("language", words), "managingEditor": every("authors", author),
    "author": every("authors", author), "copyright": first("rights", words), "lastBuildDate": date("updated"),
    "pubDate": date("updated"), "ttl": _ttl, "image": _image, "skipHours": _all("hours"), "skipDays": _all("days"),
    "category": every("tags", words),
    "a:title": first("title", construct), "a:subtitle": first("subtitle", construct), "a:tagline": first("subtitle", construct),
    "a:id": first("id", words), "a:link": every("links", link), "a:updated": date("updated"), "a:modified": date("updated"),
    "a:author": every("authors", author), "a:rights": first("rights", said), "a:copyright": first("rights", said),
    "a:icon": first("icon", words), "a:logo": first("logo", words),
    "a:category": every("tags", lambda e: e.get("term") or e.get("label")),
    "dc:title": first("title", markup), "dc:creator": every("authors", author), "dc:author": every("authors", author),
    "dc:subject": every("tags", words), "dc:description": first("other_subtitle", markup),
    "dc:language": first("language", words), "dc:rights": first("rights", words), "dc:date": date("updated"),
    "dct:modified": date("updated"),
    "itunes:author": every("authors", author), "itunes:image": _image, "itunes:subtitle": first("other_subtitle", markup),
    NEW_FEED_URL: _moved, "itunes:summary": first("other_subtitle", markup), "itunes:category": every("tags", lambda e: e.get("text")),
    "sy:updatePeriod": first("period", words), "sy:updateFrequency": first("frequency", words), "fh:complete": _complete,
    **OPT_OUTS,
})  # fmt: skip

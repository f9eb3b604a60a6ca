"""One entry of RSS, Atom or RDF, by a table from element names to what they set."""

from __future__ import annotations

from collections.abc import Callable

from aggregator.model import Enclosure, Origin, RawEntry, RawLink, Replies
from aggregator.model.record import replace
from aggregator.parse import gather
from aggregator.parse.dates import parse_date
from aggregator.parse.elements import (
    Element,
    author,
    construct,
    enclosure,
    link,
    markup,
    own_scope,
    plain,
    said,
    scope,
    words,
)
from aggregator.parse.gather import Gathered
from aggregator.parse.names import INDEX, RDF, name_of
from aggregator.parse.setters import OPT_OUTS, Setter, Table, date, every, fill, first, says


def entry(element: Element) -> RawEntry:
    """What an item or entry element says."""
    found = Gathered()
    found.base, found.language = scope(element)
    found.id = (element.get(RDF + "about") or "").strip() or None
    found.private = (element.get(INDEX) or "").lower() == "no"
    fill(found, element, _TABLE)
    return _finished(found)


def published(element: Element) -> str | None:
    """The text of the date that an entry element is to be ranked by; None where it has none."""
    by_name = {name_of(child.tag): child for child in element}
    return next((words(by_name[name]) for name in _DATES if name in by_name), None)


_DATES = ("pubDate", "a:published", "a:updated", "a:issued", "a:modified", "dc:date", "dct:issued", "pubdate")


def _finished(found: Gathered) -> RawEntry:
    """The record of what was gathered; what is said twice in other words fills the gaps only."""
    source = found.origin or _NO_SOURCE
    return RawEntry(
        id=found.id or None,
        id_is_link=found.id_is_link,
        links=tuple(found.links),
        original_link=found.original_link,
        comments=found.comments,
        title=found.title or found.other_title,
        summary=found.summary or found.other_summary or found.last_summary,
        content=found.content,
        authors=gather.people(found.authors or source.authors),
        published=found.published or (found.other_date if not found.updated else None),
        updated=found.updated or (found.other_date if found.published else None),
        tags=tuple(dict.fromkeys(filter(None, found.tags)))[: gather.MAX_TAGS] if found.tags else (),
        enclosures=tuple(dict.fromkeys(found.enclosures[: gather.MAX_ENCLOSURES])) if found.enclosures else (),
        image=found.image or found.other_image,
        image_size=found.image_size if found.image else found.other_size,
        rights=found.rights or source.rights,
        license=found.license,
        language=found.language,
        base=found.base,
        origin=found.origin,
        contributors=gather.people(found.contributors) if found.contributors else (),
        in_reply_to=found.in_reply_to,
        replies=found.replies,
        private=found.private,
    )


_NO_SOURCE = Origin()


def _guid(found: Gathered, element: Element) -> None:
    if found.id is None or element.get("isPermaLink") is not None:
        found.id = words(element)
        found.id_is_link = (element.get("isPermaLink") or "true").strip().lower() != "false"


def _rss_link(found: Gathered, element: Element) -> None:
    text = words(element) or element.get("href")
    if text:
        found.links.append(RawLink(text.strip(), base=own_scope(element)[0]))


def _atom_link(found: Gathered, element: Element) -> None:
    made = link(element)
    if made is None:
        return
    if made.rel == "enclosure":
        found.enclosures.append(Enclosure(made.href, made.type, gather.number(made.length), made.title))
    elif made.rel == "license" and found.license is None:
        found.license = made.href
    else:
        found.links.append(made)
        if made.rel == "replies" and made.type in (None, "text/html"):
            _said_there(found, element)


def _said_there(found: Gathered, element: Element) -> None:
    """What a link to comments tells of them."""
    said = {name_of(name): value for name, value in element.attrib.items()}
    count, updated = gather.number(said.get("thr:count")), parse_date(said.get("thr:updated"))
    if (count is not None or updated) and (found.replies is None or found.replies.count is None):
        found.replies = replace(found.replies or Replies(), count=count, updated=updated)


def _total(found: Gathered, element: Element) -> None:
    total = gather.number(words(element))
    if total is not None:
        found.replies = replace(found.replies or Replies(), total=total)


def _thumbnail(found: Gathered, element: Element) -> None:
    if found.image is None:
        found.image = element.get("url")
        found.image_size = gather.size(element.get("width"), element.get("height"))


def _term(element: Element) -> str | None:
    return (element.get("term") or element.get("label") or words(element) or "").strip() or None


def _topics(found: Gathered, element: Element) -> None:
    """itunes:category, which may hold a narrower one."""
    for one in element.iter(element.tag):
        found.tags.append((one.get("text") or words(one) or "").strip())


def _keywords(found: Gathered, element: Element) -> None:
    found.tags.extend(word.strip() for word in (words(element) or "").split(","))


def _rss_source(found: Gathered, element: Element) -> None:
    url = element.get("url")
    if url and found.origin is None:
        found.origin = Origin(title=words(element), url=url.strip())


def _atom_source(found: Gathered, element: Element) -> None:
    links = [made for made in (link(e) for e in element if name_of(e.tag) == "a:link") if made]
    by_name = {name_of(child.tag): child for child in element}

    def part(name: str, read: Callable[[Element], str | None] = words) -> str | None:
        return read(by_name[name]) if name in by_name else None

    found.origin = Origin(
        title=part("a:title", said),
        id=part("a:id"),
        url=next((made.href for made in links if made.rel == "self"), None),
        link=next((made.href for made in links if made.rel == "alternate"), None),
        updated=parse_date(part("a:updated")),
        authors=gather.people(author(e) for e in element if name_of(e.tag) == "a:author"),
        rights=part("a:rights", said),
        icon=part("a:icon"),
        logo=part("a:logo"),
        language=scope(element)[1],
        subtitle=part("a:subtitle", said),
        tags=tuple(filter(None, (_term(e) for e in element if name_of(e.tag) == "a:category"))),
    )


def _media(found: Gathered, element: Element) -> None:
    url, kind = element.get("url"), (element.get("type") or "").lower()
    medium = (element.get("medium") or kind.partition("/")[0]).lower()
    if medium == "image":
        if url and not found.other_image:
            found.other_image, found.other_size = url, gather.size(element.get("width"), element.get("height"))
    elif url and medium in ("audio", "video") and len(found.enclosures) < gather.MAX_ENCLOSURES:
        made = enclosure(element, url)
        if made and not any(known.url == made.url for known in found.enclosures):
            found.enclosures.append(made)
    fill(found, element, _MEDIA)


def _rss_enclosure(found: Gathered, element: Element) -> None:
    made = enclosure(element, element.get("url"))
    if made and len(found.enclosures) < gather.MAX_ENCLOSURES:
        found.enclosures = [known for known in found.enclosures if known.url != made.url] + [made]


def _draft(found: Gathered, element: Element) -> None:
    found.private = found.private or any(says("yes")(e) for e in element if name_of(e.tag) == "app:draft")


_MEDIA = Table({
    "media:thumbnail": _thumbnail, "media:title": first("other_title", plain),
    "media:description": first("other_summary", markup), "media:category": every("tags", words),
    "media:content": lambda found, element: _media(found, element),
})  # fmt: skip
_RSS: dict[str, Setter | None] = {
    "guid": _guid, "id": _guid, "link": _rss_link, "url": _rss_link, "title": first("title", markup),
    "description": first("summary", markup), "summary": first("other_summary", markup), "author": every("authors", author),
    "pubDate": date("published"), "pubdate": date("published"), "category": every("tags", words),
    "comments": first("comments", words), "source": _rss_source, "enclosure": _rss_enclosure,
    "content:encoded": first("content", markup), "body": first("content", markup), "fullitem": first("content", markup),
    "x:body": first("content", markup), "x:div": first("content", markup), "fb:origLink": first("original_link", words),
}  # fmt: skip
_ATOM: dict[str, Setter | None] = {
    "a:id": first("id", words), "a:title": first("title", construct), "a:summary": first("summary", construct),
    "a:content": first("content", construct), "a:published": date("published"), "a:issued": date("published"),
    "a:created": date("other_date"), "a:updated": date("updated"), "a:modified": date("updated"),
    "a:author": every("authors", author), "a:contributor": every("contributors", author), "a:category": every("tags", _term), "a:link": _atom_link,
    "a:source": _atom_source, "a:rights": first("rights", said), "a:copyright": first("rights", said), "app:control": _draft,
    "thr:in-reply-to": first("in_reply_to", lambda e: e.get("ref") or e.get("href")), "thr:total": _total,
}  # fmt: skip
_MODULES: dict[str, Setter | None] = {
    "dc:title": first("other_title", markup), "dc:creator": every("authors", author), "dc:author": every("authors", author),
    "dc:contributor": every("contributors", author),
    "dc:date": date("other_date"), "dct:issued": date("published"), "dct:created": date("other_date"),
    "dct:modified": date("updated"), "dc:subject": every("tags", words), "dc:rights": first("rights", words),
    "dct:rights": first("rights", words), "dc:description": first("other_summary", markup), "dc:language": first("language", words),
    "itunes:author": every("authors", author), "itunes:image": first("other_image", lambda e: e.get("href")),
    "itunes:summary": first("other_summary", markup), "itunes:subtitle": first("last_summary", plain),
    "itunes:title": first("other_title", plain), "itunes:category": _topics, "itunes:keywords": _keywords,
    "media:group": _media, "cc:license": first("license", lambda e: e.get(RDF + "resource") or words(e)),
}  # fmt: skip
_TABLE = Table({**_RSS, **_ATOM, **_MODULES, **_MEDIA, **OPT_OUTS})

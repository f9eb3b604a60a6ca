"""The fast lane: well-formed RSS, Atom and RDF, read with lxml without DTD, entities, network or huge trees.

Sure or silent: what it is not sure of gives None and goes to feedparser.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from lxml import etree

from aggregator.model import Enclosure, Origin, Person, RawEntry, RawFeed, RawLink, Text
from aggregator.parse import gather
from aggregator.parse.dates import parse_date
from aggregator.parse.gather import Gathered, person

Element = Any  # lxml's own type is no use to a type checker

ATOM = "{http://www.w3.org/2005/Atom}"
ATOM03 = "{http://purl.org/atom/ns#}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XML = "{http://www.w3.org/XML/1998/namespace}"
XHTML = "{http://www.w3.org/1999/xhtml}"
_RSS_NAMESPACES = (
    "{http://purl.org/rss/1.0/}",
    "{http://my.netscape.com/rdf/simple/0.9/}",
    "{http://purl.org/net/rss1.1#}",
    "{http://backend.userland.com/rss2}",
    "{http://backend.userland.com/RSS2}",
)
# Prefixes of ours for the namespaces that matter; a tag in any other namespace means nothing to us.
_PREFIXES = {
    ATOM: "a:", ATOM03: "a3:", RDF: "rdf:", XHTML: "x:",
    "{http://purl.org/dc/elements/1.1/}": "dc:", "{http://purl.org/dc/terms/}": "dct:",
    "{http://purl.org/rss/1.0/modules/content/}": "content:", "{http://purl.org/rss/1.0/modules/syndication/}": "sy:",
    "{http://search.yahoo.com/mrss/}": "media:", "{http://search.yahoo.com/mrss}": "media:",
    "{http://www.itunes.com/dtds/podcast-1.0.dtd}": "itunes:", "{http://purl.org/syndication/thread/1.0}": "thr:",
    "{http://rssnamespace.org/feedburner/ext/1.0}": "fb:", "{http://purl.org/syndication/history/1.0}": "fh:",
    "{http://www.w3.org/2007/app}": "app:", "{http://purl.org/atom/app#}": "app:",
    "{http://urlset.com/bloglines}": "bl:", "{http://www.bloglines.com/about/specs/fac-1.0}": "bl:",
    "{urn:atom-extension:indexing}": "ix:", "{http://backend.userland.com/creativeCommonsRssModule}": "cc:",
    "{http://web.resource.org/cc/}": "cc:", "{http://creativecommons.org/ns#}": "cc:",
    "{http://wellformedweb.org/CommentAPI/}": "wfw:",
}  # fmt: skip
_NAMES: dict[str, str] = {}  # tag -> our short name, filled as tags are met; bounded below


def name_of(tag: str) -> str:
    """Our short name of a tag: "title", "a:title", "dc:creator"; "" for a namespace that means nothing here."""
    known = _NAMES.get(tag)
    if known is None:
        space, _, local = tag.rpartition("}")
        prefix = "" if not space or space + "}" in _RSS_NAMESPACES else _PREFIXES.get(space + "}")
        known = "" if prefix is None else prefix + local
        if len(_NAMES) < 4096:
            _NAMES[tag] = known
    return known


def read(body: bytes, *, limit: int) -> RawFeed | None:
    """A UTF-8 document; None when it is not well-formed, has a DOCTYPE, or is no format that this lane is sure of.

    At most the first `limit` entries are read; the others are counted as lost.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    info: Any = root.getroottree().docinfo
    if info.doctype:
        return None
    return tree(root, limit)


def recover(body: bytes, *, limit: int) -> RawFeed | None:
    """What libxml2 can recover of a document that is not well-formed; None for nothing. Only after feedparser was asked."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, encoding="utf-8"
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return tree(root, limit) if root is not None else None


def tree(root: Element, limit: int) -> RawFeed | None:
    """A parsed document; None when it is no feed."""
    kind = name_of(root.tag) if isinstance(root.tag, str) else ""
    if kind in ("a:feed", "a3:feed"):
        return _feed(root, [e for e in root if name_of(str(e.tag)) in ("a:entry", "a3:entry")], "atom", limit)
    if kind.lower() in ("rss", "rdf:rdf"):
        channel = next((e for e in root if name_of(str(e.tag)).lower() == "channel"), None)
        if channel is None:
            return None
        items = [e for where in (channel, root) for e in where if name_of(str(e.tag)).lower() == "item"]
        return _feed(channel, items, "rdf" if kind.lower() != "rss" else "rss", limit)
    return None


def _feed(head: Element, items: list[Element], kind: str, limit: int) -> RawFeed:
    about = _Head()
    base, language = _scope(head)
    for element in head:
        handler = _HEAD.get(name_of(str(element.tag)))
        if handler:
            handler(about, element)
    entries = tuple(_entry(item) for item in items[:limit])
    return RawFeed(
        format=kind,
        lane="fast",
        title=about.title,
        subtitle=about.subtitle,
        id=about.id,
        links=tuple(about.links),
        language=language or about.language,
        updated=about.updated,
        authors=gather.people(about.authors),
        rights=about.rights,
        icon=about.icon,
        logo=about.logo,
        base=base,
        ttl=max(about.ttl, gather.period(about.period, about.frequency)),
        skip_hours=gather.hours(about.hours),
        skip_days=gather.days(about.days),
        tags=tuple(about.tags[: gather.MAX_TAGS]),
        complete=about.complete,
        private=about.private,
        entries=entries,
        lost=len(items) - len(entries),
    )


# ---------------------------------------------------------------- values


def _words(element: Element) -> str | None:
    """The text of an element without children's markup; None when it is blank."""
    text = element.text if not len(element) else "".join(element.itertext())
    text = (text or "").strip()
    return text or None


def _scope(element: Element) -> tuple[str | None, str | None]:
    """xml:base, outer ones joined to inner ones by the reader of it, and xml:lang in force at an element."""
    base: str | None = None
    language: str | None = None
    while element is not None:
        here = element.get(XML + "base")
        if here is not None:
            base = here if base is None else _join(here, base)
        if language is None:
            language = element.get(XML + "lang")
        element = element.getparent()
    return base, language


def _join(outer: str, inner: str) -> str:
    from urllib.parse import urljoin

    try:
        return urljoin(outer.strip(), inner.strip())
    except ValueError:
        return outer


def _own_scope(element: Element) -> tuple[str | None, str | None]:
    """_scope, but None for both where the element itself says nothing: its entry's then holds."""
    if element.get(XML + "base") is None and element.get(XML + "lang") is None:
        return None, None
    return _scope(element)


def _markup(element: Element) -> Text | None:
    """Something that RSS lets hold escaped HTML; inline XHTML is taken as markup too."""
    value = _inner(element) if len(element) else (element.text or "")
    if not value.strip():
        return None
    base, language = _own_scope(element)
    return Text(value, html=True, base=base, language=language)


def _plain(element: Element) -> Text | None:
    value = _words(element)
    return Text(value, html=False) if value else None


def _construct(element: Element) -> Text | None:
    """An Atom text construct (RFC 4287 section 3.1), Atom 0.3's types and modes included."""
    kind = (element.get("type") or "text").strip().lower()
    if element.get("mode") == "base64":
        return None
    if kind == "xhtml" or len(element):
        value, html = _inner(element), True
    else:
        value, html = (
            element.text or "",
            kind in ("html", "text/html", "application/xhtml+xml")
            or (kind == "text" and element.get("mode") == "escaped"),
        )
    if not value.strip():
        return None
    base, language = _own_scope(element)
    return Text(value, html=html, base=base, language=language)


def _inner(element: Element) -> str:
    """The markup inside an element as HTML text, its namespaces dropped."""
    copy = deepcopy(element)
    for node in copy.iter(etree.Element):
        node.tag = node.tag.rpartition("}")[2]
        for key in [k for k in node.attrib if k.startswith("{")]:
            del node.attrib[key]
    etree.cleanup_namespaces(copy)
    parts = [copy.text or ""] if not len(copy) else [_escape(copy.text or "")]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in copy]
    return "".join(parts)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _author(element: Element) -> Person | None:
    """An Atom person: its name, else what its address or text says."""
    name = url = None
    for part in element:
        local = str(part.tag).rpartition("}")[2]
        if local == "name":
            name = _words(part)
        elif local in ("uri", "url"):
            url = _words(part)
    return person(name or (_words(element) if not len(element) else None), url)


def _link(element: Element) -> RawLink | None:
    href = (element.get("href") or "").strip()
    if not href:
        return None
    get = element.get
    return RawLink(
        href,
        (get("rel") or "alternate").strip().lower(),
        get("type"),
        get("hreflang"),
        get("title"),
        get("length"),
        _own_scope(element)[0],
    )


def _enclosure(element: Element, url: str | None) -> Enclosure | None:
    if not url or not url.strip():
        return None
    size = gather.number(element.get("length") or element.get("fileSize"))
    return Enclosure(url.strip(), element.get("type"), size, element.get("title"))


# ---------------------------------------------------------------- entries

Setter = Callable[[Gathered, Element], None]


def _entry(element: Element) -> RawEntry:
    found = Gathered()
    base, language = _scope(element)
    found.base, found.language = base, language
    about = element.get(RDF + "about")
    if about:
        found.id = about.strip()
    _fill(found, element)
    return finished(found)


def _fill(found: Gathered, element: Element) -> None:
    for child in element:
        handler = _ENTRY.get(name_of(str(child.tag)))
        if handler:
            handler(found, child)


def finished(found: Gathered) -> RawEntry:
    """The record of what was gathered; what is said twice in other words fills the gaps only."""
    return RawEntry(
        id=found.id or None,
        id_is_link=found.id_is_link,
        links=tuple(found.links),
        original_link=found.original_link,
        comments=found.comments,
        title=found.title or found.other_title,
        summary=found.summary or found.other_summary,
        content=found.content,
        authors=gather.people(found.authors),
        published=found.published or (found.other_date if not found.updated else None),
        updated=found.updated or (found.other_date if found.published else None),
        tags=tuple(dict.fromkeys(tag for tag in found.tags if tag))[: gather.MAX_TAGS],
        enclosures=tuple(dict.fromkeys(found.enclosures)),
        image=found.image or found.other_image,
        rights=found.rights,
        license=found.license,
        language=found.language,
        base=found.base,
        origin=found.origin,
        in_reply_to=found.in_reply_to,
        private=found.private,
    )


def _first(field_name: str, value: Callable[[Element], Any]) -> Setter:
    """The first of several that is not blank counts."""

    def put(found: Gathered, element: Element) -> None:
        if getattr(found, field_name) is None:
            setattr(found, field_name, value(element))

    return put


def _date(field_name: str) -> Setter:
    return _first(field_name, lambda element: parse_date(_words(element)))


def _append(field_name: str, value: Callable[[Element], Any]) -> Setter:
    def put(found: Gathered, element: Element) -> None:
        made = value(element)
        if made is not None:
            getattr(found, field_name).append(made)

    return put


def _guid(found: Gathered, element: Element) -> None:
    if found.id is None or element.get("isPermaLink") is not None:
        found.id = _words(element)
        found.id_is_link = (element.get("isPermaLink") or "true").strip().lower() != "false"


def _rss_link(found: Gathered, element: Element) -> None:
    text = _words(element) or element.get("href")
    if text:
        found.links.append(RawLink(text.strip(), base=_own_scope(element)[0]))


def _atom_link(found: Gathered, element: Element) -> None:
    link = _link(element)
    if link is None:
        return
    if link.rel == "enclosure":
        found.enclosures.append(Enclosure(link.href, link.type, gather.number(link.length), link.title))
    elif link.rel == "license" and found.license is None:
        found.license = link.href
    else:
        found.links.append(link)


def _category(element: Element) -> str | None:
    return (element.get("label") or element.get("term") or _words(element) or "").strip() or None


def _term(element: Element) -> str | None:
    return (element.get("term") or element.get("label") or _words(element) or "").strip() or None


def _rss_source(found: Gathered, element: Element) -> None:
    url = element.get("url")
    if url and found.origin is None:
        found.origin = Origin(title=_words(element), url=url.strip())


def _atom_source(found: Gathered, element: Element) -> None:
    links = [link for link in (_link(e) for e in element if name_of(str(e.tag)) == "a:link") if link]
    by_name = {name_of(str(child.tag)): child for child in element}
    text = {key: _words(child) for key, child in by_name.items()}
    found.origin = Origin(
        title=text.get("a:title"),
        id=text.get("a:id"),
        url=next((link.href for link in links if link.rel == "self"), None),
        link=next((link.href for link in links if link.rel == "alternate"), None),
        updated=parse_date(text.get("a:updated")),
    )
    if not found.authors and "a:author" in by_name:
        found.authors.append(_author(by_name["a:author"]))
    if found.rights is None:
        found.rights = text.get("a:rights")


def _media(found: Gathered, element: Element) -> None:
    url, kind = element.get("url"), (element.get("type") or "").lower()
    medium = (element.get("medium") or kind.partition("/")[0]).lower()
    if medium == "image":
        found.other_image = found.other_image or url
    elif url and medium in ("audio", "video"):
        made = _enclosure(element, url)
        if made and not any(known.url == made.url for known in found.enclosures):
            found.enclosures.append(made)
    _fill(found, element)


def _thumbnail(found: Gathered, element: Element) -> None:
    found.image = found.image or element.get("url")


def _rss_enclosure(found: Gathered, element: Element) -> None:
    made = _enclosure(element, element.get("url"))
    if made:
        found.enclosures = [known for known in found.enclosures if known.url != made.url] + [made]


def _is(word: str) -> Callable[[Element], bool]:
    return lambda element: (_words(element) or "").strip().lower() == word


def _mark(test: Callable[[Element], bool]) -> Callable[[Any, Element], None]:
    def put(found: Any, element: Element) -> None:
        found.private = found.private or test(element)

    return put


def _draft(found: Gathered, element: Element) -> None:
    found.private = found.private or any(_is("yes")(e) for e in element if name_of(str(e.tag)) == "app:draft")


_DENY = _mark(lambda element: (element.get("relationship") or "").lower() == "deny")
_NO_INDEX = _mark(lambda element: (element.get("index") or _words(element) or "").lower() == "no")
_REPLY = _first("in_reply_to", lambda e: e.get("ref") or e.get("href"))
_ENTRY: dict[str, Setter] = {
    "guid": _guid, "id": _guid, "link": _rss_link, "url": _rss_link, "title": _first("title", _markup), "description": _first("summary", _markup),
    "author": _append("authors", lambda e: person(_words(e))), "pubDate": _date("published"), "pubdate": _date("published"),
    "category": _append("tags", _words), "comments": _first("comments", _words), "source": _rss_source, "enclosure": _rss_enclosure,
    "a:id": _first("id", _words), "a:title": _first("title", _construct), "a:summary": _first("summary", _construct),
    "a:content": _first("content", _construct), "a:published": _date("published"), "a:updated": _date("updated"),
    "a:author": _append("authors", _author), "a:category": _append("tags", _term), "a:link": _atom_link, "a:source": _atom_source,
    "a:rights": _first("rights", _words),
    "a3:id": _first("id", _words), "a3:title": _first("title", _construct), "a3:summary": _first("summary", _construct),
    "a3:content": _first("content", _construct), "a3:issued": _date("published"), "a3:created": _date("other_date"),
    "a3:modified": _date("updated"), "a3:author": _append("authors", _author), "a3:link": _atom_link,
    "dc:title": _first("other_title", _markup), "dc:creator": _append("authors", lambda e: person(_words(e))),
    "dc:date": _date("other_date"), "dct:issued": _date("published"), "dct:created": _date("other_date"), "dct:modified": _date("updated"),
    "dc:subject": _append("tags", _words), "dc:rights": _first("rights", _words), "dc:description": _first("other_summary", _markup),
    "dc:language": _first("language", _words), "dct:rights": _first("rights", _words),
    "content:encoded": _first("content", _markup), "x:body": _first("content", _markup), "x:div": _first("content", _markup),
    "fb:origLink": _first("original_link", _words),
    "itunes:author": _append("authors", lambda e: person(_words(e))), "itunes:image": _first("other_image", lambda e: e.get("href")),
    "itunes:summary": _first("other_summary", _markup), "itunes:block": _mark(_is("yes")), "itunes:title": _first("other_title", _plain),
    "media:content": _media, "media:group": _media, "media:thumbnail": _thumbnail, "media:title": _first("other_title", _plain),
    "media:description": _first("other_summary", _markup),
    "thr:in-reply-to": _REPLY, "app:control": _draft, "bl:restriction": _DENY, "ix:index": _NO_INDEX,
    "cc:license": _first("license", lambda e: e.get(RDF + "resource") or _words(e)),
}  # fmt: skip


# ---------------------------------------------------------------- the feed's own head


@dataclass(slots=True)
class _Head:
    title: Text | None = None
    subtitle: Text | None = None
    id: str | None = None
    links: list[RawLink] = field(default_factory=list)
    language: str | None = None
    updated: Any = None
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


def _head_link(about: _Head, element: Element) -> None:
    text = _words(element)
    if text:
        about.links.append(RawLink(text, base=_own_scope(element)[0]))


def _head_atom_link(about: _Head, element: Element) -> None:
    link = _link(element)
    if link:
        about.links.append(link)


def _image(about: _Head, element: Element) -> None:
    url = next((_words(e) for e in element if name_of(str(e.tag)) == "url"), None)
    about.logo = about.logo or url or element.get(RDF + "resource") or element.get("href")


def _ttl(about: _Head, element: Element) -> None:
    about.ttl = gather.minutes(_words(element))


def _list(field_name: str) -> Callable[[_Head, Element], None]:
    return lambda about, element: getattr(about, field_name).extend(_words(e) for e in element)


def _complete(about: _Head, element: Element) -> None:  # noqa: ARG001 - that it stands there says it
    about.complete = True


_HEAD: dict[str, Callable[[Any, Element], None]] = {
    "title": _first("title", _markup), "description": _first("subtitle", _markup), "link": _head_link,
    "language": _first("language", _words), "managingEditor": _append("authors", lambda e: person(_words(e))),
    "copyright": _first("rights", _words), "lastBuildDate": _date("updated"), "pubDate": _date("updated"), "ttl": _ttl,
    "image": _image, "skipHours": _list("hours"), "skipDays": _list("days"), "category": _append("tags", _words),
    "a:title": _first("title", _construct), "a:subtitle": _first("subtitle", _construct), "a:id": _first("id", _words),
    "a:link": _head_atom_link, "a:updated": _date("updated"), "a:author": _append("authors", _author),
    "a:rights": _first("rights", _words), "a:icon": _first("icon", _words), "a:logo": _first("logo", _words),
    "a:category": _append("tags", _term),
    "a3:title": _first("title", _construct), "a3:tagline": _first("subtitle", _construct), "a3:id": _first("id", _words),
    "a3:link": _head_atom_link, "a3:modified": _date("updated"), "a3:author": _append("authors", _author),
    "a3:copyright": _first("rights", _words),
    "dc:title": _first("title", _markup), "dc:creator": _append("authors", lambda e: person(_words(e))),
    "dc:language": _first("language", _words), "dc:rights": _first("rights", _words), "dc:date": _date("updated"),
    "itunes:author": _append("authors", lambda e: person(_words(e))), "itunes:image": _image, "itunes:block": _mark(_is("yes")),
    "sy:updatePeriod": _first("period", _words), "sy:updateFrequency": _first("frequency", _words),
    "fh:complete": _complete, "bl:restriction": _DENY, "ix:index": _NO_INDEX,
}  # fmt: skip

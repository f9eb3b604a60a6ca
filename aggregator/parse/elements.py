"""The values of elements: words, marked-up text, people, links, with the xml:base and xml:lang in force at them."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection
from copy import deepcopy
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from aggregator.editorial.patterns import late
from aggregator.model import Enclosure, Person, RawLink, Text
from aggregator.parse import gather
from aggregator.parse.gather import person
from aggregator.parse.names import XML, name_of

Element = Any  # lxml's own type is no use to a type checker
_BASE, _LANGUAGE = XML + "base", XML + "lang"


def words(element: Element) -> str | None:
    """The text of an element without children's markup; None when it is blank."""
    text = element.text if not len(element) else "".join(element.itertext())
    return (text.strip() or None) if text else None


def scope(element: Element) -> tuple[str | None, str | None]:
    """xml:base, outer ones joined to inner ones by the reader of it, and xml:lang in force at an element."""
    base: str | None = None
    language: str | None = None
    while element is not None:
        here = element.get(_BASE)
        if here is not None:
            base = here if base is None else _join(here, base)
        if language is None:
            language = element.get(_LANGUAGE)
        element = element.getparent()
    return base, language


def _join(outer: str, inner: str) -> str:
    try:
        return urljoin(outer.strip(), inner.strip())
    except ValueError:
        return outer


def own_scope(element: Element, names: Collection[str] | None = None) -> tuple[str | None, str | None]:
    """scope(), but None for both where the element itself says nothing: its entry's then holds. `names`: of its attributes."""
    if names is None:
        names = element.keys()  # of most elements there is none; to ask for one by its name costs three times as much
    return scope(element) if names and (_BASE in names or _LANGUAGE in names) else (None, None)


def markup(element: Element) -> Text | None:
    """Something that RSS lets hold escaped HTML; inline XHTML is taken as markup too."""
    value = _inner(element) if len(element) else (element.text or "")
    if not value or value.isspace():
        return None
    base, language = own_scope(element)
    return Text(value, html=True, base=base, language=language)


def plain(element: Element) -> Text | None:
    value = words(element)
    return Text(value, html=False) if value else None


def construct(element: Element) -> Text | None:
    """An Atom text construct or content (RFC 4287 sections 3.1 and 4.1.3), Atom 0.3's types and modes included."""
    given = dict(element.items())
    kind = (given.get("type") or "text").strip().lower()
    mode = (given.get("mode") or "").strip().lower()
    if kind == "xhtml" or len(element):
        value, html = _inner(element), True
    elif mode == "base64" or _is_binary(kind):
        value, html = _unpacked(element), True
    else:
        value = element.text or ""
        html = kind in ("html", "text/html", "application/xhtml+xml") or (kind == "text" and mode == "escaped")
    if not value or value.isspace():
        return None
    base, language = own_scope(element, given)
    return Text(value, html=html, base=base, language=language)


def said(element: Element) -> str | None:
    """A text construct as words on one line, its markup gone; None when it is blank."""
    text = construct(element)
    if text is None:
        return None
    value = text.value
    if text.html:
        root = etree.fromstring(f"<p>{value}", etree.HTMLParser(no_network=True))
        value = "".join(map(str, root.itertext())) if root is not None else ""
    return " ".join(value.split()) or None


def _is_binary(kind: str) -> bool:
    """A media type whose content stands in base64: all but text and XML (RFC 4287 section 4.1.3.3)."""
    return "/" in kind and not kind.startswith("text/") and not kind.endswith(("/xml", "+xml"))


def _unpacked(element: Element) -> str:
    """Base64 that holds text; "" for a picture. Where it is no base64 at all, its type is made up: the text as it is."""
    text = element.text or ""
    try:
        return b64decode(text).decode("utf-8")
    except ValueError:
        return "" if name_of(element.tag) == "a:content" else text


def _inner(element: Element) -> str:
    """The markup inside an element as HTML text, its namespaces dropped."""
    copy = deepcopy(element)
    for node in copy.iter(etree.Element):
        node.tag = _local(node.tag)
        for key in [k for k in node.attrib if k.startswith("{")]:
            del node.attrib[key]
    etree.cleanup_namespaces(copy)
    parts = [copy.text or ""] if not len(copy) else [_escape(copy.text or "")]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in copy]
    return "".join(parts)


def _local(tag: str) -> str:
    """A tag without namespace. Of a recovered document it may have a prefix that stands for nothing, or be no name at all."""
    name = tag.rpartition("}")[2]
    if ":" in name:
        name = name.rpartition(":")[2]
        return name if _NAME.fullmatch(name) else "span"
    return name


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_NAME = late(r"[A-Za-z_][\w.-]*")
_PARTS = {"name", "email", "uri", "url", "homepage"}


def author(element: Element) -> Person | None:
    """A person: the name inside, as Atom has it, else the text, as RSS has it; None without a name."""
    if not len(element):
        return person(element.text)
    by_name = {str(part.tag).rpartition("}")[2]: part for part in element}
    url = next((by_name[key] for key in ("uri", "url", "homepage") if key in by_name), None)
    name = by_name.get("name", None if by_name.keys() & _PARTS else element)
    return person(words(name) if name is not None else None, words(url) if url is not None else None)


def link(element: Element) -> RawLink | None:
    given = dict(element.items())
    href = (given.get("href") or "").strip()
    if not href:
        return None
    get = given.get
    return RawLink(
        href,
        (get("rel") or "alternate").strip().lower(),
        get("type"),
        get("hreflang"),
        get("title"),
        get("length"),
        own_scope(element, given)[0],
    )


def enclosure(element: Element, url: str | None) -> Enclosure | None:
    if not url or not url.strip():
        return None
    size = gather.number(element.get("length") or element.get("fileSize"))
    return Enclosure(url.strip(), element.get("type"), size, element.get("title"))

"""The Link header of a feed: the same self and hub as in the document (RFC 8288, WebSub section 4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote

from lxml import etree

_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_ENTRIES = {"{http://www.w3.org/2005/Atom}entry", "item"}
_RELATIONS = ("self", "hub")
_UNSAFE = frozenset('<>"{}|\\^`')


def hub_links(name: str, body: bytes) -> str:
    """The header's value for a file of this name; "" where the document names neither self nor hub."""
    suffix = name.rpartition(".")[2]
    try:
        if suffix in ("atom", "rss"):
            found = list(_of_xml(body))
        elif suffix == "json":
            found = list(_of_json(body))
        else:
            return ""
    except (etree.XMLSyntaxError, ValueError, RecursionError):
        return ""
    ordered = sorted((link for link in found if _safe(link[1])), key=lambda link: _RELATIONS.index(link[0]))
    return ", ".join(f'<{url}>; rel="{relation}"' for relation, url in ordered)


def text_links(name: str, base_url: str, hub: str) -> str:
    """The header's value for a document that can name no hub itself, a text or a list of sources; "" for any other."""
    if name.rpartition(".")[2] not in ("txt", "opml"):
        return ""
    return f'<{base_url}{quote(name)}>; rel="self", <{hub}>; rel="hub"'


def _of_xml(body: bytes) -> Iterator[tuple[str, str]]:
    """Links before the first entry."""
    parser = etree.iterparse(BytesIO(body), events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
    for _, element in parser:
        if element.tag in _ENTRIES:
            return
        relation = element.get("rel", "alternate")
        if element.tag == _ATOM_LINK and relation in _RELATIONS:
            yield relation, element.get("href", "")


def _of_json(body: bytes) -> Iterator[tuple[str, str]]:
    document = json.loads(body)
    if not isinstance(document, dict) or "items" not in document:
        return
    if isinstance(document.get("feed_url"), str):
        yield "self", document["feed_url"]
    for hub in document.get("hubs") or []:
        if isinstance(hub, dict) and isinstance(hub.get("url"), str):
            yield "hub", hub["url"]


def _safe(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url and _UNSAFE.isdisjoint(url) and ":" in url

"""The feed behind a page (checklist G7): what the page names, its Link headers, then the usual paths, each asked once."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml import html

from aggregator.editorial.links import absolute
from aggregator.errors import SourceError
from aggregator.fetch.client import Client
from aggregator.model import Document
from aggregator.schedule.linking import links

TYPES = (
    "application/atom+xml",
    "application/rss+xml",
    "application/feed+json",
    "application/json",
    "application/rdf+xml",
    "text/xml",
    "application/xml",
)
USUAL = ("feed", "feed.xml", "atom.xml", "rss.xml", "index.xml", "feed.json")
MOST = 8  # addresses that are tried of those that a page names
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF|[\w-]+:RDF)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|kommentar|commentaire|comentario", re.IGNORECASE)


async def discover(url: str, client: Client) -> tuple[str, Document]:
    """The address of the feed at or behind `url`, and its document. Raises SourceError when there is none."""
    if "://" not in url:
        url = f"https://{url}"
    document = await _get(url, client)
    if looks_like_feed(document.body):
        return url, document
    tried = {url}
    for candidate in [
        *candidates(document)[:MOST],
        *(urljoin(document.answer.final_url, f"/{path}") for path in USUAL),
    ]:
        if candidate in tried:
            continue
        tried.add(candidate)
        try:
            found = await _get(candidate, client)
        except SourceError:
            continue
        if looks_like_feed(found.body):
            return candidate, found
    raise SourceError("not_feed", f"no feed was found at this address or behind it ({len(tried)} addresses were tried)")


async def _get(url: str, client: Client) -> Document:
    got = await client.get(url)
    if not isinstance(got, Document):
        raise SourceError("http", "the server answered 304 to a first request", got.answer)
    return got


def looks_like_feed(body: bytes) -> bool:
    """Its beginning is that of RSS, Atom, RDF or JSON Feed."""
    start = body[:4096]
    if start.lstrip()[:1] == b"{":
        return b"jsonfeed.org/version" in start or b'"items"' in body[:200_000]
    return bool(_FEED.search(start)) and b"<html" not in start.lower().partition(b"<rss")[0][:200]


def candidates(document: Document) -> list[str]:
    """What a page and its headers name as feeds: Atom before RSS before JSON, feeds of comments last; each once."""
    found: list[tuple[int, str]] = []
    base = document.answer.final_url
    for rel, href, kind, title in [*_of_headers(document, base), *_of_page(document.body, base)]:
        if "alternate" in rel.lower().split() and kind in TYPES:
            late = 100 if _COMMENTS.search(f"{title} {href}") else 0
            found.append((TYPES.index(kind) + late, href))
    return list(dict.fromkeys(href for _, href in sorted(found, key=lambda one: one[0])))


def _of_headers(document: Document, base: str) -> list[tuple[str, str, str, str]]:
    found = links(document.answer.headers, base)
    return [(" ".join(link.relations), link.url, (link.type or "").lower(), "") for link in found]


def _of_page(body: bytes, base: str) -> list[tuple[str, str, str, str]]:
    try:
        tree = html.document_fromstring(body[:1_000_000], parser=html.HTMLParser(encoding=None, no_network=True))
    except (ValueError, html.etree.ParserError, html.etree.XMLSyntaxError):
        return []
    for element in tree.iter("base"):
        base = absolute(element.get("href"), base) or base
        break
    out = []
    for link in tree.iter("link"):
        href = absolute(link.get("href"), base)
        if href:
            kind = (link.get("type") or "").partition(";")[0].strip().lower()
            out.append((link.get("rel") or "", href, kind, link.get("title") or ""))
    return out

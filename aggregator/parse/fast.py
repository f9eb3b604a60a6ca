"""The fast lane: well-formed RSS, Atom and RDF, read with lxml without DTD, entities, network or huge trees.

Sure or silent: what it is not sure of gives None and goes to feedparser.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from aggregator.model import RawFeed
from aggregator.parse import gather
from aggregator.parse.dates import parse_date
from aggregator.parse.elements import Element, scope
from aggregator.parse.entries import entry, published
from aggregator.parse.heads import head
from aggregator.parse.names import INDEX, name_of


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
        return tree(root, limit) if root is not None else None
    except (etree.XMLSyntaxError, ValueError):  # libxml2 recovers half a character, too, and lxml cannot read it then
        return None


def tree(root: Element, limit: int) -> RawFeed | None:
    """A parsed document; None when it is no feed."""
    kind = name_of(root.tag)
    if kind == "a:feed":
        return _feed(root, [e for e in root if name_of(e.tag) == "a:entry"], "atom", limit)
    if kind.lower() in ("rss", "rdf:rdf") or kind in ("channel", "Channel"):  # CHANNEL in capitals is CDF
        return _channel(root, "rss" if kind.lower() == "rss" else "rdf", limit)
    return None


def _channel(root: Element, kind: str, limit: int) -> RawFeed | None:
    """RSS and RDF: items inside the channel, beside it, in a list of their own, or in a document without a channel."""
    channel = root if _is(root, "channel") else next((e for e in root if _is(e, "channel")), None)
    lists = (channel, root, *(e for e in channel if _is(e, "items"))) if channel is not None else (root,)
    items = [e for where in dict.fromkeys(lists) for e in where if _is(e, "item")]
    if channel is None and kind == "rdf" and not items:
        return None  # RDF of another kind
    return _feed(channel if channel is not None else root, items, kind, limit)


def _is(element: Element, name: str) -> bool:
    return name_of(element.tag).lower() == name


def _feed(element: Element, items: list[Element], kind: str, limit: int) -> RawFeed:
    about = head(element)
    base, language = scope(element)
    wanted = gather.newest(items, limit, lambda item: parse_date(published(item)))
    return RawFeed(
        format=kind,
        lane="fast",
        title=about.title,
        subtitle=about.subtitle or about.other_subtitle,
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
        tags=tuple(dict.fromkeys(tag for tag in about.tags if tag))[: gather.MAX_TAGS],
        complete=about.complete,
        private=about.private or (element.get(INDEX) or "").lower() == "no",
        entries=tuple(map(entry, wanted)),
        lost=len(items) - len(wanted),
    )

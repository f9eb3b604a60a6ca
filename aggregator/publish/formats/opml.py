"""sources.opml: the published source list, OPML 2.0. Sources with credentials or private hosts are not in it."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime

from lxml import etree

from aggregator.model import SourceFacts

NAME, TYPE = "sources.opml", "text/x-opml"


def render(title: str, sources: Sequence[SourceFacts]) -> bytes:
    """The document; never without an outline, as the specification wants. The same sources give the same bytes."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = f"{title}: sources"
    newest = max((source.updated for source in sources if source.updated), default=None)
    if newest:
        etree.SubElement(head, "dateModified").text = format_datetime(newest.replace(microsecond=0), usegmt=True)
    body = etree.SubElement(root, "body")
    listed = [source for source in sources if source.listed]
    for source in listed:
        attributes = {"type": "rss", "text": source.title, "title": source.title, "xmlUrl": source.url}
        if source.link:
            attributes["htmlUrl"] = source.link
        if source.language:
            attributes["language"] = source.language
        if source.tags:
            attributes["category"] = ",".join(tag.replace(",", " ") for tag in source.tags)
        etree.SubElement(body, "outline", attributes)
    if not listed:
        etree.SubElement(body, "outline", text="no sources yet")
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document

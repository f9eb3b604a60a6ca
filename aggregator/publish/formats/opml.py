"""sources.opml: the published source list, OPML 2.0. Sources that take credentials are not in it."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.model import SourceFacts
from aggregator.publish.formats.words import mail_date

NAME, TYPE = "sources.opml", "text/x-opml"


def render(title: str, sources: Sequence[SourceFacts]) -> bytes:
    """The document; never without an outline, as the specification wants. The same sources give the same bytes."""
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = f"{title}: sources"
    newest = max((source.updated for source in sources if source.updated), default=None)
    if newest:
        etree.SubElement(head, "dateModified").text = mail_date(newest)
    etree.SubElement(head, "ownerName").text = title
    body = etree.SubElement(root, "body")
    outlines = [_outline(source) for source in sources if source.listed]
    for attributes in outlines or [{"text": "no sources yet"}]:
        etree.SubElement(body, "outline", attributes)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _outline(source: SourceFacts) -> dict[str, str]:
    """`rss` is the type for Atom, too (checklist I1)."""
    attributes = {"type": "rss", "text": source.title, "title": source.title, "xmlUrl": source.url}
    if source.link:
        attributes["htmlUrl"] = source.link
    if source.language:
        attributes["language"] = source.language
    if source.tags:
        attributes["category"] = ",".join(tag.replace(",", " ") for tag in source.tags)
    return attributes

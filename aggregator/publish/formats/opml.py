"""sources.opml: the published source list, OPML 2.0. Sources that take credentials are not in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO

from aggregator.model import SourceFacts
from aggregator.publish.formats.words import mail_date, styled

NAME, TYPE = "sources.opml", "text/x-opml"


def render(title: str, sources: Iterable[SourceFacts], base_url: str) -> bytes:
    """The document; never without an outline, as the specification wants. The same sources give the same bytes.

    Outline by outline: the tree of a million takes a gigabyte.
    """
    from lxml import etree

    body, newest = BytesIO(), None
    for source in sources:
        newest = max(filter(None, (newest, source.updated)), default=None)
        if source.listed:
            body.write(b"    " + etree.tostring(etree.Element("outline", _outline(source)), encoding="UTF-8") + b"\n")
    if not body.tell():
        body.write(b'    <outline text="no sources yet"/>\n')
    return b"".join((styled(_head(title, newest), base_url), b"  <body>\n", body.getbuffer(), b"  </body>\n</opml>\n"))


def _head(title: str, newest: datetime | None) -> bytes:
    """Everything above the body."""
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = f"{title}: sources"
    if newest:
        etree.SubElement(head, "dateModified").text = mail_date(newest)
    etree.SubElement(head, "ownerName").text = title
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document.removesuffix(b"</opml>\n")


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

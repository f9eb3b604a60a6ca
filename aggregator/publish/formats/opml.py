"""sources.opml: the published source list, OPML 2.0. Sources that take credentials, or that only a private network has,
are not in it (checklist I4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from ipaddress import ip_address

from aggregator.editorial.links import host_of, uri
from aggregator.model import SourceFacts
from aggregator.publish.formats.words import mail_date, styled

NAME, TYPE = "sources.opml", "text/x-opml"
_INTERNAL = (".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".home.arpa")


def render(title: str, sources: Iterable[SourceFacts], base_url: str) -> bytes:
    """The document; never without an outline, as the specification wants. The same sources give the same bytes.

    Outline by outline: the tree of a million takes a gigabyte.
    """
    from lxml import etree

    body, newest = BytesIO(), None
    inside = internal(base_url)
    for source in sources:
        newest = max(filter(None, (newest, source.updated)), default=None)
        if source.listed and (inside or not internal(source.url)):
            body.write(b"    " + etree.tostring(etree.Element("outline", _outline(source)), encoding="UTF-8") + b"\n")
    if not body.tell():
        body.write(b'    <outline text="no sources yet"/>\n')
    return b"".join((styled(_head(title, newest), base_url), b"  <body>\n", body.getbuffer(), b"  </body>\n</opml>\n"))


def internal(url: str) -> bool:
    """On a host of somebody's own network, which is nobody else's business. Loopback tells nothing of any network."""
    host = host_of(url)
    try:
        address = ip_address(host)
    except ValueError:
        return ("." not in host and host != "localhost") or host.endswith(_INTERNAL)
    return address.is_private and not address.is_loopback


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
    attributes = {"type": "rss", "text": source.title, "title": source.title, "xmlUrl": uri(source.url)}
    if source.link:
        attributes["htmlUrl"] = uri(source.link)
    if source.language:
        attributes["language"] = source.language
    if source.tags:
        attributes["category"] = ",".join(tag.replace(",", " ") for tag in source.tags)
    return attributes

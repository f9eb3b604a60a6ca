"""feed.atom: RFC 4287, with RFC 5005 links, through feedgen."""

from __future__ import annotations

from typing import Any

from aggregator import version
from aggregator.model import Edition, Story, Telling
from aggregator.publish.formats import words

NAME, TYPE = "feed.atom", "application/atom+xml"


def render(edition: Edition) -> bytes:
    """The document. The same edition gives the same bytes."""
    feed = _head(edition)
    for story in edition.stories:
        _entry(feed, story, edition)
    return styled(feed.atom_str(pretty=True), edition)


def styled(document: bytes, edition: Edition) -> bytes:
    """With the stylesheet that explains a feed to a person who opens it (checklist F21)."""
    pi = f'<?xml-stylesheet type="text/css" href="{edition.base_url}feed.css"?>\n'.encode()
    head, end, rest = document.partition(b"?>\n")
    return head + end + pi + rest


def generator() -> Any:
    """A feedgen feed with our extension."""
    from feedgen.feed import FeedGenerator

    from aggregator.publish.formats.feedgen_planet import PlanetEntryExtension, PlanetExtension

    feed = FeedGenerator()
    feed.register_extension("planet", PlanetExtension, PlanetEntryExtension)
    return feed


def _head(edition: Edition) -> Any:
    feed = generator()
    feed.id(edition.feed_id)
    feed.title(edition.title)
    if edition.description:
        feed.subtitle(edition.description)
    feed.updated(edition.updated)
    feed.generator("aggregator", version=version(), uri="https://pypi.org/project/aggregator/")
    feed.author({"name": edition.title})
    if edition.language:
        feed.language(edition.language)
    feed.link(links(edition), replace=True)
    feed.planet.parts.archive = edition.archive is not None
    feed.planet.parts.tombstones = [(stone.id, stone.when) for stone in edition.tombstones]
    return feed


def links(edition: Edition) -> list[dict[str, str]]:
    """The feed's links; self is where this very document is served."""
    current = words.address(edition, NAME)
    own = current if edition.archive is None else words.archive_address(edition, edition.archive)
    out = [{"href": own, "rel": "self", "type": TYPE}]
    formats = edition.channel.formats
    if "html" in formats:
        out.append({"href": words.address(edition, ""), "rel": "alternate", "type": "text/html"})
    if edition.archive is not None:
        out.append({"href": current, "rel": "current", "type": TYPE})
    for rel, number in (("prev-archive", edition.prev_archive), ("next-archive", edition.next_archive)):
        if number is not None:
            out.append({"href": words.archive_address(edition, number), "rel": rel, "type": TYPE})
    return out + [{"href": hub, "rel": "hub"} for hub in edition.hubs if edition.archive is None]


def _entry(feed: Any, story: Story, edition: Edition) -> None:
    shown = story.shown
    entry = shown.entry
    made = feed.add_entry(order="append")
    made.id(entry.id)
    made.title(entry.title)
    made.updated(entry.updated)
    made.published(entry.published)
    made.link(href=words.link_of(shown), rel="alternate")
    made.author([_person(person) for person in words.authors(shown)])
    made.summary(words.teaser_html(shown, edition.read_more), type="html")
    if entry.content_html:
        made.content(entry.content_html, type="html")
    for tag in entry.tags:
        made.category(term=tag)
    if entry.rights or shown.source.rights:
        made.rights(entry.rights or shown.source.rights)
    parts = made.planet.parts
    parts.links = _links(story)
    parts.source = _source(shown)
    parts.language = entry.language if entry.language != edition.language else None
    parts.image = entry.image
    parts.in_reply_to = entry.in_reply_to


def _person(person: Any) -> dict[str, str]:
    return {"name": person.name, "uri": person.url} if person.url else {"name": person.name}


def _links(story: Story) -> list[dict[str, str]]:
    entry = story.shown.entry
    out = [{"rel": "alternate", "type": "text/html", "href": words.link_of(story.shown)}]
    for enclosure in entry.enclosures:
        link = {"rel": "enclosure", "href": enclosure.url, "type": enclosure.type, "title": enclosure.title}
        length = str(enclosure.length) if enclosure.length is not None else None
        out.append({key: value for key, value in {**link, "length": length}.items() if value})
    out += [{"rel": "related", "href": words.link_of(one), "title": one.source.title} for one in words.related(story)]
    if entry.related:
        out.append({"rel": "related", "href": entry.related})
    if entry.license:
        out.append({"rel": "license", "href": entry.license})
    if entry.origin:
        out.append({"rel": "via", "href": story.shown.source.url, "title": story.shown.source.title})
    return out


def _source(telling: Telling) -> Any:
    """The complete atom:source (RFC 4287 section 4.2.11); an entry of another planet keeps the one it came with."""
    from lxml import etree

    source, origin = telling.source, telling.entry.origin
    element = etree.Element("source")

    def put(tag: str, text: str | None, **attributes: str) -> None:
        if text or attributes:
            etree.SubElement(element, tag, attributes).text = text

    put("id", (origin.id or origin.url) if origin else source.atom_id)
    put("title", (origin.title or origin.link or origin.url or origin.id) if origin else source.title)
    # The feed's own time would change older documents with every poll; it changed at least when the entry did.
    put("updated", words.date((origin.updated if origin else None) or telling.entry.updated))
    own, site = (origin.url, origin.link) if origin else (source.url if source.listed else None, source.link)
    if own:
        put("link", None, rel="self", href=own)
    if site:
        put("link", None, rel="alternate", type="text/html", href=site)
    if not origin:
        for person in source.authors:
            author = etree.SubElement(element, "author")
            etree.SubElement(author, "name").text = person.name
        put("rights", source.rights)
        put("icon", source.icon)
        put("logo", source.logo)
    return element

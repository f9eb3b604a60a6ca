"""feed.atom: RFC 4287, with RFC 5005 links, through feedgen."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from functools import lru_cache
from typing import Any

from aggregator import version
from aggregator.editorial.identity import source_id
from aggregator.editorial.links import uri
from aggregator.model import Edition, Origin, Person, Replies, SourceFacts, Story, Telling
from aggregator.publish.formats import catalog, words

KEY, NAME, TYPE, LABEL, RANK = "atom", "feed.atom", "application/atom+xml", "Atom", 10
HOME = "https://pypi.org/project/aggregator/"
_THREAD = "{http://purl.org/syndication/thread/1.0}"
_UPDATED = 2  # where a source has its time, see _parts()


def render(edition: Edition) -> bytes:
    """The document. The same edition gives the same bytes."""
    language = words.inherited(edition)
    feed = _head(edition, language)
    for story in edition.stories:
        _entry(feed, story, edition.read_more, language)
    return words.styled(feed.atom_str(pretty=True), edition.base_url)


def generator() -> Any:
    """A feedgen feed with our extension."""
    from feedgen.feed import FeedGenerator

    from aggregator.publish.formats.feedgen_planet import PlanetEntryExtension, PlanetExtension

    feed = FeedGenerator()
    feed.register_extension("planet", PlanetExtension, PlanetEntryExtension)
    return feed


def _head(edition: Edition, language: str | None) -> Any:
    feed = generator()
    feed.id(edition.feed_id)
    feed.title(edition.title)
    if edition.description:
        feed.subtitle(edition.description)
    feed.updated(edition.updated)
    feed.generator("aggregator", version=version(), uri=HOME)
    feed.author({"name": edition.title})
    feed.icon(edition.base_url + words.ICON)
    feed.link(_feed_links(edition), replace=True)
    parts = feed.planet.parts
    parts.language = language
    parts.title_language = None if language else edition.language
    parts.archive = edition.archive is not None
    parts.tombstones = [(stone.id, words.date(stone.when)) for stone in edition.tombstones]
    return feed


def _feed_links(edition: Edition) -> list[dict[str, str]]:
    """The feed's links; self is where this very document is served."""
    current = words.address(edition, NAME)
    if edition.archive is not None:
        out = [{"href": words.archive_address(edition, edition.archive), "rel": "self", "type": TYPE}]
        out.append({"href": current, "rel": "current", "type": TYPE})
    else:
        out = [{"href": current, "rel": "self", "type": TYPE}]
        out += [_twin(edition, one) for one in catalog.offered(edition) if one.KEY != KEY]
    for rel, number in (("prev-archive", edition.prev_archive), ("next-archive", edition.next_archive)):
        if number is not None:
            out.append({"href": words.archive_address(edition, number), "rel": rel, "type": TYPE})
    return out + [{"href": hub, "rel": "hub"} for hub in edition.hubs if edition.archive is None]


def _twin(edition: Edition, one: catalog.Format) -> dict[str, str]:
    """The same stories in another format; a page is known by its folder."""
    name = "" if one.NAME == "index.html" else one.NAME
    return {"href": words.address(edition, name), "rel": "alternate", "type": one.TYPE}


def _entry(feed: Any, story: Story, read_more: str, language: str | None) -> None:
    shown = story.shown
    entry = shown.entry
    made = feed.add_entry(order="append")
    made.id(entry.id)
    made.title(entry.title)
    made.updated(entry.updated)
    made.published(entry.published)
    made.link(href=words.link_of(shown), rel="alternate")
    made.author([_person(person) for person in words.authors(shown)])
    if entry.contributors:
        made.contributor([_person(person) for person in entry.contributors])
    if entry.teaser:
        made.summary(words.teaser_html(shown, read_more, entry.language), type="html")
    if entry.content_html:
        made.content(entry.content_html, type="html")
    if entry.tags:  # all at once: feedgen goes through those it has whenever one more comes
        made.category([{"term": tag} for tag in entry.tags])
    if rights := entry.rights or (entry.origin or shown.source).rights:
        made.rights(rights)
    parts = made.planet.parts
    parts.links = _links(story)
    parts.source = _source(shown)
    parts.language = entry.language if entry.language != language else None
    parts.image, parts.image_size = entry.image, entry.image_size
    parts.in_reply_to = entry.in_reply_to
    parts.replies = entry.replies.total if entry.replies else None


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "uri": person.url} if person.url else {"name": person.name}


def _links(story: Story) -> list[dict[str, str]]:
    shown, entry = story.shown, story.shown.entry
    out = [{"rel": "alternate", "type": "text/html", "href": words.link_of(shown)}]
    for enclosure in entry.enclosures:
        link = {"rel": "enclosure", "href": enclosure.url, "type": enclosure.type, "title": enclosure.title}
        length = str(enclosure.length) if enclosure.length is not None else None
        out.append({key: value for key, value in {**link, "length": length}.items() if value})
    out += [{"rel": "related", "href": words.link_of(one), "title": one.source.title} for one in words.related(story)]
    if entry.related:
        out.append({"rel": "related", "href": entry.related})
    if entry.comments:
        out.append({"rel": "replies", "type": "text/html", "href": entry.comments, **_said_there(entry.replies)})
    if entry.license:
        out.append({"rel": "license", "href": entry.license})
    if entry.origin:
        out.append({"rel": "via", "href": shown.source.url, "title": shown.source.title})
    return out


def _said_there(replies: Replies | None) -> dict[str, str]:
    """What a link to comments tells of them (RFC 4685 section 4)."""
    if replies is None:
        return {}
    count = {} if replies.count is None else {f"{_THREAD}count": str(replies.count)}
    return count | ({f"{_THREAD}updated": words.date(replies.updated)} if replies.updated else {})


def _source(telling: Telling) -> Any:
    """The complete atom:source (RFC 4287 section 4.2.11); an entry of another planet keeps the one it came with."""
    entry, origin = telling.entry, telling.entry.origin
    element = copy(_element(telling.source if origin is None else _original(origin)))
    # The feed's own time would change older documents with every poll; it changed at least when the entry did.
    element[_UPDATED].text = words.date((origin.updated if origin else None) or entry.updated)
    language = (origin or telling.source).language
    if language and language != entry.language:
        element.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    # Whatever it says of where it comes from: this is where we found it.
    if origin is not None and telling.source.listed:
        element.append(_found_in(telling.source))
    return element


def _found_in(source: SourceFacts) -> Any:
    from lxml import etree

    return etree.Element("link", {"rel": "via", "href": source.url, "title": source.title})


def _original(origin: Origin) -> SourceFacts:
    """The feed behind an entry of another planet. Nothing but what its source element said, and an id it always has."""
    address = origin.url or origin.link or ""
    title = origin.title or address or origin.id or "unknown"
    return SourceFacts(
        "", title, origin.url or "", source_id(origin.id or address, title), origin.link, authors=origin.authors,
        rights=origin.rights, icon=origin.icon, logo=origin.logo, subtitle=origin.subtitle, categories=origin.tags,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _element(source: SourceFacts) -> Any:
    """All of a source but its time; built once for the many entries of a source in an archive."""
    from lxml import etree

    element = etree.Element("source")
    for tag, attributes, text in _parts(source):
        etree.SubElement(element, tag, attributes).text = text
    for person in source.authors:
        author = etree.SubElement(element, "author")
        for tag, text in _person(person).items():
            etree.SubElement(author, tag).text = text
    return element


def _parts(source: SourceFacts) -> Iterator[tuple[str, dict[str, str], str | None]]:
    """Tag, attributes and text of what is in a source but for its authors."""
    yield "id", {}, source.atom_id
    yield "title", {}, source.title
    yield "updated", {}, None
    if source.url:
        yield "link", {"rel": "self", "href": source.url}, None
    if source.link:
        yield "link", {"rel": "alternate", "type": "text/html", "href": source.link}, None
    yield from (("category", {"term": term}, None) for term in source.categories)
    texts = (("subtitle", source.subtitle), ("rights", source.rights))
    addresses = ((tag, said and uri(said)) for tag, said in (("icon", source.icon), ("logo", source.logo)))
    yield from ((tag, {}, said) for tag, said in (*texts, *addresses) if said)

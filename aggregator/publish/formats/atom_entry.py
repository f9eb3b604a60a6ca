"""The entries of feed.atom (RFC 4287 section 4.1.2), as lxml elements that feedgen puts into its feed.

feedgen's own lose what links say, write half a source, and cost twice as much; an archive has a million of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from functools import lru_cache
from typing import Any

from lxml import etree
from lxml.etree import SubElement

from aggregator.editorial.identity import source_id
from aggregator.editorial.links import uri
from aggregator.model import Origin, Person, Replies, SourceFacts, StoredEntry, Story, Telling
from aggregator.publish.formats import words
from aggregator.publish.formats.feedgen_planet import XML_LANG, thumbnail

THREAD = "http://purl.org/syndication/thread/1.0"
_COUNT, _WHEN = f"{{{THREAD}}}count", f"{{{THREAD}}}updated"  # of a link to comments: how many, and the newest
_UPDATED = 2  # where a source has its time, see _parts()


class AtomEntry:
    """What feedgen asks of an entry."""

    def __init__(self, story: Story, read_more: str, language: str | None) -> None:
        """`language`: that of the feed, which need not be said again."""
        self._element = _entry(story, read_more, language)

    def register_extension(self, *_: object) -> None:
        """It needs none."""

    def atom_entry(self) -> Any:
        """Its element, without a namespace until it is written: so are feedgen's."""
        return self._element


def _entry(story: Story, read_more: str, language: str | None) -> Any:
    shown = story.shown
    entry = shown.entry
    made = etree.Element("entry")
    for tag, said in (("id", entry.id), ("title", entry.title), ("updated", entry.updated.isoformat())):
        SubElement(made, tag).text = said
    _people(made, "author", words.authors(shown))
    _html(made, "content", entry.content_html)
    _html(made, "summary", words.teaser_html(shown, read_more, entry.language) if entry.teaser else None)
    for term in entry.tags:
        SubElement(made, "category", term=term)
    _people(made, "contributor", entry.contributors)
    SubElement(made, "published").text = entry.published.isoformat()
    if rights := entry.rights or (entry.origin or shown.source).rights:
        SubElement(made, "rights").text = rights
    for link in _links(story):
        counted = _COUNT in link or _WHEN in link
        SubElement(made, "link", link, nsmap={"thr": THREAD} if counted else None)
    made.append(_source(shown))
    if entry.language and entry.language != language:
        made.set(XML_LANG, entry.language)
    thumbnail(made, entry.image, entry.image_size)
    _thread(made, entry)
    return made


def _people(parent: Any, tag: str, people: Iterable[Person]) -> None:
    for person in people:
        if person.name:
            made = SubElement(parent, tag)
            for part, said in _named(person).items():
                SubElement(made, part).text = said


def _named(person: Person) -> dict[str, str]:
    """The elements of a person construct (RFC 4287 section 3.2)."""
    return {"name": person.name, "uri": person.url} if person.url else {"name": person.name}


def _html(parent: Any, tag: str, said: str | None) -> None:
    if said:
        SubElement(parent, tag, type="html").text = said


def _thread(made: Any, entry: StoredEntry) -> None:
    """How many replies there were, and what this is one of (RFC 4685 sections 3 and 5)."""
    if entry.replies and entry.replies.total is not None:
        SubElement(made, f"{{{THREAD}}}total", nsmap={"thr": THREAD}).text = str(entry.replies.total)
    if entry.in_reply_to:
        SubElement(made, f"{{{THREAD}}}in-reply-to", {"ref": entry.in_reply_to}, nsmap={"thr": THREAD})


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
    count = {} if replies.count is None else {_COUNT: str(replies.count)}
    return count | ({_WHEN: words.date(replies.updated)} if replies.updated else {})


def _source(telling: Telling) -> Any:
    """The complete atom:source (RFC 4287 section 4.2.11); an entry of another planet keeps the one it came with."""
    entry, origin = telling.entry, telling.entry.origin
    element = copy(_element(telling.source if origin is None else _original(origin)))
    # The feed's own time would change older documents with every poll; it changed at least when the entry did.
    element[_UPDATED].text = words.date((origin.updated if origin else None) or entry.updated)
    language = (origin or telling.source).language
    if language and language != entry.language:
        element.set(XML_LANG, language)
    # Whatever it says of where it comes from: this is where we found it.
    if origin is not None and telling.source.listed:
        element.append(_found_in(telling.source))
    return element


def _found_in(source: SourceFacts) -> Any:
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
    element = etree.Element("source")
    for tag, attributes, text in _parts(source):
        SubElement(element, tag, attributes).text = text
    _people(element, "author", source.authors)
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

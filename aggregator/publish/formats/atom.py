"""feed.atom: RFC 4287, with RFC 5005 links, through feedgen."""

from __future__ import annotations

from typing import Any

from aggregator import version
from aggregator.model import Edition
from aggregator.publish.formats import catalog, words

KEY, NAME, TYPE, LABEL, RANK = "atom", "feed.atom", "application/atom+xml", "Atom", 10
HOME = "https://pypi.org/project/aggregator/"


def render(edition: Edition) -> bytes:
    """The document. The same edition gives the same bytes."""
    from aggregator.publish.formats.atom_entry import AtomEntry

    language = words.inherited(edition)
    feed = _head(edition, language)
    for story in edition.stories:
        feed.add_entry(AtomEntry(story, edition.read_more, language), order="append")
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

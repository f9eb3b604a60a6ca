"""The dated digests of a channel: a page each, a page that lists them, and editions.atom with an entry each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from uuid import UUID, uuid5

from aggregator import version
from aggregator.model import Edition, Story
from aggregator.model.record import dataclass
from aggregator.publish.formats.atom import HOME, generator
from aggregator.publish.formats.page import filled
from aggregator.publish.formats.words import address, link_of, styled

FEED, TYPE = "editions.atom", "application/atom+xml"
TOLD = 20  # digests in the feed


@dataclass(frozen=True, slots=True)
class Dated:
    """One digest."""

    name: str
    label: str
    end: datetime
    stories: tuple[Story, ...]

    @property
    def path(self) -> str:
        """Below the channel's folder."""
        return f"editions/{self.name}.html"


def render(channel: Edition, dated: Sequence[Dated]) -> dict[str, bytes]:
    """All documents by their paths below the channel's folder. `dated`: newest first; `channel`: what they are of."""
    up = "../" * (channel.path.count("/") + 1)
    out = {"editions/index.html": filled("editions.html", channel.templates, edition=channel, dated=dated, root=up)}
    for place, one in enumerate(dated):
        newer, older = (dated[place - 1] if place else None), next(iter(dated[place + 1 :]), None)
        values = {"edition": channel, "digest": one, "newer": newer, "older": older, "root": up}
        out[one.path] = filled("edition.html", channel.templates, **values)
    out[FEED] = _feed(channel, dated[:TOLD])
    return out


def _feed(channel: Edition, dated: Sequence[Dated]) -> bytes:
    feed = generator()
    feed.id(_id(channel, "editions"))
    feed.title(f"{channel.title}: {channel.channel.edition} digest")
    feed.updated(dated[0].end)
    feed.author({"name": channel.title})
    feed.generator("aggregator", version=version(), uri=HOME)
    own = {"href": address(channel, FEED), "rel": "self", "type": TYPE}
    page = {"href": address(channel, "editions/"), "rel": "alternate", "type": "text/html"}
    feed.link([own, page], replace=True)
    for one in dated:
        link = address(channel, one.path)
        entry = feed.add_entry(order="append")
        entry.id(_id(channel, one.name))
        entry.title(f"{channel.title}: {one.label}")
        entry.published(one.end)
        entry.updated(one.end)
        entry.link(href=link, rel="alternate")
        entry.planet.parts.links = [{"rel": "alternate", "type": "text/html", "href": link}]
        # Of a digest whose stories were all withdrawn its name is left: Atom wants something to be there.
        entry.content("".join(map(_told, one.stories)) or f"<p>{escape(one.label, quote=False)}</p>", type="html")
    return styled(feed.atom_str(pretty=True), channel.base_url)


def _id(channel: Edition, name: str) -> str:
    """Permanent, as the channel's own id is."""
    return f"urn:uuid:{uuid5(UUID(channel.feed_id), name)}"


def _told(story: Story) -> str:
    shown = story.shown
    teaser = f"<p>{escape(shown.entry.teaser, quote=False)}</p>" if shown.entry.teaser else ""
    link = f'<a href="{escape(link_of(shown))}">{escape(shown.entry.title, quote=False)}</a>'
    return f"<h3>{link}</h3><p>{escape(shown.source.title, quote=False)}</p>{teaser}"

"""status.atom: the incidents of the sources, for whoever runs a planet and reads feeds anyway."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from aggregator import version
from aggregator.editorial.identity import channel_id
from aggregator.model import Settings
from aggregator.publish.formats.atom import HOME, generator
from aggregator.publish.formats.words import date, styled
from aggregator.publish.incidents import Incident

NAME, TYPE = "status.atom", "application/atom+xml"


def render(incidents: Sequence[Incident], settings: Settings, *, secret: str, beginning: datetime) -> bytes:
    """The document; `beginning` dates it while nothing has happened."""
    feed = generator()
    feed.id(channel_id(secret, "incidents of all sources"))
    feed.title(f"{settings.title}: incidents")
    feed.subtitle("Sources that fail, move or are gone, and when they are well again.")
    feed.updated(max((one.changed for one in incidents), default=beginning).replace(microsecond=0))
    feed.author({"name": settings.title})
    feed.generator("aggregator", version=version(), uri=HOME)
    page = f"{settings.base_url}status.html"
    own = {"href": settings.base_url + NAME, "rel": "self", "type": TYPE}
    feed.link([own, {"href": page, "rel": "alternate", "type": "text/html"}], replace=True)
    feed.planet.parts.language = "en"
    for incident in incidents:
        entry = feed.add_entry(order="append")
        entry.id(incident.id(secret))
        entry.title(f"{incident.title}{' (over)' if incident.until else ''}")
        entry.published(incident.since.replace(microsecond=0))
        entry.updated(incident.changed.replace(microsecond=0))
        entry.link(href=page, rel="alternate")
        entry.planet.parts.links = [{"rel": "alternate", "type": "text/html", "href": page}]
        entry.summary(f"<p>{escape(_told(incident))}</p>", type="html")
    return styled(feed.atom_str(pretty=True), settings.base_url)


def _told(incident: Incident) -> str:
    end = f" It ended {_second(incident.until)}." if incident.until else ""
    text = incident.text.rstrip(".")
    return f"{text[:1].upper()}{text[1:]}. It began {_second(incident.since)}.{end}"


def _second(moment: datetime) -> str:
    return date(moment.replace(microsecond=0))

"""What a document says of its feed and of the feeds that it took entries from, cleaned and absolute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from aggregator.editorial import choose, identity, links, text
from aggregator.editorial.normalise import shortened
from aggregator.model import NEW_FEED_URL, FeedFacts, Origin, RawFeed, RawLink, Source

MAX_HUBS = 5


def of_feed(raw: RawFeed, url: str) -> FeedFacts:
    """The facts of a document that came from `url`; what it does not say is empty."""
    bases = (raw.base, url)
    return FeedFacts(
        title=shortened(text.inline(raw.title.value[:8000], html=raw.title.html), 200) if raw.title else "",
        link=next(_targets(choose.alternates(raw.links), bases), None),
        id=raw.id if raw.id and identity.usable(raw.id) else None,
        language=choose.language(Source("", ""), raw.language),
        updated=raw.updated,
        authors=choose.people(raw.authors, (), ()),
        rights=line(raw.rights),
        tags=choose.tags(raw.tags),
        icon=links.resolved(raw.icon, *bases),
        logo=links.resolved(raw.logo, *bases),
        self_url=next(_targets((link for link in raw.links if link.rel == "self"), bases), None),
        hubs=tuple(_targets((link for link in raw.links if link.rel == "hub"), bases))[:MAX_HUBS],
        ttl=raw.ttl,
        skip_hours=raw.skip_hours,
        skip_days=raw.skip_days,
        complete=raw.complete,
        expired=raw.expired,
        new_url=next(_targets((link for link in raw.links if link.rel == NEW_FEED_URL), bases), None),
    )


def origin(raw: Origin | None, bases: Sequence[str | None], now: datetime) -> Origin | None:
    """The feed that a planet took an entry from; None without a URL or an id to tell it by."""
    if raw is None:
        return None
    url = links.resolved(raw.url, *bases)
    own = raw.id if raw.id and identity.usable(raw.id) else None
    if not url and not own:
        return None
    return Origin(
        title=line(raw.title),
        id=own or url,
        url=url,
        link=links.resolved(raw.link, *bases),
        updated=choose.believable(raw.updated, now),
        authors=choose.people(raw.authors, (), ()),
        rights=line(raw.rights),
        icon=links.resolved(raw.icon, *bases),
        logo=links.resolved(raw.logo, *bases),
        language=choose.language(Source("", ""), raw.language),
        subtitle=line(raw.subtitle),
        tags=choose.tags(raw.tags),
    )


def line(value: str | None) -> str | None:
    """A remark such as rights, as text on one line; None for nothing."""
    return shortened(text.inline(value[:4000], html=True), 500) or None if value else None


def _targets(found: Iterable[RawLink], bases: Sequence[str | None]) -> Iterator[str]:
    """The addresses of links, absolute; those that cannot be are left out."""
    return (url for link in found if (url := links.resolved(link.href, *links.within(link.base, bases))))

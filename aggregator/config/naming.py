"""Ids for sources that have none: readable, and the same whatever other sources come or go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from urllib.parse import urlsplit

_IDLE = frozenset(
    "feed feeds rss atom xml index default posts rss2 feed.xml rss.xml atom.xml index.xml feed.json feed.atom feed.rss rdf en blog".split()
)
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def source_ids(given: Sequence[tuple[str | None, str | None]]) -> list[str]:
    """An id for each (id, url): its own, else one made from the URL; of two alike the later one gets a short hash."""
    taken = {own for own, _ in given if own}
    out = []
    for own, url in given:
        name = own or slug(url or "")
        if not own and name in taken:
            name = f"{name}-{_short(url or '')}"
        taken.add(name)
        out.append(name)
    return out


def _short(url: str) -> str:
    return blake2b(url.encode(), digest_size=3).hexdigest()


def slug(url: str) -> str:
    """The host and what is telling of the path: "blog.example/news/feed.xml" is blog-example-news."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "source").removeprefix("www.")
    except ValueError:
        return "source"
    words = [host, *(word for word in parts.path.lower().split("/") if word and word not in _IDLE)]
    words += [part for part in parts.query.lower().split("&") if part]
    name = _NOT_SLUG.sub("-", "-".join(words).lower()).strip("-") or "source"
    return name if len(name) <= 60 else f"{name[:53].rstrip('-')}-{_short(url)}"

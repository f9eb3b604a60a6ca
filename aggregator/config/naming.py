"""Ids for sources that have none: readable, and made of nothing but their own URL, so that they stay when others come or go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_IDLE = re.compile(r"^[a-z]+://(?:[^/?#@]*@)?(?:www\.)?")


def source_ids(given: Sequence[tuple[str | None, str | None]]) -> list[str]:
    """An id for each (id, url): its own, else one made from the URL; only of two that spell alike the later gets a hash."""
    taken = {own for own, _ in given if own}
    out = []
    for own, url in given:
        name = own or slug(url or "")
        if not own and name in taken:
            name = f"{name}-{_short(url or '')}"
        taken.add(name)
        out.append(name)
    return out


def slug(url: str) -> str:
    """Its host, port, path and query in words: "https://www.blog.example/news/feed.xml" is blog-example-news-feed-xml."""
    name = _NOT_SLUG.sub("-", _IDLE.sub("", url.lower())).strip("-") or "source"
    return name if len(name) <= 60 else f"{name[:53].rstrip('-')}-{_short(url)}"


def _short(url: str) -> str:
    return blake2b(url.encode(), digest_size=3).hexdigest()

"""Names of sources: ids for those that have none, and what makes two addresses the same."""

from __future__ import annotations

import re
from collections.abc import Collection
from hashlib import blake2b

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_IDLE = re.compile(r"^[a-z]+://(?:[^/?#@]*@)?(?:www\.)?")
_USUAL = frozenset("feed feeds rss rss2 atom xml json rdf index default posts".split())
_ORIGIN = re.compile(r"^(https?)://((?:[^/?#@]*@)?)([^/?#:]*)(:\d+)?/?", re.IGNORECASE)


def source_id(url: str, taken: set[str]) -> str:
    """An id made from a whole URL, so that it stays when other sources come or go; it is taken then.

    Only of two addresses that spell alike, such as http and https of one, the later gets a hash.
    """
    name = slug(url)
    if name in taken:
        name = f"{name}-{_hash(url)}"
    taken.add(name)
    return name


def slug(url: str) -> str:
    """Its host, port, path and query in words: "https://www.blog.example/news/feed.xml" is blog-example-news-feed-xml."""
    name = _NOT_SLUG.sub("-", _IDLE.sub("", url.lower())).strip("-") or "source"
    return name if len(name) <= 60 else f"{name[:53].rstrip('-')}-{_hash(url)}"


def short_name(url: str, taken: Collection[str]) -> str:
    """An id to be written down, without the words that every feed's address has: blog-example-news. A number tells it from others."""
    host, *words = slug(url).split("-")
    name = free = "-".join([host, *(word for word in words if word not in _USUAL)])
    number = 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def same(url: str) -> str:
    """What makes two addresses the same: case of the host, the scheme's own port, an empty path and a fragment do not count."""
    return _ORIGIN.sub(_origin, url.partition("#")[0])


def _origin(match: re.Match[str]) -> str:
    scheme, user, host, port = match[1].lower(), match[2], match[3].lower(), match[4] or ""
    return f"{scheme}://{user}{host}{'' if port == {'http': ':80', 'https': ':443'}[scheme] else port}/"


def _hash(url: str) -> str:
    return blake2b(url.encode(), digest_size=3).hexdigest()

"""Media types, cache times and content security of what we serve, by the name of the file (checklist F8, F10, F14)."""

from __future__ import annotations

import mimetypes

from aggregator.model.record import dataclass

FEED_CSP = "default-src 'none'; style-src 'self'; img-src https: data:; script-src 'none'; frame-ancestors 'none'"
PAGE_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
OTHER_CSP = "default-src 'none'; frame-ancestors 'none'"
ARCHIVE_AGE = 7 * 86400  # seconds: an archive document changes only when an entry is withdrawn
STATUS_AGE = 60

_XML = "; charset=utf-8"
_TYPES = {
    ".html": "text/html" + _XML,
    ".atom": "application/atom+xml" + _XML,
    ".rss": "application/rss+xml" + _XML,
    ".opml": "text/x-opml" + _XML,
    ".xml": "application/xml" + _XML,
    ".css": "text/css" + _XML,
    ".js": "text/javascript" + _XML,
    ".txt": "text/plain" + _XML,
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".gz": "application/gzip",
    ".br": "application/octet-stream",
}
_FEEDS = {".atom", ".rss", ".opml"}
_COMPRESSED = {".gz", ".br"}


@dataclass(frozen=True, slots=True)
class Media:
    """How a file goes out."""

    type: str
    cache_control: str
    csp: str
    feed: bool  # XML that a browser is to see as application/xml, so that its stylesheet applies (F22)
    codings: bool  # it may go out compressed


def media(name: str, max_age: int) -> Media:
    """`name`: the path below the output folder. `max_age`: seconds for which a feed or page may be kept."""
    folder, _, base = name.rpartition("/")
    suffix = "." + base.rpartition(".")[2]
    feed = suffix in _FEEDS
    csp = FEED_CSP if feed or suffix == ".xml" else PAGE_CSP if suffix == ".html" else OTHER_CSP
    return Media(_type(base, suffix), _cache_control(folder, base, max_age), csp, feed, suffix not in _COMPRESSED)


def _type(base: str, suffix: str) -> str:
    if suffix == ".json" and base.startswith("feed"):
        return "application/feed+json"
    return _TYPES.get(suffix) or _of_format(base) or mimetypes.guess_type(base)[0] or "application/octet-stream"


def _of_format(base: str) -> str | None:
    """What a format says of its own file."""
    from aggregator.publish.formats.catalog import formats

    return {one.NAME: one.TYPE for one in formats()}.get(base)


def _cache_control(folder: str, base: str, max_age: int) -> str:
    if "archive" in folder.split("/"):
        max_age = ARCHIVE_AGE
    elif base.startswith("status."):
        max_age = min(max_age, STATUS_AGE)
    return f"public, max-age={max_age}"

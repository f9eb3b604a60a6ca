"""Link headers (RFC 8288 section 3): what an answer says it is related to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin, urlsplit

from aggregator.model.record import dataclass
from aggregator.schedule.freshness import Headers

MAX_LINKS = 50  # of one answer
_TARGET = re.compile(r"[\s,]*<([^<>]*)>")
_PARAMETER = re.compile(r"""\s*;\s*([\w!#$&+\-.^`|~*]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?""")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Link:
    """One link from the document at hand."""

    relations: tuple[str, ...]  # in lower case
    url: str  # absolute
    type: str | None = None


def links(headers: Headers, base: str) -> tuple[Link, ...]:
    """The links of all Link headers, in order, `base` being the URL of the document. Empty when there are none.

    A link that is said to come from another document (a foreign anchor) is none of ours, and what is unreadable ends
    the header it stands in.
    """
    found: list[Link] = []
    for name, value in headers:
        if name == "link":
            found += (link for link in _of_header(value, base) if link is not None)
    return tuple(found[:MAX_LINKS])


def first(found: Sequence[Link], relation: str) -> str | None:
    """The URL of the first link of a relation; None when there is none."""
    return next((link.url for link in found if relation in link.relations), None)


def _of_header(value: str, base: str) -> Iterator[Link | None]:
    position = 0
    while target := _TARGET.match(value, position):
        position = target.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(value, position):
            position = parameter.end()
            name, quoted, token = parameter.groups()
            text = _ESCAPED.sub(r"\1", quoted) if quoted is not None else token or ""
            parameters.setdefault(name.lower(), text)
        yield _link(target[1], parameters, base)
        if value[position : position + 1].strip() not in ("", ","):
            return


def _link(target: str, parameters: dict[str, str], base: str) -> Link | None:
    url, anchor = _absolute(target, base), _absolute(parameters.get("anchor", ""), base)
    relations = tuple(parameters.get("rel", "").lower().split())
    if url is None or anchor is None or not relations or anchor.partition("#")[0] != base.partition("#")[0]:
        return None
    return Link(relations, url, parameters.get("type"))


def _absolute(target: str, base: str) -> str | None:
    """None for what is no web address."""
    try:
        url = urljoin(base, target.strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc and url.isprintable() else None

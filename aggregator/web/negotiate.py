"""What a request's headers ask for: a content-coding, and whether the client's copy still holds (RFC 9110). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from email.utils import formatdate
from functools import lru_cache

from aggregator.schedule.freshness import http_date

CODINGS = ("br", "gzip", "identity")  # smallest first: that order decides between equal wishes
SUFFIXES = {"br": "-br", "gzip": "-gz", "identity": ""}
AS_XML = "-xml"  # of the tag of bytes that went out under another media type
_IMPLICIT = 0.0001  # identity is acceptable unless refused, and after all that is named
_ALIASES = {"x-gzip": "gzip"}
_TAG = re.compile(r'(W/)?"([^"]*)"')
_VARIANT = re.compile(r"(?:-gz|-br)?(?:-xml)?$")
_WEIGHT = re.compile(r"(?:0(?:\.\d*)?|1(?:\.0*)?)$")


@lru_cache(maxsize=512)
def wishes(accept_encoding: str | None) -> tuple[str, ...]:
    """The codings of ours that Accept-Encoding allows, best first (RFC 9110 section 12.5.3). Perhaps none."""
    weights = _weights(accept_encoding or "")
    others = weights.get("*")
    allowed = {}
    for coding in CODINGS:
        weight = weights.get(coding, others)
        if weight is None and coding == "identity":
            weight = _IMPLICIT
        if weight:
            allowed[coding] = weight
    return tuple(sorted(allowed, key=lambda coding: -allowed[coding]))


def coding(accept_encoding: str | None, available: Collection[str]) -> str | None:
    """The coding to send out of those available; None when no acceptable one is."""
    return next((wish for wish in wishes(accept_encoding) if wish in available), None)


def _weights(text: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for item in text.split(","):
        name, _, parameters = item.partition(";")
        name = name.strip().lower()
        weight = _weight(parameters)
        if name and weight is not None:
            weights.setdefault(_ALIASES.get(name, name), weight)
    return weights


def _weight(parameters: str) -> float | None:
    """The q of one item: 1 when it is missing, None when it is unreadable."""
    for parameter in parameters.split(";"):
        name, given, value = parameter.partition("=")
        if given and name.strip().lower() == "q":
            value = value.strip()
            return float(value) if _WEIGHT.match(value) else None
    return 1.0


def tag(version: str, coding: str, *, as_xml: bool) -> str:
    """The strong entity-tag of one variant of a version."""
    return f'"{version}{SUFFIXES[coding]}{AS_XML if as_xml else ""}"'


def versions_named(header: str, *, strong: bool = False) -> set[str]:
    """The versions whose variants an If-None-Match or If-Match names, weak ones unless `strong`; "*" for any."""
    if header.strip() == "*":
        return {"*"}
    return {_VARIANT.sub("", name) for weak, name in _TAG.findall(header) if not (weak and strong)}


def http_date_text(seconds: int) -> str:
    """An HTTP-date of seconds since the epoch."""
    return formatdate(seconds, usegmt=True)


def still_fresh(headers: Mapping[str, str], version: str, modified: int) -> bool:
    """A 304 is the answer (RFC 9110 section 13.2.2): If-None-Match decides where it is there, else If-Modified-Since.

    `modified`: of the file, in whole seconds since the epoch. A date that cannot be read is ignored.
    """
    tags = headers.get("If-None-Match")
    if tags is not None:
        return not {"*", version}.isdisjoint(versions_named(tags))
    since = http_date(headers.get("If-Modified-Since"))
    return since is not None and modified <= since.timestamp()


def precondition_fails(headers: Mapping[str, str], version: str, modified: int) -> bool:
    """A 412 is the answer: If-Match or If-Unmodified-Since name another version than ours."""
    tags = headers.get("If-Match")
    if tags is not None:
        return {"*", version}.isdisjoint(versions_named(tags, strong=True))
    since = http_date(headers.get("If-Unmodified-Since"))
    return since is not None and modified > since.timestamp()

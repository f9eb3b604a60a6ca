"""Values of feeds.toml: each function takes what TOML gave and returns what the product uses, or raises Bad with advice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any], Any]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_SIZES = {"": 1, "b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1024, "mib": 1024**2, "gib": 1024**3}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhdwy])\s*")
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?i?b?)\s*", re.IGNORECASE)
_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PORT = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(\d{1,5})")
# Names below `output` that a channel's folder must not take.
RESERVED = frozenset(
    "archive feed.atom feed.rss feed.json index.html sources.opml status.html status.json healthz readyz metrics websub hub".split()
)


class Bad(ValueError):  # noqa: N818 - raised and caught between two modules; reads as a word
    """A value that cannot be used; the message says what would do."""


def text(value: Any) -> str:
    """A string that is not blank."""
    if not isinstance(value, str):
        raise Bad(f"takes a string, not {kind(value)}")
    if not value.strip():
        raise Bad("is empty")
    return value.strip()


def any_text(value: Any) -> str:
    """A string, blank ones too."""
    if not isinstance(value, str):
        raise Bad(f"takes a string, not {kind(value)}")
    return value.strip()


def flag(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Bad(f"takes true or false, not {kind(value)}")
    return value


def number(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Bad(f"takes a whole number, not {kind(value)}")
        if not least <= value <= most:
            raise Bad(f"takes a number from {least} to {most}, not {value}")
        return value

    return check


def weight(value: Any) -> float:
    """A positive number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Bad(f"takes a number, not {kind(value)}")
    if not 0 < value <= 100:
        raise Bad(f"takes a number above 0 and up to 100, not {value}")
    return float(value)


def duration(value: Any) -> timedelta:
    """ "15m", "1h", "2d", "2y" """
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Bad(f'takes a duration such as "15m", "1h" or "2d", not {shown(value)}')
    seconds = float(match[1]) * _UNITS[match[2]]
    if not 0 < seconds <= 100 * 365 * 86400:
        raise Bad("takes a duration above 0 and up to 100 years")
    return timedelta(seconds=seconds)


def size(value: Any) -> int:
    """ "10MB"; a bare number is bytes."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2].lower() not in _SIZES:
        raise Bad(f'takes a size such as "10MB" or "500KB", not {shown(value)}')
    found = int(float(match[1]) * _SIZES[match[2].lower()])
    if not 1000 <= found <= 10**9:
        raise Bad("takes a size from 1KB to 1GB")
    return found


def identifier(value: Any) -> str:
    """An id: it stands in paths and commands."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Bad(f"takes lower-case letters, digits, `-`, `_` and `.` (at most 100), not {shown(value)}")
    return value


def url(value: Any) -> str:
    """http or https, with a host."""
    if not isinstance(value, str):
        raise Bad(f"takes a URL, not {kind(value)}")
    found = str(value).strip()
    try:
        parts = urlsplit(found)
        ok = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        ok = False
    if not ok or re.search(r"[\s\x00-\x1f\x7f]", found) or len(found) > 4096:
        raise Bad(f"takes a URL that begins with http:// or https://, not {shown(value)}")
    return found


def folder_url(value: Any) -> str:
    """A URL that ends in a slash."""
    found = url(value)
    if "?" in found or "#" in found:
        raise Bad("takes the URL of a folder, without `?` or `#`")
    return found if found.endswith("/") else found + "/"


def language(value: Any) -> str:
    """A BCP 47 tag."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise Bad(f'takes a language tag such as "en" or "pt-BR", not {shown(value)}')
    return value


def listen(value: Any) -> str:
    """ "host:port" or "unix:/path" """
    found = text(value)
    if found.startswith("unix:") and len(found) > 5:
        return found
    return host_port(found)


def host_port(value: Any) -> str:
    """ "host:port" """
    match = _PORT.fullmatch(value) if isinstance(value, str) else None
    if match is None or not int(match[1]) < 65536:
        raise Bad(f'takes "host:port", not {shown(value)}')
    return f"{value}".lower()


def one_of(*words: str) -> Check:
    """One of these words."""

    def check(value: Any) -> str:
        if value not in words:
            raise Bad(f"takes one of {', '.join(map(repr, words))}, not {shown(value)}")
        return str(value)

    return check


def many(check: Check) -> Check:
    """A list of such values; one alone may stand without brackets."""

    def checked(value: Any) -> tuple[Any, ...]:
        values = value if isinstance(value, list) else [value]
        return tuple(dict.fromkeys(check(one) for one in values))

    return checked


def headers(value: Any) -> tuple[tuple[str, str], ...]:
    """A table of header names and values."""
    if not isinstance(value, dict):
        raise Bad(f"takes a table of header names and values, not {kind(value)}")
    for name, content in value.items():
        if not _HEADER.fullmatch(name) or not isinstance(content, str) or not content.isprintable():
            raise Bad(f"holds a header that cannot be sent: {name!r}")
    return tuple((str(name), content) for name, content in value.items())


def auth(value: Any) -> str:
    """ "user:password" """
    found = text(value)
    if ":" not in found:
        raise Bad('takes "user:password"')
    return found


def kind(value: Any) -> str:
    """What a value is, in TOML's words."""
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), "a date")


def shown(value: Any) -> str:
    """A value in a message, short."""
    found = repr(value)
    return found if len(found) <= 60 else found[:57] + "..."

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
_DURATION = re.compile(r"\s*(\d{1,12}(?:\.\d{1,6})?)\s*([smhdwy])\s*", re.ASCII)
_SIZE = re.compile(r"\s*(\d{1,12}(?:\.\d{1,6})?)\s*([kmg]?i?b?)\s*", re.IGNORECASE | re.ASCII)
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_USUAL_URL = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::(?:[1-9]\d{0,3}|[1-5]\d{4}))?/[A-Za-z0-9/._~%?=&+,;:@!$'()*-]*"
)  # what needs no parsing to be accepted
_MOST_URL = 4096  # characters
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # and what no XML can hold
_USER = re.compile(r"//[^/\s@]*@")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PORT = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(\d{1,5})")
# Names below `output` and paths of the server that a channel's folder must not take.
_RESERVED = frozenset("archive editions healthz readyz metrics websub hub".split())
_OUTPUT_NAME = re.compile(r"(?i:.*\.(?:html|json|atom|rss|xml|opml|css|js|txt|svg|ico|png|gz|br))")


class Bad(ValueError):  # noqa: N818 - raised and caught between two modules; reads as a word
    """A value that cannot be used; the message says what would do."""


def any_text(value: Any) -> str:
    """A string on one line, empty ones too."""
    if not isinstance(value, str):
        raise Bad(f"takes a string, not {kind(value)}")
    found = " ".join(value.split())
    if _CONTROL.search(found):
        raise Bad("holds a control character")
    return found


def text(value: Any) -> str:
    """A string on one line that is not blank."""
    found = any_text(value)
    if not found:
        raise Bad("is empty; leave the key out for its default")
    return found


def file(value: Any) -> str:
    """The path of a file or folder."""
    text(value)
    return str(value)


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
    if not 1 <= seconds <= 100 * 365 * 86400:
        raise Bad("takes a duration from 1s to 100y")
    return timedelta(seconds=seconds)


def size(value: Any) -> int:
    """ "10MB"; a bare number is bytes."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2].lower() not in _SIZES:
        raise Bad(f'takes a size such as "10MB" or "500KB", not {shown(value)}')
    found = float(match[1]) * _SIZES[match[2].lower()]
    if not 1000 <= found <= 10**9:
        raise Bad("takes a size from 1KB to 1GB")
    return int(found)


def identifier(value: Any) -> str:
    """An id: it stands in paths and commands."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Bad(f"takes letters of a to z, digits, and `-`, `_`, `.` between them (at most 100), not {shown(value)}")
    return value


def folder_name(value: Any) -> str:
    """The id of a channel: a folder below `output`, beside the files there."""
    found = identifier(value)
    if found.lower() in _RESERVED or _OUTPUT_NAME.fullmatch(found):
        raise Bad(f"cannot be {found!r}: the outputs have a file or folder of that name")
    return found


def url(value: Any) -> str:
    """http or https, with a host."""
    if not isinstance(value, str):
        raise Bad(f"takes a URL, not {kind(value)}")
    if _USUAL_URL.fullmatch(value) and len(value) <= _MOST_URL:
        return str(value)
    found = value.strip()
    try:
        parts = urlsplit(found)
        ok = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        ok = False
    if not ok or re.search(r"\s", found) or _CONTROL.search(found) or len(found) > _MOST_URL:
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
    return match[0].lower()


def one_of(*words: str) -> Check:
    """One of these words."""

    def check(value: Any) -> str:
        if value not in words:
            raise Bad(f"takes one of {', '.join(map(repr, words))}, not {shown(value)}")
        return str(value)

    return check


def many(check: Check) -> Check:
    """A list of such values, each once; one alone may stand without brackets."""

    def checked(value: Any) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(check(one) for one in listed(value)))

    return checked


def some(check: Check) -> Check:
    """A list of such values with at least one."""
    values = many(check)

    def checked(value: Any) -> tuple[Any, ...]:
        found: tuple[Any, ...] = values(value)
        if not found:
            raise Bad("is an empty list; leave the key out for its default")
        return found

    return checked


def listed(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


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
    """A value in a message, short and without credentials."""
    found = _USER.sub("//…@", repr(value))
    return found if len(found) <= 60 else found[:57] + "..."

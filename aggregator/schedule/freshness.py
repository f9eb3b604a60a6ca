"""What the headers of an answer say about asking again (RFC 9111 sections 4.2 and 5.2, RFC 9110 section 10.2.3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

Headers = Sequence[tuple[str, str]]

_DIRECTIVE = re.compile(r'([\w-]+)(?:\s*=\s*("[^"]*"|[^,\s]*))?')
_LONGEST = 100 * 365 * 86400  # seconds; what is longer is a mistake, and timedelta has an end


def header(headers: Headers, name: str) -> str | None:
    """The first header of that lower-case name, trimmed; None when it is not there."""
    for key, value in headers:
        if key == name:
            return value.strip()
    return None


def http_date(text: str | None) -> datetime | None:
    """An HTTP-date; None when it is missing or unreadable."""
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # takes longer to load than many a command needs

    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def directives(headers: Headers) -> dict[str, str]:
    """Cache-Control: of a directive given twice the first counts (RFC 9111 section 4.2.1). Empty when there is none."""
    found: dict[str, str] = {}
    for key, value in headers:
        if key == "cache-control":
            for name, argument in _DIRECTIVE.findall(value):
                found.setdefault(name.lower(), argument.strip('"'))
    return found


def freshness(headers: Headers, now: datetime) -> timedelta:
    """How long the answer stays fresh from now; zero means that nothing was said, never "ask now" (checklist E2)."""
    control = directives(headers)
    if "no-store" in control or "no-cache" in control:
        return timedelta(0)
    life = _lifetime(control, headers, now)
    age = _seconds(header(headers, "age")) or 0
    return max(timedelta(0), life - timedelta(seconds=age))


def retry_after(headers: Headers, now: datetime) -> timedelta | None:
    """Retry-After in seconds or as a date against the answer's own Date; None when it is missing or unreadable."""
    text = header(headers, "retry-after")
    seconds = _seconds(text)
    if seconds is not None:
        return timedelta(seconds=seconds)
    moment = http_date(text)
    if moment is None:
        return None
    return max(timedelta(0), moment - (http_date(header(headers, "date")) or now))


def _lifetime(control: dict[str, str], headers: Headers, now: datetime) -> timedelta:
    if "max-age" in control:
        return timedelta(seconds=_seconds(control["max-age"]) or 0)
    expires = http_date(header(headers, "expires"))
    if expires is None:
        return timedelta(0)
    return expires - (http_date(header(headers, "date")) or now)


def _seconds(text: str | None) -> int | None:
    """A delta-seconds, bounded; None when it is none."""
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return min(int(text[:12]), _LONGEST)

"""How often a source may be asked at all: the hard floor of everybody, and what the user asks for (checklist E1)."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from aggregator.model import Answer, FetchSettings, Source
from aggregator.model.record import dataclass

HARD = timedelta(minutes=15)  # nobody is asked more often, but for hosts that the user named as his own
OWN_HARD = timedelta(seconds=1)  # the same for those
FLOOR = timedelta(hours=1)
CEILING = timedelta(hours=24)
RETRY_CEILING = timedelta(days=7)
_PORTS = {"http": 80, "https": 443}
_USUAL = re.compile(r"(https?)://([a-z0-9.-]+)(?::([0-9]{1,4}))?(?=[/?#]|\Z)")  # what nearly all addresses begin with


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one source's waits."""

    hard: timedelta  # no two requests are nearer to each other
    floor: timedelta  # nor two that the schedule plans
    wish: timedelta | None  # the interval that the user asked for; None: the source's own rhythm counts
    own: bool  # a host of allow_private

    def backoff(self, failures: int) -> timedelta:
        """The wait after a failure that came after `failures` others: doubled each time, a day at the most (E7)."""
        base = self.floor if self.own else FLOOR
        doubled: timedelta = base * 2 ** min(failures, 10)
        return min(CEILING, doubled)


def limits(source: Source, settings: FetchSettings, answer: Answer | None = None) -> Limits:
    """The bounds that hold for a source; `answer` tells who really answered, after redirects.

    Below HARD only hosts named in allow_private are asked; there [fetch] interval is a wish like the source's own.
    """
    own = named(source.url, settings)
    own = own and (answer is None or answer.final_url == source.url or named(answer.final_url, settings))
    wish = source.interval
    if wish is None and own and settings.interval < HARD:
        wish = settings.interval
    hard = OWN_HARD if own else HARD
    return Limits(hard, max(hard, wish or settings.interval), wish, own)


def named(url: str, settings: FetchSettings) -> bool:
    """The URL's host and port are one of allow_private."""
    return bool(settings.allow_private) and authority(url) in settings.allow_private


def authority(url: str) -> str:
    """ "host:port" in lower case, brackets round an IPv6 address, the scheme's port filled in; "" when it is no URL."""
    split = place(url)
    if split is None:
        return ""
    scheme, host, given = split
    port = given or _PORTS.get(scheme, 0)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@lru_cache(maxsize=4096)  # asked some five times a poll
def place(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host in lower case and port of a URL, as far as it has them; None when it is no URL."""
    if usual := _USUAL.match(url):
        scheme, host, port = usual.groups()
        return scheme, host, int(port) if port else None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port

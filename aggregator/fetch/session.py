"""What every outgoing connection has in common: the guard, our name, no cookies, no time limit but the caller's."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver

from aggregator import version
from aggregator.fetch import guard
from aggregator.model import Settings

NAMES_KEPT = 300  # seconds for which an address is remembered; the guard judges it at every dialling

LONGEST_HEADER = 32_768  # bytes; policies, cookies and links of 10 KB are met, and browsers take them
MOST_HEADERS = 256
BUFFERED = 1 << 18  # bytes of a body, twice, before its server has to wait: most documents come without a pause


def user_agent(contact: str | None) -> str:
    """Who we are and where we can be reached (checklist D8)."""
    return f"aggregator/{version()} (+{contact})" if contact else f"aggregator/{version()}"


class Context(ssl.SSLContext):
    """Trusts whom the machine trusts; its certificates are read at the first handshake, since that takes long."""

    read = False

    def wrap_bio(self, *args: Any, **given: Any) -> ssl.SSLObject:
        if not self.read:
            self.read = True
            self.load_default_certs()
        return super().wrap_bio(*args, **given)


def context() -> Context:
    """For clients: no connection without a certificate that is valid, and for that host."""
    made = Context(ssl.PROTOCOL_TLS_CLIENT)
    made.set_alpn_protocols(["http/1.1"])
    return made


def reachable(settings: Settings) -> str | None:
    """An address of ours for whoever is asked: `contact`, else where the output is served; None without either."""
    return settings.contact or (settings.base_url if settings.base_url_given else None)


def opened(
    settings: Settings,
    allowed: Collection[str],
    connections: int,
    headers: Mapping[str, str] | None = None,
    names: AbstractResolver | None = None,
) -> aiohttp.ClientSession:
    """A session for at most so many connections at a time; to be closed by the caller.

    `allowed`: "host:port" of addresses that may be dialled though they are not public. `names`: who resolves host names,
    if not the system.
    """
    connector = aiohttp.TCPConnector(
        limit=connections,
        keepalive_timeout=15,
        ttl_dns_cache=NAMES_KEPT,
        resolver=names,
        ssl=context(),
        socket_factory=guard.socket_factory(frozenset(allowed)),
    )
    return aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent(reachable(settings)), **(headers or {})},
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=False,
        max_field_size=LONGEST_HEADER,
        max_headers=MOST_HEADERS,
        read_bufsize=BUFFERED,
        proxy=settings.fetch.proxy,
    )

"""New connections: a name, the guard, a socket, perhaps a proxy, perhaps TLS."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
from collections.abc import Collection, Sequence
from typing import Any, cast
from urllib.parse import unquote

from yarl import URL

from aggregator.fetch import guard
from aggregator.fetch.connection import Connection
from aggregator.fetch.faults import Disconnected, Fault, Unreached, Unresolved, Untrusted
from aggregator.fetch.guard import AddressInfo
from aggregator.fetch.names import Names

JUDGED_WITHIN = 2.0  # seconds in which a name has to be known here that a proxy is to ask for
EYEBALLS = 0.25  # seconds until the next address is tried beside the one before (RFC 8305 section 8)


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


class Dialer:
    """Opens connections to where the guard lets it, by way of a proxy where one is set."""

    def __init__(self, exceptions: Collection[str], proxy: str | None, names: Names) -> None:
        """`exceptions`: "host:port" of addresses that may be dialled though they are not public."""
        self._exceptions, self.names = frozenset(exceptions), names
        self._proxy = URL(proxy) if proxy else None
        self._tls: Context | None = None

    def place(self, url: URL) -> tuple[str, str, int]:
        """Where a connection for this URL leads: one is good for all that share it."""
        if self._proxy is not None and url.scheme == "http":
            url = self._proxy
        return url.scheme, url.raw_host or "", url.port or 0

    def target(self, url: URL) -> str:
        """What the request line names (RFC 9112 section 3.2): the whole address where a proxy is to ask for it."""
        path = url.raw_path_qs
        return path if self._proxy is None or url.scheme != "http" else f"http://{url.host_port_subcomponent}{path}"

    def line(self, url: URL) -> str:
        """A header line for the proxy, where it is the one that reads the request; "" else."""
        return _to_proxy(self._proxy) if self._proxy is not None and url.scheme == "http" else ""

    async def judge(self, url: URL) -> None:
        """Raises Refused for what a proxy must not be asked for, as far as it can be told here. Before every request: one
        connection to a proxy is good for many hosts. Without a proxy the addresses are judged that a connection gets."""
        if self._proxy is None:
            return
        host, port = url.raw_host or "", url.port or 0
        with contextlib.suppress(Unresolved, TimeoutError):  # names may be the proxy's to resolve
            async with asyncio.timeout(JUDGED_WITHIN):
                found = await self.names.of(host, port)
            guard.permitted(found, guard.host_port(host, port), self._exceptions)

    async def dial(self, url: URL) -> Connection:
        """A connection for this URL. Raises a Fault."""
        if self._proxy is not None:
            return await self._by_proxy(url, self._proxy)
        host, port = url.raw_host or "", url.port or 0
        target = guard.host_port(host, port)
        infos = guard.permitted(await self.names.of(host, port), target, self._exceptions)
        return await self._connected(url, infos)

    async def _connected(self, url: URL, infos: Sequence[AddressInfo]) -> Connection:
        try:
            connected = await _socket(infos)
        except OSError as error:
            self.names.forget(url.raw_host or "", url.port or 0)
            raise Unreached(error) from error
        secure = url.scheme == "https"
        loop = asyncio.get_running_loop()
        try:
            _, made = await loop.create_connection(
                Connection,
                sock=connected,
                ssl=self._context() if secure else None,
                server_hostname=_name(url) if secure else None,
            )
        except BaseException as error:
            connected.close()
            if secure and isinstance(error, (OSError, ssl.CertificateError)):
                raise Untrusted(error) from error
            raise
        return made

    def _context(self) -> Context:
        self._tls = self._tls or context()
        return self._tls

    async def _by_proxy(self, url: URL, proxy: URL) -> Connection:
        """Whoever runs this has named the proxy: the guard lets it."""
        made = await self._connected(proxy, await self.names.of(proxy.raw_host or "", proxy.port or 0))
        if url.scheme == "http":
            return made
        try:
            return await self._through(made, url, proxy)
        except BaseException:
            made.close()
            raise

    async def _through(self, outer: Connection, url: URL, proxy: URL) -> Connection:
        """A tunnel (RFC 9110 section 9.3.6), and TLS in it."""
        where = guard.host_port(url.raw_host or "", url.port or 0)
        response = await outer.ask(
            f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{_to_proxy(proxy)}\r\n".encode(), tunnel=True
        )
        if not 200 <= response.status < 300:
            raise Fault(f"the proxy answered {response.status}")
        assert outer.transport is not None  # noqa: S101 - it has just answered
        inner = Connection()
        outer.transport.set_protocol(inner)
        try:
            made = await asyncio.get_running_loop().start_tls(
                outer.transport, inner, self._context(), server_hostname=_name(url)
            )
        except (OSError, ssl.CertificateError) as error:
            raise Untrusted(error) from error
        if made is None:
            raise Disconnected
        inner.connection_made(made)
        return inner


def _name(url: URL) -> str:
    """Of the host, as certificates have it."""
    return (url.raw_host or "").rstrip(".")


def credentials(url: URL) -> str | None:
    """The name and password of a URL, as "name:password"; None without."""
    return None if url.user is None else f"{unquote(url.raw_user or '')}:{unquote(url.raw_password or '')}"


def basic(pair: str) -> str:
    """What a header says for "name:password" (RFC 7617)."""
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _to_proxy(proxy: URL) -> str:
    """The header line that lets us use it; "" where it asks for none."""
    pair = credentials(proxy)
    return f"Proxy-Authorization: {basic(pair)}\r\n" if pair else ""


async def _socket(infos: Sequence[AddressInfo]) -> socket.socket:
    """Connected to one of these. Raises OSError."""
    loop = asyncio.get_running_loop()
    if len(infos) > 1:
        from aiohappyeyeballs import start_connection

        return await start_connection(cast("Any", infos), happy_eyeballs_delay=EYEBALLS, interleave=1, loop=loop)
    family, kind, protocol, _, where = infos[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setblocking(False)
        await loop.sock_connect(made, where)
    except BaseException:
        made.close()
        raise
    return made

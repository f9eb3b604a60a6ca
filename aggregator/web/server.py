"""The built-in web server: exactly the files below the output folder, by checklist part F, and three probes."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from aggregator.errors import OutputError
from aggregator.web import metrics, negotiate
from aggregator.web.delta import History
from aggregator.web.front import Front, Kept, Memory
from aggregator.web.metrics import Metric
from aggregator.web.reply import CORS, NOSNIFF, Reply, page, text
from aggregator.web.shelf import Shelf, Version, locate

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
STOP_WITHIN = 1.5  # seconds for the answers under way when the server ends
METHODS = "GET, HEAD, OPTIONS"
FIRST_BUILD = ("index.html", "feed.atom", "feed.rss", "feed.json", "status.html")
_NEGOTIATED = (
    "A-IM",
    "Accept-Encoding",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Unmodified-Since",
    "Sec-Fetch-Dest",
)
_PREFLIGHT = (
    ("Allow", METHODS),
    ("Access-Control-Allow-Methods", METHODS),
    ("Access-Control-Allow-Headers", "A-IM, If-Modified-Since, If-None-Match"),
    ("Access-Control-Max-Age", "86400"),
    *CORS,
)


@dataclass
class Application:
    """What answers requests; serve() puts it on a socket."""

    shelf: Shelf
    ready: Callable[[], bool]  # the store answers
    snapshot: Callable[[], Iterable[Metric]]
    routes: Mapping[str, Handler] = field(default_factory=dict)  # by the path, or by its start, which ends in "/"
    former: Callable[[], Mapping[str, str | None]] = dict  # "arctic/" -> "new/", or None: gone for good
    memory: Memory = field(default_factory=Memory)
    history: History = field(default_factory=History)
    sent: dict[int, int] = field(default_factory=dict)  # answers by status, without those from memory

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        reply = await self._routed(request)
        self.sent[reply.status] = self.sent.get(reply.status, 0) + 1
        return reply if request.keep_alive or not isinstance(reply, Reply) else reply.closing()

    async def _routed(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        for start, handler in self.routes.items():
            if path == start or (start.endswith("/") and path.startswith(start)):
                return await handler(request)
        if request.method == "OPTIONS":
            return Reply(204, _PREFLIGHT)
        head = request.method == "HEAD"
        if not head and request.method != "GET":
            return page(405, "This can only be read.", ("Allow", METHODS))
        probe = {"/healthz": self._healthz, "/readyz": self._readyz, "/metrics": self._metrics}.get(path)
        return probe(head) if probe else self._file(request, path, head)

    def _healthz(self, head: bool) -> Reply:
        return text(200, "ok\n", head=head)

    def _readyz(self, head: bool) -> Reply:
        if not any(self.shelf.get(name) for name in FIRST_BUILD):
            return text(503, "nothing is built yet\n", ("Retry-After", "5"), head=head)
        if not self.ready():
            return text(503, "the store does not answer\n", ("Retry-After", "5"), head=head)
        return text(200, "ready\n", head=head)

    def _metrics(self, head: bool) -> Reply:
        answers: dict[metrics.Labels, float] = {
            (("code", str(status)),): self.sent.get(status, 0) + self.memory.sent.get(status, 0)
            for status in {*self.sent, *self.memory.sent}
        }
        own = metrics.counter("http_requests_total", "Requests answered by the web server.", answers)
        body = metrics.render([own, *self.snapshot()])
        return text(200, body, kind=metrics.CONTENT_TYPE, head=head)

    def _file(self, request: web.BaseRequest, path: str, head: bool) -> Reply:
        name = locate(path)
        version = self.shelf.get(name) if name else None
        if version is not None:
            return self._versioned(request, version, head)
        if name and self.shelf.folder_has(name):
            return Reply(301, (("Location", f"./{quote(name.rpartition('/')[2])}/"), *CORS))
        return self._missing(name or "", head)

    def _missing(self, name: str, head: bool) -> Reply:
        for start, target in self.former().items():
            if name.startswith(start) and target is None:
                return page(410, "This channel has ended.", head=head)
            if name.startswith(start):
                rest = name.removeprefix(start).removesuffix("index.html")
                return Reply(301, (("Location", quote(f"{'../' * name.count('/')}{target}{rest}")), *CORS))
        return page(404, "There is nothing at this address.", head=head)

    def _versioned(self, request: web.BaseRequest, version: Version, head: bool) -> Reply:
        headers = _asked(request)
        coding = negotiate.coding(headers.get("Accept-Encoding"), version.bodies)
        if coding is None:
            return page(
                406, "It does not come in a content-coding that you accept.", ("Vary", "Accept-Encoding"), head=head
            )
        as_xml = version.media.feed and headers.get("Sec-Fetch-Dest") == "document"
        if negotiate.precondition_fails(headers, version.tag, version.modified):
            return page(412, "This is another version.", head=head)
        delta = self.history.reply(headers, version, head=head)
        if delta is not None:
            return delta
        status = 304 if negotiate.still_fresh(headers, version.tag, version.modified) else 200
        key = (status, coding, as_xml, head)
        reply = version.replies.get(key)
        if reply is None:
            reply = version.replies[key] = self._made(version, status, coding, as_xml, head)
        return reply

    def _made(self, version: Version, status: int, coding: str, as_xml: bool, head: bool) -> Kept:
        """One answer for one variant of a version (F1, F2, F4, F9)."""
        lines = [
            ("ETag", negotiate.tag(version.tag, coding, as_xml=as_xml)),
            ("Cache-Control", version.media.cache_control),
            ("Vary", "Accept-Encoding, Sec-Fetch-Dest" if version.media.feed else "Accept-Encoding"),
            *CORS,
            *NOSNIFF,
        ]
        if status == 200:
            lines += _described(version, coding, as_xml)
        body = version.bodies[coding] if status == 200 else b""
        return Kept(status, lines, body, head=head, holds=lambda: self.shelf.get(version.name) is version)


def application(
    output: Path,
    ready: Callable[[], bool],
    snapshot: Callable[[], Iterable[Metric]],
    *,
    max_age: int = 3600,
    routes: Mapping[str, Handler] | None = None,
    former: Callable[[], Mapping[str, str | None]] = dict,
) -> Application:
    """The application over a folder that need not exist yet.

    `ready` tells whether the store answers, `snapshot` gives the figures for /metrics. `max_age`: seconds between two
    builds. `routes`: handlers by the start of the path. `former`: where folders of channels that were removed (None) or
    renamed have gone.
    """
    made = Application(Shelf(output, max(0, min(max_age, 3600))), ready, snapshot, dict(routes or {}), former)
    made.shelf.on_change = made.memory.forget
    return made


class _Server(web.Server):
    """aiohttp's server with our front before each connection."""

    def __init__(self, app: Application) -> None:
        super().__init__(app, access_log=None, tcp_keepalive=True, auto_decompress=False)
        self._memory = app.memory

    def __call__(self) -> Any:
        """A protocol for a new connection. Called by the event loop."""
        return Front(super().__call__(), self._memory)


async def serve(app: Application, listen: str) -> web.ServerRunner:
    """Listen on "host:port" or "unix:/path" until the runner's cleanup(). Raises OutputError when it cannot."""
    if listen.startswith("unix:") and _is_answered(listen.removeprefix("unix:")):
        raise OutputError(f"cannot listen on {listen}: another process does; [aggregator] listen names another address")
    runner = web.ServerRunner(_Server(app), shutdown_timeout=STOP_WITHIN)
    await runner.setup()
    try:
        await _site(runner, listen).start()
    except (OSError, ValueError) as error:
        await runner.cleanup()
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise OutputError(f"cannot listen on {listen}: {why}; [aggregator] listen names another address") from error
    if listen.startswith("unix:"):
        with contextlib.suppress(OSError):  # a web server in front runs as another user
            Path(listen.removeprefix("unix:")).chmod(0o666)
    return runner


def _is_answered(path: str) -> bool:
    """Somebody listens there: to listen as well would take the place from them without a word."""
    with socket.socket(socket.AF_UNIX) as asking, contextlib.suppress(OSError):
        asking.settimeout(1)
        asking.connect(path)
        return True
    return False


def _site(runner: web.ServerRunner, listen: str) -> web.BaseSite:
    if listen.startswith("unix:"):
        return web.UnixSite(runner, listen.removeprefix("unix:"))
    host, _, port = listen.rpartition(":")
    return web.TCPSite(runner, host.strip("[]") or None, int(port))


def _described(version: Version, coding: str, as_xml: bool) -> list[tuple[str, str]]:
    """What only the document itself carries."""
    lines = [
        ("Content-Type", "application/xml; charset=utf-8" if as_xml else version.media.type),
        ("Last-Modified", negotiate.http_date_text(version.modified)),
        ("Content-Security-Policy", version.media.csp),
    ]
    if coding != "identity":
        lines.append(("Content-Encoding", coding))
    if version.links:
        lines.append(("Link", version.links))
    return lines


def _asked(request: web.BaseRequest) -> dict[str, str]:
    """The headers that negotiation looks at, several lines of one name joined."""
    lines = ((name, request.headers.getall(name, ())) for name in _NEGOTIATED)
    return {name: ", ".join(values) for name, values in lines if values}

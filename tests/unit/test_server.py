"""The built-in web server, asked over a real socket."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import http.client
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import brotli
import pytest
from aiohttp import web

from aggregator.errors import OutputError
from aggregator.web.links import hub_links
from aggregator.web.metrics import gauge
from aggregator.web.server import Application, application, serve
from aggregator.web.shelf import Shelf, locate

ATOM = (
    b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="https://hub.example/"/>
<link rel="self" href="https://planet.example/feed.atom"/><link href="https://planet.example/"/>
<entry><link rel="self" href="https://other.example/"/></entry></feed>"""
    + b"<!-- padding -->" * 200
)
RSS = b"""<rss xmlns:a="http://www.w3.org/2005/Atom"><channel><a:link rel="self" href="https://planet.example/feed.rss"/>
<item><a:link rel="hub" href="https://evil.example/"/></item></channel></rss>"""
JSON = b"""{"feed_url": "https://planet.example/feed.json", "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
"items": []}"""
FEEDS = {"feed.atom": ATOM, "feed.rss": RSS, "sources.opml": b"<opml version='2.0'/>"}


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        return self.headers.get(name.lower())


class Site:
    """A server in a thread, asked with http.client over one kept connection."""

    def __init__(self, make: Callable[[], Application]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.runner = self._wait(self._serve(make))
        self.port: int = self.runner.addresses[0][1]
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    async def _serve(self, make: Callable[[], Application]) -> web.ServerRunner:
        return await serve(make(), "127.0.0.1:0")

    def _wait(self, coroutine: object) -> web.ServerRunner:
        future: Future[web.ServerRunner] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)  # type: ignore[arg-type]
        return future.result(10)

    def close(self) -> None:
        self._connection.close()
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Got:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body=body, headers={"Accept-Encoding": ""} | named)
        answer = self._connection.getresponse()
        got = Got(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        if answer.will_close:
            self._connection.close()
        return got

    def raw(self, data: bytes, answers: int = 1) -> bytes:
        """What comes back for these bytes, until so many answers have come or the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as plain:
            plain.sendall(data)
            got = b""
            while got.count(b"HTTP/1.1 ") < answers or not got.endswith((b"\n", b">")):
                more = plain.recv(65536)
                if not more:
                    break
                got += more
            return got


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    (folder / "arctic").mkdir(parents=True)
    (folder / "archive").mkdir()
    for name, body in {**FEEDS, "feed.json": JSON, "index.html": b"<h1>All</h1>", "status.json": b"{}"}.items():
        (folder / name).write_bytes(body)
    (folder / "arctic" / "index.html").write_bytes(b"<h1>Arctic</h1>")
    (folder / "archive" / "1.atom").write_bytes(ATOM)
    (folder / "page.css").write_bytes(b"h1 {}")
    compress(folder / "feed.atom")
    (folder / ".secret").write_bytes(b"secret")
    (folder / "feed.atom.tmp").write_bytes(b"half")
    (tmp_path / "outside.html").write_bytes(b"secret")
    return folder


def compress(path: Path) -> None:
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    path.with_name(path.name + ".br").write_bytes(brotli.compress(path.read_bytes()))


@pytest.fixture
def site(output: Path) -> Iterator[Site]:
    made = Site(lambda: application(output, lambda: True, lambda: [gauge("sources", "Sources.", 3)]))
    yield made
    made.close()


# ---------------------------------------------------------------- documents


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/arctic/", "text/html; charset=utf-8"),
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/feed.rss", "application/rss+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json"),
        ("/status.json", "application/json"),
        ("/sources.opml", "text/x-opml; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/archive/1.atom", "application/atom+xml; charset=utf-8"),
        ("/feed.atom.gz", "application/gzip"),
        ("/feed.atom?cache=no", "application/atom+xml; charset=utf-8"),
        ("/%66eed.atom", "application/atom+xml; charset=utf-8"),
    ],
)
def test_each_file_has_its_media_type(site: Site, path: str, kind: str) -> None:
    got = site.ask(path)

    assert (got.status, got["Content-Type"], got["X-Content-Type-Options"]) == (200, kind, "nosniff")
    assert got["Access-Control-Allow-Origin"] == "*"
    assert got["Access-Control-Expose-Headers"] == "ETag, Link"
    assert got["Content-Length"] == str(len(got.body))


def test_a_feed_stays_a_feed_for_who_prefers_html(site: Site) -> None:
    got = site.ask("/feed.atom", Accept="text/html")

    assert got["Content-Type"] == "application/atom+xml; charset=utf-8"


@pytest.mark.parametrize("name", FEEDS)
def test_a_browser_sees_a_feed_as_xml_with_a_tag_of_its_own(site: Site, name: str) -> None:
    feed, document = site.ask(f"/{name}"), site.ask(f"/{name}", Sec_Fetch_Dest="document")

    assert document["Content-Type"] == "application/xml; charset=utf-8"
    assert document.body == feed.body
    assert document["ETag"] != feed["ETag"]
    assert feed["Vary"] == document["Vary"] == "Accept-Encoding, Sec-Fetch-Dest"


def test_other_files_are_the_same_for_a_browser(site: Site) -> None:
    assert site.ask("/feed.json", Sec_Fetch_Dest="document")["Content-Type"] == "application/feed+json"
    assert site.ask("/feed.json")["Vary"] == "Accept-Encoding"


def test_no_script_runs_in_a_feed_and_only_ours_in_a_page(site: Site) -> None:
    feed, page, data = (site.ask(path)["Content-Security-Policy"] or "" for path in ("/feed.atom", "/", "/feed.json"))

    assert (
        feed == "default-src 'none'; style-src 'self'; img-src https: data:; script-src 'none'; frame-ancestors 'none'"
    )
    assert "script-src 'self'" in page
    assert "unsafe" not in page
    assert data == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/feed.atom", '<https://planet.example/feed.atom>; rel="self", <https://hub.example/>; rel="hub"'),
        ("/feed.rss", '<https://planet.example/feed.rss>; rel="self"'),
        ("/feed.json", '<https://planet.example/feed.json>; rel="self", <https://hub.example/>; rel="hub"'),
        ("/status.json", None),
        ("/", None),
    ],
)
def test_the_link_header_says_what_the_document_says(site: Site, path: str, expected: str | None) -> None:
    assert site.ask(path)["Link"] == expected


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("feed.atom", b"<feed"),
        ("feed.json", b"{"),
        ("feed.json", b"[]"),
        ("feed.json", b'{"items": [], "hubs": [7, {"url": 7}], "feed_url": 7}'),
        ("feed.json", b'{"items": [], "feed_url": "https://a.example/>; rel=x\\r\\nSet-Cookie: a"}'),
        (
            "feed.rss",
            "<rss><a:link xmlns:a='http://www.w3.org/2005/Atom' rel='self' href='https://ü.example/'/></rss>".encode(),
        ),
    ],
)
def test_a_document_that_cannot_be_trusted_gives_no_link_header(name: str, body: bytes) -> None:
    assert hub_links(name, body) == ""


@pytest.mark.parametrize(
    ("path", "age"), [("/feed.atom", 3600), ("/", 3600), ("/archive/1.atom", 604800), ("/status.json", 60)]
)
def test_files_may_be_kept_for_as_long_as_they_may_stay(site: Site, path: str, age: int) -> None:
    assert site.ask(path)["Cache-Control"] == f"public, max-age={age}"


def test_a_short_build_interval_shortens_how_long_files_may_be_kept(output: Path) -> None:
    site = Site(lambda: application(output, lambda: True, list, max_age=900))

    assert site.ask("/feed.atom")["Cache-Control"] == "public, max-age=900"
    site.close()


# ---------------------------------------------------------------- codings


@pytest.mark.parametrize(
    ("accept", "coding"),
    [("gzip", "gzip"), ("br, gzip", "br"), ("", None), ("gzip;q=0", None), ("identity;q=0, *", "br")],
)
def test_a_coding_is_another_variant_of_the_same_bytes(site: Site, accept: str, coding: str | None) -> None:
    got = site.ask("/feed.atom", Accept_Encoding=accept)

    unpack = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[coding]
    assert (got.status, got["Content-Encoding"]) == (200, coding)
    assert unpack(got.body) == ATOM
    assert got["Vary"] == "Accept-Encoding, Sec-Fetch-Dest"
    assert got["Content-Length"] == str(len(got.body))


def test_four_variants_have_four_tags_that_survive_a_restart(site: Site, output: Path) -> None:
    def tags(asked: Site) -> list[str | None]:
        codings = [asked.ask("/feed.atom", Accept_Encoding=coding)["ETag"] for coding in ("", "gzip", "br")]
        return [*codings, asked.ask("/feed.atom", Sec_Fetch_Dest="document")["ETag"]]

    again = Site(lambda: application(output, lambda: True, list))

    assert len(set(tags(site))) == 4
    assert tags(again) == tags(site)
    again.close()


def test_who_accepts_nothing_that_there_is_gets_406(site: Site) -> None:
    got = site.ask("/status.json", Accept_Encoding="identity;q=0")

    assert (got.status, got["Cache-Control"], got["Vary"]) == (406, "no-store", "Accept-Encoding")


def test_an_old_compressed_copy_is_never_sent_for_a_new_file(site: Site, output: Path) -> None:
    site.ask("/feed.atom", Accept_Encoding="gzip")
    new = ATOM.replace(b"padding", b"changed")
    (output / "feed.atom").write_bytes(new)

    got = site.ask("/feed.atom", Accept_Encoding="gzip")

    assert (got["Content-Encoding"], got.body) == (None, new)


def test_a_broken_compressed_copy_is_never_sent(site: Site, output: Path) -> None:
    (output / "feed.atom.gz").write_bytes(b"\x1f\x8b broken")
    (output / "feed.atom.br").write_bytes(b"broken")

    assert site.ask("/feed.atom", Accept_Encoding="gzip, br").body == ATOM


# ---------------------------------------------------------------- versions


def test_what_did_not_change_is_304_with_the_headers_of_the_200(site: Site) -> None:
    full = site.ask("/feed.atom", Accept_Encoding="gzip")
    etag = full["ETag"] or ""

    got = site.ask("/feed.atom", Accept_Encoding="gzip", If_None_Match=etag)

    assert (got.status, got.body) == (304, b"")
    for name in ("ETag", "Vary", "Cache-Control", "Access-Control-Allow-Origin"):
        assert got[name] == full[name]
    assert got["Date"]
    assert got["Content-Type"] is None
    assert got["Content-Length"] is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_variant_of_the_version_in_hand_is_good_for_304(site: Site, method: str) -> None:
    etag = site.ask("/feed.atom", Accept_Encoding="br", Sec_Fetch_Dest="document")["ETag"] or ""

    assert site.ask("/feed.atom", method, If_None_Match=f'"x", W/{etag}').status == 304


def test_last_modified_is_the_time_of_the_bytes_and_never_ahead_of_date(site: Site, output: Path) -> None:
    os.utime(output / "feed.atom", (time.time() + 9999, time.time() + 9999))
    os.utime(output / "feed.rss", (1_700_000_000.9, 1_700_000_000.9))

    ahead, past = site.ask("/feed.atom"), site.ask("/feed.rss")

    assert past["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert parsedate_to_datetime(ahead["Last-Modified"] or "") <= parsedate_to_datetime(ahead["Date"] or "")
    assert site.ask("/feed.rss", If_Modified_Since=past["Last-Modified"] or "").status == 304


def test_new_bytes_are_served_at_once_under_a_new_tag(site: Site, output: Path) -> None:
    old = site.ask("/feed.atom")
    for number in range(3):
        new = b"<feed/>" + b" " * number
        (output / "next").write_bytes(new)
        (output / "next").rename(output / "feed.atom")

        got = site.ask("/feed.atom", If_None_Match=old["ETag"] or "")

        assert (got.status, got.body) == (200, new)
        assert got["ETag"] == f'"{hashlib.blake2b(new, digest_size=12).hexdigest()}"'


def test_a_touched_file_keeps_its_tag(site: Site, output: Path) -> None:
    old = site.ask("/feed.atom")
    os.utime(output / "feed.atom", (1, 1))

    got = site.ask("/feed.atom")

    assert (got["ETag"], got["Last-Modified"]) == (old["ETag"], "Thu, 01 Jan 1970 00:00:01 GMT")


def test_compressed_copies_that_come_late_are_found(output: Path) -> None:
    async def late() -> tuple[bool, bool]:
        shelf = Shelf(output, 60)
        before = shelf.get("feed.rss")
        (output / "feed.rss").write_bytes(RSS * 9)
        compress(output / "feed.rss")
        await asyncio.sleep(0)
        after = shelf.get("feed.rss")
        return "gzip" in before.bodies if before else True, "gzip" in after.bodies if after else False

    assert asyncio.run(late()) == (False, True)


def test_what_is_held_in_memory_is_bounded(output: Path) -> None:
    async def ask_for_all() -> list[bytes]:
        shelf = Shelf(output, 60, budget=len(ATOM) + 500)
        names = ["feed.atom", "feed.rss", "archive/1.atom", "index.html"] * 2
        return [version.bodies["identity"] for name in names if (version := shelf.get(name))]

    assert asyncio.run(ask_for_all()) == [ATOM, RSS, ATOM, b"<h1>All</h1>"] * 2


def test_a_412_says_that_it_is_another_version(site: Site) -> None:
    assert site.ask("/feed.atom", If_Match='"other"').status == 412
    assert site.ask("/feed.atom", If_Match="*").status == 200


# ---------------------------------------------------------------- methods


@pytest.mark.parametrize("path", ["/feed.atom", "/", "/healthz", "/nothing"])
def test_head_is_get_without_the_body(site: Site, path: str) -> None:
    got, head = site.ask(path), site.ask(path, "HEAD")

    del got.headers["date"], head.headers["date"]
    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_other_methods_are_405_with_allow(site: Site, method: str) -> None:
    got = site.ask("/feed.atom", method, body=b"x=1")

    assert (got.status, got["Allow"], got["Cache-Control"]) == (405, "GET, HEAD, OPTIONS", "no-store")


def test_a_preflight_allows_conditional_requests(site: Site) -> None:
    got = site.ask(
        "/feed.atom", "OPTIONS", Origin="https://reader.example", Access_Control_Request_Headers="if-none-match"
    )

    assert (got.status, got.body, got["Access-Control-Allow-Origin"]) == (204, b"", "*")
    assert "If-None-Match" in (got["Access-Control-Allow-Headers"] or "")
    assert "If-Modified-Since" in (got["Access-Control-Allow-Headers"] or "")
    assert "GET" in (got["Access-Control-Allow-Methods"] or "")


# ---------------------------------------------------------------- what is not served


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/.secret",
        "/arctic/.hidden/x",
        "/feed.atom.tmp",
        "/../outside.html",
        "/%2e%2e/outside.html",
        "/arctic/%2e%2e%2f%2e%2e/outside.html",
        "/..%5coutside.html",
        "//outside.html",
        "/arctic//index.html",
        "/./feed.atom",
        "/feed.atom%00.html",
        "/feed.atom/",
        "/%ff",
        "/archive/",
        "/link.html",
    ],
)
def test_nothing_hidden_temporary_or_outside_is_served(site: Site, output: Path, path: str) -> None:
    (output / "link.html").symlink_to(output.parent / "outside.html")

    got = site.ask(path)

    assert (got.status, got["Cache-Control"]) == (404, "no-store")
    assert b"secret" not in got.body


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "index.html"),
        ("/a/", "a/index.html"),
        ("/a/b.atom", "a/b.atom"),
        ("/a%20b", "a b"),
        ("/%C3%A9", "é"),
        ("a", None),
        ("", None),
        ("/a\tb", None),
        ("/%e9", None),
        ("/a/..", None),
        ("/~", None),
    ],
)
def test_a_path_names_one_file(path: str, name: str | None) -> None:
    assert locate(path) == name


def test_a_folder_without_its_slash_is_redirected(site: Site) -> None:
    got = site.ask("/arctic")

    assert (got.status, got["Location"]) == (301, "./arctic/")


def test_a_channel_that_was_removed_is_gone_and_a_renamed_one_has_moved(output: Path) -> None:
    former: dict[str, str | None] = {"old/": None, "cold/": "arctic/"}
    site = Site(lambda: application(output, lambda: True, list, former=lambda: former))

    gone, moved, here = site.ask("/old/feed.atom"), site.ask("/cold/feed.atom"), site.ask("/arctic/")
    site.close()

    assert (gone.status, gone["Cache-Control"]) == (410, "no-store")
    assert (moved.status, moved["Location"]) == (301, "../arctic/feed.atom")
    assert here.status == 200


# ---------------------------------------------------------------- probes and other routes


def test_the_process_is_healthy_before_anything_is_built(tmp_path: Path) -> None:
    site = Site(lambda: application(tmp_path / "public", lambda: True, list))

    health, ready = site.ask("/healthz"), site.ask("/readyz")

    assert (health.status, health.body, health["Cache-Control"]) == (200, b"ok\n", "no-store")
    assert (ready.status, ready["Retry-After"]) == (503, "5")
    site.close()


@pytest.mark.parametrize(("store", "status"), [(True, 200), (False, 503)])
def test_it_is_ready_when_something_is_built_and_the_store_answers(output: Path, store: bool, status: int) -> None:
    site = Site(lambda: application(output, lambda: store, list))

    assert site.ask("/readyz").status == status
    site.close()


def test_metrics_count_every_answer(site: Site) -> None:
    for _ in range(5):
        site.ask("/feed.atom")
    site.ask("/nothing")

    got = site.ask("/metrics")

    assert got["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b'aggregator_http_requests_total{code="200"} 5\n' in got.body
    assert b'aggregator_http_requests_total{code="404"} 1\n' in got.body
    assert b"aggregator_sources 3\n" in got.body


def test_a_route_takes_no_path_that_only_begins_like_it(output: Path) -> None:
    (output / "hubris").mkdir()
    (output / "hubris" / "index.html").write_bytes(b"<p>A channel of its own.")

    async def hub(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="the hub")

    site = Site(lambda: application(output, lambda: True, list, routes={"/hub": hub}))

    found = [site.ask(path).body for path in ("/hub", "/hubris/")]

    assert found == [b"the hub", b"<p>A channel of its own."]
    site.close()


def test_other_routes_get_every_method_below_their_path(output: Path) -> None:
    async def echo(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=202, text=f"{request.method} {(await request.read()).decode()}")

    site = Site(lambda: application(output, lambda: True, list, routes={"/push/": echo}))

    got, still = site.ask("/push/1", "POST", body=b"new"), site.ask("/feed.atom")

    assert (got.status, got.body, still.body) == (202, b"POST new", ATOM)
    site.close()


# ---------------------------------------------------------------- connections


GET = b"GET /feed.rss HTTP/1.1\r\nHost: planet.example\r\n\r\n"


def test_a_request_known_byte_for_byte_gets_the_same_answer(site: Site) -> None:
    asked = [site.ask("/feed.atom", Accept_Encoding="gzip") for _ in range(4)]

    for got in asked:
        del got.headers["date"]
    assert all(got == asked[0] for got in asked)


def test_known_requests_in_one_packet_get_one_answer_each(site: Site) -> None:
    site.raw(GET)

    assert site.raw(GET * 3, answers=3).count(RSS) == 3


def test_a_known_request_inside_a_body_is_no_request(site: Site) -> None:
    site.raw(GET)
    body = b"POST /feed.rss HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(GET)
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(body)
        connection.sendall(GET)
        got = connection.recv(65536)

    assert got.startswith(b"HTTP/1.1 405 ")
    assert RSS not in got


def test_a_request_in_pieces_is_one_request(site: Site) -> None:
    site.raw(GET)
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        for piece in (GET[:9], GET[9:30], GET[30:]):
            connection.sendall(piece)
        got = connection.recv(65536)
        connection.sendall(GET)
        again = connection.recv(65536)

    assert got.endswith(RSS)
    assert again.endswith(RSS)


@pytest.mark.parametrize(
    "asked",
    [
        b"GET /feed.rss HTTP/1.0\r\nHost: a\r\n\r\n",
        b"GET /feed.rss HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ],
)
def test_a_connection_that_is_to_be_closed_is_closed(site: Site, asked: bytes) -> None:
    for _ in range(2):
        got = site.raw(asked, answers=99)

        assert b"Connection: close\r\n" in got


def test_an_old_client_that_keeps_its_connection_is_told_so(site: Site) -> None:
    got = site.raw(b"GET /feed.rss HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")

    assert b"Connection: keep-alive\r\n" in got
    assert got.endswith(RSS)


def test_rubbish_is_a_bad_request_and_ends_the_connection(site: Site) -> None:
    assert site.raw(b"rubbish\r\n\r\n").startswith(b"HTTP/1.0 400 ") or site.raw(b"rubbish\r\n\r\n").startswith(
        b"HTTP/1.1 400 "
    )
    assert site.ask("/feed.rss").body == RSS


def test_an_absolute_request_target_is_understood(site: Site) -> None:
    got = site.raw(b"GET http://planet.example/feed.rss HTTP/1.1\r\nHost: planet.example\r\n\r\n")

    assert got.endswith(RSS)


async def health_over(path: Path) -> bytes:
    """What a server says of itself on a unix socket."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    got = await reader.read()
    writer.close()
    await writer.wait_closed()
    return got


def test_a_unix_socket_can_be_listened_on(output: Path, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"

    async def ask() -> bytes:
        runner = await serve(application(output, lambda: True, list), f"unix:{path}")
        got = await health_over(path)
        await runner.cleanup()
        return got

    assert asyncio.run(ask()).endswith(b"ok\n")


def test_a_unix_socket_that_another_process_answers_is_left_to_it(output: Path, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"

    async def ask() -> bytes:
        first = await serve(application(output, lambda: True, list), f"unix:{path}")
        with pytest.raises(OutputError, match="another process does"):
            await serve(application(output, lambda: True, list), f"unix:{path}")
        got = await health_over(path)
        await first.cleanup()
        return got

    assert asyncio.run(ask()).endswith(b"ok\n")


@pytest.mark.parametrize("listen", ["127.0.0.1:nonsense", "unix:/nowhere/at/all.sock"])
def test_what_cannot_be_listened_on_is_an_output_error(output: Path, listen: str) -> None:
    async def fail() -> None:
        await serve(application(output, lambda: True, list), listen)

    with pytest.raises(OutputError, match="cannot listen on"):
        asyncio.run(fail())


def test_a_port_that_is_taken_is_an_output_error(site: Site, output: Path) -> None:
    async def fail() -> None:
        await serve(application(output, lambda: True, list), f"127.0.0.1:{site.port}")

    with pytest.raises(OutputError, match="Address already in use; \\[aggregator\\] listen"):
        asyncio.run(fail())


def test_who_asks_for_a_delta_gets_what_is_new(site: Site, output: Path) -> None:
    old = site.ask("/feed.atom", A_IM="feed")
    entry = b"<entry><id>urn:new</id></entry></feed>"
    (output / "feed.atom").write_bytes(ATOM.replace(b"</feed>", entry))

    part = site.ask("/feed.atom", A_IM="feed", If_None_Match=old["ETag"] or "")
    whole = site.ask("/feed.atom", If_None_Match=old["ETag"] or "")

    assert (old.status, part.status, whole.status) == (200, 226, 200)
    assert part["ETag"] == whole["ETag"]
    assert b"urn:new" in part.body
    assert b"other.example" not in part.body
    assert site.ask("/feed.atom", A_IM="feed", If_None_Match=part["ETag"] or "").status == 304

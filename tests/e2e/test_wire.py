"""What servers send that no HTTP library would: through the command line, all of it in one cycle, and then once more."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from backports import zstd

from tests.planet import Planet, item, rss
from tests.wire import Answer, Wire, chunk, chunked, ok, wire

ROOT = Path(__file__).parent.parent.parent
FEED = rss(*(item(n) for n in range(3)))
GZ = gzip.compress(FEED)
FOUND = "Location: /plain"
Cases = dict[str, tuple[Answer, str]]


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


def wide_zstd(data: bytes) -> bytes:
    """With a window that its reader would have to keep 128 MB for."""
    squeeze = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    return squeeze.compress(data) + squeeze.flush()


def moved(line: str, body: bytes = b"", status: str = "302 Found") -> bytes:
    return ok(body, line, status=f"HTTP/1.1 {status}")


def reset_after(connection: socket.socket, request: bytes) -> None:
    connection.sendall(ok(FEED))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def wants_cookie(connection: socket.socket, request: bytes) -> None:
    redirect = ok(b"", "Set-Cookie: a=1", "Location: /cookie-there", status="HTTP/1.1 302 Found")
    connection.sendall(ok(FEED) if b"Cookie" in request else redirect)


def endless_redirect(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /plain\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(2000):
        connection.sendall(chunk(b"x" * 65536))


FRAMING: Cases = {
    "plain": (ok(FEED), "ok"),
    "http-1.0": (ok(FEED, status="HTTP/1.0 200 OK", length=False), "ok"),
    "early-hints": (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + ok(FEED), "ok"),
    "processing": (b"HTTP/1.1 102 Processing\r\n\r\n" * 3 + ok(FEED), "ok"),
    "trailers": (chunked(chunk(FEED), end=b'0\r\nX-Sum: 1\r\nETag: "t"\r\n\r\n'), "ok"),
    "chunk-extension": (chunked(chunk(FEED, '{:x};name="va;lue"')), "ok error:network"),
    "chunk-zeros": (chunked(chunk(FEED, "0000{:x}")), "ok"),
    "chunk-negative": (chunked(chunk(FEED, "-{:x}")), "error:network"),
    "chunk-0x": (chunked(chunk(FEED, "0x{:x}")), "error:network"),
    "chunk-overflow": (chunked(chunk(FEED, "F" * 17)), "error:network"),
    "chunk-exabytes": (chunked(chunk(FEED, "7FFFFFFFFFFFFFFF")), "error:network error:too_large ok-partial"),
    "length-list": (ok(FEED, f"Content-Length: {len(FEED)}, {len(FEED)}", length=False), "ok error:network"),
    "length-digits": (ok(FEED, "Content-Length: " + "9" * 5000, length=False), "error:network error:too_large"),
    "gzip-of-transfer": (ok(chunk(GZ), "Transfer-Encoding: gzip, chunked", length=False), "ok error:network error:not_feed"),
    "folded": (ok(FEED, "X-A: a\r\n b"), "ok error:network"),
    "no-colon": (ok(FEED, "banana"), "ok error:network"),
    "nul": (ok(FEED, "X-A: a\0b"), "ok error:network"),
    "no-reason": (ok(FEED, status="HTTP/1.1 200"), "ok"),
    "http-2": (ok(FEED, status="HTTP/2 200 OK"), "ok error:network"),
    "icy": (ok(FEED, status="ICY 200 OK"), "ok error:network"),
    "status-word": (ok(FEED, status="HTTP/1.1 OK"), "error:network"),
    "status-000": (ok(FEED, status="HTTP/1.1 000 None"), "error:network error:http"),
    "status-999": (ok(FEED, status="HTTP/1.1 999 Denied"), "error:http"),
    "megabyte-line": (ok(FEED, "X-A: " + "a" * 1_000_000), "error:network error:too_large"),
    "ten-thousand-lines": (ok(FEED, *(f"X-{n}: {n}" for n in range(10_000))), "error:network error:too_large"),
    "long-policy": (ok(FEED, "Content-Security-Policy: " + "a " * 10_000), "ok"),
    "two-hundred-lines": (ok(FEED, *(f"X-{n}: {n}" for n in range(200))), "ok"),
    "only-a-status": (b"HTTP/1.1 200 OK\r\n", "error:network"),
    "ssh": (b"SSH-2.0-OpenSSH_9.6\r\n", "error:network"),
    "tls-alert": (b"\x15\x03\x03\x00\x02\x02\x46", "error:network"),
    "reset-after": (reset_after, "ok error:network ok-partial"),
}  # fmt: skip
CODINGS: Cases = {
    "gzip-padded": (ok(GZ + b"\0" * 512, "Content-Encoding: gzip"), "ok"),
    "gzip-member-cut": (ok(GZ + GZ[:20], "Content-Encoding: gzip"), "error:encoding ok ok-partial"),
    "gzip-checksum": (ok(GZ[:-8] + b"\0" * 8, "Content-Encoding: gzip"), "error:encoding ok-partial"),
    "x-gzip": (ok(GZ, "Content-Encoding: x-gzip"), "ok"),
    "GZIP": (ok(GZ, "Content-Encoding:  GZIP ,"), "ok"),
    "deflate-raw": (ok(raw_deflate(FEED), "Content-Encoding: deflate"), "ok"),
    "deflate": (ok(zlib.compress(FEED), "Content-Encoding: deflate"), "ok"),
    "no-coding": (ok(FEED, "Content-Encoding: "), "ok"),
    "a-charset": (ok(FEED, "Content-Encoding: utf-8"), "ok error:encoding"),
    "gzip-of-nothing": (ok(gzip.compress(b""), "Content-Encoding: gzip"), "error:empty"),
    "br-cut": (ok(brotli.compress(FEED)[:-30], "Content-Encoding: br"), "error:encoding"),
    "zstd-frames": (ok(zstd.compress(FEED[:99]) + zstd.compress(FEED[99:]), "Content-Encoding: zstd"), "ok"),
    "zstd-skipped": (ok(b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + zstd.compress(FEED), "Content-Encoding: zstd"), "ok"),
    "zstd-window": (ok(wide_zstd(FEED), "Content-Encoding: zstd"), "ok error:encoding"),
    "gzip-thousand-members": (ok(gzip.compress(b" " * 1_000_000) * 50, "Content-Encoding: gzip"), "error:too_large"),
    "gzip-empty-members": (ok(gzip.compress(b"") * 100_000, "Content-Encoding: gzip"), "error:empty error:encoding"),
    "br-of-a-bomb": (ok(brotli.compress(gzip.compress(b"\0" * 50_000_000)), "Content-Encoding: gzip, br"), "error:too_large"),
    "zstd-bomb": (ok(zstd.compress(b" " * 100_000_000), "Content-Encoding: zstd"), "error:too_large"),
    "pdf": (ok(b"%PDF-1.7 <rss>"), "error:not_feed error:parse"),
}  # fmt: skip
REDIRECTS: Cases = {
    "many-choices": (moved(FOUND, status="300 Multiple Choices"), "error:http ok"),
    "nowhere": (moved("X-A: b"), "error:redirect"),
    "empty": (moved("Location: "), "error:redirect"),
    "fragment": (moved("Location: #x"), "error:redirect"),
    "see-other": (moved(FOUND, status="303 See Other"), "ok"),
    "use-proxy": (moved("Location: http://127.0.0.1:9/", status="305 Use Proxy"), "error:http"),
    "three-slashes": (moved("Location: ///plain"), "ok error:redirect error:http error:network"),
    "data": (moved("Location: data:text/xml,<rss/>"), "error:redirect"),
    "ftp": (moved("Location: ftp://127.0.0.1/x"), "error:redirect"),
    "port-0": (moved("Location: http://127.0.0.1:0/x"), "error:redirect error:network blocked"),
    "port-99999": (moved("Location: http://127.0.0.1:99999/x"), "error:redirect"),
    "long": (moved("Location: /" + "a" * 20_000), "error:redirect error:network"),
    "cookie-here": (wants_cookie, "error:redirect"),
    "cookie-there": (moved("Location: /cookie-here"), "error:redirect"),
    "endless-body": (endless_redirect, "ok"),
    "damaged-body": (moved(f"Content-Encoding: gzip\r\n{FOUND}", b"not gzip"), "ok"),
    "refresh": (ok(b"<html></html>", "Refresh: 0; url=/plain"), "error:not_feed"),
}
TAGS = ['W/"w"', '""', "*", '"a","b"', "bare", '"é"', '"a b"', "W/", '"open', '"a\tb"', '"%00"', '"' + "x" * 9000 + '"']
LINES = [
    "Last-Modified: 0",
    "Date: nonsense",
    "Age: -1",
    "Cache-Control: max-age=-1",
    "Cache-Control: max-age=1e3",
    "Cache-Control: ,,,;;=",
    "Expires: Fri, 31 Dec 99999 23:59:59 GMT",
    "Vary: *",
    "Content-Location: http://[",
    "Content-Type: text/xml; charset=utf-8; charset=latin-1",
    'Content-Type: text/xml; charset="utf-8',
    "Content-Type: multipart/mixed; boundary=x",
    "Content-Type: application/xml; charset=punycode",
    "Link: <",
    'Link: <http://a/>; rel="hub',
    'Content-Disposition: attachment; filename="../../x"',
]
HEADERS: Cases = {
    **{f"tag-{n}": (ok(FEED, f"ETag: {tag}"), "ok") for n, tag in enumerate(TAGS)},
    **{f"line-{n}": (ok(FEED, line), "ok") for n, line in enumerate(LINES)},
}
WAITS = [
    "120.5",
    "-5",
    "abc",
    "1e9",
    "",
    "Friday, 31-Dec-27 23:59:59 GMT",
    "Fri Dec 31 23:59:59 2027",
    "9" * 30,
    "3600, 1",
]
REFUSALS: Cases = {
    f"wait-{status}-{n}": (ok(b"", f"Retry-After: {wait}", status=f"HTTP/1.1 {status} Later"), "error:ratelimited")
    for n, wait in enumerate(WAITS)
    for status in (429, 503)
}
CASES = FRAMING | CODINGS | REDIRECTS | HEADERS | REFUSALS


@pytest.fixture
def server() -> Iterator[Wire]:
    with ExitStack() as stack:
        yield stack.enter_context(wire({f"/{name}": answer for name, (answer, _) in CASES.items()}))


def fetched(planet: Planet) -> tuple[dict[str, dict[str, object]], str]:
    """The rows of a cycle by source, and what it logged."""
    command = [sys.executable, "-m", "aggregator", "--config", str(planet.config), "fetch", "--force", "--json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    return {str(row["url"]).rpartition("/")[2]: row for row in rows if "source" in row}, ran.stderr


@pytest.mark.slow
def test_whatever_is_sent_costs_one_source_at_the_most(server: Wire, planet: Planet) -> None:
    planet.sources(server.address, CASES)

    first, logged = fetched(planet)
    again, logged_again = fetched(planet)

    assert "Traceback" not in logged + logged_again
    wrong = {name: row["outcome"] for name, row in first.items() if row["outcome"] not in CASES[name][1].split()}
    late = {name for name, row in (first | again).items() if float(str(row["seconds"])) > 8}
    short = {name for name, row in first.items() if row["outcome"] == "ok" and row["new"] != 3}
    assert first.keys() == CASES.keys()
    assert not wrong
    assert not late | short
    assert not {name for name, row in again.items() if row["new"]}
    sent = {line for one in server.requests for line in one.lower().split(b"\r\n") if line.startswith(b"cookie")}
    assert not sent
    for n, tag in enumerate(TAGS):
        lines = server.of(f"/tag-{n}")[-1].split(b"\r\n")
        assert {line for line in lines if line.startswith(b"If-None-Match")} <= {
            b"If-None-Match: " + tag.encode("latin-1")
        }
    waits = [row["next_poll"] for name, row in again.items() if name in REFUSALS]
    hours = [(datetime.fromisoformat(str(at)) - datetime.now(UTC)).total_seconds() / 3600 for at in waits]
    assert min(hours) > 0.9
    assert max(hours) < 8 * 24

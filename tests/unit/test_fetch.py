"""Guarded, bounded, polite exchanges with a real server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import gzip
import random
import socket
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import SourceError
from aggregator.fetch import body, guard
from aggregator.fetch.client import Client
from aggregator.fetch.discover import candidates, looks_like_feed
from aggregator.fetch.guard import AddressInfo
from aggregator.fetch.names import Resolver
from aggregator.fetch.session import user_agent
from aggregator.model import Answer, Document, FetchSettings, FetchState, Hop, NotModified, Poll, Settings, Source
from aggregator.schedule import pacing
from tests.origin import Asked, Origin, Reply

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FEED = b"<rss>" + b"x" * 3000 + b"</rss>"
SOURCE = Source("s", "https://blog.example/feed")
NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)


def settings(*addresses: str, **more: object) -> Settings:
    limits = FetchSettings(allow_private=addresses, timeout=timedelta(seconds=2), max_bytes=100_000)
    return Settings(path=Path("feeds.toml"), contact="https://planet.example/", fetch=replace(limits, **more))  # type: ignore[arg-type]


def fetch(
    origin: Origin, path: str = "/a", *, state: FetchState | None = None, source: Source | None = None, **more: object
) -> Document | NotModified:
    async def run() -> Document | NotModified:
        async with Client(settings(origin.address, **more)) as client:
            return await client.fetch(Poll(source or Source("s", origin.url + path), state or FetchState()))

    return asyncio.run(run())


def failure(origin: Origin, path: str = "/a", **more: object) -> SourceError:
    with pytest.raises(SourceError) as error:
        fetch(origin, path, **more)  # type: ignore[arg-type]
    return error.value


def test_a_first_request_is_plain_and_names_us(origin: Origin) -> None:
    origin.documents["/a"] = FEED

    got = fetch(origin)

    assert isinstance(got, Document)
    assert got.body == FEED
    sent = origin.requests[0].headers
    assert sent["user-agent"] == user_agent("https://planet.example/")
    assert not {"cookie", "referer", "range", "if-none-match", "if-modified-since", "authorization"} & set(sent)
    assert sent["accept-encoding"] == "gzip, deflate, br, zstd"


@pytest.mark.parametrize("etag", ['"a"', 'W/"a"', "a", '"a,b"'])
def test_validators_go_back_byte_for_byte(origin: Origin, etag: str) -> None:
    origin.documents["/a"] = Reply(status=304, headers={"ETag": etag})
    state = FetchState(etag=etag, last_modified="a time of some sort", validators_for=f"{origin.url}/a")

    got = fetch(origin, state=state)

    assert isinstance(got, NotModified)
    assert (origin.requests[0].headers["if-none-match"], origin.requests[0].headers["if-modified-since"]) == (
        etag,
        "a time of some sort",
    )


def test_validators_of_another_address_stay_here(origin: Origin) -> None:
    origin.documents["/a"] = FEED

    fetch(origin, state=FetchState(etag='"x"', validators_for="https://elsewhere.example/"))

    assert "if-none-match" not in origin.requests[0].headers


def test_a_304_that_was_not_asked_for_is_an_error(origin: Origin) -> None:
    origin.documents["/a"] = Reply(status=304)

    assert failure(origin).kind == "http"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=404), "http"),
        (Reply(status=500, body=FEED), "http"),
        (Reply(status=401), "auth"),
        (Reply(status=403, headers={"cf-mitigated": "challenge"}), "auth"),
        (Reply(b"<html>prove that you are no robot</html>", headers={"cf-mitigated": "challenge"}), "auth"),
        (Reply(status=410), "gone"),
        (Reply(status=429), "ratelimited"),
        (Reply(status=503, headers={"Retry-After": "60"}), "ratelimited"),
        (Reply(status=503), "http"),
        (Reply(status=204), "empty"),
        (Reply(b"  "), "empty"),
        (Reply(b"x" * 100_001), "too_large"),
        (Reply(status=302), "redirect"),
        (Reply(status=302, headers={"Location": "/a"}), "redirect"),
        (Reply(status=302, headers={"Location": "file:///etc/passwd"}), "redirect"),
        (Reply(status=302, headers={"Location": "http://[::bad"}), "redirect"),
        (Reply(status=302, headers={"Location": "http://a b/"}), "redirect"),
        (Reply(status=302, headers={"Location": "http://10.0.0.1/"}), "blocked"),
        (Reply(gzip.compress(FEED, mtime=0)[:-20], headers={"Content-Encoding": "gzip"}), "encoding"),
        (Reply(gzip.compress(b"x" * 1_000_000, mtime=0), headers={"Content-Encoding": "gzip"}), "too_large"),
        (Reply(b"", headers={"Content-Length": "99999999"}), "too_large"),
    ],
)
def test_each_end_has_its_kind(origin: Origin, reply: Reply, kind: str) -> None:
    origin.documents["/a"] = reply

    error = failure(origin)

    assert error.kind == kind
    assert str(error)


def test_redirects_are_followed_by_hand(origin: Origin) -> None:
    origin.documents["/a"] = Reply(status=301, headers={"Location": "../b?x=1"})
    origin.documents["/b"] = Reply(status=302, headers={"Location": "/c"})
    origin.documents["/c"] = FEED

    got = fetch(origin)

    assert [(hop.status, hop.target) for hop in got.answer.hops] == [
        (301, f"{origin.url}/b?x=1"),
        (302, f"{origin.url}/c"),
    ]
    assert got.answer.final_url == f"{origin.url}/c"


def test_a_redirect_that_asks_for_patience_is_followed_when_it_is_over(origin: Origin) -> None:
    origin.documents["/a"] = Reply(status=302, headers={"Location": "/b", "Retry-After": "7200"})
    origin.documents["/b"] = FEED
    with pytest.raises(SourceError) as error:
        fetch(origin)
    asked = [one.path for one in origin.requests]
    assert error.value.answer

    state = pacing.after_failure(FetchState(), SOURCE, FetchSettings(), "ratelimited", "", error.value.answer, NOW, 0.0)
    got = fetch(origin, state=state)

    assert (error.value.kind, asked) == ("ratelimited", ["/a"])
    assert [one.path for one in origin.requests] == ["/a", "/b"]
    assert got.answer.hops == (Hop(302, f"{origin.url}/a", f"{origin.url}/b"),)
    assert (got.answer.url, got.answer.final_url) == (f"{origin.url}/a", f"{origin.url}/b")
    assert state.next_poll == state.not_before == state.retry_after == NOW + timedelta(hours=2)


def test_a_source_that_has_another_address_now_begins_there(origin: Origin) -> None:
    state = FetchState(waiting=(302, f"{origin.url}/old", f"{origin.url}/b"))
    origin.documents["/a"] = FEED

    fetch(origin, state=state)

    assert [one.path for one in origin.requests] == ["/a"]


@pytest.mark.parametrize("patience", ["0", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_redirect_that_asks_for_no_patience_is_followed_at_once(origin: Origin, patience: str) -> None:
    origin.documents["/a"] = Reply(status=302, headers={"Location": "/b", "Retry-After": patience})
    origin.documents["/b"] = FEED

    assert fetch(origin).answer.final_url == f"{origin.url}/b"


def test_who_asks_once_only_follows_every_redirect_at_once(origin: Origin) -> None:
    origin.documents["/a"] = Reply(status=302, headers={"Location": "/b", "Retry-After": "7200"})
    origin.documents["/b"] = FEED

    async def run() -> Document | NotModified:
        async with Client(settings(origin.address)) as client:
            return await client.get(f"{origin.url}/a")

    assert asyncio.run(run()).answer.final_url == f"{origin.url}/b"


def test_too_many_redirects_end(origin: Origin) -> None:
    def on(asked: Asked) -> Reply:
        return Reply(status=302, headers={"Location": f"/a?{len(origin.requests)}"})

    origin.documents["/a"] = on

    assert failure(origin).kind == "redirect"
    assert len(origin.requests) == 11


def test_credentials_go_to_the_first_host_only(origin: Origin) -> None:
    other = Origin()
    try:
        other.documents["/b"] = FEED
        origin.documents["/a"] = Reply(status=302, headers={"Location": f"http://evil:x@{other.address}/b"})
        source = Source("s", f"http://user:s%20x@{origin.address}/a", headers=(("X-Key", "k"),))

        async def run() -> Document | NotModified:
            async with Client(settings(origin.address, other.address)) as client:
                return await client.fetch(Poll(source, FetchState()))

        asyncio.run(run())
    finally:
        other.stop()

    assert origin.requests[0].headers["authorization"] == "Basic dXNlcjpzIHg="
    assert origin.requests[0].headers["x-key"] == "k"
    assert not {"authorization", "x-key", "referer", "cookie"} & set(other.requests[0].headers)


def test_a_stranger_that_a_source_has_moved_to_gets_no_credentials(origin: Origin) -> None:
    """Its address is asked at once by now: it is no less a stranger for that."""
    origin.documents["/a"] = FEED
    source = Source("s", "http://user:x@home.example/a", auth="user:x", headers=(("X-Key", "k"),))

    fetch(origin, source=source, state=FetchState(effective_url=f"{origin.url}/a"))

    assert not {"authorization", "x-key"} & set(origin.requests[0].headers)


def test_a_source_that_has_moved_within_its_server_keeps_its_credentials(origin: Origin) -> None:
    origin.documents["/new"] = FEED
    source = Source("s", f"http://user:x@{origin.address}/a")

    fetch(origin, source=source, state=FetchState(effective_url=f"{origin.url}/new"))

    assert origin.requests[0].headers["authorization"] == "Basic dXNlcjp4"


def test_a_server_without_a_name_is_a_network_error() -> None:
    async def run(url: str) -> None:
        async with Client(settings("127.0.0.1:9")) as client:
            await client.get(url)

    for url in ("http://127.0.0.1:9/", "ftp://a.example/", "http://", "no url"):
        with pytest.raises(SourceError) as error:
            asyncio.run(run(url))
        assert error.value.kind == "network"


def raw(script: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]) -> SourceError | Document | NotModified:
    """What comes of a server that speaks its own HTTP."""

    async def run() -> SourceError | Document | NotModified:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                result = script(reader, writer)
                if asyncio.iscoroutine(result):
                    await result
            except (ConnectionError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with Client(settings(f"127.0.0.1:{port}")) as client:
            try:
                return await client.get(f"http://127.0.0.1:{port}/")
            except SourceError as error:
                return error
            finally:
                server.close()
                await asyncio.sleep(0)

    return asyncio.run(run())


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        (b"", {"network"}),
        (b"banana\r\n\r\n", {"network"}),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzzzz\r\nabc", {"network"}),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc", {"network"}),
        (HEAD + b"X: " + b"y" * 100_000 + b"\r\n\r\n", {"network"}),
    ],
)
def test_broken_answers_are_network_errors(answer: bytes, kinds: set[str]) -> None:
    got = raw(lambda _, writer: writer.write(answer))

    assert isinstance(got, SourceError)
    assert got.kind in kinds


def test_a_broken_chunk_does_not_hang() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"zzzz\r\nabc\r\n0\r\n\r\n")
        await reader.read()

    got = raw(script)

    assert isinstance(got, SourceError)
    assert got.kind == "network"


def test_a_drip_ends_at_the_deadline() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert not reader.at_eof()
        writer.write(HEAD + b"Content-Length: 1000\r\n\r\n")
        for _ in range(60):
            writer.write(b"x")
            await asyncio.sleep(0.05)

    got = raw(script)

    assert isinstance(got, SourceError)
    assert got.kind == "timeout"


# ---------------------------------------------------------------- the guard


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.8.8.8 0.0.0.0 0.1.2.3 10.0.0.1 172.31.255.1 192.168.0.1 169.254.169.254 100.64.0.1 192.0.0.8 192.0.2.1 198.18.0.1 203.0.113.9 224.0.0.1 240.0.0.1
    255.255.255.255 ::1 :: ::ffff:127.0.0.1 ::7f00:1 64:ff9b::7f00:1 2002:7f00:1:: 2001::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%lo fec0::1 ff02::1 2001:db8::1 banana""".split(),
)
def test_closed_addresses(address: str) -> None:
    assert not guard.public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert guard.public(address)


def test_exceptions_are_by_host_and_port() -> None:
    assert guard.allowed("10.0.0.1", 80, "intranet:80", {"intranet:80"})
    assert guard.allowed("::1", 80, "x:80", {"[::1]:80"})
    assert not guard.allowed("10.0.0.1", 81, "intranet:81", {"intranet:80"})


def test_a_name_that_leads_inside_is_refused() -> None:
    """A resolver may say anything, and something else the next time: what counts is the address that is dialled."""

    async def run() -> None:
        async with Client(settings()) as client:
            assert client._session is not None
            await client.get("http://localhost:1/")

    with pytest.raises(SourceError) as error:
        asyncio.run(run())
    assert error.value.kind == "blocked"
    assert "allow_private" in str(error.value)


def name_server(*answers: list[str]) -> Resolver:
    """Has other answers each time it is asked."""
    left = iter(answers)

    async def asked(host: str, port: int) -> list[AddressInfo]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in next(left)]

    return asked


def rebound(origin: Origin, names: Resolver, times: int) -> list[str]:
    """What comes of asking a name that often, each time with a new connection and without any memory of addresses."""
    found = []
    for _ in range(times):

        async def run() -> str:
            async with Client(settings(origin.address), names=names) as client:
                return (await client.get(f"http://rebind.example:{origin.address.rpartition(':')[2]}/a")).answer.url

        try:
            found.append(asyncio.run(run()))
        except SourceError as error:
            found.append(error.kind)
    return found


def test_a_name_that_is_rebound_to_an_inner_address_is_refused_when_it_is_dialled(origin: Origin) -> None:
    origin.documents["/a"] = FEED

    first, second = rebound(origin, name_server(["127.0.0.1"], ["127.0.0.2"]), 2)

    assert first.startswith("http://rebind.example:")
    assert second == "blocked"
    assert len(origin.requests) == 1


@pytest.mark.parametrize(
    "inner", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "192.168.1.1", "224.0.0.1"]
)
def test_of_several_addresses_of_a_name_the_inner_ones_are_never_dialled(origin: Origin, inner: str) -> None:
    origin.documents["/a"] = FEED

    found = rebound(origin, name_server([inner, "127.0.0.1"]), 1)

    assert [one.rpartition(":")[0] for one in found] == ["http://rebind.example"]
    assert rebound(origin, name_server([inner]), 1) == ["blocked"]


def test_a_redirect_to_a_name_that_leads_inside_is_refused(origin: Origin) -> None:
    port = origin.address.rpartition(":")[2]
    origin.documents["/a"] = Reply(status=302, headers={"Location": f"http://second.example:{port}/b"})
    origin.documents["/b"] = FEED

    assert rebound(origin, name_server(["127.0.0.1"], ["127.0.0.2"]), 1) == ["blocked"]
    assert [asked.path for asked in origin.requests] == ["/a"]


# ---------------------------------------------------------------- bodies


async def chunked(data: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def decoded(data: bytes, coding: str | None, limit: int = 100_000) -> bytes:
    return asyncio.run(body.read(chunked(data, 1000), coding, limit))


RAW = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("data", "coding"),
    [
        (FEED, None),
        (FEED, "identity"),
        (FEED, "banana"),
        (FEED, "gzip"),
        (FEED, "deflate"),
        (gzip.compress(FEED, mtime=0), "gzip"),
        (gzip.compress(FEED, mtime=0), "x-gzip"),
        (gzip.compress(FEED, mtime=0), None),
        (gzip.compress(FEED[:1000], mtime=0) + gzip.compress(FEED[1000:], mtime=0), "gzip"),
        (gzip.compress(FEED, mtime=0) + b"\0\0", "gzip"),
        (zlib.compress(FEED), "deflate"),
        (RAW.compress(FEED) + RAW.flush(), "deflate"),
        (brotli.compress(FEED), "br"),
        (zstd.compress(FEED), "zstd"),
        (zstd.compress(FEED[:9]) + zstd.compress(FEED[9:]), "zstd"),
        (gzip.compress(brotli.compress(FEED), mtime=0), "br, gzip"),
    ],
)
def test_every_coding_is_taken_off(data: bytes, coding: str | None) -> None:
    assert decoded(data, coding) == FEED


@pytest.mark.parametrize(
    ("data", "coding"),
    [
        (gzip.compress(FEED[:1000], mtime=0) + gzip.compress(FEED[1000:], mtime=0) + b"\x1fjunk", "gzip"),
        (gzip.compress(FEED, mtime=0) + b"\x1f", "gzip"),
        (FEED, "gzip"),
        (zlib.compress(FEED), "deflate"),
        (FEED, "deflate"),
        (brotli.compress(FEED), "br"),
        (zstd.compress(FEED[:9]) + zstd.compress(FEED[9:]), "zstd"),
        (gzip.compress(zstd.compress(FEED), mtime=0), "zstd, gzip"),
    ],
)
def test_a_body_may_come_byte_by_byte(data: bytes, coding: str) -> None:
    assert asyncio.run(body.read(chunked(data, 1), coding, 100_000)) == FEED


@pytest.mark.parametrize("more", range(0, 400, 37))
def test_all_that_was_deflated_comes_back(more: int) -> None:
    """Also what waits in the decoder when all was read."""
    said = random.Random(more).randbytes(100) * (body.STEP // 100) + b"x" * more
    packed = zlib.compressobj(wbits=-15)

    assert decoded(packed.compress(said) + packed.flush(), "deflate", 1_000_000) == said


@pytest.mark.parametrize("ends", [gzip.compress(b"more", mtime=0), b"\0" * 60_000])
@pytest.mark.parametrize("more", [-1, 0, 1, body.STEP // 2])
def test_what_stands_behind_a_large_member_is_looked_at_once(more: int, ends: bytes) -> None:
    said = b"x" * (2 * body.STEP + more)
    data = gzip.compress(said, mtime=0) + ends

    found = asyncio.run(body.read(chunked(data, len(data)), "gzip", 1_000_000))

    assert found == said + (b"more" if ends[:1] == b"\x1f" else b"")


BOMB = b"x" * 5_000_000


@pytest.mark.parametrize(
    ("data", "coding", "kind"),
    [
        (gzip.compress(BOMB, mtime=0), "gzip", "too_large"),
        (zlib.compress(BOMB), "deflate", "too_large"),
        (brotli.compress(BOMB), "br", "too_large"),
        (zstd.compress(BOMB), "zstd", "too_large"),
        (gzip.compress(gzip.compress(BOMB, mtime=0), mtime=0), "gzip, gzip", "too_large"),
        (gzip.compress(FEED, mtime=0), "gzip, gzip, gzip", "encoding"),
        (gzip.compress(FEED, mtime=0)[:-9], "gzip", "encoding"),
        (gzip.compress(FEED, mtime=0)[:-9], None, "encoding"),
        (brotli.compress(FEED)[:-2], "br", "encoding"),
        (zstd.compress(FEED)[:-2], "zstd", "encoding"),
        (gzip.compress(b"", mtime=0) * 100, "gzip", "encoding"),
        (gzip.compress(b"", mtime=0) * 100, None, "encoding"),
        (zstd.compress(b"") * 100, "zstd", "encoding"),
        (b"\x78", "deflate", "encoding"),
        (b"\x1f\x8bnonsense", "gzip", "encoding"),
        (b"no brotli at all", "br", "encoding"),
        (b"no zstd at all", "zstd", "encoding"),
        (b"x" * 200_000, None, "too_large"),
    ],
)
def test_bombs_and_damage_are_named(data: bytes, coding: str | None, kind: str) -> None:
    with pytest.raises(SourceError) as error:
        decoded(data, coding)

    assert error.value.kind == kind


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", None]))
def test_no_bytes_break_the_decoders(data: bytes, coding: str | None) -> None:
    try:
        decoded(data, coding, 10_000)
    except SourceError as error:
        assert error.kind in ("encoding", "too_large")


# ---------------------------------------------------------------- discovery


def page(markup: bytes, *headers: tuple[str, str]) -> Document:
    return Document(Answer("https://h.example/a/", "https://h.example/a/", 200, headers), markup)


def test_a_page_names_its_feeds_in_order() -> None:
    markup = b"""<html><head><base href="/b/"><link rel="ALTERNATE stylesheet" type="application/RSS+xml" href="rss"><link rel=alternate type="application/atom+xml" href="atom">
      <link rel=alternate type="application/atom+xml" title="Comments" href="c"><link rel=alternate type="text/html" href="x"><link rel=alternate type="application/feed+json" href="j"></head>"""

    found = candidates(page(markup, ("link", '</h>; rel="alternate"; type="application/rss+xml", </self>; rel=self')))

    assert found == [
        "https://h.example/b/atom",
        "https://h.example/h",
        "https://h.example/b/rss",
        "https://h.example/b/j",
        "https://h.example/b/c",
    ]
    assert candidates(page(b"")) == []


def test_links_that_are_none_are_passed_over() -> None:
    markup = b"""<base href="http://[bad/"><link rel=alternate type="application/rss+xml" href="http://[bad/">
        <link rel=alternate type="application/rss+xml" href="feed.xml">"""

    assert candidates(page(markup)) == ["https://h.example/a/feed.xml"]


def test_feeds_are_known_by_their_beginning() -> None:
    assert looks_like_feed(b"<?xml version='1.0'?><rss>")
    assert looks_like_feed(b'{"version": "https://jsonfeed.org/version/1.1"}')
    assert not looks_like_feed(b"<html><body>about <rss></body></html>")
    assert not looks_like_feed(b'{"a": 1}')

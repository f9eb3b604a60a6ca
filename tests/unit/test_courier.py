"""Requests that are no polls, against a server on loopback."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from aggregator.errors import SourceError
from aggregator.fetch.courier import MOST_READ, Courier, Reply
from aggregator.model import FetchSettings, Settings


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    if request.path == "/round":
        return web.Response(status=307, headers={"Location": "/round"})
    if request.path == "/away":
        return web.Response(status=308, headers={"Location": "ftp://files.example/"})
    if request.path == "/nowhere":
        return web.Response(status=307)
    if request.path == "/slow":
        await asyncio.sleep(30)
    if request.path == "/long":
        return web.Response(body=b"x" * 100_000)
    agent = request.headers["User-Agent"]
    return web.Response(
        status=202, text=f"{request.method} {(await request.read()).decode()} {agent.partition('/')[0]}"
    )


def send(path: str, *, allowed: bool = True, method: str = "POST", body: bytes = b"body") -> Reply:
    async def run() -> Reply:
        runner = web.ServerRunner(web.Server(answer, access_log=None, handler_cancellation=True))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host = f"127.0.0.1:{runner.addresses[0][1]}"
        fetch = FetchSettings(timeout=timedelta(seconds=0.3), allow_private=(host,) if allowed else ())
        try:
            async with Courier(Settings(path=Path("feeds.toml"), fetch=fetch)) as courier:
                url = path if "://" in path else f"http://{host}{path}"
                return await courier.send(method, url, body, {"X-Test": "1"}, follow=(307, 308))
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_a_request_has_method_body_and_our_name() -> None:
    reply = send("/")

    assert (reply.status, reply.body) == (202, b"POST body aggregator")
    assert send("/", method="GET", body=b"").body == b"GET  aggregator"


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    assert len(send("/long").body) <= MOST_READ


def test_a_redirect_to_nowhere_is_an_answer() -> None:
    assert send("/nowhere").status == 307


@pytest.mark.parametrize(
    ("path", "allowed", "kind"),
    [
        ("/", False, "blocked"),
        ("/round", True, "redirect"),
        ("/away", True, "network"),
        ("/slow", True, "timeout"),
        ("http://127.0.0.1:9/", True, "blocked"),
        ("gopher://a.example/", True, "network"),
        ("http://[broken/", True, "network"),
    ],
)
def test_what_goes_wrong_has_a_kind(path: str, allowed: bool, kind: str) -> None:
    with pytest.raises(SourceError) as raised:
        send(path, allowed=allowed)

    assert raised.value.kind == kind

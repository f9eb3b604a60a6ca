"""Our own hub, with subscribers on loopback. Numbers in brackets are those of the websub.rocks hub cases."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import aiohttp
import pytest
from aiohttp import web

from aggregator.fetch.courier import Courier
from aggregator.model import FetchSettings, Settings
from aggregator.web.hub import MOST_ASKED, MOST_OF_ONE_HOST, PATH, Hub
from aggregator.web.server import application, serve

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
T = TypeVar("T")


@dataclass
class Reader:
    """A subscriber."""

    url: str = ""
    confirms: bool = True
    status: int = 204
    slow: bool = False  # to take what is delivered
    verified: list[dict[str, str]] = field(default_factory=list)
    got: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            self.verified.append(dict(request.query))
            return web.Response(text=request.query["hub.challenge"] if self.confirms else "no")
        if self.slow:
            await asyncio.sleep(3)
        self.got.append((await request.read(), dict(request.headers)))
        return web.Response(status=self.status)


@dataclass
class Scene:
    """A planet with a hub and one reader."""

    base: str
    output: Path
    hub: Hub
    reader: Reader
    notes: dict[str, str]
    session: aiohttp.ClientSession
    later: timedelta = timedelta(0)

    async def publish(self, text: str) -> bytes:
        """New bytes of both feeds; those of feed.atom. The server looks at a file once in a turn of the event loop."""
        links = f'<link rel="hub" href="{self.base}hub"/><link rel="self" href="{self.base}feed.atom"/>'
        atom = f'<feed xmlns="http://www.w3.org/2005/Atom">{links}<title>{text}</title></feed>'.encode()
        (self.output / "feed.atom").write_bytes(atom)
        feed = {"feed_url": f"{self.base}feed.json", "hubs": [{"type": "WebSub", "url": f"{self.base}hub"}]}
        (self.output / "feed.json").write_text(json.dumps(feed | {"title": text, "items": []}))
        (self.output / "other.atom").write_bytes(b'<feed xmlns="http://www.w3.org/2005/Atom"/>')
        await asyncio.sleep(0)
        return atom

    async def ask(self, **changes: str) -> int:
        form = {"mode": "subscribe", "topic": f"{self.base}feed.atom", "callback": f"{self.reader.url}/push?id=1"}
        named = {f"hub.{name}": value for name, value in (form | changes).items()}
        async with self.session.post(f"{self.base}hub", data=named) as got:
            return got.status

    async def subscribed(self, **changes: str) -> None:
        assert await self.ask(**changes) == 202
        await self.hub.round()


def play(act: Callable[[Scene], Awaitable[T]]) -> T:
    """Run an act with everything in place."""

    async def run(output: Path) -> T:
        reader, box, notes = Reader(), list[Scene](), dict[str, str]()
        reader_runner = web.ServerRunner(web.Server(reader, access_log=None))
        await reader_runner.setup()
        await web.TCPSite(reader_runner, "127.0.0.1", 0).start()
        host = f"127.0.0.1:{reader_runner.addresses[0][1]}"
        reader.url = f"http://{host}"

        async def route(request: web.BaseRequest) -> web.StreamResponse:
            return await box[0].hub(request)

        def save(key: str, text: str | None) -> None:
            notes.pop(key, None)
            notes.update({key: text} if text else {})

        app = application(output, lambda: True, list, routes={PATH: route})
        runner = await serve(app, "127.0.0.1:0")
        base = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        settings = Settings(path=Path("feeds.toml"), fetch=FetchSettings(allow_private=(host,)))
        async with Courier(settings) as courier, aiohttp.ClientSession() as session:
            hub = Hub(base, app.shelf, courier, notes.get, save, lambda: NOW + box[0].later)
            box.append(Scene(base, output, hub, reader, notes, session))
            await box[0].publish("first")
            try:
                return await act(box[0])
            finally:
                await runner.cleanup()
                await reader_runner.cleanup()

    with TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder)))


def test_a_subscription_is_accepted_first_and_verified_afterwards() -> None:
    async def act(scene: Scene) -> tuple[int, list[dict[str, str]], list[tuple[str, str]], list[dict[str, str]]]:
        status, before = await scene.ask(lease_seconds="86400"), list(scene.reader.verified)
        return status, before, await scene.hub.round(), scene.reader.verified

    status, before, outcome, (asked,) = play(act)

    assert (status, before) == (202, [])
    assert [text for _, text in outcome] == ["subscribed"]
    assert (asked["id"], asked["hub.mode"], asked["hub.lease_seconds"]) == ("1", "subscribe", "86400")
    assert len(asked["hub.challenge"]) >= 32


def test_a_change_is_delivered_whole_with_its_type_and_links() -> None:  # [100]
    async def act(scene: Scene) -> tuple[bytes, str, list[tuple[bytes, dict[str, str]]], list[tuple[str, str]]]:
        await scene.subscribed()
        at_first = await scene.hub.round()
        body = await scene.publish("second")
        await scene.hub.round()
        await scene.hub.round()
        return body, scene.base, scene.reader.got, at_first

    body, base, ((got, headers),), at_first = play(act)

    assert at_first == []
    assert got == body
    assert headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert headers["Link"] == f'<{base}feed.atom>; rel="self", <{base}hub>; rel="hub"'
    assert "X-Hub-Signature" not in headers


def test_with_a_secret_a_delivery_is_signed() -> None:  # [101]
    async def act(scene: Scene) -> tuple[bytes, list[tuple[bytes, dict[str, str]]]]:
        await scene.subscribed(secret="s")
        body = await scene.publish("second")
        await scene.hub.round()
        return body, scene.reader.got

    body, ((_, headers),) = play(act)

    assert headers["X-Hub-Signature"] == "sha256=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()


def test_subscribing_again_gives_one_delivery() -> None:  # [102, 103]
    async def act(scene: Scene) -> int:
        await scene.subscribed(foo="bar")
        await scene.subscribed(lease_seconds="999999")
        await scene.publish("second")
        await scene.hub.round()
        return len(scene.reader.got)

    assert play(act) == 1


def test_after_unsubscribing_nothing_is_delivered() -> None:  # [104]
    async def act(scene: Scene) -> tuple[str, int, dict[str, str]]:
        await scene.subscribed()
        await scene.subscribed(mode="unsubscribe")
        await scene.publish("second")
        await scene.hub.round()
        return scene.reader.verified[-1]["hub.mode"], len(scene.reader.got), scene.notes

    assert play(act) == ("unsubscribe", 0, {})


def test_a_json_feed_is_delivered_as_one() -> None:  # [106]
    async def act(scene: Scene) -> list[tuple[bytes, dict[str, str]]]:
        await scene.subscribed(topic=f"{scene.base}feed.json")
        await scene.publish("second")
        await scene.hub.round()
        return scene.reader.got

    ((got, headers),) = play(act)

    assert (headers["Content-Type"], json.loads(got)["title"]) == ("application/feed+json", "second")


def test_a_plain_text_is_delivered_as_one() -> None:  # [105]
    async def act(scene: Scene) -> tuple[int, str, str, list[tuple[bytes, dict[str, str]]]]:
        notes = scene.output / "notes.txt"
        notes.write_text("first")
        await asyncio.sleep(0)
        before = await scene.ask(topic=f"{scene.base}notes.txt")
        scene.hub.shelf.name_hub(scene.base, scene.hub.url)
        async with scene.session.get(f"{scene.base}notes.txt") as got:
            link = got.headers["Link"]
        await scene.subscribed(topic=f"{scene.base}notes.txt")
        notes.write_text("the second")
        await asyncio.sleep(0)
        await scene.hub.round()
        return before, scene.base, link, scene.reader.got

    before, base, link, ((got, headers),) = play(act)

    assert before == 404
    assert (headers["Content-Type"], got) == ("text/plain; charset=utf-8", b"the second")
    assert headers["Link"] == link == f'<{base}notes.txt>; rel="self", <{base}hub>; rel="hub"'


@pytest.mark.parametrize("topic", ["https://other.example/feed", "feed.xml", "other.atom", "../secret"])
def test_only_feeds_of_this_planet_that_name_the_hub_are_topics(topic: str) -> None:
    async def act(scene: Scene) -> int:
        return await scene.ask(topic=topic if "://" in topic else scene.base + topic)

    assert play(act) == 404


def test_a_request_that_is_none_is_refused() -> None:
    async def act(scene: Scene) -> list[int]:
        statuses = [await scene.ask(callback="ftp://x"), await scene.ask(secret="x" * 20_000)]
        async with scene.session.get(f"{scene.base}hub") as got:
            statuses.append(got.status)
        async with scene.session.post(f"{scene.base}hubbub", data={}) as got:
            statuses.append(got.status)
        return statuses

    assert play(act) == [400, 413, 405, 405]


def test_a_notice_of_a_publisher_is_accepted_and_changes_nothing() -> None:
    async def act(scene: Scene) -> tuple[int, list[tuple[str, str]]]:
        return await scene.ask(mode="publish"), await scene.hub.round()

    assert play(act) == (202, [])


def test_a_callback_that_does_not_confirm_gets_nothing() -> None:
    async def act(scene: Scene) -> tuple[list[tuple[str, str]], int]:
        scene.reader.confirms = False
        await scene.ask()
        outcome = await scene.hub.round()
        await scene.publish("second")
        await scene.hub.round()
        return outcome, len(scene.reader.got)

    outcome, deliveries = play(act)

    assert [text for _, text in outcome] == ["it did not confirm (200)"]
    assert deliveries == 0


@pytest.mark.parametrize("callback", ["http://169.254.169.254/latest", "http://127.0.0.1:22/", "http://[::1]/"])
def test_a_callback_on_a_private_address_is_never_asked(callback: str) -> None:
    async def act(scene: Scene) -> list[tuple[str, str]]:
        await scene.ask(callback=callback)
        return await scene.hub.round()

    ((_, outcome),) = play(act)

    assert "not a public address" in outcome


def test_nobody_is_flooded_with_verifications() -> None:
    async def act(scene: Scene) -> tuple[list[int], int]:
        statuses = [await scene.ask(callback=f"{scene.reader.url}/{n}") for n in range(MOST_ASKED + 2)]
        scene.later = timedelta(seconds=11)
        return statuses, await scene.ask(callback=f"{scene.reader.url}/again")

    assert play(act) == ([202] * MOST_ASKED + [429] * 2, 202)


def test_other_ports_of_a_host_are_the_same_host() -> None:
    async def act(scene: Scene) -> list[int]:
        return [await scene.ask(callback=f"http://127.0.0.1:{port}/") for port in range(2000, 2000 + MOST_ASKED + 2)]

    assert play(act) == [202] * MOST_ASKED + [429] * 2


def test_who_confirmed_is_remembered_though_a_delivery_never_ends() -> None:
    async def act(scene: Scene) -> bool:
        await scene.subscribed()
        await scene.publish("second")
        await scene.ask(callback=f"{scene.reader.url}/other")
        scene.reader.slow = True
        doing = asyncio.ensure_future(scene.hub.round())
        while not any("other" in value for value in scene.notes.values()):
            await asyncio.sleep(0.01)
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        return True

    assert play(act)


def test_one_host_has_only_so_many_callbacks() -> None:
    async def act(scene: Scene) -> list[int]:
        statuses = []
        for number in range(MOST_OF_ONE_HOST + 1):
            scene.later += timedelta(seconds=11)
            statuses.append(await scene.ask(callback=f"{scene.reader.url}/{number}"))
            await scene.hub.round()
        scene.later += timedelta(seconds=11)
        return [*statuses[-2:], await scene.ask(callback=f"{scene.reader.url}/7")]

    assert play(act) == [202, 503, 202]


def test_a_delivery_that_fails_is_tried_again() -> None:
    async def act(scene: Scene) -> list[int]:
        await scene.subscribed()
        await scene.publish("second")
        scene.reader.status = 500
        counts = []
        for seconds in (0, 5, 11, 80):
            scene.later = timedelta(seconds=seconds)
            await scene.hub.round()
            counts.append(len(scene.reader.got))
            scene.reader.status = 500 if seconds < 11 else 204
        return counts

    assert play(act) == [1, 1, 2, 3]


def test_a_subscriber_that_is_gone_is_forgotten() -> None:
    async def act(scene: Scene) -> dict[str, str]:
        await scene.subscribed()
        await scene.publish("second")
        scene.reader.status = 410
        await scene.hub.round()
        return scene.notes

    assert play(act) == {}


def test_a_lease_ends() -> None:
    async def act(scene: Scene) -> int:
        await scene.subscribed(lease_seconds="600")
        scene.later = timedelta(seconds=601)
        await scene.publish("second")
        await scene.hub.round()
        return len(scene.reader.got)

    assert play(act) == 0


def test_a_restart_forgets_no_subscriber_and_no_version() -> None:
    async def act(scene: Scene) -> tuple[bytes, list[tuple[bytes, dict[str, str]]]]:
        await scene.subscribed()
        body = await scene.publish("while it was off")
        old = scene.hub
        scene.hub = Hub(old.base_url, old.shelf, old.courier, old.load, old.save, old.clock)
        scene.hub.wake(["feed.atom", "feed.json"])
        await scene.hub.round()
        return body, scene.reader.got

    body, ((got, _),) = play(act)

    assert got == body

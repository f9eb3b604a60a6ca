"""The WebSub subscriber against a hub on loopback; numbers in brackets are those of the websub.rocks cases."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlencode

import aiohttp
import pytest
from aiohttp import web

from aggregator.errors import SourceError, StoreError
from aggregator.fetch.client import Client
from aggregator.fetch.courier import Courier
from aggregator.fetch.discover import discover
from aggregator.model import Document, FetchSettings, FetchState, NotModified, Poll, Settings, Source
from aggregator.parse import lanes
from aggregator.schedule import leases
from aggregator.web import push
from aggregator.web.push import PREFIX, Subscriber, public_host, usable
from aggregator.web.server import application, serve

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
FEED = b'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>T</title><updated>2027-01-01T00:00:00Z</updated>%s</feed>'
RSS = b'<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>T</title>%s</channel></rss>'
T = TypeVar("T")


@dataclass
class Hub:
    """A hub and a publisher on one port, with verbs for what they do."""

    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    status: int = 202
    session: aiohttp.ClientSession | None = None

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/hub-inside":
            return web.Response(status=307, headers={"Location": "http://10.0.0.1/hub"})
        redirect = {"/hub-307": 307, "/hub-308": 308, "/hub-302": 302}.get(request.path)
        if redirect:
            return web.Response(status=redirect, headers={"Location": "/hub"})
        if request.path == "/hub":
            form = parse_qs((await request.read()).decode())
            self.asked.append({name: values[0] for name, values in form.items()} | {"type": request.content_type})
            return web.Response(status=self.status)
        return self._topic(request.path)

    def _topic(self, path: str) -> web.Response:
        hub, other = f"{self.url}/hub", f"{self.url}/wrong-hub"
        in_header = {"Link": f'<{hub}>; rel="hub", <{self.url}{path}>; rel="self"'}
        in_feed = b'<%slink rel="hub" href="%s"/><%slink rel="self" href="%s"/>'
        wrong = in_feed % (b"", other.encode(), b"", b"http://wrong.example/")
        right = in_feed % (b"", hub.encode(), b"", f"{self.url}{path}".encode())
        elsewhere = {"Link": f'<{hub}>; rel="hub", <{self.url}/other-self>; rel="self"'}
        if path == "/101":
            html = f'<html><head><link rel="hub" href="{hub}"><link rel="self" href="{self.url}/101">%s</head></html>'
            feed = '<link rel="alternate" type="application/atom+xml" href="/102">'
            return web.Response(text=html % feed, content_type="text/html")
        return {
            "/100": web.Response(body=FEED % b"", headers=in_header),
            "/102": web.Response(body=FEED % right),
            "/103": web.Response(body=RSS % right.replace(b"<link", b"<a:link")),
            "/104": web.Response(body=FEED % wrong, headers=in_header),
            "/200": web.Response(body=FEED % b"", headers=elsewhere),
            "/201": web.Response(status=302, headers={"Location": "/100"}),
            "/202": web.Response(status=301, headers={"Location": "/100"}),
        }[path]

    async def verify(self, callback: str, **changes: str) -> tuple[int, str, str]:
        """Ask the subscriber whether it wants what it asked for last: status, type and body of its answer."""
        last = self.asked[-1]
        asked = {
            "mode": last["hub.mode"],
            "topic": last["hub.topic"],
            "challenge": "<b>1</b>",
            "lease_seconds": "864000",
        }
        query = urlencode({f"hub.{name}": value for name, value in (asked | changes).items() if value})
        assert self.session is not None
        async with self.session.get(f"{callback}?{query}") as got:
            return got.status, got.headers["Content-Type"], await got.text()

    async def deliver(self, callback: str, body: bytes, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        assert self.session is not None
        async with self.session.post(
            callback, data=body, headers={"Content-Type": "application/atom+xml"} | named
        ) as got:
            return got.status


@dataclass
class Scene:
    """A hub, our server and its subscriber."""

    hub: Hub
    subscriber: Subscriber
    settings: Settings
    notes: dict[str, str]
    got: list[tuple[str, Document]]
    later: timedelta = timedelta(0)
    room: bool = True

    async def subscribe(self, path: str = "/hub", topic: str = "https://blog.example/feed") -> str:
        """The callback that the hub was given."""
        self.subscriber.learned("blog", f"{self.hub.url}{path}", topic)
        await self.subscriber.renew()
        return self.hub.asked[-1]["hub.callback"]

    async def subscribed(self) -> str:
        callback = await self.subscribe()
        assert (await self.hub.verify(callback))[0] == 200
        return callback

    def signed(self, body: bytes, method: str = "sha256") -> str:
        secret = self.hub.asked[-1]["hub.secret"]
        return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


def play(act: Callable[[Scene], Awaitable[T]]) -> T:
    """Run an act with everything in place."""

    async def run() -> T:
        hub = Hub()
        scene_box: list[Scene] = []
        hub_runner = web.ServerRunner(web.Server(hub, access_log=None))
        await hub_runner.setup()
        await web.TCPSite(hub_runner, "127.0.0.1", 0).start()
        hub_host = f"127.0.0.1:{hub_runner.addresses[0][1]}"
        hub.url = f"http://{hub_host}"

        async def route(request: web.BaseRequest) -> web.StreamResponse:
            return await scene_box[0].subscriber(request)

        app = application(Path("nowhere"), lambda: True, list, routes={PREFIX: route})
        runner = await serve(app, "127.0.0.1:0")
        base = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        settings = Settings(
            path=Path("feeds.toml"), base_url=base, base_url_given=True, fetch=FetchSettings(allow_private=(hub_host,))
        )
        async with Courier(settings) as courier, aiohttp.ClientSession() as session:
            hub.session = session
            scene_box.append(made(hub, settings, courier))
            try:
                return await act(scene_box[0])
            finally:
                await runner.cleanup()
                await hub_runner.cleanup()

    return asyncio.run(run())


def made(hub: Hub, settings: Settings, courier: Courier) -> Scene:
    notes: dict[str, str] = {}
    got: list[tuple[str, Document]] = []

    def save(key: str, text: str | None) -> None:
        notes.pop(key, None)
        if text is not None:
            notes[key] = text

    def deliver(source: str, document: Document) -> bool:
        got.append((source, document))
        return scene.room

    subscriber = Subscriber(settings, courier, notes.get, save, deliver, lambda: NOW + scene.later)
    scene = Scene(hub, subscriber, settings, notes, got)
    return scene


# ---------------------------------------------------------------- discovery


@pytest.mark.parametrize(
    ("path", "topic"),
    [
        ("/100", "/100"),
        ("/102", "/102"),
        ("/103", "/103"),
        ("/104", "/104"),
        ("/200", "/other-self"),
        ("/201", "/100"),
        ("/202", "/100"),
    ],
    ids=[
        "link headers [100]",
        "atom [102]",
        "rss [103]",
        "headers go first [104]",
        "another self [200]",
        "temporarily redirected topic [201]",
        "permanently redirected topic [202]",
    ],
)
def test_the_hub_is_asked_for_the_topic_that_the_source_names(path: str, topic: str) -> None:
    async def act(scene: Scene) -> tuple[dict[str, str], str]:
        async with Client(scene.settings) as client:
            document = await client.fetch(Poll(Source(id="blog", url=scene.hub.url + path), FetchState()))
        assert not isinstance(document, NotModified)
        final = document.answer.final_url
        raw = lanes.read(document.body, content_type=None, limit=10)
        named = {relation: [link.href for link in raw.links if link.rel == relation] for relation in ("hub", "self")}
        hub, found = leases.discovered(document.answer.headers, final, named["hub"], next(iter(named["self"]), None))
        scene.subscriber.learned("blog", hub, found)
        await scene.subscriber.renew()
        return scene.hub.asked[-1], scene.hub.url

    asked, url = play(act)

    assert asked["hub.topic"] == url + topic
    assert asked["hub.mode"] == "subscribe"


def test_a_page_is_no_topic_but_the_feed_behind_it_is() -> None:
    """[101] has the links in the head of a page, and pushes pages. A page is no source of ours, and one that is pushed
    would hold nothing that we read: `add` takes the feed that it names, and that is subscribed to."""

    async def act(scene: Scene) -> tuple[str, str, str, int, int]:
        async with Client(scene.settings) as client:
            page = await client.get(f"{scene.hub.url}/101")
            assert isinstance(page, Document)
            with pytest.raises(SourceError) as error:
                lanes.read(page.body, content_type="text/html", limit=10)
            found, document = await discover(f"{scene.hub.url}/101", client)
        links = {link.rel: link.href for link in lanes.read(document.body, content_type=None, limit=10).links}
        callback = await scene.subscribe(links["hub"].removeprefix(scene.hub.url), links["self"])
        verified, _, _ = await scene.hub.verify(callback)
        delivered = await scene.hub.deliver(callback, FEED, X_Hub_Signature=scene.signed(FEED))
        topic = scene.hub.asked[-1]["hub.topic"].removeprefix(scene.hub.url)
        return error.value.kind, found.removeprefix(scene.hub.url), topic, verified, delivered

    assert play(act) == ("not_feed", "/102", "/102", 200, 202)


# ---------------------------------------------------------------- subscribing


def test_the_request_is_a_form_with_an_unguessable_callback_and_a_secret() -> None:
    async def act(scene: Scene) -> tuple[dict[str, str], str]:
        await scene.subscribe()
        return scene.hub.asked[-1], scene.settings.base_url

    asked, base = play(act)

    assert asked["type"] == "application/x-www-form-urlencoded"
    assert asked["hub.callback"].startswith(f"{base}websub/blog/")
    assert len(asked["hub.callback"].rpartition("/")[2]) >= 32
    assert 22 <= len(asked["hub.secret"]) < 200


@pytest.mark.parametrize("path", ["/hub-307", "/hub-308"], ids=["temporarily [203]", "permanently [204]"])
def test_a_redirected_hub_gets_the_same_request(path: str) -> None:
    async def act(scene: Scene) -> list[dict[str, str]]:
        await scene.subscribe(path)
        return scene.hub.asked

    (asked,) = play(act)

    assert asked["hub.mode"] == "subscribe"


def test_other_redirects_of_a_hub_are_not_followed() -> None:
    async def act(scene: Scene) -> tuple[list[tuple[str, str]], int]:
        scene.subscriber.learned("blog", f"{scene.hub.url}/hub-302", "https://blog.example/feed")
        return await scene.subscriber.renew(), len(scene.hub.asked)

    assert play(act) == ([("blog", "the hub answered 302")], 0)


def test_a_hub_that_leads_inside_is_not_followed() -> None:
    async def act(scene: Scene) -> list[tuple[str, str]]:
        scene.subscriber.learned("blog", f"{scene.hub.url}/hub-inside", "https://blog.example/feed")
        return await scene.subscriber.renew()

    ((source, outcome),) = play(act)

    assert source == "blog"
    assert "not a public address" in outcome


def test_a_hub_that_is_not_there_is_asked_again_later() -> None:
    async def act(scene: Scene) -> tuple[list[list[tuple[str, str]]], int]:
        scene.subscriber.learned("blog", "http://192.168.0.1/hub", "https://blog.example/feed")
        assert scene.notes == {}  # nobody else could reach us there
        scene.subscriber.settings = replace(scene.settings, fetch=FetchSettings(allow_private=("127.0.0.1:9",)))
        scene.subscriber.learned("blog", "http://127.0.0.1:9/hub", "https://blog.example/feed")
        first, soon = await scene.subscriber.renew(), await scene.subscriber.renew()
        scene.later = timedelta(hours=2)
        return [first, soon], len(await scene.subscriber.renew())

    (first, soon), later = play(act)

    assert first[0][0] == "blog"
    assert (len(first), len(soon), later) == (1, 0, 1)


def test_a_lease_is_renewed_with_another_callback_and_both_deliver() -> None:
    async def act(scene: Scene) -> tuple[str, str, list[int]]:
        first = await scene.subscribed()
        first_signature = scene.signed(b"<feed/>")
        scene.later = timedelta(days=9)
        second = await scene.subscribed()
        statuses = [
            await scene.hub.deliver(first, b"<feed/>", X_Hub_Signature=first_signature),
            await scene.hub.deliver(second, b"<feed/>", X_Hub_Signature=scene.signed(b"<feed/>")),
        ]
        return first, second, [*statuses, len(scene.got)]

    first, second, results = play(act)

    assert first != second
    assert results == [202, 202, 2]


def test_a_restart_forgets_no_lease() -> None:
    async def act(scene: Scene) -> tuple[int, datetime | None, list[tuple[str, str]]]:
        callback = await scene.subscribed()
        old = scene.subscriber
        await old.renew()
        scene.subscriber = Subscriber(scene.settings, old.courier, old.load, old.save, old.deliver, old.clock)
        scene.subscriber.wake(lambda _: {"blog"})
        status = await scene.hub.deliver(callback, b"<feed/>", X_Hub_Signature=scene.signed(b"<feed/>"))
        return status, scene.subscriber.covers("blog"), await scene.subscriber.renew()

    assert play(act) == (202, NOW + timedelta(days=10), [])


def test_after_a_restart_a_lease_is_renewed_in_time() -> None:
    async def act(scene: Scene) -> tuple[list[tuple[str, str]], int]:
        await scene.subscribed()
        old = scene.subscriber
        await old.renew()
        scene.subscriber = Subscriber(scene.settings, old.courier, old.load, old.save, old.deliver, old.clock)
        scene.subscriber.wake(lambda _: {"blog"})
        scene.later = timedelta(days=9)
        return await scene.subscriber.renew(), len(scene.hub.asked)

    assert play(act) == ([("blog", "asked")], 2)


def test_a_source_that_has_left_feeds_toml_is_given_up() -> None:
    async def act(scene: Scene) -> tuple[int, dict[str, str]]:
        callback = await scene.subscribed()
        await scene.subscriber.renew()
        scene.subscriber.wake(lambda _: {"other"})
        await scene.subscriber.renew()
        return await scene.hub.deliver(callback, b"<feed/>"), scene.notes

    assert play(act) == (410, {"websub": "[]"})


def test_what_cannot_be_given_up_while_the_store_is_locked_is_later() -> None:
    async def act(scene: Scene) -> tuple[bool, dict[str, str]]:
        await scene.subscribed()
        old = scene.subscriber
        await old.renew()

        def locked(_: str, __: str | None) -> None:
            raise StoreError("locked")

        scene.subscriber = Subscriber(scene.settings, old.courier, old.load, locked, old.deliver, old.clock)
        scene.subscriber.wake(lambda _: {"other"})
        with pytest.raises(StoreError):
            await scene.subscriber.renew()
        kept = "websub:blog" in scene.notes
        scene.subscriber.save = old.save
        await scene.subscriber.renew()
        return kept, scene.notes

    assert play(act) == (True, {"websub": "[]"})


def test_a_source_that_names_no_hub_any_more_is_given_up() -> None:
    async def act(scene: Scene) -> tuple[int, bool]:
        callback = await scene.subscribed()
        scene.subscriber.learned("blog", None, None)
        return await scene.hub.deliver(callback, b"<feed/>"), "websub:blog" in scene.notes

    assert play(act) == (410, False)


def test_leaving_ends_the_subscription_at_the_hub() -> None:
    async def act(scene: Scene) -> tuple[str, int, int, bool]:
        callback = await scene.subscribed()
        await scene.subscriber.leave("blog")
        await scene.subscriber.leave("unknown")
        status = (await scene.hub.verify(callback, lease_seconds=""))[0]
        known = "websub:blog" in scene.notes
        return scene.hub.asked[-1]["hub.mode"], status, await scene.hub.deliver(callback, b"<feed/>"), known

    assert play(act) == ("unsubscribe", 200, 410, False)


def test_a_poll_that_finds_what_was_not_pushed_ends_the_trust() -> None:
    async def act(scene: Scene) -> list[bool]:
        await scene.subscribed()
        before = scene.subscriber.covers("blog")
        scene.subscriber.missed("blog")
        scene.subscriber.missed("unknown")
        return [before is not None, scene.subscriber.covers("blog") is not None]

    assert play(act) == [True, False]


# ---------------------------------------------------------------- verification


def test_a_verification_gets_the_challenge_and_nothing_else() -> None:
    async def act(scene: Scene) -> tuple[int, str, str]:
        return await scene.hub.verify(await scene.subscribe())

    assert play(act) == (200, "text/plain; charset=utf-8", "<b>1</b>")


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "https://other.example/"},
        {"mode": "unsubscribe"},
        {"mode": "<script>"},
        {"challenge": ""},
        {"challenge": "x" * 3000},
        {"mode": "denied", "topic": "https://other.example/"},
    ],
    ids=["another topic [205]", "another mode", "no mode", "no challenge", "a long challenge", "another topic denied"],
)
def test_a_verification_of_anything_else_is_404_and_echoes_nothing(changes: dict[str, str]) -> None:
    async def act(scene: Scene) -> tuple[int, str]:
        status, _, body = await scene.hub.verify(await scene.subscribe(), **changes)
        return status, body

    assert play(act) == (404, "no such subscription\n")


@pytest.mark.parametrize("path", ["blog/guessed", "blog/", "blog", "other/token", ""])
def test_an_unknown_callback_is_404(path: str) -> None:
    async def act(scene: Scene) -> int:
        await scene.subscribe()
        status, _, _ = await scene.hub.verify(f"{scene.settings.base_url}websub/{path}")
        return status

    assert play(act) == 404


def test_a_denial_ends_the_lease() -> None:
    async def act(scene: Scene) -> tuple[int, datetime | None, int]:
        callback = await scene.subscribed()
        status, _, _ = await scene.hub.verify(callback, mode="denied", challenge="")
        return status, scene.subscriber.covers("blog"), await scene.hub.deliver(callback, b"<feed/>")

    assert play(act) == (200, None, 410)


def test_nobody_else_can_deny_a_lease() -> None:
    async def act(scene: Scene) -> tuple[int, bool]:
        await scene.subscribed()
        status, _, _ = await scene.hub.verify(f"{scene.settings.base_url}websub/blog/guessed", mode="denied")
        return status, scene.subscriber.covers("blog") is not None

    assert play(act) == (404, True)


# ---------------------------------------------------------------- deliveries


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signed_delivery_is_taken_as_a_part_of_its_source(method: str) -> None:
    async def act(scene: Scene) -> tuple[int, list[tuple[str, Document]]]:
        callback = await scene.subscribed()
        signature = scene.signed(b"<feed/>", method)
        forged = '<https://evil.example/>; rel="self"'
        return await scene.hub.deliver(callback, b"<feed/>", X_Hub_Signature=signature, Link=forged), scene.got

    status, ((source, document),) = play(act)

    assert (status, source, document.body, document.partial) == (202, "blog", b"<feed/>", True)
    assert document.answer.headers == (("content-type", "application/atom+xml"),)
    assert document.answer.final_url == "https://blog.example/feed"


@pytest.mark.parametrize(("method", "taken"), [("sha1", 0), ("sha256", 1)])
def test_the_weakest_method_can_be_refused(method: str, taken: int) -> None:
    async def act(scene: Scene) -> tuple[int, int]:
        scene.subscriber.settings = replace(scene.settings, websub_sha1=False)
        callback = await scene.subscribed()
        signature = scene.signed(b"<feed/>", method)
        return await scene.hub.deliver(callback, b"<feed/>", X_Hub_Signature=signature), len(scene.got)

    assert play(act) == (202, taken)


@pytest.mark.parametrize(
    "headers",
    [{"X_Hub_Signature": "sha256=" + hashlib.sha256(b"<feed/>").hexdigest()}, {}, {"X_Hub_Signature": "md5=0"}],
    ids=["wrong [301]", "none [302]", "method"],
)
def test_a_delivery_without_the_right_signature_vanishes(headers: dict[str, str]) -> None:
    async def act(scene: Scene) -> tuple[int, int]:
        return await scene.hub.deliver(await scene.subscribed(), b"<feed/>", **headers), len(scene.got)

    assert play(act) == (202, 0)


def test_a_delivery_before_the_verification_or_after_the_lease_is_gone() -> None:
    async def act(scene: Scene) -> list[int]:
        callback = await scene.subscribe()
        before = await scene.hub.deliver(callback, b"<feed/>")
        await scene.hub.verify(callback)
        scene.later = timedelta(days=11)
        return [before, await scene.hub.deliver(callback, b"<feed/>")]

    assert play(act) == [410, 410]


def test_a_delivery_over_the_limit_is_refused() -> None:
    async def act(scene: Scene) -> tuple[int, int]:
        callback = await scene.subscribed()
        scene.subscriber.settings = replace(scene.settings, fetch=replace(scene.settings.fetch, max_bytes=100))
        return await scene.hub.deliver(callback, b"x" * 101), len(scene.got)

    assert play(act) == (413, 0)


def test_a_chunked_delivery_over_the_limit_is_refused() -> None:
    async def act(scene: Scene) -> tuple[int, int]:
        callback = await scene.subscribed()
        scene.subscriber.settings = replace(scene.settings, fetch=replace(scene.settings.fetch, max_bytes=100))

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b"x" * 10

        assert scene.hub.session is not None
        async with scene.hub.session.post(callback, data=pieces()) as got:
            return got.status, len(scene.got)

    assert play(act) == (413, 0)


def test_a_compressed_delivery_is_refused() -> None:
    async def act(scene: Scene) -> int:
        return await scene.hub.deliver(await scene.subscribed(), b"x", Content_Encoding="gzip")

    assert play(act) == 415


def test_when_too_much_waits_the_hub_is_asked_to_come_again() -> None:
    async def act(scene: Scene) -> int:
        callback = await scene.subscribed()
        scene.room = False
        return await scene.hub.deliver(callback, b"<feed/>", X_Hub_Signature=scene.signed(b"<feed/>"))

    assert play(act) == 503


@pytest.mark.parametrize(
    ("locked", "passing", "status"),
    [(3, True, 200), (99, True, 503), (1, False, 503)],
    ids=["soon over", "long", "full"],
)
def test_a_verification_outlives_a_locked_store(
    locked: int, passing: bool, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "LOCKED_AGAIN", 0.0)
    left = [locked]

    def save(key: str, value: str | None) -> None:
        if left[0]:
            left[0] -= 1
            error = StoreError("it is locked")
            error.passing = passing
            raise error

    async def act(scene: Scene) -> int:
        callback = await scene.subscribe()
        scene.subscriber.save = save
        return (await scene.hub.verify(callback))[0]

    assert play(act) == status


def test_other_methods_are_not_for_hubs() -> None:
    async def act(scene: Scene) -> tuple[int, str]:
        callback = await scene.subscribed()
        assert scene.hub.session is not None
        async with scene.hub.session.put(callback, data=b"x") as got:
            return got.status, got.headers["Allow"]

    assert play(act) == (405, "GET, POST")


# ---------------------------------------------------------------- who can be reached


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("planet.example", True),
        ("93.184.215.14", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("::1", False),
        ("localhost", False),
        ("planet.test", False),
        ("my.localhost", False),
        ("nas", False),
        ("", False),
    ],
)
def test_a_public_host_is_one_that_others_can_reach(host: str, public: bool) -> None:
    assert public_host(host) is public


@pytest.mark.parametrize(
    ("base_url", "given", "websub", "expected"),
    [
        ("https://planet.example/", True, True, True),
        ("https://planet.example/", False, True, False),
        ("https://planet.example/", True, False, False),
        ("http://127.0.0.1:8080/", True, True, False),
    ],
)
def test_hubs_are_asked_only_when_they_can_reach_us(base_url: str, given: bool, websub: bool, expected: bool) -> None:
    settings = Settings(path=Path("feeds.toml"), base_url=base_url, base_url_given=given, websub=websub)

    assert usable(settings, "https://hub.example/") is expected

"""A push on its whole way: from a source's hub through the running service to a subscriber of our own hub."""

from __future__ import annotations

import hmac
import http.client
import json
import queue
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from lxml import etree

from aggregator.fetch.courier import FORM
from tests.planet import Planet, item, rss
from tests.site import WAIT, Site, free_port

PUBLIC = "https://planet.example/"  # where the world would find the planet; the test goes to its port


class Neighbour:
    """The source, its hub and a subscriber of ours in one server on loopback: what each of them is sent."""

    def __init__(self) -> None:
        self.feed = b""
        self.subscriptions: queue.Queue[dict[str, str]] = queue.Queue()  # that we asked the source's hub for
        self.verified: queue.Queue[str] = queue.Queue()  # paths that a hub of ours asked
        self.deliveries: queue.Queue[bytes] = queue.Queue()  # of our hub to its subscriber
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def publish(self, *items: str) -> None:
        url = f"http://{self.address}"
        links = f'<atom:link rel="hub" href="{url}/hub"/><atom:link rel="self" href="{url}/feed"/>'
        self.feed = rss(*items, more=links).replace(b"<rss ", b'<rss xmlns:atom="http://www.w3.org/2005/Atom" ')


def _handler(neighbour: Neighbour) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            challenge = parse_qs(urlsplit(self.path).query).get("hub.challenge")
            self._answer(200, challenge[0].encode() if challenge else neighbour.feed)
            if challenge:
                neighbour.verified.put(self.path)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/hub":
                neighbour.subscriptions.put({name: value[0] for name, value in parse_qs(body.decode()).items()})
            else:
                neighbour.deliveries.put(body)
            self._answer(202, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Nothing."""

    return Handler


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    made = Neighbour()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def service(planet: Planet, neighbour: Neighbour) -> Iterator[Site]:
    """The running service, with a hub of its own."""
    port = free_port()
    head = f'[aggregator]\nbase_url = "{PUBLIC}"\nlisten = "127.0.0.1:{port}"\n[hub]\nenabled = true\n'
    neighbour.publish(item(1))
    planet.sources(neighbour.address, ["feed"], head=head)
    made = Site("run", planet, port, [sys.executable, "-m", "aggregator", "--config", str(planet.config), "run"])
    made.start()
    yield made
    made.stop()


def sent(service: Site, path: str, body: bytes, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    status = connection.getresponse().status
    connection.close()
    return status


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end
        WAIT.wait(0.05)


def advertised(name: str, body: bytes) -> list[tuple[str, str]]:
    """Itself and its hubs, by what a feed says inside."""
    if name.endswith(".json"):
        feed = json.loads(body)
        return [("self", feed["feed_url"]), *(("hub", hub["url"]) for hub in feed["hubs"])]
    links = etree.fromstring(body).iter("{http://www.w3.org/2005/Atom}link")
    found = [(str(one.get("rel")), str(one.get("href"))) for one in links]
    return sorted((link for link in found if link[0] in ("self", "hub")), reverse=True)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_each_feed_names_itself_and_its_hub_in_header_and_body_alike(service: Site, method: str) -> None:
    names = ("feed.atom", "feed.rss", "feed.json")
    until(lambda: all(service.ask(f"/{name}").status == 200 for name in names))

    for name in names:
        header = re.findall(r'<([^>]+)>; rel="(\w+)"', service.ask(f"/{name}", method)["Link"] or "")
        inside = advertised(name, service.ask(f"/{name}").body)

        assert [(rel, url) for url, rel in header] == inside == [("self", PUBLIC + name), ("hub", f"{PUBLIC}hub")]


@pytest.mark.slow
def test_subscriber_has_a_new_entry_two_seconds_after_its_source_pushed_it(service: Site, neighbour: Neighbour) -> None:
    asked = neighbour.subscriptions.get(timeout=60)
    callback = urlsplit(asked["hub.callback"]).path
    verification = {
        "hub.mode": "subscribe",
        "hub.topic": asked["hub.topic"],
        "hub.challenge": "yes",
        "hub.lease_seconds": "864000",
    }
    assert service.ask(f"{callback}?{urlencode(verification)}").body == b"yes"
    form = {
        "hub.mode": "subscribe",
        "hub.topic": f"{PUBLIC}feed.atom",
        "hub.callback": f"http://{neighbour.address}/reader",
    }
    until(lambda: b"Story number 1 " in service.ask("/feed.atom").body)
    assert sent(service, "/hub", urlencode(form).encode(), Content_Type=FORM) == 202
    neighbour.verified.get(timeout=30)
    neighbour.publish(item(2), item(1))
    signature = "sha256=" + hmac.new(asked["hub.secret"].encode(), neighbour.feed, "sha256").hexdigest()

    pushed = time.monotonic()
    status = sent(service, callback, neighbour.feed, Content_Type="application/rss+xml", X_Hub_Signature=signature)
    delivered = neighbour.deliveries.get(timeout=30)
    took = time.monotonic() - pushed

    assert status // 100 == 2
    assert b"Story number 2 " in delivered
    assert took < 2

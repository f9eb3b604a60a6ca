"""What the network does to us, and what never leaves us: through the command line, in a process of its own."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.e2e.test_commands import start, until
from tests.origin import Origin, Reply
from tests.planet import Planet, item, rss

ROOT = Path(__file__).parent.parent.parent
TLS = ROOT / "tests" / "cases" / "tls"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"


@contextmanager
def peer(certificate: str | None, answer: bytes) -> Iterator[str]:
    """A server that speaks TLS with a certificate, or without one says something at once; its "host:port"."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
    if context:
        context.load_cert_chain(TLS / f"{certificate}.pem")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def serve() -> None:
            try:
                accepted = server.accept()[0]
                accepted.settimeout(10)
                with context.wrap_socket(accepted, server_side=True) if context else accepted as connection:
                    connection.recv(65536)
                    connection.sendall(answer)
            except OSError:
                return  # the client went away, which is what is tested

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join(30)


def fetched(planet: Planet, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aggregator", "--config", str(planet.config), "fetch", "--force", "--json", *more]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


def test_what_is_wrong_with_tls_is_named_and_costs_one_source(planet: Planet) -> None:
    feed = rss(item(1))
    good = ANSWER % len(feed) + feed
    peers = {
        "right": ("right", good, None),
        "expired": ("expired", good, "certificate has expired"),
        "other": ("other_host", good, "not valid for '127.0.0.1'"),
        "self": ("self_signed", good, "self-signed certificate"),
        "plain": (None, b"HTTP/1.1 400 Bad Request\r\n\r\n", "TLS handshake failed"),
        "cut": (None, b"\x16\x03\x03\x00\x7a\x02\x00", "closed it"),
    }
    with ExitStack() as stack:
        where = {name: stack.enter_context(peer(*given[:2])) for name, given in peers.items()}
        tables = "".join(f'[[source]]\nid = "{name}"\nurl = "https://{at}/"\n' for name, at in where.items())
        planet.write(f"[fetch]\nallow_private = {json.dumps(list(where.values()))}\n{tables}")

        ran = fetched(planet, SSL_CERT_FILE=str(TLS / "authority.pem"))

    rows = {row["source"]: row for row in map(json.loads, ran.stdout.splitlines()[:-1])}
    assert rows["right"]["outcome"] == "ok"
    for name, (_, _, words) in peers.items():
        if words:
            assert rows[name]["outcome"] == "error:network"
            assert words in rows[name]["error"]
    assert ran.returncode == 0
    assert "Traceback" not in ran.stderr


def test_proxies_of_the_environment_are_ignored(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, ["a"])
    origin.documents["/a"] = rss(item(1))
    proxy = "http://127.0.0.1:9"

    ran = fetched(planet, http_proxy=proxy, HTTP_PROXY=proxy, all_proxy=proxy, ALL_PROXY=proxy, no_proxy="")

    assert json.loads(ran.stdout.splitlines()[0])["outcome"] == "ok"
    assert [asked.path for asked in origin.requests] == ["/a"]


def test_credentials_show_nowhere_whatever_goes_wrong(origin: Origin, planet: Planet) -> None:
    other = Origin()
    origin.documents["/ok"] = rss(item(1))
    origin.documents["/away"] = Reply(status=302, headers={"Location": f"{other.url}/b"})
    origin.documents["/round"] = Reply(status=302, headers={"Location": "/round"})
    origin.documents["/page"] = b"<html><body>no feed</body></html>"
    urls = [f"http://joe:s3cret@{origin.address}/{path}" for path in ("ok", "away", "round", "page", "missing")]
    urls += ["http://joe:s3cret@127.0.0.1:9/refused", "http://joe:s3cret@10.0.0.1/inner"]
    urls += ["https://joe:s3cret@no-such-name.invalid/"]
    tables = "".join(f'[[source]]\nid = "s{n}"\nurl = "{url}"\n' for n, url in enumerate(urls))
    allowed = json.dumps([origin.address, other.address, "127.0.0.1:9"])
    planet.write(f"[fetch]\nper_host = 8\nallow_private = {allowed}\n{tables}")

    ran = fetched(planet, "-v")
    shown = [
        planet.run(*command).out
        for command in (("status",), ("status", "--json"), ("export",), ("plan",), ("export-opml",))
    ]
    other.stop()

    outcomes = [json.loads(line)["outcome"] for line in ran.stdout.splitlines()[:-1]]
    assert sorted(outcomes) == sorted(
        [
            "ok",
            "error:http",
            "error:redirect",
            "error:not_feed",
            "error:http",
            "error:network",
            "blocked",
            "error:network",
        ]
    )
    assert "s3cret" not in ran.stdout + ran.stderr + "".join(shown)
    assert all(b"s3cret" not in path.read_bytes() for path in planet.output.rglob("*") if path.is_file())
    assert all("authorization" not in asked.headers for asked in other.requests)
    assert len(other.requests) == 1


def test_the_service_asks_nothing_private_and_logs_no_credentials(origin: Origin, planet: Planet) -> None:
    other = Origin()
    origin.documents["/in"] = Reply(status=302, headers={"Location": f"{other.url}/b"})
    origin.documents["/ok"] = rss(item(1))
    urls = [
        f"http://joe:s3cret@{address}"
        for address in (f"{origin.address}/in", f"{origin.address}/ok", f"{other.address}/a")
    ]
    tables = "".join(f'[[source]]\nid = "s{n}"\nurl = "{url}"\n' for n, url in enumerate(urls))
    planet.write(
        f'[aggregator]\nlisten = "unix:run.sock"\n[fetch]\nper_host = 8\nallow_private = ["{origin.address}"]\n{tables}'
    )
    log = planet.folder / "log"

    service = start(planet, "run", "-v", log=log)
    seen = until(lambda: log.read_text().count("event=poll") >= 3)
    service.terminate()
    service.wait(20)
    other.stop()

    said = log.read_text()
    assert seen
    assert said.count("outcome=blocked") == 2
    assert other.requests == []
    assert len(origin.requests) == 2
    assert "s3cret" not in said + planet.run("status", "--json").out
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["Set-Cookie", "Set-Cookie2"])
def test_cookies_never_come_back(origin: Origin, planet: Planet, name: str) -> None:
    planet.sources(origin.address, ["a", "b"])
    for path, target in (("/a", "/c"), ("/b", "/a")):
        origin.documents[path] = Reply(status=302, headers={"Location": target, name: "id=1; Path=/"})
    origin.documents["/c"] = Reply(rss(item(1)), headers={name: "id=2; Path=/"})

    for _ in range(2):
        planet.fetch()

    assert len(origin.requests) == 10
    assert all(not {"cookie", "referer", "pragma", "range"} & set(asked.headers) for asked in origin.requests)


def test_what_a_feed_says_of_its_place_is_told_and_not_followed(origin: Origin, planet: Planet) -> None:
    atom = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{}"/>'.format
    root = b'<rss xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    podcast = "<i:new-feed-url>https://new.example/feed</i:new-feed-url>"
    moved = rss(item(3), more=podcast).replace(b"<rss ", root)
    origin.documents |= {
        "/here": rss(item(1), more=atom(f"{origin.url}/here?utm_source=self")),
        "/elsewhere": rss(item(2), more=atom("https://u:p@other.example/feed")),
        "/moved": moved,
        "/broken": moved.replace(b"</channel>", b"<b></channel>"),
    }
    planet.sources(origin.address, ["here", "elsewhere", "moved", "broken"])

    logged = fetched(planet, "-v").stderr.splitlines()
    fetched(planet)

    says = {line.split("source=")[1].split()[0]: line.partition(" says=")[2] for line in logged if "event=poll" in line}
    new = "https://new.example/feed"
    assert says == {"here": "", "elsewhere": "https://other.example/feed", "moved": new, "broken": new}
    assert {asked.path for asked in origin.requests} == {"/here", "/elsewhere", "/moved", "/broken"}


@pytest.mark.parametrize(
    ("head", "url", "told"),
    [
        ("", "http://10.0.0.1/a", 1),
        ('[aggregator]\ncontact = "https://planet.example/about"\n', "http://10.0.0.1/a", 0),
        ('[aggregator]\nbase_url = "https://planet.example/"\n', "http://10.0.0.1/a", 0),
        ('[fetch]\nallow_private = ["127.0.0.1:9"]\n', "http://127.0.0.1:9/a", 0),
    ],
    ids=["unreachable", "contact", "page", "own host"],
)
def test_who_asks_strangers_without_a_contact_is_told_once(planet: Planet, head: str, url: str, told: int) -> None:
    planet.write(head + "".join(f'[[source]]\nurl = "{url}{n}"\n' for n in range(3)))

    logged = fetched(planet).stderr

    assert logged.count("event=contact") == told

"""Deltas of feeds."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from lxml import etree

from aggregator.web.delta import MOST_FEEDS, MOST_VERSIONS, History, wanted
from aggregator.web.media import media
from aggregator.web.reply import Reply
from aggregator.web.shelf import Version

ATOM = "{http://www.w3.org/2005/Atom}"


def atom(*entries: str) -> bytes:
    inside = "\n".join(f"<entry><id>{entry}</id></entry>" for entry in entries)
    head = '<?xml version="1.0" encoding="utf-8"?>\n<?xml-stylesheet href="/feed.css"?>\n'
    return f'{head}<feed xmlns="http://www.w3.org/2005/Atom"><title>Planet é</title>{inside}</feed>'.encode()


def rss(*entries: str) -> bytes:
    inside = "".join(f"<item><guid>{entry}</guid></item>" for entry in entries)
    return f'<rss version="2.0"><channel><title>Planet é</title>{inside}</channel></rss>'.encode()


def feed_json(*entries: str) -> bytes:
    return json.dumps({"title": "Planet é", "items": [{"id": entry} for entry in entries]}).encode()


def ids(body: bytes) -> list[str]:
    if body.startswith(b"{"):
        return [item["id"] for item in json.loads(body)["items"]]
    root = etree.fromstring(body)
    return [str(one.text) for one in (*root.iter(ATOM + "id"), *root.iter("guid"))]


def version(tag: str, body: bytes, name: str = "feed.atom") -> Version:
    return Version(name, tag, 0, media(name, 60), {"identity": body}, "", complete=True)


def ask(history: History, now: Version, since: str = "", a_im: str = "feed") -> Reply | None:
    return history.reply({"A-IM": a_im, "If-None-Match": since}, now, head=False)


def body_of(reply: Reply | None) -> bytes:
    assert reply is not None
    return reply.bytes_now().partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("name", "make"),
    [("feed.atom", atom), ("feed.rss", rss), ("arctic/feed.json", feed_json)],
    ids=["atom", "rss", "json"],
)
def test_only_what_is_new_or_changed_since_then_is_sent(name: str, make: Callable[..., bytes]) -> None:
    history = History()
    first, second = version("1", make("a", "b"), name), version("2", make("d", "c", "b"), name)

    assert ask(history, first) is None
    reply = ask(history, second, 'W/"1-gz"')

    assert reply is not None
    assert reply.status == 226
    assert ids(body_of(reply)) == ["d", "c"]
    assert "Planet é" in body_of(reply).decode()


def test_a_delta_names_the_version_that_the_client_has_then() -> None:
    history = History()
    ask(history, version("1", atom("a")))

    reply = ask(history, version("2", atom("b", "a")), '"1"')

    assert reply is not None
    top = reply.bytes_now().partition(b"\r\n\r\n")[0].decode()
    assert top.startswith("HTTP/1.1 226 IM Used\r\n")
    for line in ('ETag: "2"', "IM: feed", "Cache-Control: no-store", "Vary: A-IM, If-None-Match"):
        assert f"\r\n{line}\r\n" in top


def test_instructions_before_the_feed_stay() -> None:
    history = History()
    ask(history, version("1", atom("a")))

    body = body_of(ask(history, version("2", atom("b", "a")), '"1"'))

    assert b'<?xml-stylesheet href="/feed.css"?>' in body


@pytest.mark.parametrize(
    ("since", "a_im"),
    [('"2"', "feed"), ('"unknown"', "feed"), ("", "feed"), ('"1"', "vcdiff"), ('"1"', ""), ('"1", "2"', "feed")],
    ids=["nothing is new", "unknown version", "no version", "another manipulation", "none", "this version too"],
)
def test_otherwise_the_whole_feed_or_a_304_is_the_answer(since: str, a_im: str) -> None:
    history = History()
    ask(history, version("1", atom("a")))

    assert ask(history, version("2", atom("b", "a")), since, a_im) is None


def test_a_feed_of_which_all_is_new_is_sent_whole() -> None:
    history = History()
    ask(history, version("1", atom("a")))

    assert ask(history, version("2", atom("b", "c")), '"1"') is None


def test_other_files_have_no_deltas() -> None:
    assert ask(History(), version("1", b"<html>", "index.html"), '"0"') is None


@pytest.mark.parametrize(("name", "body"), [("feed.atom", b"<feed"), ("feed.json", b"[]"), ("feed.json", b"{")])
def test_what_is_no_feed_has_no_deltas(name: str, body: bytes) -> None:
    history = History()
    ask(history, version("1", body, name))

    assert ask(history, version("2", body + b" ", name), '"1"') is None


def test_few_feeds_are_remembered() -> None:
    history = History()
    for number in range(MOST_FEEDS + 1):
        ask(history, version("1", atom("a"), f"{number}/feed.atom"))

    assert ask(history, version("2", atom("b", "a"), "0/feed.atom"), '"1"') is None
    assert ask(history, version("2", atom("b", "a"), f"{MOST_FEEDS}/feed.atom"), '"1"') is not None


def test_few_versions_are_remembered() -> None:
    history = History()
    for number in range(MOST_VERSIONS + 1):
        ask(history, version(str(number), atom("a", str(number))))

    now = version("now", atom("b", "a"))
    assert ask(history, now, '"0"') is None
    assert ask(history, now, f'"{MOST_VERSIONS}"') is not None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("feed", True),
        ("FEED", True),
        ("vcdiff, feed", True),
        ("feed;q=0.5", True),
        ("feed; q=0", False),
        ("feed;q=0.000", False),
        ("feeds", False),
        ("", False),
        (None, False),
    ],
)
def test_a_client_asks_for_deltas_of_feeds_by_name(header: str | None, expected: bool) -> None:
    assert wanted(header) is expected

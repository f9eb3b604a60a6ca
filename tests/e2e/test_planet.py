"""A planet from feeds.toml to what a feed reader gets."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import feedparser
import lxml.html
import pytest

from tests.origin import Asked, Origin, Reply
from tests.planet import Planet, atom, entry, item, rss

ATOM = "{http://www.w3.org/2005/Atom}"
LONG = (
    "<p>The convoy left the harbour before dawn and turned north along the coast. Its captain had waited nine days for the "
    "ice to open.</p><p>Traffic on the {name} has doubled in three years, the port authority says. Insurers ask for an "
    "icebreaker, and an icebreaker costs more than the fuel that the shorter way saves. Nobody on board expected to see "
    "another ship before Friday.</p><p>A second convoy waits behind the cape for the weather to turn.</p>"
)
TANKER = (
    "<p>A tanker ran aground near Dikson on the NSR, and nobody was hurt, the coast guard said on Monday. Two tugs were on "
    "their way from Arkhangelsk, four days off.</p><p>The ship carries diesel for three villages, which have fuel until "
    "December. Its owner asked for an inspection in August and was told to wait for the spring; the office that told him so "
    "did not answer questions.</p><p>Whether the hull holds depends on the wind, which is to turn on Thursday.</p>"
)
SPELLINGS = ("Northern Sea Route", "NSR", "Arctic shipping", "northern sea route")
CHANNEL = """
[[channel]]
id = "arctic"
title = "Shipping in the Arctic"
match = '"Northern Sea Route" OR NSR OR "Arctic shipping"'
"""


def publishers(origin: Origin) -> list[str]:
    """Seven of them, RSS and Atom; one story is carried by two."""
    names = [f"p{n}" for n in range(7)]
    for n, name in enumerate(names):
        text = LONG.format(name=SPELLINGS[n % 4]).replace(
            "nine", ("nine", "ten", "eleven", "four", "five", "six", "two")[n]
        )
        body = text.replace(
            "harbour", f"harbour of {('Sabetta', 'Murmansk', 'Tiksi', 'Pevek', 'Dikson', 'Kirkenes', 'Nome')[n]}"
        )
        mine = {
            "title": f"Ships of {('spring', 'summer', 'autumn', 'winter', 'May', 'June', 'July')[n]} on the way number {n}",
            "pubDate": f"Tue, {n + 3:02} Nov 2026 08:00:00 GMT",
        }
        if n % 2:
            origin.documents[f"/{name}"] = atom(
                entry(n, title=mine["title"], summary=None, content=None), title=f"Paper {n}"
            ).replace(
                b"</title><updated>2026-10",
                f"</title><content type='html'>{body.replace('<', '&lt;')}</content><updated>2026-11".encode(),
            )
        else:
            shared = item(90, title="One story for two papers", description=TANKER)
            extra = [shared] if n in (0, 2) else []
            origin.documents[f"/{name}"] = rss(
                item(n, description=body, **mine),
                *extra,
                item(50 + n, title=f"Gardening {n}", description=f"Roses in month {n}."),
                title=f"Paper {n}",
            )
    return names


def test_a_topic_page_has_one_item_a_story(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, publishers(origin), CHANNEL)

    summary = planet.fetch().rows()[-1]["summary"]

    assert summary["ok"] == 7
    items = planet.feed("arctic")["items"]
    assert len(items) == 8
    for one in items:
        assert one["title"]
        assert one["_aggregator"]["source"]["title"].startswith("Paper")
        assert re.search(r'<p><a href="https?://[^"]+">Read more</a></p>$', one["content_html"])
        assert one["content_html"].count("Read more") == 1
        assert 300 <= len(one["summary"]) <= 430
        assert re.search(r"[.!?…]$", one["summary"])
    twice = next(one for one in items if one["title"].startswith("One story"))
    assert [other["source"] for other in twice["_aggregator"]["also"]] == ["Paper 2"]
    assert "Gardening" not in json.dumps(items)


def test_the_page_shows_what_the_feed_says(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, publishers(origin), CHANNEL)
    planet.fetch()

    page: Any = lxml.html.document_fromstring((planet.output / "arctic" / "index.html").read_bytes())

    assert page.xpath("//h1/text()") == ["Shipping in the Arctic"]
    assert [told(story) for story in page.find_class("story")] == [
        (one["title"], one["summary"], one["_aggregator"]["source"]["title"], [one["url"]])
        for one in planet.feed("arctic")["items"]
    ]
    assert len(page.find_class("story")) == 8
    assert [also.text_content() for also in page.find_class("also")] == ["Also at Paper 2"]


def told(story: lxml.html.HtmlElement) -> tuple[str, str, str, object]:
    """Its title, teaser and source, and where its "Read more" leads."""
    title, teaser, source = (story.find_class(name)[0].text_content() for name in ("p-name", "teaser", "source"))
    return title, teaser, source, story.xpath(".//a[.='Read more']/@href")


def test_every_format_is_read_by_feedparser(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, publishers(origin), CHANNEL)
    planet.fetch()

    for name in ("feed.atom", "feed.rss"):
        read = feedparser.parse((planet.output / "arctic" / name).read_bytes())

        assert not read.bozo
        assert [e.id for e in read.entries] == [one["id"] for one in planet.feed("arctic")["items"]]


def test_an_unchanged_feed_is_asked_conditionally_and_stores_nothing(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, publishers(origin))
    planet.fetch()
    origin.requests.clear()

    summary = planet.fetch().rows()[-1]["summary"]

    assert summary == {**summary, "notmodified": 7, "new": 0, "updated": 0}
    assert all("if-none-match" in asked.headers for asked in origin.requests)


def test_building_twice_touches_no_file(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, publishers(origin), CHANNEL)
    planet.fetch()
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in planet.output.rglob("*") if path.is_file()}

    planet.run("build")

    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before


def test_the_same_store_gives_the_same_bytes_anywhere(origin: Origin, planet: Planet, tmp_path: Path) -> None:
    planet.sources(origin.address, publishers(origin), CHANNEL)
    planet.fetch()
    other = tmp_path / "elsewhere"
    other.mkdir()
    for name in ("feeds.toml", "aggregator.db"):
        shutil.copy(planet.folder / name, other / name)
    environment = {**os.environ, "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kolkata"}

    subprocess.run(
        [sys.executable, "-m", "aggregator", "--config", str(other / "feeds.toml"), "build"],
        check=True,
        env=environment,
    )

    for path in planet.output.rglob("*"):
        if path.is_file():
            assert (other / "public" / path.relative_to(planet.output)).read_bytes() == path.read_bytes(), path


def test_a_source_that_fails_does_not_stop_the_others(origin: Origin, planet: Planet) -> None:
    origin.documents["/good"] = rss(item(1))
    origin.documents["/bad"] = Reply(b"<html><body>no feed</body></html>")
    planet.sources(origin.address, ["bad", "good", "missing"])

    ran = planet.fetch()

    outcomes = {row["source"]: row["outcome"] for row in ran.rows()[:-1]}
    assert outcomes == {"bad": "error:not_feed", "good": "ok", "missing": "error:http"}
    assert ran.code == 0
    status = {row["source"]: row for row in planet.run("status", "--json").rows()}
    assert status["bad"]["state"] == "failing"
    assert "no feed" in status["bad"]["error"]
    assert status["good"]["entries"] == 1


def test_an_edit_changes_the_item_in_place(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = rss(item(1), item(2))
    planet.sources(origin.address, ["a"])
    planet.fetch()
    before = planet.feed()["items"]
    origin.documents["/a"] = rss(
        item(1), item(2, description="It was all quite different, the paper says today, and gives a list of reasons.")
    )

    row = planet.fetch().rows()[0]

    after = planet.feed()["items"]
    assert (row["new"], row["updated"], row["unchanged"]) == (0, 1, 1)
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert "quite different" in json.dumps(after)


def test_withdrawn_entries_stay_away_and_leave_a_tombstone(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = rss(item(1), item(2))
    planet.sources(origin.address, ["a"])
    planet.fetch()

    ran = planet.run("withdraw", "https://news.example/1")
    planet.fetch()

    assert ran.code == 0
    assert [one["url"] for one in planet.feed()["items"]] == ["https://news.example/2"]
    root = ET.fromstring((planet.output / "feed.atom").read_bytes())
    stones = root.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert [stone.get("ref") for stone in stones] == ["https://news.example/1"]


def test_archives_walk_back_to_the_first_entry(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, ["a"], '[[channel]]\nid = "all"\ntitle = "All"\nlimit = 10\n')
    published: list[str] = []
    seen: dict[str, bytes] = {}
    for step in range(12):
        published += [item(step * 10 + n, pubDate=None) for n in range(10)]
        origin.documents["/a"] = rss(*published[-30:])
        planet.fetch()
        archives = {str(p.relative_to(planet.output)): p.read_bytes() for p in planet.output.glob("archive/all/*.atom")}
        older = {path: body for path, body in seen.items() if path != f"archive/all/{len(seen)}.atom"}
        assert {path: archives[path] for path in older} == older
        seen = archives

    ids: set[str] = set()
    for path in [planet.output / "feed.atom", *planet.output.glob("archive/all/*.atom")]:
        ids |= {e.findtext(f"{ATOM}id") or "" for e in ET.fromstring(path.read_bytes()).findall(f"{ATOM}entry")}

    assert len(ids) == 120


def test_no_source_fills_a_channel_while_others_have_entries(origin: Origin, planet: Planet) -> None:
    origin.documents["/flood"] = rss(
        *(
            item(
                n,
                title=f"Flood {n} {'x' * n}",
                link=f"https://flood.example/{n}",
                guid=f"f{n}",
                description=f"Word{n} " * 30,
            )
            for n in range(60)
        )
    )
    origin.documents["/quiet"] = atom(*(entry(n) for n in range(10)))
    planet.sources(origin.address, ["flood", "quiet"], '[[channel]]\nid = "all"\ntitle = "All"\nlimit = 20\n')
    planet.fetch()

    sources = [one["_aggregator"]["source"]["id"] for one in planet.feed()["items"]]

    assert len(sources) == 20
    assert sources.count("quiet") == 8  # 40 % each, and the four places left over by date


def test_a_redirected_feed_is_read_and_its_address_kept(origin: Origin, planet: Planet) -> None:
    origin.documents["/old"] = Reply(status=301, headers={"Location": "/new"})
    origin.documents["/new"] = rss(item(1))
    planet.sources(origin.address, ["old"])

    row = planet.fetch().rows()[0]

    assert (row["outcome"], row["final_url"]) == ("ok", f"{origin.url}/new")
    assert planet.run("status", "--json").rows()[0]["url"] == f"{origin.url}/old"


def test_a_redirect_that_comes_and_goes_costs_no_whole_document(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, ["a"])
    origin.documents["/b"] = rss(item(1))
    direct: bytes | Reply = rss(item(1))
    for n in range(6):
        origin.documents["/a"] = Reply(status=302, headers={"Location": "/b"}) if n % 2 else direct
        planet.fetch()

    whole = [asked.path for asked in origin.requests if "if-none-match" not in asked.headers]

    assert [asked.path for asked in origin.requests] == "/a /a /b /a /a /b /a /a /b".split()
    assert whole == ["/a", "/b"]


@pytest.mark.parametrize(
    ("line", "whole"),
    [("max_entries = 2", True), ('ignore = ["date"]', True), ("weight = 2.0", False), ("# a comment", False)],
)
def test_only_what_makes_other_entries_asks_for_the_whole_document_again(
    origin: Origin, planet: Planet, line: str, whole: bool
) -> None:
    origin.documents["/a"] = rss(item(1), item(2), item(3))
    planet.sources(origin.address, ["a"], 'exclude = ["nothing"]')
    planet.fetch()

    planet.sources(origin.address, ["a"], f'{line}\nexclude = ["nothing"]')
    planet.fetch()

    assert ("if-none-match" not in origin.requests[-1].headers) == whole


def test_a_gone_feed_is_asked_no_more_until_it_is_resumed(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = Reply(status=410)
    planet.sources(origin.address, ["a"])
    planet.fetch()
    origin.requests.clear()

    planet.run("fetch", "--all")
    gone = planet.run("status", "--json").rows()[0]
    asked = len(origin.requests)
    origin.documents["/a"] = rss(item(1))
    planet.run("resume", "a")
    planet.run("fetch")

    assert (gone["state"], gone["next_poll"], asked) == ("gone", None, 0)
    assert planet.run("status", "--json").rows()[0]["state"] == "ok"


def test_retry_after_binds_even_fetch_all(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = Reply(status=429, headers={"Retry-After": "7200"})
    planet.sources(origin.address, ["a"])
    planet.fetch()

    planet.run("fetch", "--all")

    assert len(origin.requests) == 1
    assert planet.run("status", "--json").rows()[0]["state"] == "throttled"


def test_credentials_never_show(origin: Origin, planet: Planet) -> None:
    def script(asked: Asked) -> Reply:
        return (
            Reply(rss(item(1))) if asked.headers.get("authorization") == "Basic dXNlcjpzM2NyZXQ=" else Reply(status=401)
        )

    origin.documents["/a"] = script
    planet.write(
        f'[fetch]\nallow_private = ["{origin.address}"]\n[[source]]\nid = "a"\nurl = "http://user:s3cret@{origin.address}/a"\n'
    )

    ran = planet.fetch("-v")

    assert ran.rows()[0]["outcome"] == "ok"
    shown = (
        ran.out
        + ran.err
        + planet.run("status").out
        + planet.run("status", "--json").out
        + planet.run("why", "https://news.example/1").out
    )
    assert "s3cret" not in shown
    assert all(b"s3cret" not in path.read_bytes() for path in planet.output.rglob("*") if path.is_file())


def test_nothing_private_is_asked_unless_it_is_named(origin: Origin, planet: Planet) -> None:
    planet.write(f'[[source]]\nid = "a"\nurl = "{origin.url}/a"\n')

    row = planet.fetch().rows()[0]

    assert row["outcome"] == "blocked"
    assert origin.requests == []


@pytest.mark.parametrize(
    "name", ["index.html", "feed.atom", "feed.rss", "feed.json", "sources.opml", "status.html", "status.json"]
)
def test_an_empty_planet_has_every_output(planet: Planet, name: str) -> None:
    planet.write("")

    ran = planet.run("build", "--json")

    assert ran.code == 0
    assert (planet.output / name).stat().st_size > 40


COMPLETE = '<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/>'


def shown(planet: Planet) -> list[str]:
    return sorted(one["title"] for one in planet.feed()["items"])


@pytest.mark.parametrize(
    ("more", "left"), [(COMPLETE, ["Story 2"]), ("", ["Story 1", "Story 2"])], ids=["complete", "not complete"]
)
def test_absence_is_withdrawal_only_in_a_feed_that_says_it_is_complete(
    origin: Origin, planet: Planet, more: str, left: list[str]
) -> None:
    planet.sources(origin.address, ["a"])
    origin.documents["/a"] = rss(item(1, title="Story 1"), item(2, title="Story 2"), more=more)
    planet.fetch()
    first = planet.export()[0]

    origin.documents["/a"] = rss(item(2, title="Story 2"), more=more)
    planet.fetch()

    assert shown(planet) == left
    assert ("it left its feed" in planet.run("why", first["id"]).out) == (left == ["Story 2"])


def test_what_comes_back_to_a_complete_feed_is_shown_again_but_not_what_the_user_withdrew(
    origin: Origin, planet: Planet
) -> None:
    planet.sources(origin.address, ["a"])
    whole = rss(*(item(n, title=f"Story {n}") for n in (1, 2, 3)), more=COMPLETE)
    origin.documents["/a"] = whole
    planet.fetch()
    withdrawn = next(one["id"] for one in planet.export() if one["title"] == "Story 2")
    planet.run("withdraw", withdrawn)
    origin.documents["/a"] = rss(item(3, title="Story 3"), more=COMPLETE)
    planet.fetch()
    between = shown(planet)

    origin.documents["/a"] = whole
    planet.fetch()

    assert (between, shown(planet)) == (["Story 3"], ["Story 1", "Story 3"])
    ids = {one["title"]: one["id"] for one in planet.export()}
    gone = re.findall('deleted-entry[^>]*ref="([^"]*)"', (planet.output / "feed.atom").read_text(encoding="utf-8"))
    assert gone == [ids["Story 2"]]


@pytest.mark.parametrize("body", [rss(more=COMPLETE), rss(item(2), more=COMPLETE)[:-40]], ids=["empty", "cut off"])
def test_a_complete_feed_that_is_empty_or_broken_withdraws_nothing(origin: Origin, planet: Planet, body: bytes) -> None:
    planet.sources(origin.address, ["a"])
    origin.documents["/a"] = rss(item(1, title="Story 1"), item(2, title="Story 2"), more=COMPLETE)
    planet.fetch()

    origin.documents["/a"] = body
    planet.fetch()

    assert "Story 1" in shown(planet)


def test_an_edit_does_not_bring_back_what_was_withdrawn(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, ["a"])
    origin.documents["/a"] = rss(item(1, title="Story 1"), item(2, title="Story 2"))
    planet.fetch()
    planet.run("withdraw", next(one["id"] for one in planet.export() if one["title"] == "Story 1"))

    origin.documents["/a"] = rss(item(1, title="Story 1, edited"), item(2, title="Story 2"))
    planet.fetch()

    assert shown(planet) == ["Story 2"]

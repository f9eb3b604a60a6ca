"""What is published, read by others: by ourselves, and by the readers that Debian has."""

from __future__ import annotations

import html
import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import urllib.request
from calendar import timegm
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

import feedparser
import html5lib
import pytest
from lxml import etree
from reader import make_reader

from tests.origin import Origin
from tests.planet import Planet, item, rss
from tests.site import WAIT

ATOM = "{http://www.w3.org/2005/Atom}"
INNER = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">
<id>tag:inner.example,2026:feed</id><title>L'int\xc3\xa9rieur</title><subtitle>Rien que \xc3\xa7a</subtitle>
<updated>2026-11-01T00:00:00Z</updated><rights>CC BY 4.0</rights>
<category term="histoires"/><icon>https://inner.example/icon.png</icon><logo>https://inner.example/logo.png</logo>
<author><name>Ann</name><uri>https://ann.example/</uri></author><author><name>Ben</name></author>
<link rel="self" href="https://inner.example/feed.atom"/><link rel="alternate" href="https://inner.example/"/>
<entry><id>tag:inner.example,2026:1</id><title>Une histoire</title><updated>2026-10-01T10:00:00Z</updated>
<link href="https://inner.example/1"/><contributor><name>Cid</name></contributor><summary>Il \xc3\xa9tait une fois une histoire.</summary></entry>
</feed>"""


def sources(feed: Path) -> list[bytes]:
    """The source elements of a feed's entries, but for the link to where they were found."""
    out = []
    for source in etree.parse(feed).iterfind(f"{ATOM}entry/{ATOM}source"):
        for link in source.iterfind(f"{ATOM}link[@rel='via']"):
            source.remove(link)
        out.append(b" ".join(etree.tostring(source, method="c14n", with_tail=False).split()))
    return out


@pytest.fixture
def planets(tmp_path: Path) -> tuple[Planet, Planet]:
    """One planet, and another one that reads it."""
    inner, outer = Planet(tmp_path / "inner"), Planet(tmp_path / "outer")
    inner.folder.mkdir()
    outer.folder.mkdir()
    return inner, outer


@pytest.mark.parametrize("name", ["feed.atom", "feed.rss", "feed.json"])
def test_planet_of_a_planet_has_its_ids_titles_links_and_teasers(
    origin: Origin, planets: tuple[Planet, Planet], name: str
) -> None:
    inner, outer = planets
    origin.documents |= {"/a": rss(*(item(n) for n in range(9))), "/b": INNER}
    inner.sources(origin.address, ["a", "b"])
    inner.fetch()
    origin.documents["/planet"] = (inner.output / name).read_bytes()
    outer.sources(origin.address, ["planet"])
    outer.fetch()

    told = [[one[key] for key in ("id", "title", "url", "summary", "date_published")] for one in inner.feed()["items"]]
    assert len(told) == 10
    assert [
        [one[key] for key in ("id", "title", "url", "summary", "date_published")] for one in outer.feed()["items"]
    ] == told


def test_planet_of_a_planet_keeps_the_whole_source_of_each_entry(
    origin: Origin, planets: tuple[Planet, Planet]
) -> None:
    inner, outer = planets
    origin.documents |= {"/a": rss(item(1)), "/b": INNER}
    inner.sources(origin.address, ["a", "b"])
    inner.fetch()
    origin.documents["/planet"] = (inner.output / "feed.atom").read_bytes()
    outer.sources(origin.address, ["planet"])
    outer.fetch()

    assert len(sources(outer.output / "feed.atom")) == 2
    assert sources(outer.output / "feed.atom") == sources(inner.output / "feed.atom")
    assert b"CC BY 4.0" in sources(inner.output / "feed.atom")[1]
    assert b'term="histoires"' in sources(inner.output / "feed.atom")[1]
    assert [
        etree.parse(planet.output / "feed.atom").findtext(f"{ATOM}entry/{ATOM}contributor/{ATOM}name")
        for planet in planets
    ] == ["Cid", "Cid"]


# ---------------------------------------------------------------- readers of others

TITLES = [
    "Plain words",
    "AT&T and 1 < 2 & 3 > 2",
    "How <b> works in HTML",
    "הספינה הראשונה יצאה לדרך",
    "北海航路の最初の船",
    "Quotes \" and ' and “those”",
    "Tabs\tand a backslash \\n",
    "Emoji 👩‍👩‍👧 stay whole",
]


@dataclass(frozen=True)
class Seen:
    """An item as a reader has it."""

    title: str
    link: str
    date: int  # seconds since 1970
    teaser: str

    @classmethod
    def of(cls, title: str, link: str, date: int, html: str) -> Seen:
        """What a person would see of it: the text of the teaser's HTML."""
        return cls(title, link, date, " ".join("".join(html5lib.parseFragment(html).itertext()).split()))


@pytest.fixture
def published(origin: Origin, planet: Planet) -> Planet:
    """A planet with titles that readers stumble over."""
    titled = (
        item(
            n,
            title=escape(title),
            description=f"<p>What is <i>said</i> of {escape(title)} &amp; more, in a sentence.</p>",
        )
        for n, title in enumerate(TITLES)
    )
    origin.documents["/a"] = rss(*titled, title="Paper & Söhne")
    planet.sources(origin.address, ["a"])
    planet.fetch()
    origin.documents |= {
        f"/{name}": (planet.output / name).read_bytes() for name in ("feed.atom", "feed.rss", "feed.json")
    }
    return planet


def meant(planet: Planet) -> set[Seen]:
    """What our feed wants to say."""
    return {
        Seen(
            one["title"],
            one["url"],
            int(datetime.fromisoformat(one["date_published"]).timestamp()),
            f"{one['summary']}Read more",
        )
        for one in planet.feed()["items"]
    }


def by_newsboat(url: str, folder: Path) -> set[Seen]:
    (folder / "urls").write_text(url + "\n")
    (folder / "config").touch()
    files = ("-u", folder / "urls", "-c", folder / "cache.db", "-C", folder / "config")
    subprocess.run(
        ["newsboat", *files, "-x", "reload"], check=True, timeout=60, env={**os.environ, "HOME": str(folder)}
    )
    with closing(sqlite3.connect(folder / "cache.db")) as cache:
        return {Seen.of(*row) for row in cache.execute("select title, url, pubDate, content from rss_item")}


def by_sfeed(url: str, folder: Path) -> set[Seen]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        told = subprocess.run(["sfeed"], input=answer.read(), check=True, capture_output=True, timeout=60).stdout
    rows = (line.split("\t") for line in told.decode().splitlines())
    plain = {"\\n": "\n", "\\t": "\t", "\\\\": "\\"}
    return {
        Seen.of(title, link, int(date), re.sub(r"\\[nt\\]", lambda one: plain[one[0]], content))
        for date, title, link, content, *_ in rows
    }


def by_feedparser(url: str, folder: Path) -> set[Seen]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        read = feedparser.parse(io.BytesIO(answer.read()))
    return {
        Seen.of(html.unescape(one.title), one.link, timegm(one.published_parsed), one.summary) for one in read.entries
    }


def by_reader(url: str, folder: Path) -> set[Seen]:
    with closing(make_reader(str(folder / "reader.db"))) as made:
        made.add_feed(url)
        made.update_feeds()
        return {
            Seen.of(
                html.unescape(one.title or ""), one.link or "", timegm(one.published.timetuple()), one.summary or ""
            )
            for one in made.get_entries()
            if one.published
        }


def by_liferea(url: str, folder: Path) -> set[Seen]:
    home = {
        "HOME": str(folder),
        **{f"XDG_{kind}": str(folder) for kind in ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "RUNTIME_DIR")},
    }
    calm = {"GSETTINGS_BACKEND": "memory", "NO_AT_BRIDGE": "1", "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
    screen = ["xvfb-run", "-a", "dbus-run-session", "--", "liferea", "--disable-plugins", f"--add-feed={url}"]
    with subprocess.Popen(
        screen,
        env={**os.environ, **home, **calm},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        try:
            looks = pairwise(_of_liferea(folder) for _ in range(900) if not WAIT.wait(0.1))
            return next((now for before, now in looks if now and now == before), set())
        finally:
            os.killpg(running.pid, signal.SIGTERM)


def _of_liferea(folder: Path) -> set[Seen]:
    """What it has stored by now. It keeps its database locked, so a copy is looked at, which may be of half of it."""
    copy = folder / "copy"
    copy.mkdir(exist_ok=True)
    for file in (folder / "liferea").glob("liferea.db*"):
        shutil.copy(file, copy)
    with closing(sqlite3.connect(copy / "liferea.db")) as database:
        try:
            return {Seen.of(*row) for row in database.execute("select title, source, date, description from items")}
        except sqlite3.Error:
            return set()


READERS: dict[str, Callable[[str, Path], set[Seen]]] = {
    "newsboat": by_newsboat,
    "sfeed": by_sfeed,
    "feedparser": by_feedparser,
    "reader": by_reader,
    "liferea": by_liferea,
}
STRIPS = {"How <b> works in HTML": "How  works in HTML"}  # it takes all titles of RSS for HTML
PROGRAMS = {
    "newsboat": ["newsboat"],
    "sfeed": ["sfeed"],
    "liferea": ["liferea", "xvfb-run", "dbus-run-session"],
}


@pytest.mark.timeout(180)  # a desktop program starts slowly on a busy machine
@pytest.mark.parametrize("name", ["feed.atom", "feed.rss"])
@pytest.mark.parametrize("reader", READERS)
def test_reader_sees_every_title_link_date_and_teaser_as_meant(
    origin: Origin, published: Planet, tmp_path: Path, reader: str, name: str
) -> None:
    if not all(map(shutil.which, PROGRAMS.get(reader, []))):
        pytest.skip(f"Debian's {reader} is not here")

    seen = READERS[reader](f"{origin.url}/{name}", tmp_path)

    shown = STRIPS if (reader, name) == ("liferea", "feed.rss") else {}
    assert len(seen) == len(TITLES)
    assert seen == {replace(one, title=shown.get(one.title, one.title)) for one in meant(published)}

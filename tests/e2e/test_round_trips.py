"""What is published, read by others: by ourselves, and by the readers that Debian has."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tests.origin import Origin
from tests.planet import Planet, item, rss

ATOM = "{http://www.w3.org/2005/Atom}"
INNER = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">
<id>tag:inner.example,2026:feed</id><title>L'int\xc3\xa9rieur</title><subtitle>Rien que \xc3\xa7a</subtitle>
<updated>2026-11-01T00:00:00Z</updated><rights>CC BY 4.0</rights>
<icon>https://inner.example/icon.png</icon><logo>https://inner.example/logo.png</logo>
<author><name>Ann</name><uri>https://ann.example/</uri></author><author><name>Ben</name></author>
<link rel="self" href="https://inner.example/feed.atom"/><link rel="alternate" href="https://inner.example/"/>
<entry><id>tag:inner.example,2026:1</id><title>Une histoire</title><updated>2026-10-01T10:00:00Z</updated>
<link href="https://inner.example/1"/><summary>Il \xc3\xa9tait une fois une histoire.</summary></entry>
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

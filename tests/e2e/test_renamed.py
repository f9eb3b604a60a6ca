"""A channel that gets another id in feeds.toml."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tests.origin import Origin
from tests.planet import Planet, item, rss

ATOM = "{http://www.w3.org/2005/Atom}"


def channel(name: str, *, match: str = "story", title: str = "The sea") -> str:
    return f'[[channel]]\nid = "{name}"\ntitle = "{title}"\nmatch = "{match}"\nlimit = 10\nedition = "monthly"\n'


def said(file: Path) -> tuple[str | None, list[str | None]]:
    """Its id and those of its entries."""
    feed = etree.parse(file)
    return feed.findtext(f"{ATOM}id"), [one.findtext(f"{ATOM}id") for one in feed.iterfind(f"{ATOM}entry")]


@pytest.fixture
def sea(planet: Planet, origin: Origin) -> Planet:
    """A planet whose channel `sea` has archives, built."""
    origin.documents["/a"] = rss(*(item(n) for n in range(200)))
    planet.sources(origin.address, ["a"], channel("sea"))
    planet.fetch()
    return planet


def test_channel_with_another_name_is_the_same_feed_with_the_same_archive(sea: Planet, origin: Origin) -> None:
    names = ["feed.atom", "archive/{}/1.atom", "archive/{}/2.atom", "archive/{}/3.atom"]
    before = [said(sea.output / name.replace("feed", "{}/feed").format("sea")) for name in names]
    sea.sources(origin.address, ["a"], channel("ocean", title="The ocean"))
    planned = sea.run("plan").out
    sea.run("build")

    assert [said(sea.output / name.replace("feed", "{}/feed").format("ocean")) for name in names] == before
    assert [one.name for one in sea.output.rglob("*sea*")] == []
    assert "channel sea: would be called ocean, and its addresses would lead there\n" in planned
    assert "channel ocean: 0 added, 0 dropped, 0 moved, 10 in all" in planned
    assert "channel sea: is in feeds.toml no more" not in planned


def test_name_given_up_and_taken_again_is_another_feed(sea: Planet, origin: Origin) -> None:
    first = said(sea.output / "sea/feed.atom")[0]
    sea.sources(origin.address, ["a"], channel("ocean"))
    sea.run("build")
    sea.sources(origin.address, ["a"], channel("ocean") + channel("sea", match="number"))
    sea.run("build")
    again = said(sea.output / "sea/feed.atom")[0]
    sea.sources(origin.address, ["a"], channel("lake") + channel("sea", match="number"))
    sea.run("build")

    assert said(sea.output / "lake/feed.atom")[0] == first
    assert said(sea.output / "sea/feed.atom")[0] == again
    assert again != first


@pytest.mark.parametrize(
    "after",
    [channel("ocean", match="number"), channel("ocean") + channel("lake"), channel("sea") + channel("ocean"), ""],
    ids=["another rule", "two heirs", "not gone", "no heir"],
)
def test_channel_that_is_not_clearly_the_same_is_a_new_one(sea: Planet, origin: Origin, after: str) -> None:
    first = said(sea.output / "sea/feed.atom")[0]
    sea.sources(origin.address, ["a"], after)
    sea.run("build")

    others = [said(feed)[0] for feed in sea.output.glob("*/feed.atom") if feed.parent.name != "sea"]
    assert first not in others
    assert not (sea.output / ".moved.conf").exists()


def test_address_leads_to_the_last_of_several_names_until_that_is_gone(sea: Planet, origin: Origin) -> None:
    for name in ("ocean", "lake"):
        sea.sources(origin.address, ["a"], channel(name))
        sea.run("build")
    moved = (sea.output / ".moved.conf").read_text()
    sea.sources(origin.address, ["a"])
    sea.run("build")

    assert "rewrite ^/sea/(.*)$ /lake/$1 permanent;\n" in moved
    assert "rewrite ^/archive/ocean/(.*)$ /archive/lake/$1 permanent;\n" in moved
    assert not (sea.output / ".moved.conf").exists()
    assert sorted(one.name for one in (sea.output / ".gone").iterdir()) == ["lake", "ocean", "sea"]

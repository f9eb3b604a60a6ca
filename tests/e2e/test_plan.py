"""`plan`: what a changed feeds.toml would add, drop and move in each channel, told before it is done."""

from __future__ import annotations

import re

import pytest

from tests.origin import Origin
from tests.planet import Planet, item, rss


def filled(origin: Origin, planet: Planet, more: str = "") -> None:
    """Twelve entries of two sources, in turns, newest last: 1 is of a, 2 of b."""
    for at, name in enumerate("ab"):
        origin.documents[f"/{name}"] = rss(*(item(n) for n in range(1 + at, 13, 2)), title=f"Paper {name.upper()}")
    planet.sources(origin.address, ["a", "b"], more)
    planet.fetch()


def published(planet: Planet, channel: str = "") -> list[str]:
    return [one["title"] for one in planet.feed(channel)["items"]]


def planned(planet: Planet, channel: str, before: list[str]) -> list[str]:
    """The titles that a channel would have after what `plan` tells is done to those that it has."""
    said = planet.run("plan").out.split(f"channel {channel}:")[1].split("channel ")[0]
    after = {title: place for place, title in enumerate(before, 1)}
    for title in re.findall(r"^  - (.+)$", said, re.MULTILINE):
        del after[title]
    for title, old, new in re.findall(r"^  ~ (.+): number (\d+), then (\d+)$", said, re.MULTILINE):
        assert after[title] == int(old)
        after[title] = int(new)
    kept = {place: title for title, place in after.items()}
    added = iter(re.findall(r"^  \+ (.+)$", said, re.MULTILINE))
    whole = int(re.search(r", (\d+) in all", said)[1])  # type: ignore[index]  # the line is there
    return [kept.get(place) or next(added) for place in range(1, whole + 1)]


@pytest.mark.parametrize(
    "changed",
    [
        "limit = 5",
        "limit = 10\nper_source = 1",
        'limit = 12\nexclude = "title:12 OR title:3"',
        'match = "title:12 OR title:11 OR title:4"',
        'max_age = "1d"',
        'sources = ["b"]',
        "limit = 30",
    ],
)
def test_what_plan_tells_is_what_a_rebuild_does(origin: Origin, planet: Planet, changed: str) -> None:
    filled(origin, planet, '[[channel]]\nid = "top"\nlimit = 8\n')
    before = published(planet, "top")
    planet.sources(origin.address, ["a", "b"], f'[[channel]]\nid = "top"\n{changed}\n')

    told = planned(planet, "top", before)
    planet.run("rebuild")
    planet.run("build")

    assert told == published(planet, "top") != before


def test_a_weight_is_planned(origin: Origin, planet: Planet) -> None:
    filled(origin, planet, '[[channel]]\nid = "top"\nlimit = 5\n')
    before = published(planet, "top")
    text = planet.config.read_text(encoding="utf-8")
    planet.write(text.replace('id = "a"', 'id = "a"\nweight = 0.25') + "per_source = 4\n")

    told = planned(planet, "top", before)
    planet.run("build")

    assert told == published(planet, "top") != before


def test_a_long_list_is_cut_and_counted(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = rss(*(item(n, pubDate=f"Tue, 06 Oct 2026 08:{n:02}:00 GMT") for n in range(1, 41)))
    planet.sources(origin.address, ["a"], '[[channel]]\nid = "top"\nexclude = "title:40"\n')
    planet.fetch()
    planet.sources(origin.address, ["a"], '[[channel]]\nid = "top"\n')

    said = planet.run("plan").out.splitlines()

    assert "channel top: 1 added, 0 dropped, 39 moved, 40 in all" in said
    assert said.count("  ~ and 19 more") == 1
    assert sum(line.startswith("  ~ Story number") for line in said) == 20

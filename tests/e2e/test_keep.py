"""`[store] keep`: what is old and in no output goes, and never comes back."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.config.load import load
from aggregator.service.build import build
from aggregator.service.pruning import prune
from aggregator.store.sqlite import open_store
from tests.origin import Origin
from tests.planet import Planet, item, rss

LATER = datetime(2029, 1, 1, tzinfo=UTC)
PAGE_ONLY = '[[channel]]\nid = "all"\nformats = ["json"]\nlimit = 3\nper_source = 3\n'
KEEP = '[store]\nkeep = "1y"'


def pruned(planet: Planet, now: datetime = LATER) -> int:
    with closing(open_store(load(planet.config).database)) as store:
        return prune(store, load(planet.config), now)


def numbers(planet: Planet) -> list[str]:
    return sorted(row["url"].rpartition("/")[2] for row in planet.export())


def outputs(planet: Planet) -> dict[str, bytes]:
    found = {str(p.relative_to(planet.output)): p.read_bytes() for p in planet.output.rglob("*") if p.is_file()}
    return {name: body for name, body in found.items() if not name.startswith("status.")}


def filled(origin: Origin, planet: Planet, more: str = PAGE_ONLY, head: str = KEEP) -> None:
    origin.documents["/a"] = rss(*(item(n) for n in range(1, 9)))
    planet.sources(origin.address, ["a"], more, head)
    planet.fetch()


def test_what_is_old_and_in_no_output_is_pruned(origin: Origin, planet: Planet) -> None:
    filled(origin, planet)
    before = outputs(planet)

    count = pruned(planet)
    planet.run("build")

    assert (count, numbers(planet)) == (5, ["6", "7", "8"])
    assert outputs(planet) == before
    assert planet.run("status", "--json").rows()[0]["entries"] == 3
    assert "5 entries pruned" in planet.run("status").out


def test_nothing_is_pruned_by_default_nor_before_its_time(origin: Origin, planet: Planet) -> None:
    filled(origin, planet)
    early = pruned(planet, datetime(2027, 9, 1, tzinfo=UTC))
    filled(origin, planet, head="")
    default = pruned(planet, LATER + timedelta(days=36500))
    filled(origin, planet, head='[store]\nkeep = "100y"')

    assert (early, default, pruned(planet)) == (0, 0, 0)
    assert len(numbers(planet)) == 8


@pytest.mark.parametrize("changed", ["same", "edited", "new ids", "rebuilt"])
def test_what_was_pruned_never_comes_back(origin: Origin, planet: Planet, changed: str) -> None:
    filled(origin, planet)
    pruned(planet)
    before = planet.feed()["items"]
    more: dict[str, str | None] = {"description": "Other words for it."} if changed == "edited" else {}
    items = [item(n, **(more | ({"guid": f"other-{n}"} if changed == "new ids" else {}))) for n in range(1, 6)]
    origin.documents["/a"] = rss(*items, *(item(n) for n in (6, 7, 8)), more="<category>other</category>")
    if changed == "rebuilt":
        planet.run("rebuild")

    row = planet.fetch().rows()[0]

    assert (row["outcome"], row["new"], row["updated"]) == ("ok", 0, 0)
    assert numbers(planet) == ["6", "7", "8"]
    assert planet.feed()["items"] == before


def test_a_later_entry_with_a_pruned_link_and_title_is_new(origin: Origin, planet: Planet) -> None:
    filled(origin, planet)
    pruned(planet)
    origin.documents["/a"] = rss(item(1, guid="again", pubDate="Tue, 24 Nov 2026 08:00:00 GMT"))

    row = planet.fetch().rows()[0]

    assert row["new"] == 1


def test_why_tells_that_an_entry_was_pruned(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = rss(item(1), item(2))
    planet.sources(origin.address, ["a"], 'exclude = "title:1"\n', KEEP)
    planet.fetch()
    pruned(planet)

    told = planet.run("why", "https://news.example/1")

    assert told.code == 0
    assert "exclude rule at feeds.toml" in told.out
    assert "pruned      2029-01-01T00:00:00Z: it was older than [store] keep and in no output" in told.out
    assert planet.run("withdraw", "https://news.example/1").code == 1


def test_archives_hold_what_is_in_them(origin: Origin, planet: Planet) -> None:
    filled(origin, planet, '[[channel]]\nid = "all"\nlimit = 3\n')
    before = outputs(planet)

    count = pruned(planet)
    with closing(open_store(load(planet.config).database)) as store:
        build(store, load(planet.config), force=True)

    assert count == 0
    assert any(name.startswith("archive/") for name in before)
    assert outputs(planet) == before


def test_a_copy_goes_alone_and_a_copy_that_is_named_stays(origin: Origin, planet: Planet) -> None:
    origin.documents["/b"] = rss(*(item(n) for n in range(1, 9)), title="Paper B")
    filled(origin, planet, f'[[source]]\nid = "b"\nurl = "http://{origin.address}/b"\n' + PAGE_ONLY)
    before = outputs(planet)

    first, second = pruned(planet), pruned(planet)
    planet.run("build")

    assert (first, second) == (5, 5)  # copies first, then what they were copies of
    assert len(numbers(planet)) == 6
    assert outputs(planet) == before


def test_the_file_shrinks(origin: Origin, planet: Planet) -> None:
    words = " ".join(f"w{n}" for n in range(2000))
    origin.documents["/a"] = rss(*(item(n, description=f"{n} {words} {n}") for n in range(1, 400)))
    planet.sources(origin.address, ["a"], PAGE_ONLY, KEEP)
    planet.fetch()
    database = planet.folder / "aggregator.db"
    before = database.stat().st_size

    pruned(planet)

    assert database.stat().st_size < before * 0.6


def test_fetch_prunes_by_itself(origin: Origin, planet: Planet) -> None:
    filled(origin, planet, head='[store]\nkeep = "1s"')

    assert numbers(planet) == ["6", "7", "8"]

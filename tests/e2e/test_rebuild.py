"""`rebuild` makes of what is kept what it was when it arrived, as long as the settings are the same."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from aggregator.config.load import load
from aggregator.service.rebuild import rebuild
from aggregator.store.sqlite import open_store
from tests.origin import Origin
from tests.planet import Planet, item, rss

PORTS = ("Bergen", "Norsund", "Tromso", "Hull", "Riga", "Genoa", "Lagos")

TOPIC = '\n[[channel]]\nid = "topic"\ntitle = "Topic"\nmatch = \'source:"Harbour News" OR wharf\'\n'


def test_rebuild_changes_nothing_where_no_setting_changed(origin: Origin, planet: Planet) -> None:
    signed = "<p>Harbour News</p><p>The harbour opened a new berth for ships on Monday.</p>"
    story = "".join(f"<p>Sentence {n} of a long report on ships, berths and cranes.</p>" for n in range(60))
    origin.documents["/a"] = rss(
        item(1, description=signed), item(2, description=story, title=None), title="Harbour News"
    )
    origin.documents["/b"] = rss(
        item(3, description="<p>A wharf was sold.</p>"), item(4, description="A poem."), title="Town"
    )
    planet.sources(origin.address, ["a", "b"], TOPIC)
    planet.fetch("--no-build")
    before = planet.export()

    planet.run("rebuild")

    assert planet.export() == before
    assert {row["url"][-1]: "topic" in row["channels"] for row in before} == {
        "1": True,
        "2": True,
        "3": True,
        "4": False,
    }


def test_rebuild_keeps_apart_what_one_document_keeps_apart(origin: Origin, planet: Planet) -> None:
    notes = "The team is pleased to release it. " + " ".join(f"It fixes what {port} reported." for port in PORTS)
    form = "".join(
        item(n, title=f"Flat {n} to let", link="https://form.example/flat", description=f"Ask {port} for a viewing.")
        for n, port in enumerate(PORTS[:3])
    )
    first = item(10, title="Norsund 3.5 beta", description=f"<p>{notes}</p>", pubDate=None)
    second = item(11, title="Norsund 3.5 gamma", description=f"<p>{notes}</p>", pubDate=None)
    origin.documents["/a"] = rss(form, first, title="Harbour News")
    planet.sources(origin.address, ["a"])
    planet.fetch("--no-build")
    origin.documents["/a"] = rss(form, first, second, title="Harbour News")
    planet.fetch("--all", "--force", "--no-build")
    before = planet.export()

    planet.run("rebuild")

    assert planet.export() == before
    assert [row["duplicate_of"] for row in before] == [None] * 5


class Killed(BaseException):
    """What ends a process at once."""


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_rebuild_that_was_killed_goes_on_where_it_was(steps: int, origin: Origin, planet: Planet) -> None:
    today = datetime.now(UTC)
    for name, shift in (("a", 0), ("b", 1), ("c", 2)):
        origin.documents[f"/{name}"] = rss(
            *(
                item(
                    n,
                    title=f"Ship {n // 3} leaves the port of {PORTS[n % 7]} {'early' if shift else 'late'}",
                    guid=f"https://{name}.example/{n}",
                    link=f"https://{name}.example/{n}",
                    description=f"{PORTS[n % 7]} has {n} cranes, and {PORTS[n % 5]} wants {n * n}.",
                    pubDate=format_datetime(today - timedelta(minutes=5 * n + shift), usegmt=True),
                )
                for n in range(220)
            ),
            title=f"Paper {name}",
        )
    planet.sources(origin.address, ["a", "b", "c"])
    planet.fetch("--no-build")
    settings = load(planet.config)
    with closing(open_store(settings.database)) as store:
        rebuild(store, settings, lambda _: None)
        whole = [(row.id, row.teaser, row.duplicate_of, row.story, names) for row, names in store.export()]
        done: list[int] = []

        def step(count: int) -> None:
            done.append(count)
            if len(done) == steps:
                raise Killed

        with pytest.raises(Killed):
            rebuild(store, settings, step)
        left = rebuild(store, settings, lambda _: None)

        assert left == len(whole) - sum(done)
        assert [(row.id, row.teaser, row.duplicate_of, row.story, names) for row, names in store.export()] == whole
        assert any(row.story != row.id for row, _ in store.export())

"""`rebuild` makes of what is kept what it was when it arrived, as long as the settings are the same."""

from __future__ import annotations

from tests.origin import Origin
from tests.planet import Planet, item, rss

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

"""`why` of entries that are not published, of every kind there is, against what the database and feeds.toml say."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.config.load import load
from aggregator.service.pruning import prune
from aggregator.store.sqlite import open_store
from tests.origin import Origin, Reply
from tests.origin import origin as serving
from tests.planet import Planet, item, rss

INDEX = 'xmlns:access="http://www.bloglines.com/about/specs/fac-1.0"'
COMPLETE = '<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/>'
NOW = datetime.now(UTC).replace(microsecond=0)
LONG = "".join(f"Ship {n} left the harbour with crates of pears for the {n}th pier. " for n in range(1, 20))
BRIDGE = "The old bridge over the Wye closes for a year, as engineers found cracks in four of its pillars on Monday."
CHANNELS = """
[[channel]]
id = "all"
limit = 6
per_source = 4
formats = ["html", "atom", "json"]
[[channel]]
id = "fruit"
match = "pears OR apples"
exclude = [
  "title:rotten",
  "category:advert",
]
[[channel]]
id = "fresh"
max_age = "2d"
limit = 1000
[[channel]]
id = "town"
sources = ["town"]
"""


def ago(**span: float) -> str:
    return (NOW - timedelta(**span)).strftime("%a, %d %b %Y %H:%M:%S GMT")


def told(n: int, title: str, text: str, **more: str | None) -> str:
    usual: dict[str, str | None] = {"title": title, "description": text, "pubDate": ago(minutes=n)}
    return item(n, **(usual | more))


@dataclass(frozen=True, slots=True)
class Made:
    planet: Planet
    database: Path

    def why(self, what: str) -> str:
        """What is said of the entry with this id, of all that have it or had it in their sources."""
        parts = self.planet.run("why", what).out.split("\n\n")
        return next(part for part in parts if f"  id          {what}\n" in part)

    def rows(self, sql: str, *given: object) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, given).fetchall()

    def row(self, address: str, source: str) -> sqlite3.Row:
        sql = "select e.* from entry e join source s on s.num = e.source where e.published_url = ? and s.id = ?"
        return self.rows(sql, address, source)[0]

    def id_of(self, seq: int | None) -> str | None:
        return next((row["id"] for row in self.rows("select id from entry where seq = ?", seq)), None)

    def is_member(self, seq: int, channel: str) -> bool:
        sql = "select 1 from member m join channel c on c.num = m.channel where m.seq = ? and c.id = ?"
        return bool(self.rows(sql, seq, channel))


def documents(origin: Origin) -> None:
    ferry = "Ferry runs aground off Bergen in storm, dozens rescued"
    origin.documents["/town"] = rss(
        told(1, "Pears from the market", LONG), told(2, "A bridge closes", BRIDGE), told(3, ferry, "The ferry Stella ran aground."),
        told(4, "Town news of the fourth", "A fourth thing."), told(5, "Town news of the fifth", "A fifth thing."),
        told(6, "Town news of the sixth", "A sixth thing."), told(7, "Old town tales", "Of long ago.", pubDate=ago(days=90)),
    )  # fmt: skip
    origin.documents["/same-id"] = rss(told(1, "Pears from the market", LONG, link="https://other.example/1"))
    origin.documents["/same-link"] = rss(told(1, "Pears, by our partner", LONG, guid="https://partner.example/x1"))
    origin.documents["/same-title"] = rss(
        told(21, "Pears from the market", LONG + " They came to the pier by train this year, as every year."),
    )  # fmt: skip
    origin.documents["/same-text"] = rss(told(22, "Pears come from the market", LONG))
    origin.documents["/relay"] = rss(told(23, "Wye crossing shut for twelve months", BRIDGE))
    origin.documents["/teller"] = rss(
        told(24, "Dozens rescued as ferry runs aground near Bergen in storm", "More soon.")
    )
    origin.documents["/gossip"] = rss(
        told(31, "Gossip of the port", "Who wed whom."), told(32, "Port opens", "It did.")
    )
    origin.documents["/only"] = rss(told(33, "A poem", "Roses."), told(34, "Tides of the week", "High at noon."))
    private = told(35, "For members", "Not for you.").replace(
        "<item>", f'<item {INDEX}><access:restriction relationship="deny"/>'
    )
    origin.documents["/private"] = rss(private)
    origin.documents["/fruit"] = rss(
        told(36, "Rotten apples", "They fell."), told(37, "Cheap apples", "Buy.", category="advert"), told(38, "Plums", "Blue."),
    )  # fmt: skip
    origin.documents["/flood"] = rss(
        *(told(40 + n, f"Flood of words, part {n} of many", f"Word {n}.") for n in range(9))
    )
    origin.documents["/whole"] = rss(told(60, "Here today", "And gone."), told(61, "Stays", "On."), more=COMPLETE)
    origin.documents["/gone"] = rss(told(62, "Last words", "Farewell.", pubDate=ago(days=3)))
    origin.documents["/out"] = rss(told(63, "Left out", "Nothing.", pubDate=ago(days=4)))
    origin.documents["/rest"] = rss(told(64, "Asleep", "Zzz.", pubDate=ago(days=5)))


RULES = {"gossip": 'exclude = "gossip"', "only": 'include = ["tides", "moon"]'}
FIRST = ("town",)
LATER = (
    "same-id same-link same-title same-text relay teller gossip only private fruit flood whole gone out rest".split()
)


def feeds(planet: Planet, origin: Origin, names: list[str], paused: str = "") -> None:
    tables = [
        f'[[source]]\nid = "{name}"\nurl = "{origin.url}/{name}"\n{RULES.get(name, "")}\n{"enabled = false" if name == paused else ""}'
        for name in names
    ]
    planet.write("\n".join([f'[fetch]\nper_host = 8\nallow_private = ["{origin.address}"]', *tables, CHANNELS]))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Fetched twice, withdrawn from, with a source that was paused, one that said good-bye and one that was removed."""
    planet = Planet(tmp_path_factory.mktemp("why"))
    with serving() as origin:
        documents(origin)
        feeds(planet, origin, [*FIRST])
        planet.fetch()
        feeds(planet, origin, [*FIRST, *LATER])
        planet.fetch()
        origin.documents["/whole"] = rss(told(61, "Stays", "On."), more=COMPLETE)
        planet.run("withdraw", "https://news.example/6")
        feeds(planet, origin, [*FIRST, *(name for name in LATER if name != "out")], paused="rest")
        origin.documents["/gone"] = Reply(status=410)
        planet.fetch()
        yield Made(planet, load(planet.config).database)


def url(n: int) -> str:
    return f"https://news.example/{n}"


UNPUBLISHED = [
    (url(1), "same-link", "copy        of {original}, because: same canonical link"),
    ("https://other.example/1", "same-id", "copy        of {original}, because: same id"),
    (url(21), "same-title", "copy        of {original}, because: same core title and text"),
    (url(22), "same-text", "copy        of {original}, because: same text"),
    (url(23), "relay", "copy        of {original}, because: same text in another source"),
    (url(24), "teller", "story       {lead}, because it tells the same news as {lead}"),
    (url(31), "gossip", "dropped     by {excluded}"),
    (url(33), "only", "dropped     {excluded}"),
    (url(35), "private", "dropped     private: its source does not want it republished"),
    (url(6), "town", "withdrawn   it was taken out of every output, for ever"),
    (url(60), "whole", "withdrawn   it left its feed, which says that it is complete"),
    (url(5), "town", "channel     all since .*not among the 6 shown now: its source has its share of them already, 4"),
    (url(7), "town", "channel     fresh since .*it was older than its max_age when it came"),
    (url(36), "fruit", "channel     fruit: not in it; exclude rule at feeds.toml:{rotten}: title:rotten"),
    (url(37), "fruit", "channel     fruit: not in it; exclude rule at feeds.toml:{advert}: category:advert"),
    (url(38), "fruit", "channel     fruit: not in it; no match rule at feeds.toml:{match} holds"),
    (url(40), "flood", "channel     all since .*not among the 6 shown now \\(limit 6\\); it is in the archive"),
    (url(48), "flood", "channel     town: not in it; it takes other sources only"),
    (url(62), "gone", "gone said that it is gone for good"),
    (url(63), "out", "out is not in feeds.toml any more"),
    (url(64), "rest", "rest is paused in feeds.toml"),
]


@pytest.mark.parametrize(("address", "source", "reason"), UNPUBLISHED)
def test_why_tells_what_keeps_an_entry_out(made: Made, address: str, source: str, reason: str) -> None:
    row = made.row(address, source)
    lines = made.planet.config.read_text(encoding="utf-8").split("\n")
    at = {name: next((n for n, line in enumerate(lines, 1) if word in line), 0) for name, word in RULE_LINES.items()}
    known = {"original": made.id_of(row["duplicate_of"]), "lead": made.id_of(row["story"]), "excluded": row["excluded"]}

    said = made.why(row["id"])

    assert re.search(reason.format(**at, **known), said)
    assert f"  source      {source}, which calls it {row['source_entry_id'] or row['id']}" in said
    assert row["id"] not in [one["id"] for one in made.planet.feed()["items"]]


RULE_LINES = {"rotten": "title:rotten", "advert": "category:advert", "match": "match = "}


def test_what_why_says_of_all_entries_is_what_the_database_says(made: Made) -> None:
    shown = {name: [one["id"] for one in made.planet.feed(name)["items"]] for name in ("", "fruit", "fresh", "town")}
    lines = made.planet.config.read_text(encoding="utf-8").split("\n")
    rows = made.rows("select e.*, s.id as said_by from entry e join source s on s.num = e.source")

    for row in rows:
        said = made.why(row["id"])
        assert ("  copy        of" in said) == (row["duplicate_of"] is not None)
        assert ("  dropped     " in said) == (row["excluded"] is not None)
        assert ("  withdrawn   " in said) == bool(row["withdrawn"])
        for rule, number, text in re.findall(r"(exclude|include|match) rule at feeds.toml:(\d+)(?:: (.+))?", said):
            assert text in lines[int(number) - 1]
            assert text or rule in lines[int(number) - 1]
        for name, ids in shown.items():
            assert (f"  channel     {name or 'all'} since" in said) == made.is_member(row["seq"], name or "all")
            place = re.search(rf"  channel     {name or 'all'} since .*; number (\d+) of {len(ids)} in it now", said)
            assert (int(place[1]) if place else 0) == (ids.index(row["id"]) + 1 if row["id"] in ids else 0)


def test_why_tells_when_a_rule_of_today_says_otherwise(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = rss(item(1, title="Gossip of the port"), item(2, title="Tides"))
    head = f'[fetch]\nallow_private = ["{origin.address}"]\n[[source]]\nid = "a"\nurl = "{origin.url}/a"\n'
    planet.write(head + 'exclude = "gossip"\n[[channel]]\nid = "sea"\nmatch = "waves"\n')
    planet.fetch()
    planet.write(head + '[[channel]]\nid = "sea"\nmatch = "tides"\n')

    dropped, outside = planet.run("why", url(1)).out, planet.run("why", url(2)).out
    planet.write(head + 'title = "A"\nexclude = "gossip"\n')
    moved = planet.run("why", url(1)).out

    assert "feeds.toml:6: gossip; under today's feeds.toml it is let in, once `aggregator rebuild` has run" in dropped
    assert "channel     sea: not in it; its rules let it in, once `aggregator rebuild` has run" in outside
    assert "feeds.toml:6: gossip; under today's feeds.toml by exclude rule at feeds.toml:7: gossip" in moved


def test_why_tells_of_pruned_entries_what_the_database_has_left_of_them(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = rss(*(item(n) for n in range(1, 9)))
    planet.sources(
        origin.address, ["a"], '[[channel]]\nid = "all"\nformats = ["json"]\nlimit = 3\n', '[store]\nkeep = "1y"'
    )
    planet.fetch()
    settings = load(planet.config)
    with closing(open_store(settings.database)) as store:
        prune(store, settings, datetime(2029, 1, 1, tzinfo=UTC))
    left = Made(planet, settings.database).rows(
        "select p.*, s.id as said_by from pruned p join source s on s.num = p.source"
    )

    said = [planet.run("why", url(n)).out for n in range(1, 6)]

    assert len(left) == 5
    assert all("An entry of a that is not stored any more" in one and "it is never stored again" in one for one in said)


def test_why_counts_the_channels_it_does_not_tell_of(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = rss(item(1))
    tables = "".join(f'[[channel]]\nid = "c{n}"\nmatch = "nothing"\n' for n in range(35))
    planet.sources(origin.address, ["a"], tables)
    planet.fetch()

    said = planet.run("why", url(1)).out

    assert said.count("not in it; no match rule at feeds.toml:") == 30
    assert "  channel     and 5 more that it is not in" in said

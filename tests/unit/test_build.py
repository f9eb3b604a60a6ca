"""Outputs from a real store: what is written, kept, removed, and what the archives hold."""

from __future__ import annotations

import contextlib
import hashlib
import json
import locale
import random
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from aggregator.editorial.context import context
from aggregator.editorial.prepare import digest
from aggregator.errors import OutputError
from aggregator.model import (
    Channel,
    Enclosure,
    FetchState,
    Origin,
    Person,
    RawEntry,
    RawFeed,
    RawLink,
    Replies,
    Rule,
    Settings,
    Source,
    TeaserSettings,
    Text,
    Visit,
)
from aggregator.publish import files
from aggregator.publish.files import Report
from aggregator.service.build import MANY, build, build_list
from aggregator.service.ingest import ingest
from aggregator.service.rebuild import rebuild
from aggregator.store.ports import Store
from aggregator.store.sqlite import open_store
from tests.records import BASE, NOON

ATOM = "{http://www.w3.org/2005/Atom}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
WORDS = [hashlib.blake2b(str(n).encode(), digest_size=4).hexdigest() for n in range(5000)]


def raw(n: int, name: str = "blog", **given: Any) -> RawEntry:
    """An entry that is like no other one."""
    rng = random.Random(f"{name}{n}")
    said = " ".join(rng.sample(WORDS, 30))
    usual: dict[str, Any] = {
        "id": f"tag:{name}.example,2026:{n}",
        "links": (RawLink(f"https://{name}.example/{n}"),),
        "title": Text(" ".join(rng.sample(WORDS, 4)), html=False),
        "summary": Text(said, html=False),
        "published": NOON + timedelta(minutes=n),
    }
    return RawEntry(**usual | given)


@dataclass
class Place:
    """A store, its settings, and the folder of its outputs."""

    store: Store
    settings: Settings
    now: datetime = NOON + timedelta(days=1)

    def configure(self, **given: Any) -> None:
        text = repr(sorted(given.items()))
        self.settings = replace(self.settings, **given, fingerprint=hashlib.sha256(text.encode()).hexdigest())
        self.store.sync_sources(self.settings.sources, self.settings.channels, self.settings.fingerprint)

    def arrive(self, *entries: RawEntry, name: str = "blog", title: str | None = None) -> None:
        """One poll of a source brings these."""
        self.now += timedelta(minutes=5)
        source = next(one for one in self.settings.sources if one.id == name)
        feed = RawFeed("atom", "fast", title=Text(title or f"The {name}", html=False), entries=entries)
        made = digest(feed, source, context(self.settings), url=source.url, seen=b"", now=self.now)
        state = FetchState(state="ok", since=NOON, last_poll=self.now, last_success=self.now)
        ingest(
            self.store, [Visit(source, state, self.now, "ok", source.url, source.url, 200, None, 0.1, made)], self.now
        )

    def build(self, *, force: bool = False) -> Report:
        return build(self.store, self.settings, force=force)

    @property
    def output(self) -> Path:
        return self.settings.output

    def names(self) -> set[str]:
        """Of all documents, compressed copies apart."""
        found = (path for path in self.output.rglob("*") if path.is_file() and path.suffix not in (".gz", ".br"))
        return {str(path.relative_to(self.output)) for path in found}

    def bytes(self) -> dict[str, bytes]:
        return {name: (self.output / name).read_bytes() for name in self.names()}

    def ids(self, name: str = "feed.atom") -> list[str]:
        return [str(one.text) for one in etree.parse(self.output / name).iterfind(f"{ATOM}entry/{ATOM}id")]

    def walk(self, name: str = "feed.atom") -> list[str]:
        """The documents from the feed back to the first archive document."""
        found = []
        following: str | None = name
        while following:
            found.append(following)
            links = etree.parse(self.output / following).iterfind(f"{ATOM}link[@rel='prev-archive']")
            following = next((link.get("href", "").removeprefix(BASE) for link in links), None)
        return found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    store = open_store(tmp_path / "aggregator.db")
    settings = Settings(path=tmp_path / "feeds.toml", base_url=BASE, output=tmp_path / "public", title="Planet")
    made = Place(store, settings)
    sources = (Source("blog", "https://blog.example/feed"), Source("paper", "https://paper.example/feed"))
    made.configure(sources=sources, channels=(Channel("all", "Planet", limit=10),))
    yield made
    store.close()


def hashes(place: Place, names: Sequence[str]) -> dict[str, str]:
    return {name: hashlib.sha256((place.output / name).read_bytes()).hexdigest() for name in names}


# ---------------------------------------------------------------- which files


def test_first_build_writes_every_promised_file(place: Place) -> None:
    place.configure(channels=(Channel("all", "Planet"), Channel("arctic", "Arctic")))
    place.build()
    feeds = {"index.html", "feed.atom", "feed.rss", "feed.json"}

    assert feeds | {f"arctic/{name}" for name in feeds} <= place.names()
    assert {"sources.opml", "status.html", "status.json", "style.css", "page.js", "feed.css"} <= place.names()


def test_second_build_touches_nothing(place: Place) -> None:
    place.arrive(raw(1))
    place.build()
    before = {path: path.stat().st_mtime_ns for path in place.output.rglob("*")}

    report = place.build()

    assert {path: path.stat().st_mtime_ns for path in place.output.rglob("*")} == before
    assert (report.written, report.removed) == (0, 0)
    assert report.kept > 0


def test_forced_build_renders_all_and_changes_nothing(place: Place) -> None:
    place.arrive(*(raw(n) for n in range(30)))
    place.build()
    before = place.bytes()

    report = place.build(force=True)

    assert report.changed == []
    assert place.bytes() == before


def test_only_the_channel_that_changed_is_written(place: Place) -> None:
    place.configure(channels=(Channel("all", "Planet", sources=("paper",)), Channel("blog", "Blog", sources=("blog",))))
    place.build()
    place.arrive(raw(1))

    report = place.build()

    assert {name for name in report.changed if name.startswith("blog/")} == {
        f"blog/{name}" for name in ("feed.atom", "feed.rss", "feed.json", "index.html")
    }
    assert not {"feed.atom", "feed.rss", "feed.json"} & set(report.changed)


def test_lost_file_is_written_again(place: Place) -> None:
    place.arrive(raw(1))
    place.build()
    before = place.bytes()
    (place.output / "feed.rss").unlink()
    (place.output / "style.css").write_bytes(b"")

    place.build()

    assert place.bytes() == before


@pytest.mark.parametrize("lost", ["feed.atom.gz", "index.html.br", "archive"])
def test_lost_copy_or_archive_is_written_again(place: Place, lost: str) -> None:
    place.arrive(*(raw(n) for n in range(90)))
    place.build()
    before = {path: path.read_bytes() for path in place.output.rglob("*") if path.is_file()}
    (shutil.rmtree if lost == "archive" else Path.unlink)(place.output / lost)

    place.build()
    again = place.build()

    assert {path: path.read_bytes() for path in place.output.rglob("*") if path.is_file()} == before
    assert again.written == 0


def test_removed_channel_takes_its_files_along(place: Place) -> None:
    place.configure(channels=(Channel("all", "Planet"), Channel("arctic", "Arctic", limit=1)))
    place.arrive(raw(1), raw(2), raw(3))
    place.build()
    assert "archive/arctic/1.atom" in place.names()

    place.configure(channels=(Channel("all", "Planet"),))
    report = place.build()

    assert [name for name in place.names() if "arctic" in name] == [".gone/arctic"]
    assert not (place.output / "arctic").exists()
    assert report.removed >= 5


def test_channel_that_comes_back_is_not_gone_any_more(place: Place) -> None:
    both = (Channel("all", "Planet"), Channel("arctic", "Arctic"))
    for channels in (both, both[:1], both):
        place.configure(channels=channels)
        place.build()

    assert "arctic/feed.atom" in place.names()
    assert ".gone/arctic" not in place.names()
    assert not (place.output / ".gone").exists()


def test_removed_format_takes_its_file_along(place: Place) -> None:
    place.arrive(*(raw(n) for n in range(30)))
    place.build()

    place.configure(channels=(Channel("all", "Planet", formats=("html", "json")),))
    place.build()

    assert {"index.html", "feed.json"} <= place.names()
    assert [name for name in place.names() if name.endswith((".rss", ".atom"))] == ["status.atom"]


def test_half_written_files_of_a_killed_build_are_swept(place: Place) -> None:
    place.build()
    left = place.output / f".feed.atom{files.TEMPORARY}"
    left.write_bytes(b"half")
    place.store.save_note("building", "1")

    place.build()

    assert not left.exists()
    assert place.store.note("building") is None


def test_output_that_cannot_be_written_is_told_and_tried_again(place: Place) -> None:
    place.arrive(raw(1))
    (place.output).mkdir()
    (place.output / "feed.atom").mkdir()

    with pytest.raises(OutputError, match=r"feed\.atom cannot be written"):
        place.build()
    (place.output / "feed.atom").rmdir()
    place.build()

    assert len(place.ids()) == 1


# ---------------------------------------------------------------- the same bytes


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another time zone, and another language where the machine has one."""
    before = locale.setlocale(locale.LC_ALL)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    for name in ("de_DE.UTF-8", "tr_TR.UTF-8", "C.UTF-8"):
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_ALL, name)
            break
    yield
    locale.setlocale(locale.LC_ALL, before)
    monkeypatch.undo()
    time.tzset()


def test_same_store_gives_the_same_bytes_elsewhere(place: Place, request: pytest.FixtureRequest) -> None:
    place.arrive(*(raw(n) for n in range(30)))
    place.build()
    before = place.bytes()

    request.getfixturevalue("far_away")
    place.settings = replace(place.settings, output=place.output.with_name("elsewhere"))
    place.build()

    assert place.bytes() == before


def test_ids_do_not_depend_on_title_or_address(place: Place) -> None:
    place.arrive(raw(1))
    place.build()
    before = [one.text for one in etree.parse(place.output / "feed.atom").iter(f"{ATOM}id")]

    place.configure(base_url="https://moved.example/", channels=(Channel("all", "Renamed"),))
    place.build()

    assert [one.text for one in etree.parse(place.output / "feed.atom").iter(f"{ATOM}id")] == before


def test_poll_without_news_changes_the_status_alone(place: Place) -> None:
    place.arrive(raw(1))
    place.build()
    place.arrive(raw(1))

    report = place.build()

    assert {name.partition(".")[0] for name in report.changed} == {"status"}


def test_trouble_of_a_source_shows_on_the_page_and_changes_no_feed(place: Place) -> None:
    place.arrive(raw(1))
    place.build()
    source = place.settings.sources[0]
    failing = FetchState(state="failing", since=place.now, last_poll=place.now, failures=1, error="it answers 500")
    visit = Visit(source, failing, place.now, "error:http", source.url, source.url, 500, "it answers 500", 0.1)
    ingest(place.store, [visit], place.now)

    during = place.build()
    page = (place.output / "index.html").read_text()
    place.arrive(raw(1))
    place.build()

    assert {name for name in during.changed if "status" not in name} == {"index.html"}
    assert 'class="pill state-failing"' in page
    assert 'class="pill state-failing"' not in (place.output / "index.html").read_text()


def test_new_title_of_a_channel_moves_its_time_once(place: Place) -> None:
    def updated() -> str:
        return etree.parse(place.output / "feed.atom").findtext(f"{ATOM}updated") or ""

    place.arrive(raw(1))
    place.build()
    before = updated()
    place.configure(channels=(Channel("all", "Another title", limit=10),))
    place.build()
    after = updated()
    place.arrive(raw(1))
    place.build(force=True)

    assert datetime.fromisoformat(before) == NOON + timedelta(minutes=1)
    assert datetime.fromisoformat(after) == place.now - timedelta(minutes=5)
    assert updated() == after


def test_new_name_of_a_source_reaches_every_output_without_a_new_entry(place: Place) -> None:
    place.arrive(raw(1))
    place.build()
    place.arrive(raw(1), title="The new name")

    report = place.build()

    assert {"index.html", "feed.atom", "feed.rss", "feed.json", "sources.opml"} <= set(report.changed)
    for name in ("index.html", "feed.atom", "feed.rss", "feed.json", "sources.opml"):
        assert "The new name" in (place.output / name).read_text(), name


def test_max_age_is_counted_from_the_last_cycle(place: Place) -> None:
    place.configure(channels=(Channel("all", "Planet", max_age=timedelta(days=2)),))
    place.arrive(raw(1))
    place.build()
    assert len(place.ids()) == 1

    place.now += timedelta(days=3)
    place.arrive(raw(1))
    place.build()

    assert place.ids() == []


# ---------------------------------------------------------------- archives


def test_walk_from_the_feed_finds_every_entry_and_no_archive_ever_changes(place: Place) -> None:
    rng = random.Random(5)
    published: set[str] = set()
    seen: dict[str, str] = {}
    numbers = iter(range(500))
    for _ in range(40):
        some = [raw(n, published=NOON - timedelta(hours=5 * (n % 7))) for n in islice_of(numbers, rng)]
        place.arrive(*some, name=rng.choice(["blog", "paper"]))
        place.build()
        published |= {one.id or "" for one in some}
        walked = place.walk()
        found = {one for name in walked for one in place.ids(name)}

        assert found == published
        now = hashes(place, walked[1:])
        assert {name: now[name] for name in seen} == seen
        seen = now

    in_archives = [one for name in seen for one in place.ids(name)]
    assert len(in_archives) == len(set(in_archives))


def islice_of(numbers: Iterator[int], rng: random.Random) -> list[int]:
    return [n for n, _ in zip(numbers, range(rng.randint(1, 25)), strict=False)]


def test_every_archive_document_has_somewhere_to_go(place: Place) -> None:
    place.arrive(*(raw(n) for n in range(11)))
    place.build()
    links = {
        name: {link.get("rel") for link in etree.parse(place.output / name).iterfind(f"{ATOM}link")}
        for name in place.walk()[1:]
    }

    assert links == {
        "archive/all/1.atom": {"self", "current", "next-archive"},
        "archive/all/2.atom": {"self", "current", "prev-archive"},
    }


def test_withdrawn_entry_leaves_feed_and_archive_with_a_tombstone(place: Place) -> None:
    place.arrive(*(raw(n) for n in range(30)))
    place.build()
    gone = place.ids("archive/all/1.atom")[3]
    others = hashes(place, place.walk()[2:-1])

    place.store.withdraw(place.store.find(gone)[0].seq, place.now)
    place.build()

    assert not [name for name in place.walk() if gone in place.ids(name)]
    for name in ("feed.atom", "archive/all/1.atom"):
        assert [one.get("ref") for one in etree.parse(place.output / name).iter(DELETED)] == [gone]
    assert hashes(place, list(others)) == others


@pytest.mark.parametrize("n", [3, 29])
def test_entry_that_is_called_back_leaves_feed_and_archive_and_may_return(place: Place, n: int) -> None:
    """A post that is made a draft again, or that a rule keeps out once it was edited."""
    place.arrive(*(raw(n) for n in range(30)))
    place.build()
    gone = f"tag:blog.example,2026:{n}"
    place.arrive(raw(n, private=True))
    place.build()
    without = [name for name in place.walk() if gone in place.ids(name)]
    stones = {one.get("ref") for name in place.walk() for one in etree.parse(place.output / name).iter(DELETED)}
    place.arrive(raw(n))
    place.build()

    assert (without, stones) == ([], {gone})
    assert [name for name in place.walk() if gone in place.ids(name)]
    assert not list(etree.parse(place.output / "feed.atom").iter(DELETED))


def test_archives_after_a_rebuild_are_those_of_a_first_build(place: Place) -> None:
    place.arrive(*(raw(n) for n in range(90)))
    place.build()
    place.configure(
        sources=(replace(place.settings.sources[0], exclude=(Rule("title:/^[0-7]/", 1),)), place.settings.sources[1]),
        teaser=TeaserSettings(min=20, max=40),
    )
    rebuild(place.store, place.settings, lambda _: None)
    place.build()
    after = place.bytes()
    shutil.rmtree(place.output)
    place.build()

    assert after == place.bytes()


def test_new_name_of_a_source_reaches_its_archives_alone(place: Place) -> None:
    place.arrive(*(raw(n) for n in range(60)))
    place.arrive(*(raw(n, "paper") for n in range(120)), name="paper")
    place.build()
    before = place.bytes()
    place.arrive(*(raw(n) for n in range(60)), title="Another name")
    place.build()
    after = place.bytes()
    shutil.rmtree(place.output)
    place.build()

    archives = {name for name in after if name.startswith("archive/")}
    assert after == place.bytes()
    assert {name for name in archives if b"Another name" in after[name]} == {
        name for name in archives if b"The blog" in before[name]
    }


@pytest.mark.parametrize("older", [1, 9])
def test_older_telling_that_steps_in_for_a_withdrawn_one_is_archived(place: Place, older: int) -> None:
    place.arrive(*(raw(n) for n in range(1, 40)))
    old, lead = (place.store.find(f"tag:blog.example,2026:{n}")[0] for n in (older, 20))
    with place.store.transaction():
        place.store.fold(old.seq, lead.seq, lead.seq, "same text")
        place.store.bump([], [old.seq, lead.seq])
    place.build()
    before = {one for name in place.walk() for one in place.ids(name)}
    place.store.withdraw(lead.seq, place.now)
    for n in range(40, 160, 12):
        place.arrive(*(raw(m) for m in range(n, n + 12)))
        place.build()

    found = [one for name in place.walk() for one in place.ids(name)]
    assert (old.id in before, lead.id in before) == (False, True)
    assert (found.count(old.id), found.count(lead.id)) == (1, 0)


def test_edited_entry_is_mended_in_its_archive(place: Place) -> None:
    place.arrive(*(raw(n) for n in range(30)))
    place.build()
    edited = replace(raw(0), title=Text("Quite another title", html=False), updated=NOON + timedelta(days=1))

    place.arrive(edited)
    place.build()

    assert b"Quite another title" in (place.output / "archive/all/1.atom").read_bytes()


def test_archive_survives_the_loss_of_its_files(place: Place) -> None:
    place.arrive(*(raw(n) for n in range(90)))
    place.build()
    before = place.bytes()
    for name in place.names():
        (place.output / name).unlink()

    place.build()

    assert place.bytes() == before


def test_archive_that_was_closed_and_never_written_is_written_when_its_folder_is_gone(place: Place) -> None:
    """What a build that was killed between the two leaves, and then a user who clears up."""
    place.arrive(*(raw(n) for n in range(90)))
    place.build()
    before = place.bytes()
    state = json.loads(place.store.note("archive:all") or "")
    place.store.save_note("archive:all", json.dumps({key: value for key, value in state.items() if key != "folder"}))
    for name in place.names():
        (place.output / name).unlink()
    shutil.rmtree(place.output / "archive")

    place.build()

    assert place.bytes() == before


def test_new_address_reaches_the_archives(place: Place) -> None:
    place.arrive(*(raw(n) for n in range(30)))
    place.build()

    place.configure(base_url="https://moved.example/")
    place.build()

    assert b"https://moved.example/archive/all/1.atom" in (place.output / "archive/all/1.atom").read_bytes()
    assert BASE.encode() not in (place.output / "archive/all/1.atom").read_bytes()


# ---------------------------------------------------------------- what the documents say


def test_channels_show_their_own_and_have_ids_of_their_own(place: Place) -> None:
    place.configure(channels=(Channel("all", "Planet"), Channel("blog", "Blog", sources=("blog",))))
    place.arrive(raw(1))
    place.arrive(raw(2, "paper"), name="paper")
    place.build()
    feeds = [json.loads((place.output / name).read_text()) for name in ("feed.json", "blog/feed.json")]

    assert [len(feed["items"]) for feed in feeds] == [2, 1]
    assert (
        len({etree.parse(place.output / name).findtext(f"{ATOM}id") for name in ("feed.atom", "blog/feed.atom")}) == 2
    )


def test_hubs_of_channel_and_planet_are_named(place: Place) -> None:
    place.configure(hub_enabled=True, channels=(Channel("all", "Planet", hub=("https://hub.example/",)),))
    place.build()

    hubs = [one["url"] for one in json.loads((place.output / "feed.json").read_text())["hubs"]]
    assert hubs == [BASE + "hub", "https://hub.example/"]


def test_own_templates_go_first(place: Place, tmp_path: Path) -> None:
    (tmp_path / "look").mkdir()
    (tmp_path / "look" / "page.html").write_text("<p>{{ edition.title }}, my way</p>")

    place.configure(templates=tmp_path / "look")
    place.build()

    assert (place.output / "index.html").read_text() == "<p>Planet, my way</p>\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [("<p>\n{% broken", "line 2: Encountered unknown tag"), ("{{ nobody.knows }}", "page.html: 'nobody' is undefined")],
)
def test_mistake_in_an_own_template_is_told_and_costs_no_page(
    place: Place, tmp_path: Path, text: str, said: str
) -> None:
    place.build()
    before = place.bytes()
    (tmp_path / "look").mkdir()
    (tmp_path / "look" / "page.html").write_text(text)
    place.configure(templates=tmp_path / "look")

    with pytest.raises(OutputError, match=said):
        place.build()

    assert place.bytes() == before


def test_incident_is_told_when_it_begins_and_when_it_is_over(place: Place) -> None:
    failing = FetchState(state="failing", since=NOON, last_poll=NOON, failures=3, error="it answers 500")
    source = place.settings.sources[0]
    ingest(place.store, [Visit(source, failing, NOON, "error:http", source.url, source.url, 500, "x", 0.1)], NOON)
    place.build()
    during = etree.parse(place.output / "status.atom")

    place.arrive(raw(1))
    place.build()
    after = etree.parse(place.output / "status.atom")

    assert [one.text for one in during.iterfind(f"{ATOM}entry/{ATOM}title")] == ["blog cannot be read"]
    assert [one.text for one in after.iterfind(f"{ATOM}entry/{ATOM}title")] == ["blog cannot be read (over)"]
    assert during.findtext(f"{ATOM}entry/{ATOM}id") == after.findtext(f"{ATOM}entry/{ATOM}id")


def test_planet_without_any_success_is_an_incident_of_its_own(place: Place) -> None:
    place.arrive(raw(1))
    source = place.settings.sources[0]
    later = place.now + timedelta(days=2)
    failing = FetchState(state="failing", since=later, last_poll=later, last_success=place.now, error="no route")
    ingest(place.store, [Visit(source, failing, later, "error:network", source.url, source.url, None, "x", 0.1)], later)

    place.build()

    titles = [one.text for one in etree.parse(place.output / "status.atom").iterfind(f"{ATOM}entry/{ATOM}title")]
    assert titles == ["The blog cannot be read", "Planet itself is stale"]


# ---------------------------------------------------------------- digests


def test_digest_appears_when_its_week_is_over_and_stays_as_it_is(place: Place) -> None:
    place.configure(channels=(Channel("all", "Planet", edition="weekly", edition_size=3),))
    place.now = NOON - timedelta(days=1)
    place.arrive(*(raw(n, published=NOON - timedelta(days=2, minutes=n)) for n in range(5)))
    place.build()
    before = {name for name in place.names() if name.startswith("editions")}

    place.now = NOON
    place.arrive(raw(9))
    place.build()
    page = (place.output / "editions/2026-W47.html").read_bytes()
    place.arrive(raw(10, published=NOON - timedelta(days=1, hours=2)))
    place.build()

    assert before == set()
    assert place.ids("editions.atom") != []
    assert (place.output / "editions/2026-W47.html").read_bytes() == page
    assert page.count(b"<article") == 3
    assert b'href="editions/"' in (place.output / "index.html").read_bytes()


def test_channel_without_editions_loses_their_files(place: Place) -> None:
    place.configure(channels=(Channel("all", "Planet", edition="daily"),))
    place.arrive(*(raw(n, published=NOON - timedelta(hours=2)) for n in range(5)))
    place.build()
    had = "editions.atom" in place.names()

    place.configure(channels=(Channel("all", "Planet"),))
    place.build()

    assert had
    assert not [name for name in place.names() if name.startswith("editions")]


def test_withdrawn_entry_leaves_its_digest(place: Place) -> None:
    place.configure(channels=(Channel("all", "Planet", edition="daily"),))
    place.now = NOON
    place.arrive(*(raw(n, published=NOON - timedelta(hours=14, minutes=n)) for n in range(2)))
    place.build()
    gone = place.store.find("tag:blog.example,2026:1")[0]
    before = (place.output / "editions/2026-11-22.html").read_text()

    place.store.withdraw(gone.seq, place.now)
    place.build()

    assert gone.title in before
    assert gone.title not in (place.output / "editions/2026-11-22.html").read_text()


def test_digest_of_which_nothing_is_left_still_says_what_it_was(place: Place) -> None:
    place.configure(channels=(Channel("all", "Planet", edition="daily"),))
    place.now = NOON
    place.arrive(raw(1, published=NOON - timedelta(hours=14)))
    place.build()

    place.store.withdraw(place.store.find("tag:blog.example,2026:1")[0].seq, place.now)
    place.build()

    (content,) = etree.parse(place.output / "editions.atom").iterfind(f"{ATOM}entry/{ATOM}content")
    assert "2026" in str(content.text)


# ---------------------------------------------------------------- whatever a source says


EVIL = "x\x7f\x85\x9f\ufdd0<b>&\"'\u202e\u2028 {{ x }} ]]>"  # what readers of XML let through


def test_no_field_of_a_source_can_break_a_document(place: Place) -> None:
    person = Person(EVIL, f"https://blog.example/{EVIL}")
    enclosure = Enclosure(f"https://blog.example/{EVIL}.mp3", EVIL, -5, EVIL)
    origin = Origin(EVIL, EVIL, f"https://else.example/{EVIL}", f"https://else.example/{EVIL}", NOON)
    text = Text(f"{EVIL} said so. " * 9, html=True, base=EVIL, language=EVIL)
    address = f"https://blog.example/{EVIL}"
    said: dict[str, Any] = {
        "id": EVIL, "links": (RawLink(address, title=EVIL, type=EVIL),), "title": text, "summary": text, "content": text,
        "authors": (person,), "tags": (EVIL,), "enclosures": (enclosure,), "image": address, "rights": EVIL,
        "license": address, "language": EVIL, "comments": address, "external_url": address, "origin": origin,
        "in_reply_to": EVIL, "replies": Replies(1, NOON, 2), "image_size": (1, 1), "contributors": (person,),
    }  # fmt: skip
    place.configure(sources=(replace(place.settings.sources[0], teaser="full"),))
    place.arrive(raw(1, **said), raw(2))

    place.build()

    assert len(place.ids()) == 2
    assert len(etree.parse(place.output / "feed.rss").findall("channel/item")) == 2
    assert len(json.loads((place.output / "feed.json").read_text())["items"]) == 2
    for name in place.names():
        text_of = (place.output / name).read_text(encoding="utf-8")
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", text_of), name


def test_one_more_comment_changes_no_byte(place: Place) -> None:
    talk = RawLink("https://blog.example/1#talk", rel="replies", type="text/html")
    said = raw(1, links=(RawLink("https://blog.example/1"), talk), replies=Replies(7, NOON, 9))
    place.arrive(said)
    place.build()
    before = place.bytes()
    place.arrive(replace(said, replies=Replies(8, NOON, 10)))
    place.build()

    assert b'thr:count="7"' in before["feed.atom"]
    assert {name for name, body in place.bytes().items() if before[name] != body} <= {"status.html", "status.json"}


def test_edit_brings_the_number_of_comments_along(place: Place) -> None:
    talk = RawLink("https://blog.example/1#talk", rel="replies", type="text/html")
    said = raw(1, links=(RawLink("https://blog.example/1"), talk), replies=Replies(7))
    place.arrive(said)
    place.arrive(replace(said, title=Text("Another title", html=False), replies=Replies(8)))
    place.build()

    assert b'thr:count="8"' in (place.output / "feed.atom").read_bytes()


def test_story_that_comes_into_a_channel_late_is_archived_all_the_same(place: Place) -> None:
    place.configure(
        channels=(Channel("all", "Planet"), Channel("paper", "Paper", sources=("paper",), limit=3, per_source=3))
    )
    place.arrive(raw(1, published=NOON + timedelta(minutes=10)))
    place.arrive(*(raw(n, "paper") for n in range(10)), name="paper")
    place.build()
    late = place.store.find("tag:blog.example,2026:1")[0]
    place.store.join_channels(late.seq, ["paper"], place.now)
    place.store.bump(["paper"])
    place.build()
    shown_first = place.ids("paper/feed.atom")
    for n in range(11, 20):
        place.arrive(raw(n, "paper"), name="paper")
        place.build()

    assert late.id in shown_first
    assert late.id not in place.ids("paper/feed.atom")
    assert late.id in {one for name in place.walk("paper/feed.atom")[1:] for one in place.ids(name)}


# ---------------------------------------------------------------- many sources


def test_news_of_many_sources_wait_for_the_next_hour(place: Place) -> None:
    place.configure(sources=tuple(Source(f"s{n}", f"https://s{n}.example/", order=n) for n in range(MANY + 1)))
    place.store.save_note("facts", "1")
    place.store.save_note("cycle", "2026-11-24T12:10:00+00:00")
    place.build()
    stamps = [place.store.notes("built:")["built:opml"]]
    for cycle, facts in (("12:50", "2"), ("13:01", "2"), ("14:01", "2")):
        place.store.save_note("facts", facts)
        place.store.save_note("cycle", f"2026-11-24T{cycle}:00+00:00")
        place.build()
        stamps.append(place.store.notes("built:")["built:opml"])

    assert [a == b for a, b in pairwise(stamps)] == [True, False, True]


def test_the_list_alone_may_be_brought_up_to_date(place: Place) -> None:
    place.configure(sources=tuple(Source(f"s{n}", f"https://s{n}.example/", order=n) for n in range(MANY + 1)))
    build(place.store, place.settings, listing=False)
    without = place.names()

    build_list(place.store, place.settings)

    assert place.names() - without == {"sources.opml"}

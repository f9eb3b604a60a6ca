"""355 feeds as they were found, as one planet: read, published, asked again, explained."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser
import html5lib
import jsonschema
import pytest
from lxml import etree

from aggregator.config.load import load
from aggregator.store.sqlite import open_store
from tests import origin as origins
from tests.planet import Planet, Ran

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NO_FEEDS = (".tsv", ".jsonl", ".md")
CHANNELS = """
[[channel]]
id = "small"
match = "python OR linux OR google OR web"
limit = 20
[[channel]]
id = "recent"
max_age = "30d"
formats = ["html"]
"""


@dataclass(frozen=True)
class Fetched:
    """The planet after two fetches of everything."""

    planet: Planet
    first: Ran
    second: Ran
    asked: int  # sources by the second
    files: int


@pytest.fixture(scope="module")
def fetched(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetched]:
    files = sorted(path for path in (shared / "corpus" / "real").iterdir() if path.suffix not in NO_FEEDS)
    planet = Planet(tmp_path_factory.mktemp("corpus"))
    with origins.origin() as origin:
        for n, path in enumerate(files):
            origin.documents[f"/f{n}"] = path.read_bytes()
        rules = dict.fromkeys(range(0, len(files), 25), '\nexclude = ["the", "der", "la"]')
        tables = "".join(
            f'[[source]]\nid = "f{n}"\nurl = "{origin.url}/f{n}"{rules.get(n, "")}\n' for n in range(len(files))
        )
        planet.write(f'[fetch]\nper_host = 8\nallow_private = ["{origin.address}"]\n{tables}{CHANNELS}')
        first = planet.fetch()
        origin.requests.clear()
        second = planet.fetch()
        yield Fetched(planet, first, second, len({asked.path for asked in origin.requests}), len(files))


def files_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def test_nearly_all_are_read(fetched: Fetched) -> None:
    rows = fetched.first.rows()[:-1]

    assert (fetched.first.code, fetched.files, len(rows)) == (0, 355, 355)
    assert "Traceback" not in fetched.first.err
    assert sum(row["outcome"] in ("ok", "ok-partial") for row in rows) >= 345
    assert sum(row["entries"] for row in rows) >= 5_900


def test_a_second_fetch_asks_all_and_stores_nothing(fetched: Fetched) -> None:
    summary = fetched.second.rows()[-1]["summary"]

    assert fetched.asked == fetched.files
    assert (summary["sources"], summary["new"], summary["updated"]) == (fetched.files, 0, 0)


def test_a_second_build_touches_nothing(fetched: Fetched) -> None:
    before = files_of(fetched.planet.output)

    fetched.planet.run("build")

    assert files_of(fetched.planet.output) == before


def test_another_locale_and_time_zone_give_the_same_bytes(fetched: Fetched, tmp_path: Path) -> None:
    for name in ("feeds.toml", "aggregator.db"):
        shutil.copy(fetched.planet.folder / name, tmp_path / name)
    command = [sys.executable, "-m", "aggregator", "--config", str(tmp_path / "feeds.toml"), "build"]

    subprocess.run(command, check=True, env={**os.environ, "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kolkata"})

    there, here = files_of(tmp_path / "public"), files_of(fetched.planet.output)
    assert {name: body for name, (body, _) in there.items()} == {name: body for name, (body, _) in here.items()}


def test_the_feed_is_valid_and_read_by_feedparser(fetched: Fetched, shared: Path) -> None:
    read = feedparser.parse((fetched.planet.output / "feed.atom").read_bytes())
    every = sorted(fetched.planet.output.rglob("*.atom"))

    checked = subprocess.run(
        [sys.executable, str(shared / "corpus" / "schema" / "atomcheck.py"), *every], capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert len(every) > 100
    assert (read.bozo, len(read.entries)) == (False, 50)


def test_each_json_feed_keeps_the_schema(fetched: Fetched, shared: Path) -> None:
    schema = json.loads((shared / "corpus" / "schema" / "jsonfeed-v1.1.schema.json").read_text())
    feeds = sorted(fetched.planet.output.rglob("feed.json"))

    assert len(feeds) == 2
    for feed in feeds:
        jsonschema.validate(json.loads(feed.read_text()), schema)
        assert feed.stat().st_size < 250_000


ADDRESSES = (
    "href",
    "src",
    "srcset",
    "poster",
    "cite",
    "action",
    "data",
    "background",
    "url",
    "uri",
    "xmlUrl",
    "htmlUrl",
)


def relative(path: Path) -> Iterator[str]:
    """The addresses in a document, also those in the HTML that it holds, that are not absolute."""
    if path.suffix == ".json":
        items = json.loads(path.read_text())["items"]
        found = [one[key] for one in items for key in ("url", "external_url", "image") if key in one]
        texts = [one.get("content_html", "") for one in items]
    else:
        tree = list(etree.parse(path).iter("{*}*"))
        found = [value for one in tree for name in ADDRESSES if (value := one.get(name)) is not None]
        found += [one.text or "" for one in tree if etree.QName(one).localname in ("icon", "logo", "uri", "comments")]
        texts = [one.text for one in tree if one.text and "<" in one.text]
    for text in texts:
        inside = html5lib.parseFragment(text, namespaceHTMLElements=False).iter()
        found += [value for one in inside for name in ADDRESSES if (value := one.get(name)) is not None]
    return (url for url in found if not re.match(r"https?://[^/]|mailto:", url))


def test_no_address_in_a_document_is_relative(fetched: Fetched) -> None:
    every = [path for end in ("*.atom", "*.rss", "feed.json", "*.opml") for path in fetched.planet.output.rglob(end)]

    assert {str(path): bad for path in every if (bad := list(relative(path)))} == {}
    assert len(every) > 100


def test_relative_address_would_be_found(tmp_path: Path) -> None:
    for name, text in (("a.atom", '<f xmlns="x:y"><link href="/a"/></f>'), ("b.rss", '<d>&lt;img src="i.png"&gt;</d>')):
        (tmp_path / name).write_text(text)
    (tmp_path / "c.json").write_text('{"items": [{"url": "?x"}]}')

    assert [list(relative(path)) for path in sorted(tmp_path.iterdir())] == [["/a"], ["i.png"], ["?x"]]


def told(planet: Planet, row: dict[str, Any]) -> str:
    """What `why` says of this one entry: its address may be that of others, too."""
    parts = planet.run("why", row["id"]).out.split("\n\n")
    return next(part for part in parts if f"  id          {row['id']}\n" in part)


def test_why_tells_the_truth_of_fifty_entries(fetched: Fetched) -> None:
    rows = random.Random(20261125).sample(fetched.planet.export(), 50)
    shown = {name: [one["id"] for one in fetched.planet.feed(name)["items"]] for name in ("", "small")}

    for row in rows:
        said = told(fetched.planet, row)
        if row["duplicate_of"]:
            assert f"copy        of {row['duplicate_of']}, because: same" in said
        elif not row["lead"]:
            assert f"story       {row['story']}, because it tells the same news as" in said
        else:
            assert "lead        of its own story" in said
        assert f"source      {row['source']}," in said
        assert row["first_seen"][:19] in said
        for channel in ("all", "small", "recent"):
            assert (f"channel     {channel} since" in said) == (channel in row["channels"])
        for name, ids in shown.items():
            place = next((line for line in said.split("\n") if line.startswith(f"  channel     {name or 'all'} ")), "")
            assert (f"number {ids.index(row['id']) + 1} of {len(ids)}" if row["id"] in ids else "") in place
            assert (" in it now" in place) == (row["id"] in ids)


def test_why_tells_the_truth_of_entries_that_are_not_published(fetched: Fetched) -> None:
    settings = load(fetched.planet.config)
    lines = fetched.planet.config.read_text(encoding="utf-8").split("\n")
    with closing(open_store(settings.database)) as store:
        entries = [entry for entry, _ in store.export()]
    excluded = [entry for entry in entries if entry.excluded_by and "rule at" in entry.excluded_by]
    chosen = random.Random(20261126).sample(excluded, 20)

    for entry in chosen:
        said = told(fetched.planet, {"id": entry.id})
        rule = next(
            line for line in said.split("\n") if line.startswith("  dropped     by exclude rule at feeds.toml:")
        )
        number = int(rule.split("feeds.toml:")[1].split(":")[0])
        assert lines[number - 1].startswith("exclude = ")
        assert rule.rpartition(": ")[2] in lines[number - 1]
        assert "channel     none" in said


def test_why_names_what_keeps_an_entry_out_of_a_channel(fetched: Fetched) -> None:
    said = "".join(told(fetched.planet, row) for row in fetched.planet.export()[::40])

    assert "it was older than its max_age when it came" in said
    assert "shown now (limit 50); it is in the archive" in said

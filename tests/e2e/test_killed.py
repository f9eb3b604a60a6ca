"""The service killed at random moments, with kill -9, again and again: nothing is lost, nothing is there twice, no file is half."""

from __future__ import annotations

import gzip
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import brotli
import pytest

from aggregator.store.sqlite import open_store
from tests.origin import Asked, Origin, Reply
from tests.planet import Planet, item, rss

NEVER = threading.Event()
KILLS = int(os.environ.get("AGGREGATOR_KILLS", "5"))
SOURCES, EACH = 8, 5
ROOT = Path(__file__).parent.parent.parent


@dataclass
class Growing:
    """A source that has one entry more whenever it is asked, and an ETag that tells how many."""

    number: int
    entries: int = EACH
    grows: bool = True
    given: set[str] = field(default_factory=set)

    def __call__(self, asked: Asked) -> Reply:
        if self.grows and self.entries < 400:
            self.entries += 1
        self.given.add(tag := f'"{self.entries}"')
        if asked.headers.get("if-none-match") == tag:
            return Reply(status=304, headers={"ETag": tag})
        return Reply(rss(*map(self.item, range(self.entries)), title=f"S{self.number}"), headers={"ETag": tag})

    def item(self, n: int) -> str:
        words = f"Entry {n} of source {self.number} speaks of {random.Random(n * 31 + self.number).getrandbits(80):x}."
        return item(self.number * 1000 + n, description=words, pubDate=None)


def killed(planet: Planet, after: float) -> str:
    """Start the service and kill it; what it logged."""
    command = [sys.executable, "-m", "aggregator", "--config", str(planet.config), "run"]
    log = planet.folder / "log"
    with log.open("wb") as file, subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT) as service:
        try:
            service.wait(after)
        except subprocess.TimeoutExpired:
            service.kill()
    return log.read_text(encoding="utf-8", errors="replace")


def until(true: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Ask again until it is true, or time is up."""
    end = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < end:
        NEVER.wait(0.05)
    return done


def wrongs(planet: Planet, sources: list[Growing]) -> list[str]:
    """What must never be seen, whenever one looks."""
    database = planet.folder / "aggregator.db"
    found = [f"half a file: {path.name}" for path in planet.output.rglob("*") if path.is_file() and not whole(path)]
    if not database.exists():
        return found
    with closing(sqlite3.connect(database)) as connection:
        (sound,) = connection.execute("pragma integrity_check").fetchone()
    if sound != "ok":
        return [*found, f"the database: {sound}"]
    stored = Counter(row["source"] for row in planet.export())
    with closing(open_store(database)) as store:
        for poll in store.polls():
            tag, has = poll.state.etag, stored[poll.source.id]
            if tag and int(tag.strip('"')) != has:
                found.append(f"{poll.source.id} has the validator of {tag} entries and {has} of them")
    return found


def whole(path: Path) -> bool:
    """It can be read to its end; a temporary file, whose name begins with a dot, is nobody's."""
    data = path.read_bytes()
    try:
        if path.name.startswith("."):
            return True
        if path.suffix in (".gz", ".br"):
            return bool(gzip.decompress(data) if path.suffix == ".gz" else brotli.decompress(data))
        if path.suffix == ".json":
            json.loads(data)
        elif path.suffix in (".atom", ".rss", ".opml", ".svg"):
            ET.fromstring(data)
        return bool(data)
    except (ET.ParseError, ValueError, OSError, EOFError, brotli.error):
        return False


@pytest.mark.slow
@pytest.mark.timeout(60 + 10 * KILLS)
def test_a_service_killed_at_any_moment_loses_nothing(origin: Origin, planet: Planet) -> None:
    chance = random.Random(int(os.environ.get("AGGREGATOR_SEED", "1")))
    sources = [Growing(n) for n in range(SOURCES)]
    origin.documents.update({f"/s{one.number}": one for one in sources})
    tables = "".join(f'[[source]]\nid = "s{n}"\nurl = "{origin.url}/s{n}"\n' for n in range(SOURCES))
    planet.write(
        '[aggregator]\nlisten = "unix:run.sock"\n[[channel]]\nid = "all"\nlimit = 5000\n'
        f'[fetch]\ninterval = "1s"\nper_host = 8\nallow_private = ["{origin.address}"]\n{tables}'
    )
    found: list[str] = []

    for _ in range(KILLS):
        logged = killed(planet, chance.uniform(0.3, 3.0))
        found += wrongs(planet, sources) + ["traceback"] * ("Traceback" in logged)
    for one in sources:
        one.grows = False
    ran = planet.run("fetch", "--force", "--json")

    assert found == []
    assert ran.code == 0
    expected = [
        (f"s{one.number}", f"https://news.example/{one.number * 1000 + n}")
        for one in sources
        for n in range(one.entries)
    ]
    assert sorted((row["source"], row["source_entry_id"]) for row in planet.export()) == sorted(expected)
    urls = Counter(row["url"] for row in planet.feed()["items"])
    assert (len(urls), set(urls.values())) == (len(expected), {1})
    assert not [path for path in planet.output.rglob("*") if path.name.startswith(".")]
    sent = {asked.headers["if-none-match"] for asked in origin.requests if "if-none-match" in asked.headers}
    assert sent <= set().union(*(one.given for one in sources))


def test_a_full_disk_stops_no_service_and_loses_nothing(origin: Origin, planet: Planet) -> None:
    """Files that must not grow beyond 600 KB stand for it: the store needs more for these entries."""
    source = Growing(0, entries=400)
    origin.documents["/s0"] = source
    planet.write(
        '[aggregator]\nlisten = "unix:run.sock"\n[[channel]]\nid = "all"\nlimit = 500\n'
        f'[fetch]\ninterval = "1s"\nallow_private = ["{origin.address}"]\n[[source]]\nid = "s0"\nurl = "{origin.url}/s0"\n'
    )
    assert planet.run("build").code == 0
    command = ["prlimit", "--fsize=600000", sys.executable, "-m", "aggregator", "--config", str(planet.config), "run"]
    log = planet.folder / "log"
    with log.open("wb") as file, subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT) as service:
        noticed = until(lambda: log.read_text().count("event=store") > 1)
        alive = service.poll() is None
        service.terminate()
        code = service.wait(20)
    wrong = wrongs(planet, [source])

    ran = planet.run("fetch", "--force", "--json")

    assert (noticed, alive, code, wrong) == (True, True, 0, [])
    assert "Traceback" not in log.read_text()
    assert ran.rows()[-1]["summary"]["new"] == 400
    assert len(planet.feed()["items"]) == 400


def test_half_a_file_would_be_noticed(tmp_path: Path) -> None:
    files = {"a.atom": b"<feed>", "b.json": b"[1", "c.gz": gzip.compress(b"x")[:-5], "d.html": b"", ".e.json": b"["}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)

    assert [name for name in files if whole(tmp_path / name)] == [".e.json"]

"""The service cut short: killed at one of its own system calls, or with a disk that is full from one of them on, or killed
up to three times in a row at moments that chance chooses.

AGGREGATOR_POINTS says how often. Calls are spread over all that a clean run makes; strace counts and interferes.
AGGREGATOR_SEED chooses other moments.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.e2e.test_killed import ROOT, Growing, killed, until, wrongs
from tests.origin import Origin
from tests.planet import Planet

POINTS = int(os.environ.get("AGGREGATOR_POINTS", "2"))
SOURCES, EACH = 12, 20
CALLS = "pwrite64,write,writev,fsync,fdatasync,rename,renameat,renameat2,ftruncate,unlink,unlinkat,link,linkat"
HANGS = -100  # the end of what SIGTERM did not end
THREADS = 3  # whose calls are points, the busiest
HOW = {"kill": "signal=KILL:when={}", "full": "error=ENOSPC:when={}+"}


def traced(planet: Planet, *options: str) -> tuple[int, str]:
    """The service under strace until all is published, it has died, or has told that it cannot write: its end, its log."""
    log = planet.folder / "log"
    command = ["strace", "-D", "-f", "-qq", "-e", f"trace={CALLS}", *options]
    command += [sys.executable, "-m", "aggregator", "--config", str(planet.config), "run"]
    with log.open("wb") as file, subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT) as service:
        until(lambda: service.poll() is not None or complete(planet) or log.read_text().count("event=store") > 1, 60)
        service.terminate()
        try:
            code = service.wait(20)
        except subprocess.TimeoutExpired:
            service.kill()
            return HANGS, log.read_text()
    return code, log.read_text(encoding="utf-8", errors="replace")


def needed(planet: Planet) -> float:
    """Seconds from the start of the service until all is published."""
    command = [sys.executable, "-m", "aggregator", "--config", str(planet.config), "run"]
    start = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as service:
        assert until(lambda: complete(planet), 60)
        took = time.monotonic() - start
        service.terminate()
    return took


def complete(planet: Planet) -> bool:
    """The last entry of each source is in the feed, or beside another one there."""
    feed = planet.output / "feed.json"
    text = feed.read_text(encoding="utf-8") if feed.exists() else ""
    return all(f'"https://news.example/{n * 1000 + EACH - 1}"' in text for n in range(SOURCES))


def served(origin: Origin) -> list[Growing]:
    """The sources, each with all its entries from the beginning."""
    sources = [Growing(n, entries=EACH, grows=False) for n in range(SOURCES)]
    origin.documents.update({f"/s{one.number}": one for one in sources})
    return sources


def fresh(folder: Path, origin: Origin) -> Planet:
    """A planet of these sources that has never run."""
    planet = Planet(folder)
    planet.folder.mkdir()
    tables = "".join(f'[[source]]\nid = "s{n}"\nurl = "{origin.url}/s{n}"\n' for n in range(SOURCES))
    planet.write(
        '[aggregator]\nlisten = "unix:run.sock"\n[[channel]]\nid = "all"\nlimit = 500\n'
        f'[fetch]\ninterval = "1s"\nper_host = 12\nallow_private = ["{origin.address}"]\n{tables}'
    )
    return planet


def points(planet: Planet) -> list[tuple[str, int]]:
    """Calls of a clean run, as strace counts them: each kind in each thread."""
    calls, counts = defaultdict(list), Counter[tuple[str, str]]()
    traced(planet, "-o", str(planet.folder / "calls"))
    for thread, name in re.findall(r"^(\d+) +(\w+)\(", (planet.folder / "calls").read_text(errors="replace"), re.M):
        counts[thread, name] += 1
        calls[thread].append((name, counts[thread, name]))
    busiest = sorted(calls.values(), key=len, reverse=True)[:THREADS]
    every = [call for thread in busiest for call in thread]
    return [every[n * len(every) // POINTS] for n in range(POINTS)]


def mended(planet: Planet) -> list[str]:
    """What is wrong after one clean run, and after a second one."""
    first = planet.run("fetch", "--force", "--json")
    files = {path: path.read_bytes() for path in planet.output.rglob("*") if path.is_file()}
    again = planet.run("fetch", "--force", "--json")
    expected = {f"https://news.example/{n * 1000 + k}" for n in range(SOURCES) for k in range(EACH)}
    stored = Counter(row["source_entry_id"] for row in planet.export())
    shown = Counter(one["url"] for row in planet.feed()["items"] for one in (row, *row["_aggregator"]["also"]))
    found = [f"a clean run ends with {ran.code}" for ran in (first, again) if ran.code]
    found += ["entries lost or stored twice"] * (stored != Counter(expected))
    found += ["entries lost or shown twice"] * (shown != Counter(expected))
    found += [f"left: {path.name}" for path in files if path.name.startswith(".")]
    changed = [path.name for path in files if path.read_bytes() != files[path] and not path.name.startswith("status")]
    return found + [f"changed: {name}" for name in changed]


def shaken(planet: Planet, sources: list[Growing], chance: random.Random, took: float) -> list[str]:
    """What is wrong after each of up to three deaths in a row within the time that the service needs to publish all."""
    found, shown = [], 0
    for _ in range(chance.randint(1, 3)):
        log = killed(planet, chance.uniform(0.05, 1.0) * took)
        found += wrongs(planet, sources) + ["Traceback"] * ("Traceback" in log)
        before, shown = shown, len(planet.feed()["items"]) if (planet.output / "feed.json").exists() else 0
        found += ["entries that were shown are gone"] * (shown < before)
    return found


def can_trace() -> bool:
    """strace is here, and what runs us lets it."""
    command = ["strace", "-D", "-qq", "-o", os.devnull, "true"]
    return bool(shutil.which("strace")) and not subprocess.run(command, check=False, capture_output=True).returncode


@pytest.mark.slow
@pytest.mark.timeout(120 + 60 * POINTS)
@pytest.mark.parametrize("kind", HOW)
def test_a_service_cut_short_at_any_call_loses_nothing(origin: Origin, tmp_path: Path, kind: str) -> None:
    if not can_trace():
        pytest.skip("strace is not here, or may not trace")
    sources = served(origin)
    found: list[str] = []
    ends: Counter[int] = Counter()

    for n, (name, number) in enumerate(points(fresh(tmp_path / "clean", origin))):
        planet = fresh(tmp_path / str(n), origin)
        code, log = traced(planet, "-o", os.devnull, "-e", f"inject={name}:{HOW[kind].format(number)}")
        ends[code] += 1
        wrong = wrongs(planet, sources) + ["Traceback"] * (kind == "kill" and "Traceback" in log)
        found += [f"{name} {number}: {one}" for one in wrong + mended(planet)]
        shutil.rmtree(planet.folder)

    print(f"{kind}: {POINTS} points, ends {dict(ends)}")
    assert found == []
    assert HANGS not in ends
    assert kind != "kill" or ends[-9] > POINTS / 2


@pytest.mark.slow
@pytest.mark.timeout(120 + 60 * POINTS)
def test_a_service_killed_again_and_again_at_any_moment_loses_nothing(origin: Origin, tmp_path: Path) -> None:
    chance = random.Random(int(os.environ.get("AGGREGATOR_SEED", "1")))
    sources = served(origin)
    took = needed(fresh(tmp_path / "clean", origin))
    found: list[str] = []

    for n in range(POINTS):
        planet = fresh(tmp_path / str(n), origin)
        found += [f"{n}: {one}" for one in shaken(planet, sources, chance, took) + mended(planet)]
        shutil.rmtree(planet.folder)

    print(f"random: {POINTS} points within {took:.1f} s")
    assert found == []

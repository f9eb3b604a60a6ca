"""What a build costs beside few and many stored entries, in all formats, with pages, archives and compressed copies.

    python tests/benchmarks/publishing.py --entries 25000 1000000

Two channels: one of all entries, one of a seventh of them. "After a change": 20 feeds have one new entry each. Times hold the
start of the command; the first build writes every archive, with a million entries in some ten minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from aggregator.service.once import opened
from tests.benchmarks import population
from tests.benchmarks.watching import command

SOURCES, CHANGED, PORT = 1000, 20, 80
CHANNELS = ("all", "seventh")


def give(folder: Path, entries: int, sources: int, after: int = 0) -> None:
    """Store so many entries, numbered after those that are there."""
    with opened(folder / "feeds.toml") as work:
        now = datetime.now(UTC)
        population.read(work.store, entries, sources, now, *CHANNELS, after=after)
        with work.store.transaction():
            work.store.bump(CHANNELS)
            work.store.save_note("cycle", now.isoformat())
            work.store.save_note("polls", str(after + entries))


def measure(folder: Path, entries: int) -> None:
    """Builds beside so many entries."""
    population.write(folder / "feeds.toml", SOURCES, SOURCES, PORT, "127.0.0.1:8080")
    give(folder, entries, SOURCES)
    command(folder, f"{entries:,} entries: first build", "build")
    for turn in range(3):
        give(folder, CHANGED, CHANGED, after=entries + turn * CHANGED)
        command(folder, f"{entries:,} entries: after a change", "build")
        command(folder, f"{entries:,} entries: nothing new", "build")


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, nargs="+", default=[25_000])
    print("| | |\n|---|---|")
    for entries in parser.parse_args().entries:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), entries)


if __name__ == "__main__":
    main()

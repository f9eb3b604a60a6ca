"""What whole cycles cost, through the commands alone and beside a farm on loopback.

    python tests/benchmarks/cycle.py --feeds 200

Each feed has 25 entries of 700 words, on a host of its own. CPU and memory are sums over all processes of a command.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.benchmarks import population
from tests.benchmarks.watching import advance, command, farm, free_address

ENTRIES, WORDS = 25, 700
FETCH = ("fetch", "--force", "--no-build")


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=200)
    feeds = parser.parse_args().feeds
    print(f"| {feeds} feeds of {ENTRIES} entries | |\n|---|---|", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        farm(feeds, "--entries", str(ENTRIES), "--words", str(WORDS)) as (_, port),
    ):
        place = Path(folder)
        population.write(place / "feeds.toml", feeds, feeds, port, free_address())
        command(place, "first fetch: everything is new", *FETCH)
        command(place, "first build, with archives", "build")
        command(place, "fetch: all answer 304", *FETCH)
        advance(port)
        command(place, "fetch: 1 feed in 20 has a new entry", *FETCH)
        command(place, "build after that", "build")
        command(place, "build: nothing new", "build")
        command(place, "fetch: nobody is due", "fetch")


if __name__ == "__main__":
    main()

"""What a planet of a million sources costs on this machine, with a farm on loopback: one table, and exit code 1 over a bound.

    python tests/benchmarks/scale.py --sources 1000000 --seconds 300

Makes a feeds.toml and has it taken in (a first start), says of every source that it was polled within the last hour, and starts
the service again for --seconds: it has to poll all that fall due, 278 a second with a million. One poll in twenty brings a document
of four new entries, the others are answered 304, each on a connection of its own. Takes some ten minutes beside --seconds.
CPU and memory are sums over all processes; PSS counts a page that processes share once.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from aggregator.config.load import head  # noqa: E402
from aggregator.store.sqlite import open_store  # noqa: E402
from tests.benchmarks import population  # noqa: E402
from tests.benchmarks.watching import LATER, Used, advance, aggregator, ask, command, farm, free_address, say, used  # noqa: E402

START_WITHIN, DUE_WITHIN, MOST_MEMORY, MOST_CORES = 5.0, 0.010, 1000.0, 2.0


def least(act: Callable[[], object], times: int = 20) -> float:
    """CPU seconds of an act, the least of some times."""
    found = []
    for _ in range(times):
        start = time.process_time()
        act()
        found.append(time.process_time() - start)
    return min(found)


def polls(figures: str) -> float:
    """How many polls /metrics tells of."""
    return sum(float(line.split()[-1]) for line in figures.splitlines() if line.startswith("aggregator_polls_total{"))


def service(folder: Path, listen: str, farm_pid: int, seconds: float, wanted: float) -> bool:
    """Start the service, watch it, and stop it; whether it held what it has to."""
    start = time.perf_counter()
    with subprocess.Popen(aggregator(folder, "run"), cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while not ask(f"http://{listen}/readyz") and process.poll() is None:
            LATER.wait(0.02)
        ready, at_start = time.perf_counter() - start, used(process.pid).cpu
        say("a later start: ready after", f"{ready:.2f} s, {at_start:.2f} s of CPU")
        begun, farm_before, most = time.perf_counter(), used(farm_pid).cpu, Used(0, 0, 0)
        while time.perf_counter() - begun < seconds:
            LATER.wait(5)
            most = max(most, used(process.pid), key=lambda one: one.rss)
        asked, took = polls(ask(f"http://{listen}/metrics")), time.perf_counter() - begun
        cpu, farms = used(process.pid).cpu - at_start, used(farm_pid).cpu - farm_before
        say(f"polls a second over {took:.0f} s", f"{asked / took:.0f} of {wanted:.0f} that fall due")
        say("cores: the service, the farm", f"{cpu / took:.2f}, {farms / took:.2f}")
        say("CPU a poll, all that a planet does included", f"{cpu / max(asked, 1) * 1000:.2f} ms")
        say("most memory over all processes", f"{most.rss:.0f} MB resident, {most.pss:.0f} MB of their own")
        process.send_signal(signal.SIGTERM)
    cores = (cpu + farms) / took
    return ready <= START_WITHIN and asked / took >= 0.98 * wanted and cores <= MOST_CORES and most.rss <= MOST_MEMORY


def measure(folder: Path, count: int, hosts: int, seconds: float, port: int, farm_pid: int) -> bool:
    """All of it; whether every bound was held."""
    listen = free_address()
    population.write(folder / "feeds.toml", count, hosts, port, listen)
    command(folder, "feeds.toml is taken in, and the first build", "build")
    store = open_store(folder / "aggregator.db")
    with closing(store):
        population.polled(store, count, hosts, port, datetime.now(UTC))
        say("feeds.toml is looked at, unchanged", f"{least(lambda: head(folder / 'feeds.toml'), 3):.2f} s of CPU")
        first = store.next_due()
        assert first is not None
        second = first + timedelta(seconds=1)
        due = least(lambda: store.due(second, 2000))
        say("who is due in a second", f"{due * 1000:.1f} ms of CPU for {len(store.due(second, 2000))} sources")
    command(folder, "aggregator build, with nothing new", "build")
    command(folder, "aggregator status --json", "status", "--json")
    return service(folder, listen, farm_pid, seconds, count / 3600) and due <= DUE_WITHIN


def main() -> int:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--hosts", type=int, default=1000)
    given = parser.parse_args()
    print(f"| {given.sources:,} sources on {given.hosts:,} hosts | |\n|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder, farm(given.hosts) as (pid, port):
        advance(port)
        held = measure(Path(folder), given.sources, given.hosts, given.seconds, port, pid)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())

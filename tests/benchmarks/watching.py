"""For benchmarks: the product's commands watched from outside, beside a farm, and a table of what they took."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from threading import Event

from tests.benchmarks.farm import host

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
LATER = Event()  # never set


@dataclass(frozen=True, slots=True)
class Used:
    """What a process and its descendants use: CPU seconds so far, and memory in MB now."""

    cpu: float
    rss: float
    pss: float


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            children.setdefault(int((one / "stat").read_text().rsplit(")", 1)[1].split()[1]), []).append(int(one.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def used(pid: int) -> Used:
    """Of a process and its descendants, those included that have ended."""
    cpu = rss = pss = 0.0
    for one in family(pid):
        with suppress(OSError):
            cpu += sum(map(int, Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()[11:15])) / TICKS
            rolled = Path(f"/proc/{one}/smaps_rollup").read_text()
            rss += int(rolled.split("\nRss:")[1].split()[0]) / 1024
            pss += int(rolled.split("\nPss:")[1].split()[0]) / 1024
    return Used(cpu, rss, pss)


def say(what: str, figure: str) -> None:
    """A row of the table."""
    print(f"| {what} | {figure} |", flush=True)


def aggregator(folder: Path, *arguments: str) -> list[str]:
    """A command line of the product."""
    return [sys.executable, "-m", "aggregator", "--quiet", "--config", str(folder / "feeds.toml"), *arguments]


def command(folder: Path, name: str, *arguments: str) -> float:
    """Run a command to its end, and tell what it took; its CPU seconds."""
    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen(aggregator(folder, *arguments), cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        most = 0.0
        while process.poll() is None:
            most = max(most, used(process.pid).rss)
            LATER.wait(0.2)
    after = getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say(name, f"{time.perf_counter() - start:.1f} s, {cpu:.2f} s of CPU, {most:.0f} MB")
    return cpu


@contextmanager
def farm(hosts: int, *more: str) -> Iterator[tuple[int, int]]:
    """A farm, as its process id and port."""
    given = (sys.executable, str(ROOT / "tests/benchmarks/farm.py"), "--hosts", str(hosts), *more)
    with subprocess.Popen(given, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield process.pid, port
        process.send_signal(signal.SIGTERM)
        say("the farm was asked", process.stdout.read().strip())


def free_address() -> str:
    """Where the service can listen."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


def advance(port: int) -> None:
    """Something new in one feed of twenty."""
    ask(f"http://{host(0)}:{port}/epoch")


def ask(url: str) -> str:
    """What is at a URL; "" where nothing answers."""
    with suppress(OSError), urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read().decode())
    return ""

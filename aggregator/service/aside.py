"""What takes long where sources are many, done by a process of its own while the service goes on.

`take` brings the store up to date with feeds.toml, `list` the published source list with the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from aggregator.errors import AggregatorError, ConfigError
from aggregator.service.build import build_list
from aggregator.service.once import opened

LARGE = 2_000_000  # bytes of a feeds.toml; to read and store its some 20,000 sources takes a second
NICE = 10
TAKE, LIST = "take", "list"


def large(path: Path) -> bool:
    """To read it would hold up the service."""
    with contextlib.suppress(OSError):
        return path.stat().st_size > LARGE
    return False


class Aside:
    """A process for one of the two, one at a time."""

    def __init__(self, work: str, path: Path, after: Callable[[Sequence[str]], None]) -> None:
        """`after` is called with what went wrong, line by line, when the process has ended."""
        self._command = (sys.executable, "-m", "aggregator.service.aside", work, str(path))
        self._after = after
        self._task: asyncio.Task[None] | None = None

    def busy(self) -> bool:
        """It is at work."""
        return self._task is not None and not self._task.done()

    def begin(self) -> None:
        """Start it, unless it is at work."""
        if not self.busy():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        process = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.PIPE)
        try:
            said, _ = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        failed = [f"it ended with {process.returncode}"] if process.returncode and not said else []
        self._after(said.decode(errors="replace").splitlines() or failed)

    async def end(self) -> None:
        """End the one that is at work."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def main(work: str, path: str) -> int:
    """Do it, and say on standard output what is wrong."""
    os.nice(NICE)
    try:
        with opened(Path(path)) as opens:
            if work == LIST:
                build_list(opens.store, opens.settings)
    except ConfigError as error:
        sys.stdout.writelines(f"{problem}\n" for problem in error.problems)
        return 2
    except AggregatorError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

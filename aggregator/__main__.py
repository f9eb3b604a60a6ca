"""`python -m aggregator` and the console script: arguments in, exit code out."""

from __future__ import annotations

import contextlib
import gc
import os
import sys


def main() -> int:
    """Run the command line; the exit code of the contract."""
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:  # answered before anything is imported
        from aggregator import version

        sys.stdout.write(f"aggregator {version()}\n")
        return 0
    # Records do not refer to each other: looking for cycles every 700 objects finds next to none.
    gc.set_threshold(50_000)
    from aggregator.cli.main import run

    code = run(sys.argv[1:])
    if sys.gettrace() is None and sys.getprofile() is None:  # else somebody wants to tell afterwards what he saw
        _leave(code)
    return code


def _leave(code: int) -> None:
    """End at once: all is closed, and to take apart what was loaded takes as long as forty polls."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())

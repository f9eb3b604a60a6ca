"""`python -m aggregator` and the console script: arguments in, exit code out."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line; the exit code of the contract."""
    if sys.argv[1:] == ["--version"]:  # answered before anything is imported
        from aggregator import version

        sys.stdout.write(f"aggregator {version()}\n")
        return 0
    # Records do not refer to each other: looking for cycles every 700 objects finds next to none.
    gc.set_threshold(50_000)
    from aggregator.cli.main import run

    try:
        return run(sys.argv[1:])
    finally:
        gc.freeze()  # the process ends: nothing of what is left is to be looked through


if __name__ == "__main__":
    sys.exit(main())

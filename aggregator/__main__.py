"""`python -m aggregator` and the console script: arguments in, exit code out."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the exit code of the contract."""
    if sys.argv[1:] == ["--version"]:  # answered before anything is imported
        from aggregator import version

        sys.stdout.write(f"aggregator {version()}\n")
        return 0
    from aggregator.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

"""From arguments to an exit code: what each kind of error means to the caller is decided here, once."""

from __future__ import annotations

import errno
import importlib
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from aggregator.cli import console
from aggregator.cli.arguments import parser
from aggregator.errors import AggregatorError, ConfigError

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130


def run(argv: Sequence[str]) -> int:
    """Do what the arguments say; the contract's exit code. Raises only what is a bug of ours."""
    if None in (sys.stdin, sys.stdout, sys.stderr):  # closed by the caller, as `>&-` does: nobody listens
        _listen_to_nobody()
    if any("\udc80" <= character <= "\udcff" for one in argv for character in one):
        console.complain("an argument is not UTF-8; nothing was done")
        return WRONG
    try:
        arguments = parser().parse_args(argv)
    except SystemExit as stop:  # argparse has printed the usage, the version or the help
        return int(stop.code or DONE)
    arguments.config = configuration(arguments.config)
    console.set_up_logging(level(arguments))
    try:
        return guarded(arguments)
    finally:
        logging.shutdown()


def configuration(given: Path | None) -> Path:
    """--config, else $AGGREGATOR_CONFIG, else feeds.toml here."""
    return given or Path(os.environ.get("AGGREGATOR_CONFIG") or "feeds.toml")


def level(arguments: Namespace) -> int:
    """The log level: a service tells what it does, a command only what went wrong."""
    if arguments.quiet:
        return logging.ERROR
    if arguments.verbose:
        return logging.DEBUG
    return logging.INFO if arguments.command == "polling:run" else logging.WARNING


def guarded(arguments: Namespace) -> int:
    """Run the command and turn what it raises into words and a code."""
    try:
        code = command(arguments.command)(arguments)
        sys.stdout.flush()
    except ConfigError as error:
        for problem in error.problems:
            console.complain(str(problem))
        return WRONG
    except AggregatorError as error:
        console.complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `aggregator export | head`: nobody listens any more
        console.hush(sys.stdout)
        return DONE
    except OSError as error:
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EIO, errno.EFBIG):
            raise
        console.hush(sys.stdout)
        console.complain(f"the results cannot be written: {error.strerror}")
        return FAILED
    return code


def _listen_to_nobody() -> None:
    """Something to read and to write to where stdin, stdout or stderr is closed; it takes the number that is free."""
    nobody = Path(os.devnull).open("r+", encoding="utf-8")  # noqa: SIM115 - as long as the process lives
    sys.stdin, sys.stdout, sys.stderr = sys.stdin or nobody, sys.stdout or nobody, sys.stderr or nobody


def command(where: str) -> Callable[[Namespace], int]:
    """The function behind `module:function`; imported only when it is asked for, since start-up is counted."""
    module, name = where.split(":")
    return cast("Callable[[Namespace], int]", getattr(importlib.import_module(f"aggregator.cli.{module}"), name))

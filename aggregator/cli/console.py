"""stdout for results, stderr for everything else."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TextIO

from aggregator.service.events import LOG
from aggregator.service.events import value as quoted


def say(text: str) -> None:
    """A line of result on stdout."""
    print(printable(text, keep="\n\t"))


def say_json(value: Mapping[str, object]) -> None:
    """One JSON object on a line of its own, in ASCII so that no terminal setting can break it, flushed at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")


def hush(stream: TextIO) -> None:
    """From now on what is said there goes nowhere: whoever read it has gone, or has no room for it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Whoever read what we say has gone: what is done goes on all the same, in silence."""
    try:
        yield
    except BrokenPipeError:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(ValueError):  # one that is closed needs no silence
                try:
                    stream.flush()
                except OSError:
                    hush(stream)


def complain(text: str) -> None:
    """A line for the person on stderr."""
    sys.stdout.flush()
    print(f"aggregator: {printable(text)}", file=sys.stderr)


def tell(text: str) -> None:
    """A line of news on stderr."""
    print(printable(text), file=sys.stderr)


def printable(text: str, keep: str = "") -> str:
    """Without control characters: nothing that a feed says may move the cursor or forge a line."""
    return "".join(
        c if c in keep or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else " " for c in text
    )


def counted(entries: int) -> str:
    """So many entries, in words."""
    return "1 entry" if entries == 1 else f"{entries} entries"


class Progress:
    """A counter on one line of stderr, on a terminal only."""

    def __init__(self, what: str, total: int | None, *, shown: bool = True) -> None:
        self.what, self.total, self.count = what, total, 0
        self.shown = shown and sys.stderr.isatty()

    def expect(self, total: int) -> None:
        """How many there will be, where that is not known at the start."""
        self.total = total

    def step(self, by: int = 1) -> None:
        """Count on."""
        self.count += by
        if self.shown:
            of = f" of {self.total}" if self.total else ""
            print(f"\r{self.what}: {self.count}{of} ", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self.shown and self.count:
            print(file=sys.stderr)


class OneLine(logging.Formatter):
    """One event, one line, whatever a source put into it."""

    def format(self, record: logging.LogRecord) -> str:
        said = printable(record.getMessage())
        if record.name != LOG.name:  # in words of its own
            said = f"event=message logger={quoted(record.name)} text={quoted(said)}"
        line = f"time={self.formatTime(record, self.datefmt)} level={record.levelname.lower()} {said}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def set_up_logging(level: int) -> None:
    """Log lines of ours to stderr; libraries only from warning upwards."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(datefmt="%Y-%m-%dT%H:%M:%S%z"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("aggregator").setLevel(level)
    # That a heartbeat is left out while the one before it is at work is how it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)

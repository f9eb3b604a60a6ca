"""What can be said on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

Commands = Any  # argparse has no public name for what add_subparsers() returns
Shared = argparse.ArgumentParser

EPILOG = """\
Start with `aggregator run`: it polls the sources of feeds.toml, publishes below `output` and serves it.
Exit code: 0 done, 1 the store or an output could not be written, 2 wrong usage or an invalid feeds.toml, 130 interrupted.
"""


class _Parser(argparse.ArgumentParser):
    """Measures the terminal when there is something to show on it; argparse does so anew for every argument that it is told of."""

    def __init__(self, **given: Any) -> None:
        self._showing = given.pop("formatter_class", argparse.HelpFormatter)
        super().__init__(**given, formatter_class=partial(argparse.HelpFormatter, width=80))

    def format_usage(self) -> str:
        self.formatter_class = self._showing
        return super().format_usage()

    def format_help(self) -> str:
        self.formatter_class = self._showing
        return super().format_help()


class _Command:
    """The parser of a command, made when that command is given: one of seventeen."""

    def __init__(self, **given: Any) -> None:
        self._given, self._told = given, list[Callable[[argparse.ArgumentParser], object]]()

    def add_argument(self, *names: str, **given: Any) -> None:
        """As argparse's."""
        self._told.append(lambda parser: parser.add_argument(*names, **given))

    def set_defaults(self, **given: Any) -> None:
        """As argparse's."""
        self._told.append(lambda parser: parser.set_defaults(**given))

    def parse_known_args(self, *given: Any) -> tuple[argparse.Namespace, list[str]]:
        """What argparse asks of it."""
        return self.made().parse_known_args(*given)

    def made(self) -> argparse.ArgumentParser:
        """The parser itself."""
        parser = _Parser(**self._given)
        for tell in self._told:
            tell(parser)
        return parser


def _shared(default: object, said: str) -> argparse.ArgumentParser:
    """The global options; after the sub-command they must not set defaults over what stood before it."""
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--config",
        metavar="PATH",
        type=Path,
        default=default,
        help="the configuration (default: $AGGREGATOR_CONFIG, else feeds.toml in this folder)",
    )
    shared.add_argument("--version", action="version", version=said)
    loud = shared.add_mutually_exclusive_group()
    loud.add_argument("-v", "--verbose", action="store_true", default=default, help="tell more on stderr")
    loud.add_argument("-q", "--quiet", action="store_true", default=default, help="tell only errors")
    return shared


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; `command` names the function that does the work."""
    from aggregator import version

    said = f"aggregator {version()}"
    top = _Parser(
        prog="aggregator",
        description="Poll feeds politely and publish combined feeds and pages: one item a story, a teaser, and Read more.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_shared(None, said)],
        allow_abbrev=False,
    )
    made: Any = _Command
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=made)
    shared = _shared(argparse.SUPPRESS, said)
    _polling(commands, shared)
    _editing(commands, shared)
    _asking(commands, shared)
    return top


def _adder(commands: Commands, shared: Shared) -> Callable[[str, str, str], _Command]:
    def add(name: str, where: str, text: str) -> _Command:
        first = text[0].upper() + text[1:]
        command: _Command = commands.add_parser(
            name, help=text, description=f"{first}.", parents=[shared], allow_abbrev=False
        )
        command.set_defaults(command=where)
        return command

    return add


def _polling(commands: Commands, shared: Shared) -> None:
    add = _adder(commands, shared)
    add(
        "run",
        "polling:run",
        "poll, publish and serve until SIGTERM or SIGINT; SIGHUP or an edit of feeds.toml reloads it",
    )
    fetch = add("fetch", "polling:fetch", "poll every source that is due, store, and rebuild what changed")
    fetch.add_argument("sources", nargs="*", metavar="SOURCE", help="only these: ids of feeds.toml, or URLs")
    fetch.add_argument(
        "--all",
        action="store_true",
        help="due or not, but never earlier than a server's Retry-After or freshness allows",
    )
    fetch.add_argument(
        "--force", action="store_true", help="at once, whatever the schedule says; validators are still sent"
    )
    fetch.add_argument("--no-build", action="store_true", help="do not rebuild the outputs")
    fetch.add_argument("--json", action="store_true", help="one JSON object for each polled source, then a summary")
    build = add("build", "polling:build", "write the outputs from the store; what would not change is left alone")
    build.add_argument("--json", action="store_true", help="one JSON object: what was written, kept and removed")
    add("serve", "polling:serve", "serve what is built")
    add(
        "rebuild",
        "polling:rebuild",
        "recompute teasers, duplicates and stories of all that is stored, under today's settings",
    )


def _editing(commands: Commands, shared: Shared) -> None:
    add = _adder(commands, shared)
    add("check", "editing:check", "validate feeds.toml; every problem with its line")
    new = add("add", "editing:add", "find the feed behind a URL, try it, and append it to feeds.toml")
    new.add_argument("url", metavar="URL", help="of a feed, or of a page that names one")
    new.add_argument("--id", help="its id (default: made from the URL)")
    new.add_argument("--tag", action="append", default=[], dest="tags", help="may be given several times")
    new.add_argument("--dry-run", action="store_true", help="show what would be appended, and leave feeds.toml alone")
    for name, text in (
        ("remove", "take a source out of feeds.toml; what it gave stays stored"),
        ("pause", "stop polling a source; what it gave stays published"),
        ("resume", "poll a paused or gone source again"),
    ):
        add(name, f"editing:{name}", text).add_argument(
            "source", metavar="SOURCE", help="an id of feeds.toml, or a URL"
        )
    opml = add("import-opml", "editing:import_opml", "append the feeds of an OPML file to feeds.toml")
    opml.add_argument("file", metavar="FILE", type=Path, help="the OPML file; - reads stdin")
    add("export-opml", "editing:export_opml", "print the sources as OPML")


def _asking(commands: Commands, shared: Shared) -> None:
    add = _adder(commands, shared)
    status = add("status", "asking:status", "the health of each source, newest trouble first")
    status.add_argument("--json", action="store_true", help="one JSON object for each source")
    add("why", "asking:why", "the whole trail of one entry").add_argument(
        "entry", metavar="URL-OR-ID", help="its address, its published id, or the id its source gave"
    )
    add("plan", "asking:plan", "what today's feeds.toml would change in every output, without writing")
    add("export", "asking:export", "every stored entry as JSON Lines")
    add(
        "withdraw", "asking:withdraw", "take an entry out of every output, for ever, and leave a tombstone"
    ).add_argument("entry", metavar="URL-OR-ID", help="its address, its published id, or the id its source gave")

"""The commands about feeds.toml."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from aggregator.cli import console
from aggregator.errors import ConfigError, Problem


def check(arguments: Namespace) -> int:
    """Validate feeds.toml."""
    from aggregator.config.load import load

    settings = load(arguments.config)
    if not arguments.quiet:
        channels = f"{len(settings.channels)} channel{'s' if len(settings.channels) != 1 else ''}"
        sources = f"{len(settings.sources)} source{'s' if len(settings.sources) != 1 else ''}"
        console.say(f"{arguments.config}: {sources}, {channels}, no mistakes")
    return 0


def add(arguments: Namespace) -> int:
    """Find the feed behind a URL, try it, append it."""
    from aggregator.service.adding import add as find_and_append

    found = find_and_append(arguments.config, arguments.url, arguments.id, tuple(arguments.tags), dry=arguments.dry_run)
    console.say(
        found.text
        if arguments.dry_run
        else f"added {found.id}: {found.title} ({found.url}), {console.counted(found.entries)}"
    )
    return 0


def remove(arguments: Namespace) -> int:
    """Take a source out."""
    from aggregator.config.edit import remove_source

    source = remove_source(arguments.config, arguments.source)
    console.say(f"removed {source}; what it gave stays stored")
    return 0


def pause(arguments: Namespace) -> int:
    """Stop polling a source."""
    from aggregator.config.edit import set_enabled

    console.say(f"paused {set_enabled(arguments.config, arguments.source, enabled=False)}")
    return 0


def resume(arguments: Namespace) -> int:
    """Poll a source again, also one that is gone."""
    from aggregator.config.edit import set_enabled
    from aggregator.service import once

    source = set_enabled(arguments.config, arguments.source, enabled=True)
    once.revive(arguments.config, source)
    console.say(f"resumed {source}")
    return 0


def import_opml(arguments: Namespace) -> int:
    """Append the feeds of an OPML file."""
    from aggregator.config.edit import add_outlines
    from aggregator.config.opml import read

    outlines, problems = read(contents(arguments.file), str(arguments.file))
    added, known = add_outlines(arguments.config, outlines)
    for problem in problems:
        console.tell(str(problem))
    console.say(f"{len(added)} sources added, {len(known)} were there already, {len(problems)} problems")
    return 0


def contents(path: Path) -> bytes:
    """The bytes of a file, or of stdin for `-`. Raises ConfigError when it cannot be read."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, f"cannot be read: {error.strerror}")]) from error


def export_opml(arguments: Namespace) -> int:
    """Print the sources as OPML."""
    from aggregator.config.load import load
    from aggregator.config.opml import write

    settings = load(arguments.config)
    modified = datetime.fromtimestamp(int(settings.path.stat().st_mtime), UTC)
    sys.stdout.buffer.write(write(settings.title, settings.sources, modified))
    return 0

"""The commands that only ask the store."""

from __future__ import annotations

from argparse import Namespace

from aggregator.cli import console


def status(arguments: Namespace) -> int:
    """The health of each source."""
    from aggregator.service import answers, once

    with once.opened(arguments.config) as work:
        rows = answers.status(work.store)
        if arguments.json:
            for row in rows:
                console.say_json(row)
        else:
            for text in answers.status_lines(rows, work.clock()):
                console.say(text)
            if pruned := work.store.count_pruned():
                console.say(f"{console.counted(pruned)} pruned: older than [store] keep and in no output")
    return 0


def why(arguments: Namespace) -> int:
    """The trail of an entry."""
    from aggregator.service import once, trail

    with once.opened(arguments.config) as work:
        lines = trail.why(work.store, work.settings, arguments.entry)
    for text in lines:
        console.say(text)
    return 0 if lines else _not_stored(arguments.entry)


def _not_stored(entry: str) -> int:
    console.complain(
        f"no entry {entry!r} is stored: no source gave it, it was none of the newest max_entries of its document, or it was pruned; "
        "`aggregator status` tells how the sources are"
    )
    return 1


def plan(arguments: Namespace) -> int:
    """What would change."""
    from aggregator.service import once, planning

    with once.beside(arguments.config) as work:
        lines = list(planning.plan(work.store, work.settings))
    for text in lines:
        console.say(text)
    return 0


def export(arguments: Namespace) -> int:
    """Everything stored, as JSON Lines."""
    from aggregator.service import answers, once

    with once.opened(arguments.config) as work:
        for row in answers.export(work.store):
            console.say_json(row)
    return 0


def withdraw(arguments: Namespace) -> int:
    """Take an entry out of every output."""
    from aggregator.service import once

    with once.opened(arguments.config) as work:
        gone = once.withdraw(work, arguments.entry)
        if gone:
            once.build(work)
    for entry in gone:
        console.say(f"withdrew {entry}")
    return 0 if gone else _not_stored(arguments.entry)

"""The commands that poll, publish and serve."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from aggregator.cli import console
from aggregator.errors import ConfigError, Problem
from aggregator.model import Tally, Visit


def fetch(arguments: Namespace) -> int:
    """One cycle over what is due, or over what was named."""
    from aggregator.service import once

    mode = "force" if arguments.force else "all" if arguments.all else "due"
    with once.opened(arguments.config, sources=arguments.sources, reads=True) as work:
        unknown = [name for name in arguments.sources if name not in work.named]
        if unknown:
            raise ConfigError([_unknown(work.settings.path, name) for name in unknown])
        progress = console.Progress("polled", None, shown=not (arguments.json or arguments.quiet))

        def report(visit: Visit, tally: Tally) -> None:
            with console.unheard():
                progress.step()
                if arguments.json:
                    console.say_json(once.line(visit, tally))
                elif visit.error and not arguments.quiet:
                    console.tell(f"{visit.source.id}: {visit.outcome}: {visit.error}")

        summary = once.fetch(work, mode, report, build=not arguments.no_build, begin=progress.expect)
        progress.end()
    if arguments.json:
        console.say_json({"summary": summary})
    elif not arguments.quiet:
        console.say(sentence(summary))
    return 0


def _unknown(path: object, name: str) -> Problem:
    return Problem(str(path), 0, f"no source {name!r}: `aggregator status` lists them, `aggregator add URL` adds one")


def sentence(summary: Mapping[str, object]) -> str:
    """What a cycle did, for a person."""
    if not summary["sources"]:
        return "Nothing is due. `aggregator status` shows when what is; --all asks earlier, --force at once."
    polled = "1 source" if summary["sources"] == 1 else f"{summary['sources']} sources"
    return (
        f"{polled} polled: {summary['ok']} read, {summary['notmodified']} not modified, {summary['failed']} failed; "
        f"{summary['new']} new, {summary['updated']} updated"
    )


def build(arguments: Namespace) -> int:
    """Write the outputs from the store."""
    from aggregator.service import once

    with once.opened(arguments.config) as work:
        report = once.build(work)
    if arguments.json:
        console.say_json(report)
    elif not arguments.quiet:
        console.say("{written} files written, {kept} unchanged, {removed} removed below {output}".format(**report))
    return 0


def rebuild(arguments: Namespace) -> int:
    """Recompute all that is derived."""
    from aggregator.service import once
    from aggregator.service.rebuild import rebuild as recompute

    with once.opened(arguments.config) as work, once.lease(work):
        progress = console.Progress("recomputed", None, shown=not arguments.quiet)
        count = recompute(work.store, work.settings, progress.step)
        progress.end()
        once.build(work)
    if not arguments.quiet:
        console.say(f"{console.counted(count)} recomputed")
    return 0


def run(arguments: Namespace) -> int:
    """The service."""
    from aggregator.service.run import run as serve_and_poll

    return serve_and_poll(arguments.config, console.tell)


def serve(arguments: Namespace) -> int:
    """The web server alone."""
    from aggregator.service.run import serve as serve_only

    return serve_only(arguments.config, console.tell)

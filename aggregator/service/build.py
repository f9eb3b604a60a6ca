"""The outputs from the store: only what may have changed is rendered, only what did change is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aggregator import version
from aggregator.model import Block, Channel, Edition, Settings, SourceFacts, Story
from aggregator.publish import files
from aggregator.publish.archive import BLOCK, closed
from aggregator.publish.files import Report
from aggregator.publish.selection import edition
from aggregator.store.ports import Store

ASSETS = Path(files.__file__).parent / "assets"


def build(store: Store, settings: Settings) -> Report:
    """Bring every output up to date. Raises OutputError or StoreError; what was published before stays then."""
    report = Report(str(settings.output))
    if store.note("building"):
        files.sweep(settings.output)
    store.save_note("building", "1")
    stamp = _stamp(settings)
    secret = store.secret()
    about = _Sources(store)
    wanted = {"assets", "status", "opml", *(f"channel:{channel.id}" for channel in settings.channels)}
    for channel in settings.channels:
        _channel(store, settings, channel, f"{stamp}|{store.version(channel.id)}", secret, about, report)
    _part(store, settings, "assets", stamp, _assets, report)
    _part(store, settings, "opml", f"{stamp}|{store.note('facts')}", lambda: _opml(settings, about), report)
    _part(store, settings, "status", f"{stamp}|{store.note('polls')}", lambda: _status(store, settings), report)
    _forget(store, settings, wanted, report)
    store.save_note("building", None)
    return report


class _Sources:
    """The sources, asked for once and only if something is rendered."""

    def __init__(self, store: Store) -> None:
        self._store, self._found = store, list[SourceFacts]()

    def all(self) -> list[SourceFacts]:
        if not self._found:
            self._found = self._store.facts()
        return self._found


def _stamp(settings: Settings) -> str:
    """Of everything that shapes outputs beside the store."""
    templates = ""
    if settings.templates and settings.templates.is_dir():
        found = sorted(settings.templates.glob("*.html"))
        templates = "".join(f"{one.name}{one.stat().st_mtime_ns}" for one in found)
    return blake2b(
        f"{version()}|{settings.fingerprint}|{settings.output}|{templates}".encode(), digest_size=12
    ).hexdigest()


def _part(
    store: Store, settings: Settings, name: str, stamp: str, render: Callable[[], Mapping[str, bytes]], report: Report
) -> None:
    """Render and write one group of files, unless its stamp and its files are those of the last time."""
    note = store.note(f"built:{name}")
    old: dict[str, Any] = json.loads(note) if note else {"stamp": "", "files": {}}
    if old["stamp"] == stamp and files.complete(settings.output, old["files"]):
        report.kept += len(old["files"])
        return
    documents = render()
    files.write(settings.output, documents, report)
    files.remove(settings.output, set(old["files"]) - set(documents), report)
    sizes = {path: len(content) for path, content in documents.items()}
    store.save_note(f"built:{name}", json.dumps({"stamp": stamp, "files": sizes}))


def _forget(store: Store, settings: Settings, wanted: set[str], report: Report) -> None:
    """Remove the files of channels that feeds.toml does not have any more."""
    for key, value in store.notes("built:").items():
        if key.removeprefix("built:") not in wanted and not key.startswith("built:archive:"):
            files.remove(settings.output, json.loads(value)["files"], report)
            store.save_note(key, None)


def _assets() -> dict[str, bytes]:
    return {asset.name: asset.read_bytes() for asset in sorted(ASSETS.iterdir()) if asset.suffix in (".css", ".js")}


def _opml(settings: Settings, about: _Sources) -> dict[str, bytes]:
    from aggregator.publish.formats import opml

    return {opml.NAME: opml.render(settings.title, about.all())}


def _status(store: Store, settings: Settings) -> dict[str, bytes]:
    from aggregator.publish.formats import status

    rows, counts = status.ordered(status.row(*one) for one in store.states())
    return {
        "status.json": status.render_json(rows, counts),
        "status.html": status.render_html(rows, counts, settings.title, settings.templates),
    }


# ---------------------------------------------------------------- a channel


def _channel(
    store: Store, settings: Settings, channel: Channel, stamp: str, secret: str, about: _Sources, report: Report
) -> None:
    def render() -> dict[str, bytes]:
        floor = _floor(store, channel)
        stories = store.window(channel, floor)
        previous = _archives(store, settings, channel, stories, secret, report)
        made = edition(
            channel, stories, settings, secret=secret, sources=_listed(channel, about.all()), hubs=_hubs(settings, channel),
            tombstones=store.tombstones(channel.id), previous=previous,
        )  # fmt: skip
        return _rendered(made)

    if channel.max_age is not None:
        stamp += f"|{store.note('cycle')}"
    _part(store, settings, f"channel:{channel.id}", stamp, render, report)


def _floor(store: Store, channel: Channel) -> datetime | None:
    """What is older than max_age at the last cycle is not shown: the time of the build is never asked for."""
    last = store.note("cycle")
    return datetime.fromisoformat(last) - channel.max_age if channel.max_age and last else None


def _listed(channel: Channel, sources: list[SourceFacts]) -> list[SourceFacts]:
    """The sources that may feed a channel, as many as a page can hold."""
    mine = [one for one in sources if not channel.sources or one.id in channel.sources]
    mine = [one for one in mine if not channel.tags or set(channel.tags) & set(one.tags)]
    return [one for one in mine if one.listed][:300]


def _hubs(settings: Settings, channel: Channel) -> tuple[str, ...]:
    own = (f"{settings.base_url}hub",) if settings.hub_enabled else ()
    return (*own, *channel.hub)


def _rendered(made: Edition) -> dict[str, bytes]:
    """Every format that the channel wants, each from its own module."""
    from aggregator.publish.formats.catalog import offered

    return {made.path + one.NAME: one.render(made) for one in offered(made)}


# ---------------------------------------------------------------- its archive


def _archives(
    store: Store, settings: Settings, channel: Channel, window: list[Story], secret: str, report: Report
) -> int | None:
    """Close and write the archive documents that are due; the number of the newest one, None when there is none."""
    if "atom" not in channel.formats:
        return None
    blocks = store.blocks(channel.id)
    after = blocks[-1].last if blocks else 0
    waiting = store.arrivals(channel.id, after, 1_000_000)
    new = closed(waiting, [story.shown.entry.seq for story in window], len(blocks) + 1)
    store.add_blocks(channel.id, new)
    blocks += new
    stale = {block.number for block in blocks[-len(new) - 1 :]} if new else set()
    stale |= store.stale_blocks(channel.id)
    for block in blocks:
        path = f"archive/{channel.id}/{block.number}.atom"
        if block.number in stale or not (settings.output / path).exists():
            _write_block(store, settings, channel, block, len(blocks), secret, report)
    store.settle_blocks(channel.id)
    return blocks[-1].number if blocks else None


def _write_block(
    store: Store, settings: Settings, channel: Channel, block: Block, count: int, secret: str, report: Report
) -> None:
    from aggregator.publish.formats import atom
    from aggregator.publish.formats.words import archive_path

    seqs = [seq for seq in store.arrivals(channel.id, block.first - 1, BLOCK * 20) if seq <= block.last]
    made = edition(
        channel, list(reversed(store.stories(seqs))), settings, secret=secret, archive=block.number,
        previous=block.number - 1 if block.number > 1 else None, following=block.number + 1 if block.number < count else None,
    )  # fmt: skip
    files.write(settings.output, {archive_path(channel.id, block.number): atom.render(made)}, report)

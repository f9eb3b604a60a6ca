"""The outputs from the store: only what may have changed is rendered, only what did change is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aggregator import version
from aggregator.model import Channel, Edition, Settings, SourceFacts
from aggregator.model.record import replace
from aggregator.publish import files
from aggregator.publish.files import Report
from aggregator.publish.rendering import rendered
from aggregator.publish.selection import edition
from aggregator.service.archives import Archive
from aggregator.service.digests import Digests
from aggregator.service.health import health
from aggregator.service.pruning import floor
from aggregator.service.renaming import born, former
from aggregator.store.ports import Store

PUBLISH = Path(files.__file__).parent
SHOWN_SOURCES = 300  # of a channel's page
MANY = 10_000  # sources: telling of all of them takes long, so it is done once a minute, or hour, of polling
LISTING = "opml"  # the part that is the source list
HOUR, MINUTE = len("2026-11-24T12"), len("2026-11-24T12:00")
Render = Callable[[], Mapping[str, bytes]]
LOOKS = {".css", ".js", ".svg"}


def build(store: Store, settings: Settings, *, force: bool = False, wait: bool = True, listing: bool = True) -> Report:
    """Bring every output up to date; with `force`, render also what cannot have changed.

    Another build below the same folder is waited for; without `wait` it is an OutputError. Without `listing` the list of
    many sources is left as it is.
    Raises OutputError or StoreError; what was published before stays then.
    """
    made = _Build(store, settings, Report(str(settings.output)), force)
    with files.sole(settings.output, wait=wait):
        made.run()
    if listing and made.many:
        made.list_many()
    return made.report


def build_list(store: Store, settings: Settings) -> None:
    """Bring nothing but the list of many sources up to date. Raises OutputError or StoreError."""
    made = _Build(store, settings, Report(str(settings.output)), force=False, known=store.notes("built:"))
    if made.many:
        made.list_many()


def published(store: Store, channel: Channel) -> list[int]:
    """The seqs of what the last build showed in a channel, in order; before the first one, of what it would show."""
    note = store.note(f"shown:{channel.id}")
    if note is None:
        return [story.shown.entry.seq for story in store.window(channel, floor(store, channel))]
    seqs: list[int] = json.loads(note)
    return seqs


@dataclass
class _Build:
    store: Store
    settings: Settings
    report: Report
    force: bool
    begun: bool = False
    known: dict[str, str] = field(default_factory=dict)  # what was built before, by part

    def run(self) -> None:
        if self.store.note("building"):
            files.sweep(self.settings.output)
            self.begun = True
        self.known = self.store.notes("built:")
        parts = dict(self._parts())
        for name, (changed, render) in parts.items():
            self._part(name, f"{self.stamp}|{changed}", render)
        self._forget(parts.keys())
        if self.begun:
            self.store.save_note("building", None)
            self.begun = False

    def _parts(self) -> Iterator[tuple[str, tuple[str, Render]]]:
        """Each with what changes when it has to be rendered."""
        for channel in self.settings.channels:
            digests = Digests(self.store, self.settings, channel)
            if channel.edition:
                yield f"editions:{channel.id}", (digests.close(), digests.documents)
            yield f"channel:{channel.id}", (self._version(channel), partial(self._channel, channel))
        yield "assets", ("", _assets)
        before = former(self.store, self.settings.channels)
        if before:
            yield "gone", (repr(before), partial(_signposts, before))
        if not self.many:
            yield LISTING, (str(self.store.note("facts")), self._opml)
        at = (self.store.note("cycle") or "")[:MINUTE] if self.many else str(self.store.note("polls"))
        yield "status", (at, partial(health, self.store, self.settings))

    def list_many(self) -> None:
        """The list of many sources; rendered while others may write, since that takes a while."""
        facts, hour = str(self.store.note("facts")), (self.store.note("cycle") or "")[:HOUR]
        then, _, said = (self.store.note("listed") or "|").partition("|")
        news = said if then == hour else facts  # some of many always say something new: that waits for the next hour
        stamp = f"{self.stamp}|{news}"
        old = self._old(LISTING)
        if not self._wanting(old, stamp):
            return
        documents = self._opml()
        wanted = files.wanting(self.settings.output, documents, self.report)
        with files.sole(self.settings.output):
            self._begin()
            files.put(self.settings.output, documents, wanted)
            self._built(LISTING, f"{self.stamp}|{facts}", documents)
            self.store.save_note("listed", f"{hour}|{facts}")
            self.store.save_note("building", None)

    @cached_property
    def many(self) -> bool:
        """Too many to tell of all of them at every build."""
        return self.store.count_sources() > MANY

    @cached_property
    def stamp(self) -> str:
        """Of everything beside the store that shapes outputs."""
        settings = self.settings
        own = sorted(file for file in PUBLISH.rglob("*") if file.suffix in {".py", ".html", *LOOKS})
        theirs = sorted(settings.templates.rglob("*.html")) if settings.templates else []
        looks = "".join(f"{file}{file.stat().st_mtime_ns}" for file in (*own, *theirs))
        text = f"{version()}|{settings.fingerprint}|{settings.base_url}|{settings.output}|{looks}"
        return blake2b(text.encode(), digest_size=12).hexdigest()

    def _part(self, name: str, stamp: str, render: Render) -> None:
        """Render and write one group of files, unless its stamp and its files are those of the last time."""
        old = self._old(name)
        if not self._wanting(old, stamp):
            return
        self._begin()
        documents = render()
        files.write(self.settings.output, documents, self.report)
        files.remove(self.settings.output, old["files"].keys() - documents.keys(), self.report)
        self._built(name, stamp, documents)

    def _old(self, name: str) -> dict[str, Any]:
        """What was built of a part before: its stamp, and its files with their sizes."""
        found: dict[str, Any] = json.loads(self.known.get(f"built:{name}", '{"stamp": "", "files": {}}'))
        return found

    def _wanting(self, old: dict[str, Any], stamp: str) -> bool:
        if old["stamp"] == stamp and not self.force and files.complete(self.settings.output, old["files"]):
            self.report.kept += len(old["files"])
            return False
        return True

    def _begin(self) -> None:
        """From here on a build that is killed leaves something half written."""
        if not self.begun:
            self.store.save_note("building", "1")
            self.begun = True

    def _built(self, name: str, stamp: str, documents: Mapping[str, bytes]) -> None:
        sizes = {path: len(content) for path, content in documents.items()}
        self.store.save_note(f"built:{name}", json.dumps({"stamp": stamp, "files": sizes}))

    def _forget(self, parts: Collection[str]) -> None:
        """Remove the files of channels that feeds.toml does not have any more."""
        for key, value in self.known.items():
            name = key.removeprefix("built:")
            if name not in parts and name != LISTING:
                files.remove(self.settings.output, json.loads(value)["files"], self.report)
                if name.startswith("channel:"):
                    self.store.save_note(f"shown:{name.removeprefix('channel:')}", None)
                    self._archive(Channel(name.removeprefix("channel:"), "")).remove()
                self.store.save_note(key, None)

    # -- what there is to render
    def _version(self, channel: Channel) -> str:
        """What a channel shows changes with its entries; with a max_age, with time also."""
        aged = self.store.note("cycle") if channel.max_age else ""
        whole = "atom" not in channel.formats or self._archive(channel).is_whole()
        return f"{self.store.version(channel.id)}|{aged}|{self._has_digests(channel)}{'' if whole else '|damaged'}"

    def _has_digests(self, channel: Channel) -> bool:
        return channel.edition is not None and Digests(self.store, self.settings, channel).any()

    def _channel(self, channel: Channel) -> dict[str, bytes]:
        from aggregator.publish.formats.catalog import offered

        stories = self.store.window(channel, self._floor(channel))
        self.store.save_note(f"shown:{channel.id}", json.dumps([story.shown.entry.seq for story in stories]))
        previous = None
        if "atom" in channel.formats:
            previous = self._archive(channel).update(stories, force=self.force)
        else:
            self._archive(channel).remove()
        made = edition(
            channel, stories, self.settings, secret=self.store.secret(), born=born(self.store, channel.id),
            sources=self._feeding(channel), hubs=self._hubs(channel), tombstones=self.store.tombstones(channel.id),
            previous=previous,
        )  # fmt: skip
        updated = max(made.updated, self._retitled(made) or made.updated)
        made = replace(made, updated=updated, digest=self._has_digests(channel))
        return {made.path + one.NAME: rendered(one.render, made) for one in offered(made)}

    def _retitled(self, made: Edition) -> datetime | None:
        """When feeds.toml last changed what the channel says of itself, by the cycles of polling; None for never."""
        key, says = f"says:{made.channel.id}", [made.title, made.description, made.channel.language]
        *before, at = json.loads(self.store.note(key) or "[null]")
        if before != says:
            at = self.store.note("cycle") if before else None
            self.store.save_note(key, json.dumps([*says, at]))
        return datetime.fromisoformat(at) if at else None

    def _archive(self, channel: Channel) -> Archive:
        return Archive(self.store, self.settings, channel, self.report)

    def _floor(self, channel: Channel) -> datetime | None:
        return floor(self.store, channel)

    def _feeding(self, channel: Channel) -> list[SourceFacts]:
        """The sources that may feed a channel, as many as a page can hold."""
        return [one for one in self.store.facts_of(self._feeders(channel)) if one.listed]

    def _feeders(self, channel: Channel) -> list[str]:
        """Their ids. Looked for once a feeds.toml: a tag that few of a million have takes a second to find."""
        key, stamp = f"feeding:{channel.id}", f"{self.store.synced()}|{channel.tags}|{channel.sources}"
        ids: list[str]
        known, ids = json.loads(self.store.note(key) or '["", []]')
        if known != stamp:
            ids = [one.id for one in self.store.feeding(channel, SHOWN_SOURCES)]
            self.store.save_note(key, json.dumps([stamp, ids]))
        return ids

    def _hubs(self, channel: Channel) -> tuple[str, ...]:
        own = (f"{self.settings.base_url}hub",) if self.settings.hub_enabled else ()
        return (*own, *channel.hub)

    def _opml(self) -> dict[str, bytes]:
        from aggregator.publish.formats import opml

        return {opml.NAME: opml.render(self.settings.title, self.store.facts(), self.settings.base_url)}


def _signposts(before: Mapping[str, str | None]) -> dict[str, bytes]:
    """Hidden files, by which a web server without a memory of its own answers 410 and 301 (checklist F15)."""
    gone = {f".gone/{folder[:-1]}": b"" for folder, now in before.items() if now is None and folder.count("/") == 1}
    moves = [f"rewrite ^/{re.escape(folder)}(.*)$ /{now}$1 permanent;\n" for folder, now in before.items() if now]
    return gone | ({".moved.conf": "".join(moves).encode()} if moves else {})


def _assets() -> dict[str, bytes]:
    return {asset.name: asset.read_bytes() for asset in sorted((PUBLISH / "assets").iterdir()) if asset.suffix in LOOKS}

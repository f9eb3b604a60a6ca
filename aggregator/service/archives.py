"""The archive documents of a channel. The store records which stories each one holds; that never changes."""

from __future__ import annotations

import contextlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from aggregator.model import Block, Channel, Settings, Story, Tombstone
from aggregator.model.record import dataclass
from aggregator.publish import files
from aggregator.publish.archive import block_size, closing
from aggregator.publish.files import Report
from aggregator.publish.rendering import rendered
from aggregator.publish.selection import edition
from aggregator.service.renaming import born
from aggregator.store.ports import Store

AT_ONCE = 40  # documents that are rendered before they are written
EVERYTHING = 1 << 31


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive of one channel."""

    store: Store
    settings: Settings
    channel: Channel
    report: Report

    def update(self, shown: Sequence[Story], *, force: bool = False) -> int | None:
        """Close the blocks that are due, and write what is new or changed; the newest number, None when there is none."""
        with self.store.transaction():
            newest, made = self._close({story.shown.entry.seq for story in shown})
        stamp = self._stamp()
        state = self._state()
        if force or state.get("stamp") != stamp:
            stale: Iterable[int] = range(1, newest + 1)
        else:
            stale = sorted(self._gone(newest, state) | made | self.store.stale_blocks(self.channel.id))
        due = iter(stale)
        while some := list(islice(due, AT_ONCE)):
            files.write(self.settings.output, dict(map(self._document, some)), self.report, files.SELDOM)
        if stale:
            self.store.settle_blocks(self.channel.id)
        if stale or state.get("folder") != self._folder_time():
            self.store.save_note(self._key(), json.dumps({**state, "stamp": stamp, "folder": self._folder_time()}))
        return newest or None

    def remove(self) -> None:
        """Take the files away; what they held stays recorded."""
        folder = f"archive/{self.channel.id}"
        there = (name for name in files.names(self.settings.output / folder) if name.endswith(".atom"))
        files.remove(self.settings.output, [f"{folder}/{name}" for name in there], self.report)

    def _close(self, window: set[int]) -> tuple[int, set[int]]:
        """The newest number of all, and the numbers of the blocks that close now."""
        newest, after = self.store.blocks_end(self.channel.id)
        state = self._state()
        late = set(state.get("late", ())) | self._unarchived({seq for seq in window | self._reshown() if seq <= after})
        waiting = [*sorted(late), *self.store.arrivals(self.channel.id, after, EVERYTHING)]
        size = state.setdefault("size", block_size(self.channel.limit))
        new = closing(waiting, window, size, first=not newest)
        made = [Block(number, min(seqs), max(seqs)) for number, seqs in enumerate(new, newest + 1)]
        for block, seqs in zip(made, new, strict=True):
            self._note(block, seqs, followed=block is not made[-1])
        self.store.add_blocks(self.channel.id, made)
        left = late.difference(*new)
        if made or left != set(state.get("late", ())):
            state.pop("folder", None)  # until they are written, all files are looked for
            self.store.save_note(self._key(), json.dumps({**state, "late": sorted(left)}))
        return newest + len(made), {block.number for block in made}

    def _reshown(self) -> set[int]:
        """Stories that may be shown only since the blocks closed in whose place they are: another telling was withdrawn, say."""
        stale = self.store.stale_blocks(self.channel.id)
        found: set[int] = set()
        before = 0  # the last that is in a document before
        for block in self.store.blocks(self.channel.id) if stale else ():
            first = min(before + 1, block.first)
            if block.number in stale:
                arrived = self.store.arrivals(self.channel.id, first - 1, block.last - first + 1)
                found.update(seq for seq in arrived if seq <= block.last)
            before = max(before, block.last)
        return found

    def _unarchived(self, seqs: set[int]) -> set[int]:
        """Of stories older than the newest block those that came into the channel later, so that no block has them."""
        left = sorted(seqs)
        for block in self.store.blocks(self.channel.id, left[0]) if left else ():
            if bisect_left(left, block.first) < bisect_right(left, block.last):
                seqs.difference_update(self._recorded(block.number)[0])
        return seqs

    def is_whole(self) -> bool:
        """Nobody has taken a document away or put one there since the last build, as far as can be told at a glance."""
        return self._state().get("folder") in (None, self._folder_time())

    def _gone(self, newest: int, state: Mapping[str, Any]) -> set[int]:
        """The documents that are not there. There may be tens of thousands: they are looked for when a file came or went."""
        known = state.get("folder")
        if not newest or (known is not None and known == self._folder_time()):
            return set()
        there = files.names(self._folder())
        return {number for number in range(1, newest + 1) if f"{number}.atom" not in there}

    def _folder(self) -> Path:
        return self.settings.output / "archive" / self.channel.id

    def _folder_time(self) -> int | None:
        """When a file last came or went."""
        with contextlib.suppress(OSError):
            return self._folder().stat().st_mtime_ns
        return None

    def _document(self, number: int) -> tuple[str, bytes]:
        """Path and bytes. Who else tells a story is not said: whoever joins later would change it."""
        from aggregator.publish.formats import atom

        seqs, followed = self._recorded(number)
        stories = self.store.told_alone(seqs)
        made = edition(
            self.channel, [one for one in reversed(stories) if _public(one)], self.settings,
            secret=self.store.secret(), born=born(self.store, self.channel.id),
            tombstones=self._tombstones(one.shown.entry.id for one in stories if not _public(one)),
            archive=number, previous=number - 1 if number > 1 else None,
            following=number + 1 if followed else None,
        )  # fmt: skip
        return self._path(number), rendered(atom.render, made)

    def _tombstones(self, gone: Iterable[str]) -> list[Tombstone]:
        ids = set(gone)
        return [one for one in self.store.tombstones(self.channel.id, EVERYTHING) if one.id in ids] if ids else []

    def _stamp(self) -> str:
        """Of what shapes the documents beside their stories."""
        settings, channel = self.settings, self.channel
        parts = (settings.base_url, channel.title, channel.description, channel.language, settings.teaser.read_more)
        return blake2b(repr((*parts, str(settings.output))).encode(), digest_size=12).hexdigest()

    def _key(self) -> str:
        return f"archive:{self.channel.id}"

    def _state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.store.note(self._key()) or "{}")
        return found

    def _note(self, block: Block, seqs: Sequence[int], *, followed: bool) -> None:
        self.store.save_note(f"{self._key()}:{block.number}", json.dumps([followed, *seqs], separators=(",", ":")))

    def _recorded(self, number: int) -> tuple[list[int], bool]:
        """The stories of a block, oldest first, and whether the next one closed together with it."""
        followed, *seqs = json.loads(self.store.note(f"{self._key()}:{number}") or "[false]")
        return seqs, followed

    def _path(self, number: int) -> str:
        from aggregator.publish.formats.words import archive_path

        return archive_path(self.channel.id, number)


def _public(story: Story) -> bool:
    entry = story.shown.entry
    return not entry.withdrawn and entry.excluded_by is None

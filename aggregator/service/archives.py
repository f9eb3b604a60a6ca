"""The archive documents of a channel. The store records which stories each one holds; that never changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice
from typing import Any

from aggregator.model import Block, Channel, Settings, Story, Tombstone
from aggregator.publish import files
from aggregator.publish.archive import block_size, closing
from aggregator.publish.files import Report
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
            blocks = self._close({story.shown.entry.seq for story in shown})
        stamp = self._stamp()
        state = self._state()
        stale = {block.number for block in blocks} if force or state.get("stamp") != stamp else self._stale(blocks)
        due = (block for block in blocks if block.number in stale)
        while some := list(islice(due, AT_ONCE)):
            files.write(self.settings.output, dict(map(self._document, some)), self.report)
        if stale:
            self.store.settle_blocks(self.channel.id)
            self.store.save_note(self._key(), json.dumps({**state, "stamp": stamp}))
        return blocks[-1].number if blocks else None

    def remove(self) -> None:
        """Take the files away; what they held stays recorded."""
        folder = f"archive/{self.channel.id}"
        there = (name for name in files.names(self.settings.output / folder) if name.endswith(".atom"))
        files.remove(self.settings.output, [f"{folder}/{name}" for name in there], self.report)

    def _close(self, window: set[int]) -> list[Block]:
        """All blocks, those that close now among them."""
        blocks = self.store.blocks(self.channel.id)
        after = max((block.last for block in blocks), default=0)
        state = self._state()
        late = set(state.get("late", ())) | self._unarchived({seq for seq in window if seq <= after}, blocks)
        waiting = [*sorted(late), *self.store.arrivals(self.channel.id, after, EVERYTHING)]
        size = state.setdefault("size", block_size(self.channel.limit))
        new = closing(waiting, window, size, first=not blocks)
        made = [Block(number, min(seqs), max(seqs)) for number, seqs in enumerate(new, len(blocks) + 1)]
        for block, seqs in zip(made, new, strict=True):
            self._note(block, seqs, followed=block is not made[-1])
        self.store.add_blocks(self.channel.id, made)
        left = late.difference(*new)
        if made or left != set(state.get("late", ())):
            self.store.save_note(self._key(), json.dumps({**state, "late": sorted(left)}))
        return blocks + made

    def _unarchived(self, seqs: set[int], blocks: Sequence[Block]) -> set[int]:
        """Of stories older than the newest block those that came into the channel later, so that no block has them."""
        oldest = min(seqs, default=0)
        for block in blocks:
            if block.last >= oldest and any(block.first <= seq <= block.last for seq in seqs):
                seqs = seqs.difference(self._recorded(block)[0])
        return seqs

    def _stale(self, blocks: Sequence[Block]) -> set[int]:
        """The documents that are not there, or that hold something withdrawn, edited or regrouped."""
        there = files.names(self.settings.output / "archive" / self.channel.id)
        gone = {block.number for block in blocks if f"{block.number}.atom" not in there}
        return gone | self.store.stale_blocks(self.channel.id)

    def _document(self, block: Block) -> tuple[str, bytes]:
        """Path and bytes. Who else tells a story is not said: whoever joins later would change it."""
        from aggregator.publish.formats import atom

        seqs, followed = self._recorded(block)
        stories = self.store.stories(seqs)
        made = edition(
            self.channel, [replace(one, also=()) for one in reversed(stories) if _public(one)], self.settings,
            secret=self.store.secret(), born=born(self.store, self.channel.id),
            tombstones=self._tombstones(one.shown.entry.id for one in stories if one.shown.entry.withdrawn),
            archive=block.number, previous=block.number - 1 if block.number > 1 else None,
            following=block.number + 1 if followed else None,
        )  # fmt: skip
        return self._path(block), atom.render(made)

    def _tombstones(self, withdrawn: Iterable[str]) -> list[Tombstone]:
        ids = set(withdrawn)
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

    def _recorded(self, block: Block) -> tuple[list[int], bool]:
        """The stories of a block, oldest first, and whether the next one closed together with it."""
        followed, *seqs = json.loads(self.store.note(f"{self._key()}:{block.number}") or "[false]")
        return seqs, followed

    def _path(self, block: Block) -> str:
        from aggregator.publish.formats.words import archive_path

        return archive_path(self.channel.id, block.number)


def _public(story: Story) -> bool:
    entry = story.shown.entry
    return not entry.withdrawn and entry.excluded_by is None

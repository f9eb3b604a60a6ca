"""The dated digests of a channel: recorded in the store when their period is over, and the same ever after."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from aggregator.model import Channel, Settings, Story
from aggregator.model.record import dataclass, replace
from aggregator.publish.digest import best, ended
from aggregator.publish.selection import edition
from aggregator.service.renaming import born
from aggregator.store.ports import Store

CONSIDERED = 2000  # stories of a period, newest first


@dataclass(frozen=True, slots=True)
class Digests:
    """Those of one channel that wants them."""

    store: Store
    settings: Settings
    channel: Channel

    def close(self) -> str:
        """Record the digest of the period that is over; what changes when there is something else to render."""
        known = self._known()
        cycle = self.store.note("cycle")
        if cycle and self.channel.edition:
            period = ended(self.channel.edition, datetime.fromisoformat(cycle))
            if period.name not in known:
                chosen = [story.shown.entry.seq for story in best(self._candidates(period.start), period, self._size)]
                known[period.name] = [period.label, period.end.isoformat(), *chosen]
                self.store.save_note(self._key, json.dumps(known))
        stones = self.store.tombstones(self.channel.id)
        return f"{list(known)[-1:]}|{len(stones)}|{stones[:1]}"

    def any(self) -> bool:
        """There is one."""
        return any(len(said) > 2 for said in self._known().values())

    def documents(self) -> dict[str, bytes]:
        """All that there is to write, none where no period had a story."""
        from aggregator.publish.formats.editions import Dated, render

        dated = [
            Dated(name, label, datetime.fromisoformat(end), tuple(filter(_public, self.store.stories(seqs))))
            for name, (label, end, *seqs) in reversed(self._known().items())
            if seqs
        ]
        if not dated:
            return {}
        name = born(self.store, self.channel.id)
        about = edition(self.channel, dated[0].stories, self.settings, secret=self.store.secret(), born=name)
        return {about.path + path: content for path, content in render(about, dated).items()}

    @property
    def _size(self) -> int:
        return self.channel.edition_size

    @property
    def _key(self) -> str:
        return f"editions:{self.channel.id}"

    def _known(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = json.loads(self.store.note(self._key) or "{}")
        return found

    def _candidates(self, start: datetime) -> list[Story]:
        everything = replace(self.channel, limit=CONSIDERED, per_source=CONSIDERED)
        return self.store.window(everything, start)


def _public(story: Story) -> bool:
    entry = story.shown.entry
    return not entry.withdrawn and entry.excluded_by is None

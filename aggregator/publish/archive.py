"""Archive documents (RFC 5005 section 4): every story of a channel, in the order of arrival, in blocks that never change.

A block closes only when one of its stories would otherwise stand in no document, so most of them close full. A document
names the next one only if both closed together: named later, it would have to change. Hence the first one never closes
alone, for an archive document has to lead somewhere.

No two blocks share a story. The newest one may hold some that the feed still shows, and a reader takes them for one by
their ids (RFC 5005 section 4.2): a block of one size, a feed of one length and no story missing leave no other way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

SMALLEST = 50  # stories of a full block, where the channel shows fewer


def block_size(limit: int) -> int:
    """How many stories a full block holds, given how many the channel shows."""
    return max(limit, SMALLEST)


def closing(waiting: Sequence[int], window: Collection[int], size: int, *, first: bool) -> list[tuple[int, ...]]:
    """The blocks that close now, oldest first; [] for none.

    `waiting`: the stories that are in no block yet, in order of arrival; `window`: those of the subscription document;
    `first`: there is no block yet.
    """
    outside = [place for place, seq in enumerate(waiting) if seq not in window]
    if not outside:
        return []
    blocks = []
    start = 0
    while start <= outside[-1]:
        blocks.append(tuple(waiting[start : start + size]))
        start += size
    if first and len(blocks) == 1 and len(blocks[0]) > 1:
        half = len(blocks[0]) // 2
        blocks = [blocks[0][:half], blocks[0][half:]]
    return blocks

"""Archive documents (RFC 5005 section 4): every story of a channel, in the order in which they arrived, in blocks that never change.

A block closes when it is full, or when a story in it would otherwise stand in no document: it has left the subscription
document before the block was full.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.model import Block

BLOCK = 100  # stories of a full archive document


def closed(open_seqs: Sequence[int], window: Sequence[int], number: int) -> list[Block]:
    """The blocks that close now, numbered from `number` on.

    `open_seqs`: the stories that are in no block yet, in order of arrival; `window`: those in the subscription document.
    """
    shown = set(window)
    blocks: list[Block] = []
    start = 0
    while len(open_seqs) - start > BLOCK:
        part = open_seqs[start : start + BLOCK]
        blocks.append(Block(number + len(blocks), part[0], part[-1]))
        start += BLOCK
    rest = open_seqs[start:]
    outside = [n for n, seq in enumerate(rest) if seq not in shown]
    if outside:
        part = rest[: outside[-1] + 1]
        blocks.append(Block(number + len(blocks), part[0], part[-1]))
    return blocks

"""A fair share of a channel for each of its sources (contract section 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

SHARE = 0.4


def share(
    candidates: Iterable[tuple[int, int]], limit: int, per_source: int | None, weights: Mapping[int, float]
) -> list[tuple[int, int]]:
    """Which of the (entry, source) candidates, given in order, fill `limit` places; in order, too.

    First at most 40 % of the places (or `per_source`, both times the source's weight) for each source, then the places
    that are left over, in order. Candidates are drawn only as long as one of them may still be chosen.
    """
    cap = per_source if per_source is not None else max(1, int(limit * SHARE))
    chosen: list[tuple[int, tuple[int, int]]] = []
    spare: list[tuple[int, tuple[int, int]]] = []
    taken: Counter[int] = Counter()
    for place, candidate in enumerate(candidates):
        if taken[candidate[1]] < max(1, int(cap * weights.get(candidate[1], 1.0))):
            taken[candidate[1]] += 1
            chosen.append((place, candidate))
        elif len(spare) < limit:
            spare.append((place, candidate))
        if len(chosen) == limit:
            break
    filled = chosen + spare[: limit - len(chosen)]
    return [candidate for _, candidate in sorted(filled)]

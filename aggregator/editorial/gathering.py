"""Stories out of entries that are alike: the likest two are put together first, so that the order of arrival decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aggregator.editorial import stories
from aggregator.editorial.stories import DRIFT, EDGE, MOST, WINDOW, Frequencies
from aggregator.model import Teller

Pair = tuple[float, Teller, Teller]  # how much alike, from 1 on
Fold = tuple[Teller, Teller]  # a lead, and the lead under which it goes with all that is under it


def pairs(one: Teller, others: Iterable[Teller], known: Frequencies) -> list[Pair]:
    """Those of the others that tell the same news as this one: of other sources, within WINDOW."""
    found = []
    for other in others:
        if other.source_id == one.source_id or abs(other.published - one.published) > WINDOW:
            continue
        if stories.at_most(one.terms, other.terms, known) < 1 - EDGE:
            continue  # most of what is found by a rare word or two
        first, second = (one, other) if one.id < other.id else (other, one)
        like = stories.likeness(first.terms, second.terms, known)
        if like >= 1:
            found.append((like, first, second))
    return found


def gathered(
    alike: Iterable[Pair],
    told: dict[int, list[Teller]],
    known: Frequencies,
    age: Callable[[Teller], Any],
) -> list[Fold]:
    """What goes under what. `told` has the tellers of every story by the seq of its lead, and is brought up to date.

    A story has at most MOST tellers, each of another source. Of two leads the one that is first by `age` stays one.
    """
    story = {one.seq: lead for lead, members in told.items() for one in members}
    folds = []
    for _, one, other in sorted(alike, key=lambda pair: (-pair[0], pair[1].id, pair[2].id)):
        mine, theirs = told[story[one.seq]], told[story[other.seq]]
        if mine is theirs or not _one_story(mine, theirs, known):
            continue
        leads = sorted((_lead(story, mine), _lead(story, theirs)), key=age)
        stays, goes = leads
        told[stays.seq] = [*told[stays.seq], *told.pop(goes.seq)]
        story.update((member.seq, stays.seq) for member in told[stays.seq])
        folds.append((goes, stays))
    return folds


def _lead(story: dict[int, int], members: Sequence[Teller]) -> Teller:
    return next(one for one in members if story[one.seq] == one.seq)


def _one_story(mine: Sequence[Teller], theirs: Sequence[Teller], known: Frequencies) -> bool:
    """They are few enough, of different sources, and all of them somewhat alike, so that a story does not drift."""
    if len(mine) + len(theirs) > MOST or {one.source_id for one in mine} & {one.source_id for one in theirs}:
        return False
    return all(stories.likeness(one.terms, other.terms, known) >= DRIFT for one in mine for other in theirs)

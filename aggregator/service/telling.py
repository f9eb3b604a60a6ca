"""Which of the stored entries tell the same news: asked about all that came since it was asked last.

Not one by one as they arrive: how telling a word is, is better known when all of a cycle are there, and it is the same then in
whatever order they came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from aggregator.editorial import stories
from aggregator.editorial.gathering import Pair, gathered, pairs
from aggregator.model import Teller
from aggregator.store.ports import Store, Wanted

PLACE = "told"  # note of the last seq that was asked about, and of how many entries were counted when all were
FREQUENCIES = "frequencies"
FLOOD = 200  # entries that a source brings at once, from which it leads nobody
YOUNG = 2000  # entries, under which a store knows so little of words that each tenth more is a reason to ask about all again
GROWN = 1.1
STEP = 200  # entries whose likes are looked for at a time


def tell(store: Store) -> set[int]:
    """Put the entries that came since the last time into stories; the seqs that went under another."""
    last, _, counted = (store.note(PLACE) or "0 0").partition(" ")
    arrived = store.untold(int(last))
    if not arrived:
        return set()
    newest = arrived[-1].seq
    known = stories.Frequencies(store.blob(FREQUENCIES))
    if known.total < YOUNG and known.total >= GROWN * int(counted):
        arrived, counted = store.untold(0), str(known.total)
    found = list(_alike(store, arrived, known))
    store.save_note(PLACE, f"{newest} {counted}")
    return _gather(store, found, known) if found else set()


def rank(store: Store, source_id: str, order: int, now: datetime) -> tuple[bool, int]:
    """Of sources first seen together the first in feeds.toml leads; one that brings hundreds at once goes after the others."""
    return store.arrived(source_id, now, FLOOD) >= FLOOD, order


def _alike(store: Store, arrived: Sequence[Teller], known: stories.Frequencies) -> Iterator[Pair]:
    """Every two of which at least one has arrived, each once."""
    searched = []
    for one in arrived:
        probes = stories.probes(one.terms, known) if one.first_seen - one.published <= 2 * stories.WINDOW else ()
        searched.append((one, probes))
    store.probe([(one.seq, one.first_seen, probes) for one, probes in searched])
    here = {one.seq: one for one in arrived}
    seen: set[tuple[int, int]] = set()
    rest = iter(searched)
    while step := list(islice(rest, STEP)):
        mates = store.storymates([_wanted(one, probes) for one, probes in step])
        others = {one.seq: one for one in store.tellers({seq for found in mates for seq in found} - here.keys())}
        tellers = here | others if others else here
        for (one, _), found in zip(step, mates, strict=True):
            both = [(min(one.seq, seq), max(one.seq, seq), seq) for seq in found if seq != one.seq and seq in tellers]
            yield from pairs(one, [tellers[seq] for *two, seq in both if tuple(two) not in seen], known)
            seen.update((first, second) for first, second, _ in both)


def _wanted(one: Teller, probes: Sequence[int]) -> Wanted:
    """Nothing for old news, told before it came here."""
    old = one.first_seen - one.published > stories.WINDOW
    return () if old else probes, one.first_seen - stories.WINDOW, one.first_seen + stories.WINDOW


def _gather(store: Store, found: list[Pair], known: stories.Frequencies) -> set[int]:
    told: dict[int, list[Teller]] = {}
    for one in store.tellers({one.seq for _, *two in found for one in two}, stories=True):
        told.setdefault(one.story, []).append(one)

    def age(lead: Teller) -> tuple[datetime, tuple[bool, int], int]:
        return lead.first_seen, rank(store, lead.source_id, lead.source_order, lead.first_seen), lead.seq

    folds = gathered(found, told, known, age)
    for goes, stays in folds:
        store.fold(goes.seq, None, stays.seq, f"tells the same news as {stays.id}")
    return {goes.seq for goes, _ in folds}

"""The same news told by several sources: a softer grouping than a copy, for display only.

Terms are weighted by how rare they are in what is stored (TF-IDF); the counts live in one small table of slots.
"""

from __future__ import annotations

import struct
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt
from zlib import crc32

from aggregator.editorial.shingles import words
from aggregator.model import Known

WINDOW = timedelta(hours=96)
MOST = 10  # entries of one story
TERMS = 48  # kept of one entry
PROBES = 8
SLOTS = 1 << 16
BODY = 400  # characters of text that count
STEM = 4  # letters of a word that count: endings do not
ENOUGH = 0.46  # cosine from which two headlines tell the same ...
ENOUGH_TEXT = 0.33  # ... and two entries with text, which say the same in more words
SHARED = 2  # telling terms that two entries must have in common
TELLING = 1.5  # rarity from which a term tells something: it is in fewer than a fifth of all entries
TEXT = 20  # terms from which an entry has text
DRIFT = 0.5  # of what is enough: so like its lead every telling is, whatever the others are like
STRANGE = 0.12  # cosine that is lost for a name or number in either title of which the other entry says nothing ...
STRANGERS = 2  # ... and for one more of each; three tell no more than two do
MOSTLY = 0.6  # of the words of a title: if so many have a capital, capitals name nothing
PRIOR = 20  # entries that are imagined before the first one: what is rare is not known from a few
COMMON, RARE = 0.3, 0.025  # of them, the shares that have a certain short word, or a certain longer one
NUMBER, SHORT = 1 << 31, 1 << 30  # what a term was before it was hashed
SHORT_WORD = 3  # letters of articles, prepositions and the like
SPACELESS = "\u0e00"  # from here on a single character can be a part of a text without spaces
REMEMBERED = 2000  # vectors: most candidates of a batch are those of its other entries
_NAMED = 128  # beside the count of a term: a name or number of the title
_OFTEN = 127  # the highest count; with that mark it is one byte
_PAIR = struct.Struct("<IB")  # a term and its count
_TIMES = 2 * (0.0, *(1 + log(count) for count in range(1, _NAMED)))  # what a count weighs, with and without the mark
_MARKS = "\"'«„“‘([{¿¡"  # before a word


class Frequencies:
    """In how many entries a term occurs, counted by slot of its hash; `total` is the number of entries."""

    def __init__(self, packed: bytes = b"") -> None:
        self.counts = array("I", packed) if len(packed) == 4 * (SLOTS + 1) else array("I", bytes(4 * (SLOTS + 1)))
        self._rarities: dict[int, float] = {}  # what was asked since the last entry was counted
        self._vectors: dict[bytes, dict[int, float]] = {}

    @property
    def total(self) -> int:
        """Entries counted."""
        return self.counts[SLOTS]

    def learn(self, made: bytes) -> None:
        """Count one entry."""
        for term, _ in _pairs(made):
            self.counts[term & (SLOTS - 1)] += 1
        self.counts[SLOTS] += 1
        self._rarities.clear()
        self._vectors.clear()

    def rarity(self, term: int) -> float:
        """The inverse document frequency, smoothed; above 0."""
        found = self._rarities.get(term)
        if found is None:
            imagined = PRIOR * (COMMON if term & SHORT else RARE)
            counted = min(self.counts[term & (SLOTS - 1)], self.total)  # two terms can share a slot
            found = log((self.total + PRIOR) / (counted + imagined))
            self._rarities[term] = found
        return found

    def weighted(self, made: bytes) -> dict[int, float]:
        """Unit vector of TF-IDF; {} for no terms. Not to be changed: one that was asked for lately is given again."""
        found = self._vectors.get(made)
        if found is None:
            lately, rarity = self._rarities, self.rarity
            raw = {term: _TIMES[count] * (lately.get(term) or rarity(term)) for term, count in _pairs(made)}
            norm = sqrt(sum(value * value for value in raw.values()))
            found = {term: value / norm for term, value in raw.items()} if norm else {}
            if len(self._vectors) >= REMEMBERED:
                self._vectors.clear()
            self._vectors[made] = found
        return found

    def tells(self, term: int) -> bool:
        """Whether a term is rare enough to say what an entry is about; the words of one large story always are."""
        in_few = self.counts[term & (SLOTS - 1)] <= MOST and not term & SHORT
        return in_few or self.rarity(term) >= TELLING

    def packed(self) -> bytes:
        """For the store."""
        return self.counts.tobytes()


def terms(title: str, text: str) -> bytes:
    """The terms of an entry, the title's counted twice, each with its count: 5 bytes; b"" for none."""
    counted = Counter(_stems(words(text[:BODY], 120)))
    heading = _stems(words(title, 120))
    counted.update(heading + heading)
    named = {stem for stem in heading if stem.isdigit()}.union(_stems(words(" ".join(_capitals(title)), 120)))
    ranked = sorted(
        [
            (_OFTEN - (count if count < _OFTEN else _OFTEN)) << 33 | _hashed(stem) << 1 | (stem in named)
            for stem, count in counted.items()
        ]
    )
    packed = [
        _PAIR.pack(rank >> 1 & 0xFFFFFFFF, _OFTEN - (rank >> 33) + _NAMED * (rank & 1)) for rank in ranked[:TERMS]
    ]
    return b"".join(packed)


def _capitals(title: str) -> list[str]:
    """The words with a capital; the first of a title has one anyhow, and so have all where it is the custom."""
    rest = title.split()[1:]
    found = [word for word in rest if word.lstrip(_MARKS)[:1].isupper()]
    return found if len(found) <= MOSTLY * len(rest) else []


def _stems(found: list[str]) -> list[str]:
    """The beginnings of words; of scripts without spaces, pairs of characters."""
    stems = [word[:STEM] for word in found if len(word) > 1 or word.isdigit()]
    if len(stems) < len(found):
        stems += [one + other for one, other in pairwise(found) if len(one) == len(other) == 1 and one >= SPACELESS]
    return stems


@lru_cache(maxsize=1 << 15)
def _hashed(stem: str) -> int:
    """30 bits of it, and whether it is a number or short; a script without spaces has no short words."""
    plain = crc32(stem.encode()) & (SHORT - 1)
    if stem.isdigit():
        return plain | NUMBER
    return plain | SHORT if len(stem) <= SHORT_WORD and stem < SPACELESS else plain


def _pairs(made: bytes) -> Iterable[tuple[int, int]]:
    return _PAIR.iter_unpack(made)


def numbers(made: bytes) -> frozenset[int]:
    """The numbers among the terms."""
    return frozenset([term for term, _ in _pairs(made) if term & NUMBER])


@lru_cache(maxsize=REMEMBERED)
def names(made: bytes) -> frozenset[int]:
    """The names and numbers of the title."""
    return frozenset([term for term, count in _pairs(made) if count >= _NAMED])


def probes(made: bytes, known: Frequencies) -> tuple[int, ...]:
    """The most telling terms, by which an entry is found."""
    vector = known.weighted(made)
    ranked = sorted([(-weight, term) for term, weight in vector.items()])[:PROBES]
    return tuple(term for _, term in ranked)


def cosine(one: dict[int, float], other: dict[int, float]) -> float:
    """0 to 1."""
    if len(other) < len(one):
        one, other = other, one
    return sum(value * other[term] for term, value in one.items() if term in other)


def related(one: Iterable[int], other: Iterable[int], known: Frequencies) -> bool:
    """Whether two entries share so many telling terms that it is worth comparing them."""
    return sum(map(known.tells, set(one).intersection(other))) >= SHARED


def likeness(one: bytes, other: bytes, known: Frequencies) -> float:
    """The cosine in units of what is enough for entries of that size: from 1 on they tell the same.

    Less for titles that each name somebody, something or a number that the other entry does not; 0 for entries that have
    fewer than SHARED telling words in common: one number or name is no news.
    """
    mine, theirs = known.weighted(one), known.weighted(other)
    if not related(mine, theirs, known):
        return 0.0
    strangers = min(len(names(one) - theirs.keys()), len(names(other) - mine.keys()), STRANGERS)
    enough = ENOUGH_TEXT if min(len(mine), len(theirs)) >= TEXT else ENOUGH
    return (cosine(mine, theirs) - STRANGE * strangers) / enough


def join(
    made: bytes, source_id: str, published: datetime, candidates: Sequence[Known], known: Frequencies
) -> int | None:
    """The seq of the lead whose story an entry tells; None for a story of its own.

    It has to be like the most similar teller, within WINDOW, and somewhat like the lead, so that a story does not drift;
    a story has at most MOST tellers, each of another source.
    """
    tellers: dict[int, list[Known]] = {}
    for one in candidates:
        tellers.setdefault(one.story, []).append(one)
    best: tuple[float, int] | None = None
    for lead, members in sorted(tellers.items()):
        if len(members) >= MOST or any(one.source_id == source_id for one in members):
            continue
        near = _nearest(made, published, lead, members, known)
        if near >= 1 and (best is None or near > best[0]):
            best = (near, lead)
    return best[1] if best else None


def _nearest(made: bytes, published: datetime, lead: int, members: Sequence[Known], known: Frequencies) -> float:
    """The likeness to the most similar teller of the window; 0 for none, and for a story whose lead is too different."""
    near = 0.0
    mine = known.weighted(made)
    for one in members:
        theirs = (term for term, _ in _pairs(one.terms))
        like = likeness(made, one.terms, known) if related(mine, theirs, known) else 0.0
        if one.seq == lead and like < DRIFT:
            return 0.0
        if abs(one.published - published) <= WINDOW:
            near = max(near, like)
    return near

"""The same news told by several sources: a softer grouping than a copy, for display only.

Terms are weighted by how rare they are in what is stored (TF-IDF); the counts live in one small table of slots.
"""

from __future__ import annotations

from array import array
from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt
from operator import mul
from sys import byteorder
from zlib import crc32

from aggregator.editorial.shingles import SPACELESS, words

WINDOW = timedelta(hours=96)
MOST = 10  # entries of one story
TERMS = 48  # kept of one entry
PROBES = 8
SLOTS = 1 << 16  # by the low 16 bits of a term
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
EDGE = 1e-9  # what a sum can differ by, whose order is another
PRIOR = 20  # entries that are imagined before the first one: what is rare is not known from a few
COMMON, RARE = 0.3, 0.025  # of them, the shares that have a certain short word, or a certain longer one
_COMMONLY, _RARELY = PRIOR * COMMON, PRIOR * RARE
NUMBER, SHORT = 1 << 31, 1 << 30  # what a term was before it was hashed
_PLAIN = SHORT - 1  # the bits of a hash
_SLOT = SLOTS - 1  # those that tell its slot
_ANY = 1 << 32  # entries; more than are counted
SHORT_WORD = 3  # letters of articles, prepositions and the like
REMEMBERED = 2000  # vectors: most candidates of a batch are those of its other entries
_STEMS = 20_000  # that are kept with their terms
_NAMED = 128  # beside the count of a term: a name or number of the title
_OFTEN = 127  # the highest count; with that mark it is one byte
_LOWER = int(byteorder == "big")  # which half of 32 bits is the lower one
_TIMES = 2 * (0.0, *(1 + log(count) for count in range(1, _NAMED)))  # what a count weighs, with and without the mark
_ONCE = [1.0] * TERMS  # what those weigh that occur once
_MARKS = "\"'«„“‘([{¿¡"  # before a word


class _Logs(dict[int, float]):
    """The logarithms of counts, each worked out once: with a million entries there are thousands of counts."""

    def __init__(self, prior: float) -> None:
        super().__init__()
        self.prior = prior

    def __missing__(self, counted: int) -> float:
        if len(self) >= SLOTS:
            self.clear()
        found = self[counted] = log(counted + self.prior)
        return found


_LOGS, _LOGS_OF_SHORT = _Logs(_RARELY), _Logs(_COMMONLY)


class _Terms(dict[str, int]):
    """The term of each stem that was met lately: most stems of a text are those of the text before."""

    def __missing__(self, stem: str) -> int:
        if len(self) >= _STEMS:
            self.clear()
        # What it was before: a script without spaces has no short words.
        kind = NUMBER if stem.isdigit() else SHORT if len(stem) <= SHORT_WORD and stem < SPACELESS else 0
        found = self[stem] = crc32(stem.encode()) & _PLAIN | kind
        return found


_TERMS = _Terms()


class Frequencies:
    """In how many entries a term occurs, counted by slot of its hash; `total` is the number of entries."""

    def __init__(self, packed: bytes = b"") -> None:
        self.counts = array("I", packed) if len(packed) == 4 * (SLOTS + 1) else array("I", bytes(4 * (SLOTS + 1)))
        self._most: tuple[int, int] | None = None  # of entries that have a telling term: any, a short one
        self._vectors: dict[bytes, dict[int, float]] = {}
        self._telling: dict[bytes, frozenset[int]] = {}

    @property
    def total(self) -> int:
        """Entries counted."""
        return self.counts[SLOTS]

    def learn(self, *made: bytes) -> None:
        """Count entries."""
        counts = self.counts
        for slot, count in Counter(_slots(made)).items():
            counts[slot] += count
        counts[SLOTS] += len(made)
        self._most = None
        self._vectors.clear()
        self._telling.clear()

    def weighted(self, made: bytes) -> dict[int, float]:
        """Unit vector of TF-IDF; {} for no terms. Not to be changed: one that was asked for lately is given again."""
        found = self._vectors.get(made)
        if found is None:
            if len(self._vectors) >= REMEMBERED:
                self._vectors.clear()
            found = self._vectors[made] = self._vector(made)
        return found

    def _vector(self, made: bytes) -> dict[int, float]:
        """Made for every entry that another is compared with."""
        if not made:
            return {}
        said, counts, total = _said(made), self.counts, self.total
        times, whole = [_TIMES[count] for count in _often(made)] + _ONCE, log(total + PRIOR)
        # The inverse document frequency, smoothed and above 0. Two terms can share a slot, and be counted there twice an entry.
        raw = [
            often
            * (whole - (_LOGS_OF_SHORT if term & SHORT else _LOGS)[c if (c := counts[term & _SLOT]) < total else total])
            for term, often in zip(said, times, strict=False)
        ]
        norm = sqrt(sum(map(mul, raw, raw)))
        return dict(zip(said, [value / norm for value in raw], strict=True))

    def telling(self, made: bytes) -> frozenset[int]:
        """The terms that are rare enough to say what an entry is about; the words of one large story always are."""
        found = self._telling.get(made)
        if found is None:
            if len(self._telling) >= REMEMBERED:
                self._telling.clear()
            found = self._telling[made] = self._told(made)
        return found

    def _told(self, made: bytes) -> frozenset[int]:
        if self._most is None:
            self._most = max(self._telling_most(_RARELY), MOST), self._telling_most(_COMMONLY)
        counts, (plain, short) = self.counts, self._most
        return frozenset([t for t in _said(made) if counts[t & _SLOT] <= (short if t & SHORT else plain)])

    def _telling_most(self, prior: float) -> int:
        """In how many entries a term can be that is rare enough."""
        total, whole = self.total, log(self.total + PRIOR)
        found = bisect(range(total + 1), False, key=lambda counted: whole - log(counted + prior) < TELLING) - 1
        return found if found < total else _ANY

    def packed(self) -> bytes:
        """For the store."""
        return self.counts.tobytes()


def terms(title: str, text: str) -> bytes:
    """The terms of an entry, the title's counted twice; b"" for none.

    One byte says how many of them occur more than once; these come first, the count of each in a byte, then all of them in four.
    """
    heading = _stems(words(title, 120))
    counted = Counter(_stems(words(text[:BODY], 120)) + heading + heading)
    named = {stem for stem in heading if stem.isdigit()}.union(_stems(words(" ".join(_capitals(title)), 120)))
    often = sorted([(-min(count, _OFTEN), _TERMS[stem], stem in named) for stem, count in counted.items() if count > 1])
    once = sorted([_TERMS[stem] for stem, count in counted.items() if count == 1])
    counts = bytes([_NAMED * is_name - less for less, _, is_name in often[:TERMS]])
    said = array("I", ([term for _, term, _ in often] + once)[:TERMS])
    return bytes([len(counts)]) + counts + said.tobytes() if said else b""


def _capitals(title: str) -> list[str]:
    """The words with a capital; the first of a title has one anyhow, and so have all where it is the custom."""
    rest = title.split()[1:]
    found = [word for word in rest if word.lstrip(_MARKS)[:1].isupper()]
    return found if len(found) <= MOSTLY * len(rest) else []


def _stems(found: list[str]) -> list[str]:
    """The beginnings of words; of scripts without spaces, pairs of characters."""
    stems = [word[:STEM] for word in found if len(word) > 1 or word.isdigit()]
    if len(stems) < len(found) and max(found) >= SPACELESS:
        stems += [one + other for one, other in pairwise(found) if len(one) == len(other) == 1 and one >= SPACELESS]
    return stems


def _slots(made: Iterable[bytes]) -> array[int]:
    """Where the terms of entries are counted: the low 16 bits of each."""
    return array("H", b"".join([one[one[0] + 1 :] for one in made if one]))[_LOWER::2]


def _said(made: bytes) -> array[int]:
    """The terms."""
    return array("I", made[made[0] + 1 :] if made else b"")


def _often(made: bytes) -> bytes:
    """How often the first ones occur, with a mark on those that name something in the title."""
    return made[1 : made[0] + 1]


def numbers(made: bytes) -> frozenset[int]:
    """The numbers among the terms."""
    return frozenset([term for term in _said(made) if term & NUMBER])


@lru_cache(maxsize=REMEMBERED)
def names(made: bytes) -> frozenset[int]:
    """The names and numbers of the title."""
    return frozenset([term for term, count in zip(_said(made), _often(made), strict=False) if count >= _NAMED])


def probes(made: bytes, known: Frequencies) -> tuple[int, ...]:
    """The most telling terms, by which an entry is found."""
    vector = known.weighted(made)
    ranked = sorted([(-weight, term) for term, weight in vector.items()])[:PROBES]
    return tuple(term for _, term in ranked)


def cosine(one: dict[int, float], other: dict[int, float]) -> float:
    """0 to 1."""
    if len(other) < len(one):
        one, other = other, one
    return sum([value * other[term] for term, value in one.items() if term in other])


def related(telling: frozenset[int], other: bytes) -> bool:
    """Whether an entry has so many of the telling terms of another that it is worth comparing them."""
    return len(telling.intersection(_said(other))) >= SHARED


def likeness(one: bytes, other: bytes, known: Frequencies) -> float:
    """The cosine in units of what is enough for entries of that size: from 1 on they tell the same.

    Less for titles that each name somebody, something or a number that the other entry does not; 0 for entries that have
    fewer than SHARED telling words in common: one number or name is no news.
    """
    if not related(known.telling(one), other):
        return 0.0
    mine, theirs = known.weighted(one), known.weighted(other)
    strangers = min(len(names(one) - theirs.keys()), len(names(other) - mine.keys()), STRANGERS)
    return (cosine(mine, theirs) - STRANGE * strangers) / _enough(one, other)


def at_most(one: bytes, other: bytes, known: Frequencies) -> float:
    """What the likeness cannot be above, for a fraction of its cost: as if the other said nothing but what both say."""
    said = _said(other)
    if len(known.telling(one).intersection(said)) < SHARED:
        return 0.0
    mine = known.weighted(one)
    shared = [mine[term] for term in said if term in mine]
    return sqrt(sum(map(mul, shared, shared))) / _enough(one, other)


def _enough(one: bytes, other: bytes) -> float:
    return ENOUGH_TEXT if min(len(_said(one)), len(_said(other))) >= TEXT else ENOUGH

"""Is an arriving entry another version of a text that is stored? Precision first: every key needs a second witness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from aggregator.editorial import shingles
from aggregator.editorial.titles import alike, numbers, title_key
from aggregator.model import Entry, Known, Source, Verdict

__all__ = ["bands", "judge", "sketch", "title_key"]

LEAST_ID = 8  # characters of an id that can be the same by more than chance
HARDLY_ANY = 8  # shingles under which a text tells nothing
ENOUGH = 25  # shingles from which a text alone can tell
LEAST_COMMON = 0.6  # of the shorter text that is in the longer one, in any copy told by its text
WINDOW = timedelta(days=30)

sketch = shingles.sketch
bands = shingles.bands


def judge(entry: Entry, source: Source, candidates: Sequence[Known]) -> Verdict:
    """What the entry is, seen beside its candidates: new, an edit of one of the same source, or a copy.

    The oldest candidate that qualifies is taken; Verdict.of is its seq. Pure, and the same for any order of candidates.
    """
    ordered = sorted(candidates, key=lambda known: (known.first_seen, known.source_order, known.seq))
    for known in ordered:
        if known.source_id == source.id and (because := _same_source(entry, known)):
            return Verdict("edit", known.seq, because)
    for known in ordered:
        because = _copy(entry, known) if known.source_id == source.id else _other_source(entry, known)
        if because:
            return Verdict("copy", known.seq, because)
    return Verdict("new")


def _same_source(entry: Entry, known: Known) -> str:
    """Tier B: the id changed, the link stayed; of a link that several items share only the one with this title."""
    if entry.url_key and entry.url_key == known.url_key and _same_title(entry, known):
        return "same source, same link and title"
    if not _same_link(entry, known):
        return ""
    if alike(entry.title_key, known.title_key) >= 55 or _common(entry, known)[1] >= 0.3:
        return "same source, same link"
    return ""


def _other_source(entry: Entry, known: Known) -> str:
    """Tiers A2, B2, then those of any source."""
    if _same_id(entry, known) and (
        _same_link(entry, known) or _titles_agree(entry, known) or _texts_agree(entry, known)
    ):
        return "same id"
    if _same_link(entry, known) and (_common(entry, known)[1] >= 0.5 and not _hardly_any(entry, known)):
        return "same canonical link"
    if _same_link(entry, known) and _no_text(entry, known) and _same_title(entry, known):
        return "same canonical link and title"
    return _copy(entry, known)


def _copy(entry: Entry, known: Known) -> str:
    """Tiers C and D: by title and text."""
    jaccard, contained = _common(entry, known)
    if contained < LEAST_COMMON or numbers(entry.title) != numbers(known.title):
        return ""
    least = min(shingles.size(entry.sketch), shingles.size(known.sketch))
    if _same_title(entry, known) and least >= HARDLY_ANY:
        return "same core title and text"
    near = abs((entry.published or known.first_seen) - known.published) <= WINDOW
    if (
        near
        and least >= ENOUGH
        and (jaccard >= 0.85 or contained >= 0.9)
        and alike(entry.title_key, known.title_key) >= 75
    ):
        return "same text"
    return ""


def _same_id(entry: Entry, known: Known) -> bool:
    same = entry.source_entry_id == known.source_entry_id and len(entry.source_entry_id) >= LEAST_ID
    return same and not _ambiguous("id", entry, known)


def _same_link(entry: Entry, known: Known) -> bool:
    return bool(entry.url_key) and entry.url_key == known.url_key and not _ambiguous("link", entry, known)


def _same_title(entry: Entry, known: Known) -> bool:
    return bool(entry.title_key) and entry.title_key == known.title_key and not _ambiguous("title", entry, known)


def _titles_agree(entry: Entry, known: Known) -> bool:
    return bool(entry.title_key) and alike(entry.title_key, known.title_key) >= 75


def _texts_agree(entry: Entry, known: Known) -> bool:
    return not _hardly_any(entry, known) and _common(entry, known)[1] >= 0.5


def _hardly_any(entry: Entry, known: Known) -> bool:
    return min(shingles.size(entry.sketch), shingles.size(known.sketch)) < HARDLY_ANY


def _no_text(entry: Entry, known: Known) -> bool:
    """One of the two is a title and a link alone, or both are hardly more; a few words beside a long text are a comment."""
    sizes = shingles.size(entry.sketch), shingles.size(known.sketch)
    return min(sizes) == 0 or max(sizes) < HARDLY_ANY


def _common(entry: Entry, known: Known) -> tuple[float, float]:
    return shingles.common(entry.sketch, known.sketch)


def _ambiguous(key: str, entry: Entry, known: Known) -> bool:
    """Several different items of one document share it: it identifies nothing."""
    return key in entry.ambiguous or key in known.ambiguous


def repeated(values: Iterable[str]) -> frozenset[str]:
    """Those that occur more than once; "" never does."""
    seen: set[str] = set()
    twice: set[str] = set()
    for value in values:
        (twice if value in seen else seen).add(value)
    return frozenset(twice - {""})

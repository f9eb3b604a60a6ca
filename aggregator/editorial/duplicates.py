"""Is an arriving entry another version of a text that is stored? Precision first: every key needs a second witness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from aggregator.editorial import shingles, stories
from aggregator.editorial.titles import alike, numbers, title_key
from aggregator.model import Entry, Known, Source, Verdict

__all__ = ["bands", "judge", "sketch", "title_key"]

LEAST_ID = 8  # characters of an id that can be the same by more than chance
HARDLY_ANY = 8  # shingles under which a text tells nothing
ENOUGH = 25  # shingles from which a text alone can tell
LEAST_COMMON = 0.6  # of the shorter text that is in the longer one, in any copy told by its text
MOSTLY_COMMON = 0.85  # the same, where a source gives another date: the next of a series is like the one before
SHORT = 10  # shingles from which a whole text that two sources have is no set phrase, if their titles are alike
SENTENCES = 16  # the same, whatever the titles
WINDOW = timedelta(days=30)
RELAYED = timedelta(days=3)  # what another source takes over under a title of its own, it takes over at once
AT_ONCE = timedelta(hours=1)  # dates of one source that are the same but for a time zone or a second thought

_NEW = Verdict("new")
_Text = TypeVar("_Text", str, bytes)

sketch = shingles.sketch
bands = shingles.bands


def judge(entry: Entry, source: Source, candidates: Sequence[Known]) -> Verdict:
    """What the entry is, seen beside its candidates: new, an edit of one of the same source, or a copy.

    The oldest candidate that qualifies is taken; Verdict.of is its seq. Pure, and the same for any order of candidates.
    """
    if not candidates:
        return _NEW
    ordered = sorted(candidates, key=lambda known: (known.first_seen, known.source_order, known.seq))
    for known in ordered:
        if known.source_id == source.id and (because := _same_source(entry, known)):
            return Verdict("edit", known.seq, because)
    for known in ordered:
        own = known.source_id == source.id
        because = _again(entry, known) if own else _other_source(entry, source, known, ordered)
        if because:
            return Verdict("copy", known.seq, because)
    return _NEW


def _same_source(entry: Entry, known: Known) -> str:
    """Tier B: the id changed, the link stayed; of a link that several items share only the one with this title."""
    if entry.url_key and entry.url_key == known.url_key and _same_title(entry, known):
        return "same source, same link and title"
    if not _same_link(entry, known):
        return ""
    at_once = _apart(entry, known) <= AT_ONCE  # else: a page that tells something else every day, "Deals of the day"?
    if _common(entry, known)[1] >= (0.3 if at_once else 0.5):
        return "same source, same link"
    short = at_once and _hardly_any(entry, known)
    return "same source, same link" if short and alike(entry.title_key, known.title_key) >= 55 else ""


def _again(entry: Entry, known: Known) -> str:
    """The same source, with another id and another link: what has another date too needs more in common."""
    at_once = _apart(entry, known) <= AT_ONCE
    if at_once or _common(entry, known)[1] >= MOSTLY_COMMON:
        because = _same_title_and_text(entry, known) or (_same_text(entry, known) if at_once else "")
        if because:
            return because
    moment = entry.published == known.published and _precise(known.published)
    return "same source, same title and moment" if moment and _same_title(entry, known) else ""


def _other_source(entry: Entry, source: Source, known: Known, candidates: Sequence[Known]) -> str:
    """Tiers A2, B2, then by title and text."""
    if _same_id(entry, known) and (
        _same_link(entry, known) or _titles_agree(entry, known) or _texts_agree(entry, known)
    ):
        return "same id"
    if _same_link(entry, known) and (_common(entry, known)[1] >= 0.5 and not _hardly_any(entry, known)):
        return "same canonical link"
    if _same_link(entry, known) and _no_text(entry, known) and _same_words(entry, known):
        return "same canonical link and title"
    return _same_title_and_text(entry, known) or _same_text(entry, known) or _relayed(entry, source, known, candidates)


def _same_title_and_text(entry: Entry, known: Known) -> str:
    """Tier C."""
    if not _same_title(entry, known) or _hardly_any(entry, known) or _common(entry, known)[1] < LEAST_COMMON:
        return ""
    return "same core title and text" if numbers(entry.title) == numbers(known.title) else ""


def _same_text(entry: Entry, known: Known) -> str:
    """Tier D: by a text that is long enough, with a title that was edited."""
    jaccard, contained = _common(entry, known)
    if max(jaccard / 0.85, contained / 0.9) < 1 or _ambiguous("text", entry, known) or _least(entry, known) < ENOUGH:
        return ""
    if _apart(entry, known) > WINDOW or numbers(entry.title) != numbers(known.title):
        return ""
    return "same text" if alike(entry.title_key, known.title_key) >= 75 else ""


def _relayed(entry: Entry, source: Source, known: Known, candidates: Sequence[Known]) -> str:
    """Tier E: the whole of a text, short as it may be, told by another source at once, under whatever title.

    All numbers agree, or else it is the same form filled in again; so it is where one source has the text more than once.
    """
    least, (jaccard, _) = _least(entry, known), _common(entry, known)
    if least < SHORT or jaccard < LEAST_COMMON or _apart(entry, known) > RELAYED or _ambiguous("text", entry, known):
        return ""
    similar = alike(entry.title_key, known.title_key)
    if similar < 85 and (jaccard < 0.9 or (similar < 50 and least < SENTENCES)):
        return ""
    if stories.numbers(entry.terms) != stories.numbers(known.terms) or numbers(entry.title) != numbers(known.title):
        return ""
    return "" if _is_form(entry, source, known, candidates) else "same text in another source"


def _is_form(entry: Entry, source: Source, known: Known, candidates: Sequence[Known]) -> bool:
    """One of the two sources has told much the same text before, of something else."""
    original = known.duplicate_of or known.seq
    return any(
        one.source_id in (source.id, known.source_id)
        and (one.duplicate_of or one.seq) != original
        and _common(entry, one)[0] >= LEAST_COMMON
        for one in candidates
    )


def _same_id(entry: Entry, known: Known) -> bool:
    same = entry.source_entry_id == known.source_entry_id and len(entry.source_entry_id) >= LEAST_ID
    return same and not _ambiguous("id", entry, known)


def _same_link(entry: Entry, known: Known) -> bool:
    return bool(entry.url_key) and entry.url_key == known.url_key and not _ambiguous("link", entry, known)


def _same_title(entry: Entry, known: Known) -> bool:
    return bool(entry.title_key) and entry.title_key == known.title_key and not _ambiguous("title", entry, known)


def _same_words(entry: Entry, known: Known) -> bool:
    """The same title, also one that is too short to tell anything by itself."""
    return _same_title(entry, known) or (not entry.title_key and entry.title.casefold() == known.title.casefold())


def _titles_agree(entry: Entry, known: Known) -> bool:
    return bool(entry.title_key) and alike(entry.title_key, known.title_key) >= 75


def _texts_agree(entry: Entry, known: Known) -> bool:
    return not _hardly_any(entry, known) and _common(entry, known)[1] >= 0.5


def _hardly_any(entry: Entry, known: Known) -> bool:
    return _least(entry, known) < HARDLY_ANY


def _least(entry: Entry, known: Known) -> int:
    """Shingles of the shorter text."""
    return min(shingles.size(entry.sketch), shingles.size(known.sketch))


def _apart(entry: Entry, known: Known) -> timedelta:
    """Between their dates; what has none is of today."""
    return abs((entry.published or known.first_seen) - known.published)


def _precise(moment: datetime) -> bool:
    """A time of day, not the beginning of one."""
    return (moment.hour, moment.minute, moment.second) != (0, 0, 0)


def _no_text(entry: Entry, known: Known) -> bool:
    """One of the two is a title and a link alone, or both are hardly more; a few words beside a long text are a comment."""
    sizes = shingles.size(entry.sketch), shingles.size(known.sketch)
    return min(sizes) == 0 or max(sizes) < HARDLY_ANY


def _common(entry: Entry, known: Known) -> tuple[float, float]:
    return shingles.common(entry.sketch, known.sketch)


def _ambiguous(key: str, entry: Entry, known: Known) -> bool:
    """Several different items of one document share it: it identifies nothing."""
    return key in entry.ambiguous or key in known.ambiguous


def repeated(values: Iterable[_Text]) -> frozenset[_Text]:
    """Those that occur more than once; what is empty never does."""
    seen: set[_Text] = set()
    twice: set[_Text] = set()
    for value in values:
        (twice if value in seen else seen).add(value)
    return frozenset(value for value in twice if value)

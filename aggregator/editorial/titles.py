"""Titles, reduced to their core for comparing."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from aggregator.editorial.shingles import words

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SET_APART = re.compile(r"[\[(【\])|»·•:–—-]")  # without any of these nothing is before or behind a title


def core(title: str) -> str:
    """Without what is put before or behind a title by the site that tells it."""
    if not _SET_APART.search(title):
        return title
    *others, trailing = _around()
    short = title
    for pattern in others:
        short = pattern.sub("", short)
    cut = trailing.sub("", short)
    return cut if len(cut.split()) >= 3 else short


@cache
def _around() -> tuple[re.Pattern[str], ...]:
    """What stands before a title, twice, and behind it, twice. Made for the first: a cycle without news has none."""
    leading = re.compile(
        r"^\s*(?:[\[(【](?:[^\])】\d]{1,25})[\])】]\s*|(?:updated?|breaking(?:\s+news)?|exclusive|video|watch|listen|podcast|photos?|gallery|live|opinion|analysis|"
        r"just\s+in|correction|corrected|news|press\s+release|sponsored|eilmeldung|aktualisiert|mise\s+à\s+jour|actualización|срочно|видео)(?:\s*\d+)?\s*[:|–—-]\s+)+",
        re.IGNORECASE,
    )
    # As news agencies mark a new version: "UPDATE 2-Title".
    wire = re.compile(r"^\s*(?:UPDATE|Update|CORRECTED|Corrected|REFILE|WRAPUP|RPT|EXCLUSIVE)(?:\s+\d+)?-(?=\S)")
    trailing = re.compile(r"\s+(?:[|»·•]|::|[–—-])\s+[^|»·•–—]{1,40}$")
    tagged = re.compile(
        r"\s*[\[(](?:updated?|video|photos?|pdf|audio|corrected|exclusive|podcast|gallery|\w{0,12}\s?\d{4})[\])]\s*$",
        re.IGNORECASE,
    )
    return wire, leading, tagged, trailing


@lru_cache(maxsize=4096)  # a title that is like many is asked for with each of them
def title_key(title: str) -> str:
    """The folded core; "" for a title that says too little to be compared (under two words and eight letters)."""
    found = words(core(title), 60)
    key = " ".join(found)
    return key if len(found) >= 2 or len(key) >= 8 else ""


def numbers(title: str) -> frozenset[str]:
    """The numbers in the core of a title: two parts of a series differ in nothing else."""
    return frozenset(_NUMBER.findall(core(title)))


def alike(one: str, other: str) -> int:
    """How similar two folded titles are, 0 to 100, whatever the order of their words."""
    if one == other:
        return 100
    from difflib import SequenceMatcher  # few cycles bring titles that are compared

    a, b = " ".join(sorted(one.split())), " ".join(sorted(other.split()))
    plain = SequenceMatcher(None, one, other, autojunk=False).ratio()
    ordered = SequenceMatcher(None, a, b, autojunk=False).ratio()
    return round(100 * max(plain, ordered))

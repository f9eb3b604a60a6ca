"""Folding for comparing words: case, accents, widths, invisible characters, quotes, dashes and white space."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_TRANSLATE = _INVISIBLE | {0x2019: "'", 0x2018: "'"} | dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)


def folded(text: str) -> str:
    """As words are compared: NFKC, case folding, combining marks removed, one space for any white space."""
    if text.isascii():
        return " ".join(text.lower().split())
    text = unicodedata.normalize("NFKC", text).translate(_TRANSLATE).casefold()
    text = unicodedata.normalize("NFD", text)
    text = (
        "".join(c for c in text if not unicodedata.combining(c))
        if not _only_common_marks(text)
        else _MARKS.sub("", text)
    )
    return " ".join(unicodedata.normalize("NFC", text).split())


def _only_common_marks(text: str) -> bool:
    """Whether _MARKS covers every mark of a text: those of Latin, Greek, Cyrillic, Hebrew and Arabic."""
    return max(text, default="") < "\u0700"


def exact(text: str) -> str:
    """NFC, one space for any white space but the line feeds between blocks; case and accents as they are."""
    return "\n".join(" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n"))

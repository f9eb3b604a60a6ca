"""Folding for comparing words: case, accents, widths, invisible characters, quotes, dashes and white space."""

from __future__ import annotations

import unicodedata

from aggregator.editorial.patterns import pattern_of

# Soft hyphens, zero-width characters, bidi controls, variation selectors; and what encloses another character.
_UNSEEN = r"[\p{Default_Ignorable_Code_Point}\p{Me}]+"
_MARKS = r"[\p{M}--\p{ccc=0}]+"
# Unicode's Dash property, and the two quotes that stand for an apostrophe. One replace each is faster than a table or a pattern.
_PLAIN = dict.fromkeys(
    "\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2053\u2212\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\U00010d6e\U00010ead",
    "-",
) | {"\u2018": "'", "\u2019": "'"}


def folded(text: str) -> str:
    """As words are compared: NFKC, case folding, combining marks removed, one space for any white space."""
    if text.isascii():
        return " ".join(text.lower().split())
    text = pattern_of(_UNSEEN).sub("", unicodedata.normalize("NFKC", text))
    for character, plain in _PLAIN.items():
        text = text.replace(character, plain)
    text = unicodedata.normalize("NFD", text.casefold())
    return " ".join(unicodedata.normalize("NFC", pattern_of(_MARKS).sub("", text)).split())


def exact(text: str) -> str:
    """NFC, one space for any white space but the line feeds between blocks; case and accents as they are."""
    return "\n".join(" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n"))

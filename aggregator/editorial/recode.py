"""Text that was encoded twice: UTF-8 that somebody read as windows-1252 and wrote as UTF-8 once more ("crÃ¨che")."""

from __future__ import annotations

import re

from aggregator.editorial.patterns import late

_HIGH = "ŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™"  # what windows-1252 has in the place of controls
_SUSPECT = late(f"[\u00c2-\u00f4][\u0080-\u00bf{_HIGH}]|\ufffd")
# The same in UTF-8, as far as can be told quickly: what begins with a letter and not with a class is found ten times as fast.
_MAYBE = re.compile(b"\xc3[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]")
_LEADS, _LEADS_TOO = (
    "ÂÃâÐÑ",
    "ÄÅ",
)  # what is met before one byte of Latin, punctuation and Cyrillic; and of Slavic and Turkish
_LONE = late("(?<=[a-z.,;:!?)])Â +")  # "Â" and a no-break space that became a space on its way
_RUN = late(f"[\u0080-\u00ff{_HIGH}]*[\u0080-\u00ff][\u0080-\u00ff{_HIGH}]*")
_SPACED = late("[\u00e0-\u00ef]\u00a0")  # "é" and a no-break space: how French is set, no lead byte


def recoded(text: str) -> str:
    """Decoded once more, if every run of such characters in it agrees; else as it is. U+FFFD says nothing and goes."""
    if not is_suspect(text):
        return text
    text = _LONE.sub(" ", text)
    if not _SUSPECT.search(text) or _SPACED.search(text):
        return text
    text = text.replace("\ufffd", "")
    try:
        return _RUN.sub(_decoded, text)
    except ValueError:
        return text


def is_suspect(text: str) -> bool:
    """Whether it is worth a closer look."""
    if text.isascii():
        return False
    encoded = text.encode("utf-8", "surrogatepass")
    if b"\xc3" in encoded and (b"\xc3\x82 " in encoded or _MAYBE.search(encoded)):  # "Â "
        return True
    return b"\xef\xbf\xbd" in encoded  # U+FFFD


def _decoded(run: re.Match[str]) -> str:
    """Raises ValueError where it was encoded once: one letter with a sign behind it, at the end of a word ("NESCAFÉ®")."""
    made = b"".join(map(_byte, run[0])).decode()
    before = run.string[run.start() - 1 : run.start()]
    if (
        len(made) == 1
        and before.isalpha()
        and run[0][0] not in _LEADS
        and (before.isupper() or run[0][0] not in _LEADS_TOO)
    ):
        raise ValueError(run[0])
    return made


def _byte(char: str) -> bytes:
    """In windows-1252; the five that it lacks as in Latin-1."""
    try:
        return char.encode("windows-1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")

"""Text made fit for XML and for people: what no XML document may hold goes, bidirectional overrides are closed."""

from __future__ import annotations

import re

from aggregator.editorial.patterns import late
from aggregator.editorial.recode import recoded

# XML 1.0 section 2.2, without the noncharacters; U+007F is legal there and of no use to anybody.
_ILLEGAL = late("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_FAR = late(
    "[" + "".join(chr(plane * 0x10000 + 0xFFFE) + chr(plane * 0x10000 + 0xFFFF) for plane in range(1, 17)) + "]"
)
_C1 = late("[\x80-\x9f]")
_INVISIBLE = late("[\u200b\ufeff\u00ad]")
_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_BIDI = late(f"[{_CONTROLS}]")
_EMBEDDINGS, _ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
_MOST = 1000  # of them in a line


def clean(text: str) -> str:
    """Without characters that XML forbids; a C1 control becomes what windows-1252 means by it (checklist A35)."""
    text = recoded(text)
    if is_plain(text):
        return text
    text = _ILLEGAL.sub("", text)
    if len(text.encode("utf-16-le")) > 2 * len(text):  # a plane but the first; a tenth of what to look at each takes
        text = _FAR.sub("", text)
    return _C1.sub(_windows_1252, text) if _C1.search(text) else text


def is_plain(text: str) -> bool:
    """Nothing in it but printable characters, line ends, tabs and no-break spaces: nothing to look for, which is dear."""
    if text.isprintable():
        return True
    return text.replace("\n", "").replace("\r", "").replace("\t", "").replace("\xa0", "").isprintable()


def _windows_1252(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("windows-1252", "ignore")


def spaced(text: str) -> str:
    """Runs of white space as one space, trimmed; soft hyphens and zero-width spaces gone (checklist L5)."""
    if text.isprintable():
        return " ".join(text.split())
    return " ".join(_INVISIBLE.sub("", text).split())


def one_line(text: str) -> str:
    """Clean, on one line, trimmed, with balanced bidi controls; "" for nothing. Of such a line it is the line itself."""
    while (line := balanced(spaced(clean(text)))) != text:  # one step may uncover what another takes: "ÃƒÂ©", "Ã©", "é"
        text = line
    return line


def balanced(text: str) -> str:
    """Every embedding and isolate is closed at the end, and nothing is closed that was not opened (checklist L5).

    A line with thousands of them is no writing, and all of them go.
    """
    if text.isprintable() or not _BIDI.search(text):
        return text
    if len(text) > _MOST and sum(map(text.count, _CONTROLS)) > _MOST:
        return _BIDI.sub("", text)
    out: list[str] = []
    stack: list[str] = []
    for c in text:
        if c in _EMBEDDINGS:
            stack.append(_POP_EMBEDDING)
        elif c in _ISOLATES:
            stack.append(_POP_ISOLATE)
        elif c in (_POP_EMBEDDING, _POP_ISOLATE):
            if not stack or stack[-1] != c:
                continue
            stack.pop()
        out.append(c)
    return "".join(out + stack[::-1])


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word where one ends in the last third, with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ")
    return balanced((head[:space] if space > limit * 2 // 3 else head).rstrip(" ,;:–-") + "…")

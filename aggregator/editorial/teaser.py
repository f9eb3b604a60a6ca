"""A teaser: plain text of at most `max` characters that ends where a sentence does, else in one ellipsis (checklist L8 to L18)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import regex

from aggregator.editorial.boilerplate import ELLIPSIS, bare, trimmed
from aggregator.editorial.normalise import balanced
from aggregator.editorial.sentences import ends
from aggregator.editorial.text import HEADING

_CLUSTER = regex.compile(r"\X")
# Without any of these every code point is a grapheme cluster of its own.
_COMPLEX = regex.compile(
    r"[\p{M}\p{Cf}\p{Emoji_Modifier}\p{Regional_Indicator}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\r]", regex.V1
)
_SPACELESS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]", regex.V1)
_NOT_AT_START = (
    "、。，．・：；？！゛゜ー々〻）」』】〉》〕］｝’”ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.!?;:)…%％"
)
_NOT_AT_END = "（「『【〈《〔［｛‘“$￥"
_DANGLING = " ,;:–—-(\"'“‘«[„/|•&"
_ENDED = regex.compile(r"[.!?…。！？．؟۔։।॥။።][\"'”’»›)\]」』》】）]*$", regex.V1)
_AHEAD = 80  # characters behind the longest teaser that are looked at, to see whether a sentence goes on
_SENTENCE_LIKE = 60  # characters from which a heading is read as a standfirst


def teaser(
    blocks: Sequence[str],
    title: str = "",
    *,
    least: int,
    most: int,
    language: str | None = None,
    names: Sequence[str] = (),
) -> tuple[str, str]:
    """The teaser of a text and how it ends: sentence | word | whole | none. ("", "none") when there is no text.

    `least` and `most` are grapheme clusters: the window in which a sentence end is looked for.
    """
    found = _begun(blocks, title, names, most)
    if found is not None:
        return _cut(*found, least, most, language)
    kept, cut = trimmed(blocks, title, names)
    text = _joined(_without_headings(kept), most * 8)
    if not text:
        return "", "none"
    edges = _edges(text, most * 4)
    if len(edges) <= most:
        return _whole(text, cut, language, len(edges))
    return _cut(text, edges, least, most, language)


def _begun(blocks: Sequence[str], title: str, names: Sequence[str], most: int) -> tuple[str, Sequence[int]] | None:
    """The beginning of a long text and its edges, if that is enough to cut; None: all of it is to be looked at (L12)."""
    head = _as_much(blocks, most * 3)
    if len(head) == len(blocks):
        return None
    text = _joined(_without_headings(trimmed(head, title, names, goes_on=True)[0]), most * 8)
    edges = _edges(text, most * 4)
    return (text, edges) if len(edges) > most + _AHEAD else None


def _as_much(blocks: Sequence[str], length: int) -> Sequence[str]:
    for n, block in enumerate(blocks, 1):
        length -= len(block)
        if length < 0:
            return blocks[:n]
    return blocks


def _without_headings(blocks: Sequence[str]) -> list[str]:
    """Section headings go; a heading that is a sentence, or that is all there is, is text."""
    prose = [b for b in blocks if not b.startswith(HEADING) or _is_sentence(bare(b))]
    return [b.removeprefix(HEADING) for b in (prose or blocks)]


def _is_sentence(heading: str) -> bool:
    return len(heading) >= _SENTENCE_LIKE or bool(_ENDED.search(heading))


def _joined(blocks: Sequence[str], limit: int) -> str:
    """Blocks on one line, only as much as is needed (L12)."""
    parts: list[str] = []
    length = 0
    for block in blocks:
        parts.append(block)
        length += len(block) + 1
        if length > limit:
            break
    return " ".join(parts)[:limit]


def _edges(text: str, limit: int) -> Sequence[int]:
    """The end of each of the first `limit` grapheme clusters."""
    if not _COMPLEX.search(text):
        return range(1, min(len(text), limit) + 1)
    out = []
    for match in _CLUSTER.finditer(text):
        out.append(match.end())
        if len(out) >= limit:
            break
    return out


def _whole(text: str, cut: bool, language: str | None, length: int) -> tuple[str, str]:
    """A text that fits. One that its publisher cut inside a sentence, without saying so, ends at its last sentence."""
    if cut and not _ENDED.search(text):
        last = max((end for end in ends(text, language) if end >= len(text) // 2), default=0)
        if last:
            return text[:last], "sentence"
        return (_finished(text) if length > 1 else text), "word"
    return text, "whole"


def _cut(text: str, edges: Sequence[int], least: int, most: int, language: str | None) -> tuple[str, str]:
    limit = edges[most - 1]
    floor = edges[max(0, min(least, most) - 1)]
    last = max((end for end in ends(text[: limit + _AHEAD], language, floor) if end <= limit), default=0)
    if last >= floor:
        return balanced(text[:last]), "sentence"
    return balanced(_at_word(text, edges, most - 1)), "word"


def _at_word(text: str, edges: Sequence[int], room: int) -> str:
    """At most `room` clusters ending with a word, and the ellipsis."""
    end = edges[room - 1]
    if text[end : end + 1].isspace() or text[end - 1].isspace():
        return _finished(text[:end])
    head = text[:end]
    space = head.rfind(" ")
    wide = _wide_break(text, end, edges)
    best = max(space, wide)
    return _finished(text[: best if best > end // 2 else end])


def _wide_break(text: str, end: int, edges: Sequence[int]) -> int:
    """The last place before `end` where a script without spaces may be broken (L13, kinsoku); 0 where there is none."""
    at = bisect_right(edges, end) - 1
    for i in range(at, max(-1, at - 12), -1):
        cut = edges[i]
        here, following = text[cut - 1], text[cut : cut + 1]
        if (
            following
            and here not in _NOT_AT_END
            and following not in _NOT_AT_START
            and (_SPACELESS.match(here) or _SPACELESS.match(following))
        ):
            return cut
    return 0


def _finished(text: str) -> str:
    return text.rstrip(_DANGLING + ELLIPSIS + ".。、").rstrip() + ELLIPSIS

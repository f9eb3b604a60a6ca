"""A teaser: plain text of at most `max` characters that ends where a sentence does, else in one ellipsis (checklist L8 to L18)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from aggregator.editorial.boilerplate import ELLIPSIS, Cut, bare, trimmed, without_lead
from aggregator.editorial.furniture import ASIDE_LINK, MARKDOWN_BOLD, MARKDOWN_LINK, RULE, SHORTCODE
from aggregator.editorial.normalise import balanced
from aggregator.editorial.patterns import late, pattern_of
from aggregator.editorial.sentences import last_end
from aggregator.editorial.text import HEADING
from aggregator.model.record import dataclass

_CLUSTER = r"\X"
# What needs no closer look, to be told quickly: Latin, Cyrillic and ideographs, composed, with their punctuation.
_PLAIN = re.compile(
    "[ -\u00ac\u00ae-\u02ff\u0400-\u0482\u048a-\u0556\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u3001-\u3029\u3041-\u3098\u309b-\u30ff\u3400-\u9fff\uff01-\uff9d]*"
)
_PICTURES = late("[\u2600-\u27bf\U0001f300-\U0001f3fa\U0001f400-\U0001faff]")  # no more complex than they
# Without any of these every code point is a grapheme cluster of its own.
_COMPLEX = r"[\p{M}\p{Cf}\p{Emoji_Modifier}\p{Regional_Indicator}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\r]"
_SPACELESS, _FIRST_SPACELESS = r"[\p{Han}\p{Hiragana}\p{Katakana}]", "\u2e80"
_NOT_AT_START = (
    "、。，．・：；？！゛゜ー々〻）」』】〉》〕］｝’”ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.!?;:)…%％"
)
_NOT_AT_END = "（「『【〈《〔［｛‘“$￥"
_DANGLING = " ,;:–—-(\"'“‘«[„/|•&"
_ENDED = re.compile(r"[.!?…。！？．؟۔։।॥။።;\u037e][\"'”’»›)\]」』》】）]*$")
_TRAILS_OFF = re.compile(r"(?:[ ,;:–-]*(?:\[\s*(?:\.{3,}|…)\s*\]|\(\s*(?:\.{3,}|…)\s*\)|\.{3,}|…+))+$")
_EMPTIED = late(r"\s*\(\s+\)|\s\(\)")  # a bracket that held a link or a picture
_OPEN = ",:;([–—-"  # what nothing ends in: something that followed was left out
_PHRASE = 90  # characters of a teaser that can be a byline, an address, a date
_PHRASES = 260  # characters from which nothing but the name of its site makes furniture of a text
_AFTER_TITLE = 140  # characters behind a title from which they are the text, whatever they are
_CUTS = frozenset(("…", "...", "[…]", "[...]", "(…)", "(...)"))
_ENOUGH = 100  # characters after which a rule of dashes ends an article; before that it only underlines something
_BLOCKS = 2000  # that are looked at, whatever is in them
_LARGEST = 30  # characters of a cluster
_STUB = 12  # characters of a sentence that are not worth an ellipsis
_LEADS = ("…", "»", "›", "→", ">")
_RULED = ("-", "_", "=", "*", "~", "—")  # a rule of dashes ends so
_LAST = 16  # characters at the end that tell how a text ends
_SENTENCE_LIKE = 60  # characters from which a heading is read as a standfirst
_LEADING = frozenset(
    """the a an and or but that which is are was were be have has had its their he she they we not der die das den dem des ein eine
    einen und oder aber ist sind le la les du des et ou un une que qui est el los las y o una lo gli i e che per il os as um uma het een en
    te ett att och som и но что а та і""".split()
)
# Lengths at which programs cut a text without a word about it: at a character, and at the last word that fits.
_CUT_LENGTHS = frozenset(
    [n - less for n in (200, 250, 255, 256, 300, 400) for less in (0, 1)]
    + [n - less for n in (200, 255, 300, 400) for less in range(12)]
    + [400 - less for less in range(40)]  # of which some were markup
)
_SURELY = frozenset([n - less for n in (200, 255, 300, 400) for less in range(4)])  # where prose hardly ends by chance


@dataclass(frozen=True, slots=True)
class _Prose:
    """The article on one line, as much of it as is needed."""

    text: str
    headings: frozenset[int]  # where headings end that are sentences: no place to end a teaser
    breaks: tuple[int, ...]  # where a section ends


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
    prose, cut = _enough(blocks, title, names, most)
    if not prose.text:
        return "", "none"
    made, how = _closed(*_chosen(prose, cut, least, most, language))
    if made == ELLIPSIS:
        return "", "none"
    # What closes a run of the other direction counts as well.
    over = len(_edges(made, most * 2)) - most if len(made) > most else 0
    if 0 < over < most:
        return teaser(blocks, title, least=least, most=most - over, language=language, names=names)
    if _is_doubtful(made, how, blocks[-1]) and list(blocks) != [made] and not _is_settled(made, cut, blocks, title):
        again = teaser([made], title, least=least, most=most, language=language, names=names)
        return again if again[0] != made else (made, how)
    return made, how


def _is_doubtful(made: str, how: str, last: str) -> bool:
    """What is left may itself be a phrase of furniture, or end in what leads on once something behind it is gone."""
    if how != "word" and (made.endswith(_LEADS) or "://" in made[made.rfind(" ") :]):
        return True
    return how != "sentence" and (len(made) < _PHRASE or (how == "whole" and last.endswith(_RULED)))


def _is_settled(made: str, cut: Cut, blocks: Sequence[str], title: str) -> bool:
    """The one block as it was, but for the one mark of its publisher's cut: its end was looked at until nothing came off,
    and so long a beginning is what it was. Most excerpts that programs make are such."""
    beginning = made[:-1]
    return (
        cut == "marked"
        and len(blocks) == 1
        and len(made) > max(_PHRASES, 2 * len(title), len(title) + _AFTER_TITLE)
        and beginning[-1].isalnum()
        and blocks[0].startswith(beginning)
        and blocks[0][len(beginning) :].strip() in _CUTS
    )


def _enough(blocks: Sequence[str], title: str, names: Sequence[str], most: int) -> tuple[_Prose, Cut]:
    """No more of the article than gives `most` clusters, and how it was cut; most texts need but one look (L12)."""
    limit = most * 2
    while True:
        kept, cut = trimmed(blocks[:_BLOCKS], title, names, limit)
        prose = _prose(kept, limit)
        if limit > most * _LARGEST or sum(map(len, kept)) <= limit or len(_edges(prose.text, most + 1)) > most:
            return prose, cut
        limit *= 4


def _chosen(prose: _Prose, cut: Cut, least: int, most: int, language: str | None) -> tuple[str, str]:
    """As much of the text as the teaser is."""
    edges = _edges(prose.text, most + 1)
    floor = edges[min(least, most, len(edges)) - 1]
    if len(edges) <= most:
        late = floor if len(edges) >= least else len(prose.text) + 1
        return _whole(prose.text, cut, language, late, most - len(edges))
    return _cut(prose, edges, floor, edges[min(least * 2 // 3, most) - 1], most, language)


def _closed(made: str, how: str) -> tuple[str, str]:
    """With one ellipsis where it trails off, and without what only leads on."""
    if how != "whole" and (less := without_lead(made)) != made:
        made, how = less, "sentence"
    if _trails_off(made):
        made = made[:-_LAST] + _TRAILS_OFF.sub("", made[-_LAST:]) + ELLIPSIS
    return balanced(made), how


def _trails_off(text: str) -> bool:
    return text[-2:].endswith(("..", "…", "]", ")")) and len(text) > 3 and bool(_TRAILS_OFF.search(text[-_LAST:]))


def _is_ended(text: str) -> bool:
    return bool(_ENDED.search(text[-_LAST:]))


def _prose(blocks: Sequence[str], limit: int) -> _Prose:
    """Section headings go; a heading that is a sentence, or that is all there is, is text (L12)."""
    only_headings = all(block.startswith(HEADING) for block in blocks)
    parts: list[str] = []
    headings, breaks, length = set(), [], 0
    for block in blocks:
        is_heading = block.startswith(HEADING)
        part, stop = _before_rule(_tidied(block[: limit * 2].removeprefix(HEADING)), length)
        if is_heading and not only_headings and not _is_sentence(bare(part)):
            breaks.append(length)
        elif part:
            parts.append(part)
            length += len(part) + (1 if length else 0)
            headings.update([length] if is_heading else [])
        if stop or length > limit:
            break
    return _Prose(" ".join(parts)[:limit], frozenset(headings), tuple(breaks))


def _before_rule(block: str, length: int) -> tuple[str, bool]:
    """What stands before a rule of dashes, and whether the article ends there."""
    rule = RULE.search(block) if "--" in block or "__" in block or "==" in block or "**" in block else None
    if rule is None:
        return block, False
    head = block[: rule.start()].rstrip()
    if length + len(head) >= _ENOUGH:
        return head, True
    return RULE.sub(" ", block).strip(), False


def _is_sentence(heading: str) -> bool:
    return len(heading) >= _SENTENCE_LIKE or bool(_is_ended(heading))


def _tidied(block: str) -> str:
    """Without the notation of another program: [gallery ids="1"], [text](https://…), **text**; without bare addresses."""
    if "[" in block:
        block = MARKDOWN_LINK.sub(lambda link: "" if link[1] else link[2], block)
        block = " ".join(SHORTCODE.sub(" ", block).split())
    if "( )" in block or " ()" in block:
        block = _EMPTIED.sub("", block)
    if "**" in block:
        block = MARKDOWN_BOLD.sub(r"\1", block)
    return ASIDE_LINK.sub("", block).strip() if "://" in block or ".com/" in block else block


def _edges(text: str, limit: int) -> Sequence[int]:
    """The end of each of the first `limit` grapheme clusters."""
    near = text[: limit + 1]
    if _is_plain(near) or not pattern_of(_COMPLEX).search(near):
        return range(1, min(len(text), limit) + 1)
    out = []
    for match in pattern_of(_CLUSTER).finditer(text):
        out.append(match.end())
        if len(out) >= limit:
            break
    return out


def _is_plain(text: str) -> bool:
    return text.isascii() or bool(_PLAIN.fullmatch(text) or _PLAIN.fullmatch(_PICTURES.sub("", text)))


def _whole(text: str, cut: Cut, language: str | None, floor: int, room: int) -> tuple[str, str]:
    """A text that fits. One that its publisher cut, said or unsaid, ends at a sentence where one ends late enough."""
    if cut == "open" and text.endswith(ELLIPSIS):
        last = last_end(text, language, floor, len(text) - 1)
        return (text[:last], "sentence") if last else (text, "whole")
    if _is_ended(text):
        return text, "whole"
    if cut == "open" or text[-1] in _OPEN:
        floor = len(text) // 2
    elif _is_cut_unsaid(text, language):
        last = last_end(text, language, 1, len(text))
        floor = min(floor, last if len(text) - last <= _STUB else floor)
    else:
        return text, "whole"
    last = last_end(text, language, floor, len(text))
    if last:
        return text[:last], "sentence"
    if not room or len(text) % 50 == 0:  # the last word may be half a word
        text = text[: max(text.rfind(" "), 0)] or text[:-1]
    return (_finished(text), "word") if len(text) > 1 else (text, "whole")


def _is_cut_unsaid(text: str, language: str | None) -> bool:
    """Prose, not a list, that stops inside a sentence at a length that a program would cut at."""
    if len(text) not in _CUT_LENGTHS or not text[-1].isalnum():
        return False
    last = last_end(text, language, 1, len(text))
    is_prose = last > len(text) // 2 and len(text) in _SURELY
    return last > text.rfind("•") and (is_prose or len(text) - last <= _STUB or _leads_on(text))


def _leads_on(text: str) -> bool:
    """No title, name or list ends so: with a word in small letters, or behind an article, a conjunction and the like."""
    *_, before, final = ("", *text[-40:].split())
    return final.islower() or before in _LEADING


def _cut(
    prose: _Prose, edges: Sequence[int], floor: int, early: int, most: int, language: str | None
) -> tuple[str, str]:
    """The last end of a sentence in the window; before it, the end of a section; else the last word."""
    text, limit = prose.text, edges[most - 1]
    last = _last(prose, text[: limit + 80], floor, limit, language)
    for at in prose.breaks:
        if early <= at <= limit and (at < last or not last) and _is_ended(text[:at]):
            return text[:at], "sentence"
    if last:
        return text[:last], "sentence"
    return _at_word(text, edges, most - 1), "word"


def _last(prose: _Prose, text: str, floor: int, limit: int, language: str | None) -> int:
    """The last end of a sentence that is no heading; one that trails off only where there is no other."""
    first = at = last_end(text, language, floor, limit)
    while at and (at in prose.headings or _trails_off(text[max(0, at - _LAST) : at])):
        first = 0 if first in prose.headings else first
        at = last_end(text, language, floor, at - 1)
        first = first or at
    return at or first


def _at_word(text: str, edges: Sequence[int], room: int) -> str:
    """At most `room` clusters ending with a word, and the ellipsis."""
    end = edges[room - 1]
    if text[end : end + 1].isspace() or text[end - 1].isspace():
        return _finished(text[:end])
    head = text[:end]
    space = head.rfind(" ")
    if space > 0 and text.startswith(("https://", "http://"), space + 1):  # no part of an address is of use
        return _finished(head[:space])
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
            and max(here, following) >= _FIRST_SPACELESS
            and (pattern_of(_SPACELESS).match(here) or pattern_of(_SPACELESS).match(following))
        ):
            return cut
    return 0


def _finished(text: str) -> str:
    return text.rstrip(_DANGLING + ELLIPSIS + ".。、").rstrip() + ELLIPSIS

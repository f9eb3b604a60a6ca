"""The article without what is put before, behind and between it (checklist L6, L7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from aggregator.editorial import furniture as known
from aggregator.editorial.patterns import late
from aggregator.editorial.shingles import SPACELESS, letters
from aggregator.editorial.text import BULLET, HEADING
from aggregator.editorial.titles import core

ELLIPSIS = "…"
# "marked": with an ellipsis, at a word as far as can be told; "open": with words that lead on behind what may be half a word.
Cut = Literal["", "marked", "open"]
EVERYTHING = 1 << 30
_PHRASE = 260  # characters of a block that can be a phrase of furniture
_PHRASE_LEAST = 40  # characters of a text that is more than a phrase
_TAIL = 160  # characters at the end of a text that are looked at
_ON = 90  # characters of the words that lead on
_SAID = '.!?…。！？”"»)]'  # what ends the last sentence before them
_TIMES = 20  # that one thing is taken off after the other
_LOOSE, _LOOSE_WORDS = 40, 5  # characters and words of a line under an article
_SPOKEN = late(r"[^:<>|]{0,30}[:<>|]")  # who says it: a line of a talk
_ARTICLE = 100  # characters of a text that is an article without its last line
_SHORT = 300  # characters of a first block that may be idle
_MAYBE_DATELINE = re.compile(r"[(\[/]\s*\w[^)\]/]{1,24}[)\]/]\s*[—–―:-]")
# How a dateline begins where no bracket tells the agency.
_MAYBE_OTHER = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þ.'’-]{2}|[А-ЯЁЇІЄ][А-ЯЁЇІЄа-яёїіє-]{2,30},\s\d|[【\[［（(据新中人央]")
_NAME = late(r"^(?:[-–—~]?\s?[A-ZÀ-Þ][\w'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+){0,3}|[-–—~]{1,2}\s?[^\W\d_][\w'’-]+)$")
_MARKS = ("…", "]", ")", "»", ">", "→", "›", ";")  # what the mark of a cut can end in, but for dots
_QUOTES = str.maketrans("’‘“”–—\xa0", "''\"\"-- ")
_SOURCED = late(r"\s*[(\[](?:source|via|from|by|quelle|fuente)\b[^)\]]*[)\]]$", re.IGNORECASE)
_BY = late(r"^(?:by|von|par|por|di|door|av)\s+", re.IGNORECASE)
_ELIDED = late(r"\s\w{1,2}['’]$")  # the article of a word that was cut off: l', d'
_ART = "´¯`·.¸*~=_-–—•●■►▶▼★☆♥✦✨👉🔗📌🎧💡|/ "  # what is drawn around a line
_DRAWN = tuple(_ART)
_GLUE = " :–—-|·•"


def trimmed(
    blocks: Sequence[str], title: str, names: Sequence[str] = (), limit: int = EVERYTHING
) -> tuple[list[str], Cut]:
    """The blocks that are the article, and how its publisher has cut it already.

    `title` is the entry's, `names` are those that a byline may consist of. No more is looked at than gives `limit`
    characters. [] when nothing is left.
    """
    bones = {_bones(name) for name in names if name}
    said = letters(_SOURCED.sub("", title) if title.endswith((")", "]")) else title)
    kept, led, ended = _prose(blocks, said, bones, limit)
    kept = _without_head(_without_labels(kept), title, said, bones)
    if not ended:
        return kept, ""
    if said and len(kept) > 1 and sum(map(len, kept)) < _SHORT and letters(" ".join(kept)) == said:
        return [], ""
    kept, cut = _without_tail(kept, bones, led)
    if len(kept) == 1 and len(kept[0]) < _PHRASE and known.WORDLESS.match(bare(kept[0]).lower()):
        return [], ""
    return kept, cut


@lru_cache(1024)
def _bones(name: str) -> str:
    """All entries of a document share their names."""
    return letters(name)


def bare(block: str) -> str:
    """A block without our marks."""
    return block.removeprefix(HEADING).removeprefix(BULLET).strip()


def without_lead(text: str) -> str:
    """A text that was cut, without a last sentence that only leads on or is another piece of furniture."""
    for _ in range(_TIMES):
        shorter = text[:-_TAIL] + _without_lead(text[-_TAIL:])
        if not shorter or shorter == text:
            break
        text = shorter
    return text


def _prose(blocks: Sequence[str], title: str, names: set[str], limit: int) -> tuple[list[str], bool, bool]:
    """The blocks that say something; whether the last thing said was how to read on; whether the end was reached."""
    kept: list[str] = []
    length, led, promoted = 0, False, False
    for block in blocks:
        text = bare(block)
        if promoted and block.startswith(BULLET):
            continue
        if _is_furniture(text, title, names):
            led = len(text) <= known.LONGEST and bool(known.READ_ON.match(text.lower()))
            # A list that begins with a promotion is one, and so is one that is announced: contents, sponsors.
            begins = block.startswith(BULLET) and not (kept and kept[-1].startswith(BULLET))
            promoted = begins or known.ANNOUNCED.match(text.lower()) is not None
            continue
        led = promoted = False
        kept.append(block)
        length += len(block)
        if length > limit:
            return kept, False, False
    return kept, led, True


def _is_furniture(text: str, title: str, names: set[str]) -> bool:
    if len(text) > known.LONGEST:
        return False
    if text.startswith(_DRAWN) and (plain := text.strip(_ART)) and plain != text and _is_furniture(plain, title, names):
        return True
    small = text.lower()
    if len(text) < _PHRASE and (known.WORDLESS.match(small) or known.is_furniture(small) or known.READ_ON.match(small)):
        return True
    if known.APPEARED.match(small) or (known.LATE.search(small) and known.APPEARED_LATE.match(small)):
        bones = letters(text)  # only when it speaks of this entry or its site: post offices appear on maps, too
        return (bool(title) and title in bones) or any(name and bones.endswith(name) for name in names)
    return len(text) < _PHRASE and bool(title) and bool(known.READ_ON_TITLE.match(small)) and title in letters(text)


def _without_head(blocks: list[str], title: str, said: str, names: set[str]) -> list[str]:
    """Without the title again, bylines, dates and datelines at the beginning."""
    for at, block in enumerate(blocks):
        rest = _begun(bare(block), title, names)
        if _opens_idly(rest, said, names) or (len(blocks) > at + 1 and known.INITIALS.match(rest)):
            continue
        return [rest if rest != bare(block) else block, *blocks[at + 1 :]]
    return []


def _begun(text: str, title: str, names: set[str]) -> str:
    """A first block without an address, the title or a dateline at its beginning."""
    for _ in range(_TIMES):
        shorter = text
        if "://" in text[:60] and len(rest := known.HEAD_LINK.sub("", text)) >= _ON:
            shorter = rest
        shorter = _without_title(shorter, title, names)
        match = known.DATELINE.match(shorter) if _MAYBE_DATELINE.search(shorter, 0, 90) else None
        if match is None and _MAYBE_OTHER.match(shorter):
            match = known.DATELINE_OTHER.match(shorter)
        if match is None and shorter.startswith(known.CREDITED):
            match = known.HEAD_CREDIT.match(shorter)
        if match and len(shorter) > match.end() + 20:
            shorter = shorter[match.end() :]
        if shorter == text:
            break
        text = shorter
    return text


def _without_labels(blocks: list[str]) -> list[str]:
    """Without a table of facts (Price: 14.00) before the text, and without the label of the text itself."""
    count = 0
    while count < len(blocks) and len(blocks[count]) < _SHORT and known.LABELLED.match(blocks[count]):
        count += 1
    rest = blocks[count:]
    if count < 3 or all(len(block) < _ON for block in rest[:4]):
        return blocks
    return [known.LABEL.sub("", rest[0]), *rest[1:]]


def _opens_idly(text: str, title: str, names: set[str]) -> bool:
    if len(text) > max(_ON, 2 * len(title)):
        return False
    bones = letters(text)
    if not bones or bones == title:
        return bool(title) or not bones
    unsigned = _BY.sub("", text)
    return bones in names or (unsigned != text and letters(unsigned) in names) or _is_imprint(text)


def _is_imprint(text: str) -> bool:
    """Who wrote it, when, how long it takes to read."""
    patterns = (known.BYLINE, known.DATED, known.UPDATED, known.MINUTES, known.SIGNED_AND_DATED, known.BYLINE_OTHER)
    return len(text) < 90 and any(pattern.match(text) for pattern in patterns)


def _without_title(text: str, title: str, names: set[str]) -> str:
    """The rest of a first block that begins with the title, where a byline or a new sentence follows; else the block."""
    if not title or text[:3].translate(_QUOTES).casefold() != title[:3].translate(_QUOTES).casefold():
        return text
    plain = text[:_SHORT].translate(_QUOTES).casefold()
    for said in (title, _SOURCED.sub("", title), core(title)):
        if len(said) < 12 or not plain.startswith(said.translate(_QUOTES).casefold()):
            continue
        rest = text[len(said) :]
        idle = rest.strip(_GLUE)
        if not idle or (len(rest) < 120 and _is_idle(idle, names)):
            return ""
        if rest[0] == " " and idle[0] == rest[1] and len(said) >= 20 and not idle[0].islower() and idle[0].isalpha():
            return idle
    return text


def _is_idle(text: str, names: set[str]) -> bool:
    return bool(
        letters(text) in names
        or known.is_furniture(text.lower())
        or _is_imprint(text)
        or (len(text) < 60 and known.ENDS_DATED.match(text))
    )


def _without_tail(blocks: list[str], names: set[str], led: bool) -> tuple[list[str], Cut]:
    """Without what leads on, which `led` says was a block of its own. The publisher's own cut is marked by one ellipsis."""
    cut: Cut = ""
    for _ in range(_TIMES):
        shorter, how = _less_tail(blocks, names, led)
        cut = cut or how
        if shorter == blocks:
            break
        blocks = shorter
    return blocks, cut


def _less_tail(blocks: list[str], names: set[str], led: bool) -> tuple[list[str], Cut]:
    blocks = _without_signature(_without_footer(blocks), names)
    if not blocks:
        return blocks, ""
    head, tail = blocks[-1][:-_TAIL], blocks[-1][-_TAIL:].rstrip()
    shorter = _without_lead(tail)
    pointed = len(shorter) < len(tail)
    match = known.CUT_MARKS.search(shorter) if shorter[-2:] == ".." or shorter[-1:] in _MARKS else None
    if match:
        head = _ELIDED.sub("", head + shorter[: match.start()].rstrip(" ,;:–-"))
        torn = (led or pointed) and match[0][0] not in "[(" and shorter[match.start() - 1 : match.start()] != " "
        return ([*blocks[:-1], head + ELLIPSIS] if head else blocks[:-1]), "open" if torn else "marked"
    if not pointed and shorter[-1:] in ("»", ">", "→", "›") and not ("«" in head + shorter and shorter[-1] == "»"):
        shorter = known.MORE_ARROW.sub("", shorter) or shorter
    head = _without_asides(known.HALF_REFERENCE.sub("", head + shorter) if "&" in shorter[-6:] else head + shorter)
    cut = pointed or (led and len(head) > _PHRASE_LEAST and (head[-1].isalnum() or head[-1] == ","))
    return ([*blocks[:-1], head] if head else blocks[:-1]), "open" if cut else ""


def _without_lead(tail: str) -> str:
    """Without the words that lead on, behind the last sentence or, with an arrow, wherever they stand."""
    core = tail.rstrip(known.LED)
    said = max(map(core.rfind, _SAID))
    last = tail[said + 1 :].strip()
    if said >= 0 and len(last) < _ON and _leads_on(last.lower(), len(core) < len(tail.rstrip(" ."))):
        return tail[: said + 1].rstrip()
    return known.TAIL_ON.sub("", tail) if len(core) < len(tail) and tail.rstrip()[-1:] in known.POINTERS else tail


def _leads_on(last: str, pointed: bool) -> bool:
    """A last sentence that says how to read on, or is another piece of furniture."""
    found = known.READ_ON.match(last)
    if (found and (pointed or not found["alone"])) or (pointed and known.READ_ON_TITLE.match(last)):
        return True
    return known.is_furniture(last) or known.APPEARED.match(last) is not None


def _without_footer(blocks: list[str]) -> list[str]:
    """Behind the mark of a cut nothing is part of the article."""
    for at in range(max(0, len(blocks) - 3), len(blocks) - 1):
        if (
            blocks[at].endswith("]")
            and known.BRACKETED_CUT.search(blocks[at][-9:])
            and sum(map(len, blocks[at + 1 :])) < 200
        ):
            return blocks[: at + 1]
    return blocks


def _without_signature(blocks: list[str], names: set[str]) -> list[str]:
    last = len(blocks) - 1
    while last > 0 and (
        _closes_idly(bare(blocks[last]), blocks[last - 1], names) or _is_loose(blocks[last], blocks[:last])
    ):
        last -= 1
    return blocks[: last + 1]


def _is_loose(block: str, before: list[str]) -> bool:
    """A short line that is no sentence, no item and no heading, under an article that has ended: a label, a link, a greeting."""
    most = _LOOSE if max(block) < SPACELESS else _LOOSE // 3
    if len(block) > most or block.count(" ") > _LOOSE_WORDS or not block[-1].isalnum():
        return False
    if block.startswith((BULLET, HEADING)) or _is_spoken(block, before):
        return False
    return before[-1][-1:] in _SAID and not before[-1].startswith(BULLET) and sum(map(len, before)) >= _ARTICLE


def _is_spoken(block: str, before: list[str]) -> bool:
    """A line of a talk, in which others speak too, or where what is said goes on in small letters; not "Photos: Flickr"."""
    who = _SPOKEN.match(block)
    return who is not None and (block[who.end() :].lstrip()[:1].islower() or any(map(_SPOKEN.match, before)))


def _closes_idly(text: str, before: str, names: set[str]) -> bool:
    """An author or site that signs, in full or by the first name; or any name behind what is ended."""
    if len(text) > 60:
        return False
    if _NAME.match(text) and before[-1:] in _SAID:
        return True
    bones = letters(text)
    signed = len(bones) > 2 and " " not in text.strip("-–— ") and any(name.startswith(bones) for name in names)
    return bones in names or signed or bool(known.BYLINE.match(text))


def _without_asides(text: str) -> str:
    """Without addresses, hashtags, credits in brackets and a byline behind the last sentence."""
    while text[-1:] not in (".", "!", "?", ELLIPSIS):
        head, tail = text[:-_TAIL], text[-_TAIL:]
        if "://" in tail:
            tail = known.TAIL_LINK.sub("", tail)
        if "#" in tail:
            tail = known.TAIL_HASHTAGS.sub("", tail)
        if tail[-1:] in (")", "]"):
            tail = known.TAIL_BRACKET.sub("", tail)
        tail = known.TAIL_BYLINE.sub("", tail)
        if not head + tail or head + tail == text:
            break
        text = head + tail
    return text

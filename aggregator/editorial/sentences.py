"""Where sentences end, in any script (checklist L11). A missed end is cheap for a teaser, a false one is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aggregator.editorial.patterns import late

_CLOSERS = "\"'”’»›)\\]」』》】）］｣"
_WIDE = "。！？．｡"
_GREEK = "\u0370-\u03ff\u1f00-\u1fff"
_ENDS = ".!?…؟۔։।॥။።፧᙮᠃᠉‼⁇⁈⁉"
# Every mark first, and of which kind it is behind it: what begins with one set of characters is found five times as fast.
_TERMINATOR = re.compile(
    rf"(?P<mark>[{_ENDS}{_WIDE};\u037e](?:(?<=[{_ENDS}])[{_ENDS}]*|(?<=[{_WIDE}])[{_WIDE}]*|(?<=[{_GREEK}].)))(?P<close>[{_CLOSERS}]*)"
)
# What ends in a full stop without ending a sentence, by its last word, in lower case.
_ABBREVIATIONS = frozenset(
    """mr mrs ms messrs mme mlle mm dr drs prof jr rev capt lt cmdr sgt vs eg ie cf al approx dept est eds ed bros bd blvd rd
    z.b d.h s.o bzw bsp evtl ggf inkl exkl zzgl vgl hrsg geb gest jh jhd mio mrd tsd dipl ing usf sog
    mgr env hab sra srta dña dra ud uds núm ee uu sig sigg sig.ra dott avv exmo exma ltda s.p.a
    bv nv dhr mevr bijv blz t/m nl jl m.b.t i.v.m
    resp dvs fx fl jfr esim ns ks np inż tj tzw tzn zł tys mln mld godz wg ks
    např tzv mj popř resp pozn kb ill
    ul im
    им ул др стр рис см руб тыс млн млрд проф акад напр гг вв кв обл гл табл див вул ім тис грн
    κα π.χ δηλ βλ σελ αρ δρ καθ οδ χλμ
    sn örn yy doç yrd bkz cad sok mah apt डॉ पं प्रो सं आदि""".split()
)
# Words as well, unless they are written large: then they stand before a name.
_TITLES = frozenset("st gen col rep gov sen hon pres sec fr hr av ave mt ft on m pl tr".split())
# After these the sentence may well end there: only the word that follows can tell.
_ENDING = frozenset(
    """etc usw ecc enz itd itp vb osv jne yms atd apod stb inc ltd co corp llc plc jr sr a.m p.m u.s u.k u.n e.u d.c n.y
    a.d b.c u.s.a κ.λπ κλπ""".split()
)
_STARTERS = frozenset(
    """the a an he she it they we i you this that these those in on at but and however meanwhile his her its their our my
    if when while after before as for der die das ein eine er sie es wir aber doch le la les un une il elle ils ce mais
    el los las una pero lo gli o os as uma mas de het een maar to je ale det den en ett το η ο οι bu""".split()
)
_FIRST = re.compile(r"[\s\"'“‘«(\[„¿¡•]*(\w)")
_NUMBER = re.compile(r"\s*\d")
_HIRAGANA = late("[\u3041-\u309f]")
_IDEOGRAPH = late("[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# Languages that write "3. Mai": a number with a dot is an ordinal. In any language it is one before a month, or after these.
_ORDINAL_DOT = frozenset("de cs sk da nb nn no fi hu sl hr sr bs et lv lt tr is".split())
_ORDINAL_BEFORE = frozenset("am vom zum der die das dem den des im bis seit ab dne dna od".split())
_MONTH = late(
    r"\s+(?:jan|feb|mär|mar|apr|ma[ij]|jun|jul|aug|sep|o[kc]t|nov|de[zc]|jahrhundert|ledna|února|března|dubna|května|června|"
    r"července|srpna|září|října|listopadu|prosince)",
    re.IGNORECASE,
)
_PAIRS = {"(": ")", "[": "]", "“": "”", "«": "»", "「": "」", "『": "』", "（": "）", "„": "“", "»": "«"}
_ANY_CLOSER = re.compile('[)\\]”»«」』）“"]')
_STRAIGHT_OPEN = late(r'(?:^|[\s(\[])"(?=\S)')
_STRAIGHT_CLOSE = late(r'(?<=[^\s\d(\[])"(?=[\s.,;:!?)\]]|$)')
_FRENCH_CLOSE = re.compile("[ \u00a0\u202f]»")


def ends(text: str, language: str | None = None) -> Iterator[int]:
    """The positions behind the sentences of a text, closers included, ascending."""
    for match in _TERMINATOR.finditer(text):
        if end := _end(text, match, (language or "")[:2].lower()):
            yield end


def last_end(text: str, language: str | None, floor: int, limit: int) -> int:
    """The last end of a sentence from `floor` to `limit`; 0 where there is none. Looks no further back than it must."""
    for match in reversed(list(_TERMINATOR.finditer(text, max(0, floor - 16), limit))):
        end = _end(text, match, (language or "")[:2].lower())
        if floor <= end <= limit and end:
            return end
    return 0


def _end(text: str, match: re.Match[str], language: str) -> int:
    """Where the sentence ends that a terminator ends; 0 where it ends none."""
    end = match.end()
    if _FRENCH_CLOSE.match(text, end) and "«" in (said := text[max(0, end - 400) : end]):
        end += 2 if said.count("«") > said.count("»") else 0
    following = text[end : end + 60]
    if match["mark"][0] in _WIDE:
        return end if _is_wide_end(match, following) and not _inside(text, end) else 0
    if following and not following[0].isspace() and not _between_ideographs(text, match, following):
        return 0
    if (
        _goes_on(following)
        or _inside(text, end)
        or (match["mark"][-1] in "!?" and ")" in match["close"] and _is_aside(text, end, following))
    ):
        return 0
    if match["mark"] == "." and following:
        if _NUMBER.match(following):  # it mostly belongs to what was abbreviated: No. 5, art. 3, Dec. 24
            return 0
        before = text[max(0, match.start() - 60) : match.start()]
        return end if _is_full_stop(before, following, bool(match["close"]), language) else 0
    return end


def _is_wide_end(match: re.Match[str], following: str) -> bool:
    """「はい。」と言った。: a quotation that the sentence goes on after; ３．５: a number."""
    return not (match["close"] and _HIRAGANA.match(following)) and not (
        match["mark"] == "．" and following[:1].isdigit()
    )


def _between_ideographs(text: str, match: re.Match[str], following: str) -> bool:
    """真的吗?是的: a question mark of ASCII where no space is put behind any."""
    return match["mark"][-1] in "!?" and bool(
        _IDEOGRAPH.match(following) and _IDEOGRAPH.match(text, max(0, match.start() - 1))
    )


def _is_aside(text: str, end: int, following: str) -> bool:
    """A bracket that opened inside a sentence, which goes on: “these cheap (they are not cheap!) IR modules”."""
    if _starts_afresh(following) or following.lstrip().startswith("•"):
        return False
    before, _, within = text[max(0, end - 300) : end].rpartition("(")
    return bool(before) and ")" not in within[:-3] and before.rstrip()[-1:].isalnum()


def _goes_on(following: str) -> bool:
    """With a small letter."""
    first = _FIRST.match(following)
    return bool(first and first[1].islower())


def _is_full_stop(before: str, following: str, closed: bool, language: str) -> bool:
    head, _, last = before.rpartition(" ")
    last = last.lstrip("\"'“‘«([¿¡„•-–—")
    low = last.lower()
    if low in _ENDING:
        return _starts_afresh(following)
    if last.isdigit():
        return not _is_ordinal(last, head, following, language)
    if len(last) == 1 or last[-2:-1] in (".", "-", "’", "'"):
        return closed or not last[-1:].isalpha()
    return not (
        low in _ABBREVIATIONS
        or (low in _TITLES and last[0].isupper())
        or ("." in low and low.rpartition(".")[2] in _ABBREVIATIONS)
    )


def _is_ordinal(number: str, head: str, following: str, language: str) -> bool:
    """3. Mai, im 19. Jahrhundert; or a number that begins an item of a list."""
    if len(number) > 2:
        return False
    if language in _ORDINAL_DOT or _MONTH.match(following):
        return True
    before = head.rstrip().rpartition(" ")[2].lower()
    return not before or before in _ORDINAL_BEFORE or before[-1] in ".!?:;•…)"


def _starts_afresh(following: str) -> bool:
    first = following.split(maxsplit=1)[:1]
    return not first or first[0].strip("\"'“‘«([.,").lower() in _STARTERS


def _inside(text: str, end: int) -> bool:
    """Inside a quotation or bracket that opened before and closes within the next 60 characters, or was cut in them."""
    ahead = text[end : end + 60]
    cut = len(ahead) < 60 and ahead.endswith("…")
    if not cut and not _ANY_CLOSER.search(ahead):
        return False
    before = text[max(0, end - 300) : end]
    for opener, closer in _PAIRS.items():
        stop = ahead.find(closer) if closer in ahead or not cut else len(ahead)
        if stop >= 0 and before.count(opener) > before.count(closer) and opener not in ahead[:stop]:
            return True
    return _in_straight_quotes(before, ahead)


def _in_straight_quotes(before: str, ahead: str) -> bool:
    """Which side a straight quote is on is told by where the space stands; inches are neither."""
    if '"' not in ahead or '"' not in before:
        return False
    opened = len(_STRAIGHT_OPEN.findall(before)) > len(_STRAIGHT_CLOSE.findall(before))
    closing, opening = _STRAIGHT_CLOSE.search(ahead), _STRAIGHT_OPEN.search(ahead)
    return opened and closing is not None and (opening is None or closing.start() < opening.start())

"""Where sentences end, in any script (checklist L11). A missed end is cheap for a teaser, a false one is not."""

from __future__ import annotations

from collections.abc import Iterator

import regex

_LONGEST_END = 8  # marks and closers, of a sentence that ends at a place
_CLOSERS = "\"'”’»›)\\]」』》】）］｣"
_WIDE = "。！？．｡"
_TERMINATOR = regex.compile(
    rf"(?P<mark>(?:[.!?…؟۔։।॥။።፧᙮᠃᠉‼⁇⁈⁉]+|[{_WIDE}]+))(?P<close>[{_CLOSERS}\s]{{0,0}}[{_CLOSERS}]*)(?P<after>\s+|$|(?=[^\s]))",
    regex.V1,
)
# What ends in a full stop without ending a sentence, by its last word, in lower case.
_ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof st sr jr rev hon gen col sgt capt lt cmdr gov sen rep pres messrs mme mlle mm vs etc eg ie cf al approx
    dept est fig figs no nos vol vols ed eds pp p ch sec art inc ltd co corp bros llc plc jan feb mar apr jun jul aug sep sept oct nov dec
    mon tue tues wed thu thur thurs fri sat sun ave blvd rd mt ft u.s u.k u.n e.u d.c n.y n.j l.a a.m p.m b.c a.d i.e e.g a.k.a ph.d m.d b.a m.a
    z.b d.h u.a s.o o.ä u.ä bzw bsp ca evtl ggf inkl nr abs str tel usw vgl zzgl hr fr bd geb gest hrsg jh mio mrd tsd dipl ing
    m mgr av bd ex env hab sra srta d dña ud uds pág págs núm ee.uu sig sigg sig.ra dott dott.ssa avv on ecc pag s.p.a ltda
    exmo exma bv nv dhr mevr o.a bijv d.w.z blz enz t/m nl vl jl
    fl s.k bl a.s tzw np dr.hab mgr inż ul tj itd itp m.in r w str zł tys mln mld
    т.е т.к т.д т.п т.н г гг в вв им ул д кв стр рис см руб тыс млн млрд проф акад напр др
    sn örn vb vs yy prof.dr av no cad sok""".split()
)
# After these the sentence may well end there: only a following capital decides, and it mostly does.
_ENDING = frozenset("etc usw ecc enz itd itp vb inc ltd co corp llc plc jr sr a.m p.m u.s u.k e.u d.c".split())
_STARTERS = frozenset(
    """the a an he she it they we i you this that these those in on at but and however meanwhile his her its their our my if when
    while after before as for""".split()
)
_INITIAL = regex.compile(r"(?:^|[\s.(\[\"“«'])\p{L}\.?$", regex.V1)
_LAST_WORD = regex.compile(r"[\p{L}\p{M}\p{N}./'’]+$", regex.V1)
_ORDINAL = regex.compile(r"(?:^|\s)\d{1,2}$")
# Languages that write "3. Mai": a number with a dot is an ordinal.
_ORDINAL_DOT = frozenset("de cs sk da nb no fi hu sl hr sr pl et lv lt tr".split())
_HIRAGANA = regex.compile(r"\p{Hiragana}", regex.V1)
_LOWER = regex.compile(r"[\s\"'“‘«(\[]*\p{Ll}", regex.V1)
_OPENERS = {"(": ")", "[": "]", "“": "”", "«": "»", "「": "」", "『": "』", "（": "）", "„": "“"}


def ends(text: str, language: str | None = None, start: int = 0) -> Iterator[int]:
    """The positions behind the sentences of a text, closers included, ascending; those before `start` are not looked for."""
    for match in _TERMINATOR.finditer(text, max(0, start - _LONGEST_END)):
        end = match.end("close")
        if _is_end(text, match, end, (language or "").lower()):
            yield end


def _is_end(text: str, match: regex.Match[str], end: int, language: str) -> bool:
    mark = match["mark"]
    wide = mark[0] in _WIDE
    following = text[end:]
    if following and not wide and not following[0].isspace():
        return False
    if _inside(text, end):
        return False
    if wide:  # 「はい。」と言った。: a quotation that the sentence goes on after
        return not (match["close"] and _HIRAGANA.match(following))
    if following and _LOWER.match(following):
        return False
    if mark == ".":
        return _is_full_stop(text[: match.start()], following, match["close"], language)
    return True


def _is_full_stop(before: str, following: str, close: str, language: str) -> bool:
    word = _LAST_WORD.search(before[-40:])
    last = word[0] if word else ""
    low = last.lower().strip("'’")
    if low in _ENDING:
        return _starts_afresh(following)
    if _INITIAL.search(before[-3:]):
        return not following.strip() or bool(close)
    if low in _ABBREVIATIONS or ("." in low and low.rpartition(".")[2] in _ABBREVIATIONS):
        return False
    return not (language[:2] in _ORDINAL_DOT and _ORDINAL.search(before[-4:]))


def _starts_afresh(following: str) -> bool:
    first = following.split(maxsplit=1)[:1]
    return not first or first[0].strip("\"'“‘«([").lower() in _STARTERS


def _inside(text: str, end: int) -> bool:
    """Inside a quotation or bracket that opened before and closes within the next 60 characters."""
    ahead = text[end : end + 60]
    before = text[max(0, end - 300) : end]
    for opener, closer in _OPENERS.items():
        if opener in before and closer in ahead and before.count(opener) > before.count(closer):
            stop = ahead.find(closer)
            if opener not in ahead[:stop]:
                return True
    return False

"""The words of a text, and a small sketch of its shingles that tells how much two texts have in common."""

from __future__ import annotations

import re
import unicodedata
from array import array
from functools import cache
from sys import byteorder
from zlib import crc32

from aggregator.editorial.patterns import pattern_of

MAX_WORDS = 200  # of a text that are sketched; with 300, one duplicate in 750 more is found
KEPT = 64  # smallest hashes in a sketch
BANDS = 6  # of them that are indexed
_FIRST = 2 + 4 * BANDS  # bytes of a sketch that tell its size and the hashes that are indexed
_LOWEST, _UPPER = (0, (1, 2, 3)) if byteorder == "little" else (3, (0, 1, 2))  # bytes of 32 bits
_ODD = 0x9E3779B1  # 2 to the 32 over the golden ratio: spreads neighbouring values
_COMMON = "’‘“”–—…•·«»„\xa0"  # marks that are in most texts: with spaces in their place, many a text is ASCII
# Of the bytes of a text: ASCII letters small, what is neither letter nor digit a space, other scripts as they are.
_PLAIN = bytes(ord(chr(n).lower()) if chr(n).isalnum() or n > 127 else 32 for n in range(128)) + bytes(range(128, 256))
_BETWEEN = bytes(n for n in range(128) if _PLAIN[n] == 32)
# Letters in common use that are another one with an accent, and marks of other scripts. Once they are gone, most texts
# consist of letters that normalisation leaves alone, of alphabets or of scripts without spaces.
_ACCENTED = dict(
    zip(
        "àáâãäåçèéêëìíîïñòóôõöùúûüýÿčďěňřšťůžćńśźżąęğşőűășțйёїўآأؤإئάέήίόύώ",
        "aaaaaaceeeeiiiinooooouuuuyycdenrstuzcnszzaegsouastиеіуااوايαεηιουω",
        strict=True,
    )
)
_MARKS_ELSEWHERE = "。、，！？：；（）「」『』《》【】،؛؟―"
_SIMPLER = str.maketrans({**_ACCENTED, **dict.fromkeys(_COMMON + _MARKS_ELSEWHERE, " ")})
_FEW = 200  # characters that are changed one by one; of more each kind at once
_LETTERS = re.compile("[\x00-\x7fæðøþđħıłœа-зи-щъ-яєіґђјљњћџא-תءا-غف-يپچژکگیα-ω]*")
_LEADS = [bytes([lead]) for lead in range(0xE3, 0xEE)]  # how one of the latter begins in UTF-8
_VOICED = range(0x3041, 0x30FB)  # kana, of which many are another one with a mark
_WORD = re.compile(rb"[0-9a-z]+")
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_RANGES = [(_SPACELESS[at], _SPACELESS[at + 2]) for at in range(0, len(_SPACELESS), 3)]
SPACELESS = _SPACELESS[0]  # from here on a single character can be a part of a text without spaces


def words(text: str, most: int = MAX_WORDS) -> list[str]:
    """The first words, case and accents folded; a script without spaces gives its characters, one by one."""
    return _spread(text, most).decode().split()[:most]


def letters(text: str) -> str:
    """Its letters and digits without anything between them, case and accents folded: for comparing."""
    return _bytes(text, apart=False).translate(_PLAIN, _BETWEEN).decode()


def _spread(text: str, most: int) -> bytes:
    """At least the first words, as far as there are, with nothing but spaces between them."""
    if text >= SPACELESS and _is_spaceless(text[0]):  # likely to be as many words as characters
        found = _bytes(text[: most * 3 // 2], apart=True).translate(_PLAIN)
        if len(found.split()) > most:
            return found
    return _bytes(text[: most * 12], apart=True).translate(_PLAIN)


def _is_spaceless(character: str) -> bool:
    """Of a script without spaces. For the few that are asked about a pattern is not worth making."""
    return any(low <= character <= high for low, high in _RANGES)


def _bytes(text: str, *, apart: bool) -> bytes:
    """What is not ASCII folded; the rest is done on bytes, where it costs next to nothing. `apart`: what is a word is one."""
    if text.isascii():
        return text.encode()
    if len(text) <= _FEW:
        return _folded(text, text.casefold().translate(_SIMPLER), apart=apart)
    for mark in _COMMON:
        text = text.replace(mark, " ")
    return text.encode() if text.isascii() else _folded(text, _simpler(text.casefold()), apart=apart)


def _simpler(small: str) -> str:
    for accented, letter in _ACCENTED.items():
        small = small.replace(accented, letter)
    for mark in _MARKS_ELSEWHERE if not small.isascii() else "":
        small = small.replace(mark, " ")
    return small


def _folded(text: str, small: str, *, apart: bool) -> bytes:
    """`small`: the text without accents and marks, as far as there are simple ones."""
    if _LETTERS.fullmatch(small):
        return small.encode()
    small = _pictures().sub(" ", small)
    if _LETTERS.fullmatch(small):
        return small.encode()
    if not _ideographs().fullmatch(small):
        return _folded_at_length(text).encode("utf-8", "ignore")
    found = small.translate(_unvoiced()).encode() if _kana().search(small) else small.encode()
    if apart:
        found = _WORD.sub(rb" \g<0> ", found)
        for lead in _LEADS:
            found = found.replace(lead, b" " + lead)
    return found


def _folded_at_length(text: str) -> str:
    # Composed again: Hangul, which was taken apart as well, is told by its syllables.
    text = unicodedata.normalize("NFC", _unmarked(unicodedata.normalize("NFKD", text.casefold())))
    piece, other = _rare()
    return " ".join(piece.findall(text)) if _character().search(text) else other.sub(" ", text)


def _unmarked(text: str) -> str:
    """Without marks that take no place. A long text is worth loading a library that knows them by their property."""
    if len(text) > _FEW:
        return str(pattern_of(r"\p{Mn}+").sub("", text))
    return "".join([c for c in text if c.isascii() or unicodedata.category(c) != "Mn"])


@cache
def _rare() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Made when the first text wants them: few do, and a cycle that brings nothing new none at all."""
    return re.compile(rf"[{_SPACELESS}]|[^\W_{_SPACELESS}]+"), re.compile(r"[^\w\x00-\x7f]+")


@cache
def _pictures() -> re.Pattern[str]:
    """Signs and pictures, coloured or not, that are no letters and that normalisation leaves alone."""
    return re.compile("[\u2600-\u2775\u2794-\u27bf\U0001f300-\U0001faff]\ufe0f?")


@cache
def _kana() -> re.Pattern[str]:
    return re.compile("[\u3041-\u3096\u30a1-\u30fa]")


@cache
def _unvoiced() -> dict[int, str]:
    """The kana that are others with a mark: what normalisation makes of them."""
    simple = {code: unicodedata.normalize("NFKD", chr(code))[0] for code in _VOICED}
    return {code: kana for code, kana in simple.items() if kana != chr(code)}


@cache
def _character() -> re.Pattern[str]:
    """One of a script without spaces."""
    return re.compile(f"[{_SPACELESS}]")


@cache
def _ideographs() -> re.Pattern[str]:
    """A text of nothing but ASCII and those characters of such scripts that normalisation leaves alone."""
    return re.compile("[\x00-\x7f\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3]*")


def sketch(text: str) -> bytes:
    """The number of three-word shingles and the KEPT smallest of their hashes, ascending; b"" for none.

    Of the first BANDS all 32 bits, of the others the upper 24: enough to tell that two sketches have one in common.
    """
    found = _spread(text, MAX_WORDS).split()[:MAX_WORDS]
    if not found:
        return b""
    if len(found) < 3:
        found = [b" ".join(found), b"", b""]
    hashes = sorted(set(_hashed(found)))
    rest = bytearray(array("I", hashes[BANDS:KEPT]).tobytes())
    del rest[_LOWEST::4]
    return array("H", [len(hashes)]).tobytes() + array("I", hashes[:BANDS]).tobytes() + rest


_LANES = {n: int.from_bytes(array("Q", [0xFFFFFFFF] * n).tobytes(), byteorder) for n in range(1, MAX_WORDS - 1)}


def _hashed(found: list[bytes]) -> array[int]:
    """32 bits of every three neighbouring words: of one large number with 64 bits for each, since a loop costs ten times as much."""
    lanes = array("Q", map(crc32, found))
    one = int.from_bytes(lanes.tobytes(), byteorder)
    count = len(found) - 2
    low = _LANES[count]
    mixed = ((one + 3 * (one >> 64) + 7 * (one >> 128)) & low) * _ODD  # no lane runs over into the next
    return array("Q", ((mixed >> 32) & low).to_bytes(8 * count, byteorder))


def bands(made: bytes) -> tuple[int, ...]:
    """The hashes by which a sketch is indexed; none for a text too short to be told by its words."""
    return tuple(array("I", made[2:_FIRST])) if size(made) > BANDS + 1 else ()


def size(made: bytes) -> int:
    """The number of shingles."""
    return array("H", made[:2])[0] if made else 0


def _values(made: bytes) -> list[int]:
    """The upper 24 bits of its hashes."""
    rest = made[_FIRST:]
    whole = bytearray(len(rest) // 3 * 4)
    for place, upper in enumerate(_UPPER):
        whole[upper::4] = rest[place::3]
    return [value >> 8 for value in array("I", made[2:_FIRST] + whole)]


def common(one: bytes, other: bytes) -> tuple[float, float]:
    """Estimates of the Jaccard similarity, and of how much of the shorter text is in the longer one; 0 to 1."""
    if not one or not other:
        return 0.0, 0.0
    a, b = _values(one), _values(other)
    if set(a).isdisjoint(b):
        return 0.0, 0.0
    limit = min([values[-1] for values, made in ((a, one), (b, other)) if size(made) > KEPT], default=0xFFFFFF)
    mine, theirs = ({v for v in values if v <= limit} for values in (a, b))
    shared = len(mine & theirs)
    return shared / (len(mine | theirs) or 1), shared / (min(len(mine), len(theirs)) or 1)

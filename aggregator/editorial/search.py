"""Searches by regex that end in time: the tree that Python's `re` reads, written out for the regex module, which can be stopped."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from aggregator.config.pattern import REPEATS, codes, tree

# The language gives a search up at 0.1 s an entry; less, since the clock is not looked at all the time.
SECONDS = 0.04
# A regex that was given up this often is bad, and gets less: a document of a thousand entries must not cost its worker's life.
PATIENCE, HASTE = 10, 0.001
_log = logging.getLogger(__name__)

_WORD, _ASCII_WORD = r"\p{L}\p{N}_", "A-Za-z0-9_"
_SPACE, _ASCII_SPACE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000", r"\t-\r\x20"
_DIGIT, _ASCII_DIGIT = r"\p{Nd}", "0-9"
_CATEGORIES = {
    codes.CATEGORY_WORD: (_WORD, _ASCII_WORD),
    codes.CATEGORY_SPACE: (_SPACE, _ASCII_SPACE),
    codes.CATEGORY_DIGIT: (_DIGIT, _ASCII_DIGIT),
}
_NEGATED = {
    codes.CATEGORY_NOT_WORD: codes.CATEGORY_WORD,
    codes.CATEGORY_NOT_SPACE: codes.CATEGORY_SPACE,
    codes.CATEGORY_NOT_DIGIT: codes.CATEGORY_DIGIT,
}
_PLACES = {
    codes.AT_BEGINNING: "^",
    codes.AT_BEGINNING_STRING: r"\A",
    codes.AT_END: "$",
    codes.AT_END_STRING: r"\Z",
}
_LETTERS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}
_HOW = dict(zip(REPEATS, ("", "?", "+"), strict=True))


def searcher(value: str, flags: str) -> Callable[[Iterable[str]], bool]:
    """Whether a regex is found in one of several texts. A search that takes SECONDS finds nothing; a warning says so once."""
    import regex

    parsed = tree(value, flags)
    pattern = regex.compile(_opened(parsed.state.flags) + _written(parsed, parsed.state.flags), regex.V1)

    given_up = 0

    def search(texts: Iterable[str]) -> bool:
        nonlocal given_up
        seconds = SECONDS if given_up < PATIENCE else HASTE
        try:
            return any(pattern.search(text, timeout=seconds) is not None for text in texts)
        except TimeoutError:
            given_up += 1
            _warn(value)
            return False

    return search


@lru_cache(maxsize=1024)
def _warn(value: str) -> None:
    _log.warning("the regex /%s/ takes too long on some entries; it was given up there and did not match", value)


def _opened(flags: int) -> str:
    """The flags that hold for the whole; never the full case folding by which ß would be ss."""
    return f"(?{_letters(flags)}-f)"


def _letters(flags: int) -> str:
    return "".join(letter for flag, letter in _LETTERS.items() if flags & flag)


def _written(parsed: Any, flags: int) -> str:
    return "".join(_operator(operator, argument, flags) for operator, argument in parsed)


def _operator(operator: Any, argument: Any, flags: int) -> str:
    if operator in REPEATS:
        least, most, part = argument
        bounds = f"{{{least},{'' if most is codes.MAXREPEAT else most}}}"
        return f"(?:{_written(part, flags)}){bounds}{_HOW[operator]}"
    return _WRITERS[operator](argument, flags)


def _literal(argument: int, _flags: int) -> str:
    return rf"\U{argument:08x}"


def _at(argument: Any, flags: int) -> str:
    if argument in _PLACES:
        return _PLACES[argument]
    word = f"[{_ASCII_WORD if flags & re.ASCII else _WORD}]"
    edge = f"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))"
    return edge if argument is codes.AT_BOUNDARY else f"(?!{edge})"


def _set(argument: Any, flags: int) -> str:
    return "[" + "".join(_member(operator, value, flags) for operator, value in argument) + "]"


def _member(operator: Any, value: Any, flags: int) -> str:
    if operator is codes.NEGATE:
        return "^"
    if operator is codes.RANGE:
        return f"{_literal(value[0], flags)}-{_literal(value[1], flags)}"
    if operator is codes.LITERAL:
        return _literal(value, flags)
    ascii_only = 1 if flags & re.ASCII else 0
    return f"[^{_CATEGORIES[_NEGATED[value]][ascii_only]}]" if value in _NEGATED else _CATEGORIES[value][ascii_only]


def _group(argument: Any, flags: int) -> str:
    number, added, removed, part = argument
    inner = _written(part, (flags | added) & ~removed)
    if number is not None:
        return f"({inner})"
    off = _letters(removed)
    return f"(?{_letters(added)}{'-' + off if off else ''}:{inner})"


def _condition(argument: Any, flags: int) -> str:
    number, yes, no = argument
    return f"(?({number}){_written(yes, flags)}{'|' + _written(no, flags) if no else ''})"


def _look(kind: str) -> Callable[[Any, int], str]:
    def write(argument: Any, flags: int) -> str:
        direction, part = argument
        return f"(?{'<' if direction < 0 else ''}{kind}{_written(part, flags)})"

    return write


_WRITERS: dict[Any, Callable[[Any, int], str]] = {
    codes.LITERAL: _literal,
    codes.NOT_LITERAL: lambda argument, flags: f"[^{_literal(argument, flags)}]",
    codes.ANY: lambda _argument, _flags: ".",
    codes.AT: _at,
    codes.IN: _set,
    codes.BRANCH: lambda argument, flags: f"(?:{'|'.join(_written(part, flags) for part in argument[1])})",
    codes.SUBPATTERN: _group,
    codes.ATOMIC_GROUP: lambda argument, flags: f"(?>{_written(argument, flags)})",
    codes.GROUPREF: lambda argument, _flags: rf"\g<{argument}>",
    codes.GROUPREF_EXISTS: _condition,
    codes.ASSERT: _look("="),
    codes.ASSERT_NOT: _look("!"),
    codes.FAILURE: lambda _argument, _flags: "(?!)",
}

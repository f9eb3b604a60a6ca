"""The regexes of the rule language: what is wrong with one, and its parse tree. The only module that looks inside Python's `re`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

codes: Any = _constants  # the names of operators

LONGEST = 500  # characters
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


def problem(value: str, flags: str) -> str:
    """What is wrong with a regex, in a sentence; "" for nothing."""
    if len(value) > LONGEST:
        return f"the regex has {len(value)} characters, {LONGEST} are allowed"
    for flag in flags:
        if flag not in FLAGS:
            return f"no regex flag `{flag}`; the flags are i, m and s"
        if flags.count(flag) > 1:
            return f"the regex flag `{flag}` is given twice"
    try:
        parsed = tree(value, flags)
    except (re.error, RecursionError, OverflowError) as error:
        return f"the regex is wrong: {error}"
    return (
        "the regex has an unbounded repeat inside an unbounded repeat, which can take for ever"
        if _nested(parsed, inside=False)
        else ""
    )


def tree(value: str, flags: str = "") -> Any:
    """What `re` reads in a regex: pairs of an operator and its argument. Raises what re.compile does."""
    given = sum(FLAGS[flag] for flag in flags)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "[[" may mean more in some later Python
        re.compile(value, given)  # finds more mistakes than the parser
        return _parser.parse(value, given)


def _nested(parsed: Any, *, inside: bool) -> bool:
    """Whether an unbounded repeat holds another one."""
    for operator, argument in parsed:
        unbounded = operator in REPEATS and argument[1] is codes.MAXREPEAT
        if unbounded and inside:
            return True
        if any(_nested(part, inside=inside or unbounded) for part in _parts(argument)):
            return True
    return False


def _parts(argument: Any) -> Iterator[Any]:
    """The patterns inside an operator's argument."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for item in argument:
            yield from _parts(item)

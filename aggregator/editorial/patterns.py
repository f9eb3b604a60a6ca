"""Patterns that few texts need, made for the first that does: a process that reads documents is to be ready soon."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import regex


@cache
def pattern_of(text: str) -> regex.Pattern[str]:
    """One that asks for properties of characters, which `re` does not know. To load the library that does takes as long as to
    read five documents."""
    import regex

    return regex.compile(text, regex.V1)


class _Late:
    def __init__(self, *given: Any) -> None:
        self._given = given

    def __getattr__(self, name: str) -> Any:
        """Asked once for each method: from then on the pattern's own stands here."""
        method = getattr(re.compile(*self._given), name)
        setattr(self, name, method)
        return method


def late(text: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern of `re` that is compiled when it is first asked for something."""
    return cast("re.Pattern[str]", _Late(text, flags))

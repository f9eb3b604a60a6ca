"""Patterns that few texts need, made for the first that does: a process that reads documents is to be ready soon."""

from __future__ import annotations

import re
from collections.abc import Callable
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
    def __init__(self, text: str, flags: int, change: Callable[[str], str] | None) -> None:
        self._text, self._flags, self._change = text, flags, change

    def __getattr__(self, name: str) -> Any:
        """Asked once for each method: from then on the pattern's own stands here."""
        text = self._change(self._text) if self._change else self._text
        method = getattr(re.compile(text, self._flags), name)
        setattr(self, name, method)
        return method


def late(text: str, flags: int = 0, *, change: Callable[[str], str] | None = None) -> re.Pattern[str]:
    """A pattern of `re` that is compiled, once it is changed by `change`, when it is first asked for something."""
    return cast("re.Pattern[str]", _Late(text, flags, change))

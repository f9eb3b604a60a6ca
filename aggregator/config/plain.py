"""The short way for long lists: sources written plainly are taken out of a file before TOML reads the rest.

A file of 50,000 sources would keep a TOML parser busy for seconds. A plain source is a [[source]] that is followed by another list's
table or the end of the file, one key a line, with strings without escapes, small numbers, true, false, or lists of such strings: what
a pattern reads in it is what TOML would. Whatever else a file holds stays in the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from aggregator.model.record import dataclass

_STRING = r'"[^"\\\x00-\x1f\x7f]*"'
_VALUE = rf"(?:{_STRING}|true|false|[1-9]\d{{0,8}}|\[ *(?:{_STRING}(?: *, *{_STRING})*)? *\])"
_PLAIN = re.compile(
    rf"^\[\[source\]\] *\n((?:[a-z_]+ *= *{_VALUE} *\n)+)"
    r"(?=(?:#[^\n\x00-\x08\x0b-\x1f\x7f]*\n|\n)*(?:\[\[(?:source|channel)\]\]|\Z))",
    re.MULTILINE,
)
_KEY = re.compile(r"^[a-z_]+", re.MULTILINE)
_PAIR = re.compile(r"^([a-z_]+) *= *(.*[^ \n]) *$", re.MULTILINE)
_ITEM = re.compile(r'"([^"]*)"')
_SOURCE = re.compile(r"^[ \t]*\[\[[ \t]*[\"']?source[\"']?[ \t]*\]\]", re.MULTILINE)
_FIRST = re.compile(r"^\[\[source\]\]", re.MULTILINE)
_OTHER = re.compile(r"^[ \t]*\[(?!\[source\]\]|source\.)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plain:
    """A source with nothing unusual about it: its keys in the order of their lines, which follow that of its header."""

    header: int
    body: str  # kept instead of its values, which would take three times the memory

    @property
    def given(self) -> Mapping[str, Any]:
        """Its values."""
        return {key: _value(value) for key, value in _PAIR.findall(self.body)}

    def key(self, key: str) -> int:
        """The line of a key; that of the header for one that is not there."""
        given = self.given
        return self.header + (list(given).index(key) + 1 if key in given else 0)

    def string(self, key: str, _item: int) -> int:
        """The line of the strings of a key."""
        return self.key(key)


@dataclass(slots=True)
class Split:
    """A text without its plain sources."""

    order: list[Plain | None] = field(default_factory=list)  # all [[source]] of the file; None: it stands in `rest`
    rest: str = ""
    jumps: list[tuple[int, int]] = field(default_factory=list)  # (line in rest, line in the file), as Places takes them


def whole(text: str) -> Split:
    """Nothing taken out."""
    return Split(_headers(text), text, [(1, 1)])


def split(text: str) -> Split:
    """Take the plain sources out. A text with strings over several lines is left whole: anything may stand in those."""
    if '"""' in text or "'''" in text:
        return whole(text)
    out, at, line, length = Split(), 0, 1, 1
    pieces: list[str] = []
    for match in _PLAIN.finditer(text):
        start, end = match.span()
        keys = _KEY.findall(match[1])
        if len(set(keys)) < len(keys):
            return whole(text)  # a key stands twice, which TOML is to report
        length += _keep(out, pieces, text[at:start], line, length)
        line += text.count("\n", at, start)
        out.order.append(Plain(line, match[1]))
        line, at = line + 1 + len(keys), end
    _keep(out, pieces, text[at:], line, length)
    out.rest = "".join(pieces)
    return out


def _value(text: str) -> Any:
    if text[0] == '"':
        return text[1:-1]
    if text[0] == "[":
        return _ITEM.findall(text)
    return text == "true" if text in ("true", "false") else int(text)


def _headers(text: str) -> list[Plain | None]:
    return [None] * len(_SOURCE.findall(text))


def _keep(out: Split, pieces: list[str], piece: str, line: int, length: int) -> int:
    """Put a piece into the rest, unless it is white space; how many lines that adds to it."""
    if not piece or piece.isspace():
        return 0
    out.jumps.append((length, line))
    pieces.append(piece)
    out.order += _headers(piece)
    return piece.count("\n")


def without_sources(text: str) -> Split | None:
    """A text without any of its sources, plain or not; None where that cannot be told without reading it as TOML."""
    if '"""' in text or "'''" in text:
        return None
    out, at, line, length = Split(), 0, 1, 1
    pieces: list[str] = []
    while at < len(text):
        first = _FIRST.search(text, at)
        end = first.start() if first else len(text)
        length += _keep(out, pieces, text[at:end], line, length)
        other = _OTHER.search(text, end)
        line, at = line + text.count("\n", at, other.start() if other else end), other.start() if other else len(text)
    out.rest = "".join(pieces)
    return out

"""Where things stand in a TOML file: the lines of its tables, keys and strings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

_HEADER = re.compile(r"^[ \t]*\[\[?[ \t]*([\w.\"'-]+)[ \t]*\]\]?[ \t]*(?:#.*)?$", re.MULTILINE)
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|' + r"'''(?:[^']|'(?!''))*'''" + r'|"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'|#[^\n]*",
    re.DOTALL,
)
_VALUE = re.compile(rf"{_TOKEN.pattern}|[^\s,\[\]#\"']+", re.DOTALL)  # a string, a comment, or a number and the like


class Places:
    """The lines of one text, from 1. What cannot be found has the line of its table; what has none, 0.

    `jumps` tells a text that was taken out of a longer one: (line here, line there) for each piece, ascending.
    """

    def __init__(self, text: str, jumps: Sequence[tuple[int, int]] = ((1, 1),)) -> None:
        self._text, self._jumps = text, jumps
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._bare = _TOKEN.sub(_blank, text) if '"""' in text or "'''" in text else text
        self._headers: list[tuple[int, str]] = []  # where each begins, and its name
        self._tables: dict[str, list[int]] = {}
        self._ends: dict[int, int] = {}
        begin = 0
        for match in _HEADER.finditer(self._bare):
            self._ends[begin] = match.start()
            begin, name = match.end(), match[1].strip("\"'")
            self._headers.append((match.start(), name))
            self._tables.setdefault(name, []).append(begin)
        self._ends[begin] = len(text)

    def table(self, name: str, index: int = 0) -> int:
        """The line of the index-th header of that name."""
        found = self._tables.get(name, [])
        return self._line(found[index]) if index < len(found) else 0

    def extent(self, name: str, index: int) -> tuple[int, int]:
        """The lines of the index-th table of a name with the tables below it: its first, and the first behind it."""
        at = [n for n, (_, header) in enumerate(self._headers) if header == name][index]
        following = (start for start, header in self._headers[at + 1 :] if not header.startswith(f"{name}."))
        end = next(following, None)
        return self._line(self._headers[at][0]), len(self._starts) + 1 if end is None else self._line(end)

    def below(self, name: str) -> int:
        """The line of the first header that begins with the name and a dot; 0 where there is none."""
        found = [begins[0] for header, begins in self._tables.items() if header.startswith(f"{name}.")]
        return self._line(min(found)) if found else 0

    def key(self, name: str, index: int, key: str) -> int:
        """The line of a key in the index-th table of that name; the name "" is the top of the file."""
        offset = self._key(name, index, key)
        return self.table(name, index) if offset is None else self._line(offset)

    def string(self, name: str, index: int, key: str, item: int) -> int:
        """The line on which the item-th string of a key's value begins, or what stands in the place of one."""
        offset = self._key(name, index, key)
        if offset is None:
            return self.table(name, index)
        values = (match for match in _VALUE.finditer(self._text, offset) if match[0][0] != "#")
        found = next((match for n, match in enumerate(values) if n == item), None)
        return self._line(found.start() if found else offset)

    def line(self, number: int) -> int:
        """Where a line of this text is in the longer one; 0 for 0."""
        here, there = self._jumps[max(bisect_right(self._jumps, number, key=lambda jump: jump[0]) - 1, 0)]
        return there + number - here if number else 0

    def _line(self, offset: int) -> int:
        return self.line(bisect_right(self._starts, offset))

    def _key(self, name: str, index: int, key: str) -> int | None:
        """Where the value of a key begins: behind its equals sign, on its line."""
        tables = self._tables.get(name, []) if name else [0]
        if index >= len(tables):
            return None
        begin = tables[index]
        pattern = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*(?:=|\.[^\n=]*=)", re.MULTILINE)
        match = pattern.search(self._bare, begin, self._ends[begin])
        return match.end() if match else None


def _blank(token: re.Match[str]) -> str:
    """A string over several lines as spaces, so that nothing in it looks like a key or a header."""
    return re.sub(r"[^\n]", " ", token[0]) if token[0].startswith(('"""', "'''")) else token[0]

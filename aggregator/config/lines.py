"""Where things stand in a TOML file: the lines of its tables, keys and strings."""

from __future__ import annotations

import re
from bisect import bisect_right

_HEADER = re.compile(r"^[ \t]*(\[\[?)[ \t]*([A-Za-z0-9_.\"'-]+)[ \t]*\]\]?[ \t]*(?:#.*)?$", re.MULTILINE)
_MULTILINE = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|' + r"'''(?:[^']|'(?!''))*'''", re.DOTALL)
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|' + r"'''(?:[^']|'(?!''))*'''" + r'|"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'|#[^\n]*",
    re.DOTALL,
)


class Places:
    """The lines of one file, from 1. What cannot be found has the line of its table; what has none, 0."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._starts = [0, *(m.end() for m in re.finditer("\n", source))]
        blank = (
            _MULTILINE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), source)
            if '"""' in source or "'''" in source
            else source
        )
        self._blank = blank
        self._tables: dict[str, list[int]] = {}
        self._ends: dict[int, int] = {}
        last = -1
        for match in _HEADER.finditer(blank):
            self._ends[last] = match.start()
            last = match.end()
            self._tables.setdefault(match[2].strip("\"'"), []).append(last)
        self._ends[last] = len(source)

    def line_at(self, offset: int) -> int:
        """The line of an offset."""
        return bisect_right(self._starts, offset)

    def table(self, name: str, index: int = 0) -> int:
        """The line of the index-th header of that name; 0 where there is none."""
        found = self._tables.get(name, [])
        return self.line_at(found[index] - 1) if index < len(found) else 0

    def key(self, name: str, index: int, key: str) -> int:
        """The line of a key in the index-th table of that name."""
        offset = self._key(name, index, key)
        return self.line_at(offset) if offset is not None else self.table(name, index)

    def string(self, name: str, index: int, key: str, item: int) -> int:
        """The line on which the item-th string of a key's value begins."""
        offset = self._key(name, index, key)
        if offset is None:
            return self.table(name, index)
        begin = self._source.index("=", offset)
        strings = (m for m in _STRING.finditer(self._source, begin) if not m[0].startswith("#"))
        found = next((m for n, m in enumerate(strings) if n == item), None)
        return self.line_at(found.start()) if found else self.line_at(offset)

    def _key(self, name: str, index: int, key: str) -> int | None:
        found = self._tables.get(name, [])
        begin = found[index] if index < len(found) else (-1 if not name else None)
        if begin is None:
            return None
        end = self._ends.get(begin, len(self._source))
        pattern = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[=.]", re.MULTILINE)
        match = pattern.search(self._blank, max(begin, 0), end)
        return match.start() + len(match[0]) - len(match[0].lstrip()) if match else None

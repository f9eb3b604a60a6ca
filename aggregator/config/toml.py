"""TOML to tables, also where some of it is broken: a statement that cannot be read is reported, left out, and the rest is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.model.record import dataclass

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")
_KEY = r"(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')"
_STATEMENT = re.compile(rf"[ \t]*(?:\[|{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*[ \t]*=)")
_HEADER = re.compile(r"[ \t]*\[[ \t]*([a-z]+)[ \t]*\]")
_NAME = re.compile(r"[ \t]*\[+[ \t]*(\w*)")
_OPEN = re.compile(r"\"{3}|'{3}|=[ \t]*[\[{]")  # more lines could make it whole
LEFT_OUT = "left out at line "
_LISTS = ("source", "channel")
_REACH = 200  # statement beginnings that a string or list over several lines is looked for in
_MOST = 100  # mistakes that are told of one file


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that TOML does not allow; line and column count from 1, 0 where unknown."""

    line: int
    column: int
    message: str


def read(text: str) -> tuple[Mapping[str, Any], str, list[Broken]]:
    """The tables of a text, the text that they stand in (line by line as it was, without what is broken), and what is broken."""
    data, broken = _loaded(text)
    if broken is None:
        return data, text, []
    lines = text.split("\n")
    found = [*_single_brackets(lines), *_unreadable(lines)]
    while len(found) < _MOST:
        data, broken = _loaded("\n".join(lines))
        if broken is None:
            break
        start = _begin(lines, broken.line)
        found.append(Broken(start + 1, 0, broken.message))
        _leave_out(lines, start, broken.line)
    return data, "\n".join(lines), found


def _loaded(text: str) -> tuple[Mapping[str, Any], Broken | None]:
    try:
        return tomllib.loads(text), None
    except RecursionError:
        return {}, Broken(0, 0, "lists or tables are nested too deep")
    except ValueError as error:  # also numbers that are too long for Python
        place = _PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else 0
        message = _PLACE.sub("", str(error))
        return {}, Broken(line, int(place[2]) if place and line else 0, f"this is no TOML: {message}")


def _single_brackets(lines: list[str]) -> Iterator[Broken]:
    """[source] for [[source]] would make every later [[source]] look wrong."""
    for n, line in enumerate(lines):
        header = _HEADER.fullmatch(line.partition("#")[0].rstrip())
        if header and header[1] in _LISTS:
            yield Broken(n + 1, 0, f"`{header[1]}` is a list of tables: write [[{header[1]}]]")
            lines[n] = f"[[{header[1]}]]"


def _unreadable(lines: list[str]) -> Iterator[Broken]:
    """Try each statement by itself; blank and yield those that cannot be read."""
    starts = [n for n, line in enumerate(lines) if n == 0 or _STATEMENT.match(line)] + [len(lines)]
    at = 0
    while at < len(starts) - 1:
        start, (length, broken) = starts[at], _shortest(lines, starts, at)
        if broken is not None:
            yield Broken(start + max(broken.line, 1), broken.column, broken.message)
            _leave_out(lines, start + _sound(lines, start, broken), starts[at + 1])
        at += length


def _shortest(lines: list[str], starts: list[int], at: int) -> tuple[int, Broken | None]:
    """How many beginnings the statement spans: more than one where a string or list holds lines that look like one."""
    first: Broken | None = None
    for end in range(at + 1, min(len(starts), at + 1 + _REACH)):
        part = lines[starts[at] : starts[end]]
        _, broken = _loaded("\n".join(part) + "\n")
        if broken is None:
            return end - at, None
        first = first or broken
        if not _OPEN.search(part[0]):
            break
    return 1, first


def _sound(lines: list[str], start: int, broken: Broken) -> int:
    """How many lines of a broken statement can stay: it is whole, and something stray follows."""
    whole = max(broken.line - 1, 0)
    return whole if _loaded("\n".join(lines[start : start + whole]))[1] is None else 0


def _begin(lines: list[str], line: int) -> int:
    """The index of the line on which the statement begins that ends on a line, which counts from 1."""
    at = min(max(line, 1), len(lines)) - 1
    while at > 0 and not _STATEMENT.match(lines[at]):
        at -= 1
    return at


def _leave_out(lines: list[str], start: int, end: int) -> None:
    """Blank a statement; a header keeps its place, so that the keys below it do not land in the table above."""
    name = _NAME.match(lines[start])
    lines[start:end] = [""] * (end - start)
    if name:
        near = next((known for known in _LISTS if name[1].startswith(known)), None)
        lines[start] = f"[[{near}]]" if near else f'["{LEFT_OUT}{start + 1}"]'

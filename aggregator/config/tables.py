"""The tables of a feeds.toml, value by value checked; what is wrong becomes a Problem with its line and is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Protocol

from aggregator.config import toml
from aggregator.config import values as v
from aggregator.config.keys import ARRAYS, RULES, TABLES, Keys
from aggregator.config.lines import Places
from aggregator.config.plain import Split
from aggregator.config.query import QueryError, parse
from aggregator.errors import Problem
from aggregator.model import Rule
from aggregator.model.record import dataclass

Table = Mapping[str, Any]


class Spot(Protocol):
    """Where one table stands."""

    @property
    def header(self) -> int:
        """The line of its header."""

    def key(self, key: str) -> int:
        """The line of a key."""

    def string(self, key: str, item: int) -> int:
        """The line of the item-th string in the value of a key."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The index-th table of a name, looked up when a line is asked for."""

    tables: Tables
    name: str
    index: int

    @property
    def header(self) -> int:
        """The line of its header."""
        return self.tables.places.table(self.name, self.index)

    def key(self, key: str) -> int:
        """The line of a key."""
        return self.tables.places.key(self.name, self.index, key)

    def string(self, key: str, item: int) -> int:
        """The line of the item-th string in the value of a key."""
        return self.tables.places.string(self.name, self.index, key, item)


class Tables:
    """One file being read, with the problems found so far."""

    def __init__(self, name: str, split: Split) -> None:
        self.name, self.problems = name, list[Problem]()
        self.data, self._text, broken = toml.read(split.rest)
        self._jumps = split.jumps or [(1, 1)]
        for one in broken:
            self.problem(self.places.line(one.line), one.message, one.column)
        self._check_names()

    @cached_property
    def places(self) -> Places:
        """Where things stand; found out only for a file with rules or mistakes."""
        return Places(self._text, self._jumps)

    def problem(self, line: int, message: str, column: int = 0) -> None:
        """Note a mistake."""
        self.problems.append(Problem(self.name, line, message, column))

    def table(self, name: str) -> dict[str, Any]:
        """The good values of the table of this name; empty where there is none."""
        given = self.data.get(name)
        return self.checked(given, TABLES[name], self.spot(name)) if isinstance(given, dict) else {}

    def array(self, name: str) -> list[Table]:
        """The tables of a list of tables, as they came."""
        given = self.data.get(name)
        return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []

    def spot(self, name: str, index: int = 0) -> Spot:
        """Where the index-th table of a name stands."""
        return Placed(self, name, index)

    def checked(self, given: Table, keys: Keys, spot: Spot) -> dict[str, Any]:
        """The good values of one table."""
        out: dict[str, Any] = {}
        for key, value in given.items():
            if key not in keys:
                self.problem(spot.key(key), f"unknown key `{key}`{hint(key, keys)}")
                continue
            try:
                out[key] = self._rules(spot, key, value) if key in RULES else keys[key](value)
            except v.Bad as bad:
                self.problem(spot.key(key), f"`{key}` {bad}")
        return out

    def _check_names(self) -> None:
        for name, value in self.data.items():
            if name in TABLES and not isinstance(value, dict):
                self.problem(self._line(name), f"`{name}` is a table: write [{name}]")
            elif name in ARRAYS and not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
                self.problem(self._line(name), f"`{name}` is a list of tables: write [[{name}]]")
            elif name not in TABLES and name not in ARRAYS and not name.startswith(toml.LEFT_OUT):
                self._unknown(name, value)

    def _unknown(self, name: str, value: Any) -> None:
        """A name at the top of the file that means nothing: a table, or a key that was meant for one."""
        home = next((table for table, keys in TABLES.items() if name in keys), None)
        if isinstance(value, dict | list) or home is None:
            what = "table" if isinstance(value, dict | list) else "key"
            self.problem(self._line(name), f"unknown {what} `{name}`{hint(name, [*TABLES, *ARRAYS])}")
        else:
            self.problem(self._line(name), f"the key `{name}` belongs below [{home}]")

    def _line(self, name: str) -> int:
        return self.places.table(name) or self.places.key("", 0, name) or self.places.below(name)

    def _rules(self, spot: Spot, key: str, value: Any) -> tuple[Rule, ...]:
        queries = value if isinstance(value, list) else [value]
        if not queries:
            raise v.Bad("is empty; leave the key out to take everything")
        found = (self._rule(key, query, spot.string(key, n)) for n, query in enumerate(queries))
        return tuple(rule for rule in found if rule is not None)

    def _rule(self, key: str, query: Any, line: int) -> Rule | None:
        """One query; None where it is wrong."""
        if not isinstance(query, str):
            self.problem(line, f"`{key}` takes a rule or a list of rules, not {v.kind(query)}")
            return None
        try:
            parse(query)
        except QueryError as error:
            self.problem(line, f"`{key}`: {error}", error.column)
            return None
        return Rule(query, line)


def hint(word: str, known: Iterable[str]) -> str:
    """The nearest known word, as the end of a message; "" where none is near."""
    from difflib import get_close_matches  # for mistakes alone

    near = get_close_matches(word.lower(), list(known), 1, 0.5)
    return f"; did you mean `{near[0]}`?" if near else ""

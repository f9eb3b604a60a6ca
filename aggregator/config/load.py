"""feeds.toml to Settings: every mistake at once, each with its line and, for a key, the nearest one there is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aggregator.config import values as v
from aggregator.config.lines import Places
from aggregator.config.naming import source_ids
from aggregator.config.query import QueryError, parse
from aggregator.errors import ConfigError, Problem
from aggregator.model import Channel, FetchSettings, Rule, Settings, Source, TeaserSettings

Table = Mapping[str, Any]
Keys = Mapping[str, v.Check]

_AGGREGATOR: Keys = {
    "title": v.text, "base_url": v.folder_url, "contact": v.text, "database": v.text, "output": v.text, "listen": v.listen, "templates": v.text,
}  # fmt: skip
_FETCH: Keys = {
    "interval": v.duration, "concurrency": v.number(1, 4096), "per_host": v.number(1, 4096), "timeout": v.duration, "max_bytes": v.size,
    "allow_private": v.many(v.host_port), "proxy": v.url, "websub": v.flag,
}  # fmt: skip
_TEASER: Keys = {"min": v.number(1, 100_000), "max": v.number(2, 100_000), "read_more": v.text}
_STORE: Keys = {"keep": v.duration}
_HUB: Keys = {"enabled": v.flag}
_RULES = ("match", "exclude", "include")
_SOURCE: Keys = {
    "url": v.url, "id": v.identifier, "title": v.text, "tags": v.many(v.text), "interval": v.duration, "enabled": v.flag, "weight": v.weight,
    "max_entries": v.number(1, 1_000_000), "language": v.language, "headers": v.headers, "auth": v.auth, "teaser": v.one_of("cut", "full", "title"),
    "include": v.any_text, "exclude": v.any_text, "ignore": v.many(v.one_of("author", "date", "id", "language")),
}  # fmt: skip
_CHANNEL: Keys = {
    "id": v.identifier, "title": v.text, "description": v.any_text, "match": v.any_text, "exclude": v.any_text, "tags": v.many(v.text),
    "sources": v.many(v.text), "limit": v.number(1, 10_000), "per_source": v.number(1, 10_000), "max_age": v.duration,
    "formats": v.many(v.one_of("html", "atom", "rss", "json")), "language": v.language, "hub": v.many(v.url),
    "edition": v.one_of("daily", "weekly", "monthly"), "edition_size": v.number(1, 100),
}  # fmt: skip
_TABLES: Mapping[str, Keys] = {
    "aggregator": _AGGREGATOR,
    "fetch": _FETCH,
    "teaser": _TEASER,
    "store": _STORE,
    "hub": _HUB,
}
_ARRAYS: Mapping[str, Keys] = {"source": _SOURCE, "channel": _CHANNEL}
_DEFAULT = Settings(path=Path("feeds.toml"))
_AT_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)|\s*\(at end of document\)")


def load(path: Path) -> Settings:
    """The settings of a file. Raises ConfigError with every problem, also when the file cannot be read."""
    raw = read(path)
    return parse_settings(raw, path)


def read(path: Path) -> bytes:
    """The bytes of the file. Raises ConfigError."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(
            [
                Problem(
                    str(path), 0, "there is no such file; `aggregator add URL` makes one, --config PATH names another"
                )
            ]
        ) from error
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, f"cannot be read: {error.strerror}")]) from error


def fingerprint(raw: bytes) -> str:
    """Of the bytes of a file."""
    return blake2b(raw, digest_size=16).hexdigest()


def parse_settings(raw: bytes, path: Path) -> Settings:
    """The settings that these bytes stand for. Raises ConfigError with every problem."""
    reading = _Reading(str(path), _text(raw, path))
    settings = reading.settings(path)
    if reading.problems:
        raise ConfigError(sorted(reading.problems, key=lambda problem: (problem.line, problem.column)))
    return replace(settings, fingerprint=fingerprint(raw))


def _text(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError([Problem(str(path), line, "is not UTF-8; save the file in that encoding")]) from error


class _Reading:
    """One file being read, with the problems found so far."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.problems = name, list[Problem]()
        self.data = self._parsed(source)
        self.places = Places(source)

    def _parsed(self, source: str) -> Table:
        """The tables; a line that TOML cannot read is reported and left out, so that the rest is looked at too."""
        for _ in range(50):
            try:
                return tomllib.loads(source)
            except tomllib.TOMLDecodeError as error:
                match = _AT_LINE.search(str(error))
                lines = source.split("\n")
                line = int(match[1]) if match and match[1] else len(lines)
                message = _AT_LINE.sub("", str(error))
                self.problems.append(
                    Problem(self.name, line, f"is no TOML: {message}", int(match[2]) if match and match[2] else 0)
                )
                if not lines[line - 1].strip() or lines[line - 1].startswith("#"):
                    return {}
                lines[line - 1] = "#"
                source = "\n".join(lines)
        return {}

    def problem(self, line: int, message: str, column: int = 0) -> None:
        self.problems.append(Problem(self.name, line, message, column))

    def settings(self, path: Path) -> Settings:
        self._known_names()
        main, fetch, teaser, store, hub = (
            self._table(name) for name in ("aggregator", "fetch", "teaser", "store", "hub")
        )
        sources = self._sources()
        channels = self._channels(sources, main.get("title", _DEFAULT.title))
        self._check_teaser(teaser)
        return Settings(
            path=path,
            **{key: main[key] for key in ("title", "base_url", "contact", "listen") if key in main},
            base_url_given="base_url" in main,
            database=_below(path, main.get("database", _DEFAULT.database)),
            output=_below(path, main.get("output", _DEFAULT.output)),
            templates=_below(path, main["templates"]) if "templates" in main else None,
            fetch=FetchSettings(**{key: value for key, value in fetch.items() if key != "websub"}),
            websub=fetch.get("websub", True),
            teaser=TeaserSettings(**teaser),
            keep=store.get("keep"),
            hub_enabled=hub.get("enabled", False),
            channels=channels,
            sources=sources,
        )

    def _known_names(self) -> None:
        for name, value in self.data.items():
            if name in _TABLES and not isinstance(value, dict):
                self.problem(self._line(name), f"`{name}` is a table: write [{name}]")
            elif name in _ARRAYS and not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
                self.problem(self._line(name), f"`{name}` is a list of tables: write [[{name}]]")
            elif name not in _TABLES and name not in _ARRAYS:
                self.problem(self._line(name), f"unknown table `{name}`{hint(name, [*_TABLES, *_ARRAYS])}")

    def _line(self, name: str) -> int:
        return self.places.table(name) or self.places.key("", 0, name)

    def _table(self, name: str) -> dict[str, Any]:
        given = self.data.get(name)
        return self._checked(name, 0, given, _TABLES[name]) if isinstance(given, dict) else {}

    def _checked(self, name: str, index: int, given: Table, keys: Keys) -> dict[str, Any]:
        """The good values of one table; the bad ones become problems."""
        out: dict[str, Any] = {}
        for key, value in given.items():
            if key not in keys:
                self.problem(self.places.key(name, index, key), f"unknown key `{key}`{hint(key, keys)}")
                continue
            try:
                out[key] = self._rules(name, index, key, value) if key in _RULES else keys[key](value)
            except v.Bad as bad:
                self.problem(self.places.key(name, index, key), f"`{key}` {bad}")
        return out

    def _rules(self, name: str, index: int, key: str, value: Any) -> tuple[Rule, ...]:
        queries = value if isinstance(value, list) else [value]
        if not queries:
            self.problem(self.places.key(name, index, key), f"`{key}` is empty; leave the key out to take everything")
        out = []
        for n, query in enumerate(queries):
            line = (
                self.places.string(name, index, key, n) if isinstance(query, str) else self.places.key(name, index, key)
            )
            if not isinstance(query, str):
                self.problem(line, f"`{key}` takes a rule or a list of rules, not {v.kind(query)}")
                continue
            try:
                parse(query)
            except QueryError as error:
                self.problem(line, f"`{key}`: {error}", error.column)
            out.append(Rule(query, line))
        return tuple(out)

    def _array(self, name: str) -> list[Table]:
        given = self.data.get(name)
        return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []

    def _sources(self) -> tuple[Source, ...]:
        tables = self._array("source")
        checked = [self._checked("source", n, table, _SOURCE) for n, table in enumerate(tables)]
        ids = source_ids([(one.get("id"), one.get("url")) for one in checked])
        out: dict[str, Source] = {}
        urls: dict[str, int] = {}
        for n, (one, name) in enumerate(zip(checked, ids, strict=True)):
            line = self.places.table("source", n)
            if "url" not in one:
                if "url" not in tables[n]:
                    self.problem(line, "a [[source]] needs a `url`")
                continue
            self._once(urls, one["url"], n, "url", "source")
            if name in out and "id" in one:
                self.problem(
                    self.places.key("source", n, "id"),
                    f"the id {name!r} is taken by the source at line {out[name].line}",
                )
            out[name] = Source(**{**one, "id": name}, order=n, line=line)
        return tuple(out.values())

    def _once(self, seen: dict[str, int], value: str, n: int, key: str, name: str) -> None:
        if value in seen:
            self.problem(
                self.places.key(name, n, key),
                f"this {key} stands at line {self.places.key(name, seen[value], key)} already",
            )
        seen.setdefault(value, n)

    def _channels(self, sources: tuple[Source, ...], title: str) -> tuple[Channel, ...]:
        ids, tags = {s.id for s in sources}, {tag for s in sources for tag in s.tags}
        out: dict[str, Channel] = {}
        for n, table in enumerate(self._array("channel")):
            one = self._checked("channel", n, table, _CHANNEL)
            line = self.places.table("channel", n)
            if "id" not in one:
                if "id" not in table:
                    self.problem(line, "a [[channel]] needs an `id`")
                continue
            self._named(one["id"], n, out)
            self._refer(n, "sources", one.get("sources", ()), ids)
            self._refer(n, "tags", one.get("tags", ()), tags)
            default = title if one["id"] == "all" else one["id"].replace("-", " ").capitalize()
            out[one["id"]] = Channel(**{"title": default, **one}, line=line)
        first = out.pop("all", Channel("all", title))
        return (first, *out.values())

    def _named(self, name: str, n: int, taken: Mapping[str, Channel]) -> None:
        line = self.places.key("channel", n, "id")
        if name in taken:
            self.problem(line, f"the id {name!r} is taken by the channel at line {taken[name].line}")
        if name in v.RESERVED or name.startswith("status.") or name.endswith((".css", ".js", ".gz", ".br")):
            self.problem(line, f"a channel cannot be called {name!r}: an output file has that name")

    def _refer(self, n: int, key: str, names: tuple[str, ...], known: set[str]) -> None:
        for item, name in enumerate(names):
            if name not in known:
                what = "source has this id" if key == "sources" else "source has this tag"
                self.problem(
                    self.places.string("channel", n, key, item), f"`{key}`: no {what}: {name!r}{hint(name, known)}"
                )

    def _check_teaser(self, teaser: dict[str, Any]) -> None:
        least, most = teaser.get("min", _DEFAULT.teaser.min), teaser.get("max", _DEFAULT.teaser.max)
        if least > most:
            key = "min" if "min" in teaser else "max"
            self.problem(self.places.key("teaser", 0, key), f"`min` ({least}) is over `max` ({most})")
            teaser.clear()


def hint(word: str, known: Any) -> str:
    """The nearest known word, as the end of a message."""
    near = get_close_matches(word.lower(), list(known), 1, 0.5)
    return f"; did you mean `{near[0]}`?" if near else ""


def _below(path: Path, value: str | Path) -> Path:
    """Relative paths are relative to the folder of the file."""
    return Path(path).resolve().parent / Path(value).expanduser()

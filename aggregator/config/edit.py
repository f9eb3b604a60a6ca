"""Careful edits of feeds.toml: comments and layout stay, the file is written whole or not at all, and it loads afterwards."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aggregator.config.lines import Places
from aggregator.config.load import parse_settings
from aggregator.config.naming import slug
from aggregator.errors import ConfigError, Problem
from aggregator.model import Settings, Source

BEGINNING = "# Sources of a planet; `aggregator check` names every mistake with its line.\n"


@dataclass(frozen=True, slots=True)
class Added:
    """A source that was appended, or would be."""

    id: str
    text: str  # its table


@dataclass(frozen=True, slots=True)
class Outline:
    """A source to append."""

    url: str
    id: str | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()
    more: tuple[tuple[str, object], ...] = ()  # further keys with their values


def add_source(
    path: Path, url: str, *, wanted_id: str | None = None, tags: Sequence[str] = (), dry: bool = False
) -> Added:
    """Append one source. Raises ConfigError where it is there already, or the file has mistakes."""
    before = _source(path)
    settings = parse_settings(before.encode(), path)
    known = next((source for source in settings.sources if source.url == url or source.id == wanted_id), None)
    if known is not None:
        raise ConfigError([Problem(str(path), known.line, f"the source {known.id!r} is there already")])
    name = wanted_id or _free(slug(url), {source.id for source in settings.sources})
    table = _table(Outline(url, name, None, tuple(tags)))
    after = _appended(before, [table])
    parse_settings(after.encode(), path)
    if not dry:
        _write(path, after)
    return Added(name, table)


def add_outlines(path: Path, outlines: Sequence[Outline]) -> tuple[list[str], list[str]]:
    """Append many sources; the ids that are new and the URLs that were there already. Nothing is ever deleted."""
    before = _source(path)
    settings = parse_settings(before.encode(), path)
    urls = {source.url for source in settings.sources}
    ids = {source.id for source in settings.sources}
    tables, known = [], []
    for one in outlines:
        if one.url in urls:
            known.append(one.url)
            continue
        urls.add(one.url)
        name = one.id if one.id and one.id not in ids else _free(slug(one.url), ids)
        ids.add(name)
        tables.append((name, _table(Outline(one.url, name, one.title, one.tags, one.more))))
    if tables:
        after = _appended(before, [table for _, table in tables])
        parse_settings(after.encode(), path)
        _write(path, after)
    return [name for name, _ in tables], known


def remove_source(path: Path, what: str) -> str:
    """Take the table of a source out, with the comments that stand straight above it; its id."""
    before = _source(path)
    source, number = _find(path, before, what)
    lines = before.split("\n")
    start, end = _extent(before, number)
    while start > 0 and lines[start - 1].lstrip().startswith("#") and (start < 2 or lines[start - 2].strip() == ""):
        start -= 1
    after = "\n".join([*lines[:start], *lines[end:]])
    parse_settings(after.encode(), path)
    _write(path, after)
    return source.id


def set_enabled(path: Path, what: str, *, enabled: bool) -> str:
    """Pause or resume a source by its `enabled` key; its id."""
    before = _source(path)
    source, number = _find(path, before, what)
    lines = before.split("\n")
    start, end = _extent(before, number)
    key = next((n for n in range(start, end) if re.match(r"\s*enabled\s*=", lines[n])), None)
    if key is not None:
        lines[key] = re.sub(r"(=\s*)(true|false)", rf"\g<1>{str(enabled).lower()}", lines[key], count=1)
    elif not enabled:
        lines.insert(start + 1, "enabled = false")
    after = "\n".join(lines)
    if after != before:
        parse_settings(after.encode(), path)
        _write(path, after)
    return source.id


def _source(path: Path) -> str:
    """The text of the file; the beginning of a new one where there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return BEGINNING
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(path), 0, f"cannot be read: {error}")]) from error


def _find(path: Path, text: str, what: str) -> tuple[Source, int]:
    settings: Settings = parse_settings(text.encode(), path)
    for source in settings.sources:
        if what in (source.id, source.url):
            return source, source.order
    raise ConfigError([Problem(str(path), 0, f"no source {what!r}: `aggregator status` lists them")])


def _extent(text: str, number: int) -> tuple[int, int]:
    """The lines of the number-th [[source]], from 0: its header and the line behind its last key."""
    places = Places(text.replace("\r\n", "\n"))
    lines = text.split("\n")
    start = places.table("source", number) - 1
    end = start + 1
    while end < len(lines) and not re.match(r"\s*\[", lines[end]):
        end += 1
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return start, min(len(lines), end + 1) if end < len(lines) and not lines[end].strip() else end


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _table(one: Outline) -> str:
    """A [[source]] table; tomlkit spells the values."""
    import tomlkit

    keys: list[tuple[str, object]] = [("id", one.id), ("url", one.url)]
    keys += [("title", one.title)] if one.title else []
    keys += [("tags", list(one.tags))] if one.tags else []
    keys += list(one.more)
    return "[[source]]\n" + "".join(f"{key} = {tomlkit.item(value).as_string()}\n" for key, value in keys)


def _appended(text: str, tables: Sequence[str]) -> str:
    """Behind the last source, with an empty line before each; at the end of a file that has none."""
    return text.rstrip("\n") + "\n" + "".join(f"\n{table}" for table in tables)


def _write(path: Path, text: str) -> None:
    """Atomically, keeping the rights of the file."""
    try:
        mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
        target = path.resolve()
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=target.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(mode)
        Path(file.name).replace(target)
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, f"cannot be written: {error.strerror}; it is as it was")]) from error

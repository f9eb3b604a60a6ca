"""Careful edits of feeds.toml: comments and layout stay, the file is written whole or not at all, and it loads afterwards."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from aggregator.config import values
from aggregator.config.lines import Places
from aggregator.config.load import parse_settings
from aggregator.config.naming import same, short_name
from aggregator.errors import ConfigError, Problem
from aggregator.model import Rule, Source
from aggregator.model.record import dataclass, replace

Given = ParamSpec("Given")
Made = TypeVar("Made")
BEGINNING = "# Sources of a planet; `aggregator check` names every mistake with its line.\n"
_TRUTH = re.compile(r"(=[ \t]*)(?:true|false)\b")


def _alone(edit: Callable[Given, Made]) -> Callable[Given, Made]:
    """One edit after the other, of however many processes: each would write what it had read before the others wrote."""

    @wraps(edit)
    def locked(*given: Given.args, **named: Given.kwargs) -> Made:
        path = given[0]
        assert isinstance(path, Path)  # noqa: S101 - what all of them begin with
        try:
            folder = os.open(path.resolve().parent, os.O_RDONLY)
        except OSError:  # the edit will say what is wrong
            return edit(*given, **named)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            return edit(*given, **named)
        finally:
            os.close(folder)

    return locked


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


@_alone
def add_source(
    path: Path,
    url: str,
    *,
    wanted_id: str | None = None,
    title: str | None = None,
    tags: Sequence[str] = (),
    dry: bool = False,
) -> Added:
    """Append one source. Raises ConfigError where it is there already, or the file has mistakes."""
    file = _File.read(path)
    known = next((one for one in file.sources() if same(one.url) == same(url) or one.id == wanted_id), None)
    if known is not None:
        raise ConfigError([Problem(str(path), known.line, f"the source {known.id!r} is there already")])
    name = wanted_id or short_name(url, {source.id for source in file.sources()})
    table = _table(Outline(url, name, title, tuple(tags)))
    after = file.appended([table])
    after.sources()
    if not dry:
        after.write()
    return Added(name, table)


@_alone
def add_outlines(path: Path, outlines: Sequence[Outline]) -> tuple[list[str], list[str]]:
    """Append many sources; the ids that are new and the URLs that were there already. Nothing is ever deleted."""
    file = _File.read(path)
    urls = {same(source.url) for source in file.sources()}
    ids = {source.id for source in file.sources()}
    tables: dict[str, str] = {}
    known = []
    for one in outlines:
        if same(one.url) in urls:
            known.append(one.url)
            continue
        name = one.id if one.id and one.id not in ids else short_name(one.url, ids)
        urls.add(same(one.url))
        ids.add(name)
        tables[name] = _table(replace(one, id=name))
    if tables:
        after = file.appended(list(tables.values()))
        after.sources()
        after.write()
    return list(tables), known


@_alone
def remove_source(path: Path, what: str) -> str:
    """Take the table of a source out, with the comments that stand straight above it; its id."""
    file = _File.read(path)
    source = file.find(what)
    lines = file.text.split("\n")
    start, end = file.extent(source)
    start = _comments_above(lines, start)
    while end < len(lines) and not lines[end].strip():
        end += 1
    left = [*lines[:start], *lines[end:]]
    after = replace(file, text="\n".join(left).rstrip("\n") + "\n")
    after.must_hold([one for one in file.sources() if one.id != source.id])
    after.write()
    return source.id


@_alone
def set_enabled(path: Path, what: str, *, enabled: bool) -> str:
    """Pause or resume a source by its `enabled` key; its id."""
    file = _File.read(path)
    source = file.find(what)
    if source.enabled is not enabled:
        lines = file.text.split("\n")
        header, at = file.enabled(source)
        word = str(enabled).lower()
        if at is None:
            lines.insert(header, f"enabled = {word}")
        else:
            lines[at - 1] = _TRUTH.sub(rf"\g<1>{word}", lines[at - 1], count=1)
        after = replace(file, text="\n".join(lines))
        after.must_hold([replace(one, enabled=enabled) if one.id == source.id else one for one in file.sources()])
        after.write()
    return source.id


@dataclass(frozen=True, slots=True)
class _File:
    """A feeds.toml as text with plain line ends, and how its bytes differ from that."""

    path: Path
    text: str
    mark: bool = False  # it begins with a byte order mark
    line_end: str = "\n"

    @classmethod
    def read(cls, path: Path) -> _File:
        """The file; the beginning of a new one where there is none. Raises ConfigError."""
        try:
            raw = path.read_bytes()
            text = raw.decode("utf-8-sig")
        except FileNotFoundError:
            return cls(path, BEGINNING)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError([Problem(str(path), 0, f"cannot be read: {error}")]) from error
        line_end = "\r\n" if "\r\n" in text else "\n"
        return cls(path, text.replace("\r\n", "\n"), raw.startswith(b"\xef\xbb\xbf"), line_end)

    def sources(self) -> tuple[Source, ...]:
        """Its sources. Raises ConfigError where it does not load."""
        return parse_settings(self.text.encode(), self.path).sources

    def find(self, what: str) -> Source:
        """The source of this id or URL. Raises ConfigError where there is none."""
        sources = self.sources()
        found = next((one for one in sources if one.id == what), None)
        found = found or next((one for one in sources if same(one.url) == same(what)), None)
        if found is None:
            message = f"no source {values.shown(what)}: `aggregator status` lists them"
            raise ConfigError([Problem(str(self.path), 0, message)])
        return found

    def extent(self, source: Source) -> tuple[int, int]:
        """The lines of its table, from 0: the header and the line behind its last key."""
        first, following = Places(self.text).extent("source", source.order)
        lines = self.text.split("\n")
        end = following - 1
        while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
            end -= 1
        return first - 1, end

    def enabled(self, source: Source) -> tuple[int, int | None]:
        """The lines, from 1, of its header and of its `enabled` key; None where it has none."""
        places = Places(self.text)
        header, key = places.table("source", source.order), places.key("source", source.order, "enabled")
        return header, key if key != header else None

    def must_hold(self, wanted: Sequence[Source]) -> None:
        """Raises ConfigError where the text does not load, or holds other sources than these."""
        if [content(one) for one in self.sources()] != [content(one) for one in wanted]:
            message = "this table is written in a way that cannot be edited safely; please edit the file by hand"
            raise ConfigError([Problem(str(self.path), 0, message)])

    def appended(self, tables: Sequence[str]) -> _File:
        """With tables at its end, an empty line before each."""
        return replace(self, text=self.text.rstrip("\n") + "\n" + "".join(f"\n{table}" for table in tables))

    def write(self) -> None:
        """Atomically, keeping the rights of the file. Raises ConfigError; the file is then as it was."""
        text = self.text.replace("\n", self.line_end)
        raw = text.encode("utf-8-sig" if self.mark else "utf-8")
        try:
            replace_file(self.path.resolve(), raw)
        except OSError as error:
            message = f"cannot be written: {error.strerror}; it is as it was"
            raise ConfigError([Problem(str(self.path), 0, message)]) from error


def content(source: Source) -> Source:
    """What a source is, wherever it stands; an id made from its URL stays with it."""
    return replace(source, order=0, line=0, include=_unplaced(source.include), exclude=_unplaced(source.exclude))


def _unplaced(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(replace(rule, line=0) for rule in rules)


def _comments_above(lines: list[str], start: int) -> int:
    """Where the comments begin that stand straight above a line; those at the top of the file are the file's own."""
    first = start
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first if first > 0 else start


def _table(one: Outline) -> str:
    """A [[source]] table; tomlkit spells the values."""
    import tomlkit

    keys: list[tuple[str, object]] = [("id", one.id), ("url", one.url)]
    keys += [("title", one.title)] if one.title else []
    keys += [("tags", list(one.tags))] if one.tags else []
    keys += list(one.more)
    return "[[source]]\n" + "".join(f"{key} = {tomlkit.item(value).as_string()}\n" for key, value in keys)


def replace_file(target: Path, raw: bytes) -> None:
    """Write a file whole or not at all, keeping its rights and owner. Raises OSError."""
    before = target.stat() if target.exists() else None
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(before.st_mode & 0o7777 if before else 0o666 & ~_umask())
            if before:
                with contextlib.suppress(PermissionError):  # only root may give a file to somebody
                    os.chown(file.name, before.st_uid, before.st_gid)
            Path(file.name).replace(target)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _umask() -> int:
    """To look at it is to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

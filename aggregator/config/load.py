"""feeds.toml to Settings: every mistake at once, each with its line and, for a key, the nearest one there is."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aggregator import version
from aggregator.config import plain
from aggregator.config import values as v
from aggregator.config.keys import CHANNEL, SOURCE
from aggregator.config.naming import source_id
from aggregator.config.tables import Spot, Table, Tables, hint
from aggregator.errors import ConfigError, Problem
from aggregator.model import Channel, FetchSettings, Settings, Source, TeaserSettings
from aggregator.model.record import replace

_DEFAULT = Settings(path=Path("feeds.toml"))


def load(path: Path) -> Settings:
    """The settings of a file. Raises ConfigError with every problem, also when the file cannot be read."""
    return parse_settings(read(path), path)


def head(path: Path) -> Settings:
    """As load(), but without the sources, and so in a hundredth of the time where there are many.

    For a file whose fingerprint is known to have loaded once: nothing about its sources is checked.
    """
    raw = read(path)
    text = _text(raw, path)
    split = plain.without_sources(text)
    if split is None:
        return replace(parse_settings(raw, path), sources=())
    tables = Tables(str(path), split)
    settings = _settings(tables, path, (), _channels(tables, None))
    return _faultless(tables, replace(settings, fingerprint=fingerprint(raw)))


def read(path: Path) -> bytes:
    """The bytes of the file. Raises ConfigError."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        advice = "there is no such file; `aggregator add URL` makes one, --config PATH names another"
        raise ConfigError([Problem(str(path), 0, advice)]) from error
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, f"cannot be read: {error.strerror}")]) from error


def fingerprint(raw: bytes) -> str:
    """Of the bytes of a file, as this version understands them."""
    return blake2b(raw, digest_size=16, key=version().encode()).hexdigest()


def parse_settings(raw: bytes, path: Path) -> Settings:
    """The settings that these bytes stand for. Raises ConfigError with every problem."""
    mark = fingerprint(raw)
    text = _text(raw, path)
    split = plain.split(text)
    tables, order = Tables(str(path), split), split.order
    if tables.problems or len(tables.array("source")) != order.count(None):  # what looks like a header may be none
        tables = Tables(str(path), plain.whole(text))
        order = [None] * len(tables.array("source"))
    del raw, text  # of a million sources they take as much room as those
    sources = _sources(tables, order)
    settings = _settings(tables, path, sources, _channels(tables, sources))
    return _faultless(tables, replace(settings, fingerprint=mark))


def _text(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError([Problem(str(path), line, "is not UTF-8; save the file in that encoding")]) from error


def _faultless(tables: Tables, settings: Settings) -> Settings:
    if tables.problems:
        raise ConfigError(sorted(set(tables.problems), key=lambda one: (one.line, one.column, one.message)))
    return settings


def _settings(tables: Tables, path: Path, sources: tuple[Source, ...], channels: tuple[Channel, ...]) -> Settings:
    main, fetch, store, hub = (tables.table(name) for name in ("aggregator", "fetch", "store", "hub"))
    pushed = {key: fetch.pop(key) for key in ("websub", "websub_sha1") if key in fetch}
    all_channel = channels[0]
    if not all_channel.title:
        channels = (replace(all_channel, title=main.get("title", _DEFAULT.title)), *channels[1:])
    settings = Settings(
        path=path,
        **{key: main[key] for key in ("title", "base_url", "contact") if key in main},
        listen=_listen(path, main.get("listen", _DEFAULT.listen)),
        base_url_given="base_url" in main,
        database=_below(path, main.get("database", _DEFAULT.database)),
        output=_below(path, main.get("output", _DEFAULT.output)),
        templates=_below(path, main["templates"]) if "templates" in main else None,
        fetch=FetchSettings(**fetch),
        **pushed,
        teaser=_teaser(tables),
        keep=store.get("keep"),
        hub_enabled=hub.get("enabled", _DEFAULT.hub_enabled),
        channels=channels,
        sources=sources,
    )
    _keep_out_of_output(tables, settings)
    return settings


def _keep_out_of_output(tables: Tables, settings: Settings) -> None:
    """What is below `output` is served to everybody, and written over."""
    output = settings.output.resolve()
    ours = {"feeds.toml": settings.path, "`database`": settings.database, "`templates`": settings.templates}
    for name, path in ours.items():
        if path is not None and path.resolve().is_relative_to(output):
            told = f"`output` ({settings.output}) holds {name}, which would be served; give it a folder of its own"
            tables.problem(tables.spot("aggregator").key("output"), told)


def _below(path: Path, value: str | Path) -> Path:
    """Relative paths are relative to the folder of the file. What stands for the home of nobody is the name of a folder."""
    folder = path.resolve().parent
    try:
        return folder / Path(value).expanduser()
    except RuntimeError:
        return folder / value


def _listen(path: Path, value: str) -> str:
    """A socket's path is one like the others."""
    kind, colon, where = value.partition("unix:")
    return f"{colon}{_below(path, where)}" if colon and not kind else value


def _teaser(tables: Tables) -> TeaserSettings:
    given = tables.table("teaser")
    made = replace(_DEFAULT.teaser, **given)
    if made.min > made.max:
        key = "min" if "min" in given else "max"
        tables.problem(tables.spot("teaser").key(key), f"`min` ({made.min}) is over `max` ({made.max})")
    return made


def _sources(tables: Tables, order: list[plain.Plain | None]) -> tuple[Source, ...]:
    """The sources in the order of the file."""
    taken = {own for given, _ in _spots(tables, order, saying="id") if isinstance(own := given.get("id"), str)}
    urls: dict[str, int] = {}
    out: dict[str, Source] = {}
    for n, (given, spot) in enumerate(_spots(tables, order, use_up=True)):
        row, line = tables.checked(given, SOURCE, spot), spot.header
        name = row.get("id") or source_id(row.get("url", ""), taken)
        if "url" not in row:
            if "url" not in given:
                tables.problem(line, "a [[source]] needs a `url`")
            continue
        first = urls.setdefault(row["url"], line)
        if first != line:
            tables.problem(spot.key("url"), f"this `url` has the source at line {first} already")
        if "id" in row and name in out:
            tables.problem(spot.key("id"), f"the id {name!r} is taken by the source at line {out[name].line}")
        row["id"] = name
        out[name] = Source(**row, order=n, line=line)
    return tuple(out.values())


def _spots(
    tables: Tables, order: list[plain.Plain | None], *, saying: str = "", use_up: bool = False
) -> Iterator[tuple[Table, Spot]]:
    """Each [[source]] as it was given, with where it stands; of the plain ones those alone that have `saying` somewhere, a key.

    With `use_up` a plain one is let go as soon as it is used.
    """
    odd = iter(enumerate(tables.array("source")))
    for place, one in enumerate(order):
        if one is not None:
            if use_up:
                order[place] = None
            if saying in one.body:  # to read what they all say takes as long as to check it
                yield one.given, one
        else:
            n, given = next(odd)
            yield given, tables.spot("source", n)


def _channels(tables: Tables, sources: tuple[Source, ...] | None) -> tuple[Channel, ...]:
    """ "all" first, with an empty title where it takes the planet's. Without sources, what refers to them is not checked."""
    known: dict[str, set[str]] = {}
    if sources is not None:
        known = {"sources": {one.id for one in sources}, "tags": {tag for one in sources for tag in one.tags}}
    out: dict[str, Channel] = {}
    for n, given in enumerate(tables.array("channel")):
        spot = tables.spot("channel", n)
        one, line = tables.checked(given, CHANNEL, spot), spot.header
        for key, names in known.items():
            _refer(tables, spot, key, given.get(key, []), names)
        if "id" not in one:
            if "id" not in given:
                tables.problem(line, "a [[channel]] needs an `id`")
            continue
        name = one["id"]
        if name.lower() == "all" != name:
            tables.problem(spot.key("id"), "the channel of everything is called `all`, in small letters")
        if name.lower() in out:
            taken = out[name.lower()].line
            tables.problem(spot.key("id"), f"the id {name!r} is taken by the channel at line {taken}")
        default = "" if name == "all" else name.replace("-", " ").capitalize()
        out[name.lower()] = Channel(**{"title": default, **one}, line=line)
    first = out.pop("all", Channel("all", ""))
    return (first, *out.values())


def _refer(tables: Tables, spot: Spot, key: str, given: Any, known: set[str]) -> None:
    """Every source id or tag that a channel names must be there."""
    for item, name in enumerate(v.listed(given)):
        if isinstance(name, str) and name.strip() and " ".join(name.split()) not in known:
            what = "id" if key == "sources" else "tag"
            tables.problem(spot.string(key, item), f"`{key}`: no source has the {what} {name!r}{hint(name, known)}")

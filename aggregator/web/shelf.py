"""The files below the output folder as they are to be sent: each version is read and hashed once and kept in memory."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

import brotli

from aggregator.web.links import hub_links, text_links
from aggregator.web.media import Media, media
from aggregator.web.reply import Reply

BUDGET = 64_000_000  # bytes of all bodies kept
RECHECK = 1.0  # seconds until compressed copies that were missing or old are looked for again
TEMPORARY = (".tmp", ".part", "~")
_SIBLINGS = {"gzip": ".gz", "br": ".br"}

Signature = tuple[int, int, int]  # of a file: time of change in ns, size, inode


class Unpacker(Protocol):
    """Gives back what was compressed; raises when it cannot."""

    def __call__(self, packed: bytes, /) -> bytes: ...


_UNPACK: dict[str, Unpacker] = {"gzip": gzip.decompress, "br": brotli.decompress}


@dataclass(slots=True)
class Version:
    """One version of one file: its bytes in every coding, and the answers that were made of them."""

    name: str  # path below the folder
    tag: str  # hash of the bytes
    modified: int  # seconds since the epoch, never in the future
    media: Media
    bodies: dict[str, bytes]  # by coding; identity is always there
    links: str  # value of the Link header, "" for none
    complete: bool  # every compressed copy was there and is of this version
    replies: dict[tuple[object, ...], Reply] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """Bytes held."""
        return sum(map(len, self.bodies.values()))


@dataclass(slots=True)
class _Held:
    version: Version
    signature: Signature
    turn: int  # of the event loop, in which the file was last looked at
    read_at: float  # monotonic


class Shelf:
    """What is below `folder`. A file is looked at once in a turn of the event loop, and read when it is another one."""

    def __init__(self, folder: Path, max_age: int, budget: int = BUDGET) -> None:
        self._folder = folder
        self._max_age = max_age
        self._budget = budget
        self._held: dict[str, _Held] = {}
        self._weight = 0
        self._turn = 0
        self._turning = False
        self._hub: tuple[str, str] | None = None  # base URL and hub of a planet that has one of its own
        self.on_change: Callable[[], None] = lambda: None  # called when a version is not the one in force any more

    def get(self, name: str) -> Version | None:
        """The version in force of a file, by its path as locate() gives it; None when there is none."""
        held = self._held.get(name)
        if held is not None and held.turn == self._turn:
            return held.version
        self._await_turn()
        signature = _signature(self._folder / name)
        if signature is None:
            self._drop(name)
            return None
        if held is None or held.signature != signature or self._wants_copies(held):
            return self._read(name, signature)
        held.turn = self._turn
        return held.version

    def name_hub(self, base_url: str, hub: str | None) -> None:
        """From now on documents that can name no hub themselves have this one in their headers; None for none."""
        named = (base_url, hub) if hub else None
        if named != self._hub:
            self._hub = named
            for name in list(self._held):
                self._drop(name)

    def folder_has(self, name: str) -> bool:
        """There is a folder of that name with a page in it."""
        return _signature(self._folder / name / "index.html") is not None

    def _read(self, name: str, signature: Signature) -> Version | None:
        path = self._folder / name
        try:
            inside = path.resolve().is_relative_to(self._folder.resolve())
            body = path.read_bytes() if inside else None
        except OSError:
            body = None
        if body is None:
            self._drop(name)
            return None
        version = _version(name, path, body, signature, self._max_age)
        if self._hub and not version.links:
            version.links = text_links(name, *self._hub)
        return self._hold(version, signature)

    def _hold(self, version: Version, signature: Signature) -> Version:
        """The version in force from now on: the one held, where nothing is new about it."""
        held = self._held.get(version.name)
        if held is not None and held.signature == signature and version.bodies.keys() == held.version.bodies.keys():
            held.turn, held.read_at = self._turn, time.monotonic()
            return held.version
        self._drop(version.name)
        if version.weight <= self._budget:
            self._make_room(version.weight)
            self._held[version.name] = _Held(version, signature, self._turn, time.monotonic())
            self._weight += version.weight
        return version

    def _make_room(self, weight: int) -> None:
        while self._weight + weight > self._budget:
            self._drop(next(iter(self._held)))

    def _drop(self, name: str) -> None:
        held = self._held.pop(name, None)
        if held is not None:
            self._weight -= held.version.weight
            self.on_change()

    def _wants_copies(self, held: _Held) -> bool:
        return not held.version.complete and time.monotonic() - held.read_at > RECHECK

    def _await_turn(self) -> None:
        if not self._turning:
            self._turning = True
            asyncio.get_running_loop().call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._turning = False
        self._turn += 1


def locate(raw_path: str) -> str | None:
    """The file's path below the folder for the path of a URL, as written; None for what is never served.

    That is everything hidden, temporary or outside, however it is spelled. A folder's path ends in index.html.
    """
    try:
        path = unquote(raw_path, errors="strict")
    except UnicodeDecodeError:
        return None
    if not path.startswith("/") or not path.isprintable() or "\\" in path:
        return None
    *folders, base = path[1:].split("/")
    base = base or "index.html"
    if any(not part or part.startswith(".") for part in (*folders, base)) or base.endswith(TEMPORARY):
        return None
    return "/".join((*folders, base))


def _signature(path: Path) -> Signature | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - twice as fast, and done for every request
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _version(name: str, path: Path, body: bytes, signature: Signature, max_age: int) -> Version:
    kind = media(name, max_age)
    bodies = {"identity": body}
    for coding, suffix in _SIBLINGS.items() if kind.codings else ():
        packed = _copy(path.with_name(path.name + suffix), body, _UNPACK[coding])
        if packed is not None:
            bodies[coding] = packed
    return Version(
        name=name,
        tag=hashlib.blake2b(body, digest_size=12).hexdigest(),
        modified=min(signature[0] // 10**9, int(time.time())),  # noqa: TID251 - Last-Modified is never ahead of Date
        media=kind,
        bodies=bodies,
        links=hub_links(name, body),
        complete=len(bodies) > len(_SIBLINGS) or not kind.codings,
    )


def _copy(path: Path, body: bytes, unpack: Unpacker) -> bytes | None:
    """A compressed copy beside a file, if it is one of these very bytes; else None."""
    try:
        packed = path.read_bytes()
        return packed if len(packed) < len(body) and unpack(packed) == body else None
    except (OSError, EOFError, ValueError, brotli.error):
        return None

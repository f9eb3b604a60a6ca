"""Output files: written whole or not at all, left alone when their bytes would not change, compressed copies beside them."""

from __future__ import annotations

import contextlib
import gzip
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.errors import OutputError

SMALL = 1024  # bytes up to which a compressed copy saves nothing
TEMPORARY = ".aggregator-tmp"  # ends the name of a file that is being written
SUFFIXES = (".gz", ".br")


@dataclass(slots=True)
class Report:
    """What a build did."""

    output: str
    written: int = 0
    kept: int = 0
    removed: int = 0
    changed: list[str] = field(default_factory=list)  # paths of the documents that are new or other than before

    def as_json(self) -> dict[str, object]:
        """For `build --json`."""
        return {
            "output": self.output,
            "written": self.written,
            "kept": self.kept,
            "removed": self.removed,
            "changed": self.changed,
        }


def write(folder: Path, documents: Mapping[str, bytes], report: Report) -> None:
    """Bring these files below `folder` up to date. Raises OutputError; what was there before stays then."""
    try:
        folders = set()
        for path, content in documents.items():
            target = folder / path
            if _same(target, content):
                report.kept += 1
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            for file, made in _copies(target, content).items():
                _replace(file, made)
            folders.add(target.parent)
            report.written += 1
            report.changed.append(path)
        for one in folders:
            _sync(one)
    except OSError as error:
        raise OutputError(
            f"{error.filename or folder} cannot be written: {error.strerror}; what was published before is untouched"
        ) from error


def _same(target: Path, content: bytes) -> bool:
    """The file has these bytes, and its compressed copies are there."""
    try:
        if target.stat().st_size != len(content) or target.read_bytes() != content:
            return False
    except FileNotFoundError:
        return False
    wanted = len(content) > SMALL
    return all(target.with_name(target.name + suffix).exists() == wanted for suffix in SUFFIXES)


def _copies(target: Path, content: bytes) -> dict[Path, bytes]:
    """The compressed copies first: a server that finds a new document never finds an old copy of it for long."""
    gz, br = (target.with_name(target.name + suffix) for suffix in SUFFIXES)
    if len(content) <= SMALL:
        for old in (gz, br):
            old.unlink(missing_ok=True)
        return {target: content}
    import brotli

    return {
        gz: gzip.compress(content, 6, mtime=0),
        br: brotli.compress(content, quality=9 if len(content) < 1 << 20 else 5),
        target: content,
    }


def _replace(target: Path, content: bytes) -> None:
    """Atomically: another name, all bytes on the disk, then the name."""
    temporary = target.with_name(f".{target.name}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(folder: Path, paths: Iterable[str], report: Report) -> None:
    """Take files away that are no output any more, their copies too. Only names that we wrote are ever given here."""
    for path in paths:
        target = folder / path
        for file in (target, *(target.with_name(target.name + suffix) for suffix in SUFFIXES)):
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
        report.removed += 1
        with contextlib.suppress(OSError):
            target.parent.rmdir()  # only when it is empty


def sweep(folder: Path) -> None:
    """Clear away what a killed build left half written."""
    if folder.exists():
        for left in folder.rglob(f".*{TEMPORARY}"):
            with contextlib.suppress(OSError):
                left.unlink()


def complete(folder: Path, sizes: Mapping[str, int]) -> bool:
    """Every one of these files is there, with its size."""
    try:
        return all((folder / path).stat().st_size == size for path, size in sizes.items())
    except OSError:
        return False

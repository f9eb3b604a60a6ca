"""Output files: written whole or not at all, left alone when their bytes would not change, compressed copies beside them."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.errors import OutputError

SMALL = 1024  # bytes up to which a compressed copy saves nothing
# Of gzip and brotli: a document that is asked for all the time, and one that hardly is, such as an archive's. The lower ones
# cost 7 % more bytes and two fifths of the time.
OFTEN, SELDOM = (6, 9), (4, 3)
WINDOW = 16  # of brotli, in bits: at level 9 a tenth of the time of its default, and no byte more for what we write
SYNCED = 8  # files at a time that are brought to the disk
TEMPORARY = ".aggregator-tmp"  # ends the name of a file that is being written


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


@contextlib.contextmanager
def sole(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Be the only one that writes below `folder`. Waits for another one to end, or raises OutputError at once."""
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(folder, descriptor, wait=wait)
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path, descriptor: int, *, wait: bool) -> None:
    try:
        with _told(folder):
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OutputError as error:
        error.passing = isinstance(error.__cause__, BlockingIOError)
        raise


def write(folder: Path, documents: Mapping[str, bytes], report: Report, levels: tuple[int, int] = OFTEN) -> None:
    """Bring these files below `folder` up to date. Raises OutputError; then all of them are as they were before."""
    put(folder, documents, wanting(folder, documents, report, levels))


def wanting(
    folder: Path, documents: Mapping[str, bytes], report: Report, levels: tuple[int, int] = OFTEN
) -> dict[Path, bytes]:
    """What has to be written for that, compressed copies too; nothing is yet, and nothing has to be locked."""
    wanted: dict[Path, bytes] = {}
    for path, content in documents.items():
        missing = _missing(folder / path, content, *levels)
        wanted.update(missing)
        if folder / path in missing:
            report.changed.append(path)
        report.written += bool(missing)
        report.kept += not missing
    return wanted


def put(folder: Path, documents: Mapping[str, bytes], wanted: Mapping[Path, bytes]) -> None:
    """Write what is wanting of these documents. Raises OutputError; then all of them are as they were before."""
    with _told(folder):
        _replace(wanted)
        for path, content in documents.items():
            if len(content) <= SMALL:
                _drop(_copies(folder / path))
        _sync(_folders(wanted, folder))


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """An error of the file system as one of ours."""
    try:
        yield
    except OSError as error:
        name = error.filename2 or error.filename or folder
        raise OutputError(
            f"{name} cannot be written: {error.strerror}; what was published before is untouched"
        ) from error


def _copies(target: Path) -> tuple[Path, Path]:
    return target.with_name(target.name + ".gz"), target.with_name(target.name + ".br")


def _missing(target: Path, content: bytes, gzipped: int, brotlied: int) -> dict[Path, bytes]:
    """What has to be written so that a document and its compressed copies stand there; the document comes last."""
    same = _read(target) == content
    out: dict[Path, bytes] = {}
    if len(content) > SMALL:
        import brotli

        gz, br = _copies(target)
        if not same or not _is_gzip_of(gz, content):
            out[gz] = gzip.compress(content, gzipped, mtime=0)
        if not same or not _is_brotli_of(br, content):
            out[br] = brotli.compress(content, quality=brotlied, lgwin=WINDOW)
    if not same:
        out[target] = content
    return out


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _is_gzip_of(path: Path, content: bytes) -> bool:
    """A build that was killed between two files may have left a copy of another version."""
    packed = _read(path)
    try:
        return packed is not None and gzip.decompress(packed) == content
    except (OSError, EOFError, ValueError):
        return False


def _is_brotli_of(path: Path, content: bytes) -> bool:
    import brotli

    packed = _read(path)
    try:
        return packed is not None and brotli.decompress(packed) == content
    except brotli.error:
        return False


def _replace(wanted: Mapping[Path, bytes]) -> None:
    """All bytes under other names and on the disk first, then all names: a full disk costs none of them."""
    for folder in {target.parent for target in wanted}:
        folder.mkdir(parents=True, exist_ok=True)
    made = [(target.with_name(f".{target.name}{TEMPORARY}"), target) for target in wanted]
    try:
        for temporary, target in made:
            temporary.write_bytes(wanted[target])
        _sync([temporary for temporary, _ in made])
        for temporary, target in made:
            temporary.replace(target)
    except BaseException:
        _drop(temporary for temporary, _ in made)
        raise


def _folders(files: Iterable[Path], top: Path) -> set[Path]:
    """The folders that files stand in, up to the output folder: a new folder is an entry of its own parent."""
    found: set[Path] = set()
    for file in files:
        for parent in file.parents:
            found.add(parent)
            if parent == top:
                break
    return found


def _sync(paths: Collection[Path]) -> None:
    """Many at a time, since one write of the file system's journal does for all that wait: a tenth of the time, half the CPU."""
    if not paths:
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(SYNCED) as pool:
        for _ in pool.map(_sync_one, paths):
            pass


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _drop(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def remove(folder: Path, paths: Iterable[str], report: Report) -> None:
    """Take files away that are no output any more, their copies too, and a folder that this empties."""
    for path in paths:
        target = folder / path
        report.removed += target.exists()
        _drop((target, *_copies(target)))
        for parent in target.relative_to(folder).parents[:-1]:
            with contextlib.suppress(OSError):
                (folder / parent).rmdir()


def sweep(folder: Path) -> None:
    """Clear away what a killed build left half written."""
    _drop(folder.rglob(f".*{TEMPORARY}"))


def names(folder: Path) -> set[str]:
    """Of the files in a folder; empty where there is none."""
    try:
        return set(os.listdir(folder))  # noqa: PTH208 - an archive may hold a hundred thousand
    except OSError:
        return set()


def complete(folder: Path, sizes: Mapping[str, int]) -> bool:
    """Every one of these files is there, with its size, and so are its compressed copies."""
    try:
        return all(
            (folder / path).stat().st_size == size
            and (size <= SMALL or all(copy.stat().st_size for copy in _copies(folder / path)))
            for path, size in sizes.items()
        )
    except OSError:
        return False

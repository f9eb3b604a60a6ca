"""Writing output files, in a real folder."""

from __future__ import annotations

import errno
import gzip
import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest

from aggregator.errors import OutputError
from aggregator.publish import files
from aggregator.publish.files import Report

LONG = b"the same words again, " * 200
OTHER = b"quite other words than those, " * 200


def write(folder: Path, **documents: bytes) -> Report:
    report = Report(str(folder))
    files.write(folder, {name.replace("__", "/").replace("_", "."): body for name, body in documents.items()}, report)
    return report


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def times(folder: Path) -> dict[str, int]:
    return {name: (folder / name).stat().st_mtime_ns for name in names(folder)}


def aged(folder: Path) -> dict[str, int]:
    for name in names(folder):
        os.utime(folder / name, (1_000_000, 1_000_000))
    return times(folder)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may grow beyond 6,000 bytes."""
    import signal

    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_long_document_has_both_compressed_copies(tmp_path: Path) -> None:
    write(tmp_path, arctic__feed_atom=LONG)

    assert names(tmp_path) == ["arctic/feed.atom", "arctic/feed.atom.br", "arctic/feed.atom.gz"]
    assert gzip.decompress((tmp_path / "arctic/feed.atom.gz").read_bytes()) == LONG
    assert brotli.decompress((tmp_path / "arctic/feed.atom.br").read_bytes()) == LONG


def test_document_that_is_seldom_asked_for_has_copies_that_took_less_time(tmp_path: Path) -> None:
    text = " ".join(str(n * n % 9973) for n in range(9000)).encode()
    files.write(tmp_path, {"often": text}, Report(""))

    files.write(tmp_path, {"seldom": text}, Report(""), files.SELDOM)

    assert gzip.decompress((tmp_path / "seldom.gz").read_bytes()) == text
    assert brotli.decompress((tmp_path / "seldom.br").read_bytes()) == text
    assert (tmp_path / "often.br").read_bytes() != (tmp_path / "seldom.br").read_bytes()


def test_short_document_has_none(tmp_path: Path) -> None:
    write(tmp_path, a_css=b"body {}")

    assert names(tmp_path) == ["a.css"]


def test_copies_are_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    write(tmp_path / "1", a=LONG)
    write(tmp_path / "2", a=LONG)

    assert (tmp_path / "1/a.gz").read_bytes() == (tmp_path / "2/a.gz").read_bytes()
    assert (tmp_path / "1/a.gz").read_bytes()[4:8] == b"\0\0\0\0"


def test_same_bytes_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, a=LONG, b=b"short")
    before = aged(tmp_path)

    report = write(tmp_path, a=LONG, b=b"short")

    assert times(tmp_path) == before
    assert (report.written, report.kept, report.changed) == (0, 2, [])


def test_other_bytes_are_written_and_reported(tmp_path: Path) -> None:
    write(tmp_path, a=LONG, b=b"short")

    report = write(tmp_path, a=OTHER, b=b"short")

    assert (tmp_path / "a").read_bytes() == OTHER
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == OTHER
    assert (report.written, report.kept, report.changed) == (1, 1, ["a"])


def test_document_that_became_short_loses_its_copies(tmp_path: Path) -> None:
    write(tmp_path, a=LONG)

    write(tmp_path, a=b"short")

    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("broken", [gzip.compress(OTHER, mtime=0), b"torn", b""])
def test_copy_of_another_version_is_mended_and_the_document_kept(tmp_path: Path, broken: bytes) -> None:
    write(tmp_path, a=LONG)
    (tmp_path / "a.gz").write_bytes(broken)
    (tmp_path / "a.br").write_bytes(broken)
    before = aged(tmp_path)["a"]

    report = write(tmp_path, a=LONG)

    assert times(tmp_path)["a"] == before
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == LONG
    assert brotli.decompress((tmp_path / "a.br").read_bytes()) == LONG
    assert report.changed == []


@pytest.mark.usefixtures("small_disk")
def test_full_disk_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, a=LONG, b=b"before")

    with pytest.raises(OutputError, match=r"cannot be written: .*what was published before is untouched"):
        write(tmp_path, b=b"after", c=os.urandom(7_000))

    assert (tmp_path / "b").read_bytes() == b"before"
    assert names(tmp_path) == ["a", "a.br", "a.gz", "b"]


def test_file_that_vanishes_before_it_is_on_the_disk_is_told_of(tmp_path: Path) -> None:
    missing = [tmp_path / name for name in ("a", "b")]

    with pytest.raises(FileNotFoundError, match="a"):
        files._sync(missing)


def test_output_that_is_no_folder_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "public").write_bytes(b"a file")

    with pytest.raises(OutputError, match=os.strerror(errno.EEXIST)), files.sole(tmp_path / "public"):
        pytest.fail("it is not ours")


def test_leftovers_of_a_killed_build_are_swept(tmp_path: Path) -> None:
    write(tmp_path, arctic__a=b"short")
    (tmp_path / "arctic" / f".a{files.TEMPORARY}").write_bytes(b"half")

    files.sweep(tmp_path)

    assert names(tmp_path) == ["arctic/a"]


def test_removed_document_takes_copies_and_empty_folders_along(tmp_path: Path) -> None:
    write(tmp_path, archive__arctic__1_atom=LONG, a=b"short")
    report = Report("")

    files.remove(tmp_path, ["archive/arctic/1.atom", "never/there"], report)

    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert report.removed == 1


def test_complete_looks_at_names_and_sizes(tmp_path: Path) -> None:
    write(tmp_path, a=b"short")

    assert files.complete(tmp_path, {"a": 5})
    assert not files.complete(tmp_path, {"a": 6})
    assert not files.complete(tmp_path, {"a": 5, "b": 1})


def test_second_build_waits_for_the_first(tmp_path: Path) -> None:
    order = []
    started = threading.Event()

    def second() -> None:
        started.set()
        with files.sole(tmp_path):
            order.append("second")

    with files.sole(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        started.wait(5)
        thread.join(0.05)
        order.append("first")
    thread.join(5)

    assert order == ["first", "second"]

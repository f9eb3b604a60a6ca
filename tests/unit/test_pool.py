"""Workers answer, are killed and replaced, and outlive nobody."""

from __future__ import annotations

import asyncio
import functools
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.editorial.context import Context, context
from aggregator.errors import SourceError
from aggregator.model import Answer, Digest, Document, RawFeed, Settings, Source
from aggregator.parse import frames, lanes, pool, worker
from aggregator.parse.nursery import Nursery
from aggregator.parse.pool import MUCH, Pool
from aggregator.parse.task import Failure, Task
from tests.planet import item, rss

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOURCE = Source("blog", "https://blog.example/feed.xml")
SLOW = b'<rss version="2.0"><channel>' + b"<a>" * 200_000 + b"<item>" * 200_000
KEEPER = """
import asyncio, sys
from tests.unit import test_pool as here
async def keep():
    async with here.Pool(here.made(), 1) as pool:
        await here.digest(pool, here.rss(here.item(1)))
        print(*pool.processes(), flush=True)
        await asyncio.Event().wait()
asyncio.run(keep())
"""


def made() -> Context:
    return context(Settings(Path("feeds.toml")))


def document(body: bytes) -> Document:
    return Document(Answer(SOURCE.url, SOURCE.url, 200, (("content-type", "text/xml"),)), body)


def in_a_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(*given: object, **named: object) -> None:
        async def act() -> None:
            await test(*given, **named)

        asyncio.run(act())

    return run


def digest(made: Pool, body: bytes, seen: bytes = b"") -> asyncio.Task[Digest]:
    return asyncio.ensure_future(made.digest(document(body), SOURCE, seen=seen, now=NOW))


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def ended(process: int, seconds: float = 10) -> bool:
    """Whether a process ends within so many seconds."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    with os.fdopen(handle, closefd=True):
        return bool(select.select([handle], [], [], seconds)[0])


@in_a_loop
async def test_a_document_becomes_a_digest() -> None:
    async with Pool(made(), 2) as pool:
        before = pool.processes()
        found = await digest(pool, rss(item(1), item(2)))

    assert before == ()
    assert [entry.source_entry_id for entry in found.entries] == ["https://news.example/1", "https://news.example/2"]
    assert (found.format, found.lane, found.count) == ("rss", "fast", 2)


@pytest.mark.parametrize(
    ("body", "language"),
    [(rss(item(1)), "de"), (rss(item(1)).replace(b"<item>", b"<language>fr</language><item>"), "fr")],
)
@in_a_loop
async def test_the_language_of_the_answer_is_that_of_a_document_that_names_none(body: bytes, language: str) -> None:
    answer = Answer(SOURCE.url, SOURCE.url, 200, (("content-language", "de"),))

    async with Pool(made(), 1) as pool:
        found = await pool.digest(Document(answer, body), SOURCE, seen=b"", now=NOW)

    assert [found.feed.language, found.entries[0].language] == [language, language]


@in_a_loop
async def test_what_was_seen_is_only_counted() -> None:
    async with Pool(made(), 1) as pool:
        first = await digest(pool, rss(item(1), item(2)))
        second = await digest(pool, rss(item(1), item(2), item(3)), first.seen)

    assert (second.unchanged, len(second.entries)) == (2, 1)


@in_a_loop
async def test_no_more_workers_are_started_than_are_needed() -> None:
    long = rss(item(1)) + b" " * (MUCH // 2)
    async with Pool(made(), 3, patience=60) as pool:
        await asyncio.gather(*(digest(pool, rss(item(n))) for n in range(6)))
        little = pool.processes()
        await asyncio.gather(*(digest(pool, long) for _ in range(3)))
        much = pool.processes()

    assert (len(little), len(much)) == (1, 3)
    assert all(map(ended, much))


@in_a_loop
async def test_no_document_waits_long_for_one_that_takes_long() -> None:
    async with Pool(made(), 2, patience=0.01) as pool:
        slow = digest(pool, SLOW)
        found = await digest(pool, rss(item(1)))
        still = not slow.done()
        slow.cancel()

    assert (still, len(found.entries)) == (True, 1)


@in_a_loop
async def test_documents_that_wait_are_counted_by_their_size_until_they_are_read() -> None:
    good, bad = rss(item(1)), b"<html></html>"
    async with Pool(made(), 1) as pool:
        tasks = [digest(pool, good), digest(pool, bad)]
        await asyncio.sleep(0)
        waiting = pool.held
        await asyncio.gather(*tasks, return_exceptions=True)
        done = pool.held

    assert (waiting, done) == (len(good) + len(bad), 0)


@in_a_loop
async def test_a_nursery_that_is_given_ends_with_the_pool() -> None:
    nursery = Nursery()
    async with Pool(made(), 1, nursery=nursery) as pool:
        await digest(pool, rss(item(1)))
        workers = pool.processes()

    assert all(map(ended, workers))
    with pytest.raises(OSError):  # noqa: PT011 - whatever the system calls it
        nursery.worker()


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"", "empty"), (b"<html></html>", "not_feed"), (b"<rss><chan", "parse"), (b"[" * 99_999, "parse")],
)
@in_a_loop
async def test_a_bad_document_is_an_error_of_its_source(body: bytes, kind: str) -> None:
    async with Pool(made(), 1) as pool:
        with pytest.raises(SourceError) as error:
            await digest(pool, body)
        again = await digest(pool, rss(item(1)))

    assert error.value.kind == kind
    assert error.value.answer is not None
    assert again.count == 1


@in_a_loop
async def test_a_document_that_takes_too_long_ends_its_worker_alone() -> None:
    async with Pool(made(), 1, deadline=0.2) as pool:
        with pytest.raises(SourceError, match=r"more than 0\.2 s") as error:
            await digest(pool, SLOW)
        left = pool.processes()

    assert error.value.kind == "parse"
    assert left == ()


@in_a_loop
async def test_a_worker_that_dies_at_work_is_replaced() -> None:
    async with Pool(made(), 1) as pool:
        await digest(pool, rss(item(1)))
        (first,) = pool.processes()
        task = digest(pool, SLOW)
        while not pool.busy():
            await asyncio.sleep(0)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(SourceError, match="CPU time or memory"):
            await task
        again = await digest(pool, rss(item(1)))
        (second,) = pool.processes()

    assert again.count == 1
    assert first != second


@in_a_loop
async def test_a_worker_that_died_idle_is_replaced() -> None:
    async with Pool(made(), 1) as pool:
        await digest(pool, rss(item(1)))
        (first,) = pool.processes()
        os.kill(first, signal.SIGKILL)
        assert ended(first)
        again = await digest(pool, rss(item(1)))

    assert again.count == 1


@in_a_loop
async def test_workers_are_still_started_when_who_starts_them_was_killed() -> None:
    async with Pool(made(), 2) as pool:
        await digest(pool, rss(item(1)))
        (first,) = pool.processes()
        os.kill(parent_of(first), signal.SIGKILL)
        both = await asyncio.gather(*(digest(pool, rss(item(n))) for n in range(2)))
        processes = pool.processes()

    assert [found.count for found in both] == [1, 1]
    assert all(map(ended, processes))


@in_a_loop
async def test_no_room_for_a_worker_fails_a_poll_and_nothing_else() -> None:
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with Pool(made(), 1) as pool:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, usual[1]))
        try:
            with pytest.raises(SourceError, match="no process could be started") as error:
                await digest(pool, rss(item(1)))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        again = await digest(pool, rss(item(1)))

    assert error.value.kind == "parse"
    assert again.count == 1


@in_a_loop
async def test_who_stops_waiting_ends_the_worker() -> None:
    async with Pool(made(), 1) as pool:
        task = digest(pool, SLOW)
        while not pool.processes():
            await asyncio.sleep(0)
        (process,) = pool.processes()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        gone = ended(process)

    assert gone


def test_no_worker_outlives_a_parent_that_was_killed() -> None:
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen([sys.executable, "-c", KEEPER], stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        parent.kill()

    assert ended(process)


def test_no_worker_at_work_outlives_a_parent_that_was_killed() -> None:
    root = Path(__file__).parent.parent.parent
    slow = KEEPER.replace("await asyncio.Event().wait()", "await here.digest(pool, here.SLOW)")
    with subprocess.Popen([sys.executable, "-c", slow], stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        parent.kill()

    assert ended(process, 1.0)


@pytest.mark.parametrize(("most", "left"), [(1, 0), (pool.MOST_READ, 1)])
@in_a_loop
async def test_a_worker_that_has_read_much_is_replaced(monkeypatch: pytest.MonkeyPatch, most: int, left: int) -> None:
    monkeypatch.setattr(pool, "MOST_READ", most)

    async with Pool(made(), 1) as of_one:
        for n in range(3):
            found = await digest(of_one, rss(item(n)))
            assert (len(found.entries), len(of_one.processes())) == (1, left)


def test_a_defect_is_named_and_costs_one_source() -> None:
    task = Task(rss(item(1)), None, SOURCE.url, SOURCE, b"", NOW)

    failure = worker.work(task, None)  # type: ignore[arg-type]  # no context: whatever fails then is not of the document

    assert isinstance(failure, Failure)
    assert failure.kind == "parse"
    assert "AttributeError" in failure.message


def test_frames_carry_records_unchanged() -> None:
    raw: RawFeed = lanes.read(rss(item(1)), content_type=None, limit=10)

    frame = frames.packed(raw)

    assert frames.unpacked(frame[frames.HEAD.size :]) == raw

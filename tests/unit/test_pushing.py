"""Deliveries on their way into the store, with a real store and a real worker."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from aggregator.model import Answer, Channel, Document, FetchState, Poll, Settings, Source, Tally, Visit
from aggregator.service.crew import crew_of
from aggregator.service.cycle import Writer
from aggregator.service.pushing import MOST_HELD, MOST_WAITING, Pushing, discovered, pushing
from aggregator.store.ports import Store
from aggregator.store.sqlite import open_store
from aggregator.web.shelf import Shelf

T = TypeVar("T")
NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
URL, HUB = "https://blog.example/feed", "https://hub.example/"
ENTRY = """<entry><id>urn:x:{n}</id><title>Entry {n}</title><link href="https://blog.example/{n}"/>
<updated>2027-01-0{n}T00:00:00Z</updated><summary>Text of entry {n}.</summary></entry>"""


def feed(*numbers: int) -> Document:
    entries = "".join(ENTRY.format(n=n) for n in numbers)
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>Blog</title>{entries}</feed>'
    answer = Answer(URL, URL, 200, (("content-type", "application/atom+xml"),))
    return Document(answer, body.encode(), partial=True)


def nothing(visit: Visit, tally: Tally) -> None:
    """Nobody counts."""


def play(
    folder: Path, act: Callable[[Pushing, Store], Awaitable[T]], waiting: deque[tuple[str, Document]] | None = None
) -> T:
    """Run an act with everything in place but the web server."""

    async def run() -> T:
        settings = Settings(
            path=folder / "feeds.toml",
            base_url="https://planet.example/",
            base_url_given=True,
            hub_enabled=True,
            database=folder / "aggregator.db",
            output=folder / "public",
            channels=(Channel("all", "All", hub=("http://127.0.0.1:9/hub",)),),
            sources=(Source(id="blog", url=URL),),
        )
        store = open_store(settings.database)
        try:
            store.sync_sources(settings.sources, settings.channels, "1")
            async with crew_of(store, settings, lambda: NOW) as crew:
                writer = Writer(crew, nothing)
                async with pushing(crew, writer, Shelf(settings.output, 60), waiting) as made:
                    return await act(made, store)
        finally:
            store.close()

    return asyncio.run(run())


def test_a_delivery_brings_its_entries_and_leaves_the_rest_of_the_source_alone(tmp_path: Path) -> None:
    async def act(made: Pushing, store: Store) -> tuple[list[str], FetchState, FetchState]:
        (before,) = store.polls(["blog"])
        made.take("blog", feed(1, 2))
        made.take("blog", feed(2, 3))
        made.take("unknown", feed(4))
        async with asyncio.timeout(20):
            while len(list(store.export())) < 3:
                await asyncio.sleep(0)
        (after,) = store.polls(["blog"])
        return sorted(entry.title for entry, _ in store.export()), before.state, after.state

    titles, before, after = play(tmp_path, act)

    assert titles == ["Entry 1", "Entry 2", "Entry 3"]
    assert (after.etag, after.next_poll, after.state, after.last_success) == (
        before.etag,
        before.next_poll,
        before.state,
        before.last_success,
    )
    assert len(after.seen) == 8 * 3


def test_a_delivery_of_an_older_version_regresses_nothing(tmp_path: Path) -> None:
    def version(day: int, text: str) -> Document:
        newer = feed(1)
        body = newer.body.replace(b"2027-01-01T", f"2027-01-0{day}T".encode()).replace(
            b"Text of entry 1", text.encode()
        )
        return Document(newer.answer, body, partial=True)

    async def act(made: Pushing, store: Store) -> list[str]:
        for document in (version(2, "Second text"), version(1, "First text"), version(3, "Third text"), feed(2)):
            made.take("blog", document)
        async with asyncio.timeout(20):
            while len(list(store.export())) < 2:
                await asyncio.sleep(0)
        return [entry.teaser for entry, _ in store.export()][:1]

    async def stop_before_the_third(made: Pushing, store: Store) -> list[str]:
        for document in (version(2, "Second text"), version(1, "First text"), feed(2)):
            made.take("blog", document)
        async with asyncio.timeout(20):
            while len(list(store.export())) < 2:
                await asyncio.sleep(0)
        return [entry.teaser for entry, _ in store.export()][:1]

    (tmp_path / "other").mkdir()
    assert play(tmp_path, act) == ["Third text."]
    assert play(tmp_path / "other", stop_before_the_third) == ["Second text."]


def test_a_delivery_that_cannot_be_read_costs_nothing_else(tmp_path: Path) -> None:
    async def act(made: Pushing, store: Store) -> int:
        made.take("blog", Document(feed().answer, b"\x00 no feed at all", partial=True))
        made.take("blog", feed(1))
        async with asyncio.timeout(20):
            while not list(store.export()):
                await asyncio.sleep(0)
        return len(list(store.export()))

    assert play(tmp_path, act) == 1


def test_deliveries_that_wait_are_bounded(tmp_path: Path) -> None:
    async def act(made: Pushing, store: Store) -> list[bool]:
        return [made.take("unknown", feed()) for _ in range(MOST_WAITING + 1)][-2:]

    assert play(tmp_path, act) == [True, False]


def test_deliveries_that_wait_are_bounded_in_bytes_too(tmp_path: Path) -> None:
    large = replace(feed(), body=b"x" * (MOST_HELD // 2 + 1))

    async def act(made: Pushing, store: Store) -> list[bool]:
        return [made.take("unknown", large) for _ in range(2)] + [made.take("unknown", feed())]

    assert play(tmp_path, act) == [True, False, True]


def test_deliveries_outlive_the_parts_that_were_to_store_them(tmp_path: Path) -> None:
    """A hub sends once: what waits while feeds.toml is taken anew is stored after that."""
    waiting = deque([("blog", feed(1)), ("blog", feed(2))])

    async def act(made: Pushing, store: Store) -> int:
        await made.drained()
        return len(list(store.export()))

    assert play(tmp_path, act, waiting) == 2
    assert not waiting


def test_subscriptions_follow_what_polls_find(tmp_path: Path) -> None:
    poll = Poll(Source(id="blog", url=URL), FetchState(hub=HUB, topic=URL, last_poll=NOW))

    async def act(made: Pushing, store: Store) -> list[bool]:
        found = await made.crew.pool.digest(feed(1), poll.source, seen=b"", now=NOW)
        made.after(Visit(poll.source, poll.state, NOW, "ok", URL, URL, 200, None, 0.0, found), Tally("blog", new=1))
        polled = store.note("websub:blog") is not None
        made.after(
            Visit(poll.source, FetchState(last_poll=NOW), NOW + timedelta(1), "ok", URL, URL, 200, None, 0.0, found),
            Tally("blog"),
        )
        pushed = store.note("websub:blog") is not None
        made.after(
            Visit(poll.source, FetchState(last_poll=NOW), NOW, "ok", URL, URL, 200, None, 0.0, found), Tally("blog")
        )
        return [polled, pushed, store.note("websub:blog") is not None]

    assert play(tmp_path, act) == [True, True, False]


def test_a_build_is_told_to_the_hubs_of_its_channels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def act(made: Pushing, store: Store) -> int:
        made.built(["feed.atom", "index.html"])
        await made.announce()
        await made.renew()
        await made.deliver()
        return len(made.announcer.waiting)

    with caplog.at_level("INFO", "aggregator"):
        waiting = play(tmp_path, act)

    assert waiting == 1
    assert "event=announce hub=http://127.0.0.1:9/hub topic=https://planet.example/feed.atom" in caplog.text


def test_both_routes_are_answered_where_the_hub_is_enabled(tmp_path: Path) -> None:
    async def act(made: Pushing, store: Store) -> list[str]:
        return sorted(made.routes())

    assert play(tmp_path, act) == ["/hub", "/websub/"]


def test_only_a_source_with_a_hub_is_looked_up(tmp_path: Path) -> None:
    poll = Poll(Source(id="blog", url=URL), FetchState())
    pushed = Poll(Source(id="blog", url=URL), FetchState(hub=HUB, lease_until=NOW))

    async def act(made: Pushing, store: Store) -> tuple[bool, datetime | None]:
        return made.before(poll) is poll, made.before(pushed).state.lease_until

    assert play(tmp_path, act) == (True, None)


def test_link_headers_go_before_the_document(tmp_path: Path) -> None:
    async def act(made: Pushing, store: Store) -> tuple[str | None, str | None]:
        document = feed(1)
        digest = await made.crew.pool.digest(document, Source(id="blog", url=URL), seen=b"", now=NOW)
        headers = (("link", f'<{HUB}>; rel="hub", </topic>; rel="self"'),)
        return discovered(Document(Answer(URL, URL, 200, headers), b""), digest)

    assert play(tmp_path, act) == (HUB, "https://blog.example/topic")

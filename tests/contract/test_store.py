"""What every store keeps: the suite of store/ports.py, run on each implementation that KINDS lists."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aggregator.editorial.context import context
from aggregator.editorial.prepare import digest
from aggregator.errors import StoreError
from aggregator.model import (
    Block,
    Channel,
    Entry,
    FetchState,
    Poll,
    RawEntry,
    RawFeed,
    RawLink,
    Settings,
    Source,
    Text,
    Visit,
)
from aggregator.service.ingest import ingest
from aggregator.store.ports import Store
from aggregator.store.sqlite import SqliteStore, open_store
from tests.records import NOON
from tests.rights import bound_by_modes

Opened = Callable[[], Store]
ALL = Channel("all", "Planet")
SOURCES = (Source("a", "https://a.example/feed"), Source("b", "https://b.example/feed", tags=("x",), order=1))
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Kind:
    """One implementation: how it is opened in a folder, and what ails the store that is open and any opened later."""

    name: str
    open: Callable[[Path], Store]
    damage: Callable[[Path], None]
    lock: Callable[[Path], Any]  # another writer, until it is closed
    fill: Callable[[Store], None]


def _damage(folder: Path) -> None:
    for file in folder.glob("store.db-*"):
        file.unlink()
    with (folder / "store.db").open("r+b") as store:
        store.write(b"no database " * 20_000)


def _lock(folder: Path) -> Any:
    import sqlite3

    other = sqlite3.connect(folder / "store.db", isolation_level=None)
    other.execute("begin immediate")
    return other


def _fill(store: Store) -> None:
    assert isinstance(store, SqliteStore)
    store._db.rows("pragma max_page_count = 1")


KINDS = [Kind("sqlite", lambda folder: open_store(folder / "store.db"), _damage, _lock, _fill)]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def store(kind: Kind, tmp_path: Path) -> Iterator[Store]:
    made = kind.open(tmp_path)
    made.sync_sources(SOURCES, [ALL], "1")
    yield made
    made.close()


def raw(n: int, words: str = "") -> RawEntry:
    text = words or " ".join(f"{word}{n}" for word in "one two three four five six seven eight nine ten".split())
    return RawEntry(
        id=f"tag:news.example,2026:{n}",
        links=(RawLink(f"https://news.example/{n}"),),
        title=Text(f"Title {n} of {n * 7}", html=False),
        summary=Text(text, html=False),
        published=NOON - timedelta(days=n),
    )


def visit(source: Source, *entries: RawEntry) -> Visit:
    settings = Settings(Path("feeds.toml"), channels=(ALL,), sources=SOURCES)
    feed = RawFeed("atom", "fast", title=Text(f"The {source.id}", html=False), entries=entries)
    made = digest(feed, source, context(settings), url=source.url, seen=b"", now=NOON)
    state = FetchState(state="ok", last_poll=NOON, last_success=NOON, next_poll=NOON + HOUR, seen=made.seen)
    return Visit(source, state, NOON, "ok", source.url, source.url, 200, None, 0.1, made)


def entry(n: int = 1) -> Entry:
    made = visit(SOURCES[0], raw(n)).digest
    assert made is not None
    return made.entries[0]


def all_of(store: Store) -> list[Any]:
    """Everything that can be read of a store."""
    rows = [(row, names) for row, names in store.export()]
    trails = [store.trail(row.seq) for row, _ in rows]
    return [rows, trails, list(store.states()), store.polls(), store.notes(""), store.blocks("all"), store.host_notes()]


ONE = entry()
WRITES: dict[str, Callable[[Store], object]] = {
    "sync_sources": lambda s: s.sync_sources(SOURCES[:1], [ALL], "2"),
    "rename_channel": lambda s: s.rename_channel("all", "everything"),
    "revive": lambda s: s.revive("a"),
    "postpone": lambda s: s.postpone(Poll(SOURCES[0], FetchState(next_poll=NOON))),
    "spread": lambda s: s.spread(NOON, HOUR, 0.5, 9),
    "save_host_notes": lambda s: s.save_host_notes({"h": "{}"}),
    "record": lambda s: s.record([(visit(SOURCES[1], raw(5)), 1)]),
    "insert": lambda s: s.insert(entry(9), "a", NOON, NOON, [1, 2], ""),
    "update": lambda s: s.update(1, ONE, NOON, [1], announce=True),
    "index": lambda s: s.index(1, [1]),
    "probe": lambda s: s.probe([(1, NOON, [1])]),
    "touch": lambda s: s.touch(1, replace(ONE, raw_fingerprint=b"12345678")),
    "fold": lambda s: s.fold(2, 1, 1, "same id"),
    "join_channels": lambda s: s.join_channels(1, ["all"], NOON),
    "join_new": lambda s: s.join_new(1, "a", NOON, ["all"], NOON),
    "bump": lambda s: s.bump(["all"]),
    "tidy": lambda s: s.tidy(NOON),
    "prune": lambda s: s.prune([1], NOON),
    "add_blocks": lambda s: s.add_blocks("all", [Block(1, 1, 2)]),
    "settle_blocks": lambda s: s.settle_blocks("all"),
    "unsettle_archives": lambda s: s.unsettle_archives(),
    "withdraw": lambda s: s.withdraw(1, NOON),
    "leave_channels": lambda s: s.leave_channels(1, NOON),
    "mirror": lambda s: s.mirror("a", b"", NOON),
    "save_note": lambda s: s.save_note("k", "v"),
    "save_blob": lambda s: s.save_blob("b", b"x"),
    "reset_groups": lambda s: s.reset_groups(),
    "recompute": lambda s: s.recompute(1, replace(ONE, teaser="Another.")),
}
READS: dict[str, Callable[[Store], object]] = {
    "synced": lambda s: s.synced(),
    "due": lambda s: s.due(NOON, 9),
    "polls": lambda s: s.polls(["a"]),
    "count_sources": lambda s: s.count_sources(),
    "feeding": lambda s: s.feeding(ALL, 9),
    "facts_of": lambda s: s.facts_of(["a"]),
    "next_due": lambda s: s.next_due(),
    "host_notes": lambda s: s.host_notes(),
    "known_of": lambda s: s.known_of("a", [ONE]),
    "has_entries": lambda s: s.has_entries("a"),
    "arrived": lambda s: s.arrived("a", NOON, 9),
    "expect": lambda s: s.expect([ONE]),
    "lookalikes": lambda s: s.lookalikes(ONE, [1, 2]),
    "storymates": lambda s: s.storymates([([1], NOON - HOUR, NOON)]),
    "tellers": lambda s: s.tellers([1], stories=True),
    "untold": lambda s: s.untold(0),
    "past": lambda s: s.past(1),
    "aged": lambda s: s.aged(NOON, 0, 9, []),
    "returned": lambda s: s.returned("a", [ONE]),
    "pruned": lambda s: s.pruned(ONE.id),
    "count_pruned": lambda s: s.count_pruned(),
    "shrink": lambda s: s.shrink(),
    "version": lambda s: s.version("all"),
    "window": lambda s: s.window(ALL, None),
    "arrivals": lambda s: s.arrivals("all", 0, 9),
    "stories": lambda s: s.stories([1]),
    "told_alone": lambda s: s.told_alone([1]),
    "blocks": lambda s: s.blocks("all"),
    "blocks_end": lambda s: s.blocks_end("all"),
    "stale_blocks": lambda s: s.stale_blocks("all"),
    "tombstones": lambda s: s.tombstones("all"),
    "facts": lambda s: list(s.facts()),
    "note": lambda s: s.note("k"),
    "blob": lambda s: s.blob("b"),
    "notes": lambda s: s.notes("k"),
    "secret": lambda s: s.secret(),
    "export": lambda s: list(s.export()),
    "channel_ids": lambda s: s.channel_ids(),
    "shown_by_position": lambda s: list(s.shown_by_position()),
    "find": lambda s: s.find(ONE.id),
    "packed_after": lambda s: s.packed_after(0, 9),
    "trail": lambda s: s.trail(1),
    "visits": lambda s: s.visits("a"),
    "states": lambda s: list(s.states()),
    "states_of": lambda s: s.states_of(["a"]),
    "moved": lambda s: s.moved(9),
    "counts": lambda s: s.counts(),
}
OF_THE_CONNECTION = {"wait_at_most", "close", "transaction", "take_lease", "drop_lease"}


@pytest.fixture
def filled(store: Store) -> Store:
    ingest(store, [visit(SOURCES[0], raw(1), raw(2), raw(3)), visit(SOURCES[1], raw(2), raw(4))], NOON)
    store.secret()
    return store


def planned(store: Store, **times: FetchState) -> None:
    """Give sources their states."""
    for name, state in times.items():
        store.postpone(Poll(next(one for one in SOURCES if one.id == name), state))


def waits(store: Store) -> list[float | None]:
    """Seconds from noon to the next polls."""
    polls = [poll.state.next_poll for poll in store.polls()]
    return [(at - NOON).total_seconds() if at else None for at in polls]


@pytest.mark.parametrize(
    ("late", "longest", "interval", "window"),
    [(5 * HOUR, HOUR, 2 * HOUR, HOUR), (HOUR / 2, HOUR, 2 * HOUR, HOUR / 2), (5 * HOUR, HOUR, HOUR / 60, HOUR / 60)],
    ids=["as long as the least interval", "as long as nobody asked", "as its own interval"],
)
def test_who_fell_due_while_nobody_asked_is_spread(
    store: Store, late: timedelta, longest: timedelta, interval: timedelta, window: timedelta
) -> None:
    sources = [replace(SOURCES[0], id=f"s{n}", order=n) for n in range(40)]
    store.sync_sources(sources, [ALL], "many")
    for one in sources:
        state = FetchState(next_poll=NOON - late, last_poll=NOON - 2 * late, interval=interval)
        store.postpone(Poll(one, state))

    counts = [store.spread(NOON, longest, 0.3, 25) for _ in range(3)]

    assert counts == [25, 15, 0]
    found = sorted(wait / window.total_seconds() for wait in waits(store) if wait is not None)
    assert len(found) == 40
    assert 0 <= found[0] < 0.06
    assert 0.94 < found[-1] < 1
    assert max(later - earlier for earlier, later in pairwise(found)) < 0.06


@pytest.mark.parametrize(
    "state",
    [
        FetchState(),
        FetchState(next_poll=NOON - HOUR, last_poll=NOON - 9000 * HOUR),
        FetchState(next_poll=NOON + HOUR, last_poll=NOON - HOUR),
        FetchState(last_poll=NOON - HOUR, state="gone"),
    ],
    ids=["never asked", "asked before the clock was set", "not due", "gone"],
)
def test_nobody_else_is_spread(store: Store, state: FetchState) -> None:
    planned(store, a=state, b=FetchState(next_poll=NOON - HOUR, last_poll=NOON - HOUR))
    before = waits(store)[0]

    count = store.spread(NOON, HOUR, 0.0, 9)

    assert (count, waits(store)[0]) == (1, before)


def test_who_is_resumed_is_not_asked_before_its_server_allows_it(store: Store) -> None:
    planned(store, a=FetchState(state="throttled", retry_after=NOON + HOUR, next_poll=NOON + HOUR, failures=3))

    store.revive("a")

    assert [[poll.source.id for poll in store.due(at, 9)] for at in (NOON, NOON + HOUR)] == [["b"], ["b", "a"]]


def test_the_visit_that_brought_something_is_told_however_long_ago_it_was(store: Store) -> None:
    visits = [
        (Visit(SOURCES[0], FetchState(), NOON + n * HOUR, "ok", "u", "u", 200, None, 0.1), 1 if n == 2 else 0)
        for n in range(40)
    ]
    for one in visits:
        store.record([one])

    newest, brought = store.visits("a", 3), store.visits("a", 3, NOON + HOUR * 3 / 2)

    assert [visit[0] for visit in newest] == [NOON + n * HOUR for n in (39, 38, 37)]
    assert [visit[0] for visit in brought] == [NOON + n * HOUR for n in (39, 38, 37, 2)]


def test_the_suite_knows_every_method_of_the_protocol() -> None:
    promised = {name for name in vars(Store) if not name.startswith("_")}

    assert WRITES.keys() | READS.keys() | OF_THE_CONNECTION == promised


def _write_and_fail(store: Store, write: Callable[[Store], object]) -> None:
    with store.transaction(), store.transaction():
        write(store)
        raise ZeroDivisionError


@pytest.mark.parametrize("name", WRITES)
def test_a_transaction_that_fails_leaves_nothing_behind(filled: Store, name: str) -> None:
    before = all_of(filled)

    with pytest.raises(ZeroDivisionError):
        _write_and_fail(filled, WRITES[name])

    assert all_of(filled) == before


@pytest.mark.parametrize("name", READS)
def test_asking_changes_nothing(filled: Store, name: str) -> None:
    before = all_of(filled)

    READS[name](filled)

    assert all_of(filled) == before


@pytest.mark.parametrize("name", WRITES)
def test_a_write_waits_for_another_writer_and_gives_up(filled: Store, kind: Kind, tmp_path: Path, name: str) -> None:
    hasty, other = kind.open(tmp_path), kind.lock(tmp_path)
    hasty.wait_at_most(0.01)
    before = all_of(filled)
    try:
        with pytest.raises(StoreError, match="locked by another process"), hasty.transaction():
            WRITES[name](hasty)
    finally:
        other.close()
        hasty.close()

    assert all_of(filled) == before


@pytest.mark.parametrize("name", sorted(WRITES.keys() | READS.keys() - {"expect", "channel_ids", "shrink"}))
def test_a_damaged_store_raises_store_errors_only(kind: Kind, tmp_path: Path, filled: Store, name: str) -> None:
    filled.close()
    kind.damage(tmp_path)

    with pytest.raises(StoreError, match="damaged or no database"):
        (WRITES | READS)[name](kind.open(tmp_path))


def test_a_full_disk_stores_nothing_of_the_step(filled: Store, kind: Kind) -> None:
    kind.fill(filled)
    before = all_of(filled)

    with pytest.raises(StoreError, match="is the disk full"):
        filled.save_blob("big", b"x" * 5_000_000)

    assert all_of(filled) == before


def test_a_store_that_may_only_be_read_is_named(filled: Store, kind: Kind, tmp_path: Path) -> None:
    filled.close()
    for file in tmp_path.iterdir():
        file.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        with bound_by_modes(), pytest.raises(StoreError, match="cannot be opened for writing"):
            kind.open(tmp_path).save_note("k", "v")
    finally:
        tmp_path.chmod(0o755)


def test_what_has_not_changed_is_not_written_again(filled: Store) -> None:
    before = list(filled.export())

    tallies = ingest(filled, [visit(SOURCES[0], raw(1), raw(2), raw(3))], NOON + HOUR)

    assert (tallies[0].new, tallies[0].updated, tallies[0].unchanged) == (0, 0, 3)
    assert list(filled.export()) == before
    assert all(filled.past(row.seq) == b"" for row, _ in before)


def test_an_edit_keeps_id_place_and_first_seen(filled: Store) -> None:
    before = {row.source_entry_id: row for row, _ in filled.export() if row.source_id == "a"}

    ingest(filled, [visit(SOURCES[0], raw(1, "Quite another text than it was before, in many words."))], NOON + HOUR)

    after = {row.source_entry_id: row for row, _ in filled.export() if row.source_id == "a"}
    old, new = (rows["tag:news.example,2026:1"] for rows in (before, after))
    assert (new.id, new.position, new.first_seen, new.seq) == (old.id, old.position, old.first_seen, old.seq)
    assert new.teaser != old.teaser
    assert {**after, "tag:news.example,2026:1": old} == before


def test_numbers_and_ids_of_the_pruned_are_not_given_again(filled: Store) -> None:
    numbers = [row.seq for row, _ in filled.export()]
    aged, last = filled.aged(NOON + HOUR, 0, 100, [])

    filled.prune(aged, NOON)
    seq = filled.insert(ONE, "b", NOON, NOON, [], "")

    assert (max(numbers) in aged, last) == (False, 0)
    assert seq > max(numbers)
    assert next(row.id for row, _ in filled.export() if row.seq == seq) != ONE.id
    assert filled.returned("a", [ONE]) == {ONE.key}
    assert filled.returned("b", [ONE]) == set()
    assert [one.source_id for one in filled.pruned(ONE.id)] == ["a"]


def test_channel_keeps_all_it_has_under_another_name(filled: Store) -> None:
    filled.sync_sources(SOURCES, [ALL, Channel("sea", "Sea")], "3")
    seq = next(row.seq for row, _ in filled.export())
    filled.join_channels(seq, ["sea"], NOON)
    filled.add_blocks("sea", [Block(1, seq, seq)])
    for key in ("archive:sea", "archive:sea:1", "archive:seaside:1", "editions:sea", "says:sea"):
        filled.save_note(key, key)
    filled.rename_channel("sea", "ocean")

    assert filled.channel_ids() == {"all", "ocean"}
    assert filled.arrivals("ocean", 0, 9) == [seq]
    assert filled.blocks("ocean") == [Block(1, seq, seq)]
    assert {name: value for name, value in filled.notes("").items() if "sea" in str(value)} == {
        "archive:ocean": "archive:sea",
        "archive:ocean:1": "archive:sea:1",
        "archive:seaside:1": "archive:seaside:1",
        "editions:ocean": "editions:sea",
        "says:ocean": "says:sea",
    }


def test_a_store_opened_again_has_all_that_was_committed(filled: Store, kind: Kind, tmp_path: Path) -> None:
    before = all_of(filled)
    filled.close()
    filled.close()

    again = kind.open(tmp_path)

    assert all_of(again) == before
    again.close()


def test_another_connection_sees_what_is_committed_and_nothing_else(filled: Store, kind: Kind, tmp_path: Path) -> None:
    other = kind.open(tmp_path)
    with filled.transaction():
        filled.save_note("k", "v")
        during = other.note("k")

    assert (during, other.note("k")) == (None, "v")
    other.close()


def test_told_alone_is_a_story_without_the_others(store: Store) -> None:
    ingest(store, [visit(SOURCES[0], raw(1), raw(2)), visit(SOURCES[1], raw(1))], NOON)
    shown = [*store.arrivals("all", 0, 9), 99]

    told = store.stories(shown)

    assert [len(story.also) for story in told] == [0, 1]
    assert store.told_alone(shown) == [replace(story, also=()) for story in told]


def test_two_processes_share_no_lease(filled: Store, tmp_path: Path) -> None:
    ask = "import sys, pathlib; from aggregator.store.sqlite import open_store as o; print(o(pathlib.Path(sys.argv[1])).take_lease('second'))"
    command = [sys.executable, "-c", ask, str(tmp_path / "store.db")]
    filled.take_lease("first")
    taken = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    filled.drop_lease()

    free = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert (taken, free) == ("first", "None")
    assert filled.take_lease("first") is None  # the other's ended with its process


def test_a_list_that_was_broken_off_is_taken_in_again(tmp_path: Path) -> None:
    """Steps that were stored stay, nothing says that the list is known, and nobody who is new is asked."""
    many = tuple(Source(f"s{n}", f"https://s{n}.example/", order=n) for n in range(700))

    def broken() -> Iterator[Source]:
        yield from many[1:601]
        raise KeyboardInterrupt

    with closing(open_store(tmp_path / "a.db")) as store:
        store.sync_sources(many[:2], (ALL,), "1")
        with pytest.raises(KeyboardInterrupt):
            store.sync_sources(broken(), (ALL,), "2")
        between = store.synced(), store.count_sources(), [poll.source.id for poll in store.polls()]
        store.sync_sources(many[1:], (ALL,), "2")

        assert between == ("1", 2, ["s0", "s1"])
        assert [poll.source.id for poll in store.polls()] == [one.id for one in many[1:]]
        assert (store.synced(), store.count_sources()) == ("2", 699)


def test_a_channel_that_another_process_brought_is_known(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "a.db")) as ours, closing(open_store(tmp_path / "a.db")) as theirs:
        ours.sync_sources(SOURCES, (ALL,), "1")
        ingest(ours, [visit(SOURCES[0], raw(1))], NOON)
        theirs.sync_sources(SOURCES, (ALL, Channel("new", "New")), "2")
        ours.join_channels(1, ["new"], NOON)

        assert "'new'" in str(ours.trail(1)["channels"])

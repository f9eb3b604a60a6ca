"""The order of arrival hardly matters: labelled documents by other orders of their sources, other polls and other commits.

AGGREGATOR_SHUFFLES=10 measures with as many orders. Groups differ by what no order can tell: two entries with the same title and
text of which it is only known that both stand in one document when they are seen side by side; and words whose weight was another
when a story was found, while the store was young.
"""

from __future__ import annotations

import importlib.util
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.editorial.context import context
from aggregator.editorial.prepare import digest
from aggregator.model import Channel, FetchState, Settings, Source, Visit
from aggregator.parse import lanes
from aggregator.service.ingest import ingest
from aggregator.store.sqlite import SqliteStore, open_store
from tests.records import NOON

SHUFFLES = int(os.environ.get("AGGREGATOR_SHUFFLES", "1"))
CHANNELS = (Channel("all", "All"),)
CONTEXT = context(Settings(Path("feeds.toml"), channels=CHANNELS))
Polls = dict[str, list[bytes]]  # the documents of each source, in the order of their polls
Groups = dict[str, frozenset[str]]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture
def kit(shared: Path) -> Any:
    """The module that measures the decisions from outside: how it serves the labelled entries, and follows them."""
    spec = importlib.util.spec_from_file_location("run_editorial", shared / "editorial" / "run_editorial.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def visits(store: SqliteStore, sources: dict[str, Source], polls: Polls, order: Sequence[str], nth: int) -> list[Visit]:
    now, made = NOON + timedelta(minutes=nth), []
    seen = {poll.source.id: poll.state.seen for poll in store.polls()}
    for name in order:
        if nth < len(polls[name]):
            raw = lanes.read(polls[name][nth], content_type="application/xml; charset=utf-8", limit=20000)
            found = digest(raw, sources[name], CONTEXT, url=sources[name].url, seen=seen[name], now=now)
            state = FetchState(last_poll=now, last_success=now, seen=found.seen)
            url = sources[name].url
            made.append(Visit(sources[name], state, now, "ok", url, url, 200, None, 0.1, found))
    return made


def grouped(
    kit: Any, path: Path, polls: Polls, served: dict[str, Any], rng: random.Random | None, *, soft: bool
) -> Groups:
    """What these documents are grouped to, taken in by one order of sources and in commits of one size."""
    sources = {name: Source(name, f"https://h.example/{name}", order=n) for n, name in enumerate(polls)}
    size = rng.choice((1, 16, 64, 256)) if rng else 256
    store, members, order = open_store(path), kit.Members(), list(polls)
    store.sync_sources(sources.values(), CHANNELS, "settings")
    for nth in range(max(map(len, polls.values()))):
        if rng:
            rng.shuffle(order)
        ready = visits(store, sources, polls, order, nth)
        for start in range(0, len(ready), size):
            ingest(store, ready[start : start + size], NOON + timedelta(minutes=nth), more=start + size < len(ready))
        members.look([exported(row) for row, _ in store.export()])
    store.close()
    found: dict[str, set[str]] = defaultdict(set)
    group = members.groups(served, soft=soft)[0]
    for name, where in group.items():
        found[where].add(name)
    return {name: frozenset(found[where]) for name, where in group.items()}


def exported(row: Any) -> dict[str, Any]:
    names = ("id", "source_entry_id", "url", "title", "tags", "duplicate_of", "story")
    return {"source": row.source_id, **{name: getattr(row, name) for name in names}}


def least_alike(base: Groups, others: Iterator[Groups]) -> float:
    """The least share of entries that are in the same group, over all orders."""
    shares = [sum(base[name] == other[name] for name in base) / len(base) for other in others]
    print("same groups:", *(f"{share:.4f}" for share in shares))
    return min(shares)


def split(rng: random.Random, documents: Sequence[list[Any]]) -> list[list[Any]]:
    """Other polls of the same documents: of some the older part is seen first, and then the whole."""
    out: list[list[Any]] = []
    for entries in documents:
        if len(entries) > 1 and rng.random() < 0.5:
            out.append(entries[rng.randint(1, len(entries) - 1) :])
        out.append(entries)
    return out


def later(rng: random.Random, documents: list[bytes], nothing: bytes) -> list[bytes]:
    """The source is first asked some polls later."""
    return [nothing] * rng.randint(0, 2) + documents


def document(kit: Any, title: str, where: tuple[str, str], entries: Sequence[Any]) -> bytes:
    site, base = where
    write: Callable[..., str] = (kit.rss, kit.atom)[kit.number(title) % 2]
    return write({"title": title, "site": site, "base": base}, entries).encode()


def test_copies_are_the_same_in_any_order(kit: Any, tmp_path: Path) -> None:
    sources = defaultdict(list)
    for one in kit.load("dedupe_dev.jsonl"):
        sources[one["source"]].append({**one, "categories": [f"gold:{one['id']}"]})
    rounds, bases = {name: kit.rounds(entries) for name, entries in sources.items()}, kit.bases(sources)
    served = {one["id"]: (name, one) for name, entries in sources.items() for one in entries}

    def polls(rng: random.Random | None) -> Polls:
        parts = {name: split(rng, parts) if rng else parts for name, parts in rounds.items()}
        return {name: [document(kit, name, bases[name], part) for part in some] for name, some in parts.items()}

    def shuffled(seed: int) -> Groups:
        rng = random.Random(seed)
        return grouped(kit, tmp_path / f"{seed}.db", polls(rng), served, rng, soft=False)

    base = grouped(kit, tmp_path / "base.db", polls(None), served, None, soft=False)

    assert least_alike(base, map(shuffled, range(SHUFFLES))) >= 0.99


def test_stories_are_the_same_in_any_order(kit: Any, tmp_path: Path) -> None:
    batches = kit.batches(kit.load("story_dev.jsonl"), 0.25, 150)

    def batch(seed: int | None, number: int) -> Groups:
        rng, polls = None if seed is None else random.Random(seed * 1000 + number), {}
        for one in batches[number]:
            for side in "ab":
                name, told = one["id"] + side, one[side]
                site = f"https://{name}.example/"
                minutes = kit.number(one["id"]) % 600 + kit.number(name) % 120
                entry = {
                    "title": told["title"], "content": told.get("text"), "guid": f"urn:story:{name}", "link": told.get("url") or f"{site}news",
                    "published": (NOON - timedelta(hours=24, minutes=-minutes)).isoformat(), "categories": [f"gold:{name}"],
                }  # fmt: skip
                polls[name] = [document(kit, f"Source {name}", (site, ""), [entry])]
                if rng:
                    polls[name] = later(rng, polls[name], document(kit, f"Source {name}", (site, ""), []))
        served: dict[str, Any] = {name: (name, {}) for name in polls}
        found = grouped(kit, tmp_path / f"{seed}-{number}.db", polls, served, rng, soft=True)
        return {f"{number} {name}": frozenset(f"{number} {one}" for one in group) for name, group in found.items()}

    def all_of(seed: int | None) -> Groups:
        return {name: group for number in range(len(batches)) for name, group in batch(seed, number).items()}

    assert least_alike(all_of(None), map(all_of, range(SHUFFLES))) >= 0.99

"""A planet of any number of sources for benchmarks: its feeds.toml, and a store in which all were polled within the last hour."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from aggregator.model import Entry, FetchState, Source, Visit
from aggregator.store.ports import Store
from tests.benchmarks import farm

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AT_ONCE = 5000


def name(number: int) -> str:
    """The id of a source."""
    return f"f{number:07}"


def address(number: int, hosts: int, port: int) -> str:
    """The URL of a source."""
    return f"http://{farm.host(number % hosts)}:{port}/{number}"


def write(path: Path, count: int, hosts: int, port: int, listen: str) -> None:
    """The feeds.toml of so many sources on so many hosts; every seventh has a tag, every fiftieth a title of its own."""
    named = ", ".join(f'"{farm.host(number)}:{port}"' for number in range(min(hosts, count)))
    with path.open("w", encoding="utf-8") as file:
        file.write(f'[aggregator]\ntitle = "Scale"\nlisten = "{listen}"\n\n[fetch]\nallow_private = [{named}]\n\n')
        for number in range(count):
            file.write(f'[[source]]\nid = "{name(number)}"\nurl = "{address(number, hosts, port)}"\n')
            if number % 7 == 0:
                file.write('tags = ["seventh"]\n')
            if number % 50 == 0:
                file.write(f'title = "Source {number}"\n')
            file.write("\n")
        file.write('[[channel]]\nid = "seventh"\ntitle = "Every seventh"\ntags = ["seventh"]\n')


def polled(store: Store, count: int, hosts: int, port: int, now: datetime) -> None:
    """Say of every source that it answered 304 within the last hour, and is due within the next: evenly, in no order."""
    order = random.Random(count).sample(range(count), count)
    visits = (_visit(number, turn / count, hosts, port, now) for turn, number in enumerate(order))
    while some := list(islice(visits, AT_ONCE)):
        with store.transaction():
            store.record([(visit, 0) for visit in some])


def _visit(number: int, share: float, hosts: int, port: int, now: datetime) -> Visit:
    url, due = address(number, hosts, port), now + HOUR * share
    last = due - HOUR
    state = FetchState(
        etag=farm.tag(number, 0), validators_for=url, state="ok", since=last, first_poll=last, last_poll=last,
        last_success=last, last_full=last, next_poll=due, not_before=last + timedelta(seconds=1), outcome="notmodified",
    )  # fmt: skip
    return Visit(Source(name(number), url), state, last, "notmodified", url, url, 304, None, 0.01)


def read(store: Store, entries: int, sources: int, now: datetime, *channels: str, after: int = 0) -> None:
    """Give the store so many entries, of all sources in turn, the newest of them `now`; the first channel has all, others a seventh."""
    rng = random.Random(entries + after)
    for start in range(0, entries, AT_ONCE):
        with store.transaction():
            for n in range(start, min(start + AT_ONCE, entries)):
                at = now - MINUTE * (entries - n)
                source, entry = name(n % sources), _entry(n + after, rng, at)
                seq = store.insert(entry, source, at, at, (), "")
                store.join_new(seq, source, at, channels[:1] if n % sources % 7 else channels, at)


def _entry(number: int, rng: random.Random, at: datetime) -> Entry:
    words = rng.choices(farm.WORDS, k=60)
    url, mark = f"https://f{number}.example/{number}", number.to_bytes(8, "big")
    title = " ".join(words[:8])
    return Entry(
        source_entry_id=url, key=url, raw_fingerprint=mark, id=url, url=url, published_url=url, url_key=url[8:], title=title,
        title_key="", authors=(), published=at, updated=None, teaser=" ".join(words[8:]) + ".", teaser_cut="sentence",
        language="en", tags=(), text=b"", fingerprint=mark, sketch=b"", terms=b"",
    )  # fmt: skip

"""The figures of a service for /metrics: what happened to its polls, and to each source, in the words of `status`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice

from aggregator.store.ports import Health, Store
from aggregator.web.metrics import Labels, Metric, counter, gauge

MOST = 1000  # sources with figures of their own, those in trouble first: a scrape of a million series serves nobody


def of_polls(outcomes: Mapping[str, int], new: int) -> list[Metric]:
    """What this process has polled so far."""
    counts: dict[Labels, float] = {(("outcome", name),): float(count) for name, count in outcomes.items()}
    return [
        counter("polls_total", "Polls by their outcome.", counts),
        counter("entries_new_total", "Entries stored for the first time.", new),
    ]


def of_sources(store: Store) -> list[Metric]:
    """How many sources are in which state, and of each of the first MOST what came of its last poll."""
    counts: dict[Labels, float] = {(("state", state),): float(count) for state, count in store.counts().items()}
    known = list(islice(store.states(), MOST))
    return [gauge("sources_in_state", "Sources by their state.", counts), *_each(known)]


def _each(known: Sequence[Health]) -> Iterable[Metric]:
    rows = [(("source", source.id), state) for source, state, _, _ in known]
    states: dict[Labels, float] = {(name, ("state", state.state)): 1.0 for name, state in rows}
    failures: dict[Labels, float] = {(name,): float(state.failures) for name, state in rows}
    polled: dict[Labels, float] = {
        (name, ("outcome", state.outcome or "")): _seconds(state.last_poll) for name, state in rows if state.last_poll
    }
    following: dict[Labels, float] = {(name,): _seconds(state.next_poll) for name, state in rows if state.next_poll}
    yield gauge("source_state", "1 for the state of a source, those in trouble first.", states)
    yield gauge("source_last_poll_timestamp_seconds", "When a source was polled last, and the outcome.", polled)
    yield gauge("source_failures", "Polls of a source that failed in a row.", failures)
    yield gauge("source_next_poll_timestamp_seconds", "When a source is polled next; none if never.", following)


def _seconds(moment: datetime) -> float:
    return float(int(moment.timestamp()))

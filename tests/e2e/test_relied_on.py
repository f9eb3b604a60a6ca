"""Sentences that other programs rely on, through the command line."""

from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.model import FetchState, Poll
from aggregator.store.sqlite import open_store
from tests.e2e.test_commands import WAIT, ask, free_port, start, until
from tests.origin import Origin, Reply
from tests.planet import Planet, item, rss

STATUS = """source title url effective_url state since last_poll last_success last_new_entry next_poll not_before failures error
    entries interval_seconds""".split()


def aged(planet: Planet, by: timedelta) -> None:
    """As if the last request without validators, and what was planned then, were so much longer ago."""
    with closing(open_store(planet.folder / "aggregator.db")) as store:
        for poll in store.polls():
            store.postpone(Poll(poll.source, older(poll.state, by)))


def older(state: FetchState, by: timedelta) -> FetchState:
    times = ("first_poll", "last_poll", "last_success", "last_full", "next_poll", "not_before", "retry_after")
    found = {name: getattr(state, name) for name in times}
    return replace(state, **{name: value - by for name, value in found.items() if value})


@pytest.mark.parametrize(("days", "whole"), [(28, [False, False]), (31, [True, False])])
def test_about_every_30_days_a_source_is_asked_once_without_validators(
    origin: Origin, planet: Planet, days: int, whole: list[bool]
) -> None:
    origin.documents["/a"] = rss(item(1))
    planet.sources(origin.address, ["a"])
    planet.run("fetch")
    aged(planet, timedelta(days=days))
    origin.requests.clear()

    planet.run("fetch")
    aged(planet, timedelta(days=1))
    planet.run("fetch")

    assert ["if-none-match" not in asked.headers for asked in origin.requests] == whole


@pytest.mark.parametrize(
    ("reply", "all_asks", "force_asks"),
    [
        (Reply(status=410), False, False),
        (Reply(status=429, headers={"Retry-After": "7200"}), False, True),
        (Reply(rss(item(1)), headers={"Cache-Control": "max-age=7200"}), False, True),
        (Reply(status=500), False, True),
    ],
    ids=["gone", "Retry-After", "fresh", "failed a moment ago"],
)
def test_all_asks_nobody_too_early_and_force_only_not_who_is_gone(
    origin: Origin, planet: Planet, reply: Reply, all_asks: bool, force_asks: bool
) -> None:
    origin.documents["/a"] = reply
    planet.sources(origin.address, ["a"])
    planet.run("fetch")
    aged(planet, timedelta(seconds=-2) if reply.status == 500 else timedelta(0))

    planet.run("fetch", "--all")
    after_all = len(origin.requests)
    planet.run("fetch", "--force")

    assert (after_all > 1, len(origin.requests) > after_all) == (all_asks, force_asks)


def test_run_asks_nobody_at_its_start_who_is_not_due(origin: Origin, planet: Planet) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    names, head = ["a", "b"], f'[aggregator]\nlisten = "127.0.0.1:{port}"'
    origin.documents |= {f"/{name}": rss(item(n, title=f"Of {name}")) for n, name in enumerate("abc")}
    planet.sources(origin.address, names, head=head)
    planet.run("fetch")
    planet.sources(origin.address, [*names, "c"], head=head)

    service = start(planet, "run")
    try:
        seen = until(lambda: b"Of c" in ask(f"http://127.0.0.1:{port}/feed.atom")[1])
    finally:
        service.terminate()
        service.communicate(timeout=20)

    assert seen
    assert sorted(asked.path for asked in origin.requests) == ["/a", "/b", "/c"]


def test_after_a_downtime_overdue_sources_are_spread(origin: Origin, planet: Planet) -> None:
    names = [f"s{n}" for n in range(20)]
    origin.documents |= {f"/{name}": rss(item(n)) for n, name in enumerate(names)}
    planet.sources(origin.address, names, head='[aggregator]\nlisten = "unix:run.sock"')
    planet.run("fetch")
    aged(planet, timedelta(hours=10))
    origin.requests.clear()

    for _ in range(5):  # restarts
        service = start(planet, "run")
        assert until(lambda: (planet.folder / "run.sock").exists())
        WAIT.wait(1.0)
        service.terminate()
        service.communicate(timeout=20)

    assert len(origin.requests) <= 6
    rows = planet.run("status", "--json").rows()
    following = sorted(datetime.fromisoformat(row["next_poll"]) for row in rows)
    assert following[-1] - following[0] > timedelta(minutes=45)


def test_status_has_a_word_for_each_end(origin: Origin, planet: Planet) -> None:
    origin.documents |= {
        "/ok": rss(item(1)),
        "/gone": Reply(status=410),
        "/throttled": Reply(status=429, headers={"Retry-After": "60"}),
        "/failing": Reply(status=500),
        "/paused": rss(item(2)),
        "/blocked": Reply(status=302, headers={"Location": "http://10.0.0.1/"}),
    }
    names = [name[1:] for name in origin.documents]
    planet.sources(origin.address, names)
    planet.fetch()
    planet.run("pause", "paused")

    rows = {row["source"]: row for row in planet.run("status", "--json").rows()}

    assert {name: row["state"] for name, row in rows.items()} == {name: name for name in names}
    assert all(list(row) == STATUS for row in rows.values())
    assert {name for name, row in rows.items() if row["next_poll"] is None} == {"gone", "paused"}
    assert rows["throttled"]["not_before"] is not None


def test_metrics_tell_of_each_source_what_happened(origin: Origin, planet: Planet) -> None:
    origin.documents |= {"/ok": rss(item(1)), "/failing": Reply(status=500), "/gone": Reply(status=410)}
    address = f"127.0.0.1:{free_port()}"
    planet.sources(origin.address, ["ok", "failing", "gone"], head=f'[aggregator]\nlisten = "{address}"')
    planet.fetch()
    rows = {row["source"]: row for row in planet.run("status", "--json").rows()}

    service = start(planet, "run")
    try:
        assert until(lambda: ask(f"http://{address}/readyz")[0] == 200)
        figures = ask(f"http://{address}/metrics")[1].decode().splitlines()
    finally:
        service.terminate()
        service.communicate(timeout=20)

    outcomes = {"ok": "ok", "failing": "error:http", "gone": "error:gone"}
    for name, row in rows.items():
        at = int(datetime.fromisoformat(row["last_poll"]).timestamp())
        assert f'aggregator_source_state{{source="{name}",state="{name}"}} 1' in figures
        assert f'aggregator_source_failures{{source="{name}"}} {row["failures"]}' in figures
        last = f'aggregator_source_last_poll_timestamp_seconds{{source="{name}",outcome="{outcomes[name]}"}} {at}'
        assert last in figures
        assert f'aggregator_sources_in_state{{state="{name}"}} 1' in figures
    following = [line for line in figures if line.startswith("aggregator_source_next_poll_timestamp_seconds{")]
    assert len(following) == 2

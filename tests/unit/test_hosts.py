"""What all sources of one host together may ask of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Answer, FetchSettings
from aggregator.schedule import hosts
from aggregator.schedule.hosts import Ended, HostNote

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
URL = "https://blog.example/feed"
SETTINGS = FetchSettings(allow_private=("127.0.0.1:8000",))


def answer(status: int, retry_after: str | None = None, url: str = URL) -> Answer:
    return Answer(url, url, status, (("retry-after", retry_after),) if retry_after else ())


def asked(*statuses: int, note: HostNote | None = None) -> HostNote:
    note = note or HostNote()
    for status in statuses:
        note = hosts.settled({"blog.example": note}, URL, answer(status), SETTINGS, NOW)["blog.example"]
    return note


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Blog.Example/feed", "blog.example"),
        ("http://blog.example:80/feed", "blog.example"),
        ("https://user:pw@blog.example:443/", "blog.example"),
        ("http://blog.example:8080/", "blog.example:8080"),
        ("http://[::1]:99999/", ""),
        ("nonsense", ""),
    ],
)
def test_a_budget_belongs_to_a_host_name(url: str, host: str) -> None:
    assert hosts.host_of(url) == host


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://alice.tumblr.example/rss", "*.tumblr.example"),
        ("https://Bob.tumblr.example:443/rss", "*.tumblr.example"),
        ("https://tumblr.example/rss", "*.tumblr.example"),
        ("http://alice.tumblr.example:8080/", "*.tumblr.example:8080"),
        ("http://127.0.0.1:8000/feed", "127.0.0.1:8000"),
        ("http://[2001:db8::1]/feed", "2001:db8::1"),
        ("http://localhost/feed", "*.localhost"),
        ("nonsense", ""),
    ],
)
def test_hosts_of_one_site_share_a_budget_where_the_user_says_so(url: str, name: str) -> None:
    assert hosts.budget(url, "site") == name
    assert hosts.budget(url, "feed") == hosts.budget(url) == hosts.host_of(url)


def test_retry_after_binds_all_hosts_of_a_site() -> None:
    alice, bob = "https://alice.tumblr.example/rss", "https://bob.tumblr.example/rss"

    notes = hosts.settled({}, alice, answer(429, "3600", alice), SETTINGS, NOW, scope="site")

    assert hosts.free_at(notes[hosts.budget(bob, "site")], NOW) == NOW + HOUR
    assert list(notes) == ["*.tumblr.example"]


def test_two_requests_of_one_host_are_a_second_apart() -> None:
    note = asked(200)

    assert hosts.free_at(note, NOW) == NOW + SECOND
    assert hosts.free_at(note, NOW + HOUR) == NOW + HOUR
    assert hosts.free_at(HostNote(), NOW) == NOW


def test_force_makes_no_pause() -> None:
    note = hosts.after(asked(200), answer(429, "60"), SETTINGS, NOW)

    assert hosts.free_at(note, NOW, mode="force") == NOW


def test_a_request_without_an_answer_is_one_too() -> None:
    note = hosts.settled({}, URL, None, SETTINGS, NOW)["blog.example"]

    assert note == HostNote(last=NOW, turn=1)


def test_retry_after_of_a_public_host_binds_all_its_sources() -> None:
    note = hosts.after(HostNote(), answer(503, "3600"), SETTINGS, NOW)

    assert hosts.free_at(note, NOW) == NOW + HOUR


def test_retry_after_of_an_own_host_binds_the_one_source_alone() -> None:
    note = hosts.after(HostNote(), answer(503, "3600", "http://127.0.0.1:8000/feed"), SETTINGS, NOW)

    assert hosts.free_at(note, NOW) == NOW


def test_retry_after_binds_the_one_source_alone_where_the_user_says_so() -> None:
    notes = hosts.settled({}, URL, answer(503, "3600"), SETTINGS, NOW, scope="feed")

    assert hosts.free_at(notes["blog.example"], NOW + timedelta(seconds=2)) == NOW + timedelta(seconds=2)
    assert notes["blog.example"].slow == 1


def test_retry_after_is_believed_for_a_week_at_the_most() -> None:
    note = hosts.after(HostNote(), answer(503, "999999999"), SETTINGS, NOW)

    assert hosts.free_at(note, NOW) == NOW + timedelta(days=7)


def test_the_longer_of_two_refusals_holds() -> None:
    note = hosts.after(HostNote(), answer(503, "3600"), SETTINGS, NOW)

    assert hosts.after(note, answer(503, "60"), SETTINGS, NOW).not_before == NOW + HOUR


def test_refusals_slow_a_host_and_good_answers_speed_it_up_again() -> None:
    slow = asked(429, 503, 429)
    slowest = asked(*[429] * 20)
    mended = asked(200, 304, note=slow)

    assert [hosts.pause(n) / SECOND for n in (HostNote(), slow, slowest, mended)] == [1, 8, 64, 2]


def test_other_errors_neither_slow_nor_speed_up() -> None:
    slow = asked(429)

    assert asked(404, 500, note=slow).slow == slow.slow


def test_a_burst_of_403_leaves_the_host_alone_for_longer_each_time() -> None:
    waits = [asked(*[403] * n).not_before for n in (1, 2, 3, 4, 30)]

    assert waits == [None, None, NOW + HOUR, NOW + 2 * HOUR, NOW + 24 * HOUR]


@pytest.mark.parametrize("between", [200, 304, 404, 429])
def test_other_answers_between_make_it_no_burst(between: int) -> None:
    assert asked(403, 403, between, 403, 403).not_before is None


def test_after_a_redirect_only_who_refused_is_bound() -> None:
    refused = Answer(URL, "https://cdn.example/feed", 429, (("retry-after", "3600"),))

    notes = hosts.settled({"cdn.example": HostNote(turn=7)}, URL, refused, SETTINGS, NOW)

    assert notes["blog.example"] == HostNote(last=NOW, turn=1)
    assert notes["cdn.example"] == HostNote(last=NOW, turn=8, slow=1, not_before=NOW + HOUR)


@pytest.mark.parametrize("days", [-400, 400])
def test_a_clock_that_was_set_binds_nobody_for_ever(days: int) -> None:
    note = hosts.after(asked(200), answer(503, "3600"), SETTINGS, NOW)
    there = NOW + timedelta(days=days)

    assert hosts.free_at(note, there) == there


@pytest.mark.parametrize("days", [-400, -1, 400])
def test_a_clock_that_was_set_shortens_no_wait(days: int) -> None:
    note = hosts.after(asked(200), answer(503, "3600"), SETTINGS, NOW)
    there = NOW + timedelta(days=days)

    assert hosts.free_at(hosts.after_jump(note, there), there) == there + HOUR


def test_a_machine_that_was_off_is_no_jump() -> None:
    note = asked(200)

    assert hosts.after_jump(note, NOW + timedelta(days=100)) is note


def test_sources_of_one_host_never_fall_into_step() -> None:
    places = sorted(hosts.jitter(HostNote(turn=n), 0.25) for n in range(20))

    gaps = [later - earlier for earlier, later in pairwise(places)]

    assert places[0] >= 0
    assert places[-1] < 1
    assert min(gaps) > 0.5 / 20


# ---------------------------------------------------------------- an outage of our own


def ended(*hosts_ended: tuple[str, bool, bool]) -> list[Ended]:
    return [Ended(host, unreachable, worked) for host, unreachable, worked in hosts_ended]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (ended(), False),
        (ended(("a", True, True), ("b", True, True), ("c", True, True)), True),
        (ended(("a", True, True), ("b", True, True)), False),
        (ended(("a", True, False), ("b", True, False), ("c", True, False)), False),
        (ended(("a", True, True), ("b", True, True), ("c", True, True), ("a", False, True)), False),
        (ended(*((str(n), n > 0, True) for n in range(5))), True),
        (ended(*((str(n), n > 1, True) for n in range(5))), False),
        (ended(*((str(n), n < 50, True) for n in range(1000))), False),
    ],
    ids=[
        "nobody",
        "all",
        "two say nothing",
        "who never worked says nothing",
        "one answered once",
        "four of five",
        "three of five",
        "fifty of a thousand",
    ],
)
def test_most_hosts_gone_at_once_is_our_own_outage(results: list[Ended], expected: bool) -> None:
    assert hosts.outage(results) is expected


# ---------------------------------------------------------------- to and from the store

moments = st.none() | st.datetimes(timezones=st.just(UTC))


@given(
    st.builds(
        HostNote,
        last=moments,
        not_before=moments,
        slow=st.integers(0, 6),
        refusals=st.integers(0, 99),
        turn=st.integers(0, 10**9),
    )
)
def test_a_note_survives_the_store(note: HostNote) -> None:
    assert hosts.unpacked(hosts.packed(note)) == note


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '{"last": 5}', '{"last": "x"}', '{"slow": []}'])
def test_a_note_that_is_not_ours_is_a_fresh_one(text: str) -> None:
    assert hosts.unpacked(text) == HostNote()


def test_a_note_is_kept_only_while_it_changes_something() -> None:
    note = asked(200)

    assert hosts.worth_keeping(note, NOW)
    assert not hosts.worth_keeping(note, NOW + HOUR)
    assert hosts.worth_keeping(replace(note, slow=1), NOW + HOUR)
    assert hosts.worth_keeping(asked(403), NOW + HOUR)

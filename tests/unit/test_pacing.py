"""When a source is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Answer, FetchSettings, FetchState, Hop, Source
from aggregator.schedule import pacing
from aggregator.schedule.limits import CEILING, HARD, RETRY_CEILING, limits
from aggregator.schedule.pacing import Hints

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"
URL = "https://blog.example/feed"
SOURCE = Source(id="blog", url=URL)
SETTINGS = FetchSettings()
OWN = Source(id="own", url="http://127.0.0.1:8000/feed")
OWN_SETTINGS = FetchSettings(interval=timedelta(seconds=1), allow_private=("127.0.0.1:8000",))
VALIDATORS = {"etag": '"1"'}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEW, SILENT = FetchState(), Hints()


def answer(
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    url: str = URL,
    final_url: str = URL,
    hops: tuple[Hop, ...] = (),
    conditional: bool = False,
) -> Answer:
    return Answer(url, final_url, status, tuple((headers or {}).items()), hops, conditional=conditional)


def document(
    state: FetchState = NEW,
    headers: dict[str, str] | None = None,
    *,
    source: Source = SOURCE,
    settings: FetchSettings = SETTINGS,
    hints: Hints = SILENT,
    now: datetime = NOW,
    jitter: float = 0.0,
    **fields: Any,
) -> FetchState:
    got = answer(200, VALIDATORS if headers is None else headers, **fields)
    return pacing.after_document(state, source, settings, got, hints, now, jitter)


def failure(
    state: FetchState = NEW,
    status: int | None = 500,
    headers: dict[str, str] | None = None,
    *,
    kind: str = "http",
    source: Source = SOURCE,
    settings: FetchSettings = SETTINGS,
    now: datetime = NOW,
    jitter: float = 0.0,
    **fields: Any,
) -> FetchState:
    got = None if status is None else answer(status, headers, **fields)
    return pacing.after_failure(state, source, settings, kind, "it failed", got, now, jitter)


def seconds(moment: datetime | None, since: datetime = NOW) -> float | None:
    return None if moment is None else (moment - since).total_seconds()


# status, headers, what else holds; seconds until the next poll, seconds in which not even --all asks
REFERENCE: list[tuple[str, int, dict[str, str], dict[str, Any], int | None, int | None]] = [
    ("nothing said", 200, {}, {}, 3600, 900),
    ("304 with a short max-age", 304, {"cache-control": "max-age=300"}, {}, 3600, 900),
    ("max-age less Age", 200, {"cache-control": "public, max-age=43200", "age": "3600"}, {}, 39600, 39600),
    ("max-age of a year", 200, {"cache-control": "max-age=31536000"}, {}, 172800, 172800),
    ("no-cache beats max-age", 200, {"cache-control": "no-cache, max-age=43200"}, {}, 3600, 900),
    ("Expires: 0", 200, {"expires": "0"}, {}, 3600, 900),
    ("Expires", 200, {"date": DATE, "expires": "Fri, 15 Jan 2027 14:00:00 GMT"}, {}, 21600, 21600),
    (
        "max-age beats Expires",
        200,
        {"date": DATE, "expires": "Fri, 15 Jan 2027 14:00:00 GMT", "cache-control": "max-age=0"},
        {},
        3600,
        900,
    ),
    ("s-maxage is for others", 200, {"cache-control": "s-maxage=86400"}, {}, 3600, 900),
    ("ttl", 200, {}, {"ttl": 10800}, 10800, 900),
    ("sy: monthly", 200, {}, {"ttl": 30 * 86400}, 86400, 900),
    ("own rhythm and max-age", 200, {"cache-control": "max-age=7200"}, {"adaptive": 21600}, 21600, 7200),
    ("interval below max-age", 200, {"cache-control": "max-age=7200"}, {"user": 1800}, 7200, 7200),
    ("interval below the hard floor", 200, {}, {"user": 60}, 900, 900),
    ("no validators", 200, {}, {"validators": False}, 10800, 900),
    ("429 with a short Retry-After", 429, {"retry-after": "120"}, {}, 3600, 3600),
    ("429 with a longer max-age", 429, {"retry-after": "7200", "cache-control": "max-age=172800"}, {}, 172800, 172800),
    ("503 with a date", 503, {"date": DATE, "retry-after": "Fri, 15 Jan 2027 11:00:00 GMT"}, {}, 10800, 10800),
    ("third 429 in a row", 429, {}, {"failures": 2}, 14400, 14400),
    ("429 with Retry-After of a year", 429, {"retry-after": "31536000"}, {}, 604800, 604800),
    ("fifth 500 in a row", 500, {}, {"failures": 4}, 57600, 900),
    ("first 404", 404, {}, {}, 3600, 900),
    ("410", 410, {}, {}, None, None),
]


@pytest.mark.parametrize(
    ("status", "headers", "given", "poll", "least"), [case[1:] for case in REFERENCE], ids=[c[0] for c in REFERENCE]
)
def test_the_next_poll_is_that_of_the_reference(
    status: int, headers: dict[str, str], given: dict[str, Any], poll: int | None, least: int | None
) -> None:
    user = timedelta(seconds=given["user"]) if "user" in given else None
    source = replace(SOURCE, interval=user)
    state = FetchState(
        etag='"1"', adaptive=timedelta(seconds=given.get("adaptive", 3600)), failures=given.get("failures", 0)
    )
    hints = Hints(ttl=timedelta(seconds=given.get("ttl", 0)))
    if status == 200:
        headers = headers | ({} if given.get("validators") is False else VALIDATORS)
        after = pacing.after_document(state, source, SETTINGS, answer(200, headers), hints, NOW, 0.0)
    elif status == 304:
        after = pacing.after_not_modified(state, source, SETTINGS, answer(304, headers), NOW, 0.0)
    else:
        kind = {410: "gone", 429: "ratelimited", 503: "ratelimited"}.get(status, "http")
        after = pacing.after_failure(state, source, SETTINGS, kind, "no", answer(status, headers), NOW, 0.0)

    assert (seconds(after.next_poll), seconds(after.not_before)) == (poll, least)


# ---------------------------------------------------------------- validators


def test_both_validators_are_replaced_as_a_pair() -> None:
    state = FetchState(etag='"old"', last_modified="yesterday", validators_for="https://old.example/")

    after = document(state, {"etag": 'W/"a,b"'})

    assert (after.etag, after.last_modified, after.validators_for) == ('W/"a,b"', None, URL)


def test_validators_of_both_ends_of_a_redirect_are_kept_apart() -> None:
    there = Answer(
        URL, "https://moved.example/", 200, (("etag", '"there"'),), (Hop(302, URL, "https://moved.example/"),)
    )
    state = FetchState(etag='"here"', last_modified="yesterday", validators_for=URL)

    away = pacing.after_document(state, SOURCE, SETTINGS, there, Hints(), NOW, 0)
    back = pacing.after_not_modified(away, SOURCE, SETTINGS, Answer(URL, URL, 304, ()), NOW, 0)

    for known in (away, back):
        assert known.validators(URL) == ('"here"', "yesterday")
        assert known.validators("https://moved.example/") == ('"there"', None)
        assert known.validators("https://other.example/") == (None, None)


def test_a_304_updates_what_it_names_and_keeps_the_rest() -> None:
    state = FetchState(etag='"1"', last_modified="Mon, 02 Nov 2026 09:08:07 GMT")

    after = pacing.after_not_modified(state, SOURCE, SETTINGS, answer(304, {"etag": '"2"'}), NOW, 0.0)

    assert (after.etag, after.last_modified) == ('"2"', "Mon, 02 Nov 2026 09:08:07 GMT")


@pytest.mark.parametrize("kind", ["parse", "empty", "not_feed", "encoding", "too_large"])
def test_a_body_that_could_not_be_read_leaves_the_old_validators(kind: str) -> None:
    state = FetchState(etag='"good"', last_modified="then", body_hash=b"1")

    after = failure(state, 200, {"etag": '"bad"'}, kind=kind)

    assert (after.etag, after.last_modified, after.body_hash) == ('"good"', "then", b"1")
    assert after.outcome == f"error:{kind}"


def test_a_document_that_ended_early_leaves_the_old_validators() -> None:
    after = document(FetchState(etag='"good"'), {"etag": '"bad"'}, hints=Hints(whole=False))

    assert after.etag == '"good"'


# ---------------------------------------------------------------- asking without validators


@pytest.mark.parametrize(("days", "wants"), [(0, False), (29, False), (30, True), (45, True)])
def test_about_every_thirty_days_it_is_asked_without_validators(days: int, wants: bool) -> None:
    state = FetchState(etag='"1"', last_full=NOW, last_poll=NOW + timedelta(days=days) - HOUR)

    assert pacing.wants_unconditional(state, NOW + timedelta(days=days)) is wants


@pytest.mark.parametrize("state", [FetchState(), FetchState(last_full=NOW), FetchState(etag='"1"')])
def test_without_validators_or_a_first_poll_there_is_nothing_to_leave_out(state: FetchState) -> None:
    assert not pacing.wants_unconditional(state, NOW + timedelta(days=99))


def test_only_an_unconditional_answer_counts_as_one() -> None:
    state = document(now=NOW)

    conditional = document(state, now=NOW + DAY, conditional=True)
    unconditional = document(state, now=NOW + DAY)

    assert (conditional.last_full, unconditional.last_full) == (NOW, NOW + DAY)


# ---------------------------------------------------------------- rhythm


def test_a_daily_source_is_asked_every_twelve_hours() -> None:
    dates = tuple(NOW - timedelta(days=n) for n in range(20))

    after = document(hints=Hints(dates=dates))

    assert (after.adaptive, seconds(after.next_poll)) == (timedelta(hours=12), 43200)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ((), HOUR),
        ((NOW,), HOUR),
        ((NOW, NOW), HOUR),
        ((NOW, NOW - timedelta(days=365)), CEILING),
        ((NOW - timedelta(hours=8), NOW, NOW - timedelta(hours=24)), timedelta(hours=6)),
    ],
    ids=["none", "one", "at once", "yearly", "unsorted"],
)
def test_the_rhythm_is_half_the_median_gap_within_bounds(dates: tuple[datetime, ...], expected: timedelta) -> None:
    assert pacing.adaptive(dates, HOUR) == expected


def test_a_document_without_dates_keeps_the_rhythm() -> None:
    assert document(FetchState(adaptive=timedelta(hours=7))).adaptive == timedelta(hours=7)


def test_a_wish_for_seldom_is_kept() -> None:
    after = document(source=replace(SOURCE, interval=timedelta(days=30)), hints=Hints(dates=(NOW, NOW - HOUR)))

    assert after.next_poll == NOW + timedelta(days=30)


def test_a_general_interval_over_a_day_is_kept() -> None:
    assert document(settings=FetchSettings(interval=timedelta(days=2))).next_poll == NOW + timedelta(days=2)


def test_a_source_that_is_pushed_is_asked_once_a_day() -> None:
    pushed, lapsed = (FetchState(lease_until=NOW + timedelta(hours=n)) for n in (1, -1))

    assert seconds(document(pushed).next_poll) == 86400
    assert seconds(document(lapsed).next_poll) == 3600


def test_skipped_hours_move_the_next_poll() -> None:
    after = document(hints=Hints(skip_hours=(9, 10)))

    assert after.next_poll == NOW.replace(hour=11)


@given(st.floats(0, 1, exclude_max=True))
def test_jitter_only_makes_later_and_by_a_tenth(jitter: float) -> None:
    after = document(jitter=jitter)

    assert after.next_poll is not None
    assert NOW + HOUR <= after.next_poll <= NOW + HOUR * 1.1


@given(
    jitter=st.floats(0, 1, exclude_max=True),
    headers=st.dictionaries(
        st.sampled_from(["cache-control", "expires", "age", "date", "retry-after", "etag"]),
        st.sampled_from(["max-age=1", "max-age=99999999999999", "max-age=-3", "max-age", "no-store", DATE, "0", "junk"])
        | st.text("0123456789,=-axge ", max_size=20),
    ),
    status=st.sampled_from([200, 304, 301, 400, 404, 429, 500, 503, 599]),
    failures=st.integers(0, 5000),
    wish=st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=60)),
    ttl=st.timedeltas(timedelta(0), timedelta(days=999_999)),
)
def test_nobody_is_asked_too_early_and_nobody_is_forgotten(
    jitter: float, headers: dict[str, str], status: int, failures: int, wish: timedelta | None, ttl: timedelta
) -> None:
    source = replace(SOURCE, interval=wish)
    state = FetchState(etag='"1"', failures=failures)
    if status == 200:
        after = document(state, headers, source=source, hints=Hints(ttl=ttl), jitter=jitter)
    elif status == 304:
        after = pacing.after_not_modified(state, source, SETTINGS, answer(304, headers), NOW, jitter)
    else:
        after = failure(state, status, headers, source=source, jitter=jitter)

    assert after.next_poll is not None
    assert after.not_before is not None
    assert after.next_poll >= after.not_before >= NOW + HARD
    assert after.next_poll >= NOW + max(HARD, wish or HOUR)
    assert after.next_poll <= NOW + 1.2 * max(RETRY_CEILING, wish or HOUR)
    assert not pacing.may_ask(after, "due", after.next_poll - timedelta(microseconds=1))
    assert pacing.may_ask(after, "due", after.next_poll)


# ---------------------------------------------------------------- the user's own hosts


def test_an_own_host_may_be_asked_every_second() -> None:
    after = document(source=OWN, settings=OWN_SETTINGS, headers={}, url=OWN.url, final_url=OWN.url)

    assert (seconds(after.next_poll), seconds(after.not_before)) == (1, 1)


def test_an_own_host_with_a_slow_interval_is_asked_by_its_own_rhythm() -> None:
    settings = replace(OWN_SETTINGS, interval=HOUR)

    after = document(source=OWN, settings=settings, hints=Hints(ttl=2 * HOUR), url=OWN.url, final_url=OWN.url)

    assert (seconds(after.next_poll), seconds(after.not_before)) == (7200, 1)


def test_failures_of_an_own_host_back_off_from_its_interval() -> None:
    waits = [
        seconds(failure(FetchState(failures=n), source=OWN, settings=OWN_SETTINGS, final_url=OWN.url).next_poll)
        for n in (0, 1, 2, 20)
    ]

    assert waits == [1, 2, 4, 1024]


def test_an_own_host_that_leads_elsewhere_is_no_way_round_the_floor() -> None:
    after = document(source=OWN, settings=OWN_SETTINGS, url=OWN.url, final_url=URL)

    assert (seconds(after.not_before), seconds(after.next_poll)) == (900, 3600)


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8000/x", True),
        ("http://user:pw@127.0.0.1:8000/x", True),
        ("http://127.0.0.1/x", False),
        ("http://127.0.0.1:x/", False),
        ("http://[::1]:8000/", True),
        ("http://LOCALHOST/feed", True),
        ("https://localhost/feed", False),
        ("nonsense", False),
        ("http://[broken/", False),
    ],
)
def test_own_hosts_are_named_by_host_and_port(url: str, own: bool) -> None:
    settings = FetchSettings(allow_private=("127.0.0.1:8000", "[::1]:8000", "localhost:80"))

    assert limits(Source(id="s", url=url), settings).own is own


# ---------------------------------------------------------------- failures


def test_failures_back_off_to_once_a_day_and_never_end() -> None:
    state, waits = FetchState(), []
    for _ in range(8):
        state = failure(state)
        waits.append(state.interval / HOUR)

    assert waits == [1, 2, 4, 8, 16, 24, 24, 24]
    assert (state.failures, state.state, state.error) == (8, "failing", "it failed")


def test_a_retry_after_in_the_past_backs_off_all_the_same() -> None:
    past = {"retry-after": "Fri, 15 Jan 2021 08:00:00 GMT"}

    waits = [seconds(failure(FetchState(failures=n), 429, past, kind="ratelimited").next_poll) for n in (0, 1, 2)]

    assert waits == [3600, 7200, 14400]


@pytest.mark.parametrize("status", [301, 403, 404, 500])
def test_retry_after_is_honoured_on_every_error(status: int) -> None:
    after = failure(FetchState(), status, {"retry-after": "7200"})

    assert (after.state, seconds(after.not_before), seconds(after.retry_after)) == ("throttled", 7200, 7200)


def test_a_redirect_to_be_followed_later_is_forgotten_with_the_next_answer() -> None:
    hops = (Hop(301, URL, URL + "/b"), Hop(302, URL + "/b", URL + "/c"))

    state = failure(NEW, 302, {"retry-after": "60"}, kind="ratelimited", final_url=URL + "/b", hops=hops)

    assert state.hops() == hops
    assert document(state).hops() == failure(state, 500).hops() == failure(state, None).hops() == ()


def test_an_error_behind_redirects_leaves_nothing_to_follow() -> None:
    state = failure(NEW, 302, kind="redirect", final_url=URL + "/b", hops=(Hop(302, URL, URL + "/b"),))

    assert state.waiting == ()


def test_a_wish_longer_than_retry_after_counts() -> None:
    seldom = replace(SOURCE, interval=timedelta(days=30))

    assert failure(FetchState(), 429, {"retry-after": "9"}, source=seldom).next_poll == NOW + timedelta(days=30)


def test_an_address_that_the_guard_refuses_backs_off_too() -> None:
    first = failure(FetchState(), None, kind="blocked")
    second = failure(first, None, kind="blocked", now=NOW + HOUR)

    assert (first.state, first.since, second.since, second.outcome) == ("blocked", NOW, NOW, "blocked")
    assert seconds(second.next_poll, NOW + HOUR) == 7200


def test_a_source_dead_for_thirty_days_is_stale_and_still_asked_daily() -> None:
    state = FetchState(last_success=NOW - timedelta(days=31), failures=30)

    after = failure(state, 404)

    assert (after.state, seconds(after.next_poll)) == ("stale", 86400)


def test_a_source_that_never_worked_is_stale_after_thirty_days() -> None:
    state = failure(FetchState(), 404)

    later = failure(state, 404, now=NOW + timedelta(days=31))

    assert (state.state, later.state, later.since) == ("failing", "stale", NOW + timedelta(days=31))


def test_success_ends_all_trouble() -> None:
    state = failure(FetchState(), 503, {"retry-after": "7200"})

    after = document(state, now=NOW + DAY)

    assert (after.state, after.since, after.failures, after.error) == ("ok", NOW + DAY, 0, None)
    assert (after.retry_after, after.last_success, after.first_poll) == (None, NOW + DAY, NOW)


def test_after_410_a_source_is_asked_no_more() -> None:
    after = failure(FetchState(etag='"1"', last_success=NOW), 410, kind="gone")

    assert (after.state, after.next_poll, after.not_before, after.outcome) == ("gone", None, None, "error:gone")


def test_an_expired_json_feed_is_read_and_then_asked_no_more() -> None:
    after = document(hints=Hints(expired=True))

    assert (after.state, after.next_poll, after.outcome, after.last_success) == ("gone", None, "ok", NOW)


@pytest.mark.parametrize(
    ("adaptive", "silent", "state"),
    [(HOUR, 13, "ok"), (HOUR, 15, "quiet"), (DAY, 89, "ok"), (DAY, 91, "quiet"), (12 * HOUR, 46, "quiet")],
)
def test_a_source_is_quiet_by_its_own_rhythm(adaptive: timedelta, silent: int, state: str) -> None:
    known = FetchState(adaptive=adaptive, last_new_entry=NOW - timedelta(days=silent))

    assert document(known).state == state


def test_the_moment_a_state_began_stays() -> None:
    first = document()
    second = document(first, now=NOW + HOUR)

    assert second.since == NOW


# ---------------------------------------------------------------- an outage of our own


def test_an_outage_is_blamed_on_nobody() -> None:
    state = document()

    after = pacing.after_outage(state, SOURCE, SETTINGS, NOW + HOUR, 0.5)

    assert (after.failures, after.state, after.last_success) == (0, "ok", NOW)
    assert seconds(after.next_poll, NOW + HOUR) == 1350


def test_an_outage_does_not_end_a_retry_after() -> None:
    state = failure(FetchState(), 503, {"retry-after": "86400"})

    assert pacing.after_outage(state, SOURCE, SETTINGS, NOW + HOUR, 0.0).next_poll == NOW + DAY


# ---------------------------------------------------------------- permanent redirects


def hops(*statuses: int, to: str = "https://new.example/feed") -> tuple[Hop, ...]:
    return tuple(
        Hop(
            status,
            URL if n == 0 else f"https://hop{n}.example/",
            to if n == len(statuses) - 1 else f"https://hop{n + 1}.example/",
        )
        for n, status in enumerate(statuses)
    )


def redirected(state: FetchState, chain: tuple[Hop, ...], days: float) -> FetchState:
    return document(state, now=NOW + timedelta(days=days), hops=chain, final_url=chain[-1].target)


def test_a_permanent_redirect_is_believed_at_its_second_sighting_a_day_later() -> None:
    first = redirected(FetchState(), hops(301, 308), 0)
    soon = redirected(first, hops(301, 308), 0.9)
    later = redirected(soon, hops(301, 308), 1)

    assert [s.effective_url for s in (first, soon, later)] == [None, None, "https://new.example/feed"]
    assert pacing.address(soon, SOURCE) == URL
    assert pacing.address(later, SOURCE) == "https://new.example/feed"


def test_a_304_is_a_sighting_too() -> None:
    first = redirected(FetchState(), hops(301), 0)
    moved = answer(304, hops=hops(301), final_url="https://new.example/feed")

    later = pacing.after_not_modified(first, SOURCE, SETTINGS, moved, NOW + DAY, 0.0)

    assert later.effective_url == "https://new.example/feed"


@pytest.mark.parametrize(
    ("chain", "believed"),
    [
        (hops(302), None),
        (hops(302, 301), None),
        (hops(301, 302), "https://hop1.example/"),
        (hops(301, to="http://blog.example/feed"), None),
    ],
    ids=["temporary", "temporary first", "temporary second", "to plain http"],
)
def test_a_temporary_or_insecure_hop_ends_what_is_believed(chain: tuple[Hop, ...], believed: str | None) -> None:
    later = redirected(redirected(FetchState(), chain, 0), chain, 2)

    assert later.effective_url == believed


def test_another_target_starts_afresh() -> None:
    first = redirected(FetchState(), hops(301), 0)
    other = redirected(first, hops(301, to="https://other.example/"), 2)
    none = document(other, now=NOW + timedelta(days=3))

    assert (other.effective_url, other.moved_to) == (None, "https://other.example/")
    assert none.moved_to is None


def test_a_redirect_to_what_is_no_feed_is_not_believed() -> None:
    first = redirected(FetchState(), hops(301), 0)

    parked = failure(first, 200, kind="not_feed", hops=hops(301), final_url="https://new.example/feed")

    assert parked.moved_to is None


@pytest.mark.parametrize(
    ("status", "kind", "kept"), [(404, "http", False), (500, "http", True), (429, "ratelimited", True)]
)
def test_an_adopted_address_that_is_no_more_is_given_up(status: int, kind: str, kept: bool) -> None:
    state = FetchState(effective_url="https://new.example/feed")

    assert (failure(state, status, kind=kind, url="https://new.example/feed").effective_url is not None) is kept


def test_of_an_adopted_address_that_cannot_be_read_that_of_feeds_toml_is_asked_in_turns() -> None:
    state = FetchState(effective_url="https://new.example/feed", state="ok", last_success=NOW)
    asked = []
    for _ in range(8):
        asked.append(pacing.address(state, SOURCE))
        state = failure(state, None, kind="network")

    assert [url == URL for url in asked] == [False] * 5 + [True, False, True]


@pytest.mark.parametrize(("status", "kind"), [(410, "gone"), (404, "http"), (200, "not_feed")])
def test_what_feeds_toml_names_and_is_left_for_long_says_nothing_of_the_source(status: int, kind: str) -> None:
    state = FetchState(effective_url="https://new.example/feed", failures=5, last_success=NOW)

    after = failure(state, status, kind=kind)

    assert (after.effective_url, after.state, after.failures) == (state.effective_url, "failing", 6)


def test_an_address_that_can_be_read_again_is_taken_back() -> None:
    state = FetchState(effective_url="https://new.example/feed", failures=5, last_success=NOW)

    back, still, elsewhere = (
        document(state),
        document(state, hops=hops(301), final_url="https://new.example/feed"),
        document(state, hops=hops(301, to="https://other.example/"), final_url="https://other.example/"),
    )

    assert [one.effective_url for one in (back, still, elsewhere)] == [None, "https://new.example/feed", None]
    assert elsewhere.moved_to == "https://other.example/"


def test_a_network_failure_changes_nothing_about_redirects() -> None:
    state = FetchState(effective_url="https://new.example/feed", moved_to="https://x.example/", moved_since=NOW)

    after = failure(state, None, kind="network")

    assert (after.effective_url, after.moved_to) == (state.effective_url, state.moved_to)


# ---------------------------------------------------------------- who may be asked


@pytest.mark.parametrize(
    ("mode", "early", "fresh", "due"),
    [("due", False, False, True), ("all", False, True, True), ("force", True, True, True)],
)
def test_all_and_force_go_before_the_schedule(mode: str, early: bool, fresh: bool, due: bool) -> None:
    state = document()

    asked = [pacing.may_ask(state, mode, NOW + timedelta(minutes=n)) for n in (5, 20, 61)]

    assert asked == [early, fresh, due]


@pytest.mark.parametrize(("mode", "may"), [("due", False), ("all", False), ("force", True)])
def test_only_force_goes_before_a_retry_after(mode: str, may: bool) -> None:
    state = failure(FetchState(), 429, {"retry-after": "7200"})

    assert pacing.may_ask(state, mode, NOW + HOUR) is may


@pytest.mark.parametrize("state", ["gone", "paused"])
@pytest.mark.parametrize("mode", ["due", "all", "force"])
@pytest.mark.parametrize("named", [True, False])
def test_who_is_gone_or_paused_is_asked_only_by_name_and_force(state: str, mode: str, named: bool) -> None:
    assert pacing.may_ask(FetchState(state=state), mode, NOW, named=named) is (mode == "force" and named)


def test_a_new_source_is_due() -> None:
    assert pacing.may_ask(FetchState(), "due", NOW)
    assert pacing.may_ask(FetchState(), "all", NOW)


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize("days", [-3650, -365, -1, 366, 3650])
def test_a_clock_that_was_set_moves_the_plan_and_nothing_else(days: int) -> None:
    state = document(now=NOW)
    there = NOW + timedelta(days=days)

    after = pacing.after_jump(state, there)

    assert (after.last_poll, after.last_full) == (there, there)
    assert (seconds(after.next_poll, there), seconds(after.not_before, there)) == (3600, 900)
    assert (after.retry_after, after.last_success, after.etag) == (None, NOW, state.etag)
    assert not pacing.wants_unconditional(state, there)


@pytest.mark.parametrize("days", [0, 1, 100, 365])
def test_a_machine_that_was_off_is_no_jump(days: int) -> None:
    state = document()

    assert pacing.after_jump(state, NOW + timedelta(days=days)) is state


def test_a_source_never_asked_has_no_clock_to_be_set() -> None:
    state = FetchState()

    assert pacing.after_jump(state, NOW) is state


def test_a_plan_that_only_a_wrong_clock_made_is_due() -> None:
    assert pacing.may_ask(FetchState(next_poll=NOW + timedelta(days=400)), "due", NOW)
    assert not pacing.may_ask(FetchState(next_poll=NOW + timedelta(days=8)), "due", NOW)


def test_who_waits_for_his_host_is_planned_after_it() -> None:
    state = FetchState(last_poll=NOW - HOUR, next_poll=NOW, interval=HOUR)
    until = NOW + timedelta(hours=5)

    assert pacing.after_waiting(state, until, 0.5).next_poll == until + timedelta(minutes=1)
    assert pacing.after_waiting(replace(state, next_poll=until), until, 0.5).next_poll == until
    assert pacing.after_waiting(FetchState(state="gone"), until, 0.5).next_poll is None


def test_who_is_latest_is_planned_soonest_after_a_wait_however_seldom_he_is_due() -> None:
    until = NOW + HOUR
    late = [FetchState(last_poll=until - 14 * HOUR, next_poll=NOW, interval=12 * HOUR)]
    late += [FetchState(last_poll=until - hours * HOUR, next_poll=NOW, interval=HOUR) for hours in (2.5, 1.2, 1)]

    waits = [planned for one in late if (planned := pacing.after_waiting(one, until, 0.0).next_poll)]

    assert waits == sorted(waits)
    assert until < waits[0] < waits[-1] == until + pacing.TURNS


def test_who_was_never_asked_comes_first_after_a_wait() -> None:
    state = pacing.after_waiting(FetchState(next_poll=NOW), NOW + HOUR, 0.5)

    assert state.next_poll == NOW + HOUR + timedelta(seconds=0.5)

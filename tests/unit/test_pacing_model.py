"""The rule beside the reference model of checklist part E, for whatever a server may say."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Answer, FetchSettings, FetchState, Source
from aggregator.schedule import pacing
from aggregator.schedule.pacing import Hints

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
URL = "https://blog.example/feed"
DAY = 86400
JUNK = st.sampled_from(["", "0", "-1", "soon", "1.5", "never", "0x10"])


@pytest.fixture(scope="session")
def model(shared: Path) -> Any:
    spec = importlib.util.spec_from_file_location("poll_model", shared / "standards" / "poll_model.py")
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def number(most: int) -> st.SearchStrategy[str]:
    return st.one_of(st.integers(0, most).map(str), JUNK)


def moment(most: int) -> st.SearchStrategy[str]:
    dates = st.integers(-most, most).map(lambda s: format_datetime(NOW + timedelta(seconds=s), usegmt=True))
    return st.one_of(dates, JUNK)


CONTROL = st.lists(
    st.one_of(
        st.sampled_from(["public", "no-cache", "no-store", "must-revalidate", "s-maxage=99999", 'private="x"']),
        number(90 * DAY).map(lambda n: f"max-age={n}"),
        number(90 * DAY).map(lambda n: f'MAX-AGE = "{n}"'),
    ),
    max_size=4,
).map(", ".join)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "cache-control": CONTROL,
        "expires": moment(10 * DAY),
        "date": moment(3600),
        "age": number(3 * DAY),
        "retry-after": st.one_of(number(20 * DAY), moment(10 * DAY)),
    },
)


@given(
    status=st.sampled_from([200, 226, 304, 301, 400, 403, 404, 410, 429, 500, 503]),
    headers=HEADERS,
    adaptive=st.integers(3600, DAY),
    ttl=st.integers(0, 9 * DAY),
    user=st.one_of(st.none(), st.integers(60, 7 * DAY)),
    fails=st.integers(0, 40),
    validators=st.booleans(),
    jitter=st.floats(0, 0.999),
)
def test_every_plan_is_that_of_the_model(
    model: Any,
    status: int,
    headers: dict[str, str],
    adaptive: int,
    ttl: int,
    user: int | None,
    fails: int,
    validators: bool,
    jitter: float,
) -> None:
    tags = {"etag": '"1"'} if validators or status == 304 else {}
    at, least, _ = model.next_poll(
        status, headers, NOW.timestamp(), adaptive=adaptive, ttl=ttl, user=user, fails=fails, has_validator=bool(tags),
        rnd=lambda: jitter,
    )  # fmt: skip

    after = planned(status, headers | tags, adaptive, ttl, user, fails, jitter)

    if at is None:
        assert (after.next_poll, after.not_before) == (None, None)
        return
    assert after.next_poll is not None
    assert after.not_before is not None
    told = model.retry_after(headers, NOW.timestamp())
    if status not in (200, 226, 304) and told == 0:  # no wait at all, or one in the past: we back off all the same
        assert after.next_poll.timestamp() >= at - 1
    else:
        assert after.next_poll.timestamp() == pytest.approx(at, abs=1e-3)
        assert after.not_before.timestamp() == pytest.approx(least, abs=1e-3)


def planned(
    status: int, headers: dict[str, str], adaptive: int, ttl: int, user: int | None, fails: int, jitter: float
) -> FetchState:
    source = Source("blog", URL, interval=None if user is None else timedelta(seconds=user))
    state = FetchState(
        adaptive=timedelta(seconds=adaptive), ttl=timedelta(seconds=ttl), failures=fails, last_poll=NOW - timedelta(1)
    )
    answer, settings = Answer(URL, URL, status, tuple(headers.items())), FetchSettings()
    if status == 304:
        return pacing.after_not_modified(state, source, settings, answer, NOW, jitter)
    if status in (200, 226):
        hints = Hints(ttl=timedelta(seconds=ttl))
        return pacing.after_document(state, source, settings, answer, hints, NOW, jitter)
    kind = {410: "gone", 429: "ratelimited", 503: "ratelimited"}.get(status, "http")
    return pacing.after_failure(state, source, settings, kind, "no", answer, NOW, jitter)

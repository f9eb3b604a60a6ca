"""What headers say about asking again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.schedule.freshness import freshness, header, http_date, retry_after

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 0),
        ({"cache-control": "max-age=60"}, 60),
        ({"cache-control": 'MAX-AGE = "60"'}, 60),
        ({"cache-control": "max-age=60, max-age=9000"}, 60),
        ({"cache-control": "max-age=1.5"}, 0),
        ({"cache-control": "max-age=-60"}, 0),
        ({"cache-control": "max-age"}, 0),
        ({"cache-control": "private, no-store, max-age=60"}, 0),
        ({"cache-control": 'no-cache="set-cookie", max-age=60'}, 0),
        ({"cache-control": "max-age=60", "age": "50"}, 10),
        ({"cache-control": "max-age=60", "age": "90"}, 0),
        ({"cache-control": "max-age=60", "age": "old"}, 60),
        ({"cache-control": "max-age=" + "9" * 400}, 100 * 365 * 86400),
        ({"expires": "Fri, 15 Jan 2027 08:01:00 GMT"}, 60),
        ({"expires": "Fri, 15 Jan 2027 08:01:00 GMT", "date": "Fri, 15 Jan 2027 07:00:00 GMT"}, 3660),
        ({"expires": "Fri, 15 Jan 2021 08:00:00 GMT"}, 0),
        ({"expires": "-1"}, 0),
        ({"cache-control": "public", "expires": "Fri, 15 Jan 2027 08:01:00 GMT"}, 60),
    ],
)
def test_freshness_is_what_cache_control_then_expires_say(headers: dict[str, str], expected: int) -> None:
    assert freshness(tuple(headers.items()), NOW).total_seconds() == expected


def test_directives_of_several_lines_are_one_list() -> None:
    headers = (("cache-control", "public"), ("cache-control", "max-age=60"))

    assert freshness(headers, NOW).total_seconds() == 60


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("99999999999", 100 * 365 * 86400),
        ("Fri, 15 Jan 2027 09:00:00 GMT", 3600),
        ("Friday, 15-Jan-27 09:00:00 GMT", 3600),
        ("Fri Jan 15 09:00:00 2027", 3600),
        ("Fri, 15 Jan 2021 09:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
        ("", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, expected: float | None) -> None:
    told = retry_after((("retry-after", text),), NOW)

    assert (told.total_seconds() if told is not None else None) == expected


def test_a_date_of_retry_after_counts_from_the_servers_own_clock() -> None:
    headers = (("retry-after", "Fri, 15 Jan 2021 09:00:00 GMT"), ("date", "Fri, 15 Jan 2021 08:00:00 GMT"))

    told = retry_after(headers, NOW)

    assert told is not None
    assert told.total_seconds() == 3600


def test_without_a_header_nothing_is_told() -> None:
    assert retry_after((), NOW) is None
    assert header((("etag", " a "),), "etag") == "a"
    assert http_date(None) is None
    assert http_date(DATE) == NOW

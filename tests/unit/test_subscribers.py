"""Subscriptions as our own hub sees them. Numbers in brackets are those of the websub.rocks hub cases."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.schedule import subscribers
from aggregator.schedule.subscribers import RETRIES, Subscription, Wish

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
TOPIC, CALLBACK = "https://planet.example/feed.atom", "https://reader.example/push?id=1"
FORM = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": CALLBACK}
WISH = Wish("subscribe", TOPIC, CALLBACK)
ONE = Subscription(TOPIC, CALLBACK, NOW + timedelta(days=1), sent="v1")


def test_a_typical_request_is_a_wish() -> None:
    assert subscribers.wish(FORM) == WISH  # [100]
    assert subscribers.wish(FORM | {"hub.secret": "s"}) == replace(WISH, secret="s")  # [101]
    assert subscribers.wish(FORM | {"foo": "bar", "hub.foo": "hub.bar"}) == WISH  # [102]
    assert subscribers.wish(FORM | {"hub.mode": "unsubscribe"}) == replace(WISH, mode="unsubscribe")  # [104]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hub.mode": ""}, "hub.mode"),
        ({"hub.mode": "denied"}, "hub.mode"),
        ({"hub.topic": ""}, "hub.topic"),
        ({"hub.callback": ""}, "hub.callback"),
        ({"hub.callback": "ftp://reader.example/"}, "http"),
        ({"hub.callback": "https:///push"}, "http"),
        ({"hub.callback": "https://reader.example:0/"}, "http"),
        ({"hub.callback": "https://reader.example:99999/"}, "http"),
        ({"hub.callback": "https://reader.example/\r\n"}, "http"),
        ({"hub.callback": "https://reader.example/ x"}, "http"),
        ({"hub.callback": "https://reader.example/" + "x" * 3000}, "http"),
        ({"hub.secret": "ü" * 100}, "200 bytes"),
    ],
)
def test_a_request_that_cannot_be_granted_is_told_why(changes: dict[str, str], reason: str) -> None:
    refused = subscribers.wish(FORM | changes)

    assert isinstance(refused, str)
    assert reason in refused


@pytest.mark.parametrize(
    ("seconds", "lease"),
    [
        ("86400", timedelta(days=1)),
        ("", timedelta(days=10)),
        ("soon", timedelta(days=10)),
        ("1", timedelta(minutes=5)),
        ("9" * 30, timedelta(days=30)),
    ],
)
def test_no_lease_is_for_ever(seconds: str, lease: timedelta) -> None:
    assert subscribers.wish(FORM | {"hub.lease_seconds": seconds}) == replace(WISH, lease=lease)


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        ("https://a.example/p?id=1", "https://a.example/p?id=1&hub.mode=subscribe&"),
        ("https://a.example/p", "https://a.example/p?hub.mode=subscribe&"),
    ],
)
def test_the_verification_keeps_the_callbacks_own_query(callback: str, expected: str) -> None:
    url = subscribers.verification(replace(WISH, callback=callback), "c&1")

    assert url.startswith(expected)
    assert url.endswith(
        "&hub.topic=https%3A%2F%2Fplanet.example%2Ffeed.atom&hub.challenge=c%261&hub.lease_seconds=864000"
    )
    assert "lease" not in subscribers.verification(replace(WISH, mode="unsubscribe"), "c")


def test_subscribing_again_replaces_the_first_and_loses_no_version() -> None:  # [103]
    longer = replace(WISH, lease=timedelta(days=20), secret="s")

    after = subscribers.granted({CALLBACK: ONE}, longer, "v2", NOW)

    assert after == {CALLBACK: Subscription(TOPIC, CALLBACK, NOW + timedelta(days=20), "s", sent="v1")}


def test_a_new_subscriber_starts_with_what_comes_next() -> None:
    assert subscribers.granted({}, WISH, "v2", NOW)[CALLBACK].sent == "v2"
    ended = replace(ONE, until=NOW)
    assert subscribers.granted({CALLBACK: ended}, WISH, "v2", NOW)[CALLBACK].sent == "v2"


def test_unsubscribing_ends_it() -> None:
    assert subscribers.granted({CALLBACK: ONE}, replace(WISH, mode="unsubscribe"), "v2", NOW) == {}


@pytest.mark.parametrize(
    ("one", "is_due"),
    [
        (ONE, True),
        (replace(ONE, sent="v2"), False),
        (replace(ONE, until=NOW), False),
        (replace(ONE, next_try=NOW + timedelta(seconds=1)), False),
        (replace(ONE, next_try=NOW), True),
    ],
    ids=["old version", "this version", "lease ended", "not yet again", "again"],
)
def test_who_has_an_old_version_is_due(one: Subscription, is_due: bool) -> None:
    assert subscribers.due([one], "v2", NOW) == ([one] if is_due else [])


def test_a_delivery_that_fails_is_tried_again_and_then_given_up_but_not_the_subscription() -> None:
    one: Subscription | None = ONE
    waits = []
    for _ in RETRIES:
        one = subscribers.after_delivery(one, "v2", 500, NOW) if one else None
        assert one is not None
        assert one.next_try is not None
        waits.append(one.next_try - NOW)

    assert tuple(waits) == RETRIES
    assert one is not None
    assert subscribers.after_delivery(one, "v2", 0, NOW) == replace(ONE, sent="v2")


def test_a_delivery_that_arrives_is_done_and_one_that_is_gone_ends_it() -> None:
    assert subscribers.after_delivery(replace(ONE, failures=2, next_try=NOW), "v2", 204, NOW) == replace(ONE, sent="v2")
    assert subscribers.after_delivery(ONE, "v2", 410, NOW) is None


def test_a_signature_is_an_hmac_of_the_body() -> None:
    expected = hmac.new(b"s", b"body", hashlib.sha256).hexdigest()

    assert subscribers.signature("s", b"body") == f"sha256={expected}"


def test_subscriptions_survive_the_store_until_they_run_out() -> None:
    ended = replace(ONE, callback="https://b.example/", until=NOW)
    text = subscribers.packed([replace(ONE, failures=1, next_try=NOW), ended])

    assert subscribers.unpacked(text, NOW) == {CALLBACK: replace(ONE, failures=1)}


@pytest.mark.parametrize("text", [None, "", "{", "7", "[7]", '[{"until": 1}]', "[{}]"])
def test_what_is_no_list_of_subscriptions_is_none(text: str | None) -> None:
    assert subscribers.unpacked(text, NOW) == {}

"""WebSub subscriptions as the subscriber sees them. Numbers in brackets are those of the websub.rocks cases."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.schedule import leases
from aggregator.schedule.leases import Lease

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL, TOPIC, HUB = "https://blog.example/feed", "https://blog.example/topic", "https://hub.example/"
NEW = Lease("blog", HUB, TOPIC)
BODY = b"<feed/>"
TOKEN, SECRET = "token", "secret"


def asked(lease: Lease = NEW, token: str = TOKEN, secret: str | None = SECRET, now: datetime = NOW) -> Lease:
    return leases.asking(lease, "subscribe", token, secret, now)


def granted(
    lease: Lease | None = None, token: str = TOKEN, seconds: str | None = "864000", now: datetime = NOW
) -> Lease:
    done = leases.verified(lease or asked(now=now), token, "subscribe", TOPIC, seconds, now)
    assert done is not None
    return done


def signature(method: str = "sha256", secret: str = SECRET, body: bytes = BODY) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


# ---------------------------------------------------------------- discovery


@pytest.mark.parametrize(
    ("header", "hubs", "self_url", "expected"),
    [
        ('<https://hub.example/>; rel="hub", </topic>; rel="self"', (), None, (HUB, TOPIC)),
        (None, (HUB,), TOPIC, (HUB, TOPIC)),
        ("</wrong>; rel=self", (HUB,), TOPIC, (HUB, TOPIC)),
        (
            "<https://hub.example/>; rel=hub, </topic>; rel=self",
            ("https://wrong.example/",),
            "https://wrong.example/feed",
            (HUB, TOPIC),
        ),
        ("<https://hub.example/>; rel=hub", (), TOPIC, (HUB, TOPIC)),
        ("<https://hub.example/>; rel=hub", (), None, (None, None)),
        (None, (), TOPIC, (None, None)),
        (None, (HUB,), None, (None, None)),
        (None, ("http://hub.example/", HUB), TOPIC, (HUB, TOPIC)),
        (None, ("ftp://hub.example/",), TOPIC, (None, None)),
        (None, ("http://hub.example/",), TOPIC, ("http://hub.example/", TOPIC)),
    ],
    ids=[
        "header [100]",
        "document [102, 103]",
        "a header without a hub",
        "header before document [104]",
        "hub in the header, self in the document",
        "no self",
        "no hub",
        "no self in the document",
        "https is preferred",
        "no web address",
        "http alone",
    ],
)
def test_hub_and_topic_are_what_the_source_says_of_itself(
    header: str | None, hubs: tuple[str, ...], self_url: str | None, expected: tuple[str | None, str | None]
) -> None:
    headers = (("link", header),) if header else ()

    assert leases.discovered(headers, URL, hubs, self_url) == expected


def test_a_source_that_names_a_hub_is_to_be_subscribed_to() -> None:
    assert leases.learned(None, "blog", HUB, TOPIC) == NEW
    assert leases.learned(None, "blog", None, None) is None
    assert leases.learned(NEW, "blog", HUB, None) is None


def test_the_same_hub_and_topic_keep_the_lease_and_others_start_afresh() -> None:
    lease = granted()

    assert leases.learned(lease, "blog", HUB, TOPIC) is lease
    assert leases.learned(lease, "blog", "https://other.example/", TOPIC) == replace(NEW, hub="https://other.example/")


# ---------------------------------------------------------------- asking


def test_the_form_has_what_the_hub_needs() -> None:
    form = leases.parameters(asked(), "https://planet.example/websub/blog/token")

    assert form == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.callback": "https://planet.example/websub/blog/token",
        "hub.lease_seconds": "864000",
        "hub.secret": "secret",
    }


def test_without_a_secret_none_is_sent() -> None:
    assert "hub.secret" not in leases.parameters(asked(secret=None), "https://planet.example/")


def test_unsubscribing_names_the_callback_in_force() -> None:
    lease = leases.asking(granted(), "unsubscribe", "", None, NOW)

    assert lease.asked_token == "token"
    assert leases.parameters(lease, "https://planet.example/").keys() == {"hub.mode", "hub.topic", "hub.callback"}


def test_a_hub_that_never_verifies_is_asked_later_and_later() -> None:
    lease, now, waits = NEW, NOW, []
    for _ in range(7):
        assert leases.due(lease, now)
        lease = asked(lease, now=now)
        assert not leases.due(lease, now)
        assert lease.next_try is not None
        waits.append((lease.next_try - now) / HOUR)
        now = lease.next_try

    assert waits == [1, 2, 4, 8, 16, 24, 24]


def test_a_lease_is_renewed_before_its_end() -> None:
    lease = granted(seconds="864000")

    due = [leases.due(lease, NOW + timedelta(days=days)) for days in (0, 8.4, 8.6, 10, 11)]

    assert due == [False, False, True, True, True]


def test_a_very_short_lease_is_not_renewed_all_the_time() -> None:
    lease = granted(seconds="10")

    assert leases.covers(lease, NOW + timedelta(seconds=9))
    assert not leases.covers(lease, NOW + timedelta(seconds=11))
    assert leases.renewal(lease) == NOW + timedelta(minutes=5)


# ---------------------------------------------------------------- verification


def test_a_verification_of_what_was_asked_grants_the_lease() -> None:
    lease = granted(seconds="3600")

    assert (lease.token, lease.secret, lease.until, lease.pending) == ("token", "secret", NOW + HOUR, "")
    assert leases.covers(lease, NOW) == NOW + HOUR


@pytest.mark.parametrize(
    ("token", "mode", "topic"),
    [
        ("token", "subscribe", "https://other.example/"),
        ("other", "subscribe", TOPIC),
        ("", "subscribe", TOPIC),
        ("token", "unsubscribe", TOPIC),
        ("token", "publish", TOPIC),
    ],
    ids=["another topic [205]", "another callback", "no callback", "another mode", "no mode of this kind"],
)
def test_a_verification_of_anything_else_is_refused(token: str, mode: str, topic: str) -> None:
    assert leases.verified(asked(), token, mode, topic, "3600", NOW) is None


def test_nothing_is_verified_that_was_not_asked_for() -> None:
    assert leases.verified(NEW, "", "subscribe", TOPIC, "3600", NOW) is None
    assert leases.verified(granted(), "token", "unsubscribe", TOPIC, None, NOW) is None


@pytest.mark.parametrize(("minutes", "good"), [(1, True), (6, False)])
def test_a_hub_that_lost_our_answer_may_ask_once_more(minutes: int, good: bool) -> None:
    lease = granted()

    again = leases.verified(lease, "token", "subscribe", TOPIC, "864000", NOW + timedelta(minutes=minutes))

    assert again == (lease if good else None)


@pytest.mark.parametrize(
    ("seconds", "length"),
    [("60", timedelta(seconds=60)), (None, DAY), ("soon", DAY), ("-1", DAY), ("9" * 40, timedelta(days=90))],
)
def test_a_lease_lasts_as_long_as_the_hub_says_within_reason(seconds: str | None, length: timedelta) -> None:
    assert granted(seconds=seconds).until == NOW + length


def test_unsubscribing_ends_when_it_is_verified() -> None:
    lease = leases.asking(granted(), "unsubscribe", "", None, NOW)

    done = leases.verified(lease, "token", "unsubscribe", TOPIC, None, NOW)

    assert done is not None
    assert leases.covers(done, NOW) is None


def test_a_denial_ends_the_lease_whenever_it_comes() -> None:
    lease = leases.denied(granted(), TOPIC, NOW)

    assert lease is not None
    assert leases.covers(lease, NOW) is None
    assert [leases.due(lease, NOW + timedelta(days=days)) for days in (6, 8)] == [False, True]
    assert leases.denied(granted(), "https://other.example/", NOW) is None


# ---------------------------------------------------------------- deliveries


@pytest.mark.parametrize("method", leases.METHODS)
def test_a_delivery_signed_by_any_method_is_taken(method: str) -> None:
    assert leases.delivered(granted(), "token", signature(method), BODY, NOW) == "take"
    assert leases.delivered(granted(), "token", signature(method).upper(), BODY, NOW) == "take"


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        "sha256",
        "sha256=",
        signature(secret="other"),
        signature(body=b"<feed />"),
        signature().replace("sha256", "sha512"),
        f"md5={hashlib.md5(BODY).hexdigest()}",  # noqa: S324
        "sha256=ü",
    ],
    ids=[
        "none [302]",
        "empty",
        "no digest",
        "empty digest",
        "secret [301]",
        "body [301]",
        "method",
        "md5",
        "not ascii",
    ],
)
def test_a_delivery_without_the_right_signature_is_dropped(sent: str | None) -> None:
    assert leases.delivered(granted(), "token", sent, BODY, NOW) == "drop"


def test_without_a_secret_no_signature_is_needed() -> None:
    lease = granted(asked(secret=None))

    assert leases.delivered(lease, "token", None, BODY, NOW) == "take"


@pytest.mark.parametrize("token", ["other", ""])
def test_a_delivery_to_another_callback_is_gone(token: str) -> None:
    assert leases.delivered(granted(), token, signature(), BODY, NOW) == "gone"


def test_a_delivery_after_the_lease_is_gone() -> None:
    assert leases.delivered(granted(), "token", signature(), BODY, NOW + 11 * DAY) == "gone"
    assert leases.delivered(NEW, "", signature(), BODY, NOW) == "gone"


def test_while_it_is_renewed_both_callbacks_deliver() -> None:
    lease = granted()
    renewing = asked(lease, "second", "other secret", NOW + 9 * DAY)
    renewed = granted(renewing, "second", now=NOW + 9 * DAY)

    late = NOW + 9 * DAY
    assert leases.delivered(renewing, "token", signature(), BODY, late) == "take"
    assert leases.delivered(renewing, "second", signature(secret="other secret"), BODY, late) == "gone"
    assert leases.delivered(renewed, "token", signature(), BODY, late) == "take"
    assert leases.delivered(renewed, "second", signature(secret="other secret"), BODY, late) == "take"
    assert leases.delivered(renewed, "second", signature(), BODY, late) == "drop"


def test_after_a_gap_only_the_new_callback_delivers() -> None:
    late = NOW + 20 * DAY
    renewed = granted(asked(granted(), "second", None, late), "second", now=late)

    assert leases.delivered(renewed, "token", signature(), BODY, late) == "gone"


def test_a_poll_that_finds_what_was_not_pushed_ends_the_trust_until_the_next_grant() -> None:
    lease = leases.missed(granted())
    again = granted(asked(lease, "second"), "second")

    assert leases.covers(lease, NOW) is None
    assert leases.covers(again, NOW)
    assert leases.covers(None, NOW) is None


# ---------------------------------------------------------------- to and from the store


@given(
    st.builds(
        Lease,
        secret=st.none() | st.text(min_size=1),
        granted=st.none() | st.datetimes(timezones=st.just(UTC)),
        before=st.none() | st.tuples(st.text(), st.none() | st.text()),
        tries=st.integers(0, 99),
    )
)
def test_a_lease_survives_the_store(lease: Lease) -> None:
    assert leases.unpacked(leases.packed(lease)) == lease


@pytest.mark.parametrize("text", [None, "", "{", "[]", "7", '{"source": 1}', '{"granted": "x"}'])
def test_what_is_no_lease_is_none(text: str | None) -> None:
    assert leases.unpacked(text) is None

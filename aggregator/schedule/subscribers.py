"""Subscriptions as our own hub sees them: what may be asked of it, who is to get what, and for how long. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from aggregator.model.record import dataclass, replace

USUAL_LEASE = timedelta(days=10)
SHORTEST_LEASE, LONGEST_LEASE = timedelta(minutes=5), timedelta(days=30)
MOST_SECRET = 199  # bytes (WebSub section 5.1)
MOST_URL = 2048  # characters
RETRIES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Wish:
    """A request that is to be verified with the callback before anything comes of it."""

    mode: str  # subscribe | unsubscribe
    topic: str
    callback: str
    lease: timedelta = USUAL_LEASE
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One callback that gets one topic until its lease ends."""

    topic: str
    callback: str
    until: datetime
    secret: str | None = None
    sent: str = ""  # version of the topic that it got last
    failures: int = 0  # in a row, of the version that is due
    next_try: datetime | None = None


def wish(form: Mapping[str, str]) -> Wish | str:
    """A subscriber's request; a sentence where it is none that can be granted. Unknown parameters are ignored (H14)."""
    mode, topic, callback, secret = (form.get(f"hub.{name}", "") for name in ("mode", "topic", "callback", "secret"))
    if mode not in ("subscribe", "unsubscribe"):
        return "hub.mode is subscribe, unsubscribe or publish"
    if not topic or not callback:
        return "hub.topic and hub.callback are both needed"
    if not _web_address(callback):
        return "hub.callback is no http or https address"
    if len(secret.encode()) > MOST_SECRET:
        return "hub.secret has to be shorter than 200 bytes"
    return Wish(mode, topic, callback, _lease(form.get("hub.lease_seconds", "")), secret or None)


def verification(wanted: Wish, challenge: str) -> str:
    """The address that asks the callback whether it wants this; its own query stays (WebSub section 5.3)."""
    asked = {"hub.mode": wanted.mode, "hub.topic": wanted.topic, "hub.challenge": challenge}
    if wanted.mode == "subscribe":
        asked["hub.lease_seconds"] = str(int(wanted.lease.total_seconds()))
    address, mark, fragment = wanted.callback.partition("#")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode(asked)}{mark}{fragment}"


def granted(known: Mapping[str, Subscription], wanted: Wish, version: str, now: datetime) -> dict[str, Subscription]:
    """The subscriptions of a topic, by callback, once the callback has confirmed; what it has seen is `version`."""
    after = dict(known)
    before = after.pop(wanted.callback, None)
    if wanted.mode == "subscribe":
        sent = before.sent if before and before.until > now else version
        after[wanted.callback] = Subscription(wanted.topic, wanted.callback, now + wanted.lease, wanted.secret, sent)
    return after


def due(known: Iterable[Subscription], version: str, now: datetime) -> list[Subscription]:
    """Who is to get this version now."""
    return [
        one
        for one in known
        if one.until > now and one.sent != version and (one.next_try is None or one.next_try <= now)
    ]


def after_delivery(one: Subscription, version: str, status: int, now: datetime) -> Subscription | None:
    """The subscription after an attempt; `status` 0: no answer. None: the callback says that it is gone (410).

    After the last retry this version is given up, not the subscription (H15).
    """
    if status == 410:
        return None
    if status // 100 == 2 or one.failures >= len(RETRIES):
        return replace(one, sent=version, failures=0, next_try=None)
    return replace(one, failures=one.failures + 1, next_try=now + RETRIES[one.failures])


def signature(secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def packed(known: Iterable[Subscription]) -> str:
    """Subscriptions as JSON text."""
    rows = [asdict(one) | {"until": one.until.isoformat(), "next_try": None} for one in known]
    return json.dumps(rows, separators=(",", ":"))


def unpacked(text: str | None, now: datetime) -> dict[str, Subscription]:
    """Subscriptions that have not run out, by callback; empty where the text is none of ours."""
    try:
        rows = [Subscription(**(row | {"until": _moment(row["until"])})) for row in json.loads(text or "[]")]
    except (ValueError, TypeError, KeyError):
        return {}
    return {one.callback: one for one in rows if one.until > now}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _lease(text: str) -> timedelta:
    if not (text.isascii() and text.isdigit()):
        return USUAL_LEASE
    return min(max(timedelta(seconds=int(text[:9])), SHORTEST_LEASE), LONGEST_LEASE)


def _web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and port != 0
        and url.isprintable()
        and " " not in url
        and len(url) <= MOST_URL
    )

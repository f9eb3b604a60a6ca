"""WebSub subscriptions as the subscriber sees them: what is asked of a hub, what it granted, and when to ask again.

Pure: tokens, secrets and the time are arguments. A Lease is kept as JSON text between runs.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from aggregator.model.record import dataclass, replace
from aggregator.schedule.freshness import Headers
from aggregator.schedule.linking import first, links

WANTED = timedelta(days=10)  # the lease that we ask for
USUAL = timedelta(days=1)  # what we take a hub to mean that says nothing
LONGEST = timedelta(days=90)
REPEATED = timedelta(minutes=5)  # for a hub to repeat a verification whose answer it lost
SPENT = 0.85  # share of a lease after which it is renewed
SHORTEST_RENEWAL = timedelta(minutes=5)
FIRST_RETRY = timedelta(hours=1)
LONGEST_RETRY = timedelta(days=1)
AFTER_DENIAL = timedelta(days=7)
METHODS = ("sha1", "sha256", "sha384", "sha512")
STRONG = METHODS[1:]
_TIMES = ("granted", "until", "next_try")


@dataclass(frozen=True, slots=True)
class Lease:
    """One source's subscription at one hub."""

    source: str
    hub: str
    topic: str  # what the source says of itself, not the URL that is polled
    token: str = ""  # last part of the callback's path, unguessable; "" before the first grant
    secret: str | None = None
    granted: datetime | None = None
    until: datetime | None = None
    before: tuple[str, str | None] | None = None  # token and secret of the lease that this one renewed
    pending: str = ""  # subscribe | unsubscribe: asked for and not verified yet
    asked_token: str = ""  # another one for each request
    asked_secret: str | None = None
    missed: bool = False  # a poll found what had not been pushed: polls go on as if there were no lease
    tries: int = 0  # since the last grant
    next_try: datetime | None = None  # None: at once


def discovered(headers: Headers, url: str, hubs: Sequence[str], self_url: str | None) -> tuple[str | None, str | None]:
    """Hub and topic of a document: of its Link headers if those name a hub, else of its body (WebSub section 4).

    An https hub is preferred. Both are None where either is missing.
    """
    found = links(headers, url)
    from_header = [link.url for link in found if "hub" in link.relations]
    offered = from_header or [hub for hub in hubs if hub.startswith(("http://", "https://"))]
    topic = (first(found, "self") if from_header else None) or self_url
    if not offered or not topic:
        return None, None
    return next((hub for hub in offered if hub.startswith("https:")), offered[0]), topic


def learned(lease: Lease | None, source: str, hub: str | None, topic: str | None) -> Lease | None:
    """The subscription to strive for after a poll; None for none. One at another hub or topic starts afresh."""
    if hub is None or topic is None:
        return None
    if lease is not None and (lease.hub, lease.topic) == (hub, topic):
        return lease
    return Lease(source, hub, topic)


def active(lease: Lease, now: datetime) -> bool:
    """Verified, and not run out."""
    return lease.until is not None and lease.until > now


def covers(lease: Lease | None, now: datetime) -> datetime | None:
    """Until when polls are only a safety net (checklist E12); None when they are not."""
    return lease.until if lease is not None and active(lease, now) and not lease.missed else None


def due(lease: Lease, now: datetime) -> bool:
    """It is time to ask the hub."""
    if lease.next_try is not None and now < lease.next_try:
        return False
    return not active(lease, now) or now >= renewal(lease)


def renewal(lease: Lease) -> datetime:
    """When a granted lease is to be renewed."""
    assert lease.granted is not None and lease.until is not None  # noqa: S101, PT018 - only of active leases
    return lease.granted + max(SPENT * (lease.until - lease.granted), SHORTEST_RENEWAL)


def asking(lease: Lease, mode: str, token: str, secret: str | None, now: datetime) -> Lease:
    """The lease while the hub is asked to `subscribe` or `unsubscribe`; if it never verifies, later and later again.

    A subscription and each renewal has a callback of its own; until it is verified the one before goes on delivering.
    """
    if mode == "unsubscribe":
        token, secret = lease.token, lease.secret
    wait: timedelta = FIRST_RETRY * 2 ** min(lease.tries, 10)
    return replace(
        lease,
        pending=mode,
        asked_token=token,
        asked_secret=secret,
        tries=lease.tries + 1,
        next_try=now + min(wait, LONGEST_RETRY),
    )


def verified(lease: Lease, token: str, mode: str, topic: str, seconds: str | None, now: datetime) -> Lease | None:
    """The lease after a hub's verification of intent; None when we asked for nothing like it (answer 404)."""
    if topic != lease.topic or mode not in ("subscribe", "unsubscribe"):
        return None
    if lease.pending != mode or not _same(token, lease.asked_token):
        return lease if mode == "subscribe" and _repeats(lease, token, now) else None
    if mode == "unsubscribe":
        return _ended(lease)
    return replace(
        lease,
        token=token,
        secret=lease.asked_secret,
        granted=now,
        until=now + _length(seconds),
        before=(lease.token, lease.secret) if active(lease, now) else None,
        pending="",
        missed=False,
        tries=0,
        next_try=None,
    )


def denied(lease: Lease, topic: str, now: datetime) -> Lease | None:
    """The lease after hub.mode=denied, which may come at any time; None when it is about another topic."""
    if topic != lease.topic:
        return None
    return replace(_ended(lease), next_try=now + AFTER_DENIAL)


def delivered(
    lease: Lease,
    token: str,
    signature: str | None,
    body: bytes,
    now: datetime,
    methods: Collection[str] = METHODS,
) -> str:
    """What becomes of a delivery: "take", "drop" (not signed as it must be), or "gone" (no such subscription)."""
    if not active(lease, now):
        return "gone"
    callbacks = ((lease.token, lease.secret), lease.before or ("", None))
    secrets = [secret for known, secret in callbacks if _same(token, known)]
    if not secrets:
        return "gone"
    return "take" if secrets[0] is None or signed(secrets[0], signature, body, methods) else "drop"


def signed(secret: str, signature: str | None, body: bytes, methods: Collection[str] = METHODS) -> bool:
    """X-Hub-Signature is the HMAC of these bytes under this secret (WebSub section 7.1), by one of these methods."""
    method, _, digest = (signature or "").strip().partition("=")
    if method.lower() not in methods or not digest.isascii():
        return False
    expected = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(expected, digest.strip().lower())


def missed(lease: Lease) -> Lease:
    """A poll found an entry that had not been pushed."""
    return replace(lease, missed=True)


def parameters(lease: Lease, callback: str) -> Mapping[str, str]:
    """What the hub is sent, as a form (WebSub section 5.1)."""
    form = {"hub.mode": lease.pending, "hub.topic": lease.topic, "hub.callback": callback}
    if lease.pending == "subscribe":
        form["hub.lease_seconds"] = str(int(WANTED.total_seconds()))
        if lease.asked_secret is not None:
            form["hub.secret"] = lease.asked_secret
    return form


# ---------------------------------------------------------------- to and from the store


def packed(lease: Lease) -> str:
    """A lease as JSON text."""
    fields = asdict(lease)
    for name in _TIMES:
        fields[name] = fields[name].isoformat() if fields[name] else None
    return json.dumps({name: value for name, value in fields.items() if value is not None}, separators=(",", ":"))


def unpacked(text: str | None) -> Lease | None:
    """A lease from its text; None where there is none, or it is not one of ours."""
    try:
        fields = json.loads(text or "")
        times = {name: datetime.fromisoformat(fields[name]).astimezone(UTC) for name in _TIMES if name in fields}
        before = tuple(fields["before"]) if "before" in fields else None
        return Lease(**(fields | times | {"before": before}))
    except (ValueError, TypeError):
        return None


def _ended(lease: Lease) -> Lease:
    return replace(lease, pending="", granted=None, until=None, before=None)


def _repeats(lease: Lease, token: str, now: datetime) -> bool:
    """A hub that lost our answer asks again for what we confirmed just now."""
    recently = lease.granted is not None and now - lease.granted < REPEATED
    return recently and active(lease, now) and _same(token, lease.token)


def _same(given: str, known: str) -> bool:
    return bool(known) and hmac.compare_digest(given.encode(), known.encode())


def _length(seconds: str | None) -> timedelta:
    text = (seconds or "").strip()
    if not (text.isascii() and text.isdigit()):
        return USUAL
    return min(timedelta(seconds=int(text[:9])), LONGEST)

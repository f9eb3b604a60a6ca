"""When to ask a source again: a pure rule from what is remembered, what was answered and what time it is.

The rule is checklist part E; every function takes `now` and a `jitter` in [0, 1) and gives the next FetchState.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aggregator.model import Answer, FetchSettings, FetchState, Source
from aggregator.schedule.freshness import freshness, header, retry_after
from aggregator.schedule.skipping import first_allowed

HARD = timedelta(minutes=15)
FLOOR = timedelta(hours=1)
NO_VALIDATOR = timedelta(hours=3)
FRESH_CEILING = timedelta(hours=48)
HINT_CEILING = timedelta(hours=24)
CEILING = timedelta(hours=24)
RETRY_CEILING = timedelta(days=7)
DEAD_AFTER = timedelta(days=30)  # of failures only: the source is called stale, and still asked once a day
QUIET_AFTER = timedelta(days=90)  # without a new entry
FULL_EVERY = timedelta(days=30)  # asked without validators, so that a server stuck on 304 is noticed
BELIEVE_AFTER = timedelta(hours=24)  # between the two sightings of a permanent redirect
NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Hints:
    """What a document itself says about its rhythm."""

    ttl: timedelta = NOTHING
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    dates: tuple[datetime, ...] = ()  # publication dates, newest first
    expired: bool = False  # JSON Feed: it will never change again
    hub: str | None = None
    topic: str | None = None


def private(source: Source, settings: FetchSettings) -> bool:
    """The host is one of allow_private: the user's own, which may be asked more often than HARD."""
    try:
        parts = urlsplit(source.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return False
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{port}" in settings.allow_private


def wish(source: Source, settings: FetchSettings) -> timedelta | None:
    """The interval that the user asked for; None: the rule decides. On a private host [fetch] interval is a wish too."""
    if source.interval is not None:
        return source.interval
    return settings.interval if settings.interval < HARD and private(source, settings) else None


def hard_floor(source: Source, settings: FetchSettings) -> timedelta:
    """Nothing is asked more often than this."""
    return timedelta(seconds=1) if private(source, settings) else HARD


def floor(source: Source, settings: FetchSettings) -> timedelta:
    """The least wait between two polls of a source."""
    return max(hard_floor(source, settings), wish(source, settings) or settings.interval)


def adaptive(dates: Sequence[datetime], least: timedelta) -> timedelta:
    """Half the median gap between the newest 20 entries, within [least, CEILING] (E11); `least` with fewer than two."""
    times = sorted(dates, reverse=True)[:20]
    gaps = sorted(later - earlier for later, earlier in zip(times, times[1:], strict=False))
    if not gaps:
        return least
    return max(least, min(gaps[len(gaps) // 2] / 2, CEILING))


# ---------------------------------------------------------------- the ends that a poll can have


def after_document(
    state: FetchState,
    source: Source,
    settings: FetchSettings,
    answer: Answer,
    hints: Hints,
    now: datetime,
    jitter: float,
) -> FetchState:
    """A body was read (E4): new validators as a pair (D2, D3), new rhythm, and a redirect perhaps believed (D16)."""
    least = max(settings.interval, hard_floor(source, settings))
    taken = replace(
        _moved(state, answer, now),
        etag=header(answer.headers, "etag"),
        last_modified=header(answer.headers, "last-modified"),
        validators_for=answer.final_url,
        last_full=state.last_full if answer.conditional else now,
        adaptive=adaptive(hints.dates, least) if hints.dates else state.adaptive,
        ttl=hints.ttl,
        skip_hours=hints.skip_hours,
        skip_days=hints.skip_days,
        hub=hints.hub,
        topic=hints.topic,
    )
    if hints.expired:
        return replace(_gone(taken, now), outcome="ok")
    return _after_success(taken, source, settings, answer, now, jitter)


def after_not_modified(
    state: FetchState, source: Source, settings: FetchSettings, answer: Answer, now: datetime, jitter: float
) -> FetchState:
    """304: its headers count exactly like those of a 200 (D4, E13)."""
    taken = replace(
        state,
        etag=header(answer.headers, "etag") or state.etag,
        last_modified=header(answer.headers, "last-modified") or state.last_modified,
    )
    return _after_success(taken, source, settings, answer, now, jitter)


def after_failure(
    state: FetchState,
    source: Source,
    settings: FetchSettings,
    kind: str,
    message: str,
    answer: Answer | None,
    now: datetime,
    jitter: float,
) -> FetchState:
    """Nothing could be read: old validators stay (D5), the wait grows and never ends (E5 to E7); 410 ends it (D17)."""
    outcome = "blocked" if kind == "blocked" else f"error:{kind}"
    failed = replace(state, last_poll=now, first_poll=state.first_poll or now, error=message, outcome=outcome)
    if kind == "gone":
        return _gone(failed, now)
    failed = replace(failed, failures=state.failures + 1)
    if answer is not None and answer.status >= 300:
        told = retry_after(answer.headers, now)
        if told is not None or answer.status in (429, 503):
            return _throttled(failed, source, settings, answer, told, now, jitter)
    wait = max(floor(source, settings), backoff(state.failures, source, settings))
    return replace(
        failed,
        state=_failing_state(failed, kind, now),
        since=state.since if state.state == _failing_state(failed, kind, now) else now,
        interval=wait,
        next_poll=now + wait * (1 + 0.2 * jitter),
        not_before=now + hard_floor(source, settings),
        retry_after=None,
    )


def after_outage(state: FetchState, now: datetime, jitter: float) -> FetchState:
    """Our own network failed: nobody is blamed, and the source is asked again soon."""
    return replace(state, next_poll=now + timedelta(minutes=5) * (1 + jitter), error="our own network was down")


def backoff(failures: int, source: Source, settings: FetchSettings) -> timedelta:
    """FLOOR * 2^failures, never over a day (E7); on the user's own hosts from the interval upwards."""
    base = floor(source, settings) if private(source, settings) else FLOOR
    doubled: timedelta = base * 2 ** min(failures, 10)
    return min(CEILING, doubled)


# ---------------------------------------------------------------- may it be asked, and how


def may_ask(state: FetchState, mode: str, now: datetime) -> bool:
    """Whether a source may be polled now. `mode`: due | all | force.

    `all` asks nobody who is gone, nor earlier than a Retry-After or freshness allows; `force` ignores the schedule.
    """
    if mode == "force":
        return state.state != "gone"
    if state.state in ("gone", "paused"):
        return False
    if mode == "all":
        return not _ahead(state.not_before, now) and not _ahead(state.retry_after, now)
    return not _ahead(state.next_poll, now)


def _ahead(moment: datetime | None, now: datetime) -> bool:
    """It lies in the future, and not so far that only a wrong clock can have put it there (E14)."""
    return moment is not None and now < moment <= now + CEILING + RETRY_CEILING


def wants_unconditional(state: FetchState, now: datetime) -> bool:
    """It is time to ask without validators: they exist, and about 30 days have gone (a clock set back counts too)."""
    if state.last_full is None or not (state.etag or state.last_modified):
        return False
    return not timedelta(0) <= now - state.last_full < FULL_EVERY


def address(state: FetchState, source: Source) -> str:
    """The URL to ask: where a believed permanent redirect led, else what feeds.toml says."""
    return state.effective_url or source.url


# ---------------------------------------------------------------- parts


def _after_success(
    state: FetchState, source: Source, settings: FetchSettings, answer: Answer, now: datetime, jitter: float
) -> FetchState:
    wait, fresh = _wait(state, source, settings, answer, now)
    not_before = now + max(hard_floor(source, settings), fresh)
    at = first_allowed(now + wait * (1 + 0.1 * jitter), state.skip_hours, state.skip_days)
    name = "quiet" if state.last_new_entry and now - state.last_new_entry > QUIET_AFTER else "ok"
    return replace(
        state,
        state=name,
        since=state.since if state.state == name else now,
        first_poll=state.first_poll or now,
        last_poll=now,
        last_success=now,
        interval=wait,
        next_poll=max(at, not_before),
        not_before=not_before,
        retry_after=None,
        failures=0,
        error=None,
        outcome="notmodified" if answer.status == 304 else "ok",
    )


def _wait(
    state: FetchState, source: Source, settings: FetchSettings, answer: Answer, now: datetime
) -> tuple[timedelta, timedelta]:
    """The wait of E4 and the part of it that freshness asks for."""
    user = wish(source, settings)
    fresh = min(freshness(answer.headers, now), FRESH_CEILING)
    least = floor(source, settings)
    if user is None and not (state.etag or state.last_modified):
        least = max(least, NO_VALIDATOR)
    base = CEILING if state.lease_until and state.lease_until > now else user or state.adaptive
    wait = max(least, base, fresh, min(state.ttl, HINT_CEILING))
    return min(wait, max(CEILING, user or NOTHING, fresh)), fresh


def _throttled(
    state: FetchState,
    source: Source,
    settings: FetchSettings,
    answer: Answer,
    told: timedelta | None,
    now: datetime,
    jitter: float,
) -> FetchState:
    asked = told if told is not None else backoff(state.failures - 1, source, settings)
    wait = min(RETRY_CEILING, max(floor(source, settings), asked, freshness(answer.headers, now)))
    return replace(
        state,
        state="throttled",
        since=state.since if state.state == "throttled" else now,
        interval=wait,
        next_poll=now + wait * (1 + 0.1 * jitter),
        not_before=now + wait,
        retry_after=now + wait,
    )


def _gone(state: FetchState, now: datetime) -> FetchState:
    return replace(
        state,
        state="gone",
        since=state.since if state.state == "gone" else now,
        last_poll=now,
        next_poll=None,
        not_before=None,
        retry_after=None,
    )


def _failing_state(state: FetchState, kind: str, now: datetime) -> str:
    if kind == "blocked":
        return "blocked"
    alive = state.last_success or state.first_poll or now
    return "stale" if now - alive > DEAD_AFTER else "failing"


def _moved(state: FetchState, answer: Answer, now: datetime) -> FetchState:
    """Believe a permanent redirect at its second sighting a day later, of a document that was read (D16)."""
    target = permanent_target(answer)
    if target is None:
        return replace(state, moved_to=None, moved_since=None)
    if target != state.moved_to or state.moved_since is None:
        return replace(state, moved_to=target, moved_since=now)
    if now - state.moved_since < BELIEVE_AFTER:
        return state
    return replace(state, effective_url=target, moved_to=None, moved_since=None)


def permanent_target(answer: Answer) -> str | None:
    """Where the leading permanent hops led; None where there are none, or they give up TLS."""
    target = None
    for hop in answer.hops:
        if hop.status not in (301, 308):
            break
        if hop.url.startswith("https:") and not hop.target.startswith("https:"):
            break
        target = hop.target
    return target

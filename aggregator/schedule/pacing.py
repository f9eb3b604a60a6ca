"""When to ask a source again: a pure rule from what is remembered, what was answered and what time it is.

The rule is checklist part E; every function takes `now` and a `jitter` in [0, 1) and gives the next FetchState.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from aggregator.model import Answer, FetchSettings, FetchState, Source
from aggregator.model.record import dataclass, replace
from aggregator.schedule.freshness import freshness, header, retry_after
from aggregator.schedule.jumps import jumped, shifted
from aggregator.schedule.limits import CEILING, FLOOR, HARD, RETRY_CEILING, Limits, limits
from aggregator.schedule.moving import forgotten, is_former, moved, waiting
from aggregator.schedule.skipping import first_allowed

NO_VALIDATOR = timedelta(hours=3)  # least wait where every poll costs the server a whole document
FRESH_CEILING = timedelta(hours=48)
HINT_CEILING = timedelta(hours=24)
DEAD_AFTER = timedelta(days=30)  # of failures only: the source is called stale, and still asked once a day
QUIET_WAITS = 90  # a source is quiet without a new entry for so many of its adaptive waits, ...
QUIET_LEAST, QUIET_MOST = timedelta(days=14), timedelta(days=90)  # ... within these
FULL_EVERY = timedelta(days=30)  # asked without validators, so that a server stuck on 304 is noticed
DOUBT_AFTER = 4  # failures in a row of an adopted address: from then on every other poll goes to that of feeds.toml
TURNS = timedelta(minutes=6)  # after a host's wait its sources are planned within so long
NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Hints:
    """What a document itself says about its rhythm."""

    ttl: timedelta = NOTHING
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    dates: tuple[datetime, ...] = ()  # publication dates
    expired: bool = False  # JSON Feed: it will never change again
    hub: str | None = None
    topic: str | None = None
    whole: bool = True  # False: it ended early; its validators are not those of what we have (D5)


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
    state = moved(after_jump(state, now), answer, now)
    bounds = limits(source, settings, answer)
    taken = replace(
        state,
        last_full=state.last_full if answer.conditional else now,
        adaptive=adaptive(hints.dates, max(bounds.hard, settings.interval)) if hints.dates else state.adaptive,
        ttl=hints.ttl,
        skip_hours=hints.skip_hours,
        skip_days=hints.skip_days,
        hub=hints.hub,
        topic=hints.topic,
    )
    changes = _success(taken, now, "ok")
    if hints.whole:
        changes |= _validators(state, answer, header(answer.headers, "etag"), header(answer.headers, "last-modified"))
    taken = replace(taken, **changes)
    return _gone(taken, now) if hints.expired else _planned(taken, bounds, answer, now, jitter)


def after_not_modified(
    state: FetchState, source: Source, settings: FetchSettings, answer: Answer, now: datetime, jitter: float
) -> FetchState:
    """304: its headers count exactly like those of a 200 (D4, E13), and it sees a redirect as well as a 200 does."""
    state = moved(after_jump(state, now), answer, now)
    known = state.validators(answer.final_url)
    etag = header(answer.headers, "etag") or known[0]
    last_modified = header(answer.headers, "last-modified") or known[1]
    changes = _validators(state, answer, etag, last_modified) | _success(state, now, "notmodified")
    return _planned(replace(state, **changes), limits(source, settings, answer), answer, now, jitter)


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
    """Nothing could be read: old validators stay (D5), the wait grows and never ends (E5 to E7); 410 ends it (D17).

    `kind` is that of the SourceError; a body that came and could not be read is a failure like any other.
    """
    state = _doubted(after_jump(state, now), kind, answer)
    failed = replace(
        state,
        first_poll=state.first_poll or now,
        last_poll=now,
        failures=state.failures + 1,
        error=message,
        outcome="blocked" if kind == "blocked" else f"error:{kind}",
        waiting=waiting(answer),
    )
    if kind == "gone" and not (answer and is_former(state, answer)):  # that it is no more is no news of the source
        return _gone(failed, now)
    bounds = limits(source, settings, answer)
    told = _refused(answer, bounds.backoff(state.failures), now)
    if told is not None:
        return _throttled(failed, bounds, told, now, jitter)
    wait = max(bounds.floor, bounds.backoff(state.failures))
    return replace(
        _named(failed, _trouble(failed, kind, now), now),
        interval=wait,
        next_poll=now + wait * (1 + 0.2 * jitter),
        not_before=now + bounds.hard,
        retry_after=None,
    )


def after_outage(
    state: FetchState, source: Source, settings: FetchSettings, now: datetime, jitter: float
) -> FetchState:
    """Our own network failed: nobody is blamed, and the source is asked again as soon as it ever may be.

    Not sooner: the request may have arrived, and only its answer been lost.
    """
    bounds = limits(source, settings)
    soon = now + min(bounds.floor, HARD) * (1 + jitter)
    planned = max(soon, state.not_before or soon, state.retry_after or soon)
    return replace(state, last_poll=now, next_poll=planned, error="our own network was down", outcome="error:network")


# ---------------------------------------------------------------- without having asked


def after_jump(state: FetchState, now: datetime) -> FetchState:
    """The plan as it is to be when the clock was set since the last poll (E14); the same state when it was not.

    All distances stay, so that nobody is asked too early, none is forgotten, and nobody loses its validators.
    """
    by = jumped(state.last_poll, now)
    if not by:
        return state
    return replace(
        state,
        last_poll=now,
        last_full=shifted(state.last_full, by),
        moved_since=shifted(state.moved_since, by),
        next_poll=shifted(state.next_poll, by),
        not_before=shifted(state.not_before, by),
        retry_after=shifted(state.retry_after, by),
        lease_until=shifted(state.lease_until, by),
    )


def after_waiting(state: FetchState, until: datetime, jitter: float) -> FetchState:
    """The host asked all to wait until then: this source is planned for after it, not at the same moment as all.

    The later it is by then the sooner, and first who was never asked: a host that refuses again and again answers one
    source each time, and in any other order one that is due seldom loses to the others for days.
    """
    if state.next_poll is None or state.next_poll >= until:
        return state
    return replace(state, next_poll=until + _turn(state, until, jitter))


def _turn(state: FetchState, until: datetime, jitter: float) -> timedelta:
    if state.last_poll is None:
        return jitter * timedelta(seconds=1)
    late = max(NOTHING, until - state.last_poll - state.interval)
    return TURNS / (1 + late / FLOOR)


def may_ask(state: FetchState, mode: str, now: datetime, *, named: bool = False) -> bool:
    """Whether a source may be polled now. `mode`: due | all | force; `named`: the user gave its id.

    `all` asks nobody who is gone, nor earlier than a Retry-After or freshness allows; `force` ignores the schedule.
    Who is gone or paused is asked only when a user forces it by name: that is not a schedule's doing.
    """
    if state.state in ("gone", "paused"):
        return mode == "force" and named
    if mode == "force":
        return True
    if mode == "all":
        return not _ahead(state.not_before, state, now) and not _ahead(state.retry_after, state, now)
    return not _ahead(state.next_poll, state, now)


def wants_unconditional(state: FetchState, now: datetime) -> bool:
    """It is time to ask without validators: they exist, and about 30 days have gone since that was done."""
    if state.last_full is None or not (state.etag or state.last_modified):
        return False
    last = after_jump(state, now).last_full or now
    return now - last >= FULL_EVERY


def address(state: FetchState, source: Source) -> str:
    """The URL to ask: where a believed permanent redirect led, else what feeds.toml says.

    Where nothing can be read there any more, in turns: the domain may have lapsed, and the old address be in use again.
    """
    if state.failures >= DOUBT_AFTER and state.failures % 2:
        return source.url
    return state.effective_url or source.url


def adaptive(dates: Sequence[datetime], least: timedelta) -> timedelta:
    """Half the median gap between the newest 20 entries, within [least, CEILING] (E11); `least` with fewer than two."""
    times = sorted(dates, reverse=True)[:20]
    gaps = sorted((later - earlier).total_seconds() for later, earlier in pairwise(times))
    if not gaps:
        return least
    median = (gaps[len(gaps) // 2] + gaps[~(len(gaps) // 2)]) / 2
    return max(least, min(timedelta(seconds=median / 2), CEILING))


# ---------------------------------------------------------------- parts


def _validators(state: FetchState, answer: Answer, etag: str | None, last_modified: str | None) -> dict[str, Any]:
    """The pair is that of the URL that answered. That of the URL that answered before is kept: a redirect may come and go."""
    spare = state.spare
    if state.validators_for not in (None, answer.final_url):
        spare = (state.validators_for, state.etag, state.last_modified)
    return {"etag": etag, "last_modified": last_modified, "validators_for": answer.final_url, "spare": spare}


def _success(state: FetchState, now: datetime, outcome: str) -> dict[str, Any]:
    silent = state.last_new_entry is not None and now - state.last_new_entry > quiet_after(state)
    name = "quiet" if silent else "ok"
    return {
        "state": name,
        "since": state.since if state.state == name else now,
        "first_poll": state.first_poll or now,
        "last_poll": now,
        "last_success": now,
        "failures": 0,
        "error": None,
        "outcome": outcome,
        "retry_after": None,
        "waiting": (),
    }


def quiet_after(state: FetchState) -> timedelta:
    """How long a source that answers may bring nothing new before it is called quiet, by its own rhythm."""
    return max(QUIET_LEAST, min(QUIET_WAITS * state.adaptive, QUIET_MOST))


def _planned(state: FetchState, bounds: Limits, answer: Answer, now: datetime, jitter: float) -> FetchState:
    fresh = min(freshness(answer.headers, now), FRESH_CEILING)
    wait = _wait(state, bounds, fresh, now)
    not_before = now + max(bounds.hard, fresh)
    at = first_allowed(now + wait * (1 + 0.1 * jitter), state.skip_hours, state.skip_days)
    return replace(state, interval=wait, next_poll=max(at, not_before), not_before=not_before)


def _wait(state: FetchState, bounds: Limits, fresh: timedelta, now: datetime) -> timedelta:
    """The delay of E4; with a WebSub lease that runs a poll is only the safety net (E12)."""
    pushed = state.lease_until is not None and state.lease_until > now
    base = CEILING if pushed else bounds.wish or state.adaptive
    wait = max(bounds.floor, base, fresh, min(state.ttl, HINT_CEILING))
    if bounds.wish is None and not (state.etag or state.last_modified):
        wait = max(wait, NO_VALIDATOR)
    return min(wait, max(CEILING, bounds.floor, fresh))


def _refused(answer: Answer | None, backoff: timedelta, now: datetime) -> timedelta | None:
    """How long a refusal tells us to stay away (E5); None when the answer is no refusal."""
    if answer is None or answer.status < 300:
        return None
    told = retry_after(answer.headers, now)
    if told is None and answer.status not in (429, 503):
        return None
    return min(RETRY_CEILING, max(told or backoff, freshness(answer.headers, now)))


def _throttled(state: FetchState, bounds: Limits, told: timedelta, now: datetime, jitter: float) -> FetchState:
    wait = max(bounds.floor, told)
    return replace(
        _named(state, "throttled", now),
        interval=wait,
        next_poll=now + wait * (1 + 0.1 * jitter),
        not_before=now + wait,
        retry_after=now + wait,
    )


def _gone(state: FetchState, now: datetime) -> FetchState:
    return replace(_named(state, "gone", now), next_poll=None, not_before=None, retry_after=None)


def _trouble(state: FetchState, kind: str, now: datetime) -> str:
    if kind == "blocked":
        return "blocked"
    alive = state.last_success or state.first_poll or now
    return "stale" if now - alive > DEAD_AFTER else "failing"


def _named(state: FetchState, name: str, now: datetime) -> FetchState:
    """In that state, since now unless it was in it already."""
    return state if state.state == name else replace(state, state=name, since=now)


def _doubted(state: FetchState, kind: str, answer: Answer | None) -> FetchState:
    """A redirect to what cannot be read is not believed; an adopted address that refuses us is given up again."""
    if answer is None:
        return state
    if 400 <= answer.status < 500 and kind not in ("gone", "ratelimited") and not is_former(state, answer):
        return replace(forgotten(state), effective_url=None)
    return forgotten(state) if answer.status < 300 else state


def _ahead(moment: datetime | None, state: FetchState, now: datetime) -> bool:
    """It lies in the future, and not so far that only a wrong clock can have put it there (E14)."""
    return moment is not None and now < moment <= now + max(1.2 * state.interval, CEILING) + RETRY_CEILING

"""Permanent redirects: when the place that a source was redirected to is taken for its address (checklist D16)."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.model import Answer, FetchState
from aggregator.model.record import replace

BELIEVE_AFTER = timedelta(hours=24)  # between the two sightings of the same target


def moved(state: FetchState, answer: Answer, now: datetime) -> FetchState:
    """The state after an answer that was read, or a 304: with a new effective_url once a redirect is believed."""
    target = permanent_target(answer)
    if is_former(state, answer):  # it can be read again
        if target == state.effective_url:
            return forgotten(state)
        state = replace(state, effective_url=None)
    if target is None:
        return forgotten(state)
    if target != state.moved_to or state.moved_since is None:
        return replace(state, moved_to=target, moved_since=now)
    if now - state.moved_since < BELIEVE_AFTER:
        return state
    return replace(forgotten(state), effective_url=target)


def is_former(state: FetchState, answer: Answer) -> bool:
    """The address of feeds.toml answered, which has led elsewhere for long."""
    return state.effective_url not in (None, answer.url)


def forgotten(state: FetchState) -> FetchState:
    """No redirect is on its way to be believed."""
    nothing = state.moved_to is None and state.moved_since is None
    return state if nothing else replace(state, moved_to=None, moved_since=None)


def waiting(answer: Answer | None) -> tuple[int | str, ...]:
    """What a state keeps of an answer that was a redirect to be followed after a wait; nothing of any other."""
    if answer is None or not answer.hops or answer.hops[-1].url != answer.final_url:
        return ()
    return tuple(part for hop in answer.hops for part in (hop.status, hop.url, hop.target))


def permanent_target(answer: Answer) -> str | None:
    """Where the permanent hops at the start of the chain led; None where there are none, or they give up TLS."""
    target = None
    for hop in answer.hops:
        if hop.status not in (301, 308) or (_secure(hop.url) and not _secure(hop.target)):
            break
        target = hop.target
    return target


def _secure(url: str) -> bool:
    return url.startswith("https:")

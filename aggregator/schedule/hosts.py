"""The budget of a host: what all its sources together may ask of it, remembered between cycles as a HostNote.

Also tells a failure of our own network from one of theirs. Pure: the caller keeps the notes and reads the clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby

from aggregator.model import Answer, FetchSettings
from aggregator.model.record import dataclass, replace
from aggregator.schedule.freshness import retry_after
from aggregator.schedule.jumps import jumped, shifted
from aggregator.schedule.limits import RETRY_CEILING, named, place

PAUSE = timedelta(seconds=1)  # between two requests to one host
SLOWEST = 6  # doublings of the pause: 64 s
BURST = 3  # refusals with 403 in a row, after which the host is left alone
BURST_WAIT = timedelta(hours=1)
BURST_CEILING = timedelta(hours=24)
OUTAGE_HOSTS = 3  # fewer say nothing about our own network
OUTAGE_SHARE = 0.8
GOLDEN = 0.618033988749895  # multiples of it, modulo 1, are spread evenly however many there are
FAR = timedelta(days=8)  # a plan further ahead can only come from a wrong clock
_NOTHING = timedelta(0)
_DEFAULT_PORTS = {80, 443, None}
_NUMERIC = re.compile(r"[\d.]+(:\d+)?|[\da-f]*:.*")  # an address, which has no domain


@dataclass(frozen=True, slots=True)
class HostNote:
    """What is remembered of one host."""

    last: datetime | None = None  # end of the last request
    not_before: datetime | None = None  # its Retry-After, for all its sources
    slow: int = 0  # doublings of PAUSE after refusals; one less with each good answer
    refusals: int = 0  # 403s in a row
    turn: int = 0  # requests so far: spreads its sources


@dataclass(frozen=True, slots=True)
class Ended:
    """How one poll of a cycle ended, as far as our own network is concerned."""

    host: str
    unreachable: bool  # no answer at all: error:network or error:timeout
    worked: bool  # its last poll was a success


def host_of(url: str) -> str:
    """What shares one budget: the host name, with its port where that is not a usual one; "" when it is no URL."""
    split = place(url)
    if split is None:
        return ""
    _, host, port = split
    return host if port in _DEFAULT_PORTS else f"{host}:{port}"


def budget(url: str, scope: str = "host") -> str:
    """The name of the budget that a URL is on: its host's, or with the scope "site" that of all hosts beside it: where
    every user has a host of his own, one server answers for all of them (checklist E6)."""
    host = host_of(url)
    if scope != "site" or not host or _NUMERIC.fullmatch(host):
        return host
    _, _, domain = host.partition(".")
    return f"*.{domain if '.' in domain else host}"


def free_at(note: HostNote, now: datetime, *, mode: str = "due") -> datetime:
    """When the host may be asked next, `now` at the earliest. Under `force` at once."""
    if mode == "force":
        return now
    rested = note.last + pause(note) if note.last and note.last <= now else now
    bound = note.not_before if note.not_before and note.not_before - now <= FAR else now
    return max(now, rested, bound)


def after_jump(note: HostNote, now: datetime) -> HostNote:
    """The note as it is to be when the clock was set since the last request; the same note when it was not."""
    by = jumped(note.last, now)
    return replace(note, last=now, not_before=shifted(note.not_before, by)) if by else note


def pause(note: HostNote) -> timedelta:
    """The pause between two requests to the host: longer after refusals."""
    doubled: timedelta = PAUSE * 2**note.slow
    return doubled


def jitter(note: HostNote, random: float) -> float:
    """A jitter in [0, 1) for the next plan of a source of this host, away from those of its last ones.

    `random` in [0, 1) is the same for all of one run, so that two machines do not keep step with each other.
    """
    return (random + note.turn * GOLDEN) % 1.0


def settled(
    notes: Mapping[str, HostNote],
    asked: str,
    answer: Answer | None,
    settings: FetchSettings,
    now: datetime,
    *,
    scope: str = "host",
) -> dict[str, HostNote]:
    """The notes that one request changed: of the host asked, and after redirects of the one that answered.

    `answer` None: there was none. Only who gave it is judged by it; the others have been asked, that is all. `scope`: the
    source's throttle_scope.
    """
    first = budget(asked, scope)
    last = budget(answer.final_url, scope) if answer else first
    changed = {first: _asked(notes.get(first, HostNote()), now)}
    if answer is not None:
        note = changed[first] if last == first else _asked(notes.get(last, HostNote()), now)
        changed[last] = after(note, answer, settings, now, alone=scope == "feed")
    return changed


def after(note: HostNote, answer: Answer, settings: FetchSettings, now: datetime, *, alone: bool = False) -> HostNote:
    """The note after an answer that came at `now`.

    A refusal slows the whole host; its Retry-After holds for all sources of a public host, and on the user's own hosts
    for the one source alone (checklist E6), as it does where the user says so (`alone`): a host may be many servers.
    """
    told = retry_after(answer.headers, now) if answer.status not in (200, 226, 304) else None
    if told is None and answer.status not in (403, 429, 503):
        slow = max(0, note.slow - 1) if answer.status < 400 else note.slow
        return note if (slow, 0) == (note.slow, note.refusals) else replace(note, slow=slow, refusals=0)
    refusals = note.refusals + 1 if answer.status == 403 else 0
    note = replace(note, slow=min(SLOWEST, note.slow + 1), refusals=refusals)
    if alone or named(answer.final_url, settings):
        return note
    wait = max(min(told or _NOTHING, RETRY_CEILING), _burst_wait(refusals))
    return replace(note, not_before=max(now + wait, note.not_before or now)) if wait else note


def _asked(note: HostNote, now: datetime) -> HostNote:
    return replace(note, last=now, turn=note.turn + 1)


def _burst_wait(refusals: int) -> timedelta:
    over = refusals - BURST
    doubled: timedelta = BURST_WAIT * 2 ** min(over, 10) if over >= 0 else _NOTHING
    return min(doubled, BURST_CEILING)


def outage(ended: Iterable[Ended]) -> bool:
    """Most of the hosts that worked before cannot be reached all at once: then it is us.

    A host counts when one of its polls worked the last time, and as unreachable when none got an answer.
    """
    by_host = groupby(sorted(ended, key=lambda one: one.host), key=lambda one: one.host)
    polls = [list(group) for _, group in by_host]
    known = [group for group in polls if any(one.worked for one in group)]
    lost = [group for group in known if all(one.unreachable for one in group)]
    return len(known) >= OUTAGE_HOSTS and len(lost) >= OUTAGE_SHARE * len(known)


# ---------------------------------------------------------------- to and from the store


def packed(note: HostNote) -> str:
    """A note as JSON text."""
    fields = {
        "last": _text(note.last),
        "not_before": _text(note.not_before),
        "slow": note.slow,
        "refusals": note.refusals,
        "turn": note.turn,
    }
    return json.dumps({name: value for name, value in fields.items() if value}, separators=(",", ":"))


def unpacked(text: str) -> HostNote:
    """A note from its text; a fresh one where the text is not one of ours."""
    try:
        fields = json.loads(text)
        return HostNote(
            last=_moment(fields, "last"),
            not_before=_moment(fields, "not_before"),
            slow=min(SLOWEST, max(0, int(fields.get("slow", 0)))),
            refusals=max(0, int(fields.get("refusals", 0))),
            turn=max(0, int(fields.get("turn", 0))),
        )
    except (ValueError, TypeError, AttributeError, OverflowError):
        return HostNote()


def worth_keeping(note: HostNote, now: datetime) -> bool:
    """The note still changes when its host is asked; else it can be forgotten."""
    return note.slow > 0 or note.refusals > 0 or free_at(note, now) > now


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(fields: Mapping[str, str], name: str) -> datetime | None:
    return datetime.fromisoformat(fields[name]).astimezone(UTC) if name in fields else None

"""One poll from the request to the Visit that is stored: whatever happens to a source ends here, as a record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aggregator.editorial import links
from aggregator.editorial.links import without_credentials
from aggregator.errors import SourceError
from aggregator.fetch.client import Client
from aggregator.model import Answer, Digest, Document, FetchState, NotModified, Poll, Settings, Visit
from aggregator.model.record import replace
from aggregator.parse.pool import Pool
from aggregator.schedule import hosts, leases, pacing
from aggregator.schedule.limits import named
from aggregator.service.clock import Clock
from aggregator.service.events import event, told
from aggregator.store.ports import Store


@dataclass(slots=True)
class Crew:
    """What every poll needs; made once for many cycles."""

    store: Store
    settings: Settings
    client: Client
    pool: Pool
    clock: Clock
    salt: bytes  # of the settings that shape entries: another salt reads every body afresh
    cycle_start: datetime  # first_seen of all that a cycle brings
    notes: dict[str, hosts.HostNote]  # what is remembered of hosts
    changed: set[str]  # hosts whose notes are to be stored
    resting: set[str]  # hosts whose stored notes say no more than how long to wait: forgotten when that is over
    seed: float  # in [0, 1): keeps two machines from keeping step
    nameless: bool = False  # requests do not say where we can be reached, and that was not complained of yet

    def jitter(self, poll: Poll) -> float:
        """In [0, 1), spread over the sources of a host."""
        return hosts.jitter(self.notes.get(host_of(poll), hosts.HostNote()), self.seed)


def host_of(poll: Poll) -> str:
    """The host whose budget a poll is on."""
    return hosts.budget(pacing.address(poll.state, poll.source), poll.source.throttle_scope)


async def visit(crew: Crew, poll: Poll, answered: Callable[[], None]) -> Visit:
    """Ask one source and read what it says. Raises nothing that a source can cause.

    `answered` is called when the exchange is over, before anything is read: from then on this holds no connection.
    """
    start = asyncio.get_running_loop().time()
    _advise(crew, poll)
    try:
        got = await crew.client.fetch(poll, unconditional=pacing.wants_unconditional(poll.state, crew.clock()))
    except SourceError as error:
        _settle(crew, poll, error.answer)
        answered()
        done = _failed(crew, poll, error)
    else:
        _settle(crew, poll, got.answer)
        answered()
        done = await _read(crew, poll, got)
    done = replace(done, seconds=asyncio.get_running_loop().time() - start)
    _log(done)
    return done


def _settle(crew: Crew, poll: Poll, answer: Answer | None) -> None:
    """What the exchange means for the host, and for all its sources."""
    address, scope = pacing.address(poll.state, poll.source), poll.source.throttle_scope
    changed = hosts.settled(crew.notes, address, answer, crew.settings.fetch, crew.clock(), scope=scope)
    crew.notes.update(changed)
    crew.changed.update(changed)


async def _read(crew: Crew, poll: Poll, got: Document | NotModified) -> Visit:
    now, settings = crew.clock(), crew.settings.fetch
    if isinstance(got, NotModified):
        state = pacing.after_not_modified(poll.state, poll.source, settings, got.answer, now, crew.jitter(poll))
        return _visit(poll, state, now, got, "notmodified", None)
    digested = _hash(crew.salt, got.body)
    if digested == poll.state.body_hash and not got.partial:
        state = pacing.after_document(
            poll.state, poll.source, settings, got.answer, _same(poll.state), now, crew.jitter(poll)
        )
        outcome = "ok-partial" if poll.state.outcome == "ok-partial" else "ok"  # as it was when it was read
        return _visit(poll, replace(state, outcome=outcome), now, got, outcome, None)
    try:
        digest = await crew.pool.digest(got, poll.source, seen=poll.state.seen, now=crew.cycle_start)
    except SourceError as error:
        return _failed(crew, poll, SourceError(error.kind, str(error), error.answer or got.answer))
    state = pacing.after_document(
        poll.state, poll.source, settings, got.answer, _hints(digest, got.answer), now, crew.jitter(poll)
    )
    outcome = "ok-partial" if digest.partial else "ok"
    seen = poll.state.seen + digest.seen if got.partial else digest.seen
    kept = None if digest.truncated else digested
    return _visit(poll, replace(state, body_hash=kept, seen=seen, outcome=outcome), now, got, outcome, digest)


def _hash(salt: bytes, body: bytes) -> bytes:
    """16 bytes. Processors have instructions for SHA-256: it takes a third of what BLAKE2 does."""
    made = sha256(salt)
    made.update(body)
    return made.digest()[:16]


def _same(state: FetchState) -> pacing.Hints:
    """The hints of a body that has not changed are those of the last time."""
    return pacing.Hints(state.ttl, state.skip_hours, state.skip_days, (), False, state.hub, state.topic)


def _hints(digest: Digest, answer: Answer) -> pacing.Hints:
    feed = digest.feed
    hub, topic = leases.discovered(answer.headers, answer.final_url, feed.hubs, feed.self_url)
    return pacing.Hints(
        feed.ttl,
        feed.skip_hours,
        feed.skip_days,
        digest.dates,
        feed.expired,
        hub,
        topic,
        whole=not digest.truncated,
    )


def _visit(
    poll: Poll, state: FetchState, now: datetime, got: Document | NotModified, outcome: str, digest: Digest | None
) -> Visit:
    return Visit(
        source=poll.source,
        state=state,
        at=now,
        outcome=outcome,
        url=without_credentials(got.answer.url),
        final_url=without_credentials(got.answer.final_url),
        status=got.answer.status,
        error=None,
        seconds=0.0,
        digest=digest,
    )


def _failed(crew: Crew, poll: Poll, error: SourceError) -> Visit:
    now, answer = crew.clock(), error.answer
    state = pacing.after_failure(
        poll.state, poll.source, crew.settings.fetch, error.kind, str(error), answer, now, crew.jitter(poll)
    )
    url = without_credentials(pacing.address(poll.state, poll.source))
    return Visit(
        source=poll.source,
        state=state,
        at=now,
        outcome=error.outcome,
        url=url,
        final_url=without_credentials(answer.final_url) if answer else url,
        status=answer.status if answer else None,
        error=str(error),
        seconds=0.0,
    )


def _log(done: Visit) -> None:
    level = logging.INFO if done.error is None else logging.WARNING
    if not told(level):
        return
    event(
        "poll",
        level,
        source=done.source.id,
        url=done.final_url,
        outcome=done.outcome,
        status=done.status,
        seconds=done.seconds,
        entries=done.digest.count if done.digest else None,
        error=done.error,
        next_poll=done.state.next_poll.isoformat(timespec="seconds") if done.state.next_poll else None,
        says=_elsewhere(done),
    )


def _elsewhere(done: Visit) -> str | None:
    """Where the feed says that it is, if that is another place: told, and never followed (checklist D18)."""
    said = (done.digest.feed.new_url or done.digest.feed.self_url) if done.digest else None
    if not said or links.key(said) in (links.key(done.final_url), links.key(done.source.url)):
        return None
    return links.without_credentials(said)


def _advise(crew: Crew, poll: Poll) -> None:
    """Strangers are asked, and nobody could tell us that we bother them (checklist D8): said once."""
    if crew.nameless and not named(pacing.address(poll.state, poll.source), crew.settings.fetch):
        crew.nameless = False
        event("contact", logging.WARNING, missing="[aggregator] contact: an address where server owners reach you")

"""Incidents: what went wrong with sources, and when it ended. Pure: what was known, beside what is so now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from aggregator.editorial.links import without_credentials
from aggregator.model import FetchState, Source
from aggregator.model.record import dataclass, replace

MOST = 100  # of which is told
LATE = timedelta(days=1)  # without any success, though polls go on: then the trouble is ours
PLANET = ""  # in the place of a source: all of them
TROUBLES = {
    "failing": "{} cannot be read",
    "stale": "{} has not been readable for long",
    "blocked": "{} has an address that may not be asked",
    "throttled": "{} wants to be asked less often",
    "gone": "{} is gone",
}


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble of one source."""

    source: str
    kind: str
    mark: str  # tells it from the source's other troubles of this kind
    title: str
    text: str
    since: datetime
    until: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.source, self.kind, self.mark

    @property
    def changed(self) -> datetime:
        return self.until or self.since

    def id(self, secret: str) -> str:
        """Permanent."""
        return f"urn:uuid:{uuid5(UUID(secret), chr(10).join(('incident', *self.key)))}"


def of_source(source: Source, title: str, state: FetchState, now: datetime) -> list[Incident]:
    """What is wrong with a source; `now` is the last cycle."""
    found = []
    if state.state in TROUBLES and state.since is not None:
        said, text = TROUBLES[state.state].format(title), state.error or f"Its state is: {state.state}."
        found.append(Incident(source.id, state.state, state.since.isoformat(), said, text, state.since))
    if state.effective_url and state.effective_url != source.url:
        target = without_credentials(state.effective_url)
        text = f"It is read from {target} now; feeds.toml still names the old address."
        found.append(Incident(source.id, "moved", target, f"{title} has moved", text, now))
    return found


def of_planet(title: str, last_success: datetime | None, now: datetime) -> list[Incident]:
    """That polls go on and none of them succeeds."""
    if last_success is None or now - last_success < LATE:
        return []
    text = "No source could be read for a day. The network of the machine that polls may be down."
    return [Incident(PLANET, "stale", last_success.isoformat(), f"{title} itself is stale", text, last_success)]


def followed(known: Sequence[Incident], now: Iterable[Incident], ends: Mapping[str, datetime]) -> list[Incident]:
    """All incidents, the one that changed last first: new ones added, those that are over ended.

    `ends`: when the present state of each source began; what befell a source that is not in it is forgotten.
    """
    before = {one.key: one for one in known}
    current = {one.key: replace(one, since=before.get(one.key, one).since) for one in now}
    over = [_ended(one, ends[one.source]) for one in known if one.key not in current and one.source in ends]
    everything = [*current.values(), *over]
    return sorted(everything, key=lambda one: (one.changed, one.key), reverse=True)[:MOST]


def _ended(one: Incident, at: datetime) -> Incident:
    return one if one.until else replace(one, until=max(at, one.since))

"""What a poll brought, put beside what is stored: new, edited or known; alone, a copy, or one more telling of a story.

One transaction for many visits: entries, validators, next polls and history are stored together or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta

from aggregator.editorial import duplicates, stories
from aggregator.model import Digest, Entry, Known, Source, Tally, Verdict, Visit, fingerprints
from aggregator.model.record import dataclass, replace
from aggregator.service.telling import FREQUENCIES, rank, tell
from aggregator.store.ports import Store

LATE = timedelta(days=1)  # published that long before it was first seen: its place is where it was seen
SUCCESS = "success"


@dataclass(slots=True)
class Batch:
    """What is shared by the visits of one commit."""

    store: Store
    now: datetime
    channels: set[str] = field(default_factory=set)  # that show something new
    seqs: set[int] = field(default_factory=set)  # that were changed in place or regrouped


@dataclass(frozen=True, slots=True)
class Arrival:
    """A stored entry that is about to be grouped."""

    seq: int
    entry: Entry
    source_id: str
    order: int  # of its source in feeds.toml


def ingest(store: Store, visits: Sequence[Visit], now: datetime, *, more: bool = False) -> list[Tally]:
    """Store these visits; `now` is the start of the cycle, first_seen of all that is new. A Tally a visit, in order.

    `more`: others of the cycle follow at once, and stories can wait for them.
    """
    arriving = [entry for visit in visits if visit.digest for entry in visit.digest.entries]
    with store.transaction():
        batch = Batch(store, now)
        if arriving:
            known = stories.Frequencies(store.blob(FREQUENCIES))
            known.learn(*[entry.terms for entry in arriving])
            store.save_blob(FREQUENCIES, known.packed())
            store.expect(arriving)
        tallies = [_visit(batch, visit) for visit in visits]
        store.record([(_dated(visit, tally, now), tally.new) for visit, tally in zip(visits, tallies, strict=True)])
        if not more:
            batch.seqs |= tell(store)
        if arriving or batch.seqs:
            store.bump(batch.channels, batch.seqs)
            store.tidy(now)
        store.save_note("cycle", now.isoformat())
        succeeded = [visit.at for visit in visits if visit.state.last_success == visit.at]
        if succeeded:
            store.save_note(SUCCESS, max(succeeded).isoformat())
        store.save_note("polls", str(int(store.note("polls") or 0) + 1))
    return tallies


def _visit(batch: Batch, visit: Visit) -> Tally:
    digest = visit.digest
    tally = _entries(batch, visit, digest) if digest else Tally(visit.source.id)
    if digest and digest.complete:
        batch.store.mirror(visit.source.id, digest.seen, batch.now)
    return tally


def _dated(visit: Visit, tally: Tally, now: datetime) -> Visit:
    """With the time of its last new entry; who has one is not quiet."""
    if not tally.new:
        return visit
    state = replace(visit.state, last_new_entry=now)
    return replace(visit, state=replace(state, state="ok", since=visit.at) if state.state == "quiet" else state)


def _entries(batch: Batch, visit: Visit, digest: Digest) -> Tally:
    source = visit.source
    if not digest.entries:
        return Tally(source.id, unchanged=digest.unchanged)
    first = not batch.store.has_entries(source.id)
    known = {} if first else batch.store.known_of(source.id, digest.entries)
    new_keys = () if first else [entry for entry in digest.entries if entry.key not in known]
    pruned = batch.store.returned(source.id, new_keys) if new_keys else set()
    present = fingerprints(digest.seen)
    new = updated = unchanged = excluded = 0
    pushed = visit.state.last_poll != visit.at
    for entry in _in_order(digest.entries, batch.now):
        if entry.key in pruned or (pushed and entry.key in known and _older(entry, known[entry.key])):
            unchanged += 1
        elif entry.key in known:
            changed = _again(batch, known[entry.key], entry)
            updated, unchanged = updated + changed, unchanged + (not changed)
        elif _arrive(batch, visit, entry, present, first):
            new, excluded = new + 1, excluded + (entry.excluded_by is not None)
        else:
            updated += 1
    return Tally(source.id, new, updated, unchanged + digest.unchanged, excluded)


def _in_order(entries: Sequence[Entry], now: datetime) -> list[Entry]:
    """Oldest first; of the same date, the lower in the document first."""
    return sorted(entries, key=lambda entry: entry.published or now)


def _older(entry: Entry, known: Known) -> bool:
    """By its own date it is a version before the one that is stored: a hub repeats itself (checklist B7, H13)."""
    return entry.updated is not None and known.updated is not None and entry.updated < known.updated


def _again(batch: Batch, known: Known, entry: Entry) -> bool:
    """The same id in the same source: an edit in place, if a reader would see one."""
    if known.raw_fingerprint == entry.raw_fingerprint:
        return False
    if known.fingerprint == entry.fingerprint and known.excluded == (entry.excluded_by is not None):
        _touch(batch, known, entry)
        return False
    _edit(batch, known, entry)
    return True


def _touch(batch: Batch, known: Known, entry: Entry) -> None:
    """No edit that is announced; but what it says further down, or its tags, may let it into a channel."""
    if batch.store.touch(known.seq, entry):
        _place(batch, known, entry)


def _edit(batch: Batch, known: Known, entry: Entry) -> None:
    """A version that was there before is a source that flips between two: stored, but nothing to tell anybody."""
    past = batch.store.past(known.seq)
    seen_before = entry.fingerprint in fingerprints(past)
    batch.store.update(known.seq, entry, batch.now, duplicates.bands(entry.sketch), announce=not seen_before)
    _place(batch, known, entry)


def _place(batch: Batch, known: Known, entry: Entry) -> None:
    """An edit may bring it into a channel, or have it kept out of all: its source called it back, or a rule drops it now."""
    if entry.excluded_by is None:
        batch.store.join_channels(known.seq, entry.channels, batch.now)
    elif not known.excluded:
        batch.store.leave_channels(known.seq, batch.now)
    batch.seqs.add(known.seq)


def _arrive(batch: Batch, visit: Visit, entry: Entry, present: set[bytes], first: bool) -> bool:
    """An entry whose key is unknown: True when it is stored as a row of its own, False when it is another's edit."""
    store, source = batch.store, visit.source
    bands = duplicates.bands(entry.sketch)
    candidates = [_beside(one, source.id, present, batch.now) for one in store.lookalikes(entry, bands)]
    verdict = duplicates.judge(entry, source, candidates)
    if verdict.kind == "edit" and verdict.of is not None:
        _edit(batch, next(one for one in candidates if one.seq == verdict.of), entry)
        return False
    position = _position(entry, batch.now, first)
    seq = store.insert(entry, source.id, batch.now, position, bands, verdict.because)
    if entry.excluded_by is None:
        store.join_new(seq, source.id, position, entry.channels, batch.now)
        batch.channels.update(entry.channels)
    if verdict.kind == "copy":
        _fold(batch, Arrival(seq, entry, source.id, source.order), verdict, candidates)
    return True


def group(batch: Batch, arrival: Arrival, present: set[bytes]) -> None:
    """Put a stored entry beside those that arrived before it: channels and copies. For `rebuild`; `present` are the
    fingerprints of what its source's document held last."""
    entry = arrival.entry
    bands = duplicates.bands(entry.sketch)
    found = [one for one in batch.store.lookalikes(entry, bands) if one.seq < arrival.seq]
    earlier = [_beside(one, arrival.source_id, present, batch.now) for one in found]
    verdict = duplicates.judge(entry, Source(arrival.source_id, "", order=arrival.order), earlier)
    if verdict.kind == "edit":  # both are stored: two rows, so one is a copy of the other
        verdict = replace(verdict, kind="copy")
    batch.store.index(arrival.seq, bands)
    if entry.excluded_by is None:
        batch.store.join_channels(arrival.seq, entry.channels, batch.now)
        batch.channels.update(entry.channels)
    _fold(batch, arrival, verdict, earlier)


def _beside(known: Known, source_id: str, present: set[bytes], first_seen: datetime) -> Known:
    """An entry that stands in the same document, now or when both were first seen, cannot be what this one was before."""
    if known.source_id == source_id and (known.first_seen == first_seen or known.raw_fingerprint in present):
        return replace(known, ambiguous=(*known.ambiguous, "link", "id", "title", "text"))
    return known


def _position(entry: Entry, now: datetime, first: bool) -> datetime:
    """Its place for ever: the published date, or the moment it was first seen when it comes late (contract section 4)."""
    if entry.published is None or entry.published > now:
        return now
    return now if not first and now - entry.published > LATE else entry.published


def _fold(batch: Batch, arrival: Arrival, verdict: Verdict, candidates: Sequence[Known]) -> None:
    """A copy goes under the other's original, or above it where both were first seen together."""
    if verdict.kind != "copy" or verdict.of is None:
        return
    other = next(one for one in candidates if one.seq == verdict.of)
    seq, original = arrival.seq, other.duplicate_of or other.seq
    if other.duplicate_of is None and _leads(batch, arrival, other):
        batch.store.fold(original, seq, seq, verdict.because)
        if other.story != other.seq:
            batch.store.fold(seq, None, other.story, verdict.because)
    else:
        batch.store.fold(seq, original, other.story, verdict.because)
    batch.seqs.add(seq)


def _leads(batch: Batch, arrival: Arrival, other: Known) -> bool:
    """Both were first seen together, and the one that came later in this cycle is to lead all the same."""
    if other.first_seen != batch.now:
        return False
    mine = rank(batch.store, arrival.source_id, arrival.order, batch.now)
    return mine < rank(batch.store, other.source_id, other.source_order, batch.now)

"""`aggregator rebuild`: teasers, duplicates, stories and channels anew, under today's settings, over all that is stored.

Ids, first_seen and positions stay. It works in steps, each a transaction: after a kill it goes on where it was, and a
second run under the same settings gives the same again.
"""

from __future__ import annotations

from collections.abc import Callable

from aggregator.editorial import prepare
from aggregator.editorial.context import VERSION, context
from aggregator.editorial.stories import Frequencies
from aggregator.model import Entry, Settings, Source, StoredEntry, fingerprints
from aggregator.service.ingest import Arrival, Batch, group
from aggregator.service.telling import FREQUENCIES, PLACE, tell
from aggregator.store.ports import Store

STEP = 200  # entries of one transaction
TOLD = 3000  # after as many, what they tell is looked for


def rebuild(store: Store, settings: Settings, step: Callable[[int], None]) -> int:
    """Recompute everything that is derived; the number of entries. `step` is told how many more are done."""
    target = f"{settings.fingerprint}:{VERSION.decode()}"
    begun, _, place = (store.note("rebuild") or "").partition("|")
    after = int(place) if begun == target else 0
    if begun != target:
        with store.transaction():
            store.reset_groups()
            store.save_blob(FREQUENCIES, b"")
            store.save_note(PLACE, None)
            store.save_note("rebuild", f"{target}|0")
    done = 0
    while rows := store.packed_after(after, STEP):
        _step(store, settings, rows)
        after = rows[-1][0].seq
        done += len(rows)
        step(len(rows))
    with store.transaction():
        tell(store)
        store.save_note("rebuild", None)
        store.unsettle_archives()
        store.bump(channel.id for channel in settings.channels)
    return done


def _step(store: Store, settings: Settings, rows: list[tuple[StoredEntry, bytes]]) -> None:
    """One transaction: recompute these entries and put each beside those before it, as if it had just arrived."""
    made = context(settings)
    ids = sorted({row.source_id for row, _ in rows})
    told = store.states_of(ids)
    sources = {source.id: (source, facts.title) for source, _, facts, _ in told}
    present = {poll.source.id: fingerprints(poll.state.seen) for poll in store.polls(ids)}
    with store.transaction():
        known = Frequencies(store.blob(FREQUENCIES))
        again: list[tuple[StoredEntry, Source, Entry]] = []
        for row, packed in rows:
            source, site = sources.get(row.source_id) or (Source(row.source_id, "", enabled=False), "")
            entry = prepare.again(row, packed, source, site, made)
            known.learn(entry.terms)
            again.append((row, source, entry))
        for row, source, entry in again:
            batch = Batch(store, row.first_seen)
            store.recompute(row.seq, entry)
            if not row.withdrawn:
                group(batch, Arrival(row.seq, entry, source.id, source.order), present.get(source.id, set()))
        store.save_blob(FREQUENCIES, known.packed())
        if rows[-1][0].seq // TOLD > rows[0][0].seq // TOLD:  # at the same places also after a kill
            tell(store)
        store.save_note("rebuild", f"{settings.fingerprint}:{VERSION.decode()}|{rows[-1][0].seq}")

"""What is stored of polls: the state of the source, what its document says of it, and a line of history; many polls at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from aggregator.editorial.identity import source_id
from aggregator.model import Poll, Visit
from aggregator.store import channels, codec, sources
from aggregator.store.database import Database

HISTORY = 20  # visits kept of a source
_AT_A_TIME = 500
# Not of a source that has another address by now: while it was asked feeds.toml changed, and what is stored is of the new one.
_STATE = """update poll set next_poll = ?, body_hash = ?, state = ? where num = ?
    and exists (select 1 from source where source.num = poll.num and url = ?)"""
_WELL = frozenset({"ok", "new", "quiet"})  # states that no page mentions
_SHOWN = ("title", "link", "id", "language", "authors", "rights", "icon", "logo", "tags")  # of the facts

_NOTHING = [None] * len(_SHOWN)  # of a source that was not read yet

# The store's number of the source, the poll, how many entries were stored for the first time.
Done = tuple[int, Visit, int]


def record(db: Database, done: Sequence[Done]) -> None:
    """States, facts and history. Every channel is looked at again when a source looks other than before."""
    doubtful = _doubtful(db, done)
    before = _look(db, doubtful)
    db.many(_STATE, [_row(*one) for one in done])
    for num, visit, _ in done:
        if visit.digest is not None:
            _tell(db, num, codec.facts_text(visit.digest.feed), source_id(visit.digest.feed.id, visit.source.id))
    db.many(
        "insert into seen (num, prints) values (?, ?) on conflict (num) do update set prints = excluded.prints",
        [(num, visit.state.seen) for num, visit, _ in done if visit.digest is not None],
    )
    _remember(db, [one for one in done if one[1].outcome != "notmodified"])
    db.many(
        "update source set entries = entries + ?, changed = ? where num = ?",
        [(new, codec.stamp(visit.at), num) for num, visit, new in done if new],
    )
    after = _look(db, doubtful)
    if before != after:
        sources.look_again(db)
        renamed = [num for num in after if _NOTHING != before[num][1] != after[num][1]]
        channels.unsettle(db, [row[0] for row in _of(db, "select seq from entry where source in", renamed)])


def postpone(db: Database, num: int, poll: Poll) -> None:
    """What is remembered of a source that was not asked."""
    sql = "update poll set next_poll = ?, state = ? where num = (select num from source where num = ? and url = ?)"
    db.run(sql, (codec.maybe_stamp(poll.state.next_poll), codec.state_text(poll.state), num, poll.source.url))


def _row(num: int, visit: Visit, _: int) -> tuple[Any, ...]:
    state = visit.state
    return codec.maybe_stamp(state.next_poll), state.body_hash, codec.state_text(state), num, visit.source.url


def _doubtful(db: Database, done: Sequence[Done]) -> list[int]:
    """The sources that may look other than before."""
    kinds: dict[int, str] = dict(_of(db, "select num, kind from poll where num in", [num for num, _, _ in done]))
    return [num for num, visit, _ in done if visit.digest is not None or kinds.get(num) != visit.state.state]


def _look(db: Database, nums: Sequence[int]) -> dict[int, tuple[str | None, list[Any]]]:
    """Of these sources what pages and feeds show beside their entries: their trouble, and what they say of themselves."""
    rows = _of(db, "select num, p.kind, s.facts from poll p join source s using (num) where num in", nums)
    return {num: (None if kind in _WELL else kind, _shown(text)) for num, kind, text in rows}


def _shown(text: str | None) -> list[Any]:
    about = json.loads(text or "{}")
    return [about.get(name) for name in _SHOWN]


def _of(db: Database, question: str, nums: Sequence[int]) -> Iterable[Any]:
    for i in range(0, len(nums), _AT_A_TIME):
        part = nums[i : i + _AT_A_TIME]
        yield from db.rows(f"{question} ({','.join('?' * len(part))})", part)


def _tell(db: Database, num: int, text: str, own: str) -> None:
    """What the feed says of itself; where that is news, the source list has changed."""
    sql = "update source set facts = ?1, atom_id = ?2 where num = ?3 and (facts is not ?1 or atom_id <> ?2)"
    if db.run(sql, (text, own, num)).rowcount:
        db.run("insert into note values ('facts', 1) on conflict (key) do update set value = value + 1")


def _remember(db: Database, done: Sequence[Done]) -> None:
    rows = [
        (
            num, codec.stamp(visit.at), visit.outcome, visit.status, visit.digest.count if visit.digest else None, new,
            visit.final_url, visit.error,
        )
        for num, visit, new in done
    ]  # fmt: skip
    db.many("insert or replace into visit values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.many(
        "delete from visit where source = ?1 and at < (select at from visit where source = ?1 order by at desc limit 1 offset ?2) and new = 0",
        [(num, HISTORY - 1) for num, _, _ in done],
    )


def of(
    db: Database, num: int, limit: int, since: datetime | None
) -> list[tuple[datetime, str, str | None, str | None]]:
    """The newest visits of a source, and the first one `since`: when, how it ended, which address answered, what was wrong."""
    rows = db.rows(
        """select at, outcome, final_url, error from visit where source = ?1 and (
            at in (select at from visit where source = ?1 order by at desc limit ?2)
            or at = (select min(at) from visit where source = ?1 and at >= ?3)) order by at desc""",
        (num, limit, codec.maybe_stamp(since)),
    )
    return [(codec.moment(at), outcome, url, error) for at, outcome, url, error in rows]

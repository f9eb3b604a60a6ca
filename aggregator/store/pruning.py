"""What is old and in no output is dropped. What is left of it, a few numbers, keeps it from ever coming back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aggregator.editorial import links
from aggregator.model import Entry, Pruned
from aggregator.store import codec, texts
from aggregator.store.database import Database
from aggregator.store.entries import unlisted

AT_ONCE = 500  # values of one statement
PAGES = 4096  # given back to the file system at a time

# Of a story with others in it only what is shown nowhere and has no copies of its own: nobody else steps into its place.
_NOT_NEEDED = """select e.seq from entry e where e.seq in ({marks}) and e.seq < (select max(seq) from entry)
    and not exists (select 1 from member m where m.seq = e.seq and m.shown
        and (e.story <> e.seq or m.channel in (select c.num from channel c where c.id in (select value from json_each(?)))))
    and not exists (select 1 from entry x where x.story = e.story and x.story <> x.seq and x.seq <> e.seq
        and (e.story = e.seq or x.duplicate_of = e.seq))
    order by e.seq"""
_KEEP = """insert or ignore into pruned select source, key_hash, pub_hash, id_hash, url_hash, title_hash, published, first_seen, ?, excluded
    from entry where seq = ?"""


def aged(db: Database, before: datetime, after: int, most: int, archived: Sequence[str]) -> tuple[list[int], int]:
    """Of the next `most` entries those that may go, and the last one looked at; 0 when the end is reached."""
    rows = db.rows("select seq, position from entry where seq > ? order by seq limit ?", (after, most))
    cut = codec.stamp(before)
    old = [seq for seq, position in rows if position < cut]
    found: list[int] = []
    for i in range(0, len(old), AT_ONCE):
        part = old[i : i + AT_ONCE]
        sql = _NOT_NEEDED.format(marks=",".join("?" * len(part)))
        found += [row[0] for row in db.rows(sql, (*part, codec.dumped(list(archived))))]
    return found, rows[-1][0] if len(rows) == most else 0


def prune(db: Database, seqs: Sequence[int], now: datetime) -> None:
    """Drop these, and what was remembered of the visits before the oldest entry that is left of their sources."""
    sources: dict[int, int] = {}
    for seq in seqs:
        num = db.rows("select source from entry where seq = ?", (seq,))[0][0]
        sources[num] = sources.get(num, 0) + 1
        db.run(_KEEP, (codec.stamp(now), seq))
        unlisted(db, seq)
        db.run("delete from member where seq = ?", (seq,))
        db.run("delete from entry where seq = ?", (seq,))
    texts.drop(db, seqs)
    for num, count in sources.items():
        db.run("update source set entries = entries - ? where num = ?", (count, num))
        db.run(
            "delete from visit where source = ?1 and at < (select min(first_seen) from entry where source = ?1)", (num,)
        )


def returned(db: Database, num: int, entries: Sequence[Entry]) -> set[str]:
    """The keys of those that were pruned: the same key; or the same link and title, and no later date, under another id."""
    out: set[str] = set()
    for entry in entries:
        link = codec.hashed(entry.url_key) if entry.url_key else None
        title = codec.hashed(entry.title_key) if entry.title_key else None
        at = codec.maybe_stamp(entry.published)
        rows = db.rows(
            """select 1 from pruned where source = ?1 and key_hash = ?2 union all
            select 1 from pruned where url_hash = ?3 and source = ?1 and title_hash = ?4 and ?5 <= published limit 1""",
            (num, codec.hashed(entry.key), link, title, at),
        )
        if rows:
            out.add(entry.key)
    return out


def any_of(db: Database, num: int) -> bool:
    """Whether any entry of a source was pruned."""
    return bool(db.rows("select 1 from pruned where source = ? limit 1", (num,)))


def find(db: Database, what: str) -> list[Pruned]:
    """What is left of entries with this published id, source id or address."""
    own, key = codec.hashed(what), links.key(what)
    rows = db.rows(
        """select s.id, p.published, p.first_seen, p.at, p.excluded from pruned p join source s on s.num = p.source
        where p.pub_hash = ?1 or p.id_hash = ?1 or p.url_hash = ?2 order by p.first_seen, s.id limit 50""",
        (own, codec.hashed(key) if key else None),
    )
    return [
        Pruned(name, codec.moment(published), codec.moment(seen), codec.moment(at), excluded)
        for name, published, seen, at, excluded in rows
    ]


def count(db: Database) -> int:
    """How many were pruned so far."""
    found: int = db.rows("select count(*) from pruned")[0][0]
    return found


def shrink(db: Database) -> None:
    """Give free pages back to the file system, a bounded number of them."""
    db.give_back(PAGES)

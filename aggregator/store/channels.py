"""Membership: which entry is in which channel, at which place, and which one of a story is shown there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from aggregator.editorial.share import share
from aggregator.model import Block, Channel, SourceFacts, StoredEntry, Story, Telling, Tombstone, fingerprints
from aggregator.store import codec, entries, sources
from aggregator.store.database import Database

BY_USER, BY_SOURCE = 1, 2  # who withdrew an entry
_WEIGHTED = "select num, config from source indexed by source_weight where present and instr(config, '\"weight\":')"


def numbers(db: Database) -> dict[str, int]:
    """The store's own numbers of channels."""
    return dict(db.rows("select id, num from channel"))


def rename(db: Database, old: str, new: str) -> None:
    """Under another id, with the notes of its archive, its digests and its title."""
    db.run("update channel set id = ? where id = ?", (new, old))
    for kind in ("archive", "editions", "says"):
        db.run("update note set key = ? where key = ?", (f"{kind}:{new}", f"{kind}:{old}"))
    numbered = f"archive:{old}:"
    db.run(
        "update note set key = ? || substr(key, ?) where key >= ? and key < ?",
        (f"archive:{new}:", len(numbered) + 1, numbered, numbered + "\U0010ffff"),
    )
    quoted = codec.dumped(old)
    db.run(
        "update entry set own_channels = replace(own_channels, ?, ?) where instr(own_channels, ?)",
        (quoted, codec.dumped(new), quoted),
    )


# The channels of an entry, and what each shows of its story.
_MEMBERSHIPS = """select c.id, m.since, m.shown, (select o.id from entry o join member n on n.seq = o.seq and n.channel = m.channel
        where n.shown and o.seq in (select e.story union select seq from entry where story = e.story and story <> seq))
    from member m join channel c on c.num = m.channel join entry e on e.seq = m.seq where m.seq = ? order by c.id"""


def trail(db: Database, seq: int) -> dict[str, object]:
    """What became of an entry: see Store.trail."""
    because, own, who = db.rows("select because, own_channels, withdrawn from entry where seq = ?", (seq,))[0]
    rows = db.rows(_MEMBERSHIPS, (seq,))
    return {
        "because": because,
        "left": who == BY_SOURCE,
        "own_channels": tuple(json.loads(own)) if own else (),
        "channels": [(name, codec.moment(since), bool(shown), instead) for name, since, shown, instead in rows],
    }


def join(db: Database, seq: int, channels: Sequence[str], since: datetime, known: dict[str, int]) -> None:
    """Put an entry into channels; what is in one stays in it, and what was withdrawn comes into none."""
    found = db.rows("select position, source, story from entry where seq = ? and not withdrawn", (seq,))
    if channels and found:
        position, source, story = found[0]
        at = codec.stamp(since)
        rows = [(known[name], seq, at, position, source) for name in channels if name in known]
        db.run("delete from tombstone where id = (select id from entry where seq = ?)", (seq,))
        db.many("insert or ignore into member values (?, ?, ?, ?, ?, 1)", rows)
        if story != seq or db.rows("select 1 from entry where story = ? and story <> seq limit 1", (seq,)):
            settle(db, story)


def join_new(
    db: Database,
    seq: int,
    source: int,
    position: datetime,
    channels: Sequence[str],
    since: datetime,
    known: dict[str, int],
) -> None:
    """Put an entry that is alone in its story into channels."""
    at, place = codec.stamp(since), codec.stamp(position)
    db.later(
        "insert or ignore into member values (?, ?, ?, ?, ?, 1)",
        [(known[name], seq, at, place, source) for name in channels if name in known],
    )


def settle(db: Database, story: int) -> None:
    """Show one entry of a story in each channel: its lead, else the first member to arrive; an id once shown there stays."""
    told = entries.telling(db, story)
    marks = ",".join("?" * len(told))
    rows = db.rows(f"select channel, seq, shown from member where seq in ({marks}) order by channel, seq", told)
    best: dict[int, int] = {}
    for channel, seq, _ in rows:
        if channel not in best or seq == story:
            best[channel] = seq
    for channel, seq, shown in rows:
        if bool(shown) != (best[channel] == seq):
            db.run("update member set shown = ? where channel = ? and seq = ?", (best[channel] == seq, channel, seq))


def touched(db: Database, seqs: Iterable[int]) -> set[int]:
    """The channels that show these entries or others of their stories."""
    told = "select seq from entry where story = (select story from entry where seq = ?1) and story <> seq union select story from entry where seq = ?1"
    sql = f"select distinct channel from member where seq in ({told})"
    return {row[0] for seq in seqs for row in db.rows(sql, (seq,))}


def bump(db: Database, channels: Iterable[int]) -> None:
    """What these show may have changed."""
    db.many("update channel set version = version + 1 where num = ?", [(num,) for num in channels])


def version(db: Database, channel: str) -> int:
    """How often it may have changed; 0 before."""
    rows = db.rows("select version from channel where id = ?", (channel,))
    return rows[0][0] if rows else 0


def window(db: Database, channel: Channel, floor: datetime | None) -> list[Story]:
    """The stories to show."""
    rows = db.rows("select num from channel where id = ?", (channel.id,))
    if not rows:
        return []
    weights = _weights(db)
    chosen = share(_candidates(db, rows[0][0], floor), channel.limit, channel.per_source, weights)
    told = stories(db, [seq for seq, _ in chosen])
    return sorted(
        told,
        key=lambda story: (
            -codec.stamp(story.shown.entry.position),
            -codec.stamp(story.shown.entry.published),
            story.shown.entry.id,
        ),
    )


def _weights(db: Database) -> dict[int, float]:
    """The sources that have a weight of their own."""
    rows = db.rows(_WEIGHTED)
    return {num: codec.source_of(config, 0).weight for num, config in rows}


def _candidates(db: Database, num: int, floor: datetime | None) -> Iterator[tuple[int, int]]:
    """(seq, source) in the order of the channel."""
    least = codec.stamp(floor) if floor else 0
    sql = """select m.seq, m.source from member m indexed by member_shown where m.channel = ? and m.shown and m.position >= ?
        order by m.position desc, m.seq"""
    yield from db.stream(sql, (num, least))


def told_alone(db: Database, shown: Sequence[int]) -> list[Story]:
    """Each as if nobody else told it, in the order given."""
    leads = entries.by_seq(db, shown)
    about = _about(db, leads.values())
    return [Story(Telling(one, about[one.source_id])) for seq in shown if (one := leads.get(seq))]


def stories(db: Database, shown: Sequence[int]) -> list[Story]:
    """Each with all who tell it, in the order given."""
    if not shown:
        return []
    leads = entries.by_seq(db, shown)
    story_of = _story_numbers(db, shown)
    members = _members(db, sorted(set(story_of.values())))
    others = entries.by_seq(db, sorted({seq for group in members.values() for seq in group} - set(leads)))
    all_of = {**others, **leads}
    about = _about(db, all_of.values())
    return [
        _story(all_of[seq], [all_of[other] for other in members[story_of[seq]] if other != seq], about)
        for seq in shown
        if seq in leads
    ]


def _about(db: Database, told: Iterable[StoredEntry]) -> dict[str, SourceFacts]:
    """Their sources by id."""
    return {one.id: one for one in sources.facts_of(db, sorted({entry.source_id for entry in told}))}


def _story(lead: StoredEntry, also: Sequence[StoredEntry], about: dict[str, SourceFacts]) -> Story:
    visible = [one for one in also if one.excluded_by is None and not one.withdrawn]
    ordered = sorted(visible, key=lambda one: (one.first_seen, one.seq))
    return Story(Telling(lead, about[lead.source_id]), tuple(Telling(one, about[one.source_id]) for one in ordered))


def _story_numbers(db: Database, seqs: Sequence[int]) -> dict[int, int]:
    out: dict[int, int] = {}
    for i in range(0, len(seqs), 500):
        part = seqs[i : i + 500]
        out.update(db.rows(f"select seq, story from entry where seq in ({','.join('?' * len(part))})", part))
    return out


def _members(db: Database, leads: Sequence[int]) -> dict[int, list[int]]:
    """Everybody of these stories, leads included."""
    out: dict[int, list[int]] = {lead: [lead] for lead in leads}
    for i in range(0, len(leads), 500):
        part = leads[i : i + 500]
        sql = f"select story, seq from entry where story in ({','.join('?' * len(part))}) and story <> seq"
        for story, seq in db.rows(sql, part):
            out[story].append(seq)
    return out


def arrivals(db: Database, channel: str, after: int, limit: int) -> list[int]:
    """The seqs shown in a channel, in order of arrival, after a seq."""
    sql = """select m.seq from member m join channel c on c.num = m.channel where c.id = ? and m.shown and m.seq > ? order by m.seq limit ?"""
    return [row[0] for row in db.rows(sql, (channel, after, limit))]


def exported(db: Database, names: dict[int, str]) -> Iterator[tuple[StoredEntry, tuple[str, ...]]]:
    """All that is stored, in order of arrival, with the channels that each is in."""
    after = 0
    while seqs := [row[0] for row in db.rows("select seq from entry where seq > ? order by seq limit 500", (after,))]:
        found = entries.by_seq(db, seqs)
        member: dict[int, list[str]] = {}
        sql = f"select seq, channel from member where seq in ({','.join('?' * len(seqs))}) order by channel"
        for seq, num in db.rows(sql, seqs):
            member.setdefault(seq, []).append(names[num])
        for seq in seqs:
            yield found[seq], tuple(member.get(seq, ()))
        after = seqs[-1]


def withdraw(db: Database, seq: int, now: datetime, who: int = BY_USER) -> None:
    """Out of every channel, with a tombstone in each."""
    leave(db, seq, now)
    db.run("update entry set withdrawn = ? where seq = ?", (who, seq))
    db.run("update channel set version = version + 1")


def leave(db: Database, seq: int, now: datetime) -> None:
    """Out of every channel, with a tombstone where it was shown; another telling of its story takes its place."""
    story = db.rows("select story from entry where seq = ?", (seq,))[0][0]
    bump(db, touched(db, [seq]))
    unsettle(db, [seq])
    db.run(
        "insert or ignore into tombstone select m.channel, e.id, ? from member m join entry e using (seq) where m.seq = ? and m.shown",
        (codec.stamp(now), seq),
    )
    db.run("delete from member where seq = ?", (seq,))
    settle(db, story)
    unsettle(db, entries.telling(db, story))


def differing(db: Database, source: int, prints: bytes) -> tuple[list[int], list[int]]:
    """Entries of a source that have left a document with these fingerprints, and those that had left and are back."""
    present = fingerprints(prints)
    rows = db.rows("select seq, raw, withdrawn from entry where source = ? and withdrawn <> ?", (source, BY_USER))
    left = [seq for seq, raw, withdrawn in rows if not withdrawn and raw not in present]
    return left, [seq for seq, raw, withdrawn in rows if withdrawn and raw in present]


def restore(db: Database, seq: int, now: datetime, known: dict[str, int]) -> None:
    """Back into its channels, without its tombstones."""
    own, name, excluded = db.rows("select own_channels, id, excluded from entry where seq = ?", (seq,))[0]
    db.run("delete from tombstone where id = ?", (name,))
    db.run("update entry set withdrawn = 0 where seq = ?", (seq,))
    join(db, seq, json.loads(own) if own and excluded is None else (), now, known)
    db.run("update channel set version = version + 1")


def tombstones(db: Database, channel: str, limit: int) -> list[Tombstone]:
    """The newest withdrawals of a channel."""
    sql = "select t.id, t.at from tombstone t join channel c on c.num = t.channel where c.id = ? order by t.at desc, t.id limit ?"
    return [Tombstone(name, codec.moment(at)) for name, at in db.rows(sql, (channel, limit))]


def blocks(db: Database, channel: str, since: int) -> list[Block]:
    """The archive documents of a channel that end with this seq or a later one, oldest first."""
    sql = "select b.number, b.first, b.last from block b join channel c on c.num = b.channel where c.id = ? and b.last >= ? order by b.number"
    return [Block(*row) for row in db.rows(sql, (channel, since))]


def blocks_end(db: Database, channel: str) -> tuple[int, int]:
    """The newest number, and the last seq that is in any."""
    sql = """select coalesce((select max(number) from block where channel = c.num), 0),
        coalesce((select max(last) from block where channel = c.num), 0) from channel c where c.id = ?"""
    number, last = (db.rows(sql, (channel,)) or [(0, 0)])[0]
    return number, last


def add_blocks(db: Database, num: int, new: Sequence[Block]) -> None:
    """Close these for ever."""
    db.many(
        "insert into block (channel, number, first, last) values (?, ?, ?, ?)",
        [(num, b.number, b.first, b.last) for b in new],
    )


def unsettle(db: Database, seqs: Iterable[int]) -> None:
    """An entry in an archive document was edited, regrouped or withdrawn: the document is to be written again. Where it is in
    none, the one that follows: it may be wanting there."""
    db.many(
        """update block set version = 1 where (channel, number) in (
            select b.channel, b.number from block b join member m on m.channel = b.channel and m.seq = ?1 where ?1 between b.first and b.last
            union all select m.channel, (select min(number) from block where channel = m.channel and first > ?1) from member m
            where m.seq = ?1 and not exists (select 1 from block where channel = m.channel and ?1 between first and last))""",
        [(seq,) for seq in seqs],
    )


def unsettle_all(db: Database) -> None:
    """Every archive document is to be written again."""
    db.run("update block set version = 1")


def settle_blocks(db: Database, num: int) -> None:
    """All archive documents of a channel are as they should be."""
    db.run("update block set version = 0 where version > 0 and channel = ?", (num,))


def stale_blocks(db: Database, channel: str) -> set[int]:
    """The numbers of the archive documents that are to be written again."""
    sql = "select b.number from block b join channel c on c.num = b.channel where c.id = ? and b.version > 0"
    return {row[0] for row in db.rows(sql, (channel,))}


def reset(db: Database) -> None:
    """Every entry alone, in no channel, found by nothing: the state from which `rebuild` starts."""
    for table in ("band", "probe", "member"):
        db.run(f"delete from {table}")
    db.run("update entry set story = seq, duplicate_of = null, because = ''")

"""Sources: what feeds.toml says of them, when to ask them, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from aggregator.editorial.identity import source_id
from aggregator.editorial.links import without_credentials
from aggregator.model import Channel, FetchState, Poll, Source, SourceFacts
from aggregator.model.record import replace
from aggregator.schedule.jumps import JUMP
from aggregator.store import codec
from aggregator.store.database import Database
from aggregator.store.ports import Health

FAR = timedelta(days=9)  # a next poll further ahead, beyond its own interval, was set by a wrong clock
COUNT = "sources"  # the note that says how many feeds.toml has: to count a million takes longer than a build
SYNCED = "settings"  # the note with the fingerprint of the list that is stored
_PRESENT = "select count(*) from source where present"
Numbered = tuple[int, Poll]  # with the store's own number of the source
_FIRST_STATE = codec.state_text(FetchState())
AT_ONCE = 1000
_FACTS = "select s.id, s.config, s.ord, s.facts, s.changed, s.atom_id, p.kind from source s join poll p using (num)"
_HEALTH = "select s.config, s.ord, p.state, p.next_poll, p.active, s.facts, s.entries from"
_MOVED = "json_extract(p.state, '$[3]') is not null"  # as the index has it
_POLL = "select s.num, s.config, s.ord, p.state, p.next_poll, p.body_hash, n.prints from poll p join source s using (num) left join seen n using (num)"


_INTERVAL, _LAST_POLL = codec.place_of("interval"), codec.place_of("last_poll")
_FRACTION = "(((num * 2654435769 + ?3) & 4294967295) / 4294967296.0)"


def sync(db: Database, sources: Iterable[Source], channels: Sequence[Channel], fingerprint: str) -> None:
    """Make the stored list that of feeds.toml; in steps, between which a service can write.

    It asks those that are new from the last step on, when it can know of new channels, too. What is broken off is begun
    again by the next one, since the fingerprint is stored last.
    """
    first = not db.rows("select 1 from note where key = ?", (SYNCED,))
    db.run("drop table if exists temp.wanted")
    db.run("create temp table wanted (num integer primary key, enabled integer not null)")
    rest = iter(sources)
    while some := list(islice(rest, 500)):
        with db.transaction():
            known = {row[0]: row[1:] for row in _of(db, "select id, num, config, ord, present from source", some)}
            rows = [(_sync_one(db, one, known.get(one.id), asked=first), one.enabled) for one in some]
            db.many("insert into wanted values (?, ?)", rows)
    with db.transaction():
        db.run("update source set present = 0 where present and num not in (select num from wanted)")
        db.run("update poll set active = 1 where not active and num in (select num from wanted where enabled)")
        db.run("update poll set active = 0 where active and num not in (select num from wanted where enabled)")
        _sync_channels(db, channels)
        note(db, COUNT, db.rows(_PRESENT)[0][0])
        note(db, SYNCED, fingerprint)
    db.run("drop table wanted")


def _of(db: Database, sql: str, some: Sequence[Source]) -> list[Any]:
    return db.rows(f"{sql} where id in ({','.join('?' * len(some))})", [one.id for one in some])


def _sync_channels(db: Database, channels: Sequence[Channel]) -> None:
    """Whatever feeds.toml changed may show."""
    for channel in channels:
        db.run("insert into channel (id) values (?) on conflict (id) do nothing", (channel.id,))
    look_again(db)


def _sync_one(db: Database, source: Source, known: Sequence[Any] | None, *, asked: bool) -> int:
    """The store's own number of it; a new one is `asked` from now on."""
    text = codec.source_text(source)
    if known is None:
        row = (source.id, source.order, 1, source.url, text, source_id(None, source.id))
        sql = "insert into source (id, ord, present, url, config, atom_id) values (?, ?, ?, ?, ?, ?) returning num"
        num: int = db.run(sql, row).fetchone()[0]
        db.run(
            "insert into poll (num, ord, active, next_poll, state) values (?, ?, ?, 0, ?)",
            (num, source.order, asked and source.enabled, _FIRST_STATE),
        )
        return num
    num, old_text, old_order, present = known
    if (text, source.order, 1) != (old_text, old_order, present):
        db.run(
            "update source set ord = ?, present = 1, url = ?, config = ? where num = ?",
            (source.order, source.url, text, num),
        )
        db.run("update poll set ord = ? where num = ? and ord <> ?1", (source.order, num))
        old = codec.source_of(old_text, 0)
        if (old.url, old.headers, old.auth) != (source.url, source.headers, source.auth):
            _start_afresh(db, num)
        elif _shape(old) != _shape(source):
            _read_again(db, num)
    return num


def _start_afresh(db: Database, num: int) -> None:
    """Another address or other credentials: what the old ones said about asking again is void (checklist D6)."""
    db.run("update poll set next_poll = 0, body_hash = null, state = ? where num = ?", (_FIRST_STATE, num))
    db.run("delete from seen where num = ?", (num,))


def _shape(source: Source) -> tuple[object, ...]:
    """What of its settings makes other entries of the same document; the lines of its rules do not."""
    rules = tuple(rule.text for rule in source.include), tuple(rule.text for rule in source.exclude)
    return source.max_entries, source.language, source.teaser, source.ignore, *rules


def _read_again(db: Database, num: int) -> None:
    """Its entries are to be read otherwise: when it is due it is asked for the whole document (checklist D6)."""
    text, next_poll, _ = db.rows("select state, next_poll, body_hash from poll where num = ?", (num,))[0]
    state = replace(
        codec.state_of(text, next_poll, None, None), etag=None, last_modified=None, validators_for=None, spare=()
    )
    db.run("update poll set body_hash = null, state = ? where num = ?", (codec.state_text(state), num))


def revive(db: Database, name: str) -> None:
    """Forget that a source is gone, that it failed, and where it has moved to: it is due, or will be when its server allows it."""
    for (num,) in db.rows("select num from source where id = ?", (name,)):
        text, next_poll, body_hash = db.rows("select state, next_poll, body_hash from poll where num = ?", (num,))[0]
        before = codec.state_of(text, next_poll, body_hash, None)
        state = replace(
            before,
            state="new",
            effective_url=None,
            moved_to=None,
            moved_since=None,
            failures=0,
            not_before=None,
            error=None,
        )
        due = codec.maybe_stamp(before.retry_after) or 0
        db.run("update poll set next_poll = ?, state = ? where num = ?", (due, codec.state_text(state), num))
        look_again(db)


def _poll(row: Sequence[Any]) -> Numbered:
    num, config, order, state, next_poll, body_hash, prints = row
    return num, Poll(codec.source_of(config, order), codec.state_of(state, next_poll, body_hash, prints))


def due(db: Database, now: datetime, limit: int) -> list[Numbered]:
    """Who is to be asked, longest due first."""
    at = codec.stamp(now)
    sql = f"{_POLL} where p.active and p.next_poll <= ? order by p.next_poll, p.ord limit ?"
    rows = db.rows(sql, (at, limit))
    if len(rows) < limit:
        far = codec.stamp(now + FAR)
        rows += db.rows(
            f"{_POLL} where p.active and p.next_poll > ? order by p.next_poll, p.ord limit ?", (far, limit - len(rows))
        )
    return [found for row in rows if _possible((found := _poll(row))[1], now)]


def _possible(poll: Poll, now: datetime) -> bool:
    """Due, or planned for a time that its own interval cannot have led to."""
    planned = poll.state.next_poll
    return planned is None or planned <= now or planned - now > poll.state.interval * 1.2 + FAR


def polls(db: Database, ids: Sequence[str] | None) -> list[Numbered]:
    """These sources by id or URL, or all enabled ones."""
    if ids is None:
        return [_poll(row) for row in db.rows(f"{_POLL} where p.active order by p.ord")]
    found: dict[int, Poll] = {}
    for name in ids:
        found.update(map(_poll, db.rows(f"{_POLL} where s.present and (s.id = ? or s.url = ?)", (name, name))))
    return sorted(found.items(), key=lambda item: item[1].source.order)


def count(db: Database) -> int:
    """How many sources feeds.toml has."""
    noted = db.rows("select value from note where key = ?", (COUNT,))
    found: int = (noted or db.rows(_PRESENT))[0][0]
    return found


def next_due(db: Database) -> datetime | None:
    """When the next source falls due."""
    row = db.rows("select min(next_poll) from poll where active and next_poll is not null")
    return codec.maybe_moment(row[0][0])


def numbers(db: Database, names: Iterable[str]) -> dict[str, int]:
    """The store's own numbers of sources."""
    wanted = list(set(names))
    out: dict[str, int] = {}
    for i in range(0, len(wanted), 500):
        part = wanted[i : i + 500]
        out.update(db.rows(f"select id, num from source where id in ({','.join('?' * len(part))})", part))
    return out


def note(db: Database, key: str, value: object) -> None:
    """Keep a value under a key."""
    db.run("insert into note values (?, ?) on conflict (key) do update set value = excluded.value", (key, value))


def look_again(db: Database) -> None:
    """Whatever a channel shows may have changed."""
    db.run("update channel set version = version + 1")


def facts(db: Database) -> Iterator[SourceFacts]:
    """All sources of feeds.toml as outputs show them; in steps, since an open question would keep the log of writes growing."""
    after = -1
    while rows := db.rows(f"{_FACTS} where s.present and s.ord > ? order by s.ord limit {AT_ONCE}", (after,)):
        yield from map(_facts, rows)
        after = rows[-1][2]


def facts_of(db: Database, ids: Sequence[str]) -> list[SourceFacts]:
    """These sources as outputs show them, present or not; those of an archive's document are mostly those of the next one."""
    found: list[SourceFacts] = []
    for i in range(0, len(ids), 500):
        part = ids[i : i + 500]
        rows = db.rows(f"{_FACTS} where s.id in ({','.join('?' * len(part))}) order by s.ord", part)
        found += map(_same_facts, rows)
    return found


def feeding(db: Database, channel: Channel, most: int) -> list[SourceFacts]:
    """The first sources that may feed a channel."""
    tags = " or ".join(["instr(s.config, ?)"] * len(channel.tags)) or "1"  # finds too much at most; in C, it is quick
    names = "s.id in (select value from json_each(?))" if channel.sources else "1"
    given = [*map(codec.dumped, channel.tags), *([codec.dumped(channel.sources)] if channel.sources else [])]
    rows = db.stream(f"{_FACTS} where s.present and ({tags}) and {names} order by s.ord", given)
    found = (_facts(row) for row in rows)
    return list(islice((one for one in found if not channel.tags or set(channel.tags) & set(one.tags)), most))


def _facts(row: Sequence[Any]) -> SourceFacts:
    name, config, order, text, changed, atom_id, state = row
    source, about = codec.source_of(config, order), codec.facts_of(text)
    url = without_credentials(source.url)
    return SourceFacts(
        id=name,
        title=source.title or about.title or name,
        url=url,
        atom_id=atom_id,
        link=about.link,
        language=source.language or about.language,
        updated=codec.maybe_moment(changed),
        authors=about.authors,
        rights=about.rights,
        icon=about.icon,
        logo=about.logo,
        tags=source.tags,
        categories=about.tags,
        state=state,
        listed=url == source.url and not source.headers and not source.auth,
    )


_same_facts = lru_cache(maxsize=1024)(_facts)


def states(db: Database, kinds: Sequence[str]) -> Iterator[Health]:
    """Sources in these states, those of the first first, newest in that state first."""
    sql = f"{_HEALTH} poll p indexed by poll_trouble cross join source s using (num) where s.present and p.kind = ? order by p.since desc, p.ord"
    for kind in kinds:
        yield from map(_health, db.stream(sql, (kind,)))


def moved(db: Database, most: int) -> list[Health]:
    """The first sources that are read from another address than feeds.toml has."""
    sql = f"{_HEALTH} poll p indexed by poll_moved cross join source s using (num) where s.present and {_MOVED} order by p.ord limit ?"
    return [_health(row) for row in db.rows(sql, (most,))]


def states_of(db: Database, ids: Sequence[str]) -> list[Health]:
    """These sources."""
    sql = f"{_HEALTH} source s join poll p using (num) where s.present and s.id in (select value from json_each(?)) order by s.ord"
    return [_health(row) for row in db.rows(sql, (codec.dumped(ids),))]


def _health(row: Sequence[Any]) -> Health:
    config, order, text, next_poll, active, about, count = row
    state = codec.state_of(text, next_poll, None, None)
    if not active:
        state = replace(state, state="paused", next_poll=None)
    return codec.source_of(config, order), state, codec.facts_of(about), count


def counts(db: Database) -> dict[str, int]:
    """How many sources are in each state."""
    found: dict[str, int] = dict(db.rows("select kind, count(*) from poll indexed by poll_trouble group by kind"))
    gone = db.rows("select count(*) from source")[0][0] - count(db)  # out of feeds.toml: they count as paused
    found["paused"] = found.get("paused", 0) - gone
    return {kind: number for kind, number in found.items() if number}


def spread(db: Database, now: datetime, longest: timedelta, shift: float, most: int) -> int:
    """Plan anew who fell due while nobody asked (checklist D13): the load of hours would else fall on one minute.

    By numbers that multiples of the golden ratio spread evenly, however many there are.
    """
    at, late = codec.stamp(now), "active and next_poll > 0 and next_poll < ?1"
    (first,) = db.rows(f"select min(next_poll) from poll where {late}", (at,))[0]
    if first is None:
        return 0
    window = min(at - first, longest // timedelta(microseconds=1))
    sql = (
        f"update poll set next_poll = ?1 + cast({_FRACTION} * min(?2, json_extract(state, '$[{_INTERVAL}]')) as integer) where num in "
        f"(select num from poll where {late} and json_extract(state, '$[{_LAST_POLL}]') > ?4 order by next_poll limit ?5)"
    )
    values = (at, window, int(shift * 2**32), codec.stamp(now - JUMP), most)
    return db.run(sql, values).rowcount


def host_notes(db: Database) -> dict[str, str]:
    """What is remembered of hosts."""
    return dict(db.rows("select name, note from host"))


def save_host_notes(db: Database, notes: Mapping[str, str]) -> None:
    """Replace or forget."""
    with db.transaction():
        db.many("insert or replace into host values (?, ?)", [(k, v) for k, v in notes.items() if v])
        db.many("delete from host where name = ?", [(k,) for k, v in notes.items() if not v])

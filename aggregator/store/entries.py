"""Entries: stored, edited, folded under one another, found again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from aggregator.editorial import links
from aggregator.editorial.duplicates import bands as bands_of
from aggregator.editorial.identity import minted
from aggregator.editorial.titles import title_key
from aggregator.model import Entry, Known, StoredEntry, Teller
from aggregator.store import codec
from aggregator.store.database import Database
from aggregator.store.meeting import Marks
from aggregator.store.ports import Wanted
from aggregator.store.texts import squeezed

NEWEST = 100  # newest entries under one probe that are looked at
MATES = 8  # entries beside which the story of one is looked for ...
FAINT = 2  # ... but for those that share no more than one of the two faintest probes, or none
PROBES_KEPT = timedelta(days=8)

_KNOWN = """e.seq, e.id, s.id, s.ord, e.source_entry_id, e.url_hash, e.title, e.title_hash, e.raw, e.print, e.sketch, e.terms, e.language,
    e.published, e.first_seen, e.duplicate_of, e.story, e.ambiguous, e.excluded is not null or e.withdrawn, e.updated, e.key_hash"""
_TELLER = "e.seq, e.id, s.id, s.ord, e.terms, e.published, e.first_seen, e.story"
_FROM = "from entry e join source s on s.num = e.source"
_STORED = """e.seq, e.id, s.id, e.source_entry_id, e.url, e.published_url, e.title, e.authors, e.published, e.updated, e.first_seen, e.position,
    e.teaser, e.cut, e.language, e.tags, d.id, l.id, e.story = e.seq, e.excluded, e.withdrawn, e.content, e.extra, e.ambiguous"""
_STORED_FROM = "from entry e join source s on s.num = e.source left join entry d on d.seq = e.duplicate_of join entry l on l.seq = e.story"
# Of each probe the seqs in one text: asked one by one they cost twice as much.
_OF_PROBES = f"""select value, (select group_concat(seq) from
        (select seq from probe where term = value and at between ?2 and ?3 order by at desc, seq desc limit {NEWEST})) as seqs
    from json_each(?1) where seqs is not null"""
_COLUMNS = """id pub_hash id_hash source key_hash source_entry_id url published_url url_hash title title_hash published updated first_seen
    position teaser cut language tags authors extra content raw print sketch terms excluded because own_channels ambiguous""".split()
_TAKEN = "select 1 from entry where pub_hash = ?1 union all select 1 from pruned where pub_hash = ?1"
# An entry that arrives is the lead of a story of its own.
_INSERT = f"insert into entry (seq, story, {', '.join(_COLUMNS)}) values (?1, ?1, {', '.join('?' * len(_COLUMNS))})"
_INDEX = "insert or ignore into band values (?, ?)"


def _known(row: Sequence[Any], url_key: str = "", key: str = "") -> Known:
    """A Known; its url_key is that of the entry it was looked up for where the hashes agree, "" else."""
    (
        seq,
        own,
        source,
        order,
        given,
        url_hash,
        title,
        title_hash,
        raw,
        mark,
        sketch,
        terms,
        language,
        published,
        seen,
        dup,
        story,
        shared,
        out,
        updated,
        _,
    ) = row
    return Known(
        seq=seq, id=own, source_id=source, source_order=order, key=key, source_entry_id=own if given is None else given,
        url_key=url_key if url_hash is not None and url_hash == codec.hashed(url_key) else "",
        title=title, title_key=title_key(title) if title_hash is not None else "", raw_fingerprint=raw, fingerprint=mark,
        sketch=sketch or b"", terms=terms or b"", language=language, published=codec.moment(published),
        first_seen=codec.moment(seen), duplicate_of=dup, story=story, ambiguous=tuple(shared.split()) if shared else (), excluded=bool(out),
        updated=codec.moment(updated),
    )  # fmt: skip


def known_of(db: Database, num: int, keys: Sequence[str]) -> dict[str, Known]:
    """The stored entries of a source by their keys."""
    hashes = {codec.hashed(key): key for key in keys}
    out: dict[str, Known] = {}
    wanted = list(hashes)
    for i in range(0, len(wanted), 500):
        part = wanted[i : i + 500]
        sql = f"select {_KNOWN} {_FROM} where e.source = ? and e.key_hash in ({','.join('?' * len(part))})"
        for row in db.rows(sql, (num, *part)):
            out[hashes[row[-1]]] = _known(row, key=hashes[row[-1]])
    return out


def has_entries(db: Database, num: int) -> bool:
    """Whether a source ever gave an entry."""
    sql = "select 1 from entry where source = ?1 union all select 1 from pruned where source = ?1 limit 1"
    return bool(db.rows(sql, (num,)))


def arrived(db: Database, num: int, now: datetime, most: int) -> int:
    """How many entries of a source were first seen at this moment; counted up to `most`."""
    sql = "select count(*) from (select 1 from entry indexed by entry_brought where source = ? and first_seen = ? limit ?)"
    found: int = db.rows(sql, (num, codec.stamp(now), most))[0][0]
    return found


def known_by_seq(db: Database, seqs: Iterable[int], url_key: str) -> list[Known]:
    """These entries, oldest first, seen from one with this link."""
    wanted = sorted(seqs)
    if not wanted:
        return []
    sql = f"select {_KNOWN} {_FROM} where e.seq in ({','.join('?' * len(wanted))}) order by e.seq"
    return [_known(row, url_key) for row in db.rows(sql, wanted)]


def storymates(db: Database, asked: Sequence[Wanted]) -> list[list[int]]:
    """For each the entries of the window that share probes, those with most of the first ones."""
    terms: dict[tuple[datetime, datetime], set[int]] = {}
    for probes, *window in asked:
        terms.setdefault((window[0], window[1]), set()).update(probes)
    found = {window: _of_probes(db, wanted, *window) for window, wanted in terms.items() if wanted}
    return [_mates(probes, found[since, until]) if probes else [] for probes, since, until in asked]


def _of_probes(db: Database, terms: Iterable[int], since: datetime, until: datetime) -> dict[int, list[int]]:
    """The newest entries of the window under each of these terms."""
    rows = db.rows(_OF_PROBES, (codec.dumped(sorted(terms)), codec.stamp(since), codec.stamp(until)))
    return {term: list(map(int, seqs.split(","))) for term, seqs in rows}


def _mates(probes: Sequence[int], found: dict[int, list[int]]) -> list[int]:
    """Those that share the most, and the first ones before all."""
    weights: dict[int, int] = {}
    for weight, probe in zip(range(len(probes), 0, -1), probes, strict=True):
        for seq in found.get(probe, ()):
            weights[seq] = weights.get(seq, 0) + weight
    return [seq for _, seq in sorted([(-weight, seq) for seq, weight in weights.items() if weight > FAINT])[:MATES]]


def tellers(db: Database, seqs: Iterable[int], *, stories: bool) -> list[Teller]:
    """These entries, and with `stories` all that are in a story with one of them."""
    wanted, out = sorted(seqs), []
    for i in range(0, len(wanted), 500):
        part = wanted[i : i + 500]
        which = f"({','.join('?' * len(part))})"
        if stories:
            which = f"""(with told as materialized (select distinct story from entry where seq in {which})
                select story from told union select seq from entry where story in told and story <> seq)"""
        out += db.rows(f"select {_TELLER} {_FROM} where e.seq in {which} order by e.seq", part)
    return [_teller(*row) for row in dict.fromkeys(out)]


def untold(db: Database, after: int) -> list[Teller]:
    """The entries that came after this one, but for copies and what is kept out of the outputs."""
    shown = "e.duplicate_of is null and e.excluded is null and not e.withdrawn"
    return [
        _teller(*row)
        for row in db.rows(f"select {_TELLER} {_FROM} where e.seq > ? and {shown} order by e.seq", (after,))
    ]


def _teller(
    seq: int, own: str, source: str, order: int, terms: bytes | None, published: int, seen: int, story: int
) -> Teller:
    return Teller(seq, own, source, order, terms or b"", codec.moment(published), codec.moment(seen), story)


def insert(
    db: Database,
    seq: int,
    num: int,
    own: str,
    entry: Entry,
    its: Marks,
    now: datetime,
    position: datetime,
    because: str,
) -> None:
    """A new entry under its own id, alone in a story of its own."""
    published = codec.stamp(entry.published or now.replace(microsecond=0))
    updated = max(codec.stamp(entry.updated), published) if entry.updated else published
    place = published if position is entry.published else codec.stamp(position)
    row = (
        seq, own, its.id, its.given, num, codec.hashed(entry.key), None if entry.source_entry_id == own else entry.source_entry_id,
        entry.url if entry.url != entry.published_url else None, entry.published_url, its.link, entry.title, its.title,
        published, updated, codec.stamp(now), place, *_body(entry), entry.excluded_by, because, codec.words_text(entry.channels),
        " ".join(entry.ambiguous) or None,
    )  # fmt: skip
    db.later(_INSERT, [row])
    index(db, seq, its.bands)


def _body(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.teaser, entry.teaser_cut, entry.language, codec.words_text(entry.tags) if entry.tags else None,
        codec.people_text(entry.authors) if entry.authors else None, codec.extra_text(entry), entry.content_html,
        entry.raw_fingerprint, entry.fingerprint, entry.sketch or None, entry.terms or None,
    )  # fmt: skip


def free_id(db: Database, entry: Entry, source: str) -> str:
    """The entry's id, or a minted one where another entry was published under it first (checklist A8)."""
    own, tries = entry.id, 0
    while db.rows(_TAKEN, (codec.hashed(own),)):
        own, tries = minted(source, f"{entry.key}|{tries}" if tries else entry.key), tries + 1
    return own


def index(db: Database, seq: int, bands: Sequence[int]) -> None:
    """Let an entry be found by its text."""
    db.later(_INDEX, [(band, seq) for band in bands])


def unlisted(db: Database, seq: int) -> None:
    """Let it be found by its text no more."""
    ((sketch,),) = db.rows("select sketch from entry where seq = ?", (seq,))
    db.many("delete from band where band = ? and seq = ?", [(band, seq) for band in bands_of(sketch or b"")])


def probe(db: Database, rows: Iterable[tuple[int, datetime, Sequence[int]]]) -> None:
    """Let entries be found by their terms."""
    db.many(
        "insert or ignore into probe values (?, ?, ?)",
        [(term, codec.stamp(at), seq) for seq, at, probes in rows for term in probes],
    )


def forget_probes(db: Database, now: datetime) -> None:
    """Drop the story index of what is too old to be joined."""
    old = codec.stamp(now - PROBES_KEPT)
    db.run(
        "delete from probe where (term, at, seq) in (select term, at, seq from probe indexed by probe_at where at < ? limit 20000)",
        (old,),
    )


def update(db: Database, seq: int, entry: Entry, now: datetime, bands: Sequence[int], *, announce: bool) -> None:
    """An edit in place: id, first_seen, position, and with `announce` False the time of the last change, stay."""
    if announce:
        published = db.rows("select published from entry where seq = ?", (seq,))[0][0]
        changed = codec.stamp(entry.updated) if entry.updated else codec.stamp(now)
        db.run("update entry set updated = max(updated, ?, ?) where seq = ?", (changed, published, seq))
    unlisted(db, seq)
    row = (
        codec.hashed(entry.key), codec.maybe_hashed(entry.source_entry_id), entry.source_entry_id,
        None if entry.url == entry.published_url else entry.url, entry.published_url, codec.maybe_hashed(entry.url_key), entry.title,
        codec.maybe_hashed(entry.title_key), *_body(entry), entry.excluded_by, codec.words_text(entry.channels), " ".join(entry.ambiguous) or None,
        squeezed(entry.text), seq,
    )  # fmt: skip
    db.run(
        """update or ignore entry set past = substr(coalesce(past, '') || hex(print), -128), key_hash = ?, id_hash = ?,
        source_entry_id = nullif(?, id), url = ?, published_url = ?, url_hash = ?, title = ?, title_hash = ?, teaser = ?, cut = ?,
        language = ?, tags = ?, authors = ?, extra = ?, content = ?, raw = ?, print = ?, sketch = ?, terms = ?, excluded = ?,
        own_channels = ?, ambiguous = ?, packed = ? where seq = ?""",
        row,
    )
    index(db, seq, bands)


def recompute(db: Database, seq: int, entry: Entry) -> None:
    """Replace what is derived from the stored text and the settings; nothing that the source said."""
    db.run(
        """update entry set teaser = ?, cut = ?, sketch = ?, terms = ?, title_hash = ?, excluded = ?, own_channels = ? where seq = ?""",
        (
            entry.teaser,
            entry.teaser_cut,
            entry.sketch or None,
            entry.terms or None,
            codec.maybe_hashed(entry.title_key),
            entry.excluded_by,
            codec.words_text(entry.channels),
            seq,
        ),
    )


_QUIET = ("tags", "authors", "language", "extra", "excluded", "own_channels")


def touch(db: Database, seq: int, entry: Entry) -> bool:
    """Its title, teaser and link are as they were: the rest is brought up to date. Whether any of it shows, or decides where it shows."""
    look = f"select {', '.join(_QUIET)} from entry where seq = ?"
    before = db.rows(look, (seq,))[0]
    after = (
        codec.words_text(entry.tags) if entry.tags else None, codec.people_text(entry.authors) if entry.authors else None, entry.language,
        codec.extra_text(entry), entry.excluded_by, codec.words_text(entry.channels),
    )  # fmt: skip
    marks = ", ".join(f"{column} = ?" for column in _QUIET)
    db.run(
        f"update entry set raw = ?, packed = ?, {marks} where seq = ?",
        (entry.raw_fingerprint, squeezed(entry.text), *after, seq),
    )
    return bool(before != after)


def fold(db: Database, seq: int, duplicate_of: int | None, story: int, because: str) -> None:
    """Put an entry, and what is folded under it already, under another."""
    old = db.rows("select story from entry where seq = ?", (seq,))[0][0]
    db.run(
        "update entry set because = ?, duplicate_of = coalesce(?, duplicate_of) where seq = ?",
        (because, duplicate_of, seq),
    )
    if duplicate_of is not None:  # a copy is in the story of its original
        copies = "story = ? and story <> seq and duplicate_of = ?"
        db.run(f"update entry set duplicate_of = ? where {copies}", (duplicate_of, old, seq))
    if old == seq:
        db.run("update entry set story = ? where story = ? and story <> seq", (story, seq))
    db.run("update entry set story = ? where seq = ?", (story, seq))


def telling(db: Database, story: int) -> list[int]:
    """The seqs of a story's entries, its lead included, in order of arrival."""
    sql = (
        "select seq from entry where seq = ?1 union select seq from entry where story = ?1 and story <> seq order by 1"
    )
    return [row[0] for row in db.rows(sql, (story,))]


def stored(row: Sequence[Any]) -> StoredEntry:
    """The record of a _STORED row."""
    (seq, own, source, given, url, published_url, title, authors, published, updated, seen, position, teaser, cut, language, tags, dup, lead_id, lead,
     excluded, withdrawn, content, extra, shared) = row  # fmt: skip
    return StoredEntry(
        seq=seq, id=own, source_id=source, source_entry_id=own if given is None else given, url=url or published_url, published_url=published_url,
        title=title, authors=codec.people_of(authors), published=codec.moment(published),
        updated=codec.moment(updated), first_seen=codec.moment(seen), position=codec.moment(position), teaser=teaser, teaser_cut=cut,
        language=language, tags=tuple(codec.loaded(tags)) if tags else (), duplicate_of=dup, story=lead_id, lead=bool(lead),
        excluded_by=excluded, withdrawn=bool(withdrawn), content_html=content, ambiguous=tuple(shared.split()) if shared else (),
        **codec.extra_of(extra),
    )  # fmt: skip


def by_seq(db: Database, seqs: Sequence[int]) -> dict[int, StoredEntry]:
    """Entries by number."""
    out: dict[int, StoredEntry] = {}
    for i in range(0, len(seqs), 500):
        part = seqs[i : i + 500]
        for row in db.rows(f"select {_STORED} {_STORED_FROM} where e.seq in ({','.join('?' * len(part))})", part):
            out[row[0]] = stored(row)
    return out


def find(db: Database, what: str) -> list[StoredEntry]:
    """Entries with this id, source id or address; tracking parameters and the like do not count."""
    own, link = codec.hashed(what), codec.maybe_hashed(links.key(what))
    sql = f"""select {_STORED} {_STORED_FROM} where e.seq in (select seq from entry where pub_hash = ?1 union select seq from entry where id_hash = ?1
        union select seq from entry where url_hash = ?2) order by e.seq limit 50"""
    return [stored(row) for row in db.rows(sql, (own, link))]


def past(db: Database, seq: int) -> bytes:
    """The fingerprints that an entry had before, 8 bytes each."""
    found: str = db.rows("select coalesce(past, '') from entry where seq = ?", (seq,))[0][0]
    return bytes.fromhex(found)

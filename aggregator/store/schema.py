"""The tables, as migrations: frozen text that later code must not change, applied by sqlite-utils, each with its record."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from aggregator.store.smaller import smaller

# Times are microseconds since 1970, UTC. Hashes are 64 bits of blake2b, signed.
FIRST = """
create table note (key text primary key, value) without rowid;
create table source (
    num integer primary key, id text not null unique, ord integer not null, present integer not null, url text not null,
    config text not null, facts text, entries integer not null default 0, changed integer, atom_id text not null
);
create index source_url on source (url);
create index source_ord on source (ord) where present;
create table poll (
    num integer primary key references source (num), ord integer not null, active integer not null, next_poll integer,
    body_hash blob, state text not null
);
create index poll_due on poll (next_poll, ord) where active;
create table seen (num integer primary key references source (num), prints blob not null);
create table visit (
    source integer not null, at integer not null, outcome text not null, status integer, entries integer, new integer,
    final_url text, error text, primary key (source, at)
) without rowid;
create table host (name text primary key, note text not null) without rowid;
create table entry (
    seq integer primary key, id text not null, pub_hash integer not null, id_hash integer, source integer not null references source (num),
    key_hash integer not null, source_entry_id text, url text, published_url text not null, url_hash integer,
    title text not null, title_hash integer, published integer not null, updated integer not null,
    first_seen integer not null, position integer not null, teaser text not null, cut text not null, language text,
    tags text, authors text, extra text, content text, packed blob, raw blob not null, print blob not null, sketch blob,
    terms blob, duplicate_of integer, story integer not null, excluded text, withdrawn integer not null default 0,
    because text, own_channels text, ambiguous text, past text
);
create unique index entry_key on entry (source, key_hash);
create index entry_id on entry (id_hash) where id_hash is not null;
create unique index entry_pub on entry (pub_hash);
create index entry_url on entry (url_hash) where url_hash is not null;
create index entry_title on entry (title_hash) where title_hash is not null;
create index entry_story on entry (story) where story <> seq;
create table band (band integer not null, seq integer not null, primary key (band, seq)) without rowid;
create table probe (term integer not null, at integer not null, seq integer not null, primary key (term, at, seq)) without rowid;
create index probe_at on probe (at);
create table channel (num integer primary key, id text not null unique, version integer not null default 0);
create table member (
    channel integer not null, seq integer not null, since integer not null, position integer not null,
    source integer not null, shown integer not null, primary key (channel, seq)
) without rowid;
create index member_shown on member (channel, position desc, seq, source) where shown;
create index member_seq on member (seq);
create table tombstone (channel integer not null, id text not null, at integer not null, primary key (channel, id)) without rowid;
create table block (
    channel integer not null, number integer not null, first integer not null, last integer not null, version integer not null default 0,
    primary key (channel, number)
) without rowid;
"""


# A state is a JSON list: 3 is effective_url, 6 the state itself, 7 since when. Who is in trouble is asked far more often than
# all states are read, so an index answers it.
TROUBLE = """
alter table poll add column kind text as (case when active then json_extract(state, '$[6]') else 'paused' end) virtual;
alter table poll add column since integer as (json_extract(state, '$[7]')) virtual;
create index poll_trouble on poll (kind, since desc, ord);
create index poll_moved on poll (ord) where json_extract(state, '$[3]') is not null;
"""


# What is left of a pruned entry: hashes by which it is known again, and what `why` tells of it.
PRUNED = """
create table pruned (
    source integer not null, key_hash integer not null, pub_hash integer not null, id_hash integer, url_hash integer, title_hash integer,
    published integer not null, first_seen integer not null, at integer not null, excluded text, primary key (source, key_hash)
) without rowid;
create index pruned_pub on pruned (pub_hash);
create index pruned_id on pruned (id_hash) where id_hash is not null;
create index pruned_url on pruned (url_hash) where url_hash is not null;
"""

# A channel's shares ask for the few sources that have a weight of their own; to look through all of a million took 0.2 s.
WEIGHTS = """
create index source_weight on source (num) where instr(config, '"weight":');
"""

# Stories were looked for as entries arrived: this was done for all that is stored.
TOLD = """
insert into note (key, value) select 'told', max(seq) || ' ' || max(seq) from entry having max(seq) is not null;
"""

# A million entries stand in twenty thousand archive documents, of which a build is to look at the last few alone.
ARCHIVES = """
create index block_last on block (channel, last);
create index block_stale on block (channel) where version > 0;
"""

# Whether a source brought many at once is asked for each that leads a story: by its thousands of entries that took 0.1 s.
BROUGHT = """
create index entry_brought on entry (source, first_seen);
"""

# Texts are read by few commands, and were most of an entry: those of new entries stand by themselves, many in a row.
TEXTS = """
create table texts (first integer primary key, lengths blob not null, body blob not null);
"""


# What each migration is recorded as.
MIGRATIONS: dict[str, str | Callable[[sqlite3.Connection], None]] = {
    "first_tables": FIRST,
    "index_of_trouble": TROUBLE,
    "tombstones_of_the_pruned": PRUNED,
    "index_of_weights": WEIGHTS,
    "all_entries_are_told": TOLD,
    "indexes_of_archives": ARCHIVES,
    "index_of_what_came_at_once": BROUGHT,
    "texts_by_themselves": TEXTS,
    "smaller_rows": smaller,
}


VERSION = len(MIGRATIONS)  # of the newest; PRAGMA user_version holds that of the file


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an older or empty database up to date; each migration and its record in one transaction."""
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    steps = Migrations("aggregator")
    for name, statements in MIGRATIONS.items():
        steps(name=name)(_step(statements))
    steps.apply(Database(connection))
    connection.execute(f"pragma user_version = {VERSION}")


def _step(statements: str | Callable[[sqlite3.Connection], None]) -> Callable[[Any], None]:
    if isinstance(statements, str):
        return lambda db: _each(db, statements)
    return lambda db: statements(db.conn)


def _each(db: Any, statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            db.execute(statement)

"""One SQLite connection: opened with the settings that the store relies on, its errors turned into StoreError."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from aggregator.errors import StoreError
from aggregator.store import schema

WAIT = 30.0  # seconds for a lock: another command that writes for longer is stuck
_UPDATING = ", bringing the store up to date"  # what holds the lease for a moment
_UNNAMED = "another process"  # holds the lease, and has not said its name yet


def looked_up(path: Path, sql: str) -> list[Any]:
    """All rows of a question to a database that is left as it is; [] where that is not there or cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()
    except sqlite3.Error:
        return []


class Database:
    """A connection for one thread. Statements go through `run`, `many`, `later` and `rows`; writes inside `transaction`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._depth = 0
        self._wait = WAIT
        self._lease: IO[str] | None = None
        self._held: dict[str, list[Sequence[Any]]] = {}
        with self.errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=self._wait, isolation_level=None, cached_statements=256)
            self._open()

    def _open(self) -> None:
        run, version = self._connection.execute, self._version()
        if version > schema.VERSION:
            raise StoreError(
                f"{self.path} was made by a newer version of aggregator (schema {version}); update aggregator to use it"
            )
        if version == 0:
            run("pragma page_size = 8192")
            run("pragma auto_vacuum = incremental")
        for pragma in (
            "journal_mode = wal",
            "synchronous = normal",
            "cache_size = -24576",
            "temp_store = memory",
            "wal_autocheckpoint = 4000",  # 32 MB: pages of indexes are written to by one commit after another
        ):
            run(f"pragma {pragma}")
        if version < schema.VERSION:
            self._bring_up_to_date()
            run("pragma wal_checkpoint(truncate)")  # a step that rewrites all leaves as much there

    def _version(self) -> int:
        found: int = self._connection.execute("pragma user_version").fetchone()[0]
        return found

    def _bring_up_to_date(self) -> None:
        """Under the lease: a process of an older version would take what is rewritten for what it knows."""
        while self._version() < schema.VERSION:
            other = self.take_lease(f"process {os.getpid()}{_UPDATING}")
            if other is None:
                try:
                    if self._version() < schema.VERSION:
                        schema.migrate(self._connection)
                finally:
                    self.drop_lease()
            elif self._version() < schema.VERSION:
                if _UPDATING not in other and other != _UNNAMED:
                    raise StoreError(f"{self.path} is to be brought up to date, and {other} uses it: stop that first")
                time.sleep(0.05)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """What SQLite and the file system say, in a sentence with advice."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror or error}") from error

    def _translated(self, error: sqlite3.Error) -> StoreError:
        made = StoreError(self._advice(text := str(error)))
        made.passing = "locked" in text or "busy" in text
        return made

    def _advice(self, text: str) -> str:
        if "locked" in text or "busy" in text:
            return f"{self.path} is locked by another process for more than {self._wait:g} s; nothing was changed, try again"
        if "full" in text or "disk I/O" in text:
            return f"{self.path} cannot be written ({text}): is the disk full? Nothing of this step was stored"
        if "not a database" in text or "malformed" in text:
            return f"{self.path} is damaged or no database of ours ({text}); move it away, or name another `database`"
        if "readonly" in text or "unable to open" in text:
            return f"{self.path} cannot be opened for writing ({text}); check the rights of the file and its folder"
        return f"{self.path}: {text}"

    def wait_at_most(self, seconds: float) -> None:
        """From now on a lock of another process is waited for that long."""
        self._wait = seconds
        self.run(f"pragma busy_timeout = {int(seconds * 1000)}")

    def run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """One statement."""
        try:  # spelled out in the three that run most: a context manager costs as much as a short statement
            if self._held:
                self.release()
            return self._connection.execute(sql, values)
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows."""
        try:
            if self._held:
                self.release()
            self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def later(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows, which may wait for the next other statement or the end of the transaction: to insert
        many at a time costs half as much. Statements that wait together must not depend on the order of one another."""
        if not self._depth:
            self.many(sql, rows)
            return
        self._held.setdefault(sql, []).extend(rows)

    def release(self) -> None:
        """Run what waits."""
        held, self._held = self._held, {}
        for sql, rows in held.items():
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a question."""
        try:
            if self._held:
                self.release()
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """The rows of a question, as they are asked for."""
        cursor = self.run(sql, values)
        while True:
            with self.errors():
                batch = cursor.fetchmany(500)
            if not batch:
                return
            yield from batch

    def give_back(self, pages: int) -> None:
        """Free pages to the file system, as many at the most; outside of any transaction."""
        with self.errors():  # as a script: execute() steps the pragma once, which gives back one page
            self._connection.executescript(f"pragma incremental_vacuum({pages})")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, with the write lock from the start; an inner one joins the outer one."""
        if self._depth == 0:
            self.run("begin immediate")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._roll_back()
            raise
        self._depth -= 1
        if self._depth == 0:
            self._commit()

    def _commit(self) -> None:
        try:
            self.run("commit")
        except StoreError:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        self._held = {}
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("rollback")

    @property
    def writing(self) -> bool:
        """Inside a transaction."""
        return self._depth > 0

    # The lease is a lock of the operating system on a file beside the database: it ends with the process, however that ends.
    def take_lease(self, holder: str) -> str | None:
        """None when it is ours now, else who has it."""
        path = self.path.with_name(self.path.name + "-lock")
        with self.errors():
            handle = path.open("a+", encoding="utf-8")
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.seek(0)
                other = handle.read(200).strip() or _UNNAMED
                handle.close()
                return other
            handle.seek(0)
            handle.truncate()
            handle.write(holder)
            handle.flush()
        self._lease = handle
        return None

    def drop_lease(self) -> None:
        """End our lease; nothing when there is none."""
        if self._lease is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._lease.fileno(), 0)
            self._lease.close()
            self._lease = None

    def close(self) -> None:
        """Give the connection and the lease back."""
        self.drop_lease()
        with self.errors():
            self._connection.close()

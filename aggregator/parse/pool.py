"""Worker processes that can be killed: started when there is something to read, replaced when they die.

One reads what few sources bring; another is started when much waits, or something waits for long: it costs what reading ten does.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from datetime import datetime
from types import TracebackType

from aggregator.editorial.context import Context
from aggregator.errors import SourceError
from aggregator.model import Digest, Document, Source
from aggregator.model.record import replace
from aggregator.parse.frames import HEAD, packed, unpacked
from aggregator.parse.nursery import Nursery
from aggregator.parse.task import Failure, Task
from aggregator.schedule.freshness import header

MUCH = 4 << 20  # bytes of documents that wait: 0.1 s of work where most entries are known, 0.4 s where none is
PATIENCE = 0.25  # seconds that a document waits before another worker is started for it
MOST_READ = 256 << 20  # bytes of documents that one worker reads: libxml2 keeps the names of all elements that it met
DEADLINE = 12.0  # seconds of wall time for one document; CPU is bounded more tightly in the worker itself


class _Worker:
    """One process and our end of its socket."""

    def __init__(
        self, pid: int, ours: socket.socket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.pid, self._socket, self._reader, self._writer = pid, ours, reader, writer
        self.read = 0  # bytes

    async def ask(self, task: bytes) -> Digest | Failure:
        self.read += len(task)
        self._writer.write(task)
        await self._writer.drain()
        (length,) = HEAD.unpack(await self._reader.readexactly(HEAD.size))
        answer: Digest | Failure = unpacked(await self._reader.readexactly(length))
        return answer

    def alive(self) -> bool:
        """Asked of the socket itself: the loop may not have seen its end yet."""
        try:
            return bool(self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True

    def close(self) -> None:
        """At once, so that a worker which nobody can end any more ends by itself."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._writer.close()


class Pool:
    """At most `size` workers. Use as an async context manager."""

    def __init__(
        self,
        context: Context,
        size: int,
        *,
        deadline: float = DEADLINE,
        patience: float = PATIENCE,
        nursery: Nursery | None = None,
    ) -> None:
        """`deadline`: seconds of wall time that one document may take. A `nursery` that is given ends with the pool."""
        self._context = packed(context)
        self._deadline, self._patience = deadline, patience
        self._slots, self._more = asyncio.Semaphore(1), size - 1
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._nursery = nursery
        self.held = 0  # bytes of the documents that are read or wait for it

    async def __aenter__(self) -> Pool:
        self._nursery = self._nursery or Nursery()  # now, while there is no thread and little in memory
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in tuple(self._all):
            self._kill(worker)
        self._idle.clear()
        if self._nursery:
            self._nursery.close()

    def processes(self) -> tuple[int, ...]:
        """The process ids of the workers that were started and not ended."""
        return tuple(worker.pid for worker in self._all)

    def busy(self) -> bool:
        """Some worker is reading."""
        return len(self._idle) < len(self._all)

    async def digest(self, document: Document, source: Source, *, seen: bytes, now: datetime) -> Digest:
        """What a document says, edited. Raises SourceError; a worker that dies or takes too long is error:parse."""
        headers = document.answer.headers
        kind, language = header(headers, "content-type"), header(headers, "content-language")
        task = Task(document.body, kind, document.answer.final_url, source, seen, now, language)
        self.held += len(document.body)
        try:
            async with self._slot():
                answer = await self._ask(packed(task))  # not before: it is one more copy
        finally:
            self.held -= len(document.body)
        if isinstance(answer, Failure):
            raise SourceError(answer.kind, answer.message, document.answer)
        return replace(answer, complete=False) if document.partial else answer

    @contextlib.asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        if self.held > MUCH:
            self._grow()
        alarm = asyncio.get_running_loop().call_later(self._patience, self._grow) if self._slots.locked() else None
        try:
            await self._slots.acquire()
        finally:
            if alarm:
                alarm.cancel()
        try:
            yield
        finally:
            self._slots.release()

    def _grow(self) -> None:
        """Let one more document be read at a time."""
        if self._more:
            self._more -= 1
            self._slots.release()

    async def _ask(self, task: bytes) -> Digest | Failure:
        try:
            worker = await self._take()
        except OSError as error:  # the machine has no room for a process or a socket: a poll fails, not the cycle
            return Failure("parse", f"no process could be started to read the document ({error.strerror or error})")
        done = False
        try:
            async with asyncio.timeout(self._deadline):
                answer = await worker.ask(task)
            done = True
        except TimeoutError:
            return Failure("parse", f"reading the document took more than {self._deadline:g} s")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Failure("parse", "reading the document took more CPU time or memory than a feed may")
        finally:
            self._give_back(worker, done)
        return answer

    async def _take(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive():
                return worker
            self._kill(worker)
        return await self._start()

    async def _start(self) -> _Worker:
        try:
            pid, ours = self._mother().worker()
        except ConnectionError:  # it was killed: by the kernel, for want of memory, or by somebody
            self._mother().close()
            self._nursery = Nursery()
            pid, ours = self._nursery.worker()
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(self._context)
        worker = _Worker(pid, ours, reader, writer)
        self._all.add(worker)
        return worker

    def _mother(self) -> Nursery:
        assert self._nursery is not None, "used outside its context"  # noqa: S101 - our bug
        return self._nursery

    def _kill(self, worker: _Worker) -> None:
        """End it at once; nothing is lost with it."""
        self._all.discard(worker)
        worker.close()
        self._mother().end(worker.pid)

    def _give_back(self, worker: _Worker, done: bool) -> None:
        """Keep a worker that has answered; one that has not may hold anything, and is ended, and so is one that has read much."""
        if done and worker.read < MOST_READ:
            self._idle.append(worker)
        else:
            self._kill(worker)

"""The loop of a worker process: a document in, a Digest out. It may be killed at any time; it holds nothing."""

from __future__ import annotations

import gc
import resource
import socket
import time
import traceback
from pathlib import Path

from aggregator.editorial.context import Context
from aggregator.editorial.prepare import digest
from aggregator.errors import SourceError
from aggregator.model import Digest
from aggregator.model.record import replace
from aggregator.parse import lanes
from aggregator.parse.frames import packed, receive
from aggregator.parse.task import Failure, Task

CPU_SECONDS = 8  # of one document; the process is killed then, and the source gets error:parse
MEMORY = 1 << 30  # bytes of address space, beside what was mapped at the start


def work(task: Task, context: Context) -> Digest | Failure:
    """Read and edit one document."""
    start = time.process_time()
    try:
        raw = lanes.read(task.body, content_type=task.content_type, limit=max(task.source.max_entries, 1))
        raw = raw if raw.language else replace(raw, language=task.language)
        read = time.process_time()
        made = digest(raw, task.source, context, url=task.url, seen=task.seen, now=task.now)
    except SourceError as error:
        return Failure(error.kind, str(error))
    except (MemoryError, RecursionError) as error:
        return Failure("parse", f"the document is too large or too deeply nested to be read ({type(error).__name__})")
    except Exception as error:  # noqa: BLE001 - what a document does to us is an outcome of its source, never a traceback
        return Failure("parse", f"the document meets a defect of this reader: {_where(error)}")
    return replace(made, parse_seconds=read - start, editorial_seconds=time.process_time() - read)


def _where(error: Exception) -> str:
    """What was raised and in which line of ours, for a bug report."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, {Path(last.filename).name}:{last.lineno}"


def serve(connection: socket.socket) -> None:
    """Answer tasks until the other end is closed."""
    context: Context = receive(connection)
    while True:
        task: Task = receive(connection)
        _bound_cpu()
        connection.sendall(packed(work(task, context)))


def _bound_cpu() -> None:
    """From now on CPU_SECONDS until the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def live(connection: socket.socket) -> None:
    """The life of the process behind one end of a socket pair, within its limits."""
    resource.setrlimit(resource.RLIMIT_AS, (_mapped() + MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.set_threshold(50_000)  # records do not refer to each other, so there is next to nothing to collect
    serve(connection)


def _mapped() -> int:
    """Bytes of address space that were mapped before there was anything to read."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()

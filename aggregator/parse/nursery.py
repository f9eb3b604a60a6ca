"""Where workers come from: a process forked from ours before it has threads, which loads what readers need when the first is wanted.

It forks a worker whenever it is asked, ends one whenever it is told, and ends all of them when we are gone, however we ended.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

_PID = struct.Struct("!i")
_NEW = 0  # in the place of a process id: a worker is wanted, on the socket that comes along


class Nursery:
    """Our end of it. Every call but the first is answered within a millisecond or two, so it may block."""

    def __init__(self) -> None:
        self._control, self._pid = _forked()

    def worker(self) -> tuple[int, socket.socket]:
        """A new worker's process id, and our end of its socket. Raises OSError when there is no room for one."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [_PID.pack(_NEW)], [theirs.fileno()])
                return _PID.unpack(_whole(self._control))[0], ours
            except BaseException:
                ours.close()
                raise

    def end(self, pid: int) -> None:
        """Kill a worker, whatever it does; nothing when it is dead already."""
        with contextlib.suppress(OSError):
            self._control.sendall(_PID.pack(pid))
            _whole(self._control)

    def close(self) -> None:
        """End it and every worker."""
        self._control.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def _whole(control: socket.socket) -> bytes:
    data = control.recv(_PID.size, socket.MSG_WAITALL)
    if len(data) < _PID.size:
        raise ConnectionResetError("the process that starts workers has ended")
    return data


def _forked() -> tuple[socket.socket, int]:
    ours, theirs = socket.socketpair()
    with theirs:
        pid = os.fork()
        if pid == 0:
            _born(theirs.fileno(), _serve)
        return ours, pid


def _born(descriptor: int, live: Callable[[socket.socket], None]) -> NoReturn:
    """What a forked process is: nothing of its parent's but memory, standard error and one socket."""
    try:
        gc.freeze()  # what was loaded before is never garbage, and pages that are not looked at stay shared
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _let_go(descriptor)
        with socket.socket(fileno=descriptor) as connection, contextlib.suppress(EOFError, OSError):
            live(connection)
    finally:
        os._exit(0)


def _let_go(kept: int) -> None:
    """Close all that was inherited: a store's lease, for one, is to end with the process that took it."""
    for number in [int(one.name) for one in Path("/proc/self/fd").iterdir()]:
        if number not in (2, kept):
            with contextlib.suppress(OSError):
                os.close(number)
    for wanted in (0, 1):
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != wanted:
            os.dup2(opened, wanted)
            os.close(opened)


def _serve(control: socket.socket) -> None:
    """Until the other end is closed, which it is when the process is gone that wanted the workers."""
    alive: set[int] = set()
    try:
        while True:
            data, handed, _, _ = socket.recv_fds(control, _PID.size, 1)
            if len(data) < _PID.size:
                return
            (pid,) = _PID.unpack(data)
            if pid == _NEW:
                pid = _hatched(handed[0])
                alive.add(pid)
            elif pid in alive:
                alive.discard(pid)
                _ended(pid)
            control.sendall(_PID.pack(pid))
    finally:
        for pid in alive:
            _ended(pid)


def _hatched(descriptor: int) -> int:
    from aggregator.parse import worker  # here, and once for all workers: most cycles bring nothing to read

    pid = os.fork()
    if pid == 0:
        _born(descriptor, worker.live)
    os.close(descriptor)
    return pid


def _ended(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

"""Polls that wait for their host: at most so many at a time to one host, and a pause between two."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

from aggregator.model import Poll


@dataclass(slots=True)
class _Host:
    waiting: deque[Poll] = field(default_factory=deque)
    running: int = 0
    free_at: float = 0.0  # monotonic seconds
    queued: bool = False  # stands in the heap


class HostQueue:
    """First come, first served within a host; between hosts the one that is free longest. Times in monotonic seconds."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._hosts: dict[str, _Host] = {}
        self._ready: list[tuple[float, int, str]] = []
        self._tie = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def put(self, host: str, poll: Poll, free_at: float = 0.0) -> None:
        """Line up a poll; `free_at`: when the host may be asked next, where that is known."""
        line = self._hosts.setdefault(host, _Host())
        line.waiting.append(poll)
        line.free_at = max(line.free_at, free_at)
        self._size += 1
        self._offer(host, line)

    def take(self, now: float) -> tuple[str, Poll] | None:
        """The next poll that may be sent now; None when every host is busy, pausing or done."""
        while True:
            if not self._ready or self._ready[0][0] > now:
                return None
            at, _, host = heapq.heappop(self._ready)
            line = self._hosts[host]
            line.queued = False
            if line.free_at <= max(at, now):
                break
            self._offer(host, line)  # another request to it has ended meanwhile, and asked for patience
        line.running += 1
        self._size -= 1
        poll = line.waiting.popleft()
        self._offer(host, line)
        return host, poll

    def done(self, host: str, free_at: float) -> None:
        """A request to this host has ended; it may be asked again at `free_at`."""
        line = self._hosts[host]
        line.running -= 1
        line.free_at = max(line.free_at, free_at)
        if line.waiting:
            self._offer(host, line)
        elif not line.running:
            del self._hosts[host]

    def drop(self, host: str) -> list[Poll]:
        """Take all that waits for a host out of the queue."""
        line = self._hosts.get(host)
        if line is None:
            return []
        dropped = list(line.waiting)
        line.waiting.clear()
        self._size -= len(dropped)
        if line.queued:
            line.queued = False
            self._ready = [one for one in self._ready if one[2] != host]
            heapq.heapify(self._ready)
        return dropped

    def waiting(self, host: str) -> int:
        """How many wait for a host."""
        line = self._hosts.get(host)
        return len(line.waiting) if line else 0

    def wait(self, now: float) -> float | None:
        """Seconds until take() gives something; None: not before some done() or put()."""
        return max(0.0, self._ready[0][0] - now) if self._ready else None

    def _offer(self, host: str, line: _Host) -> None:
        if line.waiting and not line.queued and line.running < self._per_host:
            self._tie += 1
            line.queued = True
            heapq.heappush(self._ready, (line.free_at, self._tie, host))

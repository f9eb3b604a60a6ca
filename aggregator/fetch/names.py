"""Addresses of host names, asked for once and remembered for a while."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from aggregator.fetch.faults import Unresolved
from aggregator.fetch.guard import AddressInfo

KEPT = 300.0  # seconds for which an address is remembered; the guard judges it at every dialling
UNRESOLVED = 10.0  # seconds for which it is remembered that nobody knows one
MOST_KEPT = 20_000  # names
MOST_THREADS = 128

Resolver = Callable[[str, int], Awaitable[list[AddressInfo]]]


class System:
    """Asks the system, in threads of its own: those of the loop are few, and some dead names keep all of them busy."""

    def __init__(self, most: int) -> None:
        """`most`: names that are asked for at a time."""
        self._most = min(most, MOST_THREADS)
        self._threads: ThreadPoolExecutor | None = None

    async def __call__(self, host: str, port: int) -> list[AddressInfo]:
        """What the system says. Raises OSError."""
        self._threads = self._threads or ThreadPoolExecutor(self._most, "names")
        return await asyncio.get_running_loop().run_in_executor(self._threads, _looked_up, host, port)

    def close(self) -> None:
        """Wait for no answer any more."""
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)


def _looked_up(host: str, port: int) -> list[AddressInfo]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG))


class Names:
    """What a resolver said lately. Many that ask for one name at a time are one question."""

    def __init__(self, resolver: Resolver, ticks: Callable[[], float] = time.monotonic) -> None:
        """`ticks`: seconds that no setting of the clock moves."""
        self._resolver, self._ticks = resolver, ticks
        self._known: dict[tuple[str, int], tuple[float, list[AddressInfo]]] = {}
        self._asked: dict[tuple[str, int], asyncio.Task[list[AddressInfo]]] = {}

    async def of(self, host: str, port: int) -> list[AddressInfo]:
        """The addresses of a host, at least one. Raises Unresolved."""
        if found := _spelled_out(host, port):
            return [found]
        place, now = (host, port), self._ticks()
        until, known = self._known.get(place, (0.0, []))
        if now >= until:
            known = await self._newly(place, now)
        if not known:
            raise Unresolved
        return known

    async def _newly(self, place: tuple[str, int], now: float) -> list[AddressInfo]:
        if (task := self._asked.get(place)) is None:
            task = self._asked[place] = asyncio.create_task(self._ask(place))
            task.add_done_callback(lambda _: self._asked.pop(place, None))
        known = await asyncio.shield(task)  # who asked first may give up; others wait for it too
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[place] = now + (KEPT if known else UNRESOLVED), known
        return known

    async def _ask(self, place: tuple[str, int]) -> list[AddressInfo]:
        try:
            return await self._resolver(*place)
        except (OSError, UnicodeError):
            return []

    def forget(self, host: str, port: int) -> None:
        """None of its addresses takes connections: the name may lead to others by now."""
        self._known.pop((host, port), None)

    def close(self) -> None:
        """Give up what is being asked."""
        for task in self._asked.values():
            task.cancel()
        if isinstance(self._resolver, System):
            self._resolver.close()


def _spelled_out(host: str, port: int) -> AddressInfo | None:
    """Of a host that is an address already; None for a name."""
    if not host or not (host[-1].isdigit() or ":" in host):
        return None
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return None
    if ip.version == 4:
        return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port)
    if "%" in host:  # a network card of ours is named; the system knows its number
        return None
    return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, 0, 0)

"""Connections that are kept for another request to the same place."""

from __future__ import annotations

from aggregator.fetch.connection import Connection

LONGEST = 15.0  # seconds that one waits; many servers end it after that anyway
MOST = 512  # that wait at a time

Place = tuple[str, str, int]  # scheme, host, port


class Idle:
    """Those that wait. Times are seconds of a clock that is never set."""

    def __init__(self) -> None:
        self._places: dict[Place, list[tuple[float, Connection]]] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._places)

    def take(self, place: Place) -> Connection | None:
        """The one that was used last; None where there is none."""
        waiting = self._places.get(place, [])
        while waiting:
            _, connection = waiting.pop()
            self._count -= 1
            if connection.usable():
                return connection
        return None

    def put(self, place: Place, connection: Connection, now: float) -> None:
        """Keep it for a while, or close it where there is no room."""
        if self._count >= MOST:
            connection.close()
            return
        self._places.setdefault(place, []).append((now, connection))
        self._count += 1

    def sweep(self, now: float) -> None:
        """Close those that have waited too long, and forget those that their servers have closed."""
        places, self._places, self._count = self._places, {}, 0
        for place, waiting in places.items():
            for since, connection in waiting:
                if now - since < LONGEST and connection.usable():
                    self.put(place, connection, since)
                else:
                    connection.close()

    def close(self) -> None:
        """End all of them."""
        self.sweep(float("inf"))

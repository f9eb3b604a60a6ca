"""Length-prefixed pickles between the aggregator and its own workers. Nothing from outside is ever unpickled: a feed's bytes
travel inside a frame as bytes, and both ends are the same program."""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

HEAD = struct.Struct("!I")


def packed(value: object) -> bytes:
    """One frame."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return HEAD.pack(len(data)) + data


def unpacked(data: bytes | bytearray) -> Any:
    """The value of a frame's body."""
    return pickle.loads(data)  # noqa: S301 - made by packed() in a process of ours


def receive(connection: socket.socket) -> Any:
    """The next value, waiting for it. Raises EOFError when the other end is closed."""
    (length,) = HEAD.unpack(_exactly(connection, HEAD.size))
    return unpacked(_exactly(connection, length))


def _exactly(connection: socket.socket, count: int) -> bytearray:
    data = bytearray(count)  # written once: a document is large
    missing = memoryview(data)
    while missing:
        read = connection.recv_into(missing)
        if not read:
            raise EOFError
        missing = missing[read:]
    return data

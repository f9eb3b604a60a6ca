"""A server that answers with raw bytes: what no HTTP library would send."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

Script = Callable[[socket.socket, bytes], None]
Answer = bytes | Script


def ok(body: bytes, *lines: str, status: str = "HTTP/1.1 200 OK", length: bool = True) -> bytes:
    """A response with these header lines, closed afterwards."""
    head = [status, "Connection: close", *lines, *([f"Content-Length: {len(body)}"] if length else [])]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A chunked response of chunks that are written out, sizes and all."""
    return ok(b"".join(chunks) + end, "Transfer-Encoding: chunked", length=False)


def chunk(data: bytes, size: str = "{:x}") -> bytes:
    """A chunk; `size` is its first line."""
    return size.format(len(data)).encode() + b"\r\n" + data + b"\r\n"


class Wire:
    """Answers by path; remembers each request as it came."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = dict(answers)
        self.requests: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def of(self, path: str) -> list[bytes]:
        """The requests for a path."""
        return [one for one in self.requests if one.split(b" ", 2)[1] == path.encode()]

    def stop(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                connection = self._server.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            request = b""
            while b"\r\n\r\n" not in request:
                if not (more := connection.recv(65536)):
                    return
                request += more
            self.requests.append(request)
            answer = self.answers.get(request.split(b" ", 2)[1].decode(), b"HTTP/1.1 404 Not Found\r\n\r\n")
            if callable(answer):
                answer(connection, request)
            else:
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass


@contextmanager
def wire(answers: Mapping[str, Answer]) -> Iterator[Wire]:
    """A server for one test."""
    made = Wire(answers)
    try:
        yield made
    finally:
        made.stop()

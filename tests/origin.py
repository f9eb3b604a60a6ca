"""A scripted origin on 127.0.0.1: real HTTP, every request recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]  # names in lower case


@dataclass(slots=True)
class Reply:
    """What the origin answers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Script = Callable[[Asked], Reply]


class Origin:
    """Answers by path; a path without an answer is 404. `documents` may be changed between requests."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes | Reply | Script] = {}
        self.requests: list[Asked] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.address}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def answer(self, asked: Asked) -> Reply:
        """The scripted answer; plain bytes get an ETag of their own and are answered 304 to whoever has it."""
        self.requests.append(asked)
        found = self.documents.get(asked.path.partition("?")[0])
        if found is None:
            return Reply(status=404)
        if isinstance(found, Reply):
            return found
        if not isinstance(found, bytes):
            return found(asked)
        tag = f'"{hash(found) & 0xFFFFFFFF:x}"'
        same = asked.headers.get("if-none-match") == tag
        return Reply(b"" if same else found, 304 if same else 200, {"ETag": tag, "Content-Type": "application/xml"})

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = (
        1024  # connections that wait to be taken: with the usual 5 many clients at once wait for seconds
    )


def _handler(origin: Origin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            reply = origin.answer(Asked(self.path, {key.lower(): value for key, value in self.headers.items()}))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *args: object) -> None:
            """Nothing: the tests read `requests`."""

    return Handler


@contextmanager
def origin() -> Iterator[Origin]:
    """An origin for one test."""
    made = Origin()
    try:
        yield made
    finally:
        made.stop()

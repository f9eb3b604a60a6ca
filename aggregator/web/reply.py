"""Answers whose bytes are ready but for the date: built once for a version of a file, sent any number of times."""

from __future__ import annotations

import copy
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp.abc import AbstractStreamWriter

Headers = tuple[tuple[str, str], ...]

CORS: Headers = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "ETag, Link"))
NOSNIFF: Headers = (("X-Content-Type-Options", "nosniff"),)
_BODILESS = {204, 304}


class Reply(web.StreamResponse):
    """One answer. It keeps nothing of a request, so the same one may go to many clients, even at the same time."""

    def __init__(
        self, status: int, headers: Iterable[tuple[str, str]], body: bytes = b"", *, head: bool = False
    ) -> None:
        super().__init__(status=status)
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers)]
        if status not in _BODILESS:
            lines.append(f"Content-Length: {len(body)}")
        self._keep_alive = True
        self._top = ("\r\n".join(lines) + "\r\n").encode("latin-1")
        self._rest = b"" if head or status in _BODILESS else body

    def bytes_now(self) -> bytes:
        """The whole answer to a client that keeps its connection, dated now."""
        return b"".join((self._top, DATE.line(), b"\r\n", self._rest))

    def closing(self) -> Self:
        """The same answer as the last one of its connection."""
        last = copy.copy(self)
        last.force_close()
        return last

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send it all. Called by aiohttp."""
        connection = b"" if self.keep_alive else b"Connection: close\r\n"
        if self.keep_alive and request.version < (1, 1):
            connection = b"Connection: keep-alive\r\n"
        await request.writer.write(b"".join((self._top, DATE.line(), connection, b"\r\n", self._rest)))
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send. Called by aiohttp."""


class _Date:
    """The Date header of this second."""

    def __init__(self) -> None:
        self._second = 0
        self._line = b""

    def line(self) -> bytes:
        second = int(time.time())  # noqa: TID251 - an answer says when it was made
        if second != self._second:
            self._second = second
            self._line = f"Date: {formatdate(second, usegmt=True)}\r\n".encode("ascii")
        return self._line


DATE = _Date()


def page(status: int, sentence: str, *more: tuple[str, str], head: bool = False) -> Reply:
    """A small page that says what is wrong; never to be stored (checklist F8)."""
    title = f"{status} {HTTPStatus(status).phrase}"
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<h1>{title}</h1><p>{sentence} <a href="/">To the front page</a></p></html>\n'
    )
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        *CORS,
        *NOSNIFF,
        *more,
    )
    return Reply(status, headers, body.encode(), head=head)


def text(
    status: int, body: str, *more: tuple[str, str], kind: str = "text/plain; charset=utf-8", head: bool = False
) -> Reply:
    """A plain answer for machines; never to be stored."""
    headers = (("Content-Type", kind), ("Cache-Control", "no-store"), *NOSNIFF, *more)
    return Reply(status, headers, body.encode(), head=head)

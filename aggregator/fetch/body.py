"""A body, read as it comes: bounded on the wire and after every layer of compression."""

from __future__ import annotations

import sys
import zlib
from collections.abc import AsyncIterable, Callable, Sequence
from typing import Protocol

from aggregator.errors import SourceError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_LAYERS = 2  # gzip of something already gzipped happens; more is an attack
MOST_PARTS = 64  # members of gzip or frames of zstd, one behind the other, in one body
STEP = 1 << 18  # decoded bytes asked for at a time, and bytes read at a time
ZSTD_WINDOW_LOG = 23  # 8 MB, RFC 9659
CODINGS = "gzip, deflate, br, zstd"


class Decoder(Protocol):
    """One layer of content-coding."""

    def feed(self, data: bytes) -> list[bytes]:
        """What these bytes decode to, in pieces of about STEP at the most each; raises ValueError on damage."""
        ...

    def finished(self) -> bool:
        """The coding has reached its end, or never began."""
        ...


class _Parts:
    """Counts the parts of a body, each a compressed whole: with nothing in them they cost work, and no room."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        if self.count > MOST_PARTS:
            raise ValueError(f"it has more than {MOST_PARTS} parts")


class _Zlib:
    """gzip (several members, RFC 1952), zlib and raw deflate (RFC 9110 section 8.4.1.2)."""

    def __init__(self, coding: str, room: Callable[[int], None]) -> None:
        self._coding, self._room, self._member = coding, room, _Parts()
        self._inflate: zlib._Decompress | None = None  # of the member that was begun
        self._held = b""  # a byte too few to tell what it begins
        self._plain = False  # it is not compressed
        self._over = False  # what comes is no part of it

    def feed(self, data: bytes) -> list[bytes]:
        data, self._held = self._held + data, b""
        out: list[bytes] = []
        while data and not self._over and not self._plain:
            self._inflate = self._inflate or self._begun(data)
            if self._inflate is None:
                break
            data = self._decoded(self._inflate, data, out)
        if self._plain and data:
            self._room(len(data))
            out.append(data)
        return out

    def _decoded(self, inflate: zlib._Decompress, data: bytes, out: list[bytes]) -> bytes:
        """Put what a member gives to the others; what stands behind its end."""
        full = True
        while (data or full) and not inflate.eof:  # what is decoded may wait for room when all was read
            piece = inflate.decompress(data, STEP)
            self._room(len(piece))
            if piece:
                out.append(piece)
            data, full = inflate.unconsumed_tail, len(piece) == STEP
        if inflate.eof:
            self._inflate, data = None, inflate.unused_data
        return data

    def _begun(self, data: bytes) -> zlib._Decompress | None:
        """What reads a member that begins so; None where none begins, or that cannot be told yet.

        A label that lies is common: what does not start like gzip is taken as it is.
        """
        first = self._member.count == 0
        if self._coding == "gzip":
            self._plain = first and data[:1] != b"\x1f"
            self._over = not first and not b"\x1f\x8b".startswith(data[:2])
            bits = 31
        else:
            self._plain, self._over = first and data[:1] == b"<", not first
            bits = 15 if len(data) > 1 and data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0 else -15
        if self._plain or self._over:
            return None
        if len(data) < 2 and not (first and self._coding == "gzip"):
            self._held = data
            return None
        self._member()
        return zlib.decompressobj(bits)

    def finished(self) -> bool:
        return self._plain or self._over or (self._inflate is None and (self._member.count > 0 or not self._held))


class _Brotli:
    def __init__(self, room: Callable[[int], None]) -> None:
        import brotli

        self._room, self._decoder, self._begun = room, brotli.Decompressor(), False
        self._error: type[Exception] = brotli.error

    def feed(self, data: bytes) -> list[bytes]:
        self._begun = True
        out: list[bytes] = []
        try:
            piece = self._decoder.process(data, output_buffer_limit=STEP)
            while True:
                self._room(len(piece))
                out.append(piece)
                if self._decoder.can_accept_more_data():
                    return out
                piece = self._decoder.process(b"", output_buffer_limit=STEP)
        except self._error as error:
            raise ValueError(str(error)) from error

    def finished(self) -> bool:
        return not self._begun or bool(self._decoder.is_finished())


class _Zstandard:
    def __init__(self, room: Callable[[int], None]) -> None:
        self._room, self._frame, self._begun = room, _Parts(), False
        self._decoder = self._new()

    def _new(self) -> zstd.ZstdDecompressor:
        self._frame()
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})

    def feed(self, data: bytes) -> list[bytes]:
        self._begun = True
        out: list[bytes] = []
        try:
            while data or not self._decoder.needs_input:
                if self._decoder.eof:
                    self._decoder = self._new()
                piece = self._decoder.decompress(data, STEP)
                self._room(len(piece))
                if piece:
                    out.append(piece)
                data = self._decoder.unused_data if self._decoder.eof else b""
                if self._decoder.eof and not data:
                    break
        except zstd.ZstdError as error:
            raise ValueError(str(error)) from error
        return out

    def finished(self) -> bool:
        return not self._begun or self._decoder.eof


class _Cap:
    """Counts bytes and stops at a limit."""

    def __init__(self, limit: int, what: str) -> None:
        self.left, self.limit, self.what = limit, limit, what

    def __call__(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise SourceError("too_large", f"the document is over {self.limit:,} bytes {self.what}; see max_bytes")


def decoders(codings: Sequence[str], limit: int) -> list[Decoder]:
    """The layers to take off, outermost first. Unknown codings are left out: labels lie. Raises SourceError for too many."""
    known = [c for c in codings if c in ("gzip", "x-gzip", "deflate", "br", "zstd")]
    if len(known) > MAX_LAYERS:
        raise SourceError("encoding", f"the body is compressed {len(known)} times over")
    return [_decoder(coding, limit) for coding in reversed(known)]


def _decoder(coding: str, limit: int) -> Decoder:
    room = _Cap(limit, "after decoding")
    if coding == "br":
        return _Brotli(room)
    if coding == "zstd":
        return _Zstandard(room)
    return _Zlib("deflate" if coding == "deflate" else "gzip", room)


def codings_of(value: str | None) -> list[str]:
    """The codings that a Content-Encoding names, in the order in which they were applied."""
    return [c for c in (part.strip().lower() for part in (value or "").split(",")) if c and c != "identity"]


async def read(chunks: AsyncIterable[bytes], coding: str | None, limit: int) -> bytes:
    """The whole body, decoded. Raises SourceError: too_large, or encoding where the compression is damaged."""
    wire = _Cap(limit, "on the wire")
    layers = decoders(codings_of(coding), limit)
    out: list[bytes] = []
    async for chunk in chunks:
        wire(len(chunk))
        out += _through(layers, chunk)
    if not all(layer.finished() for layer in layers):
        raise SourceError("encoding", "the compressed body ends early")
    return unlabelled(b"".join(out), limit)


def _through(layers: Sequence[Decoder], chunk: bytes) -> list[bytes]:
    pieces = [chunk]
    for layer in layers:
        try:
            pieces = [decoded for piece in pieces for decoded in layer.feed(piece)]
        except (zlib.error, ValueError) as error:
            raise SourceError("encoding", f"the compressed body is damaged: {error}") from error
    return pieces


def unlabelled(body: bytes, limit: int) -> bytes:
    """A body that is gzip without saying so, decoded; any other as it is."""
    if body[:2] != b"\x1f\x8b":
        return body
    layer = _decoder("gzip", limit)
    decoded = b"".join([piece for at in range(0, len(body), STEP) for piece in _through([layer], body[at : at + STEP])])
    if not layer.finished():
        raise SourceError("encoding", "the compressed body ends early")
    return decoded

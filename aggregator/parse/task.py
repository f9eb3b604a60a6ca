"""What crosses the border to a worker and back."""

from __future__ import annotations

from datetime import datetime

from aggregator.model import Source
from aggregator.model.record import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """One document to read."""

    body: bytes
    content_type: str | None
    url: str
    source: Source
    seen: bytes
    now: datetime
    language: str | None = None  # of the HTTP answer, for a document that names none


@dataclass(frozen=True, slots=True)
class Failure:
    """A SourceError."""

    kind: str
    message: str

"""What shapes entries besides their documents: a small part of the settings, known without loading what does the shaping."""

from __future__ import annotations

from hashlib import blake2b

from aggregator.model import Channel, Settings, TeaserSettings
from aggregator.model.record import dataclass

VERSION = (
    b"4"  # of the rules by which entries are made: with another one a document is read afresh when it is sent again
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a worker needs of the settings; picklable."""

    teaser: TeaserSettings
    channels: tuple[Channel, ...]
    salt: bytes


def context(settings: Settings) -> Context:
    """The part of the settings that shapes entries."""
    shaping = repr((settings.teaser, settings.channels)).encode()
    return Context(settings.teaser, settings.channels, blake2b(VERSION + shaping, digest_size=16).digest())

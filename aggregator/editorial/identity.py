"""Who an entry is: inside its source, and for ever in what we publish (checklist A4 to A8, A18)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

MAX_ID = 1024  # characters; a longer one is minted
_IRI = re.compile(
    r"(?:https?://[^\s/?#@]+(?:[/?#]\S*)?|tag:[^\s,:]+,\d{4}(?:-\d\d){0,2}:\S*|urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:\S+)\Z"
)
_BAD = re.compile(
    '[\x00-\x20\x7f-\x9f<>"{}|\\\\^`\u00a0\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff0-\uffff\ud800-\udfff]'
)


def entry_key(source_entry_id: str, link: str, title: str, date: str, text: str) -> str:
    """What identifies an entry inside its source: its id, else its link, else title with date, else title, else text."""
    if source_entry_id:
        return f"id:{source_entry_id}"
    if link:
        return f"link:{link}"
    if title:
        return f"title:{title}" if not date else f"title:{title}|{date}"
    return f"text:{_named(text[:2000])}"


def usable(identifier: str) -> bool:
    """An IRI that a feed may publish as it stands: http(s), tag or urn."""
    return len(identifier) <= MAX_ID and not _BAD.search(identifier) and bool(_IRI.match(identifier))


def published_id(source_id: str, source_entry_id: str, key: str) -> str:
    """The source's own id verbatim where it is an IRI (RFC 4287 section 4.2.6), else one minted from source and key."""
    return source_entry_id if usable(source_entry_id) else minted(source_id, key)


def minted(source_id: str, key: str) -> str:
    """A permanent id for an entry that has none of its own, or whose own id another source's entry has already."""
    return f"urn:uuid:{_named(chr(10).join((source_id, key)))}"


def source_id(own: str | None, source: str) -> str:
    """The atom:id of a source feed: its own where it is an IRI, else a minted one."""
    return own if own and usable(own) else minted(source, "feed")


def channel_id(database_key: str, channel: str) -> str:
    """The permanent id of one of our feeds; the key is minted with the store, so hosts and titles may change."""
    from uuid import UUID, uuid5

    return f"urn:uuid:{uuid5(UUID(database_key), channel)}"


def _named(name: str) -> UUID:
    """Everything minted is named inside one namespace, so that it depends on nothing but the source's id and the key."""
    from uuid import uuid5  # a cycle without news mints nothing

    return uuid5(_namespace(), name)


@cache
def _namespace() -> UUID:
    from uuid import NAMESPACE_URL, uuid5

    return uuid5(NAMESPACE_URL, "urn:aggregator:entry")

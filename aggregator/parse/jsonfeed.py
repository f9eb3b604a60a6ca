"""JSON Feed 1.0 and 1.1 (checklist J8, J9). What is of the wrong type is passed over, never guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from aggregator.editorial.normalise import clean, is_plain
from aggregator.errors import SourceError
from aggregator.model import Enclosure, Person, RawEntry, RawFeed, RawLink, Text
from aggregator.parse import gather
from aggregator.parse.dates import parse_date
from aggregator.parse.gather import person


def read(text: str, *, limit: int) -> RawFeed:
    """A document. Raises SourceError: parse for broken JSON, not_feed for another kind of it."""
    try:
        # Numbers stay as they are spelled: an id 1.0 is not an id 1, and a number of a million digits is not computed.
        data = json.loads(text, parse_int=_Spelled, parse_float=_Spelled, parse_constant=_Spelled)
        data = data if "\\u" not in text and is_plain(text) else _legal(data)
    except (ValueError, RecursionError) as error:
        raise SourceError("parse", f"this is no JSON: {str(error)[:120]}") from error
    if not isinstance(data, dict) or not _is_feed(data):
        raise SourceError(
            "not_feed", "this is JSON, but no JSON Feed: it has no `version` of jsonfeed.org and no `items`"
        )
    items = data.get("items")
    found = items if isinstance(items, list) else []
    wanted = gather.newest(found, limit, _moment)
    entries = [entry for item in wanted if (entry := _entry(item, data)) is not None]
    return RawFeed(
        format="json",
        lane="jsonfeed",
        title=_text(data, "title", html=False),
        subtitle=_text(data, "description", html=False),
        id=_string(data, "feed_url"),
        links=_links(data),
        language=_string(data, "language"),
        authors=_authors(data),
        icon=_string(data, "favicon"),
        logo=_string(data, "icon"),
        expired=data.get("expired") is True,
        entries=tuple(entries),
        lost=len(found) - len(entries),
    )


class _Spelled(str):
    """A JSON number by its spelling."""


def _legal(value: Any) -> Any:
    """Without what no output may hold: JSON can hold what XML forbids, and escape control characters and half of one."""
    if isinstance(value, dict):
        return {key: _legal(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_legal(one) for one in value]
    return clean(value) if isinstance(value, str) and not isinstance(value, _Spelled) else value


def _is_feed(data: Mapping[str, Any]) -> bool:
    version = _string(data, "version") or ""
    return "jsonfeed.org/version" in version or (
        isinstance(data.get("items"), list) and ("title" in data or "feed_url" in data)
    )


def _moment(item: Any) -> datetime | None:
    return parse_date(_string(item, "date_published")) if isinstance(item, dict) else None


def _entry(item: Any, feed: Mapping[str, Any]) -> RawEntry | None:
    """One item; None without an id (the specification has such items dropped) or when it is no object."""
    if not isinstance(item, dict):
        return None
    own = _id(item.get("id"))
    if not own:
        return None
    html, plain = _text(item, "content_html", html=True), _text(item, "content_text", html=False)
    url, external = _string(item, "url"), _string(item, "external_url")
    return RawEntry(
        id=own,
        id_is_link=not url and own.startswith(("http://", "https://")),
        links=tuple(RawLink(link) for link in (url or external,) if link),
        external_url=external if external != url else None,
        title=_text(item, "title", html=False),
        summary=_text(item, "summary", html=False),
        content=html or plain,
        authors=_authors(item),
        published=parse_date(_string(item, "date_published")),
        updated=parse_date(_string(item, "date_modified")),
        tags=tuple(
            tag.strip()
            for tag in _list(item, "tags")[: gather.MAX_TAGS]
            if isinstance(tag, str) and not isinstance(tag, _Spelled) and tag.strip()
        ),
        enclosures=_attachments(item),
        image=_string(item, "image") or _string(item, "banner_image"),
        language=_string(item, "language") or _string(feed, "language"),
    )


def _id(value: Any) -> str:
    """As a string; a number exactly as it means: 1, 1.0 and 1e0 are the same number (J8)."""
    if isinstance(value, _Spelled):
        if len(value) > 40:
            return str(value)
        try:
            number = Decimal(value)
            return str(int(number)) if number == number.to_integral_value() and abs(number) < 10**30 else str(value)
        except ArithmeticError:
            return str(value)
    return value.strip() if isinstance(value, str) else ""


def _string(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value.strip() or None if isinstance(value, str) and not isinstance(value, _Spelled) else None


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else []


def _text(data: Mapping[str, Any], key: str, *, html: bool) -> Text | None:
    value = _string(data, key)
    return Text(value, html=html, language=_string(data, "language")) if value else None


def _authors(data: Mapping[str, Any]) -> tuple[Person, ...]:
    """`authors` of 1.1 before `author` of 1.0; one without a name is no author."""
    given = _list(data, "authors") or [data.get("author")]
    return gather.people(person(_string(a, "name"), _string(a, "url")) for a in given[:50] if isinstance(a, dict))


def _attachments(item: Mapping[str, Any]) -> tuple[Enclosure, ...]:
    out = []
    for one in _list(item, "attachments")[:50]:
        url = _string(one, "url") if isinstance(one, dict) else None
        if url:
            out.append(
                Enclosure(
                    url, _string(one, "mime_type"), gather.number(str(one.get("size_in_bytes"))), _string(one, "title")
                )
            )
    return tuple(out)


def _links(data: Mapping[str, Any]) -> tuple[RawLink, ...]:
    found = [("alternate", _string(data, "home_page_url")), ("self", _string(data, "feed_url"))]
    found += [("hub", _string(hub, "url")) for hub in _list(data, "hubs")[:10] if isinstance(hub, dict)]
    return tuple(RawLink(href, rel) for rel, href in found if href)

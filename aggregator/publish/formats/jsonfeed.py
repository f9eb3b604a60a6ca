"""feed.json: JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from aggregator.model import Edition, Person, Story, Telling
from aggregator.publish.formats import words

KEY, NAME, TYPE, LABEL, RANK = "json", "feed.json", "application/feed+json", "JSON Feed", 30
_COMMENT = (
    "This is a feed: paste its address into a feed reader, and new stories come to you. See https://jsonfeed.org/"
)


def render(edition: Edition) -> bytes:
    """The document. The same edition gives the same bytes."""
    people = _people([Person(edition.title, words.address(edition, ""))])
    data = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": edition.title,
        "home_page_url": words.address(edition, ""),
        "feed_url": words.address(edition, NAME),
        "description": edition.description or None,
        "icon": edition.base_url + words.ICON,
        "favicon": edition.base_url + words.ICON,
        "user_comment": _COMMENT,
        "language": edition.language,
        "authors": people,
        "author": people[0],
        "hubs": [{"type": "WebSub", "url": hub} for hub in edition.hubs] or None,
        "items": [_item(story, edition) for story in edition.stories],
    }
    return (json.dumps(_filled(data), ensure_ascii=False, indent=1) + "\n").encode()


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def _people(people: Iterable[Person]) -> list[dict[str, Any]]:
    return [_filled({"name": person.name, "url": person.url}) for person in people]


def _item(story: Story, edition: Edition) -> dict[str, Any]:
    shown = story.shown
    entry = shown.entry
    people = _people(words.authors(shown))
    data = {
        "id": entry.id,
        "url": words.link_of(shown),
        "external_url": entry.related,
        "title": entry.title,
        "content_html": entry.content_html or words.teaser_html(shown, edition.read_more, entry.language),
        "summary": entry.teaser or None,
        "image": entry.image,
        "date_published": words.date(entry.published),
        "date_modified": words.date(entry.updated),
        "authors": people,
        "author": people[0],  # for readers of version 1 (checklist J3)
        "tags": list(dict.fromkeys(entry.tags)) or None,
        "language": entry.language,
        "attachments": _attachments(shown) or None,
        "_aggregator": {"story": entry.story, "source": _source(shown), "also": [_also(one) for one in story.also]},
    }
    return _filled(data)


def _attachments(telling: Telling) -> list[dict[str, Any]]:
    return [
        _filled(
            {
                "url": one.url,
                "mime_type": one.type or "application/octet-stream",
                "title": one.title,
                "size_in_bytes": one.length or None,
            }
        )
        for one in telling.entry.enclosures
    ]


def _source(telling: Telling) -> dict[str, Any]:
    source = telling.source
    return {"id": source.id, "title": source.title, "url": source.link or source.url, "feed_url": source.url}


def _also(telling: Telling) -> dict[str, Any]:
    entry = telling.entry
    return {"id": entry.id, "source": telling.source.title, "title": entry.title, "url": words.link_of(telling)}

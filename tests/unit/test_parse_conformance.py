"""What feedparser's own suite expects of well-formed documents, where it names something that our records have too."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.errors import SourceError
from aggregator.model import RawEntry, RawFeed, Text
from aggregator.parse import lanes

_TAG = re.compile(r"<[^>]*>")


def expectations(node: ast.expr) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """The comparisons of a chain of `and` that compare one field with one constant."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from expectations(value)
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
        place, right = where(node.left), node.comparators[0]
        if place and len(node.ops) == 1 and isinstance(right, ast.Constant | ast.Tuple):
            yield place, ast.literal_eval(right)


def where(node: ast.expr) -> tuple[str | int, ...]:
    """`entries[0]['title']` as ("entries", 0, "title"); () for anything else."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and (before := where(node.value)):
        return (*before, node.slice.value)  # type: ignore[arg-type]  # a key or an index
    if isinstance(node, ast.Attribute) and (before := where(node.value)):
        return (*before, node.attr)
    return ()


def entry_fields(entry: RawEntry) -> dict[str, Any]:
    return {
        "title": said(entry.title),
        "description": said(entry.summary or entry.content),
        "author": entry.authors[0].name if entry.authors else None,
        "summary": said(entry.summary or entry.content),
        "content": [{"value": said(entry.content)}],
        "link": next((link.href for link in entry.links if link.rel == "alternate"), entry.original_link),
        "license": entry.license,
        "rights": entry.rights,
        "source": {"title": entry.origin.title, "id": entry.origin.id} if entry.origin else None,
        "updated_parsed": clock(entry.updated or entry.published),
        "id": entry.id,
        "guid": entry.id,
        "published_parsed": clock(entry.published),
        "tags": [{"term": tag} for tag in entry.tags],
        "enclosures": [{"url": one.url, "type": one.type} for one in entry.enclosures],
        "comments": entry.comments,
    }


def feed_fields(feed: RawFeed) -> dict[str, Any]:
    return {
        "title": said(feed.title),
        "description": said(feed.subtitle),
        "id": feed.id,
        "link": next((link.href for link in feed.links if link.rel == "alternate"), None),
        "subtitle": said(feed.subtitle),
        "tagline": said(feed.subtitle),
        "language": feed.language,
        "logo": feed.logo,
        "tags": [{"term": tag} for tag in feed.tags],
        "rights": feed.rights,
        "copyright": feed.rights,
        "icon": feed.icon,
        "author": feed.authors[0].name if feed.authors else None,
        "updated_parsed": clock(feed.updated),
    }


def said(text: Text | None) -> str | None:
    return text.value if text else None


def clock(moment: datetime | None) -> tuple[int, ...] | None:
    return tuple(moment.timetuple())[:6] if moment else None


def plain(value: object) -> object:
    """Without markup, which feedparser has sanitised and we have not, and without the day of the week and of the year."""
    if isinstance(value, str):
        return " ".join(_TAG.sub("", html.unescape(html.unescape(_TAG.sub("", value)))).split())
    return value[:6] if isinstance(value, tuple) else value


def looked_up(view: Any, place: tuple[str | int, ...]) -> tuple[bool, object]:
    """Whether our records have such a field at all, and what it says."""
    for step in place:
        if isinstance(view, dict) and step not in view:
            return False, None
        try:
            view = view[step]
        except (IndexError, TypeError):
            return True, None
    return not isinstance(view, dict | list), view


def judged(folder: Path, case: dict[str, Any]) -> Iterator[bool]:
    """One verdict a comparison."""
    headers = {name.lower(): value for name, value in case.get("http_headers", {}).items()}
    try:
        feed = lanes.read((folder / case["path"]).read_bytes(), content_type=headers.get("content-type"), limit=100)
    except SourceError:
        yield False
        return
    view = {"feed": feed_fields(feed), "entries": [entry_fields(entry) for entry in feed.entries]}
    for place, expected in expectations(ast.parse(case["expect"], mode="eval").body):
        known, found = looked_up(view, place)
        if known:
            yield plain(found) == plain(expected)


def test_nine_of_ten_expectations_of_feedparser_are_met(shared: Path) -> None:
    folder = shared / "corpus" / "conformance"
    lines = (folder / "EXPECTED.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [
        case
        for case in map(json.loads, lines)
        if case["origin"] == "kurtmckee+feedparser" and "/sanitize/" not in case["path"]
    ]

    verdicts = [verdict for case in cases for verdict in judged(folder, case)]

    assert len(verdicts) > 350
    assert sum(verdicts) / len(verdicts) >= 0.9, f"{sum(verdicts)} of {len(verdicts)}"

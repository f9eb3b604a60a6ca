"""JSON can escape what no text may hold."""

from __future__ import annotations

import json

from aggregator.model import Text
from aggregator.parse import jsonfeed


def test_half_characters_and_controls_are_left_out_everywhere() -> None:
    evil = "a\ud800\x00\x1fb"
    item = {"id": evil, "url": f"https://b.example/{evil}", "title": evil, "content_text": evil, "tags": [evil],
            "authors": [{"name": evil}], "attachments": [{"url": f"https://b.example/{evil}", "mime_type": evil}]}  # fmt: skip
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": evil, "items": [item]})

    raw = jsonfeed.read(text, limit=10)

    assert "\\ud800" in text
    assert repr(raw).isprintable()
    assert "\\ud800" not in repr(raw)
    assert "\\x" not in repr(raw)
    assert (raw.entries[0].id, raw.entries[0].tags) == ("ab", ("ab",))


def test_numbers_keep_their_spelling_beside_escapes() -> None:
    raw = jsonfeed.read(
        '{"version": "https://jsonfeed.org/version/1.1", "title": "\\u00e9", "items": [{"id": 1.0}]}', limit=9
    )

    assert raw.entries[0].id == "1"


def test_what_xml_forbids_is_left_out_where_nothing_is_escaped() -> None:
    item = {"id": "1", "url": "https://b.example/\ufffea", "title": "a\ufffeb"}
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}, ensure_ascii=False)

    raw = jsonfeed.read(text, limit=10)

    assert "\\u" not in text
    assert (raw.entries[0].links[0].href, raw.entries[0].title) == ("https://b.example/a", Text("ab", html=False))

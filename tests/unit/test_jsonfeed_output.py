"""feed.json, read back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema

from aggregator.model import Channel, Edition, Enclosure, Person
from aggregator.publish.formats import jsonfeed
from tests.records import BASE, edition, facts, story, telling


def read(made: Edition) -> Any:
    return json.loads(jsonfeed.render(made))


def item(**given: Any) -> Any:
    return read(edition([story(1, **given)]))["items"][0]


def test_version_comes_first() -> None:
    assert next(iter(read(edition()).items())) == ("version", "https://jsonfeed.org/version/1.1")


def test_feed_says_where_it_and_its_page_are() -> None:
    feed = read(edition(channel=Channel("arctic", "Arctic", "Ice"), hubs=("https://hub.example/",)))

    assert feed["home_page_url"] == BASE + "arctic/"
    assert feed["feed_url"] == BASE + "arctic/feed.json"
    assert feed["description"] == "Ice"
    assert feed["icon"] == feed["favicon"] == BASE + "icon.svg"
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]


def test_empty_feed_has_a_list_of_no_items() -> None:
    assert read(edition())["items"] == []


def test_item_has_all_that_readers_look_for() -> None:
    found = item(authors=(Person("Ann", "https://ann.example/"),), tags=("a", "b", "a"), image="https://b.example/p")

    assert found["id"] == found["url"] == "https://blog.example/1"
    assert found["content_html"].startswith("<p>What happened in story 1.</p>")
    assert found["summary"] == "What happened in story 1."
    assert found["date_published"] == found["date_modified"] == "2026-11-23T12:01:00Z"
    assert found["authors"] == [found["author"]] == [{"name": "Ann", "url": "https://ann.example/"}]
    assert found["tags"] == ["a", "b"]
    assert found["image"] == "https://b.example/p"


def test_item_without_text_still_has_content() -> None:
    found = item(teaser="")

    assert found["content_html"] == '<p><a href="https://blog.example/1">Read more</a></p>'
    assert "summary" not in found


def test_full_text_is_the_content() -> None:
    assert item(content_html="<p>All.</p>")["content_html"] == "<p>All.</p>"


def test_extension_names_source_and_other_tellings() -> None:
    made = edition([story(1, also=[telling(2, facts("paper"))])])

    assert read(made)["items"][0]["_aggregator"] == {
        "story": "https://blog.example/1",
        "source": {
            "id": "blog",
            "title": "The blog",
            "url": "https://blog.example/",
            "feed_url": "https://blog.example/feed.xml",
        },
        "also": [
            {
                "id": "https://paper.example/2",
                "source": "The paper",
                "title": "Story 2",
                "url": "https://paper.example/2",
            }
        ],
    }


def test_attachments_have_an_address_and_a_type() -> None:
    given = (Enclosure("https://b.example/a", "audio/mpeg", 5, "Talk"), Enclosure("https://b.example/b"))

    assert item(enclosures=given)["attachments"] == [
        {"url": "https://b.example/a", "mime_type": "audio/mpeg", "title": "Talk", "size_in_bytes": 5},
        {"url": "https://b.example/b", "mime_type": "application/octet-stream"},
    ]


def test_linked_address_of_a_linkblog_is_the_external_one() -> None:
    assert item(related="https://other.example/")["external_url"] == "https://other.example/"


def test_extension_keys_follow_the_specification() -> None:
    def keys(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [*value, *(key for one in value.values() for key in keys(one))]
        return [key for one in value for key in keys(one)] if isinstance(value, list) else []

    made = read(edition([story(1, also=[telling(2)])]))

    assert all(re.fullmatch(r"_?[a-z_]+", key) for key in keys(made))
    assert [key for key in keys(made) if key.startswith("_")] == ["_aggregator"]


def test_document_is_valid_by_the_schema(shared: Path) -> None:
    schema = json.loads((shared / "corpus/schema/jsonfeed-v1.1.schema.json").read_text())
    given = (Enclosure("https://b.example/a", "audio/mpeg", 5, "Talk"),)
    made = edition([story(1, enclosures=given, also=[telling(2)]), story(2, teaser=""), story(3, language=None)])

    jsonschema.validate(read(made), schema)

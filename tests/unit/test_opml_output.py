"""sources.opml, read back with lxml."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from aggregator.publish.formats import opml
from tests.records import BASE, facts


def outlines(*sources: Any) -> list[dict[Any, Any]]:
    return [dict(one.attrib) for one in etree.fromstring(opml.render("Planet", sources, BASE)).iter("outline")]


def test_outline_has_type_text_title_and_addresses() -> None:
    assert outlines(facts(language="de", tags=("a", "b, c"))) == [
        {
            "type": "rss",
            "text": "The blog",
            "title": "The blog",
            "xmlUrl": "https://blog.example/feed.xml",
            "htmlUrl": "https://blog.example/",
            "language": "de",
            "category": "a,b  c",
        }
    ]


def test_source_that_takes_credentials_is_not_listed() -> None:
    assert [one["text"] for one in outlines(facts("open"), facts("secret", listed=False))] == ["The open"]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3/feed",
        "http://[fd00::1]:80/feed",
        "http://wiki/feed",
        "https://wiki.corp/f",
        "http://x.home.arpa/",
    ],
)
def test_source_of_a_private_network_is_listed_only_inside_of_it(url: str) -> None:
    sources = [facts("open"), facts("own", url=url), facts("here", url="http://127.0.0.1:3000/feed")]
    inside = etree.fromstring(opml.render("Planet", sources, "http://planet.corp/"))

    assert [one["text"] for one in outlines(*sources)] == ["The open", "The here"]
    assert len(inside.findall("body/outline")) == 3


def test_addresses_are_ascii() -> None:
    [outline] = outlines(facts(url="https://blög.example/ö", link="https://blog.example/ü"))

    assert outline["xmlUrl"] == "https://xn--blg-tna.example/%C3%B6"
    assert outline["htmlUrl"] == "https://blog.example/%C3%BC"


def test_empty_list_still_has_an_outline() -> None:
    assert outlines() == [{"text": "no sources yet"}]


def test_head_is_dated_by_the_newest_change() -> None:
    head = etree.fromstring(opml.render("Planet", [facts(), facts("new", updated=None)], BASE)).find("head")

    assert head is not None
    assert [(child.tag, child.text) for child in head] == [
        ("title", "Planet: sources"),
        ("dateModified", "Mon, 23 Nov 2026 12:00:00 GMT"),
        ("ownerName", "Planet"),
    ]

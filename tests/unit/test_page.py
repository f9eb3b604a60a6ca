"""index.html, read back as a browser reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest

from aggregator.model import Channel, Edition, Person
from aggregator.publish.formats import editions, page
from aggregator.publish.formats.editions import Dated
from tests.records import BASE, NOON, edition, facts, story, telling

ASSETS = Path(page.__file__).parent.parent / "assets"
CHANNELS = (Channel("all", "Planet Example", "All of it"), Channel("arctic", "Shipping in the Arctic"))


def read(made: Edition) -> Element:
    document: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.render(made).decode())
    return document


def found(made: Edition, tag: str, kind: str | None = None) -> list[Any]:
    return [one for one in read(made).iter(tag) if kind is None or kind in (one.get("class") or "").split()]


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize(
    "made",
    [
        edition(),
        edition([story(1)]),
        edition([story(1, also=[telling(2)]), story(3, teaser="", language=None)], channels=CHANNELS, language=None),
        edition([story(1)], channel=CHANNELS[1], channels=CHANNELS, sources=(facts(), facts("gone", state="gone"))),
    ],
)
def test_page_is_html_without_a_mistake(made: Edition) -> None:
    ids = [one.get("id") for one in read(made).iter() if one.get("id")]

    assert len(ids) == len(set(ids))


def test_feeds_are_discovered_in_the_order_of_merit() -> None:
    made = edition(channel=CHANNELS[1], channels=CHANNELS)
    links = [one for one in found(made, "link") if one.get("rel") == "alternate"]

    assert [(one.get("type"), one.get("href")) for one in links] == [
        ("application/atom+xml", BASE + "arctic/feed.atom"),
        ("application/rss+xml", BASE + "arctic/feed.rss"),
        ("application/feed+json", BASE + "arctic/feed.json"),
    ]
    assert len({one.get("title") for one in links}) == 3


def test_headings_go_from_topic_to_day_to_story() -> None:
    made = edition([story(2), story(1, published=NOON - timedelta(days=1))])
    headings = [(one.tag, text(one)) for one in read(made).iter() if re.fullmatch("h[1-6]", str(one.tag))]

    assert headings == [
        ("h1", "Planet Example"),
        ("h2", "Monday, 23 November 2026"),
        ("h3", "Story 2"),
        ("h2", "Sunday, 22 November 2026"),
        ("h3", "Story 1"),
        ("h2", "Subscribe"),
        ("h2", "Sources"),
    ]


def test_story_has_source_time_teaser_and_read_more() -> None:
    [one] = found(edition([story(1, authors=(Person("Ann"), Person("The blog")))]), "article")

    assert text(one.find("h3")) == "Story 1"
    assert one.find("h3/a").get("href") == "https://blog.example/1"
    assert [text(part) for part in one.find("p[@class='meta']")] == ["The blog", "Ann", "12:01 UTC"]
    assert one.find("p/time").get("datetime") == "2026-11-23T12:01:00Z"
    assert text(one.find("p[@class='teaser p-summary']")) == "What happened in story 1."


def test_time_names_its_day_where_the_heading_is_another() -> None:
    late = story(1, published=NOON - timedelta(days=40), position=NOON)

    assert text(found(edition([late]), "time", "dt-published")[0]) == "14 Oct 2026, 12:00 UTC"


def test_read_more_is_told_apart_by_the_title() -> None:
    links = [one.find("a") for one in found(edition([story(1), story(2)], read_more="Weiter"), "p", "more")]

    assert [one.get("aria-label") for one in links] == ["Weiter: Story 1", "Weiter: Story 2"]
    assert [text(one) for one in links] == ["Weiter", "Weiter"]


def test_other_tellings_are_linked_under_their_names() -> None:
    [also] = found(edition([story(1, also=[telling(2, facts("paper")), telling(3, facts("radio"))])]), "div", "also")

    assert text(also) == "Also at The paper, The radio"
    assert [one.get("href") for one in also.iter("a")] == ["https://paper.example/2", "https://radio.example/3"]


@pytest.mark.parametrize(("others", "named", "folded"), [(7, 7, 0), (8, 6, 2)])
def test_story_that_many_tell_names_a_few_and_offers_the_others(others: int, named: int, folded: int) -> None:
    told = [telling(n, facts(f"paper{n}")) for n in range(2, 2 + others)]
    [also] = found(edition([story(1, also=told)]), "div", "also")

    assert len(list(also.iter("a"))) == others
    assert sum(len(list(one.iter("a"))) for one in also.iter("details")) == folded
    assert [text(one) for one in also.iter("summary")] == (["and 2 more"] if folded else [])
    assert len(list(also.iter("a"))) - folded == named


@pytest.mark.parametrize(("language", "way"), [("en", "ltr"), ("he", "rtl"), ("fa-IR", "rtl"), (None, "auto")])
def test_story_has_its_own_language_and_direction(language: str | None, way: str) -> None:
    [one] = found(edition([story(1, language=language)]), "article")

    assert (one.get("lang"), one.get("dir")) == (language, way)


def test_microformats_name_feed_and_entries() -> None:
    made = edition([story(1)])

    assert len(found(made, "body", "h-feed")) == 1
    for kind in ("h-entry", "u-url", "p-author", "p-summary", "dt-published"):
        assert [one for one in read(made).iter() if kind in (one.get("class") or "").split()], kind


def test_nothing_is_asked_of_other_hosts_and_nothing_runs_inline() -> None:
    made = edition([story(1, image="https://blog.example/p.jpg")], sources=(facts(icon="https://blog.example/i"),))
    loads = [one.get("src") or one.get("href") or "" for one in loading(read(made))]

    assert sorted(loads) == ["icon.svg", "page.js", "style.css"]
    assert not list(read(made).iter("style"))
    assert not [one for one in read(made).iter("script") if (one.text or "").strip()]
    assert not [name for one in read(made).iter() for name in one.attrib if name == "style" or name.startswith("on")]
    assert "url(" not in (ASSETS / "style.css").read_text()
    assert "@import" not in (ASSETS / "style.css").read_text()


def loading(document: Element) -> Iterator[Element]:
    """Elements that make a browser fetch something."""
    for one in document.iter():
        relation = (one.get("rel") or "").split()
        fetched = {"stylesheet", "icon", "preload", "prefetch", "preconnect"} & set(relation)
        if fetched or one.tag in ("img", "script", "iframe", "video", "audio", "source", "object", "embed"):
            yield one


def test_channels_are_linked_from_wherever_the_page_stands() -> None:
    top = [one.get("href") for one in found(edition(channels=CHANNELS), "nav")[0].iter("a")]
    below = found(edition(channel=CHANNELS[1], channels=CHANNELS), "nav")[0]

    assert top == ["./", "arctic/"]
    assert [one.get("href") for one in below.iter("a")] == ["../", "../arctic/"]
    assert [one.get("aria-current") for one in below.iter("a")] == [None, "page"]


def test_sources_in_trouble_are_listed_first() -> None:
    made = edition(sources=(facts(), facts("paper", state="failing"), facts("home", link=None)))
    listed = found(made, "ul", "sources")[0]

    assert [text(one) for one in listed] == ["The paper failing", "The blog", "The home"]
    assert [one.get("href") for one in listed.iter("a")][2] == "https://home.example/feed.xml"


def test_many_sources_do_not_drown_the_page() -> None:
    many = edition(sources=[facts(f"s{n}", state="gone" if n in (3, 150) else "ok") for n in range(200)])
    shown, others = found(many, "ul", "sources")
    box = found(many, "aside")[0]

    assert (len(shown), len(others)) == (12, 188)
    assert [text(one) for one in box.iter("summary")] == ["What is a feed reader?", "188 more"]
    assert "2 of 200 bring nothing new at present." in text(box)


def test_many_channels_fold_up() -> None:
    few, many = (tuple(Channel(f"c{n}", f"Channel {n}") for n in range(count)) for count in (16, 17))

    assert [text(one) for one in found(edition(channels=few), "summary")] == ["What is a feed reader?"]
    assert text(found(edition(channels=many), "summary")[0]) == "All 17 channels"
    assert len(found(edition(channels=many), "ul", "channels")[0]) == 17


def test_headings_of_a_digest_skip_no_level() -> None:
    dated = Dated("2026-11-22", "22 November 2026", NOON, (story(1), story(2)))
    channel = Channel("all", "Planet", edition="daily")
    document = html5lib.parse(
        editions.render(edition(channel=channel), [dated])["editions/2026-11-22.html"].decode(),
        namespaceHTMLElements=False,
    )

    assert [one.tag for one in document.iter() if re.fullmatch("h[1-6]", str(one.tag))] == ["h1", "h2", "h2"]


def test_read_more_is_english_inside_a_story_that_is_not() -> None:
    ours, own = (
        found(edition([story(1, language="he")], read_more=text), "p", "more")[0] for text in ("Read more", "עוד")
    )

    assert (ours.get("lang"), own.get("lang")) == ("en", None)


def test_subscribe_box_holds_the_address_of_the_best_feed() -> None:
    def address(*formats: str) -> list[str | None]:
        made = edition(channel=Channel("all", "Planet", formats=formats))
        return [one.get("value") for one in found(made, "input") if one.get("id") == "feed-address"]

    assert address("html", "rss", "atom") == [BASE + "feed.atom"]
    assert address("html", "json") == [BASE + "feed.json"]
    assert address("html") == []


def test_empty_page_says_where_to_look() -> None:
    [empty] = found(edition(), "div", "empty")

    assert text(empty).startswith("Nothing here yet")
    assert [one.get("href") for one in empty.iter("a")] == ["status.html"]


def test_every_control_has_a_name_and_the_first_link_skips_to_the_stories() -> None:
    document = read(edition([story(1)]))
    labelled = {one.get("for") for one in document.iter("label")}
    body = document.find("body")

    assert {one.get("id") for one in document.iter("input")} == labelled
    assert body is not None
    assert body[0].get("href") == "#stories"
    assert [one.get("id") for one in document.iter("main")] == ["stories"]

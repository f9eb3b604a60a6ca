"""feed.atom, read back with lxml."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from aggregator.model import Edition, Enclosure, Origin, Person, Replies, Tombstone
from aggregator.publish.formats import atom, words
from tests.records import BASE, NOON, edition, facts, story, telling

SPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "thr": "http://purl.org/syndication/thread/1.0",
}


def read(made: Edition) -> Any:
    return etree.fromstring(atom.render(made))


def found(element: Any, path: str) -> Any:
    return element.xpath(path, namespaces=SPACES)


def summary(made: Edition) -> str:
    return str(found(read(made), "string(a:entry/a:summary)"))


def test_atom_is_the_default_namespace() -> None:
    assert read(edition()).tag == "{http://www.w3.org/2005/Atom}feed"
    assert read(edition()).prefix is None


@pytest.mark.parametrize("made", [edition(), edition([story(1)]), edition([story(1)], archive=1, next_archive=2)])
def test_feed_has_one_id_title_and_updated_before_its_entries(made: Edition) -> None:
    names = [etree.QName(child).localname for child in read(made)]

    assert [names.count(name) for name in ("id", "title", "updated")] == [1, 1, 1]
    assert "entry" not in names[: len(names) - len(made.stories)]


def test_stylesheet_explains_the_feed_to_a_person() -> None:
    start = atom.render(edition()).split(b"\n")[1]

    assert start == b'<?xml-stylesheet type="text/css" href="/feed.css"?>'


def test_self_is_the_address_of_this_very_document() -> None:
    feed = edition([story(1)])
    archive = edition([story(1)], archive=3, prev_archive=2)

    assert found(read(feed), "a:link[@rel='self']/@href") == [BASE + "feed.atom"]
    assert found(read(archive), "a:link[@rel='self']/@href") == [BASE + "archive/all/3.atom"]


def test_twins_are_alternates_of_types_of_their_own() -> None:
    types = found(read(edition()), "a:link[@rel='alternate']/@type")

    assert sorted(types) == ["application/feed+json", "application/rss+xml", "text/html"]


def test_archive_document_leads_back_and_to_the_feed() -> None:
    feed = read(edition([story(1)], archive=2, prev_archive=1, next_archive=3, hubs=("https://hub.example/",)))

    assert found(feed, "count(fh:archive)") == 1
    assert found(feed, "a:link[@rel='current']/@href") == [BASE + "feed.atom"]
    assert found(feed, "a:link[@rel='prev-archive']/@href") == [BASE + "archive/all/1.atom"]
    assert found(feed, "a:link[@rel='next-archive']/@href") == [BASE + "archive/all/3.atom"]
    assert not found(feed, "a:link[@rel='hub']")


def test_withdrawn_entry_leaves_a_tombstone() -> None:
    stones = found(read(edition(tombstones=(Tombstone("tag:blog.example,2026:1", NOON),))), "at:deleted-entry")

    assert [dict(stone.attrib) for stone in stones] == [
        {"ref": "tag:blog.example,2026:1", "when": "2026-11-23T12:00:00Z"}
    ]


def test_summary_is_the_teaser_and_one_read_more() -> None:
    assert summary(edition([story(1, teaser="1 < 2 & so on.")])) == (
        '<p>1 &lt; 2 &amp; so on.</p><p><a href="https://blog.example/1">Read more</a></p>'
    )


def test_entry_without_text_has_no_summary() -> None:
    assert not found(read(edition([story(1, teaser="")])), "a:entry/a:summary")


@pytest.mark.parametrize(
    ("language", "text", "opening"),
    [
        ("en", "Left.", "<p>"),
        ("de", "Links.", "<p>"),
        ("he", "ימין.", '<p dir="rtl" lang="he">'),
        (None, "Unknown.", "<p>"),
        (None, "يمين.", '<p dir="auto">'),
    ],
)
def test_paragraph_says_its_direction_and_language(language: str | None, text: str, opening: str) -> None:
    made = edition([story(1, language=language, teaser=text), story(2, language="en")])

    assert summary(made).startswith(opening + text)


def test_entry_of_unknown_language_inherits_none() -> None:
    feed = read(edition([story(1, language=None), story(2, language="de")], language="en"))
    lang = "{http://www.w3.org/XML/1998/namespace}lang"

    assert feed.get(lang) is None
    assert [entry.get(lang) for entry in found(feed, "a:entry")] == [None, "de"]
    assert found(feed, "a:title")[0].get(lang) == "en"


def test_entry_says_its_language_where_it_is_another() -> None:
    feed = read(edition([story(1, language="en"), story(2, language="de")], language="en"))

    assert found(feed, "a:entry/@xml:lang") == ["de"]


def test_source_is_complete() -> None:
    blog = facts(
        rights="CC BY",
        authors=(Person("Ann"),),
        icon="https://blog.example/i.png",
        logo="https://blog.example/l.png",
        categories=("sea", "ice"),
    )
    source = found(read(edition([story(1, blog)])), "a:entry/a:source")[0]

    assert found(source, "string(a:id)") == blog.atom_id
    assert found(source, "string(a:title)") == "The blog"
    assert found(source, "string(a:updated)") == "2026-11-23T12:01:00Z"
    assert found(source, "a:link[@rel='self']/@href") == [blog.url]
    assert found(source, "a:link[@rel='alternate']/@href") == [blog.link]
    assert [found(source, f"string(a:{name})") for name in ("author/a:name", "rights", "icon", "logo")] == [
        "Ann", "CC BY", "https://blog.example/i.png", "https://blog.example/l.png",
    ]  # fmt: skip
    assert found(source, "a:category/@term") == ["sea", "ice"]


def test_addresses_of_pictures_are_ascii() -> None:
    blog = facts(icon="https://blög.example/i.png", logo="https://blog.example/ö.png")
    entry = found(read(edition([story(1, blog, image="https://blog.example/o\u0308.png?x=ü")])), "a:entry")[0]

    assert found(entry, "string(a:source/a:icon)") == "https://xn--blg-tna.example/i.png"
    assert found(entry, "string(a:source/a:logo)") == "https://blog.example/%C3%B6.png"
    assert found(entry, "media:thumbnail/@url") == ["https://blog.example/o%CC%88.png?x=%C3%BC"]


def test_contributors_and_the_planets_icon_are_named() -> None:
    feed = read(edition([story(1, contributors=(Person("Cid", "https://cid.example/"), Person("Dee")))]))

    assert found(feed, "a:entry/a:contributor/a:name/text()") == ["Cid", "Dee"]
    assert found(feed, "a:entry/a:contributor/a:uri/text()") == ["https://cid.example/"]
    assert found(feed, "string(a:icon)") == BASE + "icon.svg"


def test_entry_of_another_planet_keeps_its_source() -> None:
    origin = Origin("Elsewhere", "tag:else.example,2026:f", "https://else.example/f", "https://else.example/", NOON)
    feed = read(edition([story(1, origin=origin)]))
    sources = found(feed, "a:entry/a:source")

    assert len(sources) == 1
    assert found(sources[0], "string(a:id)") == "tag:else.example,2026:f"
    assert found(sources[0], "string(a:updated)") == "2026-11-23T12:00:00Z"
    assert found(feed, "a:entry/a:link[@rel='via']/@href") == ["https://blog.example/feed.xml"]
    assert found(feed, "string(a:entry/a:author/a:name)") == "Elsewhere"


def test_page_of_the_comments_is_a_link() -> None:
    feed = read(edition([story(1, comments="https://blog.example/1#c"), story(2)]))

    assert found(feed, "a:entry/a:link[@rel='replies']/@href") == ["https://blog.example/1#c"]


def test_source_of_another_planet_is_kept_whole() -> None:
    origin = Origin(
        "Elsewhere", "tag:else.example,2026:f", "https://else.example/f", "https://else.example/", NOON,
        authors=(Person("Ann", "https://ann.example/"), Person("Ben")), rights="CC BY", icon="https://else.example/i.png",
        logo="https://else.example/l.png", language="fr", subtitle="All of it",
    )  # fmt: skip
    feed = read(edition([story(1, facts(rights="Ours", authors=(Person("Planet"),)), origin=origin)]))
    source = found(feed, "a:entry/a:source")[0]

    assert found(source, "a:author/a:name/text()") == ["Ann", "Ben"]
    assert found(source, "a:author/a:uri/text()") == ["https://ann.example/"]
    assert [found(source, f"string(a:{name})") for name in ("subtitle", "rights", "icon", "logo")] == [
        "All of it", "CC BY", "https://else.example/i.png", "https://else.example/l.png",
    ]  # fmt: skip
    assert found(source, "string(@xml:lang)") == "fr"
    assert found(feed, "string(a:entry/a:rights)") == "CC BY"


@pytest.mark.parametrize(
    "origin", [Origin("Only a title"), Origin(id="no iri"), Origin(url="https://else.example/f"), Origin()]
)
def test_source_of_another_planet_always_has_an_id_and_a_title(origin: Origin) -> None:
    source = found(read(edition([story(1, origin=origin)])), "a:entry/a:source")[0]

    assert found(source, "string(a:id)").startswith(("urn:uuid:", "https://"))
    assert found(source, "string(a:title)")
    assert found(source, "string(a:updated)")


@pytest.mark.parametrize(
    ("given", "leads_to"),
    [
        ({}, "https://blog.example/1"),
        ({"published_url": "", "comments": "https://blog.example/1#c"}, "https://blog.example/1#c"),
        (
            {"published_url": "", "enclosures": (Enclosure("https://blog.example/a.mp3"),)},
            "https://blog.example/a.mp3",
        ),
        ({"published_url": ""}, "https://blog.example/"),
    ],
)
def test_entry_leads_to_the_best_link_there_is(given: dict[str, Any], leads_to: str) -> None:
    assert found(read(edition([story(1, **given)])), "a:entry/a:link[@rel='alternate']/@href") == [leads_to]


def test_entry_without_any_site_leads_to_its_feed() -> None:
    made = edition([story(1, facts(link=None), published_url="")])

    assert found(read(made), "a:entry/a:link[@rel='alternate']/@href") == ["https://blog.example/feed.xml"]


def test_other_tellings_are_related_under_their_names_once() -> None:
    paper, copy = telling(2, facts("paper")), telling(3, facts("paper"), published_url="https://paper.example/2")
    links = found(read(edition([story(1, also=[paper, copy])])), "a:entry/a:link[@rel='related']")

    assert [(link.get("href"), link.get("title")) for link in links] == [("https://paper.example/2", "The paper")]


def test_enclosures_keep_type_length_and_title() -> None:
    given = (Enclosure("https://b.example/a.mp3", "audio/mpeg", 1234, "Talk"), Enclosure("https://b.example/b"))
    links = found(read(edition([story(1, enclosures=given)])), "a:entry/a:link[@rel='enclosure']")

    assert [dict(link.attrib) for link in links] == [
        {
            "rel": "enclosure",
            "href": "https://b.example/a.mp3",
            "type": "audio/mpeg",
            "title": "Talk",
            "length": "1234",
        },
        {"rel": "enclosure", "href": "https://b.example/b"},
    ]


def test_rights_licence_thread_image_and_categories_are_kept() -> None:
    entry = found(
        read(
            edition(
                [
                    story(
                        1,
                        rights="Mine",
                        license="https://l.example/",
                        in_reply_to="tag:a",
                        image="https://b.example/p",
                        tags=("x",),
                    )
                ]
            )
        ),
        "a:entry",
    )[0]

    assert found(entry, "string(a:rights)") == "Mine"
    assert found(entry, "a:link[@rel='license']/@href") == ["https://l.example/"]
    assert found(entry, "thr:in-reply-to/@ref") == ["tag:a"]
    assert found(entry, "media:thumbnail/@url") == ["https://b.example/p"]
    assert found(entry, "a:category/@term") == ["x"]


def test_size_of_the_picture_and_number_of_replies_are_kept() -> None:
    made = story(
        1,
        image="https://b.example/p",
        image_size=(320, 200),
        comments="https://b.example/1#talk",
        replies=Replies(7, NOON, 9),
    )
    entry = found(read(edition([made])), "a:entry")[0]

    assert found(entry, "media:thumbnail/@*") == ["https://b.example/p", "320", "200"]
    assert found(entry, "a:link[@rel='replies']/@thr:count") == ["7"]
    assert found(entry, "a:link[@rel='replies']/@thr:updated") == [words.date(NOON)]
    assert found(entry, "string(thr:total)") == "9"


@pytest.mark.parametrize("replies", [None, Replies(total=0), Replies(updated=NOON)])
def test_nothing_is_said_of_replies_that_were_not_counted(replies: Replies | None) -> None:
    made = story(1, comments="https://b.example/1#talk", replies=replies)
    entry = found(read(edition([made])), "a:entry")[0]

    assert found(entry, "a:link[@rel='replies']/@thr:count") == []
    assert found(entry, "count(thr:total)") == (1 if replies and replies.total == 0 else 0)


def test_entry_authors_go_before_those_of_the_source() -> None:
    blog = facts(authors=(Person("Editor"),))

    assert found(read(edition([story(1, blog, authors=(Person("Ann"),))])), "string(a:entry/a:author/a:name)") == "Ann"
    assert found(read(edition([story(1, blog)])), "string(a:entry/a:author/a:name)") == "Editor"


def test_full_text_is_content_beside_the_teaser() -> None:
    feed = read(edition([story(1, content_html="<p>All of it.</p>")]))

    assert found(feed, "string(a:entry/a:content[@type='html'])") == "<p>All of it.</p>"
    assert found(feed, "count(a:entry/a:summary)") == 1


def test_ids_go_out_as_they_came() -> None:
    odd = "HTTP://B.example:443/a/../1"

    assert found(read(edition([story(1, id=odd)])), "string(a:entry/a:id)") == odd


def test_entry_bytes_do_not_depend_on_the_time_of_the_build() -> None:
    made = edition([story(1), story(2)])

    assert atom.render(made) == atom.render(replace(made))

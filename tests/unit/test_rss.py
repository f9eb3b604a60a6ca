"""feed.rss, read back with lxml."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from aggregator.model import Edition, Enclosure, Origin, Person
from aggregator.publish.formats import rss
from aggregator.publish.formats.words import mail_date
from tests.records import BASE, edition, facts, story

SPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}


def read(made: Edition) -> Any:
    return etree.fromstring(rss.render(made))[0]


def found(element: Any, path: str) -> Any:
    return element.xpath(path, namespaces=SPACES)


def test_channel_has_what_rss_demands() -> None:
    channel = read(edition(description="All of it"))

    assert [found(channel, f"string({name})") for name in ("title", "link", "description")] == [
        "Planet Example",
        BASE,
        "All of it",
    ]


def test_channel_without_a_description_says_its_title() -> None:
    assert found(read(edition()), "string(description)") == "Planet Example"


def test_self_is_the_rss_address_and_hubs_are_named() -> None:
    channel = read(edition(hubs=("https://hub.example/",)))

    assert found(channel, "a:link[@rel='self']/@href") == [BASE + "feed.rss"]
    assert found(channel, "a:link[@rel='hub']/@href") == ["https://hub.example/"]


def test_last_build_is_the_newest_change() -> None:
    made = edition([story(1)])

    assert found(read(made), "string(lastBuildDate)") == "Mon, 23 Nov 2026 12:01:00 GMT"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC), "Sun, 01 Mar 2026 04:05:06 GMT"),
        (datetime(999, 12, 31, 23, 59, 59, 5, tzinfo=UTC), "Tue, 31 Dec 0999 23:59:59 GMT"),
    ],
)
def test_dates_are_english_with_four_digits(moment: datetime, text: str) -> None:
    assert mail_date(moment) == text


@pytest.mark.parametrize(
    ("ttl", "says"),
    [
        (timedelta(minutes=15), ("hourly", 4)),
        (timedelta(hours=1), ("hourly", 1)),
        (timedelta(hours=6), ("daily", 4)),
        (timedelta(days=1), ("daily", 1)),
        (timedelta(minutes=25), ("hourly", 2)),
        (timedelta(seconds=5), ("hourly", 60)),
        (timedelta(days=9000), ("yearly", 1)),
    ],
)
def test_period_says_what_ttl_says(ttl: timedelta, says: tuple[str, int]) -> None:
    channel = read(edition(ttl=ttl))

    assert rss.period(ttl) == says
    assert found(channel, "string(sy:updatePeriod)") == says[0]
    assert found(channel, "string(sy:updateFrequency)") == str(says[1])
    assert found(channel, "string(ttl)") == str(max(1, int(ttl.total_seconds() // 60)))


@pytest.mark.parametrize(
    ("given", "permalink"),
    [
        ({}, "true"),
        ({"id": "tag:blog.example,2026:1"}, "false"),
        ({"id": "https://blog.example/?p=1"}, "false"),
    ],
)
def test_guid_is_a_permalink_only_where_it_leads_to_the_item(given: dict[str, Any], permalink: str) -> None:
    item = found(read(edition([story(1, **given)])), "item/guid")[0]

    assert item.text == given.get("id", "https://blog.example/1")
    assert item.get("isPermaLink") == permalink


def test_names_are_creators_and_never_mail_addresses() -> None:
    item = found(read(edition([story(1, authors=(Person("Ann"), Person("Ben")))])), "item")[0]

    assert found(item, "dc:creator/text()") == ["Ann", "Ben"]
    assert not found(item, "author")


def test_source_of_another_planet_stays() -> None:
    origin = Origin("Elsewhere", url="https://else.example/f")
    made = edition([story(1, origin=origin), story(2, origin=Origin("No address")), story(3)])

    assert found(read(made), "item/source/@url") == ["https://else.example/f", *["https://blog.example/feed.xml"] * 2]
    assert found(read(made), "item/source/text()") == ["Elsewhere", "The blog", "The blog"]


def test_description_is_the_teaser_with_read_more() -> None:
    item = found(read(edition([story(1, language="de", teaser="a < b")])), "item")[0]

    assert found(item, "string(description)") == (
        '<p lang="de">a &lt; b</p><p><a href="https://blog.example/1">Read more</a></p>'
    )
    assert found(item, "string(dc:language)") == "de"


def test_full_text_stands_after_the_description_whatever_is_in_it() -> None:
    item = found(read(edition([story(1, content_html="<p>]]></p>")])), "item")[0]
    names = [child.tag for child in item]

    assert found(item, "string(content:encoded)") == "<p>]]></p>"
    assert names.index("description") < names.index("{http://purl.org/rss/1.0/modules/content/}encoded")


def test_plain_text_is_marked_as_such() -> None:
    document = rss.render(edition([story(1, title="AT&T <b>", tags=("a&b",))], description="x < y"))

    assert b"<title>AT&#x26;T &#x3C;b&gt;</title>" in document
    assert b"<category>a&#x26;b</category>" in document
    assert b"<description>x &#x3C; y</description>" in document
    assert found(etree.fromstring(document)[0], "string(item/title)") == "AT&T <b>"


def test_one_enclosure_and_the_others_as_media() -> None:
    given = (Enclosure("https://b.example/a", "audio/mpeg", 5), Enclosure("https://b.example/b", "image/png"))
    more = (*given, Enclosure("https://b.example/c"))
    item = found(read(edition([story(1, enclosures=more)])), "item")[0]

    assert [dict(one.attrib) for one in found(item, "enclosure")] == [
        {"url": "https://b.example/a", "length": "5", "type": "audio/mpeg"}
    ]
    assert [dict(one.attrib) for one in found(item, "media:content")] == [
        {"url": "https://b.example/b", "type": "image/png"},
        {"url": "https://b.example/c"},
    ]


def test_enclosure_without_length_or_type_gets_both() -> None:
    item = found(read(edition([story(1, enclosures=(Enclosure("https://b.example/a"),))])), "item/enclosure")[0]

    assert (item.get("length"), item.get("type")) == ("0", "application/octet-stream")


def test_rights_and_license_are_kept() -> None:
    blog = facts(rights="Of the blog")
    given = [
        story(1, blog, license="https://creativecommons.org/licenses/by/4.0/"),
        story(2, blog, rights="Own"),
        story(3, blog, origin=Origin("Elsewhere", url="https://else.example/f", rights="Elsewhere's")),
    ]
    channel = read(edition(given))

    assert found(channel, "item/dc:rights/text()") == ["Of the blog", "Own", "Elsewhere's"]
    assert found(channel, "item/*[local-name()='license']/text()") == ["https://creativecommons.org/licenses/by/4.0/"]


def test_comments_and_image_are_kept() -> None:
    item = found(read(edition([story(1, comments="https://b.example/c", image="https://b.example/p")])), "item")[0]

    assert found(item, "string(comments)") == "https://b.example/c"
    assert found(item, "media:thumbnail/@url") == ["https://b.example/p"]


def test_addresses_are_ascii_whatever_the_source_has() -> None:
    files = tuple(Enclosure(f"https://blög.example/{n}ö.mp3", "audio/mpeg", 5) for n in (1, 2))
    made = story(
        1, facts(url="https://blög.example/f"), published_url="https://blög.example:8000/ö?x=ü#ß", enclosures=files,
        comments="https://blog.example/ö#c", license="https://blog.example/ö", image="https://blog.example/ö.png",
    )  # fmt: skip
    item = found(read(edition([made])), "item")[0]

    assert found(item, "string(link)") == "https://xn--blg-tna.example:8000/%C3%B6?x=%C3%BC#%C3%9F"
    for path in ("comments", "enclosure/@url", "source/@url", "media:thumbnail/@url", "media:content/@url"):
        assert found(item, f"string({path})").isascii()
    assert found(item, "string(*[local-name()='license'])") == "https://blog.example/%C3%B6"


def test_id_that_is_no_uri_is_no_permalink() -> None:
    made = story(1, id="https://blog.example/ö", published_url="https://blog.example/ö")

    assert found(read(edition([made])), "item/guid/@isPermaLink") == ["false"]


def test_item_without_text_has_no_description() -> None:
    assert not found(read(edition([story(1, facts(language="en"), teaser="")])), "item/description")

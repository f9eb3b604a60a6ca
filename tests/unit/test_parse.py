"""Documents of every kind and in every state, read into one shape."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.editorial import choose, facts
from aggregator.errors import SourceError
from aggregator.model import RawEntry, RawFeed, Replies
from aggregator.parse import fast, feedparser_lane, lanes, repair
from aggregator.parse.dates import parse_date
from aggregator.parse.gather import person
from tests.planet import atom, entry, item, rss
from tests.records import NOON

CASES = sorted(
    path
    for path in (Path(__file__).parent.parent / "cases" / "parse").iterdir()
    if not path.name.endswith(".expected.json")
)


def read(body: bytes, content_type: str | None = None, limit: int = 1000) -> RawFeed:
    return lanes.read(body, content_type=content_type, limit=limit)


def shape(one: RawEntry) -> dict[str, object]:
    """What a case says of an entry."""
    return {
        "id": one.id,
        "links": [link.href for link in one.links],
        "title": one.title.value if one.title else None,
        "summary": one.summary.value if one.summary else None,
        "content": one.content.value if one.content else None,
        "authors": [person.name for person in one.authors],
        "published": one.published.isoformat() if one.published else None,
        "tags": list(one.tags),
        "enclosures": [[e.url, e.type, e.length] for e in one.enclosures],
        "private": one.private,
    }


def gist(one: RawEntry) -> dict[str, object]:
    """What is made of an entry: where a lane says the same thing in another field, it is the same."""
    moment = one.published or one.updated
    link, origin = choose.link(one, ("https://h.example/",)), facts.origin(one.origin, (), NOON)
    picture = (one.image, one.image_size)
    return {
        **shape(one),
        "links": link,
        "published": moment,
        "origin": origin,
        "image": picture,
        "replies": one.replies,
        "contributors": one.contributors,
    }


def test_there_are_parse_cases() -> None:
    assert CASES


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_case(path: Path) -> None:
    expected = json.loads(path.with_name(path.name + ".expected.json").read_text(encoding="utf-8"))

    found = read(path.read_bytes())

    assert found.lane == expected["lane"]
    assert (found.title.value if found.title else None) == expected["title"]
    assert [shape(one) for one in found.entries] == expected["entries"]


def test_comments_are_counted_and_pictures_measured() -> None:
    first, second, third = read((Path(__file__).parent.parent / "cases/parse/discussed.xml").read_bytes()).entries

    assert first.replies == Replies(7, datetime(2026, 11, 2, tzinfo=UTC), 9)
    assert (second.replies, third.replies) == (Replies(0), None)
    assert (first.image, first.image_size) == ("https://talk.example/1.png", (320, 200))
    assert (second.image, second.image_size) == ("https://talk.example/2.png", (640, 480))
    assert (third.image, third.image_size) == ("https://talk.example/3.png", None)


@pytest.mark.parametrize("path", [path for path in CASES if path.suffix != ".json"], ids=lambda path: path.name)
def test_both_lanes_agree(path: Path) -> None:
    text, _ = repair.text_of(path.read_bytes(), None)
    body = repair.legal(repair.trimmed(text)[0], repair.own_entities(text)).encode()

    one, other = fast.read(body, limit=100), feedparser_lane.read(body, limit=100)

    if one is not None and "only_fast" not in json.loads(
        path.with_name(path.name + ".expected.json").read_text("utf-8")
    ):
        assert other is not None
        assert [gist(e) for e in one.entries] == [gist(e) for e in other.entries]


def test_a_broken_document_says_as_much_of_its_feed_as_a_whole_one() -> None:
    head = (
        "<skipHours><hour>3</hour><hour>4</hour></skipHours><skipDays><day>Monday</day><day>Sunday</day></skipDays>"
        '<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/>'
    )
    whole = rss(item(1), item(2), more=head).replace(
        b"<item>", b'<item xmlns:ix="urn:atom-extension:indexing" ix:index="no">', 1
    )
    broken = whole.replace(b"</description></item>", b"</b></description></item>", 1)

    one, other = read(whole), read(broken)

    assert (one.lane, other.lane) == ("fast", "feedparser")
    assert other.skip_hours == one.skip_hours == (3, 4)
    assert other.skip_days == one.skip_days == ("Monday", "Sunday")
    assert (one.complete, other.complete) == (True, True)
    assert [e.private for e in other.entries] == [e.private for e in one.entries] == [True, False]


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 24 Nov 2026 10:00:00 GMT", "2026-11-24T10:00:00"),
        ("24 Nov 26 10:00 EST", "2026-11-24T15:00:00"),
        ("Di, 24 März 2026 10:00:00 +0100", "2026-03-24T09:00:00"),
        ("24 ноября 2026 10:00 +0300", "2026-11-24T07:00:00"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00"),
        ("2026-11-24T10:00:00.25+05:30", "2026-11-24T04:30:00.250000"),
        ("2026-11-24T10:00", "2026-11-24T10:00:00"),
        ("2026-11-24 10:00:00 -0500", "2026-11-24T15:00:00"),
        ("2026-11-24", "2026-11-24T00:00:00"),
        ("20261124T101112Z", "2026-11-24T10:11:12"),
        ("November 24, 2026 3:05 PM", "2026-11-24T15:05:00"),
        ("Tue Nov 24 10:00:00 UTC 2026", "2026-11-24T10:00:00"),
        ("24.11.2026 10:00", "2026-11-24T10:00:00"),
        ("11/24/2026", "2026-11-24T00:00:00"),
        ("2026/11/24", "2026-11-24T00:00:00"),
        ("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59"),
        ("Fri, 5 Jun 2026 24:00:00 GMT", "2026-06-06T00:00:00"),
        ("Thu, 01 Jan 98 00:00:00 GMT", "1998-01-01T00:00:00"),
        ("24 Nov 2026 10:00 GMT+2", "2026-11-24T08:00:00"),
        ("Tue Nov 24 2026 10:00:00 GMT-0800 (Pacific Standard Time)", "2026-11-24T18:00:00"),
        ("Tue,24 Nov 2026 10:00:00 +01", "2026-11-24T09:00:00"),
        ("Tue, 24 Nov 2026 10:00:00 GMT+0530", "2026-11-24T04:30:00"),
        ("24 Nov 2026 10:00:00 +530", "2026-11-24T04:30:00"),
        ("24 Nov 2026 10:30 p.m. EST", "2026-11-25T03:30:00"),
        ("2026-11-24 10:30 PM", "2026-11-24T22:30:00"),
        ("11/24/2026 10:30:00 PM", "2026-11-24T22:30:00"),
        ("2026/11/24 10:00:00 +0800", "2026-11-24T02:00:00"),
        ("2026年11月24日 10:30", "2026-11-24T10:30:00"),
        ("24 de noviembre de 2026", "2026-11-24T00:00:00"),
        ("24 prosince 2026", "2026-12-24T00:00:00"),
        ("24. desember 2026", "2026-12-24T00:00:00"),
        ("24 Nov 2026 10:00:00 +2500", "2026-11-24T10:00:00"),
    ],
)
def test_dates_are_read(text: str, moment: str) -> None:
    assert parse_date(text) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "yesterday",
        "0000-00-00",
        "2026-02-30T00:00:00Z",
        "99999-01-01",
        "x" * 1000,
        "9" * 90,
        "Tue, 24 Xyz 2026 10:00:00 GMT",
        "30 Feb 2026 10:00",
    ],
)
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert parse_date(text) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_date_reader(text: str) -> None:
    found = parse_date(text)

    assert found is None or found.tzinfo is UTC


# ---------------------------------------------------------------- charsets and repair


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("é".encode(), None),
        (b"\xef\xbb\xbf" + "é".encode(), "text/xml; charset=iso-8859-1"),
        ("é".encode("utf-16"), None),
        ("é".encode("utf-32"), None),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>\xe9', None),
        (b"\xe9", "text/xml; charset=latin-1"),
        (b"\xe9", None),
    ],
)
def test_the_charset_is_found(body: bytes, content_type: str | None) -> None:
    assert repair.text_of(body, content_type)[0].endswith("é")


def test_unmarked_wide_text_is_seen() -> None:
    assert repair.text_of("<a/>".encode("utf-16-le"), None) == ("<a/>", False)
    assert repair.text_of("<a/>".encode("utf-32-be"), None) == ("<a/>", False)


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("x-sjis", "cp932", "日本語の題名"),
        ("x-euc-jp", "euc_jp", "日本語の題名"),
        ("windows-874", "cp874", "ภาษาไทย"),
        ("ISO-8859-8-I", "iso8859-8", "שלום עולם"),
        ("Latin-9", "iso8859-15", "5 €"),
        ("win-1251", "cp1251", "Привет"),
        ("cn-big5", "big5", "標題"),
        ("iso8859-1", "cp1252", "„a“"),
    ],
)
def test_names_that_browsers_know_are_known(label: str, codec: str, text: str) -> None:
    declared = f'<?xml version="1.0" encoding="{label}"?><a>{text}</a>'

    assert repair.text_of(declared.encode(codec), None)[0] == declared
    assert repair.text_of(f"<a>{text}</a>".encode(codec), f"text/xml; charset={label}")[0] == f"<a>{text}</a>"


@pytest.mark.parametrize(
    ("content_type", "text"), [("text/xml; charset=utf-8", "Zürich ÿ"), (None, "ZÃ¼rich ÿ")], ids=["said", "guessed"]
)
def test_one_stray_byte_does_not_spoil_what_is_said_to_be_utf_8(content_type: str | None, text: str) -> None:
    assert repair.text_of("Zürich ".encode() + b"\xff", content_type)[0] == text


@pytest.mark.parametrize("label", ["rot13", "idna", "x-banana", "unicode_escape", "utf-7"])
def test_names_that_are_no_charsets_are_passed_over(label: str) -> None:
    assert repair.text_of(b"\xe9", f"text/xml; charset={label}")[0] == "é"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a & b", "a &amp; b"),
        ("&nbsp;&eacute;", "\xa0é"),
        ("&unknown;", "&amp;unknown;"),
        ("&amp;&lt;", "&amp;&lt;"),
        ("&#0;&#xD800;&#65;&#x41;&#150;", "&#65;&#65;–"),
        ("<![CDATA[a & b]]> & c", "<![CDATA[a & b]]> &amp; c"),
        ("\x01x", "x"),
    ],
)
def test_illegal_xml_is_mended(before: str, after: str) -> None:
    assert repair.legal(before, {}) == after


def test_entities_of_the_document_itself_are_resolved() -> None:
    text = '<!DOCTYPE rss [<!ENTITY site "The Site"><!ENTITY bomb "&site;&site;">]><rss>&site; &bomb;</rss>'

    assert repair.own_entities(text) == {"site": "The Site"}
    assert repair.own_entities("<rss/>") == {}
    assert repair.legal("&site;", {"site": "A<B"}) == "A&lt;B"


def test_an_external_entity_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    body = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret}">]><rss version="2.0"><channel><title>&x;</title>{item(1)}</channel></rss>'

    assert "SECRET" not in repr(read(body.encode()))


# ---------------------------------------------------------------- lanes


def test_a_well_formed_feed_takes_the_fast_lane() -> None:
    assert read(rss(item(1))).lane == "fast"
    assert read(atom(entry(1))).lane == "fast"


@pytest.mark.parametrize("junk", [b"\n\n", b"<b>Warning</b>: x in y.php\n", b"\xef\xbb\xbf \n"])
def test_junk_before_the_document_is_passed_over(junk: bytes) -> None:
    assert len(read(junk + rss(item(1), item(2))).entries) == 2


@pytest.mark.parametrize(("tags", "lane"), [(1000, "feedparser"), (70_000, "fast")])
def test_a_broken_document_of_very_many_tags_is_left_to_who_is_quick(tags: int, lane: str) -> None:
    """feedparser needed 18 s for 9 MB of such items, more than a worker may take: the source had no entries at all."""
    body = rss(item(1)).replace(b"</channel>", b"<category/>" * tags + b"<b></channel>")

    found = read(body)

    assert (found.lane, [one.title.value for one in found.entries if one.title]) == (
        lane,
        ["Story number 1 of the day"],
    )


@pytest.mark.parametrize("half", ["&#xD83D;", "&#XdFfF;", "&#55296;", "&#057343;", "&#x00d800;"])
@pytest.mark.parametrize("before", ["<!-- <![CDATA[ -->", '<x a="<![CDATA["/>', ""])
def test_half_a_character_costs_nothing_but_itself(half: str, before: str) -> None:
    """libxml2 recovers it where nobody can read it then; what looks like CDATA before it hid it from mending."""
    body = f"<rss><channel>{before}<item><title>a{half}b&#55295;&#xE000;</title></item><b></channel></rss>"

    found = read(body.encode())

    assert [one.title.value for one in found.entries if one.title] == ["ab\ud7ff\ue000"]


AUTHORS = (
    "<author><![CDATA[%s]]></author>",
    "<author><b/>%s</author>",
    f"<author x='{'y' * 300}'>%s</author>",
    "<dc:publisher xmlns:dc='http://purl.org/dc/elements/1.1/'>%s</dc:publisher>",
)


@pytest.mark.parametrize("who", ["a" * 64_000, "a." * 32_000 + "@"])
@pytest.mark.parametrize("author", AUTHORS)
def test_an_endless_author_is_no_work_however_it_is_written(author: str, who: str) -> None:
    """feedparser's pattern for addresses took half a minute for each of these."""
    body = rss(item(1)).replace(b"</channel>", (author % who).encode() + b"<b></channel>")

    start = time.process_time()
    found = read(body)
    spent = time.process_time() - start

    assert (found.lane, len(found.entries)) == ("feedparser", 1)
    assert spent < 1


def test_tags_of_a_thousand_attributes_are_no_work() -> None:
    """What feedparser asks of each attribute looks through all of its tag: 20 s for 9 MB."""
    crowded = "<category {}/>".format(" ".join(f'a{n}="1"' for n in range(1000)))
    body = rss(item(1)).replace(b"</channel>", crowded.encode() * 500 + b"<b></channel>")

    start = time.process_time()
    found = read(body)
    spent = time.process_time() - start

    assert (found.lane, len(found.entries)) == ("feedparser", 1)
    assert spent < 2


@pytest.mark.parametrize(
    "medium", ['<enclosure url="{}" type="audio/mp3"/>', '<media:content url="{}" medium="audio"/>']
)
def test_a_hundred_thousand_enclosures_are_no_work(medium: str) -> None:
    """Each was compared with all before it: minutes for 9 MB."""
    many = "".join(medium.format(n) for n in range(100_000)).encode()
    body = (
        rss(item(1))
        .replace(b"</item>", many + b"</item>")
        .replace(b"<rss", b'<rss xmlns:media="http://search.yahoo.com/mrss/"')
    )

    start = time.process_time()
    found = read(body)
    spent = time.process_time() - start

    assert len(found.entries[0].enclosures) == 200
    assert spent < 2


def test_a_truncated_document_gives_its_whole_entries() -> None:
    found = read(rss(item(1), item(2), item(3))[:-60])

    assert (len(found.entries), found.truncated) == (2, True)


def test_a_broken_entry_does_not_cost_the_others() -> None:
    body = rss(item(1), item(2), item(3)).replace(b"<title>Story number 2", b"<title><b>Story number 2")

    found = read(body)

    assert len(found.entries) + found.lost >= 3
    assert {"https://news.example/1", "https://news.example/3"} <= {one.id for one in found.entries}


def test_more_entries_than_wanted_are_counted() -> None:
    found = read(rss(*map(item, range(9))), limit=4)

    assert (len(found.entries), found.lost) == (4, 5)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!doctype html><html><body>x</body></html>", "not_feed"),
        (b"just words", "not_feed"),
        (b'{"a": 1}', "not_feed"),
        (b'{"version": ', "parse"),
        (b"[" * 100_000, "parse"),
        (b"<rss><chan", "parse"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, kind: str) -> None:
    with pytest.raises(SourceError) as error:
        read(body)

    assert error.value.kind == kind


def test_a_huge_author_costs_little() -> None:
    body = rss(item(1, author="a@" + "a." * 32_000 + "!")).replace(b"</item>", b"<b></item>")

    found = read(body)

    assert len(found.entries) == 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a@b.example (Ann)", "Ann"),
        ("Ann <a@b.example>", "Ann"),
        ("a@b.example", None),
        ("Ann", "Ann"),
        ("", None),
        (None, None),
        ("Ann @ Home", "Ann @ Home"),
    ],
)
def test_an_author_is_a_name_without_an_address(text: str | None, name: str | None) -> None:
    found = person(text)

    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    "junk", [b"</body></html>", b"<b>Fatal error</b>: memory", b"<!-- served in 3 ms -->", b"\x00\n"]
)
def test_junk_behind_the_document_loses_nothing(junk: bytes) -> None:
    found = read(rss(item(1), item(2)) + junk)

    assert (len(found.entries), found.lost, found.truncated) == (2, 0, False)


@pytest.mark.parametrize("word", [b'<script>"<rss version=2>"</script>', b"<channel>x</channel>", b"<!-- <feed> -->"])
def test_a_page_that_mentions_a_feed_is_a_page(word: bytes) -> None:
    with pytest.raises(SourceError, match="web page"):
        read(b"<!doctype html><html><body>" + word + b"</body></html>")


@pytest.mark.parametrize(
    "body",
    [
        b"<!---->" * 100_000,
        b"<?" * 100_000,
        b"<!DOCTYPE[" * 50_000,
        b"<rss><channel>" + b"<!---->" * 5_000 + b"</rss>" + b"<!---->" * 280 + b"x",
        b"<rss " + b" ".join(b'a%d="x"' % n for n in range(100_000)) + b"><channel><x></channel></rss>",
        b"<rss><channel>" + b"<![CDATA[" * 100_000,
        b"<rss><channel><item><title>" + b"<" * 100_000,
    ],
    ids=["comments", "instructions", "doctypes", "comments behind", "attributes", "cdata", "brackets"],
)
def test_no_flood_takes_more_than_seconds(body: bytes) -> None:
    start = time.process_time()
    with contextlib.suppress(SourceError):
        read(body)

    assert time.process_time() - start < 4


def test_the_newest_are_read_of_a_feed_that_is_oldest_first() -> None:
    dated = [item(n, pubDate=f"Tue, {n:02} Nov 2026 10:00:00 GMT") for n in range(1, 10)]

    found = read(rss(*dated), limit=2)

    assert [one.published.day for one in found.entries if one.published] == [8, 9]
    assert found.lost == 7


def test_one_wrong_byte_does_not_cost_the_others() -> None:
    text = "Größe, Maß und Öl für zwölf Jäger, täglich außer übermorgen"

    assert repair.text_of(text.encode() + b" \x96 x", "text/xml; charset=iso-8859-1")[0] == text + " – x"
    assert repair.text_of(text.encode()[:-7] + b"\xc3", None)[0] == text.encode()[:-7].decode()
    assert repair.text_of(text.encode("latin-1"), "text/xml; charset=utf-8")[0] == text


def test_a_document_may_be_marked_in_two_bytes_a_character_and_be_cut() -> None:
    assert len(read(rss(item(1), item(2)).decode().encode("utf-16")[:-101]).entries) == 1


# ---------------------------------------------------------------- JSON Feed


def jsonfeed(*items: object, **more: object) -> bytes:
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": list(items), **more}
    ).encode()


def test_json_items_are_read() -> None:
    one = {
        "id": "1", "url": "https://j.example/1", "external_url": "https://x.example/", "title": "T", "content_html": "<p>x</p>", "summary": "s", "tags": ["a", 3], "date_published": "2026-11-24T10:00:00Z",
        "authors": [{"name": "Ann", "url": "https://ann.example/"}, {}], "attachments": [{"url": "https://j.example/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 5}, "x"],
    }  # fmt: skip

    found = read(
        jsonfeed(one, home_page_url="https://j.example/", hubs=[{"url": "https://hub.example/"}], expired=True)
    )

    entry = found.entries[0]
    assert (entry.id, entry.external_url, entry.tags, entry.authors[0].name) == (
        "1",
        "https://x.example/",
        ("a",),
        "Ann",
    )
    assert (entry.enclosures[0].url, entry.enclosures[0].length) == ("https://j.example/a.mp3", 5)
    assert ("hub", "https://hub.example/") in [(link.rel, link.href) for link in found.links]
    assert found.expired


@pytest.mark.parametrize(
    ("given_id", "read_id"), [(1, "1"), (1.0, "1"), ("1e3", "1e3"), (2.5, "2.5"), (10**60, "1" + "0" * 60)]
)
def test_numbers_as_ids_are_exact(given_id: object, read_id: str) -> None:
    assert read(jsonfeed({"id": given_id, "content_text": "x"})).entries[0].id == read_id


def test_items_without_an_id_are_lost() -> None:
    found = read(jsonfeed({"title": "x"}, {"id": ""}, 7, {"id": "ok", "url": 3, "title": [], "authors": {}}))

    assert ([one.id for one in found.entries], found.lost) == (["ok"], 3)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "url", "title", "tags", "authors", "attachments"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_breaks_the_reader(value: object) -> None:
    try:
        read(jsonfeed(value))
    except SourceError as error:
        assert error.kind in ("parse", "not_feed")


# ---------------------------------------------------------------- what people publish


def test_rhythm_and_scope_are_read() -> None:
    more = "<ttl>90</ttl><skipHours><hour>24</hour><hour>x</hour></skipHours><skipDays><day>sunday</day></skipDays>"
    found = read(rss(item(1), more=more))

    assert (found.ttl, found.skip_hours, found.skip_days) == (timedelta(minutes=90), (0,), ("Sunday",))


def test_bases_and_languages_are_kept() -> None:
    body = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://h.example/a/" xml:lang="de"><id>x</id><title>t</title>'
        b'<entry xml:base="b/" xml:lang="fr"><id>1</id><title>t</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
        b'<p>a <b>c</b></p></div></content><link href="d"/></entry></feed>'
    )

    one = read(body).entries[0]

    assert (one.base, one.language) == ("https://h.example/a/b/", "fr")
    assert one.content is not None
    assert one.content.value == "<div><p>a <b>c</b></p></div>"


def test_real_feeds_are_read(shared: Path) -> None:
    files = [
        path for path in sorted((shared / "corpus" / "real").iterdir()) if path.suffix not in (".tsv", ".jsonl", ".md")
    ]
    entries = good = quick = 0
    for path in files:
        raw = path.read_bytes()
        try:
            found = read(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        except SourceError:
            continue
        good, entries, quick = good + 1, entries + len(found.entries), quick + (found.lane != "feedparser")

    assert len(files) == 355
    assert good >= 345
    assert entries >= 5900
    assert quick / good >= 0.95


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<html><script src='/cdn-cgi/challenge-platform/h/b/orchestrate/jsch/v1'></script></html>", "bot protection"),
        ("<!doctype html><html><body><p>About bot protection</p></body></html>", "web page"),
    ],
    ids=["challenge", "page"],
)
def test_a_page_that_wants_a_browser_is_called_so(page: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as error:
        lanes.read(page.encode(), content_type="text/html", limit=9)

    assert error.value.kind == "not_feed"


def test_attributes_where_none_belong_cost_no_broken_document() -> None:
    hints = b'<ttl a="b">60</ttl><sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" a="b">daily</sy:updatePeriod>'
    item = b'<item><title>T</title><guid>1</guid><pubDate a="b">Tue, 3 Nov 2026 08:00:00 GMT</pubDate></item>'
    broken = b'<rss version="2.0"><channel><title>F</title><b>' + hints + item + b"</channel></rss>"

    assert len(lanes.read(broken, content_type=None, limit=9).entries) == 1

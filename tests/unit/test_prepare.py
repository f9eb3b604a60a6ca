"""From what a document says to entries that lack nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.editorial import prepare, text
from aggregator.editorial.context import context
from aggregator.model import (
    Channel,
    Digest,
    Entry,
    Origin,
    Person,
    RawEntry,
    RawFeed,
    RawLink,
    Replies,
    Rule,
    Settings,
    Source,
    StoredEntry,
    Text,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONTEXT = context(Settings(path=Path("feeds.toml"), channels=(Channel("all", "All"),)))


def raw(n: int, **more: Any) -> RawEntry:
    made = RawEntry(
        id=f"https://h.example/{n}", links=(RawLink(f"/{n}"),), title=Text(f"Story {n}", html=True),
        content=Text(f"<p>What story {n} says.</p>", html=True), published=NOW - timedelta(days=n),
    )  # fmt: skip
    return replace(made, **more)


def digest(*entries: RawEntry, source: Source | None = None, seen: bytes = b"", **feed: Any) -> Digest:
    document = replace(
        RawFeed("rss", "fast", title=Text("Paper", html=True), links=(RawLink("/"),), entries=entries), **feed
    )
    return prepare.digest(
        document,
        source or Source("s", "https://h.example/feed"),
        CONTEXT,
        url="https://h.example/feed",
        seen=seen,
        now=NOW,
    )


def test_an_entry_lacks_nothing() -> None:
    one = digest(raw(1)).entries[0]

    assert (one.id, one.url, one.url_key, one.title) == (
        "https://h.example/1",
        "https://h.example/1",
        "h.example/1",
        "Story 1",
    )
    assert (one.teaser, one.teaser_cut, one.channels) == ("What story 1 says.", "whole", ("all",))
    assert text.unpack(one.text) == (None, Text("<p>What story 1 says.</p>", html=True), True)


def test_known_entries_are_only_counted() -> None:
    first = digest(raw(1), raw(2))

    again = digest(raw(1), raw(2), raw(3), seen=first.seen)

    assert (again.count, again.unchanged, [one.title for one in again.entries]) == (3, 2, ["Story 3"])
    assert digest(raw(1), seen=digest(raw(1)).seen).entries == ()


def test_other_settings_make_everything_new() -> None:
    first = digest(raw(1))

    assert digest(raw(1), seen=first.seen, source=Source("s", "https://h.example/feed", teaser="title")).unchanged == 0


def test_only_the_newest_are_read() -> None:
    found = digest(raw(3), raw(1), raw(2), raw(9, published=None), source=Source("s", "", max_entries=2))

    assert [one.title for one in found.entries] == ["Story 1", "Story 9"]
    assert (found.count, found.dropped, found.partial) == (4, 2, True)


def test_what_several_items_share_identifies_none() -> None:
    found = digest(raw(1), raw(2, links=(RawLink("/1"),)), raw(3, title=Text("Story 1", html=True)), raw(4))

    assert [one.ambiguous for one in found.entries] == [("link", "title"), ("link",), ("title",), ()]


def test_a_text_that_several_items_have_tells_none() -> None:
    phrase = Text("<p>Members find this letter below, all others are welcome to join.</p>", html=True)
    found = digest(raw(1, content=phrase, summary=None), raw(2, content=phrase, summary=None), raw(3))

    assert [one.ambiguous for one in found.entries] == [("text",), ("text",), ()]


def test_items_with_one_id_are_told_apart() -> None:
    found = digest(raw(1, id="x"), raw(2, id="x"), raw(3, id="x", links=()), raw(4, id="x", links=()))

    assert len({one.key for one in found.entries}) == 4
    assert len({one.id for one in found.entries}) == 4
    assert all("id" in one.ambiguous for one in found.entries)


def test_items_without_id_or_link_of_their_own_are_told_apart() -> None:
    same = RawLink("https://h.example/news")
    found = digest(
        *(raw(n, id=None, links=(same,), title=Text("News", html=True)) for n in (1, 2)), raw(3, id=None, links=())
    )

    assert len(found.entries) == 3
    assert digest(raw(1, id=None), raw(1, id=None)).count == 2
    assert len(digest(raw(1, id=None), raw(1, id=None)).entries) == 1


def test_ids_may_be_ignored() -> None:
    one = digest(raw(1), source=Source("s", "", ignore=("id", "date", "author"))).entries[0]

    assert (one.source_entry_id, one.key, one.published) == ("", "link:h.example/1", None)


@pytest.mark.parametrize(
    ("mode", "teaser", "full"),
    [
        ("cut", "What story 1 says.", None),
        ("title", "", None),
        ("full", "What story 1 says.", "<p>What story 1 says.</p>"),
    ],
)
def test_a_source_says_how_much_is_shown(mode: str, teaser: str, full: str | None) -> None:
    one = digest(raw(1), source=Source("s", "", teaser=mode)).entries[0]

    assert (one.teaser, one.content_html) == (teaser, full)


def test_a_summary_of_its_own_is_the_teaser_and_furniture_is_none() -> None:
    abstract = "An abstract that an editor wrote by hand for this very piece, with words that the article itself has nowhere at all."
    own = digest(raw(1, summary=Text(abstract, html=True))).entries[0]
    empty = digest(raw(1, summary=Text("<p>Story 1</p>", html=True), content=None)).entries[0]

    assert own.teaser == abstract
    assert (empty.teaser, empty.teaser_cut) == ("", "none")


def test_private_and_excluded_entries_say_why() -> None:
    source = Source("s", "", exclude=(Rule("story", 4),))

    assert digest(raw(1, private=True)).entries[0].excluded_by == "private: its source does not want it republished"
    assert digest(raw(1), private=True).entries[0].excluded_by is not None
    assert digest(raw(1), source=source).entries[0].excluded_by == "exclude rule at feeds.toml:4: story"


def test_origins_are_kept_where_they_can_be_told() -> None:
    known = digest(raw(1, origin=Origin(title="P", url="https://p.example/feed"))).entries[0].origin
    unknown = digest(raw(1, origin=Origin(title="P", id="no iri"))).entries[0].origin

    assert known == Origin("P", "https://p.example/feed", "https://p.example/feed")
    assert unknown is None


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ({"comments": "/c#1", "links": (RawLink("/r", "replies"),)}, "https://p.example/c#1"),
        ({"links": (RawLink("r", "replies", "text/html", base="https://p.example/x/"),)}, "https://p.example/x/r"),
        ({"links": (RawLink("/r", "replies", "application/atom+xml"),)}, None),
    ],
)
def test_page_of_the_comments_is_found(given: dict[str, Any], page: str | None) -> None:
    assert digest(raw(1, base="https://p.example/", **given)).entries[0].comments == page


def test_origins_are_cleaned_and_made_absolute() -> None:
    given = Origin(
        url="feed", icon="/i.png", logo="javascript:x", rights=" CC\nBY ", language="not a tag", subtitle="<b>All</b> of it",
        authors=(Person(" Ann "),),
    )  # fmt: skip
    origin = digest(raw(1, origin=given, base="https://p.example/x/")).entries[0].origin

    assert origin == Origin(
        id="https://p.example/x/feed", url="https://p.example/x/feed", icon="https://p.example/i.png", rights="CC BY",
        subtitle="All of it", authors=(Person("Ann"),),
    )  # fmt: skip


def test_small_things_are_cleaned() -> None:
    one = digest(
        raw(
            1,
            rights="<b>All</b> ours",
            license="/l",
            comments="/c",
            external_url="javascript:x",
            in_reply_to="tag:a.example,2026:1",
            base="/sub/",
        )
    ).entries[0]

    assert (one.rights, one.license, one.comments, one.related) == (
        "All ours",
        "https://h.example/l",
        "https://h.example/c",
        None,
    )
    assert one.in_reply_to == "tag:a.example,2026:1"
    assert digest(raw(1, in_reply_to="bad id")).entries[0].in_reply_to is None


def test_the_feed_is_described() -> None:
    facts = digest(
        raw(1),
        id="tag:h.example,2026:f",
        rights="r",
        links=(RawLink("/self", rel="self"), RawLink("https://hub.example/", rel="hub"), RawLink("/", rel="alternate")),
        authors=(Person("Ann"),),
        language="de",
    ).feed

    assert (facts.title, facts.link, facts.id, facts.self_url, facts.hubs) == (
        "Paper",
        "https://h.example/",
        "tag:h.example,2026:f",
        "https://h.example/self",
        ("https://hub.example/",),
    )
    assert digest(raw(1), title=None, id="x").feed == replace(
        facts, title="", id=None, self_url=None, hubs=(), rights=None, authors=(), language=None
    )


def stored(one: Entry, **more: Any) -> StoredEntry:
    made = StoredEntry(
        seq=1, id=one.id, source_id="s", source_entry_id=one.source_entry_id, url=one.url, published_url=one.url, title=one.title,
        authors=one.authors, published=NOW, updated=NOW, first_seen=NOW, position=NOW, teaser=one.teaser, teaser_cut=one.teaser_cut,
        language=None, tags=(), duplicate_of=None, story="i", lead=True,
    )  # fmt: skip
    return replace(made, **more)


def test_a_stored_entry_is_recomputed_from_its_text() -> None:
    row = stored(digest(raw(1)).entries[0], excluded_by="private: its source does not want it republished")

    again = prepare.again(row, text.pack(Text("A summary.", html=True), None), Source("s", ""), "Paper", CONTEXT)

    assert (again.teaser, again.channels, again.excluded_by) == ("A summary.", ("all",), row.excluded_by)
    assert prepare.again(replace(row, excluded_by=None), b"", Source("s", ""), "Paper", CONTEXT).excluded_by is None


@pytest.mark.parametrize("title", [None, "", "What story 1 says.", "Untitled", "Story 1"])
@pytest.mark.parametrize("said", ["<p>What story 1 says.</p>", "<p>What story 1 says.</p><p>More of it.</p>", ""])
def test_what_is_recomputed_is_what_it_was(title: str | None, said: str) -> None:
    rule = Rule("title:story OR title:untitled", 1)
    made = context(Settings(path=Path("feeds.toml"), channels=(Channel("told", "Told", match=(rule,)),)))
    given = raw(1, title=title if title is None else Text(title, html=True), content=Text(said, html=True))
    feed = RawFeed("rss", "fast", title=Text("Paper", html=True), entries=(given,))
    source = Source("s", "https://h.example/feed")
    one = prepare.digest(feed, source, made, url=source.url, seen=b"", now=NOW).entries[0]

    again = prepare.again(stored(one), one.text, source, "Paper", made)

    assert (again.teaser, again.teaser_cut, again.channels) == (one.teaser, one.teaser_cut, one.channels)
    assert one.channels == (("told",) if title else ())


def test_where_a_text_begins_with_nothing_but_furniture_all_of_it_is_read() -> None:
    article = "The convoy left the harbour before dawn and turned north along the coast. " * 8
    content = Text("<p>Subscribe to our newsletter</p>" * 200 + f"<p>{article}</p>", html=True)

    one = digest(raw(1, content=content)).entries[0]

    assert one.teaser.startswith("The convoy left")
    assert one.teaser_cut == "sentence"


def test_what_a_source_says_of_the_future_is_not_repeated() -> None:
    later = NOW + timedelta(days=400)
    told = raw(1, origin=Origin(title="P", url="https://p.example/feed", updated=later), replies=Replies(2, later))

    made = digest(told).entries[0]

    assert made.origin
    assert made.replies
    assert (made.origin.updated, made.replies.count) == (NOW - timedelta(seconds=1), 2)
    assert made.replies.updated == NOW - timedelta(seconds=1)


def test_an_item_that_stands_there_twice_is_one_and_shares_nothing_with_itself() -> None:
    made = digest(raw(1), raw(1), raw(2))

    assert [(one.id, one.ambiguous) for one in made.entries] == [(raw(n).id, ()) for n in (1, 2)]
    assert (made.count, made.unchanged) == (3, 0)


def test_a_relative_base_counts_once() -> None:
    link = RawLink("d", base="a/")
    made = digest(raw(1, links=(link,), id=None, base="a/"), base="a/")

    assert made.entries[0].url.endswith("/a/d")
    assert "/a/a/" not in made.entries[0].url

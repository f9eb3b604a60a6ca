"""Identity, choices, share, titles, sketches, stories: the pure parts of an editorial decision."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.editorial import choose, duplicates, fold, identity, sanitise, shingles, stories, text, titles
from aggregator.editorial.share import share
from aggregator.model import Enclosure, Entry, Known, Person, RawEntry, RawLink, Source, Teller, Text
from tests.records import story_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BODY = (
    "The convoy left the harbour before dawn and turned north along the coast while its captain waited nine days for the ice "
    "to open and insurers asked for an icebreaker that costs more than the fuel which the shorter way saves in a good year"
)


# ---------------------------------------------------------------- identity


@pytest.mark.parametrize(
    ("own", "usable"),
    [
        ("https://a.example/1", True),
        ("tag:a.example,2026:1", True),
        ("urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", True),
        ("HTTP://B.example:443/a/../1", False),
        ("6621261", False),
        ("https://a.example/with space", False),
        ("https://user@a.example/1", False),
        ("https://a.example/" + "x" * 2000, False),
    ],
)
def test_only_iris_are_published_as_they_stand(own: str, usable: bool) -> None:
    assert identity.usable(own) is usable


def test_an_id_that_is_no_iri_is_minted_and_stays() -> None:
    first = identity.published_id("blog", "6621261", "id:6621261")

    assert first == identity.published_id("blog", "6621261", "id:6621261")
    assert first.startswith("urn:uuid:")
    assert first != identity.published_id("other", "6621261", "id:6621261")


@pytest.mark.parametrize(
    ("given_parts", "key"),
    [
        (("7", "a.example/x", "T", "d", "b"), "id:7"),
        (("", "a.example/x", "T", "d", "b"), "link:a.example/x"),
        (("", "", "T", "", "b"), "title:T"),
        (("", "", "T", "2026", "b"), "title:T|2026"),
    ],
)
def test_an_entry_is_known_by_the_first_thing_it_has(given_parts: tuple[str, str, str, str, str], key: str) -> None:
    assert identity.entry_key(*given_parts) == key


def test_an_entry_with_nothing_but_text_is_known_by_it() -> None:
    assert identity.entry_key("", "", "", "", "body") == identity.entry_key("", "", "", "", "body")
    assert identity.entry_key("", "", "", "", "body") != identity.entry_key("", "", "", "", "other")


def test_feed_ids_depend_on_the_store_and_the_channel_alone() -> None:
    secret = "2f1d1a0e-3f2b-4b7a-9a55-1d5a4f0b7c11"

    assert identity.channel_id(secret, "all") == identity.channel_id(secret, "all")
    assert identity.channel_id(secret, "all") != identity.channel_id(secret, "arctic")
    assert identity.source_id("tag:a.example,2026:feed", "a") == "tag:a.example,2026:feed"
    assert identity.source_id(None, "a").startswith("urn:uuid:")


# ---------------------------------------------------------------- choices


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        (RawEntry(original_link="https://o.example/1", links=(RawLink("https://p.example/1"),)), "https://o.example/1"),
        (
            RawEntry(links=(RawLink("/f.pdf", type="application/pdf"), RawLink("/1", type="text/html"))),
            "https://h.example/1",
        ),
        (
            RawEntry(
                links=(RawLink("/self", rel="self"), RawLink("/edit", rel="edit")),
                id="https://g.example/1",
                id_is_link=True,
            ),
            "https://g.example/1",
        ),
        (RawEntry(id="https://g.example/1"), "https://g.example/1"),
        (RawEntry(id="17", comments="/c"), "https://h.example/c"),
        (RawEntry(enclosures=(Enclosure("/a.mp3"),)), "https://h.example/a.mp3"),
        (RawEntry(links=(RawLink("javascript:alert(1)"),)), ""),
        (RawEntry(links=(RawLink("x", base="sub/"),)), "https://h.example/sub/x"),
    ],
)
def test_the_link_is_that_of_the_article(raw: RawEntry, link: str) -> None:
    assert choose.link(raw, (None, "https://h.example/")) == link


@pytest.mark.parametrize(
    ("language", "link"),
    [("de-AT", "de"), ("de_CH", "de"), ("en", "en"), (None, "en"), ("fr", "any"), ("it", "any")],
)
def test_of_several_pages_the_one_in_the_entry_s_language_is_linked(language: str | None, link: str) -> None:
    found = [
        RawLink("https://h.example/fr.pdf", type="application/pdf", hreflang="fr"),
        RawLink("https://h.example/en", hreflang="EN-us"),
        RawLink("https://h.example/de", type="text/html", hreflang="de"),
        RawLink("https://h.example/any"),
    ]

    assert choose.link(RawEntry(links=tuple(found)), (), language) == f"https://h.example/{link}"


@pytest.mark.parametrize(
    ("published", "updated", "chosen"),
    [
        (NOW - timedelta(days=2), NOW - timedelta(days=1), (NOW - timedelta(days=2), NOW - timedelta(days=1))),
        (None, NOW - timedelta(days=1), (NOW - timedelta(days=1), NOW - timedelta(days=1))),
        (NOW - timedelta(days=1), NOW - timedelta(days=2), (NOW - timedelta(days=1), NOW - timedelta(days=1))),
        (NOW + timedelta(days=900), None, (NOW - timedelta(seconds=1), None)),
        (datetime(1969, 1, 1, tzinfo=UTC), None, (None, None)),
        (None, None, (None, None)),
    ],
)
def test_dates_are_believed_within_reason(
    published: datetime | None, updated: datetime | None, chosen: tuple[datetime | None, datetime | None]
) -> None:
    assert choose.dates(RawEntry(published=published, updated=updated), NOW, ()) == chosen


def test_ignored_fields_are_ignored() -> None:
    raw = RawEntry(published=NOW, authors=(Person("A"),), language="en")

    assert choose.dates(raw, NOW, ("date",)) == (None, None)
    assert choose.people(raw.authors, (), ("author",)) == ()
    assert choose.language(Source("s", "", ignore=("language",)), "en") is None


def test_people_are_named_once_without_markup() -> None:
    found = choose.people((Person("<b>Ann</b>"), Person("Ann"), Person("<i></i>")), (), ())

    assert found == (Person("Ann"),)
    assert choose.people((), (Person("The Paper", "javascript:x"),), ()) == (Person("The Paper"),)


@pytest.mark.parametrize(
    ("markup", "image", "size"),
    [
        ('<p><img src="/a.png" width="320" height="200"></p>', "https://h.example/a.png", (320, 200)),
        (
            "<img\nHEIGHT=200px width='320' alt=x src='a.png?x=1&amp;y=2'/>",
            "https://h.example/a.png?x=1&y=2",
            (320, 200),
        ),
        (
            '<img src="/a" width="1" height="1"><img src="/b" width="100" height="100">',
            "https://h.example/b",
            (100, 100),
        ),
        ('<img src="/a" width="600" height="90">', None, None),
        ('<img src="/a" width="100%" height="200">', None, None),
        ('<img src="/a.png">', None, None),
        ('<img src="javascript:x" width="200" height="200">', None, None),
        ('<img width="200" height="200">', None, None),
        ("<img" * 5000, None, None),
    ],
)
def test_image_of_the_text_counts_when_it_says_to_be_large(
    markup: str, image: str | None, size: tuple[int, int] | None
) -> None:
    entry = RawEntry(content=Text(markup, html=True))

    assert choose.image(entry, (), ("https://h.example/",)) == (image, size)


def test_named_image_goes_before_an_enclosed_one_and_that_before_one_in_the_text() -> None:
    text = Text('<img src="/text.png" width="320" height="200">', html=True)
    enclosed = (Enclosure("https://h.example/enclosed", "image/png"),)
    bases = ("https://h.example/",)

    assert choose.image(RawEntry(image="/named.png", summary=text), enclosed, bases)[0] == "https://h.example/named.png"
    assert choose.image(RawEntry(summary=text), enclosed, bases)[0] == "https://h.example/enclosed"
    assert choose.image(RawEntry(summary=text), (), bases)[0] == "https://h.example/text.png"
    assert choose.image(RawEntry(summary=Text(text.value, html=False)), (), bases) == (None, None)


def test_enclosures_are_absolute_and_have_real_types() -> None:
    found = choose.enclosures(
        (Enclosure("/a.mp3", "audio/mpeg", 5, " A  title "), Enclosure("/b", "12 MB"), Enclosure("data:x")),
        ("https://h.example/",),
    )

    assert found == (Enclosure("https://h.example/a.mp3", "audio/mpeg", 5, "A title"), Enclosure("https://h.example/b"))
    assert choose.image(RawEntry(), (Enclosure("https://h.example/i", "image/png"),), ()) == (
        "https://h.example/i",
        None,
    )
    assert choose.image(RawEntry(image="/x.png", image_size=(9, 8)), (), ("https://h.example/",)) == (
        "https://h.example/x.png",
        (9, 8),
    )


def test_an_untitled_entry_is_called_by_its_beginning() -> None:
    assert choose.title_of(["A first line of text."]) == "A first line of text."
    assert choose.title_of([]) == "Untitled"
    assert choose.own_title(RawEntry()) == ""
    assert choose.own_title(RawEntry(title=Text("<b>T</b>", html=True))) == "T"


@pytest.mark.parametrize(
    ("summary", "content", "chosen"),
    [
        (["s"], [], ["s"]),
        ([], ["c"], ["c"]),
        ([BODY[:120]], [BODY], [BODY]),
        (["short"], [BODY], [BODY]),
        (
            [
                "An abstract that an editor wrote by hand for this piece, with words that the article itself has nowhere at all."
            ],
            [BODY],
            None,
        ),
        ([BODY], [BODY[:100]], [BODY]),
        ([BODY], [BODY], [BODY]),
        (["What nobody had told the sailors about the ice before they went."], [BODY], None),
        (["What nobody had told the sailors about the ice"], [BODY], [BODY]),
        (
            ["A few words", "The post A few words appeared first on the site of the port, the oldest there is."],
            [BODY],
            [BODY],
        ),
    ],
)
def test_a_summary_of_its_own_goes_first(summary: list[str], content: list[str], chosen: list[str] | None) -> None:
    assert choose.teaser_blocks(summary, content) == (chosen if chosen is not None else summary)


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        ("en_GB", "en-GB"),
        ("de", "de"),
        ("jp", None),
        ("EN-us", "EN-us"),
        ("yue-Hant", "yue-Hant"),
        ("x", None),
        ("not a tag", None),
        ("en-" + "x" * 40, None),
        ("", None),
    ],
)
def test_languages_are_tags(tag: str, kept: str | None) -> None:
    assert choose.language(Source("s", ""), tag) == kept
    assert choose.language(Source("s", "", language="fr"), tag) == "fr"


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("joe&#64;b.example", None),
        ("Joe at home joe@b.example", "Joe at home"),
        ("Joe &lt;joe&#64;b.example&gt;", "Joe"),
        ("mailto:joe@b.example Joe (editor)", "Joe (editor)"),
        ("Joe (@joe@social.example)", "Joe (@joe@social.example)"),
        ("Joe @ work", "Joe @ work"),
    ],
)
def test_no_address_of_an_author_is_published(given_name: str, name: str | None) -> None:
    assert [one.name for one in choose.people([Person(given_name)], (), ())] == ([name] if name else [])


def test_content_comes_out_safe_and_absolute() -> None:
    made = sanitise.sanitised(
        '<p onclick=x>a<script>b</script><a href="/c">d</a><img src="/i.png" width="0" height="9"></p>',
        "https://h.example/",
    )

    assert (
        made
        == '<p>a<a href="https://h.example/c" rel="noopener nofollow">d</a><img src="https://h.example/i.png" height="9"></p>'
    )
    assert sanitise.sanitised("<script>x</script>") is None


def test_references_in_content_bring_nothing_that_xml_forbids() -> None:
    made = sanitise.sanitised(
        '<p title="&#xB;">a&#8;b&#xFFFE;</p><img src="https://h.example/i.png" alt="&#xB;x&#xFFFF;">'
    )

    assert made == '<p>ab</p><img src="https://h.example/i.png" alt="x">'


# ---------------------------------------------------------------- share


def test_nobody_has_more_than_two_fifths_while_others_wait() -> None:
    candidates = [(n, 1) for n in range(30)] + [(100 + n, 2) for n in range(10)]

    chosen = share(candidates, 10, None, {})

    assert [source for _, source in chosen] == [1] * 6 + [2] * 4
    assert chosen == sorted(chosen)


def test_places_left_over_are_filled_in_order() -> None:
    assert share([(1, 1), (2, 1), (3, 1)], 10, None, {}) == [(1, 1), (2, 1), (3, 1)]
    assert share([(n, 1) for n in range(9)] + [(9, 2)], 4, 1, {}) == [(0, 1), (1, 1), (2, 1), (9, 2)]
    assert share([(n, 1) for n in range(9)], 5, 1, {1: 3.0}) == [(n, 1) for n in range(5)]


# ---------------------------------------------------------------- titles and sketches


@pytest.mark.parametrize(
    ("title", "core"),
    [
        ("UPDATE 2-Talks begin in Oslo", "Talks begin in Oslo"),
        ("[Video] Talks begin in Oslo", "Talks begin in Oslo"),
        ("Breaking: Talks begin in Oslo", "Talks begin in Oslo"),
        ("Talks begin in Oslo | The Paper", "Talks begin in Oslo"),
        ("Talks begin in Oslo (updated)", "Talks begin in Oslo"),
        ("News-letter of the week", "News-letter of the week"),
        ("Oslo - talks", "Oslo - talks"),
        ("[05.08.2018 - 15:42] Alarm", "[05.08.2018 - 15:42] Alarm"),
    ],
)
def test_the_core_of_a_title_is_what_was_told(title: str, core: str) -> None:
    assert titles.core(title) == core


def test_short_titles_are_no_key() -> None:
    assert titles.title_key("About") == ""
    assert titles.title_key("Screenshots") == "screenshots"
    assert titles.title_key("Ünïcode Words") == "unicode words"


def test_titles_are_alike_whatever_the_order_of_words() -> None:
    assert titles.alike("a b", "a b") == 100
    assert titles.alike("talks begin in oslo", "in oslo talks begin") == 100
    assert titles.alike("talks begin", "roses bloom") < 55
    assert titles.numbers("Part 3 of 7 - Site 9") == {"3", "7"}


def test_a_part_of_a_text_is_seen_in_it() -> None:
    whole, part = (shingles.sketch(one) for one in (BODY, BODY[:160]))

    jaccard, contained = shingles.common(whole, part)

    assert contained > 0.9
    assert jaccard < contained
    assert shingles.size(whole) > shingles.size(part) > 8
    assert len(shingles.bands(whole)) == 6


def test_short_and_empty_texts_have_no_bands() -> None:
    assert shingles.sketch("") == b""
    assert shingles.bands(shingles.sketch("one")) == ()
    assert shingles.common(b"", b"") == (0.0, 0.0)
    assert shingles.size(b"") == 0


def test_scripts_without_spaces_are_read_by_the_character() -> None:
    assert shingles.words("東京タワー") == ["東", "京", "タ", "ワ", "ー"]


def test_how_much_two_long_texts_share_is_told_from_their_smallest_hashes() -> None:
    one, other = (" ".join(f"w{n}" for n in range(start, start + 150)) for start in (0, 75))

    jaccard, contained = shingles.common(shingles.sketch(one), shingles.sketch(other))

    assert shingles.size(shingles.sketch(one)) > shingles.KEPT
    assert jaccard == pytest.approx(1 / 3, abs=0.1)
    assert contained == pytest.approx(1 / 2, abs=0.13)


def test_a_few_words_are_not_in_a_long_text_by_chance() -> None:
    rng = random.Random(1)
    long, short = (
        [shingles.sketch(" ".join(f"w{rng.getrandbits(40)}" for _ in range(n))) for _ in range(100)] for n in (200, 10)
    )

    assert sum(shingles.common(one, other) != (0.0, 0.0) for one in long for other in short) <= 2


@given(st.text(max_size=400))
def test_a_sketch_is_all_like_itself(body: str) -> None:
    made = shingles.sketch(body)

    assert shingles.common(made, made) in ((1.0, 1.0), (0.0, 0.0))


# ---------------------------------------------------------------- duplicates


def arriving(**more: object) -> Entry:
    title, body = str(more.pop("title", "Talks begin in Oslo today")), str(more.pop("body", BODY))
    made = Entry(
        source_entry_id="https://a.example/talks", key="id:1", raw_fingerprint=b"1", id="https://a.example/talks", url="https://a.example/talks",
        published_url="https://a.example/talks", url_key="a.example/talks", title=title, title_key=titles.title_key(title), authors=(), published=NOW,
        updated=None, teaser="", teaser_cut="none", language=None, tags=(), text=b"", fingerprint=b"f", sketch=shingles.sketch(body), terms=b"",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def stored(**more: object) -> Known:
    title, body = str(more.pop("title", "Talks begin in Oslo today")), str(more.pop("body", BODY))
    made = Known(
        seq=1, id="https://a.example/talks", source_id="b", source_order=0, key="", source_entry_id="https://a.example/talks",
        url_key="a.example/talks", title=title, title_key=titles.title_key(title), raw_fingerprint=b"", fingerprint=b"",
        sketch=shingles.sketch(body), terms=b"", language=None, published=NOW, first_seen=NOW, duplicate_of=None, story=1,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


OTHER = "Roses bloom early this year in the gardens of the south where the winter was mild and the rain came in time for the buds to open"
CASES = sorted((Path(__file__).parent.parent / "cases" / "duplicates").glob("*.json"))


def test_there_are_duplicate_cases() -> None:
    assert CASES


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_duplicate_case(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    texts = {"same": BODY, "other": OTHER, "part": BODY[:150], "none": "", "comment": "Comments here"}
    mine = {**case["arriving"], "body": texts[case["arriving"].get("body", "same")]}
    theirs = {**case["stored"], "body": texts[case["stored"].get("body", "same")]}
    for one in (mine, theirs):
        if "ambiguous" in one:
            one["ambiguous"] = tuple(one["ambiguous"])

    verdict = duplicates.judge(arriving(**mine), Source("a", ""), [stored(**theirs)])

    assert (verdict.kind, verdict.because) == (case["kind"], case["because"])


def test_of_several_the_oldest_is_taken() -> None:
    late, early = stored(seq=7, first_seen=NOW), stored(seq=9, first_seen=NOW - timedelta(days=1))

    assert duplicates.judge(arriving(), Source("a", ""), [late, early]).of == 9
    assert duplicates.judge(arriving(), Source("a", ""), [early, late]).of == 9


def test_the_next_of_a_series_is_no_copy_though_its_text_is_alike() -> None:
    earlier = stored(source_entry_id="2", source_id="a", published=NOW - timedelta(days=7))
    edited = arriving(source_entry_id="1", url_key="x.example/1", title="Talks begin in Oslo at last")
    grown = arriving(source_entry_id="1", url_key="x.example/1", body=f"{OTHER} {OTHER} {BODY[:120]}")

    assert duplicates.judge(edited, Source("a", ""), [earlier]).kind == "new"
    assert (
        duplicates.judge(grown, Source("a", ""), [replace(earlier, sketch=shingles.sketch(BODY[:160]))]).kind == "new"
    )


def test_a_page_that_tells_something_else_every_day_is_no_edit() -> None:
    title, more = "Deals of the day: bicycles and lamps", {"source_entry_id": "2", "source_id": "a"}
    yesterday = stored(title="Deals of the day: bicycles and tents", published=NOW - timedelta(days=1), **more)
    today = arriving(source_entry_id="1", title=title, body=OTHER)

    assert duplicates.judge(today, Source("a", ""), [yesterday]).kind == "new"
    assert duplicates.judge(replace(today, published=yesterday.published), Source("a", ""), [yesterday]).kind == "new"
    assert duplicates.judge(arriving(source_entry_id="1", title=title), Source("a", ""), [yesterday]).kind == "edit"
    assert duplicates.judge(replace(today, sketch=b""), Source("a", ""), [yesterday]).kind == "new"
    assert (
        duplicates.judge(replace(today, sketch=b""), Source("a", ""), [replace(yesterday, published=NOW)]).kind
        == "edit"
    )


def test_a_form_that_is_filled_in_again_is_no_copy() -> None:
    body, again = (
        f"Today in Bergen rain with a high of {high} degrees and wind from the west at night" for high in (9, 11)
    )
    monday = stored(source_entry_id="2", title="Weather for Monday", body=body, terms=stories.terms("", body))
    tuesday = arriving(source_entry_id="1", url_key="x.example/1", title="The weather on Tuesday", body=again)
    relayed = replace(tuesday, sketch=monday.sketch, terms=monday.terms)
    sunday = stored(
        seq=2, source_entry_id="3", title="Weather for Sunday", body=body, published=NOW - timedelta(days=1)
    )
    source = Source("a", "")

    assert duplicates.judge(replace(tuesday, terms=stories.terms("", again)), source, [monday]).kind == "new"
    assert duplicates.judge(relayed, source, [monday]).because == "same text in another source"
    assert duplicates.judge(relayed, source, [monday, sunday]).kind == "new"


def test_repeated_names_what_occurs_twice() -> None:
    assert duplicates.repeated(["a", "b", "a", "", ""]) == {"a"}
    assert duplicates.repeated([b"a", b"b", b"a", b"", b""]) == {b"a"}


# ---------------------------------------------------------------- stories


def teller(seq: int, title: str, source: str, story: int | None = None) -> Teller:
    return Teller(seq, str(seq), source, 0, stories.terms(title, ""), NOW, NOW, story or seq)


def joined(title: str, source: str, others: list[Teller], known: stories.Frequencies) -> int | None:
    return story_of(teller(99, title, source), others, known)


def learned(*headlines: str) -> stories.Frequencies:
    known = stories.Frequencies()
    for headline in headlines:
        known.learn(stories.terms(headline, ""))
    return known


HEADLINES = (
    "Castro celebrates his birthday in Havana",
    "Fidel Castro celebrates birthday, Havana parades",
    "Roses bloom early in the gardens",
    "Talks begin in Oslo",
    "A ship came in",
)


def test_the_same_news_is_one_story() -> None:
    known = learned(*HEADLINES)
    one = teller(1, HEADLINES[0], "a")

    assert joined(HEADLINES[1], "b", [one], known) == 1
    assert joined(HEADLINES[2], "b", [one], known) is None


def test_a_source_tells_a_story_once_and_soon() -> None:
    known = learned(*HEADLINES)
    one = teller(1, HEADLINES[0], "a")

    assert joined(HEADLINES[1], "a", [one], known) is None
    assert story_of(replace(teller(2, HEADLINES[1], "b"), published=NOW + timedelta(days=6)), [one], known) is None


def test_a_story_has_at_most_ten_tellers() -> None:
    known = learned(*HEADLINES)
    crowd = [teller(n, HEADLINES[0], f"s{n}", story=1) for n in range(1, 11)]

    assert joined(HEADLINES[1], "b", crowd, known) is None


def test_one_word_in_common_is_no_news() -> None:
    known = learned(*HEADLINES, "Seven 7", "Nine 7")

    assert joined("Item 7", "b", [teller(1, "Entry 7", "a")], known) is None


def test_frequencies_come_back_from_the_store() -> None:
    known = learned(*HEADLINES)

    again = stories.Frequencies(known.packed())

    assert again.total == len(HEADLINES)
    assert stories.probes(stories.terms(HEADLINES[0], ""), again) == stories.probes(
        stories.terms(HEADLINES[0], ""), known
    )
    assert stories.Frequencies(b"broken").total == 0
    assert known.weighted(b"") == {}


# ---------------------------------------------------------------- folding


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pérez", "perez"),
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("İstanbul", "istanbul"),
        ("ＡＩ", "ai"),
        ("it’s", "it's"),
        ("a – b", "a - b"),
        ("מֹשֶׁה", "משה"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_folding_makes_alike_what_is_alike(one: str, other: str) -> None:
    assert fold.folded(one) == fold.folded(other)


def test_folding_keeps_what_differs() -> None:
    assert fold.folded("ø") != "o"
    assert fold.exact("A  b\nc") == "A b\nc"
    assert text.plain(["x"]) == "x"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Été à Łódź: Œuvres, naïve — “Straße”", ["ete", "a", "łodz", "œuvres", "naive", "strasse"]),
        ("Ёлка й её", ["елка", "и", "ее"]),
        ("أخبار ، اليوم؟", ["اخبار", "اليوم"]),
        ("北京时间，1月2日abc。", [*"北京时间", "1", "月", "2", "日", "abc"]),
        ("한국어 뉴스", [*"한국어뉴스"]),
        ("がっこう Mix", ["か", "っ", "こ", "う", "mix"]),
        ("日本мир", ["日", "本", "мир"]),
        ("日 " + "long words " * 4, ["日", *["long", "words"] * 4]),
    ],
)
def test_words_are_told_apart_and_folded_in_any_script(text: str, found: list[str]) -> None:
    assert shingles.words(text) == found
    assert shingles.letters(text) == "".join(found)
    assert shingles.words(text, 3) == found[:3]


@given(st.text(alphabet="abÉß éйЁأ،日本、か１カガ한ि\u0301x1_—’", max_size=40))
def test_no_text_is_folded_otherwise_for_what_stands_beside_it(text: str) -> None:
    assert shingles.words(f"{text} \u093f") == shingles.words(text)

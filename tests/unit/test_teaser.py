"""Teasers: cut where sentences end, free of furniture, never too long."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.editorial import reading, text
from aggregator.editorial.shingles import letters
from aggregator.editorial.teaser import _edges, teaser
from aggregator.model import Source, TeaserSettings, Text

CASES = sorted((Path(__file__).parent.parent / "cases" / "teaser").glob("*.json"))


def test_there_are_cases() -> None:
    assert CASES


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    blocks = text.blocks(case["html"], html=True)

    made = teaser(
        blocks,
        case.get("title", ""),
        least=case.get("min", 300),
        most=case.get("max", 430),
        language=case.get("language"),
        names=case.get("names", []),
    )

    assert made == (case["teaser"], case["cut"])


def test_a_text_that_is_the_title_again_has_no_teaser() -> None:
    assert teaser(["A title"], "A title", least=300, most=430) == ("", "none")


def test_a_cut_inside_a_sentence_ends_at_the_last_whole_one() -> None:
    made = teaser(["The ship came in. The crew went ashore. Nobody sa", "Read more"], "T", least=300, most=430)
    led_on = teaser(["The ship came in. The crew went ashore. Nobody sa Read more »"], "T", least=300, most=430)

    assert made == led_on == ("The ship came in. The crew went ashore.", "sentence")


def test_a_cut_without_any_sentence_gets_an_ellipsis() -> None:
    assert teaser(["only words here Read more »"], "T", least=300, most=430) == ("only words here…", "word")


def test_headings_are_text_only_where_they_are_sentences() -> None:
    blocks = [f"{text.HEADING}Part one", "The ship came in.", f"{text.HEADING}What did it bring?", "Grain."]

    assert teaser(blocks, "T", least=300, most=430)[0] == "The ship came in. What did it bring? Grain."
    assert teaser(blocks[:1], "T", least=300, most=430)[0] == "Part one"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Still digging..", "Still digging.."),
        ("Still digging...", "Still digging…"),
        ("Still digging [...]", "Still digging…"),
        ("Still digging, (…)", "Still digging…"),
        ("Still digging…… (3/5)", "Still digging…"),
        ("(Still digging…)", "(Still digging…)"),
        ("...", ""),
    ],
)
def test_what_trails_off_has_one_ellipsis(said: str, told: str) -> None:
    assert teaser([said], "T", least=300, most=430)[0] == told


def test_what_closes_a_run_of_the_other_direction_counts() -> None:
    made, cut = teaser(["\u202e" + "אב " * 60 + "\u202c"], "", least=30, most=52)

    assert len(regex.findall(r"\X", made)) <= 52
    assert (made[-2:], cut) == ("…\u202c", "word")


def test_a_last_sentence_that_leads_on_is_no_end() -> None:
    blocks = ["The ship came in before dawn. Read more.", "Then it left again, and nobody saw it."]

    assert teaser(blocks, "", least=20, most=45) == ("The ship came in before dawn.", "sentence")


def test_what_a_message_of_another_site_carries_goes() -> None:
    assert teaser(["Ship came pic.twitter.com/Ab1 https://t.co/Cd2"], "", least=300, most=430)[0] == "Ship came"


def test_what_is_nothing_but_an_image_or_a_shortcode_is_no_text() -> None:
    blocks = ["![map](https://port.example/map.png)", "The ship came in.", "[gallery]"]

    assert teaser(blocks, "", least=300, most=430) == ("The ship came in.", "whole")


def test_a_sentence_that_trails_off_is_no_end_where_there_is_another() -> None:
    sentence, trailing = "The ship came in before dawn. ", "Nobody knew it yet... "

    assert teaser([sentence + trailing + "Then " * 20], "", least=20, most=60) == (sentence.strip(), "sentence")
    assert teaser([trailing + "Then " * 20], "", least=20, most=60) == ("Nobody knew it yet…", "sentence")


@pytest.mark.parametrize("cluster", ["👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "é", "क्षि", "각"])
def test_clusters_are_never_split(cluster: str) -> None:
    made, _ = teaser([cluster * 500], "T", least=300, most=430)

    core = made.removesuffix("…")
    assert len(regex.findall(r"\X", made)) <= 430
    assert core == cluster * (len(core) // len(cluster))


def test_a_text_of_large_clusters_is_looked_at_as_far_as_it_is_needed() -> None:
    family = "👨‍👩‍👧‍👦"  # seven characters

    made, cut = teaser([f"{family} " * 40, *["Then the ship came in."] * 40], "", least=300, most=430)

    assert cut == "sentence"
    assert 300 <= len(regex.findall(r"\X", made)) <= 430


def test_what_is_nothing_but_marks_is_no_text() -> None:
    assert teaser(["& " * 400], "", least=300, most=430) == ("", "none")


@pytest.mark.parametrize("block", ["-" * 200_000, "https://x.example/a " * 10_000, "[a b=" * 40_000, "** " * 60_000])
def test_a_block_of_another_programs_marks_is_no_work(block: str) -> None:
    start = time.process_time()
    teaser([block], "", least=300, most=430)

    assert time.process_time() - start < 0.02


def test_furniture_in_front_does_not_hide_the_article() -> None:
    blocks = ["Advertisement"] * 500 + ["The ship came in."]

    assert teaser(blocks, "", least=300, most=430) == ("The ship came in.", "whole")


def test_kinsoku_is_kept() -> None:
    made, cut = teaser(["日本語の文章が長く続いていて、" * 60], "T", least=300, most=430)

    assert cut == "word"
    assert made[-2] not in "、。（「"


def test_a_megabyte_costs_no_more_than_what_is_looked_at() -> None:
    sentence = "The ship came in and went out again. "
    bodies = ["<p>" + sentence * times + "</p>" for times in (70, 28_000)]
    short, long = (min(_seconds(body) for _ in range(5)) for body in bodies)

    assert len(bodies[1]) > 1_000_000
    assert long < 0.02
    assert long < 10 * short + 0.005


def _seconds(body: str) -> float:
    """CPU time of the teaser of an entry, from its markup on."""
    raw = Text(body, html=True)
    start = time.process_time()
    said = reading.said(None, raw, "T", language=None, people=(), tags=(), site="A site")
    reading.teaser_of(said, TeaserSettings(300, 430), Source("s", "https://s.example/"))
    return time.process_time() - start


ALPHABET = "ab .,!?…:;äЖ日。«»\u0301👍\u202e()“”[]-•\n"
WORDS = st.sampled_from(
    """The ship came in. It left! Why? (Nobody knows.) Dr. Doe said “no. Never.” z.B. am 3. Mai 今日は。 Read more
    […] ... https://x.example/ #ships by Ann Other… -------- The post 👩‍👩‍👧 e\u0301 \u202eשלום היום। و؟ « Non. »""".split()
)
BODIES = st.one_of(
    st.text(alphabet=ALPHABET, max_size=900),
    st.lists(WORDS, max_size=160).map(" ".join),
    st.lists(WORDS).map("\n\n".join),
)


@settings(max_examples=300)
@given(BODIES, st.integers(10, 200), st.integers(1, 300))
def test_never_over_and_the_same_again(body: str, least: int, more: int) -> None:
    blocks = text.blocks(body, html=False)
    most = least + more

    made, cut = teaser(blocks, "", least=least, most=most)

    assert len(regex.findall(r"\X", made)) <= most
    assert (cut == "none") == (not made)
    assert (made, cut) == teaser(blocks, "", least=least, most=most)


@given(BODIES, st.integers(20, 200), st.integers(1, 300))
def test_never_empty_where_there_is_text(body: str, least: int, more: int) -> None:
    blocks = text.blocks(f"Grain came in. {body}", html=False)

    assert teaser(blocks, "", least=least, most=least + more)[0]


@settings(max_examples=300)
@given(st.lists(WORDS, max_size=160).map(" ".join))
def test_a_teaser_is_its_own_teaser(body: str) -> None:
    body = body.replace("\u202e", "")  # what closes it hides the end from what looks there
    made, _ = teaser([body], "", least=60, most=100)

    assert teaser([made] if made else [], "", least=60, most=100)[0] == made


@given(
    st.lists(
        st.sampled_from("Nobody (Nobody said z.B. Dr. Why? “no. more Non. the left!".split()), min_size=40, max_size=60
    ),
    st.sampled_from([" […]", "…", "...", " [...]"]),
)
def test_what_a_program_cut_is_its_own_teaser(said: list[str], mark: str) -> None:
    made, _ = teaser([f"Grain came in. {' '.join(said)}{mark}"], "Grain", least=300, most=430)

    assert teaser([made], "Grain", least=300, most=430)[0] == made


@given(BODIES)
def test_what_is_cut_ends_in_a_mark_or_in_one_ellipsis(body: str) -> None:
    made, cut = teaser(text.blocks(body, html=False), "", least=20, most=50)

    if cut == "sentence":
        assert regex.search(r"[.!?…。؟।;][\"'”’»)\]\u202c]*$", made)
    if cut == "word":
        assert regex.search(r"[^.…]…\u202c*$|^…$", made)


def test_the_labelled_teasers_are_met(shared: Path) -> None:
    cases = [
        json.loads(line)
        for line in (shared / "editorial" / "teaser_dev.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    good = 0
    for case in cases:
        title = text.inline(case["title"] or "", html=True)
        most = case["limit"]
        made, _ = teaser(
            text.blocks(case["html"], html=True),
            title,
            least=case.get("min", round(most * 0.6)),
            most=most,
            names=[case.get("feed") or ""],
        )
        wanted = [case["teaser"], *case["accept"]]
        good += letters(made) in {letters(one) for one in wanted}

    assert good / len(cases) >= 0.9


@given(st.text(alphabet="ab é漢📷☕👍\U0001f3fd🏳\U0001f1eb\U0001f1f7\ufe0f\u200d\u0301", min_size=1, max_size=40))
def test_pictures_are_counted_as_readers_see_them(said: str) -> None:
    assert list(_edges(said, 100)) == [cluster.end() for cluster in regex.finditer(r"\X", said)]

"""Stories: what makes two tellings of the same news alike, in any script, and what keeps others out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.editorial import gathering, stories
from aggregator.editorial.gathering import pairs
from aggregator.editorial.shingles import words
from aggregator.model import Teller
from tests.records import story_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAILY = (
    "The council of the town talks of the budget of the year",
    "A bridge over the river is to be closed in the spring",
    "Farmers in the valley wait for the rain of the autumn",
    "The museum shows the ships of the old harbour",
    "A new school for the children of the hills",
)


def frequencies(*headlines: str) -> stories.Frequencies:
    known = stories.Frequencies()
    for headline in (*DAILY, *headlines):
        known.learn(stories.terms(headline, ""))
    return known


def teller(seq: int, title: str, story: int | None = None, published: datetime = NOON) -> Teller:
    return Teller(
        seq, str(seq), f"source {seq}", seq, stories.terms(title, ""), published, first_seen=NOON, story=story or seq
    )


def joined(title: str, tellers: Sequence[Teller]) -> int | None:
    known = frequencies(title)
    for one in tellers:
        known.learn(one.terms)
    return story_of(replace(teller(99, title), source_id="mine"), tellers, known)


def test_other_words_for_the_same_news_join() -> None:
    lead = teller(1, "Ferry runs aground off Bergen, dozens rescued")

    assert joined("Dozens rescued as ferry runs aground near Bergen", [lead]) == 1


def test_short_words_in_common_tell_nothing() -> None:
    lead = teller(1, "The end of the war in the east")

    assert joined("The art of the tea in the west", [lead]) is None


@pytest.mark.parametrize(
    ("headline", "other", "strangers"),
    [
        ("Quake kills 7 in northern Chile", "Quake kills 7 people in Chile", 0),
        ("Quake kills 7 in northern Chile", "Quake kills 61 people in Chile", 1),
        ("Quake kills 7 in northern Chile", "Quake kills seven people in Chile", 0),
        ("Quake kills 7 in northern Chile", "Quake kills 61 people in northern Peru", 2),
        ("Quake kills 7 in Chile: “Neruda” fund opens", "Quake kills 61 people in Peru and Bolivia", 2),
        ("Quake in Chile kills many", "Many killed by a quake in the north", 0),
        ("Quake Kills Seven In Northern Chile", "Quake Kills Seven People In Peru", 0),
    ],
)
def test_headlines_that_name_something_else_need_more_in_common(headline: str, other: str, strangers: int) -> None:
    known = frequencies(*(f"{word} Chile northern" for word in ("Wine", "Copper", "Desert", "Salt")))
    one, two = (stories.terms(title, "") for title in (headline, other))
    bare = stories.cosine(known.weighted(one), known.weighted(two))

    assert stories.likeness(one, two, known) == pytest.approx((bare - strangers * stories.STRANGE) / stories.ENOUGH)


def test_a_name_that_the_text_of_the_other_tells_is_no_other_name() -> None:
    known = frequencies("Chile", "Chile", "Peru")
    one = stories.terms("Quake kills dozens in Peru", "")
    silent, telling = (stories.terms("Quake kills dozens in Chile", text) for text in ("", "and in Peru"))

    assert stories.names(one) == stories.names(stories.terms("A quake hits Peru", ""))
    assert stories.likeness(one, silent, known) < stories.likeness(one, telling, known)


def test_a_story_does_not_drift_from_its_lead() -> None:
    lead = teller(1, "Glacier lake bursts above Alpine village")
    drifted = teller(2, "Minister Brandt resigns over tunnel contract", story=1)
    alone = teller(2, "Minister Brandt resigns over tunnel contract")

    assert joined("Tunnel contract: minister Brandt resigns", [lead, drifted]) is None
    assert joined("Tunnel contract: minister Brandt resigns", [alone]) == 2


def test_a_full_story_takes_nobody() -> None:
    crowd = [teller(seq, "Ferry runs aground off Bergen", story=1) for seq in range(1, stories.MOST + 1)]

    assert joined("Ferry runs aground off Bergen", crowd[:-1]) == 1
    assert joined("Ferry runs aground off Bergen", crowd) is None


def test_news_older_than_the_window_is_another_story() -> None:
    old = teller(1, "Ferry runs aground off Bergen", published=NOON - stories.WINDOW - timedelta(seconds=1))

    assert joined("Ferry runs aground off Bergen", [old]) is None


@pytest.mark.parametrize(
    ("headline", "again"),
    [
        ("北京举行国际航空展览会", "国际航空展览会在北京举行"),
        ("東京で国際見本市が開幕", "国際見本市、東京で開幕"),
        ("เรือเฟอร์รีเกยตื้นใกล้ภูเก็ต", "เรือเฟอร์รีเกยตื้นที่ภูเก็ต"),
        ("서울 지하철 요금 인상 발표", "서울시, 지하철 요금 인상 발표"),
        ("Паром сел на мель у Мурманска", "У Мурманска паром сел на мель"),
        ("عبّارة تجنح قرب الإسكندرية وإنقاذ الركاب", "إنقاذ الركاب بعد جنوح عبّارة قرب الإسكندرية"),
    ],
)
def test_the_same_news_is_found_in_any_script(headline: str, again: str) -> None:
    known = frequencies(headline, again)
    one, two = stories.terms(headline, ""), stories.terms(again, "")

    assert set(stories.probes(one, known)) & set(stories.probes(two, known))
    assert joined(again, [teller(1, headline)]) == 1


def test_hangul_is_read_by_syllables() -> None:
    assert words("서울 지하철") == ["서", "울", "지", "하", "철"]


def test_marks_are_folded_away() -> None:
    assert words("Ångström ÉTÉ") == ["angstrom", "ete"]


def gathered(*tellers: Teller) -> list[list[int]]:
    """The stories that tellers make which all arrived at once."""
    known = frequencies()
    for one in tellers:
        known.learn(one.terms)
    alike = [pair for n, one in enumerate(tellers) for pair in pairs(one, tellers[n + 1 :], known)]
    told = {one.seq: [one] for one in tellers}
    gathering.gathered(alike, told, known, age=lambda lead: lead.seq)
    return sorted(sorted(one.seq for one in members) for members in told.values())


BRIDGED = (
    "Ferry runs aground off Bergen in storm",
    "Storm: ferry aground off Bergen, eighty rescued from the rocks",
    "Eighty rescued from the rocks as ferry runs aground",
)


@given(st.permutations(range(3)))
def test_an_entry_that_is_like_two_brings_them_together_whenever_it_comes(order: list[int]) -> None:
    tellers = [teller(seq, BRIDGED[place]) for seq, place in enumerate(order, 1)]

    assert gathered(*tellers) == [[1, 2, 3]]


def test_of_two_stories_the_elder_lead_stays() -> None:
    known = frequencies(BRIDGED[0], BRIDGED[1])
    younger, elder = teller(7, BRIDGED[0]), teller(3, BRIDGED[1])
    told = {7: [younger], 3: [elder]}

    folds = gathering.gathered(pairs(younger, [elder], known), told, known, age=lambda lead: lead.seq)

    assert [(goes.seq, stays.seq) for goes, stays in folds] == [(7, 3)]
    assert told == {3: [elder, younger]}


def test_two_of_one_source_are_never_in_one_story() -> None:
    same = [replace(teller(seq, BRIDGED[0]), source_id=source) for seq, source in enumerate("aab", 1)]

    assert gathered(*same) in ([[1, 3], [2]], [[1], [2, 3]])


@given(st.permutations([teller(seq, title) for seq, title in enumerate(DAILY, 1)]), st.sampled_from(DAILY))
def test_the_order_of_candidates_does_not_matter(candidates: list[Teller], headline: str) -> None:
    assert joined(headline, candidates) == DAILY.index(headline) + 1


@given(st.lists(st.sampled_from("ferry rocks bergen storm oil 7 80 coast guard helicopter".split()), max_size=30))
def test_no_likeness_is_above_its_bound(said: list[str]) -> None:
    known = frequencies("Bergen", "Storm")
    one = stories.terms("Ferry strikes rocks near Bergen", "Helicopters lifted all 80 from the ferry in the storm")
    other = stories.terms(" ".join(said[:6]), " ".join(said))

    assert stories.likeness(one, other, known) <= stories.at_most(one, other, known) + stories.EDGE
    assert stories.likeness(one, other, known) <= stories.at_most(other, one, known) + stories.EDGE


@given(st.text(max_size=200), st.text(max_size=200))
def test_likeness_is_symmetric(one: str, other: str) -> None:
    known = frequencies(one, other)
    a, b = stories.terms(one, other), stories.terms(other, one)

    assert stories.likeness(a, b, known) == pytest.approx(stories.likeness(b, a, known))


@given(st.text(max_size=3000), st.text(max_size=3000))
def test_terms_and_probes_are_bounded(title: str, body: str) -> None:
    made = stories.terms(title, body)

    assert len(made) <= 5 * stories.TERMS
    assert len(stories.probes(made, frequencies())) <= stories.PROBES


def test_one_shared_word_is_no_news() -> None:
    known = frequencies("Strawberry", "Strawberry harvest")
    one, other = (stories.terms(title, "") for title in ("Strawberry", "Strawberry harvest"))

    assert stories.cosine(known.weighted(one), known.weighted(other)) > stories.ENOUGH
    assert stories.likeness(one, other, known) == 0.0


def test_vectors_are_remembered_up_to_a_bound_and_no_longer_than_the_counts() -> None:
    known = frequencies()
    made = stories.terms("Ferry runs aground off Bergen", "")
    first = known.weighted(made)
    for n in range(stories.REMEMBERED):
        known.weighted(stories.terms(f"Ferry {n}", ""))

    assert known.weighted(made) == first
    known.learn(stories.terms("Ferry leaves Bergen", ""))
    assert known.weighted(made) != first


def test_stems_are_remembered_up_to_a_bound() -> None:
    first = stories.terms("", "harbour")
    letters = "abcdefghijklm"
    many = [one + two + three + four for one in letters for two in letters for three in letters for four in letters]

    for place in range(0, len(many), 80):
        stories.terms("", " ".join(many[place : place + 80]))

    assert len(stories._TERMS) <= stories._STEMS < len(many)
    assert stories.terms("", "harbour") == first


def test_telling_terms_are_remembered_up_to_a_bound() -> None:
    known = frequencies()
    made = stories.terms("Ferry runs aground off Bergen", "")
    first = known.telling(made)
    for n in range(stories.REMEMBERED):
        known.telling(stories.terms(f"Ferry {n}", ""))

    assert known.telling(made) == first


def test_texts_that_say_the_same_need_less_in_common_than_headlines() -> None:
    first = "A ferry with eighty passengers struck rocks near Bergen; helicopters lifted everybody to the harbour during the storm, and the coast guard searches the sea for oil"
    second = "Helicopters rescued all passengers of a ferry in the storm after it had run onto rocks outside the port of Bergen at dawn, while the coast guard looks for spilled oil"
    made, again = stories.terms("Ferry strikes rocks", first), stories.terms("Rescue in the storm", second)
    known = frequencies()
    known.learn(made)
    known.learn(again)
    one, other = known.weighted(made), known.weighted(again)

    assert min(len(one), len(other)) >= stories.TEXT
    assert stories.cosine(one, other) < stories.ENOUGH
    assert stories.likeness(made, again, known) == stories.cosine(one, other) / stories.ENOUGH_TEXT >= 1


def test_no_more_logarithms_are_remembered_than_there_are_slots() -> None:
    logs = stories._Logs(1.0)

    found = [logs[count] for count in range(stories.SLOTS + 1)]

    assert found == [math.log(count + 1.0) for count in range(stories.SLOTS + 1)]
    assert len(logs) == 1


def test_a_word_that_is_said_often_weighs_more() -> None:
    known = stories.Frequencies()
    once, often = (stories.terms("", text) for text in ("harbour ferry", "harbour harbour harbour ferry"))

    assert max(known.weighted(once).values()) == pytest.approx(0.5**0.5)
    assert max(known.weighted(often).values()) == pytest.approx((1 + math.log(3)) / math.hypot(1 + math.log(3), 1))

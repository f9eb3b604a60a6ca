"""Folding: what counts when words are compared, and what does not."""

from __future__ import annotations

import sys
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from aggregator.editorial.fold import exact, folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pérez", "perez"), ("Pe\u0301rez", "perez"), ("STRASSE", "straße"), ("ΟΔΟΣ", "οδος"), ("İstanbul", "istanbul"), ("ＡＩ", "ai"), ("it’s ‘so’", "it's 'so'"),
        ("a – b — c − d ‐ e", "a - b - c - d - e"), ("מֹשֶׁה־x", "משה-x"), ("مُحَمَّد", "محمد"), ("soft\u00adhyphen", "softhyphen"), ("zero\u200bwidth\u2060\ufeff", "zerowidth"),
        ("❤\ufe0f", "❤"), ("3\ufe0f\u20e3", "3"), ("  a\t\n\u00a0b ", "a b"), ("ﬁn", "fin"), ("ёлка", "елка"), ("ﾊﾟ", "ハ"), ("A B\tC", "a b c"),
    ],
)  # fmt: skip
def test_what_does_not_count_is_folded(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ø", "o"), ("ł", "l"), ("ı", "i"), ("कि", "क"), ("a_b", "a b"), ("c++", "c")]
)
def test_what_counts_stays(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_every_dash_is_one_dash() -> None:
    dashes = regex.findall(r"\p{Dash}", "".join(map(chr, range(sys.maxunicode + 1))))

    assert [dash for dash in dashes if folded(f"a{dash}b") != "a-b"] == []


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(), st.sampled_from(["NFC", "NFD"]))
def test_it_does_not_matter_how_letters_are_put_together(text: str, form: str) -> None:
    assert folded(unicodedata.normalize(form, text)) == folded(text)  # type: ignore[arg-type]


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_text_takes_no_other_way_than_all_text(text: str) -> None:
    assert folded(text) == folded(f"{text} é")[:-1].rstrip()


def test_exact_text_keeps_case_accents_and_blocks() -> None:
    assert exact("Ｐe\u0301rez  x\t y \n Z") == "Ｐérez x y\nZ"

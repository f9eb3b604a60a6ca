"""The words of a text: whichever way they are found, they are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.editorial import shingles

# Letters with and without accents, Japanese, Chinese, Korean, Arabic, pictures, and marks that stand alone.
MIXED = "aB9 -.éüßйあがぱアヴーヷ・ゞ漢字가힣شآ📷☕❶👍\U0001f3fd🏳🇫…“。「\ufe0f\u200d\u0301\u3099ｶ①"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Kaffee ☕ und 📷", ["kaffee", "und"]),
        ("❤\ufe0f Herz", ["herz"]),
        ("がんばって", ["か", "ん", "は", "っ", "て"]),
        ("ヴァイオリン", ["ウ", "ァ", "イ", "オ", "リ", "ン"]),
        ("新しいPython 3", ["新", "し", "い", "python", "3"]),
    ],
)
def test_pictures_separate_words_and_kana_lose_their_marks(text: str, words: list[str]) -> None:
    assert shingles.words(text) == words


@given(st.text(alphabet=MIXED, max_size=60))
def test_a_text_is_folded_as_at_length(text: str) -> None:
    at_length = shingles._folded_at_length(text).encode("utf-8", "ignore").translate(shingles._PLAIN).decode().split()

    assert shingles.words(text) == at_length[: shingles.MAX_WORDS]


@given(st.text(alphabet=MIXED, min_size=1, max_size=60))
def test_a_long_text_is_folded_as_a_short_one(text: str) -> None:
    long = f"{text} {'x' * shingles._FEW}"

    assert shingles.words(long)[:-1] == shingles.words(text)

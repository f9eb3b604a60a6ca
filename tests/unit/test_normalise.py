"""Text that XML and people can take."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from aggregator.editorial import normalise


@pytest.mark.parametrize(
    ("given_text", "clean"),
    [
        ("plain", "plain"),
        ("a\x00b\x0bc\x1fd\x7f", "abcd"),
        ("\x93quoted\x94 \x80", "“quoted” €"),
        ("\ud800x\udfff", "x"),
        ("\ufffe\ufdd0\U0001ffff!", "!"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_clean_takes_out_what_xml_forbids(given_text: str, clean: str) -> None:
    assert normalise.clean(given_text) == clean


@pytest.mark.parametrize(
    ("given_text", "balanced"),
    [
        ("plain", "plain"),
        ("\u202eevil", "\u202eevil\u202c"),
        ("\u2067x\u2069 y", "\u2067x\u2069 y"),
        ("x\u202c\u2069", "x"),
        ("\u2066a\u202bb", "\u2066a\u202bb\u202c\u2069"),
        ("ü", "ü"),
    ],
)
def test_bidi_controls_are_closed(given_text: str, balanced: str) -> None:
    assert normalise.balanced(given_text) == balanced


def test_bidi_controls_by_the_thousand_go() -> None:
    assert normalise.balanced("\u202ea" * 1001) == "a" * 1001
    assert normalise.balanced("\u2067a\u2069" * 400) == "\u2067a\u2069" * 400


def test_spaces_become_one_and_invisible_characters_go() -> None:
    assert normalise.spaced("a\u00a0 b\u00adc\u200b d") == "a bc d"
    assert normalise.spaced(" a \n b ") == "a b"


def test_zero_width_joiners_stay() -> None:
    assert normalise.spaced("می\u200cخواهم") == "می\u200cخواهم"


def test_shortened_ends_at_a_word() -> None:
    assert normalise.shortened("one two three", 100) == "one two three"
    assert normalise.shortened("one two three four", 14) == "one two three…"
    assert normalise.shortened("a" * 30, 10) == "a" * 9 + "…"


def test_a_line_that_was_encoded_three_times_is_decoded() -> None:
    assert normalise.one_line("crÃƒÂ¨che") == "crèche"


@given(st.text())
@example("\x800Â\x91")
def test_one_line_is_always_fit_for_xml(text: str) -> None:
    line = normalise.one_line(text)

    element = etree.Element("x")
    element.text = line
    assert "\n" not in line
    assert normalise.one_line(line) == line

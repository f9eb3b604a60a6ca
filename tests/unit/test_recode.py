"""Text that was encoded twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.editorial.recode import recoded


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ActualitÃ©s et Infos", "Actualités et Infos"),
        ("donâ€™t â€œsayâ€\x9d it", "don’t “say” it"),
        ("Ð\x9fÑ\x80Ð¸Ð²ÐµÑ‚", "Привет"),
        ("日本 et crÃ¨che", "日本 et crèche"),
        ("a ’quote’ of crÃ¨che", "a ’quote’ of crèche"),
        ("lost \ufffd here", "lost  here"),
        ("pÅ™Ã\xadklad dÄ›l", "příklad děl"),
        ("SANTÃ‰", "SANTÉ"),
        ("iPhoneã\x81®æ—¥", "iPhoneの日"),
        ("itÂ  was, hereÂ too", "it was, here too"),
        ("donâ€™t, right?Â  No", "don’t, right? No"),
    ],
)
def test_what_was_encoded_twice_is_decoded(said: str, meant: str) -> None:
    assert recoded(said) == meant


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "HÂLÂ DEVAM",
        "naïve façade",
        "«AMANHÃ» é hoje",
        "déjà vu, Ã bientôt",
        "Größe 5 m²",
        "Привет",
        "日本",
        "Café\u00a0— bar",
        "liberté\u00a0»",
        "SANTÉ\u00a0: la grippe",
        "NESCAFÉ® Classic",
        "BEYONCÉ’S tour",
        "„MENÜ“ und mehr",
        "the café…” she said",
        "HIMLEN ÄR BLÅ”",
    ],
)
def test_what_was_encoded_once_stays(text: str) -> None:
    assert recoded(text) == text


@given(st.text(alphabet=st.characters(min_codepoint=0xC0, max_codepoint=0x17F), min_size=1))
def test_double_encoding_is_undone(text: str) -> None:
    assert recoded(text.encode().decode("latin-1")) == text


@given(st.text())
def test_nothing_but_the_replacement_character_is_ever_lost(text: str) -> None:
    if "\ufffd" not in text:
        assert len(recoded(text).encode(errors="surrogatepass")) <= len(text.encode(errors="surrogatepass"))
        assert bool(recoded(text)) == bool(text)

"""Regexes: they find what Python's re finds, and come back in time."""

from __future__ import annotations

import logging
import re
import time
import unicodedata
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.config.pattern import problem
from aggregator.editorial.search import searcher

PATTERNS = [
    "a+b", "[^a-c]x", r"(a|b)\1", "(?P<n>a)?(?(n)b|c)", "(?P<n>a)?(?(n)b)", r"\bfoo\b", r"\Bo", "(?i)straße", "(?i:x)Y", "(?-i:a)b", r"[\W\d]+z", r"[^\w]a", "^a.*?b$", r"\Aa\Z",
    "(?<=a)b", "(?<!a)b", "a(?=b)", "a(?!b)", "(?!)", "(?>a+)b", "a{2,3}+", "foo{e<=1}", "[[:alpha:]]", r"[a\-b]", "x(?#c)y", "(?x) a b # c", "a||b", "é+", r"(?a)\w+é", r"(?a)\bé",
    r"\u00e9", "[]a]", "[&&a]", "[a||b]", "(?s:.)", "a*?b", "(?:ab){2}", r"\.", r"\S\s\D", "(?m:^b)", r"[\S]", ".", "a??b", r"(?a)[\d\s]",
]  # fmt: skip


@pytest.mark.parametrize("flags", ["", "i", "ms", "ims"])
@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=20)
@given(text=st.text(alphabet="abcxyzfoo é\n1_-ßsSXY[]:&|(e.{<=}", max_size=12))
def test_a_search_finds_what_re_finds(pattern: str, flags: str, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        wanted = re.search(pattern, text, sum(re.RegexFlag[flag.upper()] for flag in flags))

    assert searcher(pattern, flags)([text]) == (wanted is not None)


@pytest.mark.parametrize("pattern", [r"\w", r"\d", r"\s", r"\W", r"\D", r"\S"])
def test_classes_of_characters_are_those_of_re(pattern: str) -> None:
    letters = [chr(n) for n in range(0x20000) if unicodedata.category(chr(n)) not in ("Cn", "Cs")]
    found, wanted = searcher(pattern, ""), re.compile(pattern)

    assert [letter for letter in letters if found([letter]) != bool(wanted.search(letter))] == []


def test_any_of_several_texts_will_do() -> None:
    assert searcher("b", "")(["a", "b"])
    assert not searcher("b", "")([])


def test_a_search_that_runs_away_is_given_up_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    found = searcher("(?:b?){30}b{30}$", "")
    start = time.process_time()

    with caplog.at_level(logging.WARNING):
        answers = [found(["b" * 5000 + "ab", "b"]) for _ in range(3)]

    assert answers == [False, False, False]
    assert time.process_time() - start < 1
    assert [record.getMessage().split()[2] for record in caplog.records] == ["/(?:b?){30}b{30}$/"]


def test_a_thousand_entries_do_not_wait_for_a_bad_regex_each() -> None:
    found = searcher("(?:c?){30}c{30}$", "")
    start = time.process_time()

    answers = {found(["c" * 5000 + "ab"]) for _ in range(1000)}

    assert answers == {False}
    assert found(["c" * 30])
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("pattern", "flags", "what"),
    [
        ("a" * 501, "", "501 characters"), ("a", "x", "no regex flag `x`"), ("a", "ii", "given twice"), ("(", "", "is wrong"), ("(?<=a+)b", "", "fixed-width"),
        ("(a+)+", "", "unbounded"), ("(x*y*)*", "", "unbounded"), ("(?:a|b+)*?", "", "unbounded"), ("(?>a+){2,}", "", "unbounded"), ("(?=a*)*", "", "unbounded"),
        ("(a)?(?(1)b*|c)+", "", "unbounded"), ("(a+){2}", "", ""), ("a+b*", "", ""), ("[[a]", "", ""), ("(?i)a", "s", ""), ("(" * 200 + "a" + ")" * 200, "", "")],
)  # fmt: skip
def test_a_bad_regex_is_named(pattern: str, flags: str, what: str) -> None:
    assert what in problem(pattern, flags)
    assert bool(what) == bool(problem(pattern, flags))

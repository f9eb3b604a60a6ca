"""Broken TOML: each mistake where it begins, and the rest is read all the same."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import toml


@pytest.mark.parametrize(
    ("text", "lines", "data"),
    [
        ("a = 1\n", [], {"a": 1}),
        ("a = \nb = 2\n", [1], {"b": 2}),
        ('a = "open\nb = 2\n', [1], {"b": 2}),
        ("a = [1,\n2\n[t]\nb = 2\n", [1], {"t": {"b": 2}}),
        ('a = """open\nb = 2\n[t]\nc = 3\n', [1], {"b": 2, "t": {"c": 3}}),
        ("stray\n[t]\nb = 2\n", [1], {"t": {"b": 2}}),
        ("a = 1\nstray\nb = 2\n", [2], {"a": 1, "b": 2}),
        ("[t]\na = 1\na = 2\nb = 3\n", [3], {"t": {"a": 1, "b": 3}}),
        ("[t]\na = 1\n[t]\na = 2\n", [3], {"t": {"a": 1}, "left out at line 3": {"a": 2}}),
        ("[[source]\na = 1\n[[source]]\na = 2\n", [1], {"source": [{"a": 1}, {"a": 2}]}),
        ("[source]\na = 1\n[[source]]\na = 2\n", [1], {"source": [{"a": 1}, {"a": 2}]}),
        ("[fetch\na = 1\n", [1], {"left out at line 1": {"a": 1}}),
        ("a = '''\n[t]\nb = 1\n'''\nc = \n", [5], {"a": "[t]\nb = 1\n"}),
        ("a = " + "[" * 5000, [1], {}),
        ("a = " + "9" * 5000 + "\nb = 1\n", [1], {"b": 1}),
        ("a = 1\na = [\n2,\n3]\n", [2], {"a": 1}),
        ("a = 2000-99-99\n", [1], {}),
    ],
)  # fmt: skip
def test_what_is_broken_is_left_out(text: str, lines: list[int], data: dict[str, object]) -> None:
    found, rest, broken = toml.read(text)

    assert found == data
    assert sorted(one.line for one in broken) == lines
    assert rest.count("\n") == text.count("\n")


def test_no_more_than_a_hundred_are_named() -> None:
    _, _, broken = toml.read("a = 1\n" * 500)

    assert len(broken) == 100


@given(st.text(alphabet="ab=[]\"'\n #.1,{}", max_size=60))
def test_sound_text_is_read_as_it_is_and_broken_text_is_reported(text: str) -> None:
    data, rest, broken = toml.read(text)

    if broken:
        assert all(1 <= one.line <= text.count("\n") + 1 for one in broken)
    else:
        assert (data, rest) == (tomllib.loads(text), text)

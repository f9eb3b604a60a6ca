"""The short way through long source lists: it must read what the TOML parser would, and name the same mistakes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.config import plain
from aggregator.config.load import head, load, parse_settings
from aggregator.errors import ConfigError, Problem
from aggregator.model import Settings

PATH = Path("/etc/planet/feeds.toml")
THE_LONG_WAY = "\n# '''\n"  # a string over several lines may begin here, for all the short way knows

LINES = [
    'url = "https://a.example/feed"', 'url = "https://b.example/?x=1&y"', 'url = "https://u:p@c.example/"', 'url = "nope"', "url = 'https://d.example/'",
    'id = "a"', 'id = "b"', 'id="c"', 'title = "A  title"', 'title = "  "', 'title = "\\u0041"', 'tags = ["x", "y"]', "tags = []", 'tags = [ "x" , "x" ]', "enabled = false",
    "max_entries = 7", "max_entries = 0", "weight = 1.5", 'interval = "2h"', 'include = "ship OR ice"', 'include = "ship OR"', 'exclude = ["a", "b ("]', "unknown = true",
    'headers = { X-Key = "1" }', 'language = "de" # why', "tags = [", '  "x",', "]", "[source.headers]", 'X-Key = "2"', "# a comment", "", "broken", 'id = "open',
]  # fmt: skip
BLOCKS = [
    "[[source]]",
    "[[source]]",
    "[[source]]",
    " [[source]]",
    "[[ source ]]",
    "[source]",
    "[[channel]]",
    '[fetch]\ninterval = "2h"',
    "[[source]",
    'x = """',
    "[aggregator]",
]


@st.composite
def files(draw: st.DrawFn) -> str:
    blocks = draw(
        st.lists(st.tuples(st.sampled_from(BLOCKS), st.lists(st.sampled_from(LINES), max_size=4)), max_size=6)
    )
    return "".join(f"{header}\n" + "".join(f"{line}\n" for line in lines) for header, lines in blocks)


def outcome(text: str) -> Settings | list[Problem]:
    try:
        return replace(parse_settings(text.encode(), PATH), fingerprint="")
    except ConfigError as error:
        return list(error.problems)


@given(files())
@example('[[source]]\nid = "a"\nid = "a"\nurl = "https://a.example/"\n')
@example('source = 3\n[[source]]\nurl = "https://a.example/"\n')
@example('source = [{ url = "https://a.example/" }]\n')
@example('[[source]]\nurl = "https://a.example/"\n[source.headers]\nX = "1"\n')
@example('[[source]]\nurl = "https://a.example/"\n# why\n\n[[channel]]\nid = "x"\nsources = ["b"]\n')
def test_the_short_way_leads_where_the_long_one_does(text: str) -> None:
    assert outcome(text) == outcome(text + THE_LONG_WAY)


def test_plain_sources_are_taken_out_with_their_lines() -> None:
    text = '# top\n[fetch]\nconcurrency = 8\n\n[[source]]\nurl = "https://a.example/"\n\n[[source]]\nurl = "https://b.example/"\nweight = 1.5\n'

    made = plain.split(text)

    first = made.order[0]
    assert first is not None
    assert (first.header, first.key("url"), first.key("id"), first.string("url", 3)) == (5, 6, 5, 6)
    assert made.order[1] is None
    assert made.rest == '# top\n[fetch]\nconcurrency = 8\n\n\n[[source]]\nurl = "https://b.example/"\nweight = 1.5\n'
    assert made.jumps == [(1, 1), (5, 7)]


MANY = (
    '[aggregator]\ntitle = "Many"\n[[source]]\nurl = "https://a.example/"\ntags = ["x"]\n[source.headers]\nA = "1"\n\n'
    '[[channel]]\nid = "c"\nsources = ["gone"]\nmatch = "ship"\n[[source]]\nurl = "https://b.example/"\nweight = 1.5\n[teaser]\nmin = 10\n'
)


def test_the_head_is_all_but_the_sources(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(MANY.replace('sources = ["gone"]\n', ""), encoding="utf-8")

    assert head(path) == replace(load(path), sources=())


def test_the_head_does_not_look_for_sources(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(MANY, encoding="utf-8")

    made = head(path)

    assert [channel.id for channel in made.channels] == ["all", "c"]
    assert made.channels[1].match[0].line == 12
    assert made.teaser.min == 10


def test_a_head_with_long_strings_is_read_the_long_way(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text('[aggregator]\ntitle = """X"""\n[[source]]\nurl = "https://a.example/"\n', encoding="utf-8")

    assert (head(path).title, head(path).sources) == ("X", ())


def test_fifty_thousand_sources_load_within_seconds_even_on_a_busy_machine(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text("\n".join(f'[[source]]\nurl = "https://a{n}.example/feed.xml"\n' for n in range(50_000)), "utf-8")
    start = time.process_time()

    made = load(path)

    assert len({source.id for source in made.sources}) == 50_000
    assert time.process_time() - start < 3

"""Nothing that a megabyte can consist of takes more than a moment to read (checklist L12)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.editorial import text
from aggregator.editorial.context import context
from aggregator.editorial.prepare import digest
from aggregator.model import Channel, RawEntry, RawFeed, Settings, Source, Text

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_MADE = context(Settings(path=Path("feeds.toml"), channels=(Channel("all", "All"),)))
_BITS = """<b>|<b><p>|<div>|<ul><li>|<font color="red" class="toc">|<table><tr><td>|<x-y>|&lt;b&gt;|&lt;p&gt;word&lt;/p&gt;|&amp;lt;p&amp;gt;a
&nbsp;|<br>|<p>a</p>|<P>a</P>|<li>|<img src="x.png" alt="">|<!-- x -->|<|< |&|&a|>|<script>|<svg>|<figcaption>|<pre>
<a href="x">|</p>|&#8217;|Ã©|a word |x|漢|.|<h2>a</h2>|<iframe>|<aside>a</aside>|<div></div>""".replace("\n", "|")


@pytest.mark.parametrize("html", [True, False])
@pytest.mark.parametrize("bit", [*_BITS.split("|"), "\u0301", "\u202e", "a\u200d", " ", "\n"])
def test_a_megabyte_of_the_same_is_no_work(bit: str, html: bool) -> None:
    body = bit * ((1 << 20) // len(bit))

    assert _seconds(body, html) < 0.25  # 0.01 on a quiet machine, seconds where work grows with its square


@pytest.mark.parametrize("body", ['<p title="' + "x" * (1 << 20) + '">text', "<p title='" + "a<b" * (1 << 18)])
def test_a_giant_attribute_is_no_work(body: str) -> None:
    assert _seconds(body, True) < 0.25


def test_what_is_nested_too_deeply_is_no_text() -> None:
    deep = text.MAX_DEPTH + 1

    assert text.by_tree("<div>a</div>" * deep) == ["a"] * deep
    assert text.by_tree("<p>a" * deep + "<div>" * deep + "b") == ["a"] * deep


def test_a_text_that_begins_behind_thousands_of_tags_is_none() -> None:
    assert text.beginning("<b></b>" * text.MAX_MARKS + "text", 100, html=True) == ([], True)


def _seconds(body: str, html: bool) -> float:
    """Of CPU that an entry with such a text costs, at its best: others use the machine as well."""
    entry = RawEntry(id="urn:x:1", title=Text("A title", html=False), content=Text(body, html=html))
    feed = RawFeed(format="rss", lane="fast", title=Text("Ships", html=False), entries=(entry,))
    return min(_once(feed) for _ in range(3))


def _once(feed: RawFeed) -> float:
    start = time.process_time()
    digest(feed, Source("s", "http://ships.example/"), _MADE, url="http://ships.example/", seen=b"", now=_NOW)
    return time.process_time() - start

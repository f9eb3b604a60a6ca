"""Documents that nobody would write: whatever stands in one, its end is a feed or an error of its source."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.editorial.context import context
from aggregator.editorial.prepare import digest
from aggregator.errors import SourceError
from aggregator.model import Settings, Source
from aggregator.parse import fast, feedparser_lane, lanes, repair

CASES = [
    path.read_bytes()
    for path in sorted((Path(__file__).parent.parent / "cases" / "parse").iterdir())
    if not path.name.endswith(".expected.json")
]
PIECES = [
    *(
        b"<item>",
        b"</item>",
        b"<entry>",
        b"</entry>",
        b"<x:y>",
        b"<links>",
        b"<title type='xhtml'>",
        b"<![CDATA[",
        b"]]>",
    ),
    *(b"&#0;", b"&bad;", b"&", b"<", b'"', b"\xff", b"\xa0", b"\xc2\xa0", b"\x00", b"]", b"{", b"<!--", b"<?xml?>"),
    *(
        b' xmlns="urn:\xc2\x85x"',
        b' xml:base="http://[x"',
        b' encoding="\xbd"',
        b"<source>",
        b"<!DOCTYPE x [",
        b"\xed\xa0\x80",
    ),
]
NOW = datetime(2026, 11, 24, tzinfo=UTC)
SOURCE = Source("blog", "https://blog.example/feed.xml")
CONTEXT = context(Settings(Path("feeds.toml")))
CUT = st.tuples(st.floats(0, 1), st.floats(0, 0.1), st.sampled_from(PIECES))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """One of our cases with stretches of it replaced, doubled or missing."""
    body = draw(st.sampled_from(CASES))
    for where, length, piece in draw(st.lists(CUT, max_size=6)):
        start = int(where * len(body))
        end = start + int(length * len(body))
        body = body[:start] + draw(st.sampled_from([piece, b"", body[start:end] * 2])) + body[end:]
    return body


@settings(deadline=None)  # what bounds a document is tested where it is
@given(damaged(), st.sampled_from([None, "text/xml; charset=latin-1", "text/html; charset=utf-16", "x; charset=\xbd"]))
def test_no_damage_breaks_the_readers(body: bytes, content_type: str | None) -> None:
    try:
        raw = lanes.read(body, content_type=content_type, limit=20)
    except SourceError:
        return
    made = digest(raw, SOURCE, CONTEXT, url=SOURCE.url, seen=b"", now=NOW)

    assert made.count == len(raw.entries) + raw.lost


@settings(deadline=None)  # what bounds a document is tested where it is
@given(damaged())
def test_no_damage_breaks_a_lane_of_its_own(body: bytes) -> None:
    text, _ = repair.text_of(body, None)

    for lane in (fast.read, fast.recover, feedparser_lane.read):
        found = lane(text.encode("utf-8", "ignore"), limit=20)
        assert found is None or len(found.entries) <= 20

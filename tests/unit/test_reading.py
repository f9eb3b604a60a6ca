"""As much of an entry's texts as its teaser needs."""

from __future__ import annotations

from aggregator.editorial import reading
from aggregator.model import Source, TeaserSettings, Text

SOURCE = Source("s", "https://s.example/")
WINDOW = TeaserSettings(300, 430)


def read(summary: str, content: str) -> reading.Said:
    first, second = (Text(value, html=True) if value else None for value in (summary, content))
    return reading.said(first, second, "A title", language="en", people=(), tags=(), site="A site")


def test_a_text_is_read_no_further_than_its_teaser_needs() -> None:
    said = read("", "<p>The ship came in before dawn.</p>" * 1000)

    assert not said.content.whole
    assert reading.teaser_of(said, WINDOW, SOURCE)[1] == "sentence"


def test_an_article_behind_much_that_is_none_is_found() -> None:
    said = read("", "<p>Continue reading</p>" * 200 + "<p>The ship came in.</p>")

    assert not said.content.whole
    assert reading.teaser_of(said, WINDOW, SOURCE) == ("The ship came in.", "whole")


def test_content_speaks_where_a_summary_says_nothing() -> None:
    said = read(
        "<p>Photo: Ann Other, of the agency that sends the pictures of ships all over the world</p>", "<p>Ice.</p>"
    )

    assert reading.teaser_of(said, WINDOW, SOURCE) == ("Ice.", "whole")

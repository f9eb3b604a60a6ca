"""A story that no format can hold stops no document."""

from __future__ import annotations

import pytest

from aggregator.model import Edition
from aggregator.publish.formats import atom, jsonfeed, page, rss
from aggregator.publish.rendering import rendered
from tests.records import edition, story


@pytest.mark.parametrize("form", [atom, rss])
@pytest.mark.parametrize("title", ["a\ufffeb", "a\x0bb", "a\ud800b"])
def test_a_story_that_cannot_be_written_is_left_out_and_told(
    form: object, title: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = edition([story(1), story(2, title=title), story(3)])

    document = rendered(form.render, made)  # type: ignore[attr-defined]

    assert document == form.render(edition([story(1), story(3)]))  # type: ignore[attr-defined]
    assert "https://blog.example/2 of blog is left out of a feed" in caplog.text


@pytest.mark.parametrize("form", [jsonfeed, page])
def test_half_a_character_stops_no_page(form: object) -> None:
    made = edition([story(1), story(2, title="a\ud800b")])

    assert b"Story 1" in rendered(form.render, made)  # type: ignore[attr-defined]


def test_what_no_story_is_to_blame_for_is_raised() -> None:
    def render(_: Edition) -> bytes:
        raise ValueError("the title")

    with pytest.raises(ValueError, match="the title"):
        rendered(render, edition())

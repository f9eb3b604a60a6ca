"""What of the chosen stories goes into one document."""

from __future__ import annotations

import json
from pathlib import Path

from aggregator.model import Channel, Settings
from aggregator.publish.formats import atom, jsonfeed
from aggregator.publish.selection import FULL, edition
from tests.records import story

ALL = Channel("all", "Planet")
SETTINGS = Settings(path=Path("feeds.toml"), channels=(ALL,))
SECRET = "0" * 32


def test_full_texts_are_given_as_far_as_they_fit() -> None:
    sizes = (FULL // 2, FULL, FULL // 4, FULL // 4)
    stories = [story(9 - n, content_html="x" * size) for n, size in enumerate(sizes)]
    made = edition(ALL, stories, SETTINGS, secret=SECRET)

    assert [len(one.shown.entry.content_html or "") for one in made.stories] == [sizes[0], 0, sizes[2], sizes[3]]
    assert json.loads(jsonfeed.render(made))["items"][1]["content_html"].startswith("<p>What happened")


def test_archive_has_every_full_text() -> None:
    stories = [story(n, content_html="x" * FULL) for n in range(3)]

    made = edition(ALL, stories, SETTINGS, secret=SECRET, archive=1)

    assert [one.shown.entry.content_html for one in made.stories] == ["x" * FULL] * 3


def test_document_of_long_articles_stays_small() -> None:
    stories = [
        story(n, teaser="word " * 86, content_html="<p>Ein längerer Text &amp; mehr.</p>" * 900) for n in range(50)
    ]

    made = edition(ALL, stories, SETTINGS, secret=SECRET)

    assert max(len(jsonfeed.render(made)), len(atom.render(made))) < 250_000

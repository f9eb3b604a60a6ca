"""A document whatever its stories are: one that cannot be written stops none of the others."""

from __future__ import annotations

import logging
from collections.abc import Callable

from aggregator.model import Edition, Story
from aggregator.model.record import replace

Render = Callable[[Edition], bytes]
_log = logging.getLogger(__name__)


def rendered(render: Render, edition: Edition) -> bytes:
    """The document. What is stored was made fit for every format; a story that is not all the same, as one of an older version
    may be, is left out, and the log says so."""
    try:
        return render(edition)
    except ValueError:  # of lxml and codecs: no XML, no UTF-8
        fit = tuple(story for story in edition.stories if _fits(render, edition, story))
        if len(fit) == len(edition.stories):
            raise
        return render(replace(edition, stories=fit))


def _fits(render: Render, edition: Edition, story: Story) -> bool:
    try:
        render(replace(edition, stories=(story,)))
    except ValueError as error:
        entry = story.shown.entry
        _log.error("%s of %s is left out of a feed: %s", entry.id, entry.source_id, error)
        return False
    return True

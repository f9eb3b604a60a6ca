"""index.html: a channel as a page that people read, from templates that a folder of feeds.toml may override."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from aggregator.errors import OutputError
from aggregator.model import Edition, Story
from aggregator.publish.formats import catalog, words

KEY, NAME, TYPE, LABEL, RANK = "html", "index.html", "text/html", "Page", 90
OURS = Path(__file__).parent.parent / "templates"
FIRST_SOURCES = 12  # that a page lists before it offers to list the others
FIRST_OTHERS = 6  # tellers of a story that it names before it offers to name the others
MOST_CHANNELS = 16  # that a page lists without being asked
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "January February March April May June July August September October November December".split()


def render(edition: Edition) -> bytes:
    """The page. The same edition gives the same bytes."""
    feeds = [one for one in catalog.offered(edition) if one.KEY != KEY]
    root = "../" * edition.path.count("/")  # up to the output folder, so that a copy of the output works anywhere
    values = {
        "edition": edition,
        "feeds": feeds,
        "days": _days(edition.stories),
        "digest": edition.digest,
        "root": root,
        "first_sources": FIRST_SOURCES,
        "most_channels": MOST_CHANNELS,
    }
    return filled("page.html", edition.templates, **values)


def filled(name: str, templates: Path | None, **values: Any) -> bytes:
    """A template filled in. Raises OutputError for a mistake in a template of the user's own."""
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        text: str = _environment(templates).get_template(name).render(**values)
    except TemplateError as error:
        if templates is None:
            raise
        place = (
            f"{error.filename}, line {error.lineno}"
            if isinstance(error, TemplateSyntaxError)
            else f"{templates}: {name}"
        )
        raise OutputError(
            f"{place}: {str(error.message).rstrip('.')}; what was published before is untouched"
        ) from error
    return (text.strip() + "\n").encode()


@lru_cache(maxsize=4)
def _environment(templates: Path | None) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folders = [str(folder) for folder in (templates, OURS) if folder]
    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(iso=words.date, day=day, clock=_clock, minute=_minute, direction=words.direction)
    made.globals.update(link_of=words.link_of, related=words.related, authors=_names, first_others=FIRST_OTHERS)
    return made


def _days(stories: Sequence[Story]) -> list[tuple[datetime, list[Story]]]:
    """The stories by the day of their place, which is the order they stand in."""
    return [(group[0].shown.entry.position, group) for _, same in groupby(stories, _date) if (group := list(same))]


def _date(story: Story) -> str:
    return story.shown.entry.position.astimezone(UTC).date().isoformat()


def day(moment: datetime) -> str:
    """In English words, whatever the locale is."""
    return f"{_WEEKDAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _clock(moment: datetime, heading: datetime | None) -> str:
    """The time, with its day where that is not the one of the heading."""
    at = moment.astimezone(UTC)
    same = heading is not None and at.date() == heading.astimezone(UTC).date()
    date = "" if same else f"{at.day} {_MONTHS[at.month - 1][:3]} {at.year}, "
    return f"{date}{at:%H:%M} UTC"


def _minute(text: str | None) -> str:
    """An RFC 3339 time as people read it; a dash for none."""
    return text[:16].replace("T", " ") if text else "–"


def _names(story: Story) -> str:
    """The authors, where they say more than the source does."""
    return ", ".join(person.name for person in story.shown.entry.authors if person.name != story.shown.source.title)

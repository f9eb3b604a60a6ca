"""What all formats say alike: teasers as HTML, dates, addresses of outputs, who wrote an entry."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from aggregator.model import Edition, Person, Story, Telling

RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "ha", "he", "iw", "khw", "ks", "ps", "sd", "ug", "ur", "yi"})


def date(moment: datetime) -> str:
    """RFC 3339 in UTC; with a fraction only where the source gave one."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def direction(language: str | None) -> str:
    """The dir attribute for a text in that language: "auto" where it is not known."""
    if not language:
        return "auto"
    return "rtl" if language.split("-")[0].lower() in RTL else "ltr"


def link_of(telling: Telling) -> str:
    """Where "read more" leads: the article, else its source's site, else the feed (checklist A23)."""
    return telling.entry.published_url or telling.source.link or telling.source.url


def teaser_html(telling: Telling, read_more: str) -> str:
    """The teaser as one paragraph, and the one link as a second (contract section 4). Plain text in, escaped."""
    entry = telling.entry
    attributes = f' lang="{escape(entry.language)}"' if entry.language else ""
    way = direction(entry.language)
    first = f'<p dir="{way}"{attributes}>{escape(entry.teaser, quote=False)}</p>' if entry.teaser else ""
    if way == "ltr" and not attributes:
        first = first.replace(' dir="ltr"', "")
    return f'{first}<p><a href="{escape(link_of(telling))}">{escape(read_more, quote=False)}</a></p>'


def authors(telling: Telling) -> tuple[Person, ...]:
    """The entry's authors, else the source's, else the source itself: an Atom entry needs one (RFC 4287 section 4.2.1)."""
    return telling.entry.authors or telling.source.authors or (Person(telling.source.title, telling.source.link),)


def address(edition: Edition, name: str) -> str:
    """The absolute URL of one of the channel's own files."""
    return f"{edition.base_url}{edition.path}{name}"


def archive_address(edition: Edition, number: int, suffix: str = "atom") -> str:
    """The absolute URL of an archive document."""
    return f"{edition.base_url}{archive_path(edition.channel.id, number, suffix)}"


def archive_path(channel: str, number: int, suffix: str = "atom") -> str:
    """The path of an archive document below the output folder."""
    return f"archive/{channel}/{number}.{suffix}"


def changed(story: Story) -> datetime:
    """When what is shown of a story changed last."""
    return story.shown.entry.updated


def related(story: Story) -> list[Telling]:
    """The others that tell a story, each address once, the shown one's left out."""
    seen = {link_of(story.shown)}
    out = []
    for one in story.also:
        if link_of(one) not in seen:
            seen.add(link_of(one))
            out.append(one)
    return out

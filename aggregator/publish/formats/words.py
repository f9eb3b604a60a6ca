"""What all formats say alike: teasers as HTML, dates, addresses of outputs, who wrote an entry."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlsplit

from aggregator.model import Edition, Person, Story, Telling

ICON = "icon.svg"  # below the output folder
RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "ha", "he", "iw", "khw", "ks", "ps", "sd", "ug", "ur", "yi"})
_RTL_LETTER = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
_WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def date(moment: datetime) -> str:
    """RFC 3339 in UTC; with a fraction only where the source gave one."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def mail_date(moment: datetime) -> str:
    """RFC 822 with a year of four digits, in English whatever the locale is (checklist C4)."""
    at = moment.astimezone(UTC)
    return f"{_WEEKDAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S} GMT"


def direction(language: str | None) -> str:
    """The dir attribute for a text in that language: "auto" where it is not known."""
    if not language:
        return "auto"
    return "rtl" if language.split("-")[0].lower() in RTL else "ltr"


def link_of(telling: Telling) -> str:
    """Where "read more" leads: the article, else its comments or file, else the source's site or feed (checklist A23)."""
    entry, source = telling.entry, telling.source
    if entry.published_url:
        return entry.published_url
    files = (one.url for one in entry.enclosures)
    return entry.comments or next(files, None) or source.link or source.url


def teaser_html(telling: Telling, read_more: str, language: str | None = None) -> str:
    """The teaser as one paragraph, and the one link as a second (contract section 4). Plain text in, escaped.

    `language` is that of what surrounds it: a paragraph says only what differs.
    """
    entry = telling.entry
    first = f"<p{_attributes(entry.teaser, entry.language, language)}>{escape(entry.teaser, quote=False)}</p>"
    second = f'<p><a href="{escape(link_of(telling))}">{escape(read_more, quote=False)}</a></p>'
    return first + second if entry.teaser else second


def _attributes(text: str, language: str | None, around: str | None) -> str:
    """Direction where it is not left to right (checklist L14), and the language where it is another one."""
    way = direction(language)
    if way == "auto" and (text.isascii() or not _RTL_LETTER.search(text)):
        way = "ltr"
    out = "" if way == "ltr" else f' dir="{way}"'
    return out + (f' lang="{escape(language)}"' if language and (language != around or way == "rtl") else "")


def authors(telling: Telling) -> tuple[Person, ...]:
    """The entry's authors, else the source's, else the source itself: an Atom entry needs one (RFC 4287 section 4.2.1)."""
    entry, source = telling.entry, telling.source
    if entry.authors:
        return entry.authors
    if entry.origin is not None:
        return (Person(entry.origin.title or source.title, entry.origin.link),)
    return source.authors or (Person(source.title, source.link),)


def address(edition: Edition, name: str) -> str:
    """The absolute URL of one of the channel's own files."""
    return f"{edition.base_url}{edition.path}{name}"


def styled(document: bytes, base_url: str) -> bytes:
    """An XML document with the style sheet that explains it to a person who opens it (checklist F21).

    By its path alone: under whatever name of the host it is opened, the style sheet is of the same origin.
    """
    href = escape(urlsplit(base_url).path or "/")
    head, end, rest = document.partition(b"?>\n")
    return head + end + f'<?xml-stylesheet type="text/css" href="{href}feed.css"?>\n'.encode() + rest


def archive_address(edition: Edition, number: int) -> str:
    """The absolute URL of an archive document."""
    return edition.base_url + archive_path(edition.channel.id, number)


def archive_path(channel: str, number: int) -> str:
    """The path of an archive document below the output folder."""
    return f"archive/{channel}/{number}.atom"


def related(story: Story) -> list[Telling]:
    """The others that tell a story: of one source each address once, the shown one's left out."""
    seen = {(story.shown.source.id, link_of(story.shown))}
    out = []
    for one in story.also:
        if (one.source.id, link_of(one)) not in seen:
            seen.add((one.source.id, link_of(one)))
            out.append(one)
    return out


def inherited(edition: Edition) -> str | None:
    """The language that entries may inherit from their feed; None as soon as one is of an unknown one (checklist A34)."""
    known = all(story.shown.entry.language for story in edition.stories)
    return edition.language if known else None

"""The words of an entry: as much of its texts as a teaser needs, and all of them only for rules and for who cut them short."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.editorial import choose, text
from aggregator.editorial.boilerplate import trimmed
from aggregator.editorial.membership import Rules
from aggregator.editorial.rules import Subject
from aggregator.editorial.teaser import teaser
from aggregator.model import Person, RawEntry, Source, TeaserSettings, Text
from aggregator.model.record import dataclass, replace

LOOK = (
    900  # characters of text that are looked at first: twice the usual longest teaser; more where they were not enough
)


@dataclass(frozen=True, slots=True)
class Read:
    """A text as far as it was looked at."""

    blocks: list[str]
    whole: bool  # False: there is more


@dataclass(frozen=True, slots=True)
class Said:
    """The words of an entry, cleaned."""

    texts: tuple[Text | None, Text | None]  # summary and content as given
    title: str
    titled: bool  # the title is its own, not the beginning of its text
    summary: Read
    content: Read
    body: str  # the beginning of the fuller of the two
    language: str | None
    people: tuple[Person, ...]
    tags: tuple[str, ...]
    site: str  # what its feed is called

    @property
    def own_title(self) -> str:
        """The title that its source gave it; "" when there was none."""
        return self.title if self.titled else ""

    @property
    def names(self) -> list[str]:
        """Whom a byline may name."""
        return [*(person.name for person in self.people), self.site]


def said(
    summary: Text | None,
    content: Text | None,
    title: str,
    *,
    language: str | None,
    people: tuple[Person, ...],
    tags: tuple[str, ...],
    site: str,
) -> Said:
    """The words of an entry; `title` is "" where it has none of its own."""
    first, second = _read(summary, content, LOOK)
    longer = second.blocks or first.blocks
    return Said(
        (summary, content),
        title or choose.title_of(longer),
        bool(title),
        first,
        second,
        text.plain(longer)[:LOOK],
        language,
        people,
        tags,
        site,
    )


def _read(summary: Text | None, content: Text | None, least: int) -> tuple[Read, Read]:
    """Both as far as they are looked at. The same text twice is read once."""
    second = _of(content, least)
    return (second if summary == content else _of(summary, least)), second


def _of(part: Text | None, least: int) -> Read:
    return Read(*text.beginning(part.value, least, html=part.html)) if part else Read([], whole=True)


def language(raw: RawEntry) -> str | None:
    """What one of its texts says of itself; None when none does."""
    return next((part.language for part in (raw.content, raw.summary, raw.title) if part and part.language), None)


def teaser_of(said: Said, window: TeaserSettings, source: Source) -> tuple[str, str]:
    """The teaser and how it ends, by the source's mode; ("", "none") when there is none.

    It is that of the whole text where the beginning was not enough: most of it was no part of the article.
    """
    if source.teaser == "title":
        return "", "none"
    made, whole = _teaser(said, window)
    if whole or made[1] in ("sentence", "word"):
        return made
    first, second = _read(*said.texts, text.MAX_MARKUP)
    return _teaser(replace(said, summary=first, content=second), window)[0]


def _teaser(said: Said, window: TeaserSettings) -> tuple[tuple[str, str], bool]:
    """The teaser, and whether all of the text was there that it was made of."""
    first = choose.teaser_blocks(said.summary.blocks, said.content.blocks)
    made = _cut(said, first, window)
    if first is not said.summary.blocks:
        return made, said.content.whole
    if made[0]:
        return made, said.summary.whole
    return _cut(said, said.content.blocks, window), said.content.whole


def _cut(said: Said, blocks: Sequence[str], window: TeaserSettings) -> tuple[str, str]:
    return teaser(blocks, said.own_title, least=window.min, most=window.max, language=said.language, names=said.names)


def subject_of(rules: Rules, said: Said, url: str) -> Subject:
    """What rules look at: all that both texts say. It costs as much as all else of an entry, so only where there is a rule."""
    words = _all_of(said) if rules.asks else ""
    return rules.subject(said.own_title, words, said.tags, [person.name for person in said.people], url, said.language)


def _all_of(said: Said) -> str:
    """Without what is no part of the article, as in the teaser."""
    read = [text.blocks(one.value, html=one.html) for one in dict.fromkeys(said.texts) if one]
    return "\n".join(text.plain(trimmed(blocks, said.own_title, said.names)[0]) for blocks in read)

"""Which channels an entry is in, and what keeps it out: the rules of one source compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from aggregator.editorial.rules import Matcher, Subject, compile_rules
from aggregator.model import Channel, Source
from aggregator.model.record import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decides about the entries of one source."""

    source: Source
    title: str
    channels_of: tuple[tuple[Channel, Matcher, Matcher], ...]  # those that this source may be in
    include: Matcher
    exclude: Matcher
    asks: bool  # there is a rule that looks at an entry

    def subject(
        self, title: str, text: str, tags: Sequence[str], authors: Sequence[str], url: str, language: str | None
    ) -> Subject:
        """The texts of one entry, for the tests below."""
        return Subject(
            title, text, tuple(tags), tuple(authors), self.source.id, self.source.title or self.title, url, language
        )

    def excluded(self, subject: Subject) -> str | None:
        """Which rule of the source keeps the entry out; None when none does."""
        rule = self.exclude.first(subject)
        if rule is not None:
            return f"exclude rule at feeds.toml:{rule.line}: {rule.text}"
        if self.include.tests and self.include.first(subject) is None:
            return f"no include rule at feeds.toml:{self.include.tests[0][0].line} holds"
        return None

    def channels(self, subject: Subject) -> tuple[str, ...]:
        """The ids of the channels that let the entry in."""
        return tuple(
            channel.id
            for channel, match, exclude in self.channels_of
            if exclude.first(subject) is None and (not match.tests or match.first(subject) is not None)
        )


def admits(channel: Channel, source: Source) -> bool:
    """Whether a channel takes entries of a source at all."""
    if channel.sources and source.id not in channel.sources:
        return False
    return not channel.tags or bool(set(channel.tags) & set(source.tags))


def kept_out(rules: Rules, channel: Channel, subject: Subject) -> str | None:
    """What keeps an entry out of one of the channels that the rules were made of; None where it is let in."""
    for one, match, exclude in rules.channels_of:
        if one.id == channel.id:
            rule = exclude.first(subject)
            if rule is not None:
                return f"exclude rule at feeds.toml:{rule.line}: {rule.text}"
            if match.tests and match.first(subject) is None:
                return f"no match rule at feeds.toml:{match.tests[0][0].line} holds"
            return None
    return f"it takes other {'sources' if rules.source.id not in channel.sources and channel.sources else 'tags'} only"


@lru_cache(maxsize=256)
def rules_of(channels: tuple[Channel, ...], source: Source, title: str) -> Rules:
    """The rules of one source."""
    mine = tuple((c, compile_rules(c.match), compile_rules(c.exclude)) for c in channels if admits(c, source))
    include, exclude = compile_rules(source.include), compile_rules(source.exclude)
    asking = (include, exclude, *(matcher for _, match, without in mine for matcher in (match, without)))
    return Rules(source, title, mine, include, exclude, any(matcher.tests for matcher in asking))

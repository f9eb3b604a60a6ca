"""Does a rule hold for an entry? Queries compiled once to functions over its folded texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import regex

from aggregator.config.query import All, Any, Atom, Node, Not, parse
from aggregator.editorial.fold import exact, folded
from aggregator.model import Rule

SEARCH_SECONDS = 0.1  # a regex that takes longer on an entry is given up: no match
Test = Callable[["Subject"], bool]

# Letters, digits and marks; but no edge is asked for between characters of scripts that are written without spaces.
_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_EDGE = rf"[[\p{{L}}\p{{N}}\p{{M}}]--[{_SPACELESS}]]"
_IS_EDGE = regex.compile(_EDGE, regex.V1)
_WORDY = regex.compile(r"[\p{L}\p{N}\p{M}]", regex.V1)
_LETTER = regex.compile(r"\p{L}", regex.V1)
_GAP = r"[^\p{L}\p{N}\p{M}]+"


@dataclass(frozen=True)
class Subject:
    """The texts of one entry; folded when first asked for."""

    title: str
    text: str  # blocks separated by line feeds
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    source_id: str = ""
    source_title: str = ""
    url: str = ""
    language: str | None = None

    def texts(self, field: str) -> tuple[str, ...]:
        """The texts of a field, as given."""
        match field:
            case "title":
                return (self.title,)
            case "text":
                return (self.text,)
            case "author":
                return self.authors
            case "category":
                return self.categories
            case "source":
                return (self.source_title,)
            case "url":
                return (self.url,)
            case _:
                return (self.title, self.text, *self.categories)

    @cached_property
    def _folded(self) -> dict[str, tuple[str, ...]]:
        return {}

    def folded(self, field: str) -> tuple[str, ...]:
        """The texts of a field, folded."""
        known = self._folded.get(field)
        if known is None:
            parts = [folded(self.title), folded(self.text)] if field in ("title", "text", "any") else []
            if field in ("title", "text", "any"):
                self._folded.update(title=(parts[0],), text=(parts[1],), any=(*parts, *map(folded, self.categories)))
            else:
                self._folded[field] = tuple(folded(one) for one in self.texts(field))
            known = self._folded[field]
        return known


@dataclass(frozen=True, slots=True)
class Matcher:
    """Compiled rules, one of which suffices."""

    tests: tuple[tuple[Rule, Test], ...]

    def first(self, subject: Subject) -> Rule | None:
        """The first rule that holds; None when none does."""
        return next((rule for rule, test in self.tests if test(subject)), None)


def compile_rules(rules: Sequence[Rule]) -> Matcher:
    """Rules that config has found well-formed. Raises QueryError for others."""
    return Matcher(tuple((rule, compiled(rule.text)) for rule in rules))


@lru_cache(maxsize=4096)
def compiled(text: str) -> Test:
    """The function of one query."""
    return _test(parse(text))


def _test(node: Node) -> Test:
    if isinstance(node, Not):
        inner = _test(node.part)
        return lambda subject: not inner(subject)
    if isinstance(node, All):
        parts = tuple(_test(part) for part in node.parts)
        return lambda subject: all(part(subject) for part in parts)
    if isinstance(node, Any):
        parts = tuple(_test(part) for part in node.parts)
        return lambda subject: any(part(subject) for part in parts)
    return _atom(node)


def _atom(atom: Atom) -> Test:
    if atom.field == "lang":
        return _language(atom.value)
    if atom.kind == "regex":
        return _regex(atom)
    if atom.field == "url":
        return _url(atom)
    if atom.field == "category":
        return _category(atom)
    if atom.field == "source":
        return _source(atom)
    return _words(atom)


def _language(value: str) -> Test:
    wanted = value.lower()

    def test(subject: Subject) -> bool:
        tag = (subject.language or "").lower()
        return tag == wanted or tag.startswith(wanted + "-")

    return test


def _regex(atom: Atom) -> Test:
    flags = sum(getattr(re, flag.upper()) for flag in atom.flags)
    pattern = _bounded(atom.value, flags)

    def test(subject: Subject) -> bool:
        return any(pattern(exact(one)) for one in subject.texts(atom.field))

    return test


def _bounded(value: str, flags: int) -> Callable[[str], bool]:
    """A search that is given up after SEARCH_SECONDS. The regex module can be stopped, re cannot; in V0 it reads what re reads."""
    shared = flags & (re.IGNORECASE | re.MULTILINE | re.DOTALL)
    pattern = regex.compile(value, regex.V0 | shared)

    def search(text: str) -> bool:
        try:
            return pattern.search(text, timeout=SEARCH_SECONDS) is not None
        except TimeoutError:
            return False

    return search


def _url(atom: Atom) -> Test:
    """Part of the address, in any case unless exact; no word edges, a star is a plain character."""
    value = atom.value + ("*" if atom.prefix else "")
    if atom.kind == "exact":
        return lambda subject: value in subject.url
    low = value.casefold()
    return lambda subject: low in subject.url.casefold()


def _category(atom: Atom) -> Test:
    """A whole value, or with a star the beginning of one."""
    fold = exact if atom.kind == "exact" else folded
    value = fold(atom.value)

    def test(subject: Subject) -> bool:
        values = subject.categories if fold is exact else subject.folded("category")
        found = (exact(one) for one in values) if fold is exact else values
        return any(one.startswith(value) if atom.prefix else one == value for one in found)

    return test


def _source(atom: Atom) -> Test:
    """The source's id, whole; or its title by the word rules."""
    by_title = _words(atom)
    value = atom.value if atom.kind == "exact" else folded(atom.value)

    def test(subject: Subject) -> bool:
        own = subject.source_id if atom.kind == "exact" else folded(subject.source_id)
        return (own.startswith(value) if atom.prefix else own == value) or by_title(subject)

    return test


def _words(atom: Atom) -> Test:
    """A word, phrase or exact spelling in a field's texts; a cheap look for its longest part goes before the pattern."""
    is_exact = atom.kind == "exact"
    value = _flat(atom.value) if is_exact else folded(atom.value)
    needle, pattern = _pattern(value, atom)
    field = atom.field

    def test(subject: Subject) -> bool:
        texts = tuple(_flat(one) for one in subject.texts(field)) if is_exact else subject.folded(field)
        return any(needle in one and pattern.search(one) is not None for one in texts)

    return test


def _flat(text: str) -> str:
    return exact(text).replace("\n", " ")


def _pattern(value: str, atom: Atom) -> tuple[str, regex.Pattern[str]]:
    if not _WORDY.search(value):
        return value, regex.compile(regex.escape(value), regex.V1)
    if atom.kind == "phrase":
        parts = [part for part in regex.split(rf"({_GAP})", value, flags=regex.V1) if part]
        body = "".join(
            _GAP if 0 < n < len(parts) - 1 and not _WORDY.search(part) else regex.escape(part)
            for n, part in enumerate(parts)
        )
        needle = max((part for part in parts if _WORDY.search(part)), key=len)
    else:
        body, needle = regex.escape(value), value
    if atom.kind == "word" and not atom.prefix and _LETTER.match(value[-1]) and _IS_EDGE.match(value[-1]):
        body += "s?"
    before = rf"(?<!{_EDGE})" if _IS_EDGE.match(value[0]) or not _WORDY.match(value[0]) else ""
    after = rf"(?!{_EDGE})" if not atom.prefix and (_IS_EDGE.match(value[-1]) or not _WORDY.match(value[-1])) else ""
    return needle, regex.compile(before + body + after, regex.V1)

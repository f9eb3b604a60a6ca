"""Does a rule hold for an entry? Queries compiled once to functions over its folded texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from aggregator.config.query import All, Any, Atom, Node, Not, parse
from aggregator.editorial.fold import exact, folded
from aggregator.editorial.patterns import pattern_of
from aggregator.editorial.search import searcher
from aggregator.model import Rule
from aggregator.model.record import dataclass

if TYPE_CHECKING:
    import regex

Test = Callable[["Subject"], bool]

# Letters, digits and marks; but no edge is asked for between characters of scripts that are written without spaces.
_SPACELESS = "".join(rf"\p{{scx={name}}}" for name in ("Han", "Hira", "Kana", "Hang", "Thai", "Laoo", "Khmr", "Mymr"))
_EDGE = rf"[[\p{{L}}\p{{N}}\p{{M}}]--[{_SPACELESS}]]"
_WORDY = r"[\p{L}\p{N}\p{M}]"
_LETTER = r"\p{L}"
_GAP = r"[^\p{L}\p{N}\p{M}]+"


@dataclass(frozen=True)
class Subject:
    """The texts of one entry; each is folded once, when a rule first asks for it."""

    title: str
    text: str  # blocks separated by line feeds
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    source_id: str = ""
    source_title: str = ""
    url: str = ""
    language: str | None = None

    @cached_property
    def folded(self) -> _Texts:
        """As words are compared."""
        return _Texts(self, folded)

    @cached_property
    def exact(self) -> _Texts:
        """Case and accents as they are; blocks on lines of their own."""
        return _Texts(self, exact)

    @cached_property
    def flat(self) -> _Texts:
        """Case and accents as they are, on one line."""
        return _Texts(self, _flat)


class _Texts:
    """The texts of an entry, field by field, in one of its forms."""

    def __init__(self, subject: Subject, form: Callable[[str], str]) -> None:
        self._subject, self._form = subject, form
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, field: str) -> tuple[str, ...]:
        """The texts of a field, each of which is looked at on its own."""
        known = self._known.get(field)
        if known is None:
            known = self._known[field] = self._made(field)
        return known

    def _made(self, field: str) -> tuple[str, ...]:
        if field == "any":
            return (*self.of("title"), *self.of("text"), *self.of("category"))
        return tuple(map(self._form, _given(self._subject, field)))


def _given(subject: Subject, field: str) -> tuple[str, ...]:
    match field:
        case "title":
            return (subject.title,)
        case "text":
            return (subject.text,)
        case "author":
            return subject.authors
        case "category":
            return subject.categories
        case "source":
            return (subject.source_id, subject.source_title)
        case _:
            return (subject.url,)


def _flat(text: str) -> str:
    return exact(text).replace("\n", " ")


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
    wanted = _tag(value)

    def test(subject: Subject) -> bool:
        tag = _tag(subject.language or "")
        return tag == wanted or tag.startswith(f"{wanted}-")

    return test


def _tag(language: str) -> str:
    return language.lower().replace("_", "-")


def _regex(atom: Atom) -> Test:
    search = searcher(atom.value, atom.flags)
    return lambda subject: search(subject.exact.of(atom.field))


def _url(atom: Atom) -> Test:
    """Part of the address, in any case unless exact; no word edges."""
    if atom.kind == "exact":
        return lambda subject: atom.value in subject.url
    low = atom.value.casefold()
    return lambda subject: low in subject.url.casefold()


def _category(atom: Atom) -> Test:
    """A whole value, or with a star the beginning of one."""
    if atom.kind == "exact":
        spelt = _flat(atom.value)
        return lambda subject: spelt in subject.flat.of("category")
    value = folded(atom.value)
    if atom.prefix:
        return lambda subject: any(one.startswith(value) for one in subject.folded.of("category"))
    return lambda subject: value in subject.folded.of("category")


def _source(atom: Atom) -> Test:
    """The source's id, whole; or its title, by the word rules."""
    form = _flat if atom.kind == "exact" else folded
    value, found = form(atom.value), _finder(atom)

    def test(subject: Subject) -> bool:
        own, title = (subject.flat if form is _flat else subject.folded).of("source")
        return own == value or (atom.prefix and own.startswith(value)) or found(title)

    return test


def _words(atom: Atom) -> Test:
    """A word, phrase or exact spelling in one of a field's texts."""
    field, found = atom.field, _finder(atom)
    if atom.kind == "exact":
        return lambda subject: any(found(one) for one in subject.flat.of(field))
    return lambda subject: any(found(one) for one in subject.folded.of(field))


def _finder(atom: Atom) -> Callable[[str], bool]:
    """Whether an atom is in a text; a cheap look for its longest part goes before the pattern."""
    needle, pattern = _pattern(_flat(atom.value) if atom.kind == "exact" else folded(atom.value), atom)
    if not needle:
        return lambda _text: False  # a term of nothing but invisible characters
    search = pattern.search
    return lambda text: needle in text and search(text) is not None


def _pattern(value: str, atom: Atom) -> tuple[str, regex.Pattern[str]]:
    """What must be in a text, and the pattern that then decides."""
    import regex

    if not pattern_of(_WORDY).search(value):
        return value, regex.compile(regex.escape(value), regex.V1)
    body, needle = _phrase(value) if atom.kind == "phrase" else (regex.escape(value), value)
    first, last = value[0], value[-1]
    if atom.kind == "word" and not atom.prefix and pattern_of(_LETTER).match(last) and pattern_of(_EDGE).match(last):
        body += "s?"
    before = f"(?<!{_EDGE})" if _asks_for_edge(first) else ""
    after = f"(?!{_EDGE})" if _asks_for_edge(last) and not atom.prefix else ""
    return needle, regex.compile(before + body + after, regex.V1)


def _phrase(value: str) -> tuple[str, str]:
    """The pattern of a phrase, any run of spaces and punctuation between its words; and its longest word."""
    import regex

    parts = [part for part in regex.split(f"({_GAP})", value, flags=regex.V1) if part]
    inner = range(1, len(parts) - 1)
    body = (
        _GAP if n in inner and not pattern_of(_WORDY).search(part) else regex.escape(part)
        for n, part in enumerate(parts)
    )
    return "".join(body), max((part for part in parts if pattern_of(_WORDY).search(part)), key=len)


def _asks_for_edge(character: str) -> bool:
    """Whether a word character may not stand beside this one, the first or last of a term."""
    return bool(pattern_of(_EDGE).match(character)) or not pattern_of(_WORDY).match(character)

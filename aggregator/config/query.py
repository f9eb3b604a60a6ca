"""The rule language of `match`, `exclude` and `include`: a query string to a frozen tree, or an error with its column."""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.config.pattern import problem
from aggregator.model.record import dataclass

FIELDS = ("title", "text", "any", "author", "category", "source", "url", "lang")
MAX_DEPTH = 50


class QueryError(ValueError):
    """A query that cannot be read; `column` counts from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Atom:
    """One thing to look for. `kind`: word | phrase | exact (folds nothing) | regex."""

    field: str
    kind: str
    value: str
    prefix: bool = False  # it ended in a star
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is not."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """True where all parts are."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """True where one part is."""

    parts: tuple[Node, ...]


Node = Atom | Not | All | Any


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """The tree of a query. Raises QueryError."""
    if not text.strip():
        raise QueryError("the rule is empty; leave the key out to take everything", 1)
    reader = _Reader(text)
    node = reader.query(0)
    reader.space()
    if reader.at < len(text):
        raise QueryError("`)` without `(`", reader.at + 1)
    return node


_FIELD = re.compile(r"([^\W\d_]+):")
_KEYWORD = re.compile(r"(OR|AND|NOT)(?=[\s()\"]|$)")
_WORD_END = re.compile(r'[\s()"]')
_FLAGS = re.compile(r"\w*")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def error(self, message: str, at: int | None = None) -> QueryError:
        return QueryError(message, (self.at if at is None else at) + 1)

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def ends(self) -> bool:
        """Whether no term begins here."""
        return not self.peek() or self.peek().isspace() or self.peek() == ")"

    def keyword(self) -> str:
        """OR, AND or NOT standing as a word of its own; "" else."""
        match = _KEYWORD.match(self.text, self.at)
        return match[1] if match else ""

    def query(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.error("the parentheses are nested too deep")
        parts = [self.group(depth)]
        while True:
            self.space()
            if self.keyword() != "OR":
                break
            start = self.at
            self.at += 2
            self.need_term("OR", start)
            parts.append(self.group(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def group(self, depth: int) -> Node:
        self.space()
        word = self.keyword()
        if word in ("OR", "AND"):
            raise self.error(f"{word} needs a term before it; in quotes it is text")
        parts = [self.term(depth)]
        while True:
            self.space()
            if not self.peek() or self.peek() == ")" or self.keyword() == "OR":
                break
            if self.keyword() == "AND":
                start = self.at
                self.at += 3
                self.need_term("AND", start)
            parts.append(self.term(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def need_term(self, word: str, start: int) -> None:
        self.space()
        if not self.peek() or self.peek() == ")" or self.keyword() in ("OR", "AND"):
            raise self.error(f"{word} needs a term after it; in quotes it is text", start)

    def term(self, depth: int) -> Node:
        self.space()
        if self.keyword() == "NOT":
            raise self.error("NOT is no operator here: write -word")
        if self.peek() == "-":
            return Not(self.negated(depth))
        return self.positive(depth)

    def negated(self, depth: int) -> Node:
        start = self.at
        self.at += 1
        if self.ends() or self.keyword():
            raise self.error("a lone `-`; put it straight before a term, or in quotes", start)
        if self.peek() == "-":
            raise self.error("`--`: one `-` is enough", start)
        return self.positive(depth)

    def positive(self, depth: int) -> Node:
        if self.peek() == "(":
            return self.parenthesis(depth)
        if self.peek() == ")":
            raise self.error("`)` without `(`")
        return self.atom(self.field())

    def parenthesis(self, depth: int) -> Node:
        start = self.at
        self.at += 1
        self.space()
        if self.peek() == ")":
            raise self.error("`()` holds nothing", start)
        if not self.peek():
            raise self.error("`(` is not closed", start)
        node = self.query(depth + 1)
        self.space()
        if self.peek() != ")":
            raise self.error("`(` is not closed", start)
        self.at += 1
        return node

    def field(self) -> str:
        match = _FIELD.match(self.text, self.at)
        if not match:
            return "any"
        name, start = match[1].lower(), self.at
        if name not in FIELDS:
            from difflib import get_close_matches  # for mistakes alone

            near = get_close_matches(name, FIELDS, 1, 0.4)
            hint = f"; did you mean `{near[0]}:`?" if near else f"; the fields are {', '.join(FIELDS)}."
            raise self.error(f'no field `{match[1]}`{hint} Put quotes round text with a colon: "{match[0]}…"', start)
        self.at = match.end()
        if self.ends():
            raise self.error(f"`{match[0]}` needs a value straight after it", start)
        if self.peek() == "(":
            raise self.error(f"`{match[0]}` cannot stand before a parenthesis; write it before each term", start)
        return name

    def atom(self, field: str) -> Atom:
        start = self.at
        if field == "lang":
            return self.language(start)
        if self.peek() == '"':
            return self.phrase(field, exact=False)
        if self.peek() == "/":
            return self.regex(field)
        if self.peek() == "=":
            return self.exact(field)
        word = self.word()
        if field == "url":
            return Atom(field, "word", word)  # a star is a plain character there
        body, star = self.starred(word, start)
        return Atom(field, "word", body, star)

    def language(self, start: int) -> Atom:
        word = self.word() if self.peek() not in ('"', "/", "=") else ""
        if not word or not re.fullmatch(r"[A-Za-z0-9_-]+", word):
            raise self.error("`lang:` takes a language tag such as en or pt-BR", start)
        return Atom("lang", "word", word)

    def word(self) -> str:
        match = _WORD_END.search(self.text, self.at)
        end = match.start() if match else len(self.text)
        word, self.at = self.text[self.at : end], end
        return word

    def starred(self, word: str, start: int) -> tuple[str, bool]:
        """A word without its final star, and whether it had one."""
        body = word.removesuffix("*")
        if "*" in body:
            raise self.error("`*` may stand only at the end of a word", start)
        if not body:
            raise self.error("a lone `*`; leave the rule out to take everything", start)
        return body, body != word

    def exact(self, field: str) -> Atom:
        start = self.at
        self.at += 1
        if self.peek() == '"':
            return self.phrase(field, exact=True)
        word = self.word()
        if not word:
            raise self.error("`=` needs a word straight after it", start)
        if "*" in word and field != "url":
            raise self.error("`=` takes the word exactly: no `*` with it", start)
        return Atom(field, "exact", word)

    def phrase(self, field: str, *, exact: bool) -> Atom:
        start = self.at
        value = self.quoted('"', "quote")
        star = value.endswith("*") and field != "url"
        if not value.strip():
            raise self.error("an empty phrase", start)
        if star and exact:
            raise self.error("`=` takes the phrase exactly: no `*` with it", start)
        if star and not value[:-1].strip():
            raise self.error("a lone `*`", start)
        return Atom(field, "exact" if exact else "phrase", value.removesuffix("*") if star else value, star)

    def quoted(self, mark: str, what: str) -> str:
        """What stands between two marks, escapes of the mark resolved."""
        start = self.at
        self.at += 1
        out: list[str] = []
        while self.peek() != mark:
            if not self.peek():
                raise self.error(f"the {what} is not closed", start)
            if self.peek() == "\\" and (escaped := self.text[self.at + 1 : self.at + 2]):
                out.append(escaped if escaped == mark or (mark == '"' and escaped == "\\") else "\\" + escaped)
                self.at += 2
                continue
            out.append(self.peek())
            self.at += 1
        self.at += 1
        return "".join(out)

    def regex(self, field: str) -> Atom:
        start = self.at
        value = self.quoted("/", "regex")
        match = _FLAGS.match(self.text, self.at)
        flags = match[0] if match else ""
        self.at += len(flags)
        if not value:
            raise self.error("an empty regex", start)
        found = problem(value, flags)
        if found:
            raise self.error(found, start)
        return Atom(field, "regex", value, flags=flags)

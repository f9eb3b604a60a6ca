"""OPML as people have it, in and out (checklist part I). What a tolerant reader can see is found, or reported with its line."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import unescape
from itertools import pairwise
from typing import Any

from lxml import etree

from aggregator.config import values
from aggregator.config.edit import Outline
from aggregator.config.keys import RULES, SOURCE
from aggregator.config.naming import same
from aggregator.config.query import QueryError, parse
from aggregator.errors import ConfigError, Problem
from aggregator.model import Rule, Source

MOST = 5_000_000  # bytes
OURS = "https://aggregator.example/opml"
KEPT = ("interval", "enabled", "weight", "max_entries", "teaser", "ignore", "include", "exclude")  # never a secret
_TOKEN = re.compile(r"<(/?)outline\b((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:.-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++))")
_USER = re.compile(r"^([A-Za-z][\w+.-]*://)[^/?#]*@")
_OUTLINE = re.compile(r"<outline\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)\b", re.IGNORECASE)
_LIKE_OPML = re.compile(r"<(?:opml|outline|body)\b", re.IGNORECASE)
_FEED = re.compile(r"^feed:(?://)?(?=https?:)", re.IGNORECASE)
_FEED_HOST = re.compile(r"^feed://", re.IGNORECASE)
_REACH = 4000  # characters of a broken tag in which its attributes are looked for


def read(raw: bytes, name: str) -> tuple[list[Outline], list[Problem]]:
    """The feeds of a file, each URL once, and what could not be taken. Raises ConfigError for what is no OPML at all.

    Works on the tags themselves and not on an XML tree: a third of the files that people have is not well-formed.
    """
    if len(raw) > MOST:
        raise ConfigError([Problem(name, 0, f"has over {MOST:,} bytes; split it")])
    text = _uncommented(_decoded(raw))
    declaration = _DECLARATION.search(text)
    if declaration:
        line = text.count("\n", 0, declaration.start()) + 1
        raise ConfigError([Problem(name, line, "declares a document type or entities, which is refused")])
    if not _LIKE_OPML.search(text):
        raise ConfigError([Problem(name, 0, "is no OPML: it has no outlines")])
    reading = _Reading(text, name)
    reading.run()
    return list(reading.found.values()), reading.problems


def _decoded(raw: bytes) -> str:
    marked = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for encoding in (marked, _declared(raw), "windows-1252"):
        try:
            return raw.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return raw.decode("utf-8", "replace")


def _declared(raw: bytes) -> str:
    match = re.search(rb"encoding\s*=\s*[\"']([\w.-]{1,40})", raw[:200])
    return match[1].decode("ascii") if match else "utf-8"


def _uncommented(text: str) -> str:
    """With the comments as white space; what opens one that is never closed is just text."""
    pieces: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        pieces += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end + 3
    return "".join([*pieces, text[at:]])


class _Reading:
    """One file being read."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.found: dict[str, Outline] = {}  # by what makes two addresses the same
        self.problems: list[Problem] = []
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._folders: list[str] = []  # one for each open outline; "" for a feed

    def run(self) -> None:
        """Go through the tags."""
        position = 0
        for match in _TOKEN.finditer(self.text):
            self._between(position, match.start())
            position = match.end()
            closing, attributes = match.groups()
            if closing and self._folders:
                self._folders.pop()
            elif not closing:
                self._opened(attributes, match.start())
        self._between(position, len(self.text))

    def _opened(self, attributes: str, offset: int) -> None:
        given = _attributes(attributes)
        is_feed = self._outline(given, offset)
        if not attributes.endswith("/"):
            self._folders.append("" if is_feed else given.get("text") or given.get("title") or "")

    def _between(self, start: int, end: int) -> None:
        """Between two tags: an outline there is too broken to be read whole, but its address may be seen."""
        begins = [match.start() for match in _OUTLINE.finditer(self.text, start, end)]
        for begin, following in pairwise([*begins, end]):
            self._outline(_attributes(self.text[begin : min(following, begin + _REACH)]), begin)

    def _outline(self, given: dict[str, str], offset: int) -> bool:
        """Take one outline; True when it names a feed."""
        url = given.get("xmlurl", "").strip()
        if not url and given.get("type", "").lower() in ("rss", "atom"):
            url = given.get("url", "").strip()
        if not url:
            return False
        try:
            url = values.url(_FEED.sub("", _FEED_HOST.sub("http://", url)))
        except values.Bad as bad:
            self._problem(offset, f"an outline was left out: its xmlUrl {bad}")
            return True
        if same(url) in self.found:
            self._problem(offset, f"{values.shown(url)} stands in this file already")
        else:
            self.found[same(url)] = self._made(url, given)
        return True

    def _problem(self, offset: int, message: str) -> None:
        self.problems.append(Problem(self.name, bisect_right(self._starts, offset), message))

    def _made(self, url: str, given: dict[str, str]) -> Outline:
        more = _settings(given)
        name, title = more.pop("id", None), _label(given.get("title") or given.get("text") or "")
        tags = more.pop("tags", None) or _tags(self._folders, given.get("category", ""))
        return Outline(url, name, title if title != name else None, tuple(tags), tuple(more.items()))


def _tags(folders: Sequence[str], category: str) -> list[str]:
    """Topics: the folders, and the words of category="/a/b,c"."""
    given = [*folders, *(part for group in category.split(",") for part in group.split("/"))]
    return [tag for tag in dict.fromkeys(map(_label, given)) if tag]


def _label(text: str) -> str | None:
    """A title or tag as feeds.toml takes it; None where it does not."""
    try:
        return str(values.text(text))
    except values.Bad:
        return None


def _attributes(text: str) -> dict[str, str]:
    """The attributes of a tag, names in lower case, entities resolved; the first of several counts.

    Only entities with their semicolon: in a link, `&copy=1` is a parameter.
    """
    out: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        out.setdefault(name.lower(), _ENTITY.sub(lambda match: unescape(match[0]), double or single or bare))
    return out


def _settings(given: dict[str, str]) -> dict[str, Any]:
    """Settings of ours that an export carried, as feeds.toml spells them; what is not as write() writes it is left out."""
    raw = {key: given[f"agg:{key}"] for key in ("id", "tags", *KEPT) if f"agg:{key}" in given}
    if "language" in given:
        raw["language"] = given["language"]
    found = {key: _value(text) if key in _AS_JSON else text for key, text in raw.items()}
    return {key: value for key, value in found.items() if _is_good(key, value)}


_AS_JSON = frozenset(["tags", "enabled", "weight", "max_entries", "ignore", "include", "exclude"])


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_good(key: str, value: Any) -> bool:
    try:
        if key not in RULES:
            return SOURCE[key](value) not in (None, ())
        return isinstance(value, list) and bool(value) and all(parse(values.any_text(one)) for one in value)
    except (values.Bad, QueryError):
        return False


def write(title: str, sources: Sequence[Source], modified: datetime) -> bytes:
    """The sources as OPML 2.0, for an import into another planet: what read() takes back gives the same sources.

    `modified` is when the list changed. No secret is written, neither headers and `auth` nor credentials in a URL: such
    lists are made to be handed on.
    """
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"agg": OURS})
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "dateModified").text = format_datetime(modified)
    etree.SubElement(head, "ownerName").text = title
    body = etree.SubElement(root, "body")
    for attributes in [_exported(source) for source in sources] or [{"text": "no sources"}]:
        etree.SubElement(body, "outline", attributes)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _exported(source: Source) -> dict[str, str]:
    name = source.title or source.id
    out = {
        "type": "rss",
        "text": name,
        "title": name,
        "xmlUrl": _USER.sub(r"\1", source.url),
        f"{{{OURS}}}id": source.id,
    }
    if source.tags:
        out["category"] = ",".join(source.tags)
    if any("," in tag or "/" in tag for tag in source.tags):
        out[f"{{{OURS}}}tags"] = json.dumps(source.tags, ensure_ascii=False)
    if source.language:
        out["language"] = source.language
    usual = Source("", "")
    for key in KEPT:
        value = getattr(source, key)
        if value != getattr(usual, key):
            out[f"{{{OURS}}}{key}"] = _spelt(value)
    return out


def _spelt(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"{value.total_seconds():f}".rstrip("0").rstrip(".") + "s"
    if isinstance(value, tuple):
        value = [one.text if isinstance(one, Rule) else one for one in value]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

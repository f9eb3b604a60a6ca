"""OPML as people have it, in and out (checklist part I). What a tolerant reader can see is found, or reported with its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from lxml import etree

from aggregator.config import values
from aggregator.config.edit import Outline
from aggregator.errors import ConfigError, Problem
from aggregator.model import Source

MOST = 5_000_000  # bytes
OURS = "https://aggregator.example/opml"
_TOKEN = re.compile(r"<(/?)outline\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)(/?)>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_LOOSE = re.compile(r"<outline\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.DOTALL)
_DANGEROUS = re.compile(r"<!(?:DOCTYPE|ENTITY)\b", re.IGNORECASE)


def read(raw: bytes, name: str) -> tuple[list[Outline], list[Problem]]:
    """The feeds of a file, each URL once, and what could not be taken. Raises ConfigError for what is no OPML at all.

    Works on the tags themselves and not on an XML tree: a third of the files that people have is not well-formed.
    """
    if len(raw) > MOST:
        raise ConfigError([Problem(name, 0, f"has over {MOST:,} bytes; split it")])
    text = _decoded(raw)
    if _DANGEROUS.search(text) and "<!ENTITY" in text.upper():
        raise ConfigError([Problem(name, 0, "defines entities of its own, which is refused")])
    reading = _Reading(text, name)
    reading.run()
    if not reading.found and not reading.problems and not re.search(r"<(?:opml|outline|body)\b", text, re.IGNORECASE):
        raise ConfigError([Problem(name, 0, "is no OPML: it has no outlines")])
    return list(reading.found.values()), reading.problems


def _decoded(raw: bytes) -> str:
    for encoding in (
        "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig",
        _declared(raw),
        "windows-1252",
    ):
        try:
            return raw.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return raw.decode("utf-8", "replace")


def _declared(raw: bytes) -> str:
    match = re.search(rb"encoding\s*=\s*[\"']([\w.-]{1,40})", raw[:200])
    return match[1].decode("ascii") if match else "utf-8"


class _Reading:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.found: dict[str, Outline] = {}
        self.problems: list[Problem] = []
        self.folders: list[str | None] = []

    def run(self) -> None:
        position = 0
        for match in _TOKEN.finditer(self.text):
            self.skipped(position, match.start())
            position = match.end()
            closing, attributes, empty = match.groups()
            if attributes is None:
                continue  # a comment
            if closing:
                if self.folders:
                    self.folders.pop()
                continue
            given = attributes_of(attributes.removesuffix("/"))
            url = self.outline(given, match.start())
            if not empty and not attributes.rstrip().endswith("/"):
                self.folders.append(None if url else given.get("text") or given.get("title"))
        self.skipped(position, len(self.text))

    def skipped(self, start: int, end: int) -> None:
        """Between two tags: an outline there is too broken to be read whole, but its address may be seen."""
        for match in re.finditer(r"<outline\b", self.text[start:end], re.IGNORECASE):
            begin = start + match.start()
            given = attributes_of(self.text[begin : min(end, begin + 4000)])
            self.outline(given, begin)

    def outline(self, given: dict[str, str], offset: int) -> bool:
        """Take one outline; True when it names a feed."""
        url = given.get("xmlurl", "").strip() or (
            given.get("url", "").strip() if given.get("type", "").lower() in ("rss", "atom") else ""
        )
        if not url:
            return False
        line = self.text.count("\n", 0, offset) + 1
        try:
            url = values.url(_http(url))
        except values.Bad as bad:
            self.problems.append(Problem(self.name, line, f"an outline was left out: its xmlUrl {bad}"))
            return True
        if url in self.found:
            self.problems.append(Problem(self.name, line, f"{url} stands in this file already"))
            return True
        self.found[url] = self._made(url, given)
        return True

    def _made(self, url: str, given: dict[str, str]) -> Outline:
        tags = [folder for folder in self.folders if folder]
        tags += [part for group in given.get("category", "").split(",") for part in group.split("/")]
        cleaned = dict.fromkeys(" ".join(tag.split()) for tag in tags)
        title = " ".join((given.get("title") or given.get("text") or "").split())
        name = _id(given)
        return Outline(
            url, name, title if title and title != name else None, tuple(tag for tag in cleaned if tag), _more(given)
        )


def _http(url: str) -> str:
    """feed: addresses are http ones."""
    return re.sub(
        r"^feed:(?://)?(?=https?:)", "", re.sub(r"^feed://", "http://", url, flags=re.IGNORECASE), flags=re.IGNORECASE
    )


def attributes_of(text: str) -> dict[str, str]:
    """The attributes of a tag, names in lower case, entities resolved; the first of several counts."""
    out: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        out.setdefault(name.lower(), unescape(double or single or bare))
    return out


def _id(given: dict[str, str]) -> str | None:
    try:
        return values.identifier(given["agg:id"]) if "agg:id" in given else None
    except values.Bad:
        return None


def _more(given: dict[str, str]) -> tuple[tuple[str, object], ...]:
    """Settings of ours that an export carried."""
    out: list[tuple[str, object]] = []
    if "agg:interval" in given:
        out.append(("interval", given["agg:interval"]))
    if given.get("agg:enabled") == "false":
        out.append(("enabled", False))
    if "language" in given:
        out.append(("language", given["language"]))
    return tuple((key, value) for key, value in out if _good(key, value))


def _good(key: str, value: object) -> bool:
    checks = {"interval": values.duration, "enabled": values.flag, "language": values.language}
    try:
        checks[key](value)
    except values.Bad:
        return False
    return True


def write(title: str, sources: Sequence[Source]) -> bytes:
    """The sources as OPML 2.0, for an import into another planet: what read() takes back gives the same sources.

    Headers and `auth` are never written; credentials in a URL are, since this list is the user's own.
    """
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"agg": OURS})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for source in sources:
        name = source.title or source.id
        outline = etree.SubElement(
            body, "outline", {"type": "rss", "text": name, "xmlUrl": source.url, f"{{{OURS}}}id": source.id}
        )
        if source.title:
            outline.set("title", source.title)
        if source.tags:
            outline.set("category", ",".join(source.tags))
        if source.language:
            outline.set("language", source.language)
        if source.interval:
            outline.set(f"{{{OURS}}}interval", f"{source.interval.total_seconds():g}s")
        if not source.enabled:
            outline.set(f"{{{OURS}}}enabled", "false")
    if not sources:
        etree.SubElement(body, "outline", {"text": "no sources"})
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document

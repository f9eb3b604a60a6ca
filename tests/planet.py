"""A planet in a folder of its own, driven through the command line as a user would."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from aggregator.cli.main import run


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def rows(self) -> list[dict[str, Any]]:
        """The JSON Lines it printed."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]


@dataclass(frozen=True, slots=True)
class Planet:
    """The folder of a feeds.toml."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "feeds.toml"

    @property
    def output(self) -> Path:
        return self.folder / "public"

    def write(self, text: str) -> None:
        self.config.write_text(text, encoding="utf-8")

    def sources(self, address: str, names: Iterable[str], more: str = "", head: str = "") -> None:
        """A feeds.toml with these sources, each at /NAME of one host."""
        tables = "".join(f'[[source]]\nid = "{name}"\nurl = "http://{address}/{name}"\n' for name in names)
        self.write(f'{head}\n[fetch]\nper_host = 8\nallow_private = ["{address}"]\n{tables}{more}')

    def run(self, *arguments: str) -> Ran:
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--config", str(self.config), *arguments])
        sys.stdout.flush()
        return Ran(code, out.buffer.getvalue().decode(), err.getvalue())

    def fetch(self, *more: str) -> Ran:
        return self.run("fetch", "--force", "--json", *more)

    def export(self) -> list[dict[str, Any]]:
        return self.run("export").rows()

    def feed(self, channel: str = "") -> dict[str, Any]:
        """feed.json of a channel."""
        found: dict[str, Any] = json.loads((self.output / channel / "feed.json").read_text(encoding="utf-8"))
        return found


def item(n: int, **more: str | None) -> str:
    """An RSS item; a field given as None is left out."""
    fields: dict[str, str | None] = {
        "title": f"Story number {n} of the day",
        "link": f"https://news.example/{n}",
        "guid": f"https://news.example/{n}",
        "pubDate": f"Tue, {n % 27 + 1:02} Oct 2026 08:00:00 GMT",
        "description": f"<p>This is what story {n} says, and it says it at some length about subject {n}.</p>",
    }
    fields.update(more)
    return "<item>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in fields.items() if v is not None) + "</item>"


def rss(*items: str, title: str = "A source", link: str = "https://news.example/", more: str = "") -> bytes:
    """An RSS document."""
    head = f"<title>{escape(title)}</title><link>{link}</link><description>d</description>{more}"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def entry(n: int, **more: str | None) -> str:
    """An Atom entry."""
    fields: dict[str, str | None] = {
        "id": f"tag:atom.example,2026:{n}",
        "title": f"Entry {n} in Atom",
        "updated": f"2026-10-{n % 27 + 1:02}T10:00:00Z",
        "summary": f"What entry {n} says in a few words of its own.",
    }
    fields.update(more)
    inner = "".join(f"<{k}>{escape(v)}</{k}>" for k, v in fields.items() if v is not None)
    return f'<entry>{inner}<link rel="alternate" href="https://atom.example/{n}"/></entry>'


def atom(*entries: str, title: str = "An Atom source") -> bytes:
    """An Atom document."""
    head = f"<id>tag:atom.example,2026:feed</id><title>{escape(title)}</title><updated>2026-11-01T00:00:00Z</updated>"
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{head}{"".join(entries)}</feed>'.encode()

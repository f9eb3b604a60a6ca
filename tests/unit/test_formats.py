"""What holds for every format: hostile words stay words, the same edition gives the same bytes, a new file is a format."""

from __future__ import annotations

import html
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator import version
from aggregator.config import formats as config_formats
from aggregator.editorial.normalise import one_line
from aggregator.model import Channel, Edition, Enclosure, Origin, Person, Tombstone
from aggregator.publish.formats import atom, catalog, jsonfeed, page, rss
from tests.records import NOON, edition, facts, story, telling

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "]]></title><x>",
    "&amp;amp; &lt;b&gt; AT&T 1 < 2 > 0",
    "\"' onmouseover=alert(1) x='",
    "{{ 7 * 7 }} {% raw %} ${x}",
    "\u202eevil\u202c and \u2066more\u2069",
    "שלום <b>עולם</b>",
    "👨‍👩‍👧‍👦🇩🇪é👍🏽",
    "long " * 4000,
    "-->",
    "one\u2028two\u2029three\u00a0four",
)


def hostile(text: str) -> Edition:
    """These words wherever words of others can stand."""
    source = facts(title=text, rights=text, authors=(Person(text),), tags=(text,), language="en")
    told = story(1, source, [telling(2, facts("paper", title=text), title=text)], title=text, teaser=text,
                 authors=(Person(text),), tags=(text,), rights=text)  # fmt: skip
    return edition([told], channel=Channel("all", text, text), sources=(source,), read_more=text)


def atom_title(document: bytes) -> str | None:
    return etree.fromstring(document).findtext(f"{ATOM}entry/{ATOM}title")


def rss_title(document: bytes) -> str | None:
    return etree.fromstring(document).findtext("channel/item/title")


def json_title(document: bytes) -> str | None:
    title: str = json.loads(document)["items"][0]["title"]
    return title


def page_title(document: bytes) -> str | None:
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(document.decode())
    assert {one.get("src") for one in tree.iter("script")} == {"page.js"}
    return "".join(tree.find(".//h3/a").itertext())


READERS: dict[str, Callable[[bytes], str | None]] = {
    "atom": atom_title,
    "rss": rss_title,
    "json": json_title,
    "html": page_title,
}


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("key", list(READERS))
def test_hostile_words_stay_words(key: str, words: str) -> None:
    cleaned = one_line(words)
    [one] = [one for one in catalog.formats() if key == one.KEY]

    assert READERS[key](one.render(hostile(cleaned))) == cleaned


@pytest.mark.parametrize("words", HOSTILE)
def test_teaser_is_inert_html(words: str) -> None:
    cleaned = one_line(words)
    [item] = json.loads(jsonfeed.render(hostile(cleaned)))["items"]
    tree = html5lib.parseFragment(item["content_html"], namespaceHTMLElements=False)

    assert [(one.tag, "".join(one.itertext())) for one in tree] == [("p", cleaned), ("p", cleaned)]
    assert {one.tag for one in tree.iter()} == {"DOCUMENT_FRAGMENT", "p", "a"}
    assert item["summary"] == cleaned


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_cleaned_text_comes_back_from_xml(words: str) -> None:
    title = one_line(words) or "x"
    made = edition([story(1, title=title, teaser=title)])

    assert atom_title(atom.render(made)) == title
    assert rss_title(rss.render(made)) == title
    summary = etree.fromstring(atom.render(made)).findtext(f"{ATOM}entry/{ATOM}summary") or ""
    assert html.unescape(summary.partition(">")[2].partition("</p>")[0]) == title


@pytest.mark.parametrize("one", catalog.formats(), ids=lambda one: str(one.KEY))
def test_same_edition_gives_the_same_bytes(one: catalog.Format) -> None:
    made = hostile("some words")

    assert one.render(made) == one.render(hostile("some words"))


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "tongue"), [("Pacific/Kiritimati", "C.UTF-8"), ("America/St_Johns", "tr_TR.UTF-8")])
def test_bytes_do_not_depend_on_place_or_hash_seed(zone: str, tongue: str) -> None:
    code = (
        "import hashlib, locale, contextlib\n"
        "with contextlib.suppress(locale.Error): locale.setlocale(locale.LC_ALL, '')\n"
        "from aggregator.publish.formats import catalog\n"
        "from tests.unit.test_formats import hostile\n"
        "print([hashlib.sha256(one.render(hostile('Iıİi <x>'))).hexdigest() for one in catalog.formats()])\n"
    )
    environment = {"TZ": zone, "LC_ALL": tongue, "PYTHONHASHSEED": "7", "PYTHONUTF8": "1"}
    told = [
        subprocess.run(
            [sys.executable, "-c", code], env=env, check=True, capture_output=True, cwd=Path(__file__).parents[2]
        ).stdout
        for env in (environment, {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONUTF8": "1"})
    ]

    assert told[0] == told[1]
    assert told[0].startswith(b"['")


def test_formats_are_found_by_their_files_and_ordered_by_merit() -> None:
    assert [one.KEY for one in catalog.formats()] == ["atom", "rss", "json", "html"]
    assert [one.NAME for one in catalog.offered(edition(channel=Channel("a", "A", formats=("html", "rss"))))] == [
        "feed.rss",
        page.NAME,
    ]


def test_format_needs_no_more_than_its_file(tmp_path: Path) -> None:
    (tmp_path / "gemini.py").write_text(
        'KEY, NAME, TYPE, LABEL, RANK = "gemini", "feed.gmi", "text/gemini", "Gemini", 40\n'
    )
    (tmp_path / "words.py").write_text("WORDS = 1\n")

    assert config_formats.names(tmp_path) == ("gemini",)
    assert set(config_formats.names()) == {one.KEY for one in catalog.formats()}


def test_version_of_the_program_stands_in_one_place_alone() -> None:
    made = edition([story(1), story(2)])
    count = {one.KEY: one.render(made).count(version().encode()) for one in catalog.formats()}

    assert count == {"atom": 1, "rss": 0, "json": 0, "html": 0}


def test_atom_is_valid_by_the_grammar_of_its_rfc(shared: Path) -> None:
    place = shared / "corpus/schema/atomcheck.py"
    spec = importlib.util.spec_from_file_location("atomcheck", place)
    assert spec is not None
    assert spec.loader is not None
    checker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checker)
    origin = Origin("Elsewhere", "tag:else.example,2026:f", "https://else.example/f", updated=NOON)
    full = story(3, content_html="<p>All.</p>", enclosures=(Enclosure("https://b.example/a", "audio/mpeg", 5),))
    stories = [story(1, also=[telling(2)]), full, story(4, teaser="", language=None), story(5, origin=origin)]
    stones = (Tombstone("tag:blog.example,2026:9", NOON),)
    documents = [
        edition(),
        edition(stories, tombstones=stones),
        edition(stories, archive=2, prev_archive=1),
        hostile("x"),
    ]

    assert [checker.check(atom.render(made)) for made in documents] == [[], [], [], []]

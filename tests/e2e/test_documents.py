"""Documents that are meant to hurt, or that are labelled wrongly, and sources whose entries change all they are known by."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.origin import Origin, Reply
from tests.planet import Planet, atom, item, rss
from tests.wire import ok, wire

ROOT = Path(__file__).parent.parent.parent
FEED = rss(*(item(n) for n in range(3))).decode()
BODY = FEED.partition("?>")[2]
FIRST = "Story number 0 of the day"
ANY = "ok ok-partial error:parse error:encoding error:not_feed"
FINE = "ok ok-partial"
NOTHING = "error:not_feed error:parse"


def doctype(entities: str, title: str = "&e;") -> str:
    return f'<?xml version="1.0"?><!DOCTYPE rss [{entities}]>' + BODY.replace(FIRST, title)


def before(inside: str) -> str:
    return FEED.replace("<channel>", f"<channel>{inside}", 1)


LOLS = '<!ENTITY a "lol">' + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
NAMES = " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(20_000))
HURTFUL: dict[str, tuple[str | bytes, str]] = {
    "entities in an attribute": (doctype(LOLS).replace("<rss ", '<rss a="&j;" '), ANY),
    "entities in UTF-16": (doctype(LOLS, "&j;").replace('"1.0"', '"1.0" encoding="utf-16"', 1).encode("utf-16"), ANY),
    "entities of each other": (doctype('<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;"), ANY),
    "parameter entities": (doctype("<!ENTITY % a \"<!ENTITY b 'x'>\">%a;" + "%a;" * 1000, "&b;"), ANY),
    "a public entity": (doctype('<!ENTITY e PUBLIC "-//x//y" "http://127.0.0.1:9/x">'), ANY),
    "xinclude": (before('<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'), FINE),
    "a doctype of megabytes": (f'<?xml version="1.0"?><!DOCTYPE rss [{"<!-- x -->" * 300_000}]>{BODY}', ANY),
    "many namespaces": (FEED.replace("<rss ", f"<rss {NAMES} "), ANY),
    "one attribute again and again": (FEED.replace("<rss ", "<rss " + 'a="1" ' * 100_000), ANY),
    "deep in an item": (FEED.replace("<description>", "<description>" + "<b>" * 5000 + "</b>" * 5000, 1), ANY),
    "deep and not closed": (FEED.replace("</channel></rss>", "<a>" * 100_000), ANY),
    "instructions": (before("<?a b?>" * 100_000), ANY),
    "comments": (before("<!-- -->" * 100_000), ANY),
    "empty sections": (FEED.replace(FIRST, "<![CDATA[]]>" * 100_000 + FIRST), ANY),
    "nothing but <": ("<" * 500_000, NOTHING),
    "nothing but &": (FEED.replace(FIRST, "&" * 300_000), ANY),
    "a long number": (FEED.replace(FIRST, f"&#{'9' * 100_000};"), ANY),
    "an open comment": (before("<!-- "), ANY),
    "deep JSON": ("[" * 100_000, NOTHING),
    "deep items of JSON": ('{"version":"https://jsonfeed.org/version/1.1","title":"t","items":' + "[" * 50_000, ANY),
    "a long number in JSON": ('{"version":"https://jsonfeed.org/version/1.1","items":[{"id":' + "9" * 5000 + "}]}", ANY),
    "a long charset": (FEED.replace("utf-8", "u" * 100_000, 1), ANY),
    "a path for a charset": (FEED.replace("utf-8", "../../etc/passwd", 1), ANY),
    "XML 1.1": (FEED.replace('"1.0"', '"1.1"', 1), FINE),
    "two marks": (f"\ufeff\ufeff{FEED}", FINE),
    "a page behind it": (FEED + "<!-- cached --><script>x</script>", FINE),
    "two feeds": (FEED + FEED, FINE),
    "no channel": ('<rss version="2.0">' + "".join(map(item, range(3))) + "</rss>", FINE),
    "not closed": (FEED.replace("</channel></rss>", ""), FINE),
}  # fmt: skip
CHARSETS = [  # of the bytes, in the declaration, in the header, a title
    ("utf-8", None, 'charset="utf-8"', "Zürich – „Größe“"),
    ("utf-8", None, "charset=iso-8859-1", "Zürich – „Größe“"),
    ("utf-8", "utf-16", "", "Zürich – „Größe“"),
    ("utf-8", "us-ascii", "", "Zürich – „Größe“"),
    ("cp1252", "iso-8859-1", "charset=utf-8", "Zürich – „Größe“"),
    ("cp1252", None, "", "Zürich – „Größe“"),
    ("utf-16-le", "utf-16", "", "Zürich – „Größe“"),
    ("utf-16-be", None, "charset=utf-16be", "Zürich – „Größe“"),
    ("utf-16", None, "charset=iso-8859-1", "Zürich – „Größe“"),
    ("iso2022_jp", "iso-2022-jp", "", "日本語の題名"),
    ("shift_jis", "x-sjis", "", "日本語の題名"),
    ("cp949", "ks_c_5601-1987", "", "한국어 제목"),
    ("big5", "big5", "", "繁體中文標題"),
    ("cp874", "windows-874", "", "ภาษาไทย"),
    ("mac_roman", "macintosh", "", "Zürich Größe"),
    ("iso8859-15", "latin-9", "", "Preis: 5 €"),
]


def fetched(planet: Planet) -> tuple[dict[str, dict[str, object]], str]:
    command = [sys.executable, "-m", "aggregator", "--config", str(planet.config), "fetch", "--force", "--json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    return {row["source"]: row for row in rows if "source" in row}, ran.stderr


@pytest.mark.slow
def test_no_document_costs_more_than_its_own_poll(planet: Planet) -> None:
    bodies = [body if isinstance(body, bytes) else body.encode() for body, _ in HURTFUL.values()]
    with wire({f"/s{n}": ok(body, "Content-Type: text/xml") for n, body in enumerate(bodies)}) as server:
        planet.sources(server.address, [f"s{n}" for n in range(len(bodies))])

        rows, logged = fetched(planet)

    assert "Traceback" not in logged
    for n, (name, (_, allowed)) in enumerate(HURTFUL.items()):
        row = rows[f"s{n}"]
        assert row["outcome"] in allowed.split(), (name, row)
        assert row["outcome"] not in FINE.split() or allowed != FINE or row["new"] == 3, (name, row)
        assert float(str(row["seconds"])) < 15, (name, row)
    assert "root:" not in planet.run("export").out


def test_a_title_is_read_whatever_its_charset_is_called(planet: Planet) -> None:
    answers = {}
    for n, (codec, declared, header, title) in enumerate(CHARSETS):
        declaration = f'<?xml version="1.0"{f" encoding={declared!r}" if declared else ""}?>'
        document = (declaration + BODY.replace(FIRST, title)).encode(codec)
        answers[f"/s{n}"] = ok(document, f"Content-Type: text/xml; {header}")
    with wire(answers) as server:
        planet.sources(server.address, [path[1:] for path in answers])

        planet.fetch("--no-build")

    titles = {(row["source"], row["title"]) for row in planet.export()}
    assert {(f"s{n}", case[3]) for n, case in enumerate(CHARSETS)} <= titles


# ---------------------------------------------------------------- churn

SUBJECTS = [
    "harbour crane lifted",
    "violin maker retires",
    "granite quarry reopens",
    "meadow in bloom",
    "lantern feast",
]
SITE = "https://news.example"
Change = Callable[[int], dict[str, str | None]]  # what an entry has otherwise


def told(n: int, **more: str | None) -> str:
    text = f"<p>The {SUBJECTS[n]}, and all of town {n} saw it, with much talk of {SUBJECTS[n][::-1]}.</p>"
    return item(n, **{"title": f"{SUBJECTS[n]} in town {n}", "description": text, **more})


def document(change: Change = lambda _: {}, start: int = 0) -> bytes:
    return rss(*(told(n, **change(n)) for n in range(start, 5)))


def both(address: str) -> Change:
    return lambda n: {"guid": address.format(n), "link": address.format(n)}


def session(key: str) -> Change:
    return lambda n: {"guid": f"g{n}", "link": f"{SITE}/{n};jsessionid={key}"}


def nameless(key: str) -> Change:
    return lambda n: {"guid": f"{key}-{n}", "link": None}


def in_atom(n: int) -> str:
    title, text = f"{SUBJECTS[n]} in town {n}", f"The {SUBJECTS[n]}, and all of town {n} saw it, with much talk."
    return (
        f"<entry><id>tag:news.example,2026:{n}</id><title>{title}</title><updated>2026-10-{n + 1:02}T08:00:00Z</updated>"
        f'<summary>{text}</summary><link href="{SITE}/{n}"/></entry>'
    )


CHURN: dict[str, list[bytes]] = {
    "ids in another case": [document(lambda n: {"guid": f"Post/{n}"}), document(lambda n: {"guid": f"post/{n}"})],
    "https": [document(both("http://news.example/{}")), document()],
    "a slash at the end": [document(), document(both(SITE + "/{}/"))],
    "www": [document(), document(both("https://www.news.example/{}"))],
    "campaigns in ids": [document(both(f"{SITE}/{{}}?utm_source={n}")) for n in range(3)],
    "another domain": [document(), document(both("https://new.example/blog/{}-slug"))],
    "ids at last": [document(lambda _: {"guid": None}), document(lambda n: {"guid": f"id-{n}"})],
    "ids no more": [document(lambda n: {"guid": f"id-{n}"}), document(lambda _: {"guid": None})],
    "dates at last": [document(lambda _: {"pubDate": None}), document()],
    "gone and back": [document(), document(start=2), rss(), document()],
    "sessions in links": [document(session(k)) for k in "abc"],
    "ids at random, no links": [document(nameless(k)) for k in "abc"],
    "another format": [document(), atom(*map(in_atom, range(5)))],
    "another spelling": [document(both(SITE + "/a%20b/{}")), document(both(SITE + "/a b/{}"))],
}  # fmt: skip


@pytest.mark.parametrize("name", CHURN)
def test_what_a_source_calls_its_entries_otherwise_is_shown_once(origin: Origin, planet: Planet, name: str) -> None:
    planet.sources(origin.address, ["a"])
    shown = []

    for version in CHURN[name]:
        origin.documents["/a"] = Reply(version, headers={"Content-Type": "application/xml"})
        planet.fetch()
        shown.append([row["title"] for row in planet.feed()["items"]])

    assert all(sorted(titles) == sorted(f"{SUBJECTS[n]} in town {n}" for n in range(5)) for titles in shown)
    assert len({tuple(titles) for titles in shown}) == 1

"""The pages as a person finds them: by mouse, by keyboard, on a phone, in the dark, without scripts.

AGGREGATOR_AXE: the axe.min.js of a newer axe-core than the one of the development environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.origin import origin as origin_of
from tests.planet import Planet, item, rss
from tests.site import Site, free_port, ours
from tests.webdriver import CHROMIUM, DRIVER, Browser, browser

HEBREW = "הספינה הראשונה יצאה לדרך"
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle" * 2
PAGES = ("/", "/arctic/", "/empty/", "/arctic/editions/", "/arctic/editions/2026-10.html", "/status.html")
FEEDS = ("/feed.atom", "/arctic/feed.rss", "/sources.opml", "/status.atom", "/arctic/editions.atom")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="Debian's chromium-driver is not here"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Our server over a planet of two sources, one of which fails, three channels and a digest."""
    planet, port = Planet(tmp_path_factory.mktemp("planet")), free_port()
    head = f'[aggregator]\ntitle = "The planet"\nlisten = "127.0.0.1:{port}"\nbase_url = "http://127.0.0.1:{port}/"\n'
    channels = (
        '[[channel]]\nid = "arctic"\ntitle = "The Arctic"\ndescription = "What floats"\nedition = "monthly"\n'
        '[[channel]]\nid = "empty"\ntitle = "Nothing"\nmatch = "zzz"\n'
    )
    odd = [item(20, title=HEBREW), item(21, title=LONG), item(22, title=None), item(23, title="x" * 300)]
    with origin_of() as origin:
        origin.documents["/a"] = rss(*(item(n) for n in range(18)), *odd, title="Paper A")
        planet.sources(origin.address, ["a", "b"], channels, head=head)
        planet.fetch()
    made = ours(planet, port)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as made:
        yield made


@pytest.fixture
def visit(site: Site, window: Browser) -> Iterator[Any]:
    """Opens one of our pages in a window as it usually is."""

    def visited(path: str, width: int = 1280, *, scripts: bool = True, dark: bool = False) -> Browser:
        window.width(width)
        window.dark(dark)
        window.tool("Emulation.setScriptExecutionDisabled", value=not scripts)
        window.open(f"http://127.0.0.1:{site.port}{path}")
        return window

    window.open("about:blank")
    window.complaints(), window.asked()
    yield visited
    window.tool("Emulation.setScriptExecutionDisabled", value=False)


def judged(window: Browser) -> Any:
    """What axe-core says of the page."""
    newer = os.environ.get("AGGREGATOR_AXE")
    axe = Path(newer) if newer else files("axe_core_python") / "axe.min.js"
    return window.find(f"{axe.read_text()}; return axe.run(document)")


@pytest.mark.parametrize("path", [*PAGES, *FEEDS])
def test_no_complaint_and_no_request_to_another_origin(visit: Any, site: Site, path: str) -> None:
    page = visit(path)

    asked = page.asked()
    assert page.complaints() == []
    assert f"http://127.0.0.1:{site.port}{path}" in asked
    assert [url for url in asked if not url.startswith((f"http://127.0.0.1:{site.port}/", "about:", "data:"))] == []


def test_request_to_another_origin_would_be_seen(visit: Any, site: Site) -> None:
    page = (site.planet.output / "index.html").read_text()
    foreign = page.replace("<main", '<img src="http://127.0.0.1:9/x.png"><main')
    (site.planet.output / "foreign.html").write_text(foreign)

    window = visit("/foreign.html")

    assert "Content Security Policy" in window.complaints()[0]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_violation(visit: Any, path: str, width: int, dark: bool) -> None:
    window = visit(path, width, dark=dark)
    found = judged(window)

    assert {one["id"]: [node["html"] for node in one["nodes"]] for one in found["violations"]} == {}
    assert len(found["passes"]) > 10


def test_axe_would_find_a_violation(visit: Any) -> None:
    window = visit("/")
    window.find("document.querySelector('.address label').remove()")

    assert [one["id"] for one in judged(window)["violations"]] == ["label"]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", [*PAGES, *FEEDS])
def test_nothing_has_to_be_scrolled_sideways(visit: Any, path: str, width: int) -> None:
    window = visit(path, width)
    page = window.find("const page = document.documentElement; return [page.scrollWidth, page.clientWidth, innerWidth]")

    assert page[0] <= page[1]
    assert page[2] == width or path in FEEDS  # XML cannot say that it is made for a phone, too


def test_without_scripts_all_is_there_and_nothing_is_dead(visit: Any) -> None:
    window = visit("/", scripts=False)
    window.find("document.querySelector('.box details').open = false")
    window.click(".box details summary")

    assert (window.shown(".story"), window.shown("#filter"), window.shown("button")) == (22, 0, 0)
    assert (window.shown("#feed-address"), window.shown(".box details p")) == (1, 1)
    assert window.shown(".formats a") == 5


def test_filter_shows_what_has_the_words_and_escape_shows_all_again(visit: Any) -> None:
    window = visit("/")
    window.click("#filter")
    window.press(*"Number 7")
    few, said = window.shown(".story"), window.find("return document.querySelector('[data-count]').textContent")
    days = window.shown("h2.date")
    window.press("Escape")

    assert (few, said) == (2, "2 of 22 stories")  # 7 and 17
    assert days == 2
    assert window.shown(".story") == 22


def test_subscribe_leads_to_an_address_that_one_click_copies(visit: Any, site: Site) -> None:
    address = f"http://127.0.0.1:{site.port}/arctic/feed.atom"
    window = visit("/arctic/", 390)
    window.tool("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    window.find("return navigator.clipboard.writeText('nothing')")
    window.click(".jump a")
    inside = window.find("const at = document.getElementById('subscribe').getBoundingClientRect(); return at.top")
    window.find(
        """const button = document.querySelector('[data-copy]');
        window.said = new Promise((done) => new MutationObserver(() => done(button.textContent))
                                            .observe(button, {childList: true}))"""
    )
    window.click("[data-copy]")
    label = window.find("return window.said")  # the clipboard answers when it likes
    copied = window.find("return navigator.clipboard.readText()")

    assert 0 <= inside < 900
    assert label == "Copied"
    assert copied == address
    assert b"<feed" in site.ask("/arctic/feed.atom").body


def test_keyboard_skips_to_the_stories_and_reads_them_in_order(visit: Any) -> None:
    window = visit("/")
    focus = "const at = document.activeElement; return [at.className, at.id, at.textContent.trim().slice(0, 30)]"
    window.press("Tab")
    skip = window.find(focus)
    seen = window.find("return document.activeElement.getBoundingClientRect().left >= 0")
    window.press("Enter")
    main = window.find(focus)[1]
    window.press("Tab")
    first = window.find(focus)[1]
    window.press("Tab")
    title, ring = window.find(focus), window.find("return getComputedStyle(document.activeElement).outlineStyle")

    assert (skip[0], seen) == ("skip", True)
    assert (main, first) == ("stories", "filter")
    assert title[0] == "u-url"
    assert ring == "solid"


def test_keyboard_comes_to_every_link_once(visit: Any) -> None:
    window = visit("/", 390)
    many = window.find(
        "return [...document.querySelectorAll('a, button, input, summary')].filter(e => e.checkVisibility()).length"
    )
    window.find("window.met = new Set(); addEventListener('focusin', (event) => window.met.add(event.target))")
    window.press(*["Tab"] * many)

    assert window.find("return window.met.size") == many > 50


@pytest.mark.parametrize("path", ["/", "/status.html", "/feed.atom"])
def test_dark_is_dark(visit: Any, path: str) -> None:
    look = (
        "return getComputedStyle(document.body ?? document.documentElement).backgroundColor.match(/\\d+/g).map(Number)"
    )
    light, dark = visit(path).find(look), visit(path, dark=True).find(look)

    assert min(light[:3]) > 230
    assert max(dark[:3]) < 40


@pytest.mark.parametrize("path", FEEDS)
def test_feed_is_as_large_on_a_phone_as_a_page(visit: Any, path: str) -> None:
    window = visit(path, 390)
    size = window.find("return parseFloat(getComputedStyle(document.documentElement).fontSize)")
    wide = window.find("return document.documentElement.clientWidth")

    assert size * 390 / wide > 14


@pytest.mark.parametrize("path", ["/feed.atom", "/arctic/feed.rss"])
def test_feed_in_the_address_bar_is_a_page_that_explains_itself(visit: Any, path: str) -> None:
    window = visit(path)
    text = window.find(
        """const of = (one) => one.localName === 'title' && getComputedStyle(one).display === 'block';
        return [getComputedStyle(document.documentElement, '::before').content,
                [...document.querySelectorAll('*')].filter(of).length]"""
    )

    assert text[0].startswith('"This is a feed.')
    assert text[1] == 23  # its own and one a story

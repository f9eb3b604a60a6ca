"""The pages in a real browser."""

from __future__ import annotations

import functools
import html
import http.server
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator.model import Channel
from aggregator.publish.formats import atom, page
from aggregator.publish.formats import rss as rss_format
from tests.origin import origin as origin_of
from tests.planet import Planet, item, rss
from tests.records import edition, facts, story, telling
from tests.site import Site, free_port, ours

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ASSETS = Path(page.__file__).parent.parent / "assets"
STORIES = [
    story(1, title="A convoy leaves Murmansk", also=[telling(9, facts("paper"))]),
    story(2, title="Crème brûlée on ice", teaser="A recipe."),
    story(3, language="he", title="הספינה הראשונה", teaser="יצאה לדרך."),
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not here"),
]

Look = Callable[..., Any]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served, with the assets in it."""
    for asset in ASSETS.iterdir():
        shutil.copy(asset, tmp_path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def look(site: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Look:
    """What a script finds on a page, once it is loaded."""
    folder, address = site

    def looked(document: bytes, script: str = "null", *flags: str, name: str = "index.html") -> Any:
        probe = f'<pre id="found"></pre><script>addEventListener("load", async () => {{ found.textContent = JSON.stringify(await (async () => {{ {script} }})()) }})</script>'
        (folder / name).write_bytes(document.replace(b"</body>", probe.encode() + b"</body>"))
        profile = tmp_path_factory.mktemp("chromium")
        usual = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom")
        command = [str(CHROMIUM), *usual, f"--user-data-dir={profile}", *flags, address + name]
        shown = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()
        match = re.search(r'<pre id="found">(.+?)</pre>', shown, re.DOTALL)
        return json.loads(html.unescape(match[1])) if match else shown

    return looked


def test_filter_shows_what_has_the_words_whatever_their_accents(look: Look) -> None:
    script = """
        const field = document.getElementById("filter");
        const all = field.closest("[data-tools]").hidden;
        field.value = "BRULEE recipe";
        field.dispatchEvent(new Event("input"));
        const shown = [...document.querySelectorAll(".story:not([hidden]) h3")].map((one) => one.textContent);
        const said = document.querySelector("[data-count]").textContent;
        field.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}));
        return [all, shown, said, document.querySelectorAll(".story[hidden]").length];
    """

    assert look(page.render(edition(STORIES)), script) == [False, ["Crème brûlée on ice"], "1 of 3 stories", 0]


def test_filter_that_finds_nothing_says_so(look: Look) -> None:
    script = """
        const field = document.getElementById("filter");
        field.value = "zebra";
        field.dispatchEvent(new Event("input"));
        return [document.querySelector("[data-nothing]").hidden, document.querySelectorAll(".day:not([hidden])").length];
    """

    assert look(page.render(edition(STORIES)), script) == [False, 0]


def test_without_our_script_everything_is_readable_and_no_dead_control_shows(
    site: tuple[Path, str], look: Look
) -> None:
    (site[0] / "page.js").unlink()
    script = """
        const shown = (kind) => [...document.querySelectorAll(kind)].filter((one) => one.checkVisibility()).length;
        return [shown(".story"), shown("#filter"), shown("button"), shown("#feed-address")];
    """

    assert look(page.render(edition(STORIES)), script) == [3, 0, 0, 1]


@pytest.mark.parametrize("width", [360, 700, 1280])
def test_nothing_is_wider_than_the_window(look: Look, width: int) -> None:
    long = story(4, title="Donaudampfschifffahrtsgesellschaftskapitän" * 4, teaser="x" * 300)
    script = "return [document.documentElement.scrollWidth <= innerWidth, getComputedStyle(document.body).margin];"

    assert look(page.render(edition([*STORIES, long])), script, f"--window-size={width},900") == [True, "0px"]


def test_a_long_word_in_the_list_of_sources_widens_no_box(look: Look) -> None:
    script = """
        const aside = document.querySelector("aside");
        return [aside.scrollWidth <= aside.clientWidth, document.querySelectorAll(".sources li").length];
    """
    sources = (facts("jane", title="Documents - jane.roe.of.the.long.address@mail.example"),)

    assert look(page.render(edition(STORIES, sources=sources)), script, "--window-size=1280,900") == [True, 1]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Our server, with all of its headers, over a small planet."""
    planet, port = Planet(tmp_path_factory.mktemp("planet")), free_port()
    head = f'[aggregator]\nlisten = "127.0.0.1:{port}"\nbase_url = "http://127.0.0.1:{port}/"\n'
    with origin_of() as origin:
        origin.documents["/a"] = rss(*(item(n) for n in range(9)), title="Paper A")
        planet.sources(
            origin.address, ["a"], '[[channel]]\nid = "arctic"\ntitle = "Arctic"\nmatch = "zzz"\n', head=head
        )
        planet.fetch()
    made = ours(planet, port)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def browse(served: Site, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[str, list[str]]]:
    """The tree that a browser makes of an address, and what it complains of."""

    def browsed(path: str, *flags: str) -> tuple[str, list[str]]:
        profile = tmp_path_factory.mktemp("chromium")
        usual = ("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--enable-logging=stderr")
        address = f"http://127.0.0.1:{served.port}{path}"
        command = [str(CHROMIUM), *usual, f"--user-data-dir={profile}", *flags, address]
        shown = subprocess.run(command, check=True, capture_output=True, timeout=60)
        return shown.stdout.decode(), [line for line in shown.stderr.decode().splitlines() if "CONSOLE" in line]

    return browsed


@pytest.mark.parametrize(
    ("path", "root"), [("/feed.atom", "<feed "), ("/arctic/feed.rss", "<rss "), ("/sources.opml", "<opml ")]
)
def test_browser_shows_a_feed_as_styled_xml_not_as_source(
    browse: Callable[..., tuple[str, list[str]]], path: str, root: str
) -> None:
    shown = browse(path)[0]

    assert root in shown
    assert "<pre" not in shown
    assert "xml-viewer" not in shown


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_raw_feed_names_its_page_once_and_the_source_of_each_story(
    site: tuple[Path, str], look: Look, kind: str
) -> None:
    folder, address = site
    made = replace(edition(STORIES, channel=Channel("all", "Planet", "What it is about")), base_url=address)
    (folder / "feed.xml").write_bytes({"atom": atom, "rss": rss_format}[kind].render(made))
    script = """
        const frame = document.createElement("iframe");
        frame.src = "feed.xml";
        document.body.append(frame);
        await new Promise((done) => frame.addEventListener("load", done));
        await new Promise((done) => setTimeout(done, 300));
        const style = (one, pseudo) => frame.contentWindow.getComputedStyle(one, pseudo);
        const all = [...frame.contentDocument.querySelectorAll("*")];
        const shown = all.filter((one) => style(one).display !== "none" && one.getClientRects().length);
        const pages = shown.filter((one) => style(one, "::before").content.startsWith('"The same as a page'));
        const sources = shown.filter((one) => one.localName === "source").map((one) => one.textContent.trim());
        const wide = frame.contentDocument.documentElement.scrollWidth <= frame.clientWidth;
        return [pages.length, sources.length, wide];
    """

    assert look(page.render(edition()), script) == [1, len(STORIES), True]


def test_raw_feed_is_styled_and_explained(site: tuple[Path, str], look: Look) -> None:
    folder, address = site
    (folder / "feed.xml").write_bytes(atom.render(replace(edition(STORIES), base_url=address)))
    script = """
        const frame = document.createElement("iframe");
        frame.src = "feed.xml";
        document.body.append(frame);
        await new Promise((done) => frame.addEventListener("load", done));
        await new Promise((done) => setTimeout(done, 300));
        const root = frame.contentDocument.documentElement;
        const style = (one, pseudo) => frame.contentWindow.getComputedStyle(one, pseudo);
        const title = root.getElementsByTagName("title")[0];
        const id = root.getElementsByTagName("id")[0];
        return [style(root, "::before").content, style(title).display, style(id).display];
    """

    notice, title, identifier = look(page.render(edition()), script)
    assert notice.startswith('"This is a feed.')
    assert (title, identifier) == ("block", "none")

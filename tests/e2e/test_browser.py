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

from aggregator.publish.formats import atom, page
from tests.records import edition, facts, story, telling

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


def test_dark_mode_is_dark(look: Look) -> None:
    script = "return getComputedStyle(document.body).backgroundColor;"
    document = page.render(edition(STORIES))

    light, dark = look(document, script), look(document, script, "--blink-settings=preferredColorScheme=0")
    assert light == "rgb(251, 250, 247)"
    assert dark == "rgb(22, 21, 19)"


def test_keyboard_reaches_stories_first(look: Look) -> None:
    script = """
        const order = [...document.querySelectorAll("a, button, input, summary")].filter((one) => one.checkVisibility());
        document.querySelector(".skip").focus();
        const box = document.querySelector(".skip").getBoundingClientRect();
        return [order[0].className, box.left >= 0, order.every((one) => one.tabIndex === 0)];
    """

    assert look(page.render(edition(STORIES)), script) == ["skip", True, True]


def test_nothing_is_asked_of_another_origin(look: Look) -> None:
    script = """
        const names = performance.getEntriesByType("resource").map((one) => one.name);
        return [names.length > 0, names.every((name) => name.startsWith(location.origin))];
    """

    assert look(page.render(edition(STORIES)), script) == [True, True]


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

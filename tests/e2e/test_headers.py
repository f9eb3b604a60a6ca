"""What the outputs carry over HTTP (checklist F1 to F16): one table, for our server and for nginx with our snippet."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Callable, Iterator
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin

import brotli
import pytest

import aggregator
from tests.origin import origin as origin_of
from tests.planet import Planet, item, rss
from tests.site import Site, free_port, ours

SNIPPET = Path(aggregator.__file__).parent / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
UNPACK: dict[str | None, Callable[[bytes], bytes]] = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}
TYPES = {
    "/": "text/html; charset=utf-8",
    "/arctic/": "text/html; charset=utf-8",
    "/status.html": "text/html; charset=utf-8",
    "/feed.atom": "application/atom+xml; charset=utf-8",
    "/status.atom": "application/atom+xml; charset=utf-8",
    "/arctic/feed.rss": "application/rss+xml; charset=utf-8",
    "/feed.json": "application/feed+json",
    "/arctic/feed.json": "application/feed+json",
    "/status.json": "application/json",
    "/sources.opml": "text/x-opml; charset=utf-8",
    "/style.css": "text/css; charset=utf-8",
    "/page.js": "text/javascript; charset=utf-8",
    "/icon.svg": "image/svg+xml",
    "/feed.atom.gz": "application/gzip",
    "/feed.atom.br": "application/octet-stream",
}
FEEDS = ("/feed.atom", "/feed.rss", "/sources.opml")


def built(planet: Planet, port: int) -> None:
    """Two channels, an archive, one channel that was taken out again, and one that is called otherwise now."""
    head = f'[aggregator]\nlisten = "127.0.0.1:{port}"\nbase_url = "http://127.0.0.1:{port}/"\n'
    arctic, old = '[[channel]]\nid = "arctic"\ntitle = "Arctic"\n', '[[channel]]\nid = "old"\ntitle = "Old"\n'
    sea = '[[channel]]\nid = "{}"\ntitle = "Sea"\nmatch = "story"\n'
    with origin_of() as origin:
        for many in (40, 120):
            origin.documents["/a"] = rss(*(item(n) for n in range(many)), title="Paper A")
            planet.sources(origin.address, ["a"], arctic + old + sea.format("s.e-a"), head=head)
            planet.fetch()
        planet.sources(origin.address, ["a"], arctic + sea.format("ocean"), head=head)
        planet.run("build")


def nginx(planet: Planet, port: int) -> Site:
    if NGINX is None:
        pytest.skip("Debian's nginx-light is not here")
    folder, config = planet.folder, planet.folder / "nginx.conf"
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    server = f"server {{ listen 127.0.0.1:{port}; root {planet.output}; include {planet.output}/.moved*.conf; include {SNIPPET}; }}"
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; {'user root;' if os.getuid() == 0 else ''}"
        f"events {{}} http {{ access_log off; {paths} {server} }}"
    )
    return Site("nginx", planet, port, [NGINX, "-e", str(folder / "nginx.log"), "-c", str(config)])


@pytest.fixture(scope="module", params=[ours, nginx], ids=["ours", "nginx"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    planet, port = Planet(tmp_path_factory.mktemp("planet")), free_port()
    made: Site = request.param(planet, port)
    built(planet, port)
    made.start()
    yield made
    made.stop()


# ---------------------------------------------------------------- the table


def f1_each_variant_has_a_strong_tag_of_its_own_that_survives_a_restart(site: Site) -> None:
    tags = [got["ETag"] for got in site.variants()]
    site.stop()
    site.start()

    assert len(set(tags)) == len(tags) >= 3
    assert all(tag is None or re.fullmatch(r'"[^"]+"', tag) for tag in tags)
    assert tags[0]
    assert [got["ETag"] for got in site.variants()] == tags


def f2_last_modified_is_the_time_of_the_bytes(site: Site) -> None:
    got = site.ask("/feed.atom")

    told = parsedate_to_datetime(got["Last-Modified"] or "")
    assert told.timestamp() == int((site.planet.output / "feed.atom").stat().st_mtime)
    assert told <= parsedate_to_datetime(got["Date"] or "")


def f3_a_tag_in_hand_decides_before_a_date(site: Site) -> None:
    got = site.ask("/feed.atom")
    tag, date = got["ETag"] or "", got["Last-Modified"] or ""
    later = formatdate(parsedate_to_datetime(date).timestamp() + 60, usegmt=True)
    asked = {
        304: [{"If_None_Match": f"W/{tag}"}, {"If_None_Match": f'"y", {tag}'}, {"If_None_Match": "*"},
              {"If_None_Match": tag, "If_Modified_Since": date}, {"If_Modified_Since": date}, {"If_Modified_Since": later}],
        200: [{"If_None_Match": '"y"', "If_Modified_Since": later}, {"If_Modified_Since": "yesterday"},
              {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:01 GMT"}],
    }  # fmt: skip

    assert {status: [site.ask("/feed.atom", **one).status for one in some] for status, some in asked.items()} == {
        status: [status] * len(some) for status, some in asked.items()
    }


def f3_a_tag_that_holds_wins_over_a_date_that_does_not(site: Site) -> None:
    tag = site.ask("/feed.atom")["ETag"] or ""

    assert site.ask("/feed.atom", If_None_Match=tag, If_Modified_Since="yesterday").status == 304


def f3_a_tag_of_any_coding_of_the_version_is_good_for_304(site: Site) -> None:
    tag = site.ask("/feed.atom", Accept_Encoding="gzip")["ETag"] or ""

    assert site.ask("/feed.atom", If_None_Match=tag).status == 304


def f4_a_304_has_no_body_and_the_headers_of_its_200(site: Site) -> None:
    for coding in ("", "gzip"):
        full = site.ask("/feed.atom", Accept_Encoding=coding)
        got = site.ask("/feed.atom", Accept_Encoding=coding, If_None_Match=full["ETag"] or "")

        assert (got.status, got.body, got["Content-Length"]) == (304, b"", None)
        for name in ("ETag", "Vary", "Cache-Control", "Access-Control-Allow-Origin"):
            assert got[name] == full[name] != None  # noqa: E711 - said of both
        assert got["Date"]


def f5_head_is_get_without_its_body(site: Site) -> None:
    for path in ("/", "/feed.atom", "/nothing"):
        full, head = site.ask(path), site.ask(path, "HEAD")
        for got in (full, head):
            got.headers.pop("date")

        assert (head.status, head.headers, head.body) == (full.status, full.headers, b"")


def f5_other_methods_are_refused_and_told_which_are_not(site: Site) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        got = site.ask("/feed.atom", method)

        assert (got.status, got["Allow"], got["Cache-Control"]) == (405, "GET, HEAD, OPTIONS", "no-store")


def f6_other_bytes_have_another_tag_and_the_same_ones_the_same(site: Site) -> None:
    feed = site.planet.output / "arctic" / "feed.json"
    before = site.ask("/arctic/feed.json")
    feed.write_bytes(feed.read_bytes() + b"\n")
    changed = site.ask("/arctic/feed.json")
    site.planet.run("build")

    assert changed["ETag"] != before["ETag"]
    assert changed.body == before.body + b"\n"


def f7_a_build_that_changes_nothing_changes_no_header(site: Site) -> None:
    before = [site.ask(path) for path in TYPES]
    site.planet.run("build")

    after = [site.ask(path) for path in TYPES]
    assert [(got["ETag"], got["Last-Modified"]) for got in after] == [
        (got["ETag"], got["Last-Modified"]) for got in before
    ]


def f8_each_answer_says_how_long_it_may_be_kept(site: Site) -> None:
    kept = {
        "/feed.atom": 3600,
        "/": 3600,
        "/arctic/feed.json": 3600,
        "/archive/arctic/1.atom": 604800,
        "/status.json": 60,
    }

    assert {path: site.ask(path)["Cache-Control"] for path in kept} == {
        path: f"public, max-age={age}" for path, age in kept.items()
    }
    assert [
        (got.status, got["Cache-Control"]) for got in (site.ask("/nothing"), site.ask("/feed.atom", If_Match='"x"'))
    ] == [
        (404, "no-store"),
        (412, "no-store"),
    ]


def f9_a_coding_is_another_form_of_the_same_bytes(site: Site) -> None:
    plain = site.ask("/feed.atom")
    for accept in ("gzip", "gzip;q=0.5, identity;q=0.1", "deflate, gzip;q=1.0", "br;q=0.1, gzip;q=0.9"):
        got = site.ask("/feed.atom", Accept_Encoding=accept, Via="1.1 proxy")

        assert got["Content-Encoding"] == "gzip"
        assert gzip.decompress(got.body) == plain.body
    for accept in ("", "gzip;q=0", "identity"):
        assert site.ask("/feed.atom", Accept_Encoding=accept)["Content-Encoding"] is None
    assert {got["Vary"] for got in site.variants()} == {"Accept-Encoding, Sec-Fetch-Dest"}
    assert {got["Vary"] for got in site.variants("/")} == {"Accept-Encoding"}


def f9_who_refuses_the_plain_bytes_does_not_get_them(site: Site) -> None:
    got = site.ask("/feed.atom", Accept_Encoding="identity;q=0, *")

    assert got["Content-Encoding"] in ("gzip", "br")


def f10_each_file_has_its_media_type(site: Site) -> None:
    assert {path: site.ask(path)["Content-Type"] for path in TYPES} == TYPES


def f11_a_feed_stays_a_feed_for_who_prefers_html(site: Site) -> None:
    assert site.ask("/feed.atom", Accept="text/html")["Content-Type"] == TYPES["/feed.atom"]


def f12_scripts_of_other_origins_may_read(site: Site) -> None:
    asked = site.ask("/feed.atom", "OPTIONS", Access_Control_Request_Headers="if-none-match")

    for got in (site.ask("/feed.json"), site.ask("/nothing"), asked):
        assert (got["Access-Control-Allow-Origin"], got["Access-Control-Allow-Credentials"]) == ("*", None)
        assert got["Access-Control-Expose-Headers"] == "ETag, Link"
    assert (asked.status, asked["Allow"], asked.body) == (204, "GET, HEAD, OPTIONS", b"")
    for name in ("If-None-Match", "If-Modified-Since"):
        assert name in (asked["Access-Control-Allow-Headers"] or "")


def f13_no_browser_guesses_a_type(site: Site) -> None:
    assert {path: site.ask(path)["X-Content-Type-Options"] for path in (*TYPES, "/nothing")} == dict.fromkeys(
        (*TYPES, "/nothing"), "nosniff"
    )


def f14_no_script_runs_in_a_feed_and_only_ours_in_a_page(site: Site) -> None:
    feed = "default-src 'none'; style-src 'self'; img-src https: data:; script-src 'none'; frame-ancestors 'none'"
    page, other = site.ask("/")["Content-Security-Policy"] or "", site.ask("/nothing")["Content-Security-Policy"]

    assert {got["Content-Security-Policy"] for path in FEEDS for got in site.variants(path)} == {feed}
    assert "script-src 'self'" in page
    assert "connect-src 'self'" in page
    assert "unsafe" not in page
    assert other == site.ask("/feed.json")["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def f15_a_channel_that_has_ended_is_gone(site: Site) -> None:
    ended = [site.ask(path) for path in ("/old/feed.atom", "/old/", "/archive/old/1.atom", "/never/", "/.gone/old")]

    assert [got.status for got in ended] == [410, 410, 410, 404, 404]
    assert {got["Cache-Control"] for got in ended} == {"no-store"}


def f15_a_channel_with_another_name_leads_there(site: Site) -> None:
    paths = ("", "feed.atom", "feed.json")
    for path in (*(f"/{{}}/{name}" for name in paths), "/archive/{}/1.atom"):
        got = site.ask(path.format("s.e-a"))

        assert got.status == 301
        assert urljoin(path.format("s.e-a"), got["Location"]) == path.format("ocean")
        assert site.ask(path.format("ocean")).status == 200
    assert site.ask("/sxe-a/feed.atom").status == 404
    assert site.ask("/.moved.conf").status == 404


def f22_a_browser_sees_a_feed_as_xml(site: Site) -> None:
    for path in FEEDS:
        feed, document = site.ask(path), site.ask(path, Sec_Fetch_Dest="document")

        assert document["Content-Type"] == "application/xml; charset=utf-8"
        assert document.body == feed.body
        assert document["ETag"] != feed["ETag"]


def a_folder_without_its_slash_is_redirected_wherever_it_is_mounted(site: Site) -> None:
    got = site.ask("/arctic")

    assert (got.status, got["Location"]) in [(301, "/arctic/"), (301, "./arctic/")]


def nothing_hidden_or_half_written_is_served(site: Site) -> None:
    for name in (".secret", ".feed.atom.aggregator-tmp", "feed.atom.tmp", "feed.atom~"):
        (site.planet.output / name).write_bytes(b"secret")
    paths = (
        "/.secret",
        "/%2esecret",
        "/.feed.atom.aggregator-tmp",
        "/feed.atom.tmp",
        "/feed.atom~",
        "/.as-document/feed.atom",
    )

    assert {site.ask(path).status for path in paths} == {404}


RULES = [rule for name, rule in sorted(globals().items()) if re.match(r"f\d+_|a_folder|nothing_", name)]
ONLY_OURS = {
    f3_a_tag_that_holds_wins_over_a_date_that_does_not: "nginx wants both to hold: a whole answer where a 304 would do",
    f3_a_tag_of_any_coding_of_the_version_is_good_for_304: "nginx does not know that two files are one version",
    f9_who_refuses_the_plain_bytes_does_not_get_them: "nginx reads no more of Accept-Encoding than whether gzip may be sent",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_headers(rule: Callable[[Site], None], site: Site) -> None:
    if site.name == "nginx" and rule in ONLY_OURS:
        pytest.skip(ONLY_OURS[rule])

    rule(site)

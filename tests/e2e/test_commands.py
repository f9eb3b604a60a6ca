"""The commands beside fetch: what they print, what they change, how they end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from aggregator import version
from aggregator.cli.main import run as command_line
from tests.origin import Asked, Origin, Reply
from tests.planet import Planet, atom, entry, item, rss

PAGE = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml" title="News"></head></html>'


def filled(origin: Origin, planet: Planet, more: str = "") -> None:
    """Two sources, one story in both."""
    origin.documents["/a"] = rss(item(1), item(2), title="Paper A")
    origin.documents["/b"] = rss(item(2), item(3), title="Paper B")
    planet.sources(origin.address, ["a", "b"], more)
    planet.fetch()


def test_export_tells_copies_from_originals(origin: Origin, planet: Planet) -> None:
    filled(origin, planet)

    rows = {(row["source"], row["url"]): row for row in planet.export()}

    original, copy = rows["a", "https://news.example/2"], rows["b", "https://news.example/2"]
    assert copy["duplicate_of"] == original["id"] == copy["story"]
    assert (original["lead"], copy["lead"]) == (True, False)
    assert copy["channels"] == ["all"]
    assert set(original) == set(
        "id source source_entry_id url published_url title author published updated first_seen teaser teaser_cut language tags duplicate_of story lead channels".split()
    )


def test_why_tells_the_whole_trail(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = rss(item(1), item(2, title="Pure gossip about ships"), title="Paper A")
    origin.documents["/b"] = rss(item(1), title="Paper B")
    planet.sources(origin.address, ["b"])
    planet.write(planet.config.read_text() + f'[[source]]\nid = "a"\nurl = "{origin.url}/a"\nexclude = "gossip"\n')
    planet.run("fetch", "a")  # one by one: who comes first is the original
    planet.run("fetch", "b")

    told = planet.run("why", "https://news.example/1").out
    dropped = planet.run("why", "https://news.example/2").out
    unknown = planet.run("why", "https://news.example/99")

    assert "copy        of https://news.example/1, because: same id" in told
    assert "number 1 of 1" in told
    assert "dropped     by exclude rule at feeds.toml:11: gossip" in dropped
    assert (unknown.code, "no entry" in unknown.err) == (1, True)


def test_excluded_entries_are_counted_and_stored(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = rss(item(1), item(2))
    planet.write(
        f'[fetch]\nallow_private = ["{origin.address}"]\n[[source]]\nid = "a"\nurl = "{origin.url}/a"\ninclude = "title:1"\n'
    )

    row = planet.fetch().rows()[0]

    assert (row["new"], row["excluded"]) == (2, 1)
    assert len(planet.export()) == 2
    assert len(planet.feed()["items"]) == 1


def test_plan_says_what_would_change_and_writes_nothing(origin: Origin, planet: Planet) -> None:
    filled(origin, planet)
    text = planet.config.read_text().replace('[[source]]\nid = "b"', '[[source]]\nid = "c"')
    planet.write(text + '[[channel]]\nid = "one"\nmatch = "title:1"\n')
    before = {path: path.stat().st_mtime_ns for path in planet.output.rglob("*")}

    said = planet.run("plan").out

    assert "source c: new" in said
    assert "source b: gone" in said
    assert "channel one: 1 added, 0 dropped, 0 moved, 1 in all\n  + Story number 1 of the day" in said
    assert {path: path.stat().st_mtime_ns for path in planet.output.rglob("*")} == before


def test_plan_of_an_unchanged_file_changes_nothing(origin: Origin, planet: Planet) -> None:
    filled(origin, planet)

    assert planet.run("plan").out == "channel all: 0 added, 0 dropped, 0 moved, 3 in all\n"


def test_rebuild_applies_todays_settings_and_is_idempotent(origin: Origin, planet: Planet) -> None:
    filled(origin, planet)
    planet.write(
        planet.config.read_text() + '[teaser]\nmin = 5\nmax = 20\n[[channel]]\nid = "one"\nmatch = "title:1"\n'
    )

    first = planet.run("rebuild")
    once = planet.export()
    planet.run("rebuild")

    assert first.out == "4 entries recomputed\n"
    assert all(len(row["teaser"]) <= 20 for row in once)
    assert [row["channels"] for row in once if row["url"].endswith("/1")] == [["all", "one"]]
    assert planet.export() == once
    assert sum(row["duplicate_of"] is not None for row in once) == 1


def test_status_is_for_people_too(origin: Origin, planet: Planet) -> None:
    origin.documents["/bad"] = Reply(status=500)
    filled(origin, planet)
    planet.write(planet.config.read_text() + f'[[source]]\nid = "bad"\nurl = "{origin.url}/bad"\n')
    planet.run("fetch")

    lines = planet.run("status").out.splitlines()

    assert lines[0].startswith("SOURCE")
    assert lines[1].startswith("bad     failing")
    assert [line[8:].split()[0] for line in lines] == ["STATE", "failing", "ok", "ok"]
    assert "the server answered 500 (1 in a row)" in lines[1]


def test_the_status_of_long_ids_stands_in_line(origin: Origin, planet: Planet) -> None:
    origin.documents["/a"] = origin.documents["/b"] = rss(item(1))
    names = ("short", "a-name-that-is-longer-than-most-and-still-wants-to-be-read")
    tables = (f'[[source]]\nid = "{name}"\nurl = "{origin.url}/{at}"\n' for name, at in zip(names, "ab", strict=True))
    planet.write(f'[fetch]\nallow_private = ["{origin.address}"]\n' + "".join(tables))
    planet.run("fetch")

    lines = planet.run("status").out.splitlines()

    assert {line.index(word) for line, word in zip(lines, ("STATE", "ok", "ok"), strict=True)} == {len(names[1]) + 2}


def test_an_empty_planet_says_what_to_do(planet: Planet) -> None:
    planet.write("")

    assert "aggregator add URL" in planet.run("status").out
    assert "Nothing is due" in planet.run("fetch").out


def test_quiet_tells_nothing_of_what_sources_did(origin: Origin, planet: Planet) -> None:
    planet.sources(origin.address, ["missing"])

    loud, quiet = planet.run("fetch", "--force"), planet.run("-q", "fetch", "--force")

    assert "missing: error:http: " in loud.err
    assert loud.out == "1 source polled: 0 read, 0 not modified, 1 failed; 0 new, 0 updated\n"
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_check_ends_with_two_and_every_mistake(planet: Planet) -> None:
    planet.write('[fetch]\nintervall = "1h"\nper_host = 0\n')

    ran = planet.run("check")

    assert ran.code == 2
    assert f"{planet.config}:2: unknown key `intervall`; did you mean `interval`?" in ran.err
    assert f"{planet.config}:3: " in ran.err
    assert planet.run("fetch").code == 2


def test_a_good_file_is_called_so(planet: Planet) -> None:
    planet.write('[[source]]\nurl = "https://a.example/"\n')

    assert planet.run("check").out == f"{planet.config}: 1 source, 1 channel, no mistakes\n"
    assert planet.run("-q", "check").out == ""


def test_add_finds_the_feed_behind_a_page(origin: Origin, planet: Planet) -> None:
    origin.documents["/"] = Reply(PAGE)
    origin.documents["/feed.xml"] = rss(item(1), title="The News")
    planet.write(f'# mine\n[fetch]\nallow_private = ["{origin.address}"]\n')

    dry = planet.run("add", f"{origin.url}/", "--dry-run")
    ran = planet.run("add", f"{origin.url}/", "--id", "news", "--tag", "sea")
    again = planet.run("add", f"{origin.url}/")

    assert f'url = "{origin.url}/feed.xml"' in dry.out
    assert ran.out == f"added news: The News ({origin.url}/feed.xml), 1 entry\n"
    assert planet.config.read_text().startswith("# mine\n")
    assert (again.code, "there already" in again.err) == (2, True)


def test_add_tells_a_title_on_one_line_whatever_it_holds(origin: Origin, planet: Planet) -> None:
    origin.documents["/feed.xml"] = rss(item(1), title="The News\nadded x: y")
    planet.write(f'[fetch]\nallow_private = ["{origin.address}"]\n')

    ran = planet.run("add", f"{origin.url}/feed.xml", "--id", "news")

    assert ran.out == f"added news: The News added x: y ({origin.url}/feed.xml), 1 entry\n"


def test_add_tries_the_usual_places_and_gives_up(origin: Origin, planet: Planet) -> None:
    origin.documents["/"] = Reply(b"<html></html>", headers={"Link": '</other>; rel="alternate"; type="text/html"'})
    planet.write(f'[fetch]\nallow_private = ["{origin.address}"]\n')

    ran = planet.run("add", f"{origin.url}/")

    assert (ran.code, "no feed was found" in ran.err) == (2, True)
    assert len({asked.path for asked in origin.requests}) == len(origin.requests)
    origin.documents["/atom.xml"] = atom(entry(1))
    assert planet.run("add", f"{origin.url}/").code == 0


def test_sources_are_paused_resumed_and_removed(origin: Origin, planet: Planet) -> None:
    filled(origin, planet)

    planet.run("pause", "a")
    paused = planet.run("status", "--json").rows()
    planet.run("resume", "a")
    planet.run("remove", "b")

    assert [row["source"] for row in paused if row["state"] == "paused"] == ["a"]
    assert [row["source"] for row in planet.run("status", "--json").rows()] == ["a"]
    assert planet.run("remove", "zzz").code == 2
    assert len(planet.export()) == 4


def test_opml_goes_out_and_in(origin: Origin, planet: Planet, tmp_path: Path) -> None:
    filled(origin, planet)
    file = tmp_path / "mine.opml"
    file.write_bytes(planet.run("export-opml").out.encode())
    other = Planet(tmp_path / "other")
    other.folder.mkdir()

    ran = other.run("import-opml", str(file))
    stamp = planet.config.stat()
    os.utime(other.config, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # the document bears the file's time

    assert ran.out == "2 sources added, 0 were there already, 0 problems\n"
    assert other.run("export-opml").out == planet.run("export-opml").out
    assert other.run("import-opml", str(tmp_path / "none")).code == 2


def test_an_unknown_source_is_a_wrong_usage(planet: Planet) -> None:
    planet.write("")

    ran = planet.run("fetch", "nobody")

    assert (ran.code, "no source 'nobody'" in ran.err) == (2, True)


def test_one_source_may_be_asked_alone(origin: Origin, planet: Planet) -> None:
    filled(origin, planet)
    origin.requests.clear()

    planet.run("fetch", "--force", "b")

    assert [asked.path for asked in origin.requests] == ["/b"]


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["fetch", "--nonsense"]])
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    assert command_line(arguments) == 2


def test_help_and_version_end_with_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["--help"]) == 0
    assert command_line(["fetch", "--help"]) == 0
    assert command_line(["--version"]) == 0
    assert f"aggregator {version()}" in capsys.readouterr().out


def test_the_store_that_is_no_database_is_named(planet: Planet) -> None:
    planet.write("")
    (planet.folder / "aggregator.db").write_bytes(b"not a database at all, but long enough to be looked at" * 100)

    ran = planet.run("fetch")

    assert (ran.code, "is damaged or no database of ours" in ran.err) == (1, True)


def test_an_output_that_cannot_be_written_is_named(planet: Planet) -> None:
    planet.write("")
    planet.output.write_text("a file where a folder should be")

    ran = planet.run("build")

    assert ran.code == 1
    assert "public" in ran.err


@pytest.mark.parametrize(("to", "code"), [(">&-", 0), ("2>&-", 0), ("| head -c 1", 0), (">/dev/full", 1)])
def test_nobody_who_reads_the_results_is_no_bug(origin: Origin, planet: Planet, to: str, code: int) -> None:
    filled(origin, planet)
    command = f"{sys.executable} -m aggregator --config {planet.config} export {to}"

    ran = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)

    assert ran.returncode == code
    assert ran.stderr == ("aggregator: the results cannot be written: No space left on device\n" if code else "")


@pytest.mark.parametrize("words", ["--version", "--help", "bogus", "import-opml -"])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_what_is_closed_is_no_bug(planet: Planet, words: str, closed: str) -> None:
    planet.write("")
    command = f"{sys.executable} -m aggregator {words} --config {planet.config} {closed} </dev/null"
    ran = subprocess.run(["bash", "-c", command.replace("<&- </dev/null", "<&-")], capture_output=True, text=True)

    assert ran.returncode in ((0,) if words.startswith("--") else (0, 2))
    assert "Traceback" not in ran.stderr


def test_an_argument_that_is_no_text_is_an_error(planet: Planet) -> None:
    planet.write("")
    ran = subprocess.run([sys.executable.encode(), b"-m", b"aggregator", b"add", b"http://\xff/"], capture_output=True)

    assert (ran.returncode, ran.stderr) == (2, b"aggregator: an argument is not UTF-8; nothing was done\n")


def test_a_cycle_goes_on_when_nobody_reads_what_it_says(origin: Origin, planet: Planet) -> None:
    names = [f"s{n}" for n in range(60)]
    origin.documents.update({f"/{name}": rss(item(n)) for n, name in enumerate(names)})
    planet.sources(origin.address, names)
    command = f"{sys.executable} -m aggregator --config {planet.config} fetch --force --json | true"

    subprocess.run(["bash", "-c", command], check=True, capture_output=True)

    assert {row["state"] for row in planet.run("status", "--json").rows()} == {"ok"}
    assert (planet.output / "feed.atom").exists()


def test_what_came_is_stored_while_others_are_waited_for(origin: Origin, planet: Planet) -> None:
    hang = threading.Event()

    def never(_: Asked) -> Reply:
        hang.wait(30)
        return Reply()

    origin.documents.update({"/a": rss(item(1)), "/slow": never})
    planet.sources(origin.address, ["a", "slow"])
    words = [sys.executable, "-m", "aggregator", "--config", str(planet.config), "fetch", "--force", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout
        line = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        code = process.wait(20)
    hang.set()

    assert (code, line["source"], [row["source"] for row in planet.export()]) == (130, "a", ["a"])


@pytest.mark.parametrize("arguments", [["--version"], ["status", "--version"], ["-q", "fetch", "--version"]])
def test_the_version_may_be_asked_for_anywhere(arguments: list[str]) -> None:
    ran = subprocess.run([sys.executable, "-m", "aggregator", *arguments], capture_output=True, text=True)

    assert (ran.returncode, ran.stdout) == (0, f"aggregator {version()}\n")


# ---------------------------------------------------------------- the service


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


WAIT = threading.Event()  # never set: a process of its own can only be looked at again


def until(true: object, seconds: float = 20.0) -> bool:
    """Ask again until it is true, or time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():  # type: ignore[operator]
            return True
        WAIT.wait(0.05)
    return False


def start(planet: Planet, *arguments: str, log: Path | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "aggregator", "--config", str(planet.config), *arguments]
    with (log or Path(os.devnull)).open("wb") as file:
        return subprocess.Popen(
            command,
            stdout=file if log else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).parent.parent.parent,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )


def test_the_service_polls_publishes_reloads_and_stops(origin: Origin, planet: Planet) -> None:
    port = free_port()
    origin.documents["/a"] = rss(item(1), title="Paper A")
    origin.documents["/b"] = rss(item(3), title="Paper B")
    planet.sources(origin.address, ["a"], head=f'[aggregator]\nlisten = "127.0.0.1:{port}"')
    log = planet.folder / "log"
    service = start(planet, "run", log=log)
    base = f"http://127.0.0.1:{port}"
    try:
        assert until(lambda: b"Story number 1" in ask(f"{base}/feed.atom")[1])
        second = start(planet, "run")
        assert b"is fetching into" in second.communicate(timeout=20)[0]
        assert second.returncode == 1
        planet.write("broken = \n")
        service.send_signal(signal.SIGHUP)
        assert until(lambda: "is no TOML" in log.read_text())
        assert ask(f"{base}/readyz")[0] == 200
        planet.sources(origin.address, ["a", "b"], head=f'[aggregator]\nlisten = "127.0.0.1:{port}"')
        assert until(lambda: b"Story number 3" in ask(f"{base}/feed.atom")[1])
        assert b"aggregator_polls_total" in ask(f"{base}/metrics")[1]
        assert len(origin.requests) == 2
    finally:
        asked = time.monotonic()
        service.terminate()
        service.wait(timeout=20)

    assert service.returncode == 0, log.read_text()
    assert time.monotonic() - asked < 6
    assert "Traceback" not in log.read_text()


def test_a_killed_service_loses_nothing(origin: Origin, planet: Planet) -> None:
    port = free_port()
    names = [f"s{n}" for n in range(12)]
    for n, name in enumerate(names):
        origin.documents[f"/{name}"] = rss(*(item(n * 20 + k) for k in range(20)), title=name)
    planet.sources(origin.address, names, head=f'[aggregator]\nlisten = "127.0.0.1:{port}"')
    service = start(planet, "run")
    until(lambda: len(origin.requests) >= 4)
    service.kill()
    service.communicate()

    planet.run("fetch")

    assert sorted((row["source"], row["source_entry_id"]) for row in planet.export()) == sorted(
        (name, f"https://news.example/{n * 20 + k}") for n, name in enumerate(names) for k in range(20)
    )


def test_serve_shows_what_is_built(origin: Origin, planet: Planet) -> None:
    port = free_port()
    origin.documents["/a"] = rss(item(1))
    planet.sources(origin.address, ["a"], head=f'[aggregator]\nlisten = "127.0.0.1:{port}"')
    planet.fetch()
    server = start(planet, "serve")
    try:
        assert until(lambda: ask(f"http://127.0.0.1:{port}/healthz")[0] == 200)
        status, page = ask(f"http://127.0.0.1:{port}/")
        feed = json.loads(ask(f"http://127.0.0.1:{port}/feed.json")[1])
    finally:
        server.terminate()
        server.communicate(timeout=20)

    assert (status, b"Story number 1" in page, len(feed["items"])) == (200, True, 1)
    assert server.returncode == 0

"""feeds.toml: every mistake at once with its line, careful edits, OPML in and out."""

from __future__ import annotations

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import edit, naming, opml, values
from aggregator.config.edit import Outline
from aggregator.config.lines import Places
from aggregator.config.load import load, parse_settings
from aggregator.config.naming import slug, source_id
from aggregator.errors import ConfigError, Problem
from aggregator.model import Source
from tests.rights import bound_by_modes

FULL = """# a comment
[aggregator]
title = "Planet Example"
base_url = "https://planet.example"
contact = "https://planet.example/about"
database = "store/a.db"
output = "/srv/public"
listen = "unix:/run/a.sock"
templates = "mine"

[fetch]
interval = "30m"
concurrency = 8
per_host = 2
timeout = "5s"
max_bytes = "2MB"
allow_private = ["127.0.0.1:8080"]
proxy = "http://proxy.example:3128"
websub = false
websub_sha1 = false

[teaser]
min = 100
max = 200
read_more = "Weiterlesen"

[store]
keep = "2y"

[hub]
enabled = true

[[source]]
url = "https://a.example/feed.xml"
tags = ["sea", "ice"]
interval = "2h"
enabled = false
weight = 2
max_entries = 10
language = "de"
headers = { X-Key = "1" }
auth = "u:p"
teaser = "full"
include = "ship"
exclude = ["car", "bus"]
ignore = ["date"]
title = "A"
id = "a"

[[source]]
url = "https://b.example/feed.xml"

[[channel]]
id = "arctic"
title = "Arctic"
description = "Cold."
match = [
  "ship",
  "ice",
]
exclude = "car"
tags = ["sea"]
sources = ["a"]
limit = 20
per_source = 3
max_age = "7d"
formats = ["atom", "html"]
language = "en"
hub = ["https://hub.example/"]
edition = "weekly"
edition_size = 5

[[channel]]
id = "all"
limit = 9
"""


def settings(text: str, folder: Path = Path("/etc/planet")) -> object:
    return parse_settings(text.encode(), folder / "feeds.toml")


def problems(text: str) -> list[Problem]:
    with pytest.raises(ConfigError) as error:
        parse_settings(text.encode(), Path("feeds.toml"))
    return list(error.value.problems)


def test_every_key_is_read() -> None:
    made = parse_settings(FULL.encode(), Path("/etc/planet/feeds.toml"))

    assert (made.title, made.base_url, made.base_url_given) == ("Planet Example", "https://planet.example/", True)
    assert (made.database, made.output, made.templates) == (
        Path("/etc/planet/store/a.db"),
        Path("/srv/public"),
        Path("/etc/planet/mine"),
    )
    assert made.fetch.interval == timedelta(minutes=30)
    assert (made.fetch.max_bytes, made.fetch.per_host, made.websub, made.hub_enabled) == (2_000_000, 2, False, True)
    assert (made.teaser.min, made.teaser.max, made.teaser.read_more) == (100, 200, "Weiterlesen")
    assert made.keep == timedelta(days=730)
    assert not made.websub_sha1
    first = made.sources[0]
    assert (first.id, first.tags, first.weight, first.headers, first.auth) == (
        "a",
        ("sea", "ice"),
        2.0,
        (("X-Key", "1"),),
        "u:p",
    )
    assert [(rule.text, rule.line) for rule in first.exclude] == [("car", 45), ("bus", 45)]
    assert made.sources[1].id == "b-example-feed-xml"
    assert [channel.id for channel in made.channels] == ["all", "arctic"]
    assert made.channels[0].limit == 9
    assert [(rule.text, rule.line) for rule in made.channels[1].match] == [("ship", 58), ("ice", 59)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("unix:run.sock", "unix:/etc/planet/run.sock"),
        ("unix:/run/a.sock", "unix:/run/a.sock"),
        ("127.0.0.1:80", "127.0.0.1:80"),
    ],
)
def test_a_socket_is_relative_to_the_folder_of_the_file(written: str, read: str) -> None:
    made = parse_settings(f'[aggregator]\nlisten = "{written}"\n'.encode(), Path("/etc/planet/feeds.toml"))

    assert made.listen == read


def test_a_source_says_whom_a_refusal_is_about() -> None:
    tables = "".join(
        f'[[source]]\nurl = "https://{scope}.example/"\nthrottle_scope = "{scope}"\n'
        for scope in ("host", "feed", "site")
    )

    made = parse_settings(tables.encode(), Path("feeds.toml"))

    assert [one.throttle_scope for one in made.sources] == ["host", "feed", "site"]


def test_sources_alone_are_a_complete_file() -> None:
    made = parse_settings(b'[[source]]\nurl = "https://a.example/"\n', Path("feeds.toml"))

    assert [source.id for source in made.sources] == ["a-example"]
    assert [channel.id for channel in made.channels] == ["all"]
    assert made.fetch.timeout == timedelta(seconds=20)


PLANTED = """[aggregator]
titel = "x"
base_url = "ftp://x"

[fetch]
interval = "1 hour"
max_bytes = "10XB"
concurrency = 0

[teaser]
min = 500

[[source]]
url = "nope"

[[source]]
url = "http://a.example/"

[[source]]
url = "http://a.example/"

[[channel]]
id = "x"
match = [
  'good',
  'title:',
]
sources = ["zzz"]

[[chanel]]
id = "y"
[[source]]
id = "lonely"
"""


def test_twelve_mistakes_are_named_with_their_lines() -> None:
    found = problems(PLANTED)

    assert [problem.line for problem in found] == [2, 3, 6, 7, 8, 11, 14, 20, 26, 28, 30, 32]
    assert "did you mean `title`?" in found[0].message
    assert found[8].column == 1
    assert "did you mean `channel`?" in found[10].message
    assert str(found[8]).startswith("feeds.toml:26:1: `match`: ")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[aggregator\n", 1, "is no TOML"),
        ("a = \n[fetch]\ninterval = 3\n", 1, "is no TOML"),
        ('x = """\nopen', 1, "is no TOML"),
        ("aggregator = 1\n", 1, "write [aggregator]"),
        ("title = 'x'\n", 1, "belongs below [aggregator]"),
        ("colour = 'x'\n", 1, "unknown key `colour`"),
        ("[sources.x]\na = 1\n", 1, "did you mean `source`?"),
        ("[[fetch]]\ninterval = '2h'\n", 1, "write [fetch]"),
        ("[[source]]\nurl = 'https://a.example/'\ntags = ['x']\nid = 'paper'\n[[channel]]\nid = 'x'\nsources = [\n  'paper',\n  'papers',\n]\n", 9, "no source has the id 'papers'; did you mean `paper`?"),
        ("[[channel]]\nid = 'x'\nsources = []\n", 3, "is an empty list"),
        ("[[channel]]\nid = 'x'\nformats = []\n", 3, "is an empty list"),
        ("[[channel]]\nid = 'X'\n[[channel]]\nid = 'x'\n", 4, "taken by the channel at line 1"),
        ("[[channel]]\nid = 'feed.atom'\n", 2, "cannot be 'feed.atom'"),
        ("[[source]]\nurl = 'ftp://u:p@a.example/'\n", 2, "not 'ftp://…@a.example/'"),
        ("[aggregator]\ntitle = \"a\\u0001b\"\n", 2, "control character"),
        ("[aggregator]\ntitle = \"a\\ufffeb\"\n", 2, "control character"),
        ("[aggregator]\ndatabase = ''\n", 2, "is empty"),
        ("[fetch]\ninterval = '99999999999999999999h'\n", 2, "takes a duration"),
        ("[fetch]\nmax_bytes = '99999999999GB'\n", 2, "from 1KB to 1GB"),
        ("[fetch]\nallow_private = ['127.0.0.1']\n", 2, "host:port"),
        ("[[source]]\nurl = 'https://a.example/'\ninclude = ['x', 3]\n", 3, "not a number"),
        ("[[source]]\nurl = 'https://a.example/'\n[source.headers]\nHost = 3\n", 1, "cannot be sent"),
        ("source = 1\n", 1, "write [[source]]"),
        ("[source]\nurl = 'https://a.example/'\n", 1, "list of tables"),
        ("[[source]]\nurl = 'https://a.example/'\nid = 'a'\n[[source]]\nurl = 'https://b.example/'\nid = 'a'\n", 6, "taken by the source at line 1"),
        ("[[channel]]\nid = 'x'\n[[channel]]\nid = 'x'\n", 4, "taken by the channel"),
        ("[[channel]]\nid = 'archive'\n", 2, "the outputs have"),
        ("[[channel]]\nid = 'style.css'\n", 2, "the outputs have"),
        ("[[channel]]\ntitle = 'x'\n", 1, "needs an `id`"),
        ("[[channel]]\nid = 'Bad Id'\n", 2, "letters of a to z"),
        ("[[channel]]\nid = 'x'\nmatch = []\n", 3, "is empty"),
        ("[[channel]]\nid = 'x'\nmatch = [1]\n", 3, "a rule or a list of rules"),
        ("[[channel]]\nid = 'x'\nmatch = [\n 'a', # [ 2\n\n true,\n]\n", 6, "a rule or a list of rules, not true"),
        ("[[channel]]\nid = 'x'\nmatch = [\n 1,\n 'a OR',\n]\n", 5, "OR needs a term after it"),
        ("[[channel]]\nid = 'x'\nmatch = ''\n", 3, "empty"),
        ("[[channel]]\nid = 'x'\ntags = ['nobody']\n", 3, "no source has the tag"),
        ("[teaser]\nmax = 10\n", 2, "is over `max`"),
        ("[aggregator]\nbase_url = 'https://a.example/?x'\n", 2, "without `?`"),
        ("[aggregator]\nlisten = 'nowhere'\n", 2, "host:port"),
        ("[aggregator]\nlisten = '127.0.0.1:99999'\n", 2, "host:port"),
        ("[aggregator]\ntitle = 3\n", 2, "takes a string, not a number"),
        ("[aggregator]\ntitle = ' '\n", 2, "is empty"),
        ("[fetch]\nwebsub = 'yes'\n", 2, "true or false"),
        ("[fetch]\nconcurrency = 'x'\n", 2, "whole number"),
        ("[fetch]\nmax_bytes = 12\n", 2, "from 1KB"),
        ("[fetch]\ninterval = '0s'\n", 2, "from 1s"),
        ("[[source]]\nurl = 3\n", 2, "takes a URL, not a number"),
        ("[[source]]\nurl = 'https://a.example/'\nweight = 'x'\n", 3, "takes a number"),
        ("[[source]]\nurl = 'https://a.example/'\nweight = 0\n", 3, "above 0"),
        ("[[source]]\nurl = 'https://a.example/'\nlanguage = '?'\n", 3, "language tag"),
        ("[[source]]\nurl = 'https://a.example/'\nheaders = 1\n", 3, "table of header"),
        ("[[source]]\nurl = 'https://a.example/'\nheaders = {'a b' = 'c'}\n", 3, "cannot be sent"),
        ("[[source]]\nurl = 'https://a.example/'\nauth = 'x'\n", 3, "user:password"),
        ("[[source]]\nurl = 'https://a.example/'\nteaser = 'x'\n", 3, "takes one of"),
        ("[[source]]\nurl = 'https://a.example/'\ninclude = 2020-01-01\n", 3, "not a date"),
        ("[[channel]]\nid = 'x'\ndescription = []\n", 3, "not a list"),
        ("[[source]]\nurl = 'http://[::bad'\n", 2, "begins with http"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(text: str, line: int, message: str) -> None:
    found = problems(text)

    assert any(problem.line == line and message in problem.message for problem in found), found


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[aggregator]\noutput = "."\n', 2, "holds feeds.toml, which would be served"),
        ('[aggregator]\noutput = "p"\ndatabase = "p/a.db"\n', 2, "holds `database`"),
        ('[aggregator]\noutput = "p"\ntemplates = "p/t"\n', 2, "holds `templates`"),
        ('[[channel]]\nid = "All"\n', 2, "in small letters"),
        ('[[channel]]\nid = "editions"\n', 2, "editions"),
        ('[[source]]\nurl = "https://a.example/\\uFFFE"\n', 2, "takes a URL"),
    ],
)
def test_what_would_harm_is_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_settings(text.encode(), Path("/srv/planet/feeds.toml"))

    assert any(one.line == line and message in one.message for one in raised.value.problems)


def test_the_home_of_nobody_is_the_name_of_a_folder() -> None:
    made = parse_settings(b'[aggregator]\noutput = "~no-such-user-here/p"\n', Path("/srv/planet/feeds.toml"))

    assert made.output == Path("/srv/planet/~no-such-user-here/p")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="aggregator add"):
        load(tmp_path / "feeds.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_bytes(b"[aggregator]\ntitle = 'caf\xe9'\n")

    with pytest.raises(ConfigError) as error:
        load(path)

    assert error.value.problems[0].line == 2


def test_a_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_bytes(b"\xef\xbb\xbf[aggregator]\r\ntitle = 'x'\r\n")

    assert load(path).title == "x"


def test_ids_are_readable_and_stay_when_others_come() -> None:
    urls = ["https://www.a.example/blog/feed.xml", "https://a.example/blog/atom.xml", "https://b.example/?feed=rss2"]

    taken: set[str] = set()
    ids = [source_id(url, taken) for url in urls]

    assert ids == ["a-example-blog-feed-xml", "a-example-blog-atom-xml", "b-example-feed-rss2"]
    assert source_id(urls[0], {"a-example-blog-feed-xml"}) != "a-example-blog-feed-xml"
    assert slug("http://[::bad")
    assert len(slug("https://a.example/" + "x" * 200)) == 60


def test_places_of_what_is_not_there_are_those_of_the_table() -> None:
    places = Places("[a]\nx = 1\n\n[[b]]\ny = '''\n[c]\n'''\n")

    assert (places.table("a"), places.table("c"), places.key("a", 0, "x"), places.key("a", 0, "z")) == (1, 0, 2, 1)
    assert (places.string("a", 0, "z", 0), places.string("b", 0, "y", 5), places.key("zzz", 0, "x")) == (1, 5, 0)


@given(st.text(max_size=200))
def test_no_text_raises_anything_but_a_config_error(text: str) -> None:
    try:
        parse_settings(text.encode("utf-8", "surrogatepass"), Path("feeds.toml"))
    except ConfigError as error:
        assert error.problems


def test_a_list_of_one_may_stand_without_brackets() -> None:
    made = parse_settings(
        b"[fetch]\nallow_private = 'LocalHost:80'\n[[channel]]\nid = 'all'\ntitle = 'Everything'\n", Path("f")
    )

    assert made.fetch.allow_private == ("localhost:80",)
    assert made.channels[0].title == "Everything"


def test_sizes_and_durations() -> None:
    assert values.url(" https://a.example/ ") == "https://a.example/"
    assert values.duration("2y") == timedelta(days=730)
    assert values.size(20_000) == 20_000
    assert values.size("1.5KiB") == 1536
    assert values.duration("1.5h") == timedelta(minutes=90)
    assert values.listen("unix:/x") == "unix:/x"
    assert values.kind(1.5) == "a number"
    assert values.shown("x" * 100).endswith("...")


# ---------------------------------------------------------------- edits

TOML = """# my planet
[aggregator]
title = "X"   # kept

# the first one
[[source]]
id = "a"
url = "https://a.example/"

[[source]]
id = "b"
url = "https://b.example/"
enabled = true   # for now

# ---- channels
[[channel]]
id = "c"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "feeds.toml"
    made.write_text(TOML, encoding="utf-8")
    made.chmod(0o600)
    return made


def test_adding_keeps_every_line(path: Path) -> None:
    added = edit.add_source(path, "https://c.example/feed", tags=("sea",))

    after = path.read_text(encoding="utf-8")
    assert after.startswith(TOML)
    assert after.endswith('\n[[source]]\nid = "c-example"\nurl = "https://c.example/feed"\ntags = ["sea"]\n')
    assert added.id == "c-example"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_dry_run_writes_nothing(path: Path) -> None:
    added = edit.add_source(path, "https://c.example/", wanted_id="mine", dry=True)

    assert 'id = "mine"' in added.text
    assert path.read_text(encoding="utf-8") == TOML


def test_edits_of_many_at_once_are_all_kept(path: Path) -> None:
    before = len(load(path).sources)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: edit.add_source(path, f"https://new{n}.example/"), range(24)))

    assert len(load(path).sources) == before + 24


def test_a_new_file_has_the_rights_that_files_have_here(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        edit.add_source(tmp_path / "feeds.toml", "https://a.example/")
    finally:
        os.umask(mask)

    assert (tmp_path / "feeds.toml").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to somebody")
def test_a_file_stays_whose_it_is(path: Path) -> None:
    os.chown(path, 65534, 65534)
    path.chmod(0o640)

    edit.add_source(path, "https://new.example/")

    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (65534, 65534, 0o640)


def test_what_is_there_is_not_added_again(path: Path) -> None:
    with pytest.raises(ConfigError, match="there already"):
        edit.add_source(path, "https://a.example/")
    with pytest.raises(ConfigError, match="letters of a to z"):
        edit.add_source(path, "https://d.example/", wanted_id="No Good")


def test_the_first_source_makes_the_file(tmp_path: Path) -> None:
    edit.add_source(tmp_path / "feeds.toml", "https://a.example/")

    assert load(tmp_path / "feeds.toml").sources[0].url == "https://a.example/"


def test_removing_takes_the_table_and_its_comment(path: Path) -> None:
    assert edit.remove_source(path, "https://a.example/") == "a"
    assert path.read_text(encoding="utf-8") == TOML.replace(
        '# the first one\n[[source]]\nid = "a"\nurl = "https://a.example/"\n\n', ""
    )


def test_pausing_and_resuming_touch_one_line(path: Path) -> None:
    edit.set_enabled(path, "b", enabled=False)
    paused = path.read_text(encoding="utf-8")
    edit.set_enabled(path, "b", enabled=True)
    edit.set_enabled(path, "a", enabled=True)
    resumed = path.read_text(encoding="utf-8")
    edit.set_enabled(path, "a", enabled=False)

    assert paused == TOML.replace("enabled = true ", "enabled = false ")
    assert resumed == TOML
    assert path.read_text(encoding="utf-8") == TOML.replace(
        '[[source]]\nid = "a"', '[[source]]\nenabled = false\nid = "a"'
    )


def test_an_unknown_source_is_named(path: Path) -> None:
    with pytest.raises(ConfigError, match="no source 'zzz'"):
        edit.remove_source(path, "zzz")


def test_a_file_that_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        edit.add_source(tmp_path, "https://a.example/")
    with pytest.raises(ConfigError, match="cannot be written"):
        edit.add_source(tmp_path / "no" / "feeds.toml", "https://a.example/")


def test_many_are_appended_at_once(path: Path) -> None:
    added, known = edit.add_outlines(
        path,
        [
            Outline("https://a.example/"),
            Outline("https://n.example/", "a", "N", ("t",), (("language", "de"),)),
            Outline("https://n.example/x", "x"),
        ],
    )

    assert (added, known) == (["n-example", "x"], ["https://a.example/"])
    assert load(path).sources[2].title == "N"
    assert edit.add_outlines(path, []) == ([], [])
    assert edit.add_outlines(path, [Outline("https://n.example/feed")])[0] == ["n-example-2"]


def test_a_source_goes_with_the_tables_below_it(path: Path) -> None:
    own = '\n# why we read it\n# and since when\n[[source]]\nid = "d"\nurl = "https://d.example/"\n[source.headers]\nX-Key = "1"\n'
    path.write_text(TOML.replace("\n# ---- channels", own + "\n# ---- channels"), encoding="utf-8")

    edit.remove_source(path, "d")

    assert path.read_text(encoding="utf-8") == TOML


def test_the_last_source_leaves_no_empty_lines(path: Path) -> None:
    path.write_text(
        '[[source]]\nurl = "https://a.example/"\n\n[[source]]\nurl = "https://b.example/"', encoding="utf-8"
    )

    edit.remove_source(path, "https://B.example")

    assert path.read_text(encoding="utf-8") == '[[source]]\nurl = "https://a.example/"\n'


def test_comments_at_the_top_are_the_file_s_own(path: Path) -> None:
    path.write_text('# Our planet\n[[source]]\nurl = "https://a.example/"\n', encoding="utf-8")

    edit.remove_source(path, "a-example")

    assert path.read_text(encoding="utf-8") == "# Our planet\n"


def test_a_source_that_a_channel_names_is_not_removed(path: Path) -> None:
    path.write_text(TOML + 'sources = ["a"]\n', encoding="utf-8")

    with pytest.raises(ConfigError, match="no source has the id 'a'"):
        edit.remove_source(path, "a")
    assert path.read_text(encoding="utf-8") == TOML + 'sources = ["a"]\n'


def test_an_edit_that_would_change_another_source_is_refused(path: Path) -> None:
    both = '[[source]]\nurl = "http://a.example/"\n\n[[source]]\nurl = "https://a.example/"\n'
    path.write_text(both, encoding="utf-8")

    with pytest.raises(ConfigError, match="edited safely"):
        edit.remove_source(path, "a-example")
    assert path.read_text(encoding="utf-8") == both


def test_what_looks_like_a_key_in_a_string_is_none(path: Path) -> None:
    path.write_text(
        '[[source]]\nurl = "https://a.example/"\nexclude = """\n"enabled = true"\n[x]"""\n', encoding="utf-8"
    )

    with pytest.raises(ConfigError):
        edit.add_source(path, "https://a.example/")
    edit.set_enabled(path, "a-example", enabled=False)

    assert load(path).sources[0].enabled is False


def test_windows_line_ends_and_a_mark_stay(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + TOML.replace("\n", "\r\n").encode())

    edit.add_source(path, "https://c.example/", title="C \N{SNOWMAN}")

    after = path.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf# my planet\r\n")
    assert after.count(b"\n") == after.count(b"\r\n")
    assert load(path).sources[2].title == "C \N{SNOWMAN}"


def test_a_failed_write_leaves_the_file_and_nothing_else(path: Path) -> None:
    path.parent.chmod(0o500)

    with bound_by_modes(), pytest.raises(ConfigError, match="it is as it was"):
        edit.add_source(path, "https://c.example/")
    assert [one.name for one in path.parent.iterdir()] == ["feeds.toml"]


def test_a_folder_in_the_way_of_a_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").mkdir()

    with pytest.raises(IsADirectoryError):
        edit.replace_file(tmp_path / "feeds.toml", b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["feeds.toml"]


def test_addresses_are_the_same_whatever_does_not_count() -> None:
    assert naming.same("HTTPS://A.Example:443#x") == naming.same("https://a.example/")
    assert naming.same("http://u:P@a.example:8080/F?q") == "http://u:P@a.example:8080/F?q"
    assert naming.same("http://a.example/f") != naming.same("http://a.example/F")


def test_a_link_into_the_file_is_kept(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link.toml").symlink_to(path)

    edit.set_enabled(tmp_path / "link.toml", "a", enabled=False)

    assert (tmp_path / "link.toml").is_symlink()
    assert load(path).sources[0].enabled is False


# ---------------------------------------------------------------- OPML

LAST = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPML = b"""<?xml version="1.0"?><opml version="1.1"><head><title>x</title></head><body>
<!-- <outline xmlUrl="https://commented.example/"/> -->
<outline text="News">
  <outline text="A &amp; B" type="rss" XMLURL="https://a.example/f" htmlUrl="https://a.example/"/>
  <outline title="B" xmlUrl='feed://b.example/f' category="/sea/ice,cold"></outline>
  <outline text="again" xmlUrl="https://a.example/f"/>
  <outline text="bad" xmlUrl="javascript:x"/>
  <outline text="folder"><outline text="deep" type="atom" url="https://c.example/f"/></outline>
</outline>
<outline text="broken" xmlUrl="https://d.example/f"
<outline text="no feed" htmlUrl="https://e.example/"/>
</body></opml>"""


def test_outlines_are_found_however_they_are_written() -> None:
    found, wrong = opml.read(OPML, "x.opml")

    assert [(one.url, one.title, one.tags) for one in found] == [
        ("https://a.example/f", "A & B", ("News",)),
        ("http://b.example/f", "B", ("News", "sea", "ice", "cold")),
        ("https://c.example/f", "deep", ("News", "folder")),
        ("https://d.example/f", "broken", ()),
    ]
    assert [problem.line for problem in wrong] == [6, 7]


def test_what_is_no_opml_is_refused() -> None:
    for raw in (b"<html></html>", b"<opml><!ENTITY a 'b'></opml>", b"x" * 6_000_000):
        with pytest.raises(ConfigError):
            opml.read(raw, "x")


def test_encodings_are_guessed() -> None:
    text = '<opml><outline text="caf\xe9" xmlUrl="https://a.example/"/></opml>'

    assert opml.read(text.encode("latin-1"), "x")[0][0].title == "caf\xe9"
    assert opml.read(text.encode("latin-1") + b"</outline>\x81", "x")[0][0].title == "caf\N{REPLACEMENT CHARACTER}"
    assert opml.read(text.encode("utf-16"), "x")[0][0].title == "caf\xe9"
    assert opml.read(b'<?xml version="1.0" encoding="banana"?>' + text.encode("latin-1"), "x")[0][0].title == "caf\xe9"


def test_export_and_import_are_the_identity(tmp_path: Path) -> None:
    sources = (
        Source("a", "https://a.example/?a=1&b=2", title="A <b>", tags=("sea", "ice")),
        Source("b", "https://b.example/", interval=timedelta(hours=2), enabled=False, language="de", order=1),
    )

    found, wrong = opml.read(opml.write("Mine", sources, LAST), "x")
    added, _ = edit.add_outlines(tmp_path / "feeds.toml", found)

    again = load(tmp_path / "feeds.toml").sources
    assert (wrong, added) == ([], ["a", "b"])
    assert [(s.id, s.url, s.title, s.tags, s.interval, s.enabled, s.language) for s in again] == [
        (s.id, s.url, s.title, s.tags, s.interval, s.enabled, s.language) for s in sources
    ]
    assert opml.write("Mine", again, LAST) == opml.write("Mine", sources, LAST)
    assert b"no sources" in opml.write("Mine", (), LAST)


def test_no_credentials_are_exported() -> None:
    source = Source("a", "https://u:p@ss@a.example/?by=me@home", auth="u:p@ss")

    written = opml.write("Mine", (source,), LAST)

    assert b'xmlUrl="https://a.example/?by=me@home"' in written
    assert b"p@ss" not in written


def test_every_setting_that_is_no_secret_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(
        """[[source]]
id = "a"
url = "https://a.example/?a=1&copy=2&reg=3"
title = "a \\"b\\" <c> & d"
tags = ["x/y", "p, q", "\u00e9"]
interval = "1234567.5s"
enabled = false
weight = 2.5
max_entries = 5
language = "pt-BR"
headers = { X-Key = "hidden" }
auth = "user:hidden"
teaser = "full"
include = ["/a\\\\/b/i", '"x y"']
exclude = "z"
ignore = ["date", "id"]
""",
        encoding="utf-8",
    )
    before = load(path).sources[0]

    exported = opml.write("Mine", [before], LAST)
    found, wrong = opml.read(exported, "x")
    edit.add_outlines(tmp_path / "other.toml", found)

    after = load(tmp_path / "other.toml").sources[0]
    assert wrong == []
    assert b"hidden" not in exported
    assert edit.content(after) == edit.content(replace(before, headers=(), auth=None))
    assert b"<dateModified>Fri, 20 Nov 2026 12:00:00 +0000</dateModified>" in exported
    assert b"<ownerName>Mine</ownerName>" in exported


@given(
    st.lists(
        st.builds(
            Outline,
            st.from_regex(r"\Ahttps?://[a-z]{1,9}\.example/[a-z0-9/&;=?%~-]{0,12}\Z"),
            st.none(),
            st.one_of(st.none(), st.text(min_size=1, max_size=12)),
            st.lists(st.text(min_size=1, max_size=8), max_size=3).map(tuple),
        ),
        max_size=4,
    )
)
def test_what_is_exported_comes_back_whatever_it_says(
    tmp_path_factory: pytest.TempPathFactory, given_: list[Outline]
) -> None:
    folder = tmp_path_factory.mktemp("opml")
    sources = []
    for n, one in enumerate(given_):
        try:
            title = values.text(one.title) if one.title else None
            sources.append(Source(f"s{n}", one.url, title, tuple(dict.fromkeys(map(values.text, one.tags))), order=n))
        except values.Bad:
            continue
    sources = list({naming.same(one.url): one for one in sources}.values())

    found, wrong = opml.read(opml.write("x", sources, LAST), "x")
    edit.add_outlines(folder / "feeds.toml", found)

    assert wrong == []
    back = load(folder / "feeds.toml").sources if sources else ()
    assert [(one.id, one.url, one.title, one.tags) for one in back] == [
        (one.id, one.url, one.title, one.tags) for one in sources
    ]


@pytest.mark.parametrize(
    "attributes",
    [
        'agg:tags="[" agg:weight="true" agg:ignore="[]" agg:include="[]" agg:interval="soon"', 'agg:include="[1]" agg:exclude="[&quot;a OR&quot;]" agg:enabled="0"',
        'agg:exclude="x" agg:max_entries="0" agg:id="a b" language="?"',
    ],
)  # fmt: skip
def test_settings_that_are_none_are_left_out(attributes: str) -> None:
    found, _ = opml.read(f'<opml><outline xmlUrl="https://a.example/" {attributes}/></opml>'.encode(), "x")

    assert found == [Outline("https://a.example/")]


def test_links_keep_what_looks_like_an_entity() -> None:
    found, wrong = opml.read(b'<opml><outline xmlUrl="https://a.example/?a=1&copy=2&amp;b=3&#38;c"/></opml>', "x")

    assert [one.url for one in found] == ["https://a.example/?a=1&copy=2&b=3&c"]
    assert wrong == []


def test_the_same_address_in_other_words_is_a_duplicate() -> None:
    raw = b'<opml>\n<outline xmlUrl="https://A.example"/>\n<outline xmlUrl="https://a.example:443/#top"/></opml>'

    found, wrong = opml.read(raw, "x.opml")

    assert len(found) == 1
    assert [str(one) for one in wrong] == ["x.opml:3: 'https://a.example:443/#top' stands in this file already"]


def test_secrets_of_a_refused_address_are_not_shown() -> None:
    _, wrong = opml.read(b'<opml><outline xmlUrl="ftp://user:secret@a.example/"/></opml>', "x")

    assert "secret" not in str(wrong[0])


@pytest.mark.parametrize("piece", [b'<outline x="', b"<outline '", b"<outline x=y>", b"<!--", b"&", b"<outline a "])
def test_hostile_files_cost_no_more_than_long_ones(piece: bytes) -> None:
    start = time.process_time()

    opml.read(b"<opml>" + piece * (1_000_000 // len(piece)), "x")

    assert time.process_time() - start < 2


def test_thousands_of_feeds_are_imported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    outlines = [Outline(f"https://a.example/{n % 10}/feed?n={n // 10}", None, f"Feed {n}", ("t",)) for n in range(5000)]
    start = time.process_time()

    added, _ = edit.add_outlines(path, outlines)

    assert len(set(added)) == 5000
    assert len(load(path).sources) == 5000
    assert time.process_time() - start < 10


def test_settings_of_others_are_not_believed() -> None:
    raw = b'<opml><outline xmlUrl="https://a.example/" agg:id="Bad Id" agg:interval="soon" language="?"/></opml>'

    assert opml.read(raw, "x")[0] == [Outline("https://a.example/")]


def test_every_file_that_people_have_is_read(shared: Path) -> None:
    files = [
        path for path in sorted((shared / "corpus" / "opml").iterdir()) if path.suffix not in (".tsv", ".md", ".jsonl")
    ]
    missed = []
    for path in files:
        raw = path.read_bytes()
        try:
            found, wrong = opml.read(raw, path.name)
        except ConfigError as error:
            found, wrong = [], list(error.problems)
        seen = len(
            re.findall(rb"xmlurl\s*=\s*[\"'][^\"'\s]", re.sub(rb"<!--.*?-->", b"", raw, flags=re.DOTALL), re.IGNORECASE)
        )
        if len(found) + len(wrong) < seen:
            missed.append(path.name)

    assert len(files) >= 181
    assert missed == []

"""The rule language: what it says, and what is wrong with what cannot be read."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config.query import MAX_DEPTH, QueryError, parse
from aggregator.editorial import rules
from aggregator.editorial.membership import admits, rules_of
from aggregator.editorial.rules import Subject, compile_rules
from aggregator.model import Channel, Rule, Source

SHIPS = Subject(
    title="New tariffs hit Pérez's e-mail ship",
    text="The C++ crew of AT&T sails on COVID-19 terms.\nGo-based tools, the .NET runtime and 生成AI技術 in 新東京駅 cost 12:30.",
    categories=("Motor Sport", "sportswear"),
    authors=("Ann Other",),
    source_id="the-port",
    source_title="The Port Paper",
    url="https://port.example/News/ship-1",
    language="en-GB",
)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("tariff", True), ("tariffs", True), ("tarif", False), ("PEREZ", True), ("perez crew", True), ("perez AND crew", True), ("perez nobody", False),
        ("nobody OR crew", True), ("nobody crew OR perez", True), ("(nobody OR crew) perez", True), ("-nobody", True), ("-crew", False),
        ("-(nobody OR crew)", False), ("crew -tariff", False), ("e-mail", True), ("email", False), ("go", True), ("C++", True), ("c++", True), (".NET", True),
        ("AT&T", True), ("COVID-19", True), ('"covid 19"', True), ('"covid19"', False), ('"crew of"', True), ('"crew sails"', False), ("sail*", True),
        ('"go bas*"', True), ("AI", True), ("東京", True), ("=Go", True), ("=go", False), ('="The C++"', True), ('="the C++"', False), ("/crew.*sails/", True),
        ("/^go-/im", True), ("/^go-/", False), ("title:tariff", True), ("title:crew", False), ("text:crew", True), ("text:tariff", False), ("author:ann", True),
        ("author:=Ann", True), ("category:sport", False), ("category:sport*", True), ('category:"Motor Sport"', True), ('category:="Motor Sport"', True),
        ('category:="motor sport"', False), ("source:the-port", True), ("source:the-po*", True), ("source:paper", True), ("source:=the-port", True),
        ("source:=The-Port", False), ("url:news/ship", True), ("url:=news/ship", False), ("url:=News", True), ("url:ship*", False), ("lang:en", True),
        ("lang:en-gb", True), ("lang:de", False), ("12:30", True), ("or", False), ('"OR"', False), ("sport", True), ("🙂", False), ('"motor sport"', True),
        ("/the-port/i", False), ("source:/^the-port$/", True), ("source:/Paper/", True), ("category:/^Motor/", True), ("url:/ship-[0-9]/", True), ("url:*", False),
        ("url:/1$/", True), ("lang:en_GB", True), ("\u200b", False), ('"crew – of"', True), ('"新東京"', True), ("京駅", True), ("生成", True), ('"12 30."', True), ('title:"tariffs hit"', True),
        ("tools*", True), ("-(-crew)", True), ("crew OR -crew", True), ('"\\"x"', False), ("any:crew", True), ("-title:nothing", True),
    ],
)  # fmt: skip
def test_a_rule_holds(query: str, holds: bool) -> None:
    matcher = compile_rules([Rule(query, 3)])

    assert matcher.first(SHIPS) == (Rule(query, 3) if holds else None)


@pytest.mark.parametrize(
    ("query", "message", "column"),
    [
        ("", "empty", 1), ("  ", "empty", 1), ("foo:bar", "no field", 1), ("titel:x", "did you mean `title:`", 1), ("title: x", "needs a value", 1), ("title:(x)", "parenthesis", 1),
        ('"open', "not closed", 1), ("/open", "not closed", 1), ("(open", "not closed", 1), ("(", "not closed", 1), ("a)", "without `(`", 2), (")", "without `(`", 1), ("()", "holds nothing", 1),
        ('""', "empty phrase", 1), ('" "', "empty phrase", 1), ("OR a", "term before", 1), ("AND a", "term before", 1), ("a OR", "term after", 3), ("a AND", "term after", 3),
        ("a OR OR b", "term after", 3), ("a NOT b", "NOT is no operator", 3), ("a - b", "lone `-`", 3), ("-OR", "lone `-`", 1), ("größe:x", "no field `größe`", 1), ('"a"*', "lone `*`", 4), ("-", "lone `-`", 1), ("title:", "needs a value", 1), ("lang:en*", "language tag", 6),
        ("=*", "no `*`", 1), ("a OR )", "term after", 3), ("a )", "without `(`", 3), ("--a", "`--`", 1), ("*", "lone `*`", 1), ("a*b", "only at the end", 1),
        ("=", "needs a word", 1), ("=x*", "no `*`", 1), ('="x"*', "lone `*`", 5), ('="x*"', "no `*`", 2), ("/(/", "wrong", 1), ("/" + "a" * 501 + "/", "501 characters", 1), ("/(a+)+/", "unbounded", 1),
        ("/(x*y*)*/", "unbounded", 1), ("/a/x", "no regex flag", 1), ("/a/ii", "twice", 1), ("//", "empty regex", 1), ('lang:"en"', "language tag", 6), ("lang:e!n", "language tag", 6),
        ("(" * (MAX_DEPTH + 2) + "a" + ")" * (MAX_DEPTH + 2), "too deep", MAX_DEPTH + 2), ('"*"', "lone `*`", 1), ("a (b", "not closed", 3),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_column(query: str, message: str, column: int) -> None:
    with pytest.raises(QueryError) as error:
        parse(query)

    assert message in str(error.value)
    assert error.value.column == column


@pytest.mark.parametrize("query", ["/(?:ab)+c{2,}/", "/a{1,3}b*/", "/(a|b)*c/", r"/a\/b/"])
def test_harmless_regexes_are_taken(query: str) -> None:
    parse(query)


def test_a_search_that_runs_away_is_given_up() -> None:
    runaway = compile_rules([Rule("/(a|aa)*b$/", 1)])
    start = time.process_time()

    found = runaway.first(Subject("a" * 5000, ""))

    assert found is None
    assert time.process_time() - start < 5


@given(st.text(alphabet='ab "()-=*/:ORANDtitle\\', max_size=40))
def test_any_text_is_a_rule_or_a_mistake(query: str) -> None:
    try:
        matcher = compile_rules([Rule(query, 1)])
    except QueryError as error:
        assert 1 <= error.column <= len(query) + 1
    else:
        matcher.first(SHIPS)


def test_a_source_excludes_by_its_rules() -> None:
    source = Source("s", "", include=(Rule("ship", 7),), exclude=(Rule("gossip", 9),))
    made = rules_of((), source, "Title")

    def said(title: str) -> str | None:
        return made.excluded(made.subject(title, "", (), (), "", None))

    assert said("a ship") is None
    assert said("ship gossip") == "exclude rule at feeds.toml:9: gossip"
    assert said("a car") == "no include rule at feeds.toml:7 holds"


def test_a_channel_takes_by_sources_tags_and_rules() -> None:
    source = Source("s", "", tags=("sea",))
    channels = (
        Channel("all", "All"), Channel("mine", "M", sources=("s",)), Channel("theirs", "T", sources=("x",)), Channel("sea", "S", tags=("sea",)), Channel("land", "L", tags=("land",)),
        Channel("ships", "Sh", match=(Rule("ship", 1),)), Channel("quiet", "Q", exclude=(Rule("ship", 1),)),
    )  # fmt: skip
    made = rules_of(channels, source, "Title")

    assert made.channels(made.subject("a ship", "", (), (), "", None)) == ("all", "mine", "sea", "ships")
    assert not admits(channels[4], source)


def test_every_labelled_rule_case(shared: Path) -> None:
    wrong = []
    for line in (shared / "editorial" / "topics_dev.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if isinstance(case["expect"], bool) and _decided(case) != case["expect"]:
            wrong.append(case["id"])

    assert wrong == []


def _decided(case: dict[str, object]) -> bool:
    from aggregator.editorial import text

    entry = case["entry"]
    assert isinstance(entry, dict)
    blocks = [*text.blocks(entry.get("summary") or "", html=True), *text.blocks(entry.get("content") or "", html=True)]
    subject = Subject(
        text.inline(entry.get("title") or "", html=True), text.plain(blocks), tuple(entry.get("categories") or ()),
        (entry["author"],) if entry.get("author") else (), entry.get("source") or "", entry.get("source_title") or "", entry.get("link") or "", entry.get("lang"),
    )  # fmt: skip

    def holds(key: str) -> bool:
        value = case.get(key, [])
        queries = value if isinstance(value, list) else [value]
        return compile_rules([Rule(str(query), 1) for query in queries]).first(subject) is not None

    return ("match" not in case or holds("match")) and not holds("exclude")


@pytest.mark.parametrize(
    ("title", "query", "holds"),
    [
        ("viruses", "virus", False), ("Google", "go", False), ("example.net", ".NET", False), ("C++11", "C++", False), ("C++.", "C++", True), ("covid19", '"covid 19"', False),
        ("Covid – 19", '"covid 19"', True), ("theTokyo東京tower", "東京", True), ("snake_case", "snake", True), ("x🙂y", "🙂", True), ("❤", "❤\ufe0f", True), ("サーバーを", "サーバー", True),
        ("what now?", '"now?"', True), ("what now", '"now?"', False), ("un believable", "unbelievable", False), ("Straße 7", "strasse", True), ("ﬁne", "fine", True), ("AIs", "AI", True),
        ("AIs", "=AI", False), ("polish Post", '="Polish Post"', False), ("Polish\n  Post", '="Polish Post"', True), ("Pe\u0301rez", "=Pérez", True), ("Perez", "=Pérez", False),
    ],
)  # fmt: skip
def test_a_word_is_seen_in_a_title(title: str, query: str, holds: bool) -> None:
    assert (compile_rules([Rule(query, 1)]).first(Subject(title, "")) is not None) == holds


@given(st.text(min_size=1, max_size=20), st.sampled_from(["{}", "{}s", "({})", "x {} y", "“{}”"]))
def test_a_word_is_found_in_itself_whatever_stands_around(word: str, frame: str) -> None:
    word = "".join(letter for letter in word if letter.isascii() and letter.isalpha())
    if not word or word in ("OR", "AND", "NOT"):
        return

    found = compile_rules([Rule(word, 1)]).first(Subject("", frame.format(word.swapcase())))

    assert found == Rule(word, 1)


@given(
    st.sampled_from(["tariff", '"steel mill"', "-x", "/l+/", "=Mill", "mil*"]), st.sampled_from(["tariff", "mill", "x"])
)
def test_operators_are_those_of_logic(one: str, other: str) -> None:
    def holds(query: str) -> bool:
        return compile_rules([Rule(query, 1)]).first(Subject("Mill tariffs", "of steel")) is not None

    assert holds(f"{one} {other}") == holds(f"{one} AND {other}") == (holds(one) and holds(other))
    assert holds(f"{one} OR {other}") == (holds(one) or holds(other))
    assert holds(f"-({one} OR {other})") == (not holds(one) and not holds(other))
    assert holds(f"{one} {other} OR {other}") == ((holds(one) and holds(other)) or holds(other))


def test_stars_are_plain_in_addresses() -> None:
    subject = Subject("", "", url="https://a.example/a*b")

    assert compile_rules([Rule("url:A*B", 1)]).first(subject) is not None
    assert compile_rules([Rule("url:=a*b", 1)]).first(subject) is not None
    assert compile_rules([Rule('url:"a*"', 1)]).first(subject) is not None
    assert compile_rules([Rule("url:a*c", 1)]).first(subject) is None


def test_a_rule_over_a_long_text_takes_microseconds() -> None:
    subject = Subject("A title", "The quick brown fox’s — tariffs – and cafés jump again. " * 90)
    matcher = compile_rules([Rule("nothing OR northern OR tarif", 1)])
    matcher.first(subject)
    start = time.process_time()

    for _ in range(1000):
        matcher.first(subject)

    assert time.process_time() - start < 0.5


def test_compiled_rules_are_kept() -> None:
    assert rules.compiled("kept") is rules.compiled("kept")

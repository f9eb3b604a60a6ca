"""What is no part of an article goes; what only looks like it stays."""

from __future__ import annotations

import pytest

from aggregator.editorial import boilerplate
from aggregator.editorial.text import BULLET, HEADING

SHIP = "The ship came in."


@pytest.mark.parametrize(
    "block",
    [
        "The post A title appeared first on A site.",
        "Der Beitrag A title erschien zuerst auf Seite.",
        "L'article A title est apparu en premier sur Site.",
        "La entrada A title se publicó primero en Sitio.",
        "L'articolo A title proviene da Sito.",
        "O post A title apareceu primeiro em Sítio.",
        "Het bericht A title verscheen eerst op Site.",
        "Artykuł A title pochodzi z serwisu Strona.",
        "Запись A title впервые появилась Сайт.",
        "A title yazısı ilk önce Site üzerinde ortaya çıktı.",
        "A title は Site に最初に表示されました。",
        "Continue reading A title",
        "Continue reading %A title%",
        "Lire la suite",
        "Leer más",
        "Lue lisää",
        "Читать далее",
        "繼續閱讀 →",
        "Dela",
        "Newsletter abonnieren",
        "Publicité",
        "Table of contents",
        "目次",
        "© 2026 A site",
        "Leave a comment",
        "12 Kommentare",
        "Posted in: Ships",
        "Thanks for reading The Log! Subscribe for free to receive new posts.",
        "Enjoyed this? Subscribe to my newsletter for more.",
        "Learn more about your ad choices. Visit ships.example/adchoices",
        "Hosted on Harbour. See harbour.example/privacy for more information.",
        "Privacy Policy and Notice",
        "Reply via email",
        "View comments",
        "0:00 The ship 1:20 The ice",
        "（来源：船报）",
        "— Ann Other (@ann) May 3, 2026",
        "Continue reading",
        "Read more »",
        "Weiterlesen …",
        "[link] [comments]",
        "[link][650 comments]",
        "[link] [1143 comments]",
        "submitted by /u/somebody [link] [comments]",
        "submitted byannatoships",
        "submitted by Anna to ships [link] [529 comments]",
        "37 points, 1 comment",
        "16 posts - 10 participants Read full topic",
        "anna posted a photo:",
        "Article URL: https://a.example/b",
        "# Comments: 12",
        "Filed under: News, Ships",
        "Share this: Facebook Twitter",
        "Subscribe to our newsletter",
        "Sign up here to get an email when a new drawing is out",
        "Join us on Mastodon!",
        "Support the ship's log on Patreon: https://x.example/",
        "Become a member today",
        "This episode of the log is sponsored by Rope and Sons, makers of rope.",
        "Advertisement",
        "View fullsize",
        "Photo: Ann Other / Agency",
        "(Image credit: Ann Other)",
        "(Photographer: Ann Other)",
        "To read this article in full, please click here",
        "https://ships.example/2",
        "* * *",
        "–",
        '[ships-gallery ids="1,2"]',
        "[/caption]",
        "Transcript: English Español",
        "Related: The other ship",
        "Lees ook: Het andere schip",
        "Читайте также: Другой корабль",
        "続きを読む",
        "More details",
        "Full story",
        "Read more about ships",
        "Getty Images",
        "#ships #sea",
        "此主题相关图片如下：",
        "ship-2.mp3",
        "Screenshot by Ann Other",
    ],
)
def test_furniture_goes(block: str) -> None:
    assert boilerplate.trimmed([SHIP, block], "A title")[0] == [SHIP]


@pytest.mark.parametrize(
    "block",
    [
        "The post office appeared first on the map.",
        "Tags are what the ranger looks for when he counts seals on the ice.",
        "He reads more than he writes, and he writes a lot.",
        "Support for the plan is growing in the capital, officials say.",
        "More details emerge in the trial of the captain.",
        "Read more books, the minister tells sailors.",
        "Les merveilles du monde marin.",
        "Continua la protesta dei lavoratori del porto.",
        "Tovább nőtt az infláció.",
        "Related work shows that ice is thin.",
        "Join the two pipes with a coupling.",
        "Follow the ship through the Channel to Brest.",
        "Share prices fell on Monday.",
        "Delen van de haven zijn dicht.",
        "Full of hope, the crew went ashore.",
        "Sign of the times: the harbour is empty.",
        "Get out of the water when the horn sounds.",
        "Video games are what the crew plays.",
        "Photo editors choose the pictures of the year.",
        "Source code is what they want.",
        "Contents of the hold were wet.",
        "Comments by the captain angered the crew.",
        "By the time the ship came in, the crew was ill.",
        "Print newspapers are dying.",
        "Follow-up to the last voyage is next week.",
        "Ad blockers are popular.",
        "PR work is hard.",
        "Download speeds are rising.",
        "Watch the ice, the captain said.",
        "Subscribers left in May. Nobody knows why.",
        "Link rot is a problem.",
        "5 minutes were enough.",
        "Sponsors are leaving the club.",
        "In this article we show how to sail.",
        "Comment is free, facts are sacred, he said.",
        "Enjoying the ice, the crew went ashore.",
        "0:30 was the time when the ship came in.",
        "Details are scarce.",
        "Mehr Schiffe als je zuvor.",
        "Altro giro, altra corsa.",
        "Suite bergamasque is played tonight.",
        "Source says ship is late.",
        "✌️👀",
        "1️⃣ 2️⃣",
        "C++ / C#",
    ],
)
def test_what_only_looks_like_furniture_stays(block: str) -> None:
    assert boilerplate.trimmed([SHIP, block], "A title") == ([SHIP, block], "")


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("by Ann Other", []),
        ("Ann Other", ["Ann Other"]),
        ("updated: July 2016", []),
        ("24 November 2026", []),
        ("EP", []),
        ("A title", []),
        ("By Ann Other, Staff Writer", []),
        ("Posted by Ann van Other on 3 May 2026", []),
        ("by ann_other", []),
        ("Posted on 24 November 2026", []),
        ("5 min read", []),
        ("Author: Ann Other", []),
        ("AGENCIAS", []),
    ],
)
def test_what_stands_before_an_article_goes(head: str, names: list[str]) -> None:
    assert boilerplate.trimmed([head, "The ship came in."], "A title", names)[0] == ["The ship came in."]


@pytest.mark.parametrize(
    "head", ["By the sea they waited for a ship", "By popular demand", "Di notte si naviga", "Von hier an"]
)
def test_a_beginning_that_only_looks_like_a_byline_stays(head: str) -> None:
    assert boilerplate.trimmed([head, SHIP], "A title")[0] == [head, SHIP]


def test_capitals_that_are_all_that_is_said_are_no_agency() -> None:
    assert boilerplate.trimmed(["LOL"], "A title")[0] == ["LOL"]


def test_a_dateline_goes() -> None:
    kept, _ = boilerplate.trimmed(["NEWARK, N.J. (AP) — The second day of talks has begun."], "A title")

    assert kept == ["The second day of talks has begun."]


def test_a_bracket_before_a_dash_is_no_dateline() -> None:
    text = "The captain (who knew it) — and he alone — went ashore."

    assert boilerplate.trimmed([text], "A title")[0] == [text]


@pytest.mark.parametrize("mark", ["[...]", "[…]", "...", "…", "(more…)", "… »"])
def test_a_publishers_cut_is_one_ellipsis(mark: str) -> None:
    kept, cut = boilerplate.trimmed([f"The ship came in and {mark}"], "A title")

    assert (kept, cut) == (["The ship came in and…"], "marked")


def test_an_arrow_goes_and_a_closing_guillemet_stays() -> None:
    assert boilerplate.trimmed(["Le navire est parti »"], "")[0] == ["Le navire est parti"]
    assert boilerplate.trimmed(["« Le navire est parti »"], "")[0] == ["« Le navire est parti »"]


@pytest.mark.parametrize("text", ["[...]", "« #ships #sea", "#ships #sea", "https://ships.example/", "* * *"])
def test_a_text_without_words_is_nothing(text: str) -> None:
    assert boilerplate.trimmed([text], "A title")[0] == []


def test_a_cut_with_words_that_lead_on_may_be_inside_a_word() -> None:
    assert boilerplate.trimmed(["The ship came in and th…", "Read more"], "") == (["The ship came in and th…"], "open")
    assert boilerplate.trimmed(["The ship came in and […]", "Read more"], "") == (["The ship came in and…"], "marked")


def test_a_text_that_stops_before_read_more_is_cut() -> None:
    text = "The ship came in before dawn and the crew went"

    assert boilerplate.trimmed([text, "Read more"], "") == ([text], "open")
    assert boilerplate.trimmed(["The ship came in", "Read more"], "") == (["The ship came in"], "")


def test_what_stands_behind_a_cut_in_brackets_is_a_footer() -> None:
    assert boilerplate.trimmed(["The ship […]", "A site - all about ships"], "") == (["The ship…"], "marked")


def test_a_list_that_begins_with_a_promotion_goes() -> None:
    promotion = [f"{BULLET}Sign up here to get an email every day", f"{BULLET}Get all your rope at the rope shop"]

    assert boilerplate.trimmed([SHIP, *promotion, "It left."], "")[0] == [SHIP, "It left."]
    assert boilerplate.trimmed([SHIP, f"{BULLET}Rope", *promotion], "")[0] == [SHIP, f"{BULLET}Rope", promotion[1]]


@pytest.mark.parametrize(
    "announcement", ["This episode is sponsored by:", f"{HEADING}Table of contents", f"{HEADING}See also", "Tags:"]
)
def test_a_list_that_is_announced_as_no_text_goes(announcement: str) -> None:
    blocks = [SHIP, announcement, f"{BULLET}Rope", f"{BULLET}Sails", "It left."]

    assert boilerplate.trimmed(blocks, "")[0] == [SHIP, "It left."]


def test_a_table_of_facts_before_the_text_goes() -> None:
    facts = ["Price: 14.00", "Weight: 3 kg", "Publisher:"]
    text = "The ship came in before dawn, as it had done on every Friday of that long and stormy winter."

    assert boilerplate.trimmed([*facts, text], "")[0] == [text]
    assert boilerplate.trimmed([*facts[:2], text], "")[0] == [*facts[:2], text]
    assert boilerplate.trimmed(facts, "")[0] == facts


@pytest.mark.parametrize("tail", ["Ann Other", "Ann", "– Ann", "by Ann Other", "Rope and Sons", "Port Site"])
def test_a_signature_goes(tail: str) -> None:
    assert boilerplate.trimmed([SHIP, tail], "", ["Ann Other", "Rope and Sons"])[0] == [SHIP]


def test_a_last_line_that_is_no_signature_stays() -> None:
    assert boilerplate.trimmed([SHIP, "Grain and coal"], "")[0] == [SHIP, "Grain and coal"]
    assert boilerplate.trimmed(["It brought", "Grain"], "")[0] == ["It brought", "Grain"]


@pytest.mark.parametrize(
    "aside",
    [
        " Read on.",
        " Read the full story at A site »",
        " [read more]",
        " Continue reading Ships of the ice →",
        " (Ships, Harbours)",
        " #ships #sea",
        " Look here: https://ships.example/",
        " By Ann Other",
        " Sign up to get it by email.",
        "&nbs",
    ],
)
def test_what_stands_behind_the_last_sentence_goes(aside: str) -> None:
    assert boilerplate.trimmed([f"Ice is thin. {SHIP}{aside}"], "")[0] == [f"Ice is thin. {SHIP}"]


@pytest.mark.parametrize("text", ["(The ship came in.)", "https://ships.example/ is up", "AT&T"])
def test_a_text_is_no_aside_of_itself(text: str) -> None:
    assert boilerplate.trimmed([text], "")[0] == [text]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("The ship that came in: Ann Other", ["It left."]),
        ("The ship that came in Ann Other, May 3, 2026", ["It left."]),
        ("The ship that came in Latest news from (my website): Port", ["It left."]),
        ("The ship that came in Nobody had seen it before.", ["Nobody had seen it before.", "It left."]),
        ("The ship that came in. Nobody had seen it.", ["The ship that came in. Nobody had seen it.", "It left."]),
        ("The ship that came in was empty.", ["The ship that came in was empty.", "It left."]),
    ],
)
def test_the_title_again_goes_with_what_belongs_to_it(text: str, rest: list[str]) -> None:
    assert boilerplate.trimmed([text, "It left."], "The ship that came in", ["Ann Other"])[0] == rest


def test_a_title_that_names_its_source_is_found_without_it() -> None:
    blocks = ["The ship that came in", SHIP, "The post The ship that came in appeared first on Port."]

    assert boilerplate.trimmed(blocks, "The ship that came in (Source: port.example)")[0] == [SHIP]


def test_a_title_in_pieces_is_no_text() -> None:
    assert boilerplate.trimmed(["The ship:", "it came in"], "The ship: it came in") == ([], "")


@pytest.mark.parametrize(
    "head", ["https://x.example/a - JOIN THE CLUB NOW! ", "FULL VIDEO: https://x.example/a ", "https://x.example/a "]
)
def test_an_address_before_the_text_goes(head: str) -> None:
    text = "The ship came in before dawn, as it had done on every Friday of that long and stormy winter."

    assert boilerplate.trimmed([head + text], "")[0] == [text]
    assert boilerplate.trimmed([head + "and left"], "")[0] == [head + "and left"]


def test_no_more_is_looked_at_than_is_asked_for() -> None:
    blocks = [SHIP] * 10 + ["Read more"]

    assert boilerplate.trimmed(blocks, "", limit=40) == ([SHIP] * 3, "")


def test_last_sentences_that_lead_on_go() -> None:
    assert boilerplate.without_lead(f"{SHIP} Read on. Photo: Ann Other") == SHIP
    assert boilerplate.without_lead("Read on.") == "Read on."


def test_what_leads_on_again_and_again_is_taken_off_so_often_and_no_more() -> None:
    again = " Read on."

    assert boilerplate.without_lead(SHIP + again * 40) == SHIP + again * 20


def test_what_stands_behind_what_stands_behind_goes() -> None:
    assert boilerplate.trimmed([f"{SHIP} (Ships) #ships #sea"], "")[0] == [SHIP]

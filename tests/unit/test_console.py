from __future__ import annotations

import logging

from aggregator.cli.console import OneLine


def line(name: str, text: str) -> str:
    record = logging.LogRecord(name, logging.WARNING, "", 0, text, None, None)
    return OneLine(datefmt="%Y-%m-%d").format(record).partition(" ")[2]


def test_an_event_is_logged_as_it_is() -> None:
    shown = line("aggregator", "event=poll source=a outcome=ok")

    assert shown == "level=warning event=poll source=a outcome=ok"


def test_words_of_a_library_are_one_value_of_one_line() -> None:
    shown = line("asyncio", "broken\nlevel=error event=poll source=a")

    assert shown == 'level=warning event=message logger=asyncio text="broken level=error event=poll source=a"'


def test_words_of_a_library_are_no_event_however_they_begin() -> None:
    shown = line("asyncio", "event=poll source=a")

    assert shown == 'level=warning event=message logger=asyncio text="event=poll source=a"'


def test_every_part_of_a_line_has_a_key() -> None:
    record = logging.LogRecord("aggregator", logging.INFO, "", 0, "event=start", None, None)
    shown = OneLine(datefmt="%Y-%m-%dT%H:%M:%S%z").format(record)

    assert all("=" in part for part in shown.split(" "))

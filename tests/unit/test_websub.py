"""Telling hubs that feeds have changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import parse_qs

import pytest

from aggregator.errors import SourceError
from aggregator.model import Channel
from aggregator.publish.websub import RETRIES, Announcer, Notice, notices

BASE = "https://planet.example/"
HUB, OTHER = "https://hub.example/", "https://other.example/"
CHANNELS = (
    Channel("all", "All", hub=(HUB,)),
    Channel("arctic", "Arctic", hub=(HUB, OTHER)),
    Channel("quiet", "Quiet"),
)
NOTICE = Notice(HUB, BASE + "feed.atom")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (["feed.atom"], [NOTICE]),
        (["arctic/feed.json"], [Notice(HUB, BASE + "arctic/feed.json"), Notice(OTHER, BASE + "arctic/feed.json")]),
        (["quiet/feed.atom"], []),
        (["index.html", "arctic/index.html", "status.json", "archive/1.atom", "archive/feed.atom"], []),
        ([], []),
    ],
)
def test_each_hub_of_a_channel_hears_of_each_feed_that_changed(changed: list[str], expected: list[Notice]) -> None:
    assert notices(changed, CHANNELS, BASE) == expected


@dataclass
class Wire:
    """Hubs that give these answers in turn, then 202; 0 is none at all."""

    answers: list[int] = field(default_factory=list)
    sent: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    async def __call__(self, hub: str, form: bytes) -> int:
        self.sent.append((hub, parse_qs(form.decode())))
        status = self.answers.pop(0) if self.answers else 202
        if not status:
            raise SourceError("network", "no connection")
        return status


def test_a_notice_names_mode_and_topic() -> None:
    wire = Wire()
    announcer = Announcer(wire)
    announcer.announce([NOTICE, NOTICE], 0.0)

    told = asyncio.run(announcer.round(0.0))

    assert told == [(NOTICE, "told")]
    assert wire.sent == [(HUB, {"hub.mode": ["publish"], "hub.url": [NOTICE.topic], "hub.topic": [NOTICE.topic]})]
    assert asyncio.run(announcer.round(9999.0)) == []


def test_a_hub_that_does_not_take_it_is_told_again_and_then_given_up() -> None:
    wire = Wire([500, 0, 404, 503, 500, 500])
    announcer = Announcer(wire)
    announcer.announce([NOTICE], 0.0)
    now, times = 0.0, []
    while announcer.waiting:
        if asyncio.run(announcer.round(now)):
            times.append(now)
        now += 5.0

    assert [later - earlier for earlier, later in pairwise(times)] == list(RETRIES)


def test_what_went_wrong_is_said() -> None:
    announcer = Announcer(Wire([0, 500]))
    announcer.announce([NOTICE], 0.0)

    assert asyncio.run(announcer.round(0.0)) == [(NOTICE, "no connection")]
    assert asyncio.run(announcer.round(10.0)) == [(NOTICE, "the hub answered 500")]


def test_a_feed_that_changes_while_its_hub_is_told_is_told_again() -> None:
    wire = Wire()

    async def changing(hub: str, form: bytes) -> int:
        announcer.announce([NOTICE], 1.0)
        return await wire(hub, form)

    announcer = Announcer(changing)
    announcer.announce([NOTICE], 0.0)

    asyncio.run(announcer.round(0.0))

    assert announcer.waiting == {NOTICE: (1.0, 0)}


def test_what_waits_is_bounded() -> None:
    announcer = Announcer(Wire())
    announcer.announce((Notice(HUB, str(n)) for n in range(10_005)), 0.0)

    assert len(announcer.waiting) == 10_000

"""What is an incident, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.model import FetchState, Source
from aggregator.publish.incidents import MOST, Incident, followed, of_planet, of_source
from tests.records import NOON

BLOG = Source("blog", "https://user:secret@blog.example/feed")
LATER = NOON + timedelta(hours=5)


def incident(source: str = "blog", kind: str = "failing", hours: int = 0) -> Incident:
    since = NOON + timedelta(hours=hours)
    return Incident(source, kind, since.isoformat(), f"{source} cannot be read", "It answers 500", since)


@pytest.mark.parametrize("state", ["ok", "quiet", "new", "paused"])
def test_source_that_is_well_is_no_incident(state: str) -> None:
    assert of_source(BLOG, "The blog", FetchState(state=state, since=NOON), NOON) == []


@pytest.mark.parametrize(
    ("state", "says"), [("gone", "is gone"), ("failing", "cannot be read"), ("stale", "readable for long")]
)
def test_trouble_names_the_source_and_what_happened(state: str, says: str) -> None:
    [found] = of_source(BLOG, "The blog", FetchState(state=state, since=NOON, error="it answers 500"), LATER)

    assert found.title.startswith("The blog")
    assert found.title.endswith(says)
    assert (found.text, found.since) == ("it answers 500", NOON)


def test_trouble_without_a_failure_says_its_state() -> None:
    [found] = of_source(BLOG, "The blog", FetchState(state="throttled", since=NOON), LATER)

    assert found.text == "Its state is: throttled."


def test_move_is_told_without_credentials() -> None:
    state = FetchState(state="ok", since=NOON, effective_url="https://user:secret@new.example/feed")
    [found] = of_source(BLOG, "The blog", state, LATER)

    assert found.title == "The blog has moved"
    assert found.text.startswith("It is read from https://new.example/feed now")
    assert found.since == LATER


def test_planet_is_stale_only_when_polls_go_on_without_success() -> None:
    assert of_planet("Planet", None, NOON) == []
    assert of_planet("Planet", NOON, NOON + timedelta(hours=23)) == []
    assert of_planet("Planet", NOON, NOON + timedelta(days=1))[0].since == NOON


def test_incident_that_goes_on_stays_as_it_is() -> None:
    first = followed([], [incident()], {"blog": NOON})

    assert followed(first, [replace(incident(), since=LATER)], {"blog": NOON}) == first == [incident()]


def test_incident_that_is_over_ends_when_the_next_state_began() -> None:
    over = followed([incident()], [], {"blog": LATER})

    assert over == [replace(incident(), until=LATER)]
    assert followed(over, [], {"blog": LATER + timedelta(days=1)}) == over


def test_end_is_never_before_the_beginning() -> None:
    [over] = followed([incident(hours=9)], [], {"blog": NOON})

    assert over.until == over.since


def test_source_that_was_removed_is_forgotten() -> None:
    assert followed([incident()], [], {}) == []


def test_newest_changes_come_first_and_the_oldest_are_dropped() -> None:
    many = [incident(f"source{n}", hours=n) for n in range(MOST + 5)]

    found = followed(many[:3], many[3:], {f"source{n}": NOON for n in range(3)})

    assert [one.source for one in found[:2]] == [f"source{MOST + 4}", f"source{MOST + 3}"]
    assert len(found) == MOST


def test_id_is_permanent_and_of_this_incident_alone() -> None:
    secret = "00000000-0000-4000-8000-000000000000"
    over = replace(incident(), until=LATER, text="other words")

    assert incident().id(secret) == over.id(secret)
    assert len({incident().id(secret), incident(hours=1).id(secret), incident("paper").id(secret)}) == 3

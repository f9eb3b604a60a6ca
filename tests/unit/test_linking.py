"""Link headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.schedule.linking import MAX_LINKS, Link, first, links

BASE = "https://blog.example/feeds/all"


def relations(*values: str) -> list[tuple[str, str]]:
    found = links(tuple(("link", value) for value in values), BASE)
    return [(relation, link.url) for link in found for relation in link.relations]


HUB, SELF = ("hub", "https://hub.example/"), ("self", "https://blog.example/feed")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (['<https://hub.example/>; rel="hub"'], [HUB]),
        (["<https://hub.example/>;rel=hub"], [HUB]),
        (['<https://hub.example/>; rel="hub", <https://blog.example/feed>; rel="self"'], [HUB, SELF]),
        (['<https://hub.example/>; rel="hub"', '<https://blog.example/feed>; rel="self"'], [HUB, SELF]),
        (['<https://hub.example/>; REL="Hub"'], [HUB]),
        (['<https://hub.example/>; rel="hub self"'], [HUB, ("self", "https://hub.example/")]),
        (['<https://hub.example/>; title="a, b; <c>"; rel="hub"'], [HUB]),
        (['<https://hub.example/>; title="\\"quoted\\""; rel="hub"'], [HUB]),
        (["</feed>; rel=self"], [SELF]),
        (["<../feed>; rel=self"], [SELF]),
        (["<https://hub.example/>; rel=hub; rel=self"], [HUB]),
        (['<https://hub.example/>; rel=hub; anchor="https://other.example/"'], []),
        (['<https://hub.example/>; rel=hub; anchor="#part"'], [HUB]),
        (["<https://hub.example/>; rel=hub; anchor"], [HUB]),
        ([" , <https://hub.example/>; rel=hub ,, </feed>; rel=self,"], [HUB, SELF]),
        (["<https://hub.example/>"], []),
        (["https://hub.example/; rel=hub"], []),
        (["<javascript:alert(1)>; rel=hub"], []),
        (["<http://[broken/>; rel=hub"], []),
        (["<https://hub.example/>; rel=hub rubbish, </feed>; rel=self"], [HUB]),
        (['<https://hub.example/>; rel="hub"rubbish, </feed>; rel=self'], [HUB]),
        (
            [
                '</a>; rel="hub self"; title="x, y", <https://o.example/>; REL=Hub',
                '<b>; rel=next; anchor="https://other.example/"',
            ],
            [("hub", "https://blog.example/a"), ("self", "https://blog.example/a"), ("hub", "https://o.example/")],
        ),
        ([], []),
    ],
)
def test_links_are_read_as_the_rfc_writes_them(values: list[str], expected: list[tuple[str, str]]) -> None:
    assert relations(*values) == expected


def test_a_type_is_kept_and_other_headers_are_no_links() -> None:
    headers = (("location", "<https://a.example/>; rel=hub"), ("link", '</x>; rel=alternate; type="text/html"'))

    assert links(headers, BASE) == (Link(("alternate",), "https://blog.example/x", "text/html"),)


def test_the_first_link_of_a_relation_counts() -> None:
    found = links((("link", "</a>; rel=hub, </b>; rel=hub"),), BASE)

    assert (first(found, "hub"), first(found, "self")) == ("https://blog.example/a", None)


def test_no_more_than_a_bounded_number_is_read() -> None:
    assert len(relations(",".join(["</a>; rel=hub"] * 999))) == MAX_LINKS


@given(st.text())
def test_no_header_breaks_it(value: str) -> None:
    assert isinstance(relations(value), list)
    assert isinstance(relations(f"<{value}>; rel=hub"), list)

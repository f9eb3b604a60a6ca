"""What a request's headers ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.web import negotiate

ALL = ("br", "gzip", "identity")
MODIFIED = 1_800_000_000  # Fri, 15 Jan 2027 08:00:00 GMT
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br, gzip", "br"),
        ("gzip, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip; q=0.5 , br ;q=0.8", "br"),
        ("gzip;Q=0.5, br;q=0.1", "gzip"),
        ("identity, gzip;q=0.5", "identity"),
        ("gzip;q=0", "identity"),
        ("*", "br"),
        ("*;q=0.1, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("deflate, zstd", "identity"),
        ("gzip;q=0.001", "gzip"),
        ("gzip;q=nan", "identity"),
        ("gzip;q=2", "identity"),
        ("gzip;level=9", "gzip"),
        (", ,gzip", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("deflate, *;q=0", None),
    ],
)
def test_the_coding_is_the_best_that_the_client_accepts(header: str | None, expected: str | None) -> None:
    assert negotiate.coding(header, ALL) == expected


def test_a_coding_that_is_not_there_is_not_sent() -> None:
    assert negotiate.coding("br, gzip;q=0.5", ("identity", "gzip")) == "gzip"
    assert negotiate.coding("br, identity;q=0", ("identity",)) is None


@given(st.text())
def test_no_header_breaks_negotiation(header: str) -> None:
    assert negotiate.coding(header, ALL) in {*ALL, None}
    assert isinstance(negotiate.still_fresh({"If-None-Match": header}, "v", MODIFIED), bool)
    assert isinstance(negotiate.still_fresh({"If-Modified-Since": header}, "v", MODIFIED), bool)


def test_each_variant_of_a_version_has_its_own_tag() -> None:
    tags = {negotiate.tag("v", coding, as_xml=as_xml) for coding in ALL for as_xml in (False, True)}

    assert tags == {'"v"', '"v-gz"', '"v-br"', '"v-xml"', '"v-gz-xml"', '"v-br-xml"'}


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, False),
        ({"If-None-Match": '"v"'}, True),
        ({"If-None-Match": 'W/"v"'}, True),
        ({"If-None-Match": '"v-gz"'}, True),
        ({"If-None-Match": '"v-br-xml"'}, True),
        ({"If-None-Match": '"y", "v"'}, True),
        ({"If-None-Match": '"y,z",W/"v-gz"'}, True),
        ({"If-None-Match": "*"}, True),
        ({"If-None-Match": "v"}, False),
        ({"If-None-Match": '"y"'}, False),
        ({"If-None-Match": ""}, False),
        ({"If-Modified-Since": DATE}, True),
        ({"If-Modified-Since": "Fri, 15 Jan 2027 08:00:01 GMT"}, True),
        ({"If-Modified-Since": "Fri, 15 Jan 2027 07:59:59 GMT"}, False),
        ({"If-Modified-Since": "Friday, 15-Jan-27 08:00:00 GMT"}, True),
        ({"If-Modified-Since": "Fri Jan 15 08:00:00 2027"}, True),
        ({"If-Modified-Since": "yesterday"}, False),
        ({"If-None-Match": '"y"', "If-Modified-Since": DATE}, False),
        ({"If-None-Match": '"v"', "If-Modified-Since": "Fri, 15 Jan 2021 08:00:00 GMT"}, True),
    ],
)
def test_if_none_match_decides_before_if_modified_since(headers: dict[str, str], fresh: bool) -> None:
    assert negotiate.still_fresh(headers, "v", MODIFIED) is fresh


@pytest.mark.parametrize(
    ("headers", "fails"),
    [
        ({}, False),
        ({"If-Match": '"v"'}, False),
        ({"If-Match": '"v-gz"'}, False),
        ({"If-Match": "*"}, False),
        ({"If-Match": 'W/"v"'}, True),
        ({"If-Match": '"y"'}, True),
        ({"If-Unmodified-Since": DATE}, False),
        ({"If-Unmodified-Since": "Fri, 15 Jan 2027 07:59:59 GMT"}, True),
        ({"If-Unmodified-Since": "whenever"}, False),
    ],
)
def test_a_precondition_names_the_version_it_wants(headers: dict[str, str], fails: bool) -> None:
    assert negotiate.precondition_fails(headers, "v", MODIFIED) is fails


def test_an_http_date_is_written_as_it_is_read() -> None:
    assert negotiate.http_date_text(MODIFIED) == DATE

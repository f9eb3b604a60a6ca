"""URLs made absolute, clean and comparable (checklist part M)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.editorial import links


@pytest.mark.parametrize(
    ("given_url", "key"),
    [
        ("HTTP://WWW.Example.COM:80/a", "example.com/a"),
        ("https://example.com/a/", "example.com/a"),
        ("https://example.com/a/../b/./c", "example.com/b/c"),
        ("https://example.com/%7euser/%c3%bc", "example.com/~user/%C3%BC"),
        ("https://example.com/ü", "example.com/%C3%BC"),
        ("https://münchen.example/x", "xn--mnchen-3ya.example/x"),
        ("https://example.com./x", "example.com/x"),
        ("https://example.com/x?b=2&a=1", "example.com/x?a=1&b=2"),
        ("https://example.com/x?utm_source=rss&p=12", "example.com/x?p=12"),
        ("https://example.com/x?a=1&amp;utm_medium=feed", "example.com/x?a=1"),
        ("https://example.com/x#section", "example.com/x"),
        ("https://example.com/x#!/route", "example.com/x#!/route"),
        ("https://example.com/thread#pid1234", "example.com/thread#pid1234"),
        ("https://example.com/x#more-1234", "example.com/x"),
        ("https://example.com:8443/x", "example.com:8443/x"),
        ("https://example.com/", ""),
        ("https://example.com", ""),
        ("HTTPS://Example.com/", ""),
        ("https://example.com:443/#top", ""),
        ("https://example.com/?p=123", "example.com?p=123"),
        ("ftp://example.com/x", ""),
        ("mailto:a@example.com", ""),
        ("http://[::bad/x", ""),
        ("", ""),
        ("https://" + "ü" * 80 + ".example/x", "ü" * 80 + ".example/x"),
    ],
)
def test_key_is_the_same_for_the_same_page(given_url: str, key: str) -> None:
    assert links.key(given_url) == key


@pytest.mark.parametrize("path", ["", "/", "/x", "/x/", "/X/~a;b=1,2", "//x", "/x//y/", "/a:b@c", "/x/.y"])
@pytest.mark.parametrize("host", ["example.com", "www.example.com", "www.www.example.com", "a-b.example.co.uk"])
def test_an_ordinary_address_has_the_key_of_the_same_written_otherwise(host: str, path: str) -> None:
    ordinary, same = f"https://{host}{path}", f"HTTP://{host.upper()}:80{path}#top"

    assert links.key(ordinary) == links.key(same)


@pytest.mark.parametrize(
    ("given_url", "published"),
    [
        ("https://example.com/?a=%2b&utm_source=x&b", "https://example.com/?a=%2b&b"),
        ("https://example.com/x?fbclid=1", "https://example.com/x"),
        ("https://example.com/x?UTM_Source=1&q=2#f", "https://example.com/x?q=2#f"),
        (
            "https://example.com/x?id=1&p=2&page=3&source=4&ref=5&v=6",
            "https://example.com/x?id=1&p=2&page=3&source=4&ref=5&v=6",
        ),
        ("https://example.com/x?ref=example.com", "https://example.com/x"),
        ("https://example.com/x?PHPSESSID=0123456789abcdef", "https://example.com/x"),
        ("https://example.com/x?sid=0123456789abcdef0123456789abcdef", "https://example.com/x"),
        ("https://example.com/a.pl?sid=26/11/24/0123456", "https://example.com/a.pl?sid=26/11/24/0123456"),
        ("https://example.com/a.pl?sid=123456789", "https://example.com/a.pl?sid=123456789"),
        ("https://www.youtube.com/watch?v=1&si=abc", "https://www.youtube.com/watch?v=1"),
        ("https://example.com/watch?v=1&si=abc", "https://example.com/watch?v=1&si=abc"),
        ("https://example.com/x#:~:text=word", "https://example.com/x"),
        ("https://example.com/x?a=1#:~:text=word", "https://example.com/x?a=1"),
        ("https://www.google.com/url?q=https://a.example/b&sa=t", "https://a.example/b"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2Fb", "https://a.example/b"),
        ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
        ("http://[::bad/x", "http://[::bad/x"),
        ("http://google.com/url?q=http%3A%2F%2F%5Bx%2F%3Fa%3Db", "http://[x/?a=b"),
        ("x?utm_source=1", "x"),
    ],
)
def test_published_loses_only_what_tracks(given_url: str, published: str) -> None:
    assert links.published(given_url) == published


@pytest.mark.parametrize(
    ("given_url", "safe"),
    [
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        (" https://example.com/a b ", "https://example.com/a%20b"),
        ("https://exam\nple.com/a", "https://example.com/a"),
        ("https://user:secret@example.com/a", "https://example.com/a"),
        ("https://example.com/<script>", "https://example.com/%3Cscript%3E"),
        ("https:\\\\example.com\\a", "https://example.com/a"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.com/x", None),
        ("/x", None),
        ("http://", None),
        ("http://exa%mple.com/", None),
        ("http://example.com:99999/", None),
        ("http://example.com:0/", None),
        ("http://[::bad/", None),
        ("http://example.com/" + "a" * 3000, None),
        ("http://example.com/ " + "a" * 3000, None),
        ("https://example.com/a[1]?b[c]=d", "https://example.com/a%5B1%5D?b%5Bc%5D=d"),
        ("http://[2001:db8::1]/a[b]", "http://[2001:db8::1]/a%5Bb%5D"),
        ("https://münchen.example/a b", "https://münchen.example/a%20b"),
        ("https://example.com/\ufffe\uffff", "https://example.com/%EF%BF%BE%EF%BF%BF"),
        ("https://example.com/\u202egpj.x", "https://example.com/%E2%80%AEgpj.x"),
        ("https://example.com/\u200b\ufdd0", "https://example.com/%E2%80%8B%EF%B7%90"),
        ("https://example.com/a\ud800b", "https://example.com/ab"),
        ("https://exa\u202emple.com/", None),
        ("https://نامه\u200cای.example/x", "https://نامه\u200cای.example/x"),
        (None, None),
        ("", None),
    ],
)
def test_only_safe_urls_get_through(given_url: str | None, safe: str | None) -> None:
    assert links.safe_url(given_url) == safe


@pytest.mark.parametrize(
    ("url", "bases", "absolute"),
    [
        ("../x", ("http://h.example/a/b/",), "http://h.example/a/x"),
        ("/x", (None, "http://h.example/a/"), "http://h.example/x"),
        ("x", ("sub/", "http://h.example/a/"), "http://h.example/a/sub/x"),
        ("https://other.example/x", ("http://h.example/",), "https://other.example/x"),
        ("mailto:a@b.example", ("http://h.example/",), "mailto:a@b.example"),
        ("http://[::bad", ("http://h.example/",), ""),
        ("", ("http://h.example/",), ""),
        (None, (), ""),
        ("x", (), "x"),
    ],
)
def test_absolute_goes_from_the_innermost_base_outwards(
    url: str | None, bases: tuple[str | None, ...], absolute: str
) -> None:
    assert links.absolute(url, *bases) == absolute


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("http://u:p@h.example/x@y", "http://h.example/x@y"),
        ("http://u:p@h.example", "http://h.example"),
        ("http://h.example/x@y", "http://h.example/x@y"),
        ("no url", "no url"),
    ],
)
def test_credentials_are_taken_off(url: str, bare: str) -> None:
    assert links.without_credentials(url) == bare


@pytest.mark.parametrize(
    ("iri", "uri"),
    [
        ("https://h.example/a%20b?x=[1]&y='2'#c", "https://h.example/a%20b?x=[1]&y='2'#c"),
        ("https://h.example/%C3%B6/ö?x=ü&y=%41#ß", "https://h.example/%C3%B6/%C3%B6?x=%C3%BC&y=%41#%C3%9F"),
        ("https://bücher.example:8080", "https://xn--bcher-kva.example:8080"),
        ("http://[2001:db8::1]:80/ö", "http://[2001:db8::1]:80/%C3%B6"),
        ("http://[2001:db8::1]/ö", "http://[2001:db8::1]/%C3%B6"),
        ("tag:ö", "tag:ö"),
    ],
)
def test_uri_is_the_same_address_in_ascii(iri: str, uri: str) -> None:
    assert links.uri(iri) == uri


def test_what_is_no_address_wraps_none() -> None:
    assert links.unwrapped("http://[x/l.php?u=https://a.example/") == "http://[x/l.php?u=https://a.example/"


def test_host_is_lower_case_and_without_www() -> None:
    assert links.host_of("https://WWW.Example.com/x") == "example.com"
    assert links.host_of("http://[::bad") == ""


@given(
    st.text(max_size=80),
    st.sampled_from(["", "http://h.example/", "https://www.google.com/url?q=https://h.example/", "http://[::1]/?q="]),
)
def test_no_text_breaks_any_of_them(text: str, before: str) -> None:
    text = before + text
    safe = links.safe_url(links.published(links.safe_url(text) or text))

    assert safe is None or (safe.isprintable() and links.safe_url(safe) == safe)
    assert safe is None or safe.lower().startswith(("http://", "https://"))
    assert isinstance(links.key(f"http://h.example/{text}"), str)
    assert isinstance(links.published(text), str)
    assert links.uri("https://h.example/" + text).isascii()
    assert isinstance(links.absolute(text, "http://h.example/"), str)


def test_what_is_no_url_leads_nowhere_else() -> None:
    assert links.unwrapped("https://[::1/url?q=https://a.example/") == "https://[::1/url?q=https://a.example/"

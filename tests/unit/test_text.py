"""HTML to blocks of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.editorial import text
from aggregator.editorial.text import HEADING
from aggregator.model import Text


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ("foo<b>bar</b>", ["foobar"]),
        ("<P>One</P><DIV HIDDEN>no</DIV><Pre>short</PRE><SCRIPT>no</SCRIPT>Two", ["One", "short", "Two"]),
        ("a<br>b<hr>c", ["a", "b", "c"]),
        ("<ul><li>x<li>y</ul>", ["• x", "• y"]),
        ("<h2>Head</h2>body", [f"{HEADING}Head", "body"]),
        ("<table><tr><td>a</td><td>b</td></tr></table>", ["a", "b"]),
        ("<script>x()</script><style>y</style><p>z</p>", ["z"]),
        ("<div hidden>x</div><p aria-hidden='true'>y</p><p style='display:none'>z</p>w", ["w"]),
        ('<body class="toc"><p>all of it</p></body>', ["all of it"]),
        ("<figure><img alt='no'><figcaption>caption</figcaption></figure>text", ["text"]),
        ("AT&amp;T &#8230; &#x1F600; &apos; &unknown;", ["AT&T … 😀 ' &unknown;"]),
        ("&lt;p&gt;twice&lt;/p&gt;&lt;p&gt;escaped&lt;/p&gt;", ["twice", "escaped"]),
        ("a &lt;b&gt; c", ["a <b> c"]),
        ("&lt;b&gt; is bold", ["<b> is bold"]),
        ("&amp;lt;b&amp;gt; is bold", ["&lt;b&gt; is bold"]),
        ('<img src="x"> &lt;p&gt;&lt;b&gt;news:&lt;/b&gt; none&lt;/p&gt;', ["news: none"]),
        ("<p>&amp;lt;!-- x --&amp;gt;&amp;lt;p&amp;gt;thrice&amp;lt;/p&amp;gt;</p>", ["thrice"]),
        ("<p>&lt;!-- x --&gt;&lt;p&gt;twice&lt;/p&gt;</p>", ["twice"]),
        ("&lt;joke&gt;", ["<joke>"]),
        ("<pre>1\n2\n3\n4\n5\n6\n7</pre>after", ["after"]),
        ("<pre>short\ncode</pre>", ["short code"]),
        ("<pre><u>1\n2\n3\n4\n5\n6\n7</u></pre><aside>no</aside>after", ["after"]),
        ("<!-- <p>no</p> -->yes", ["yes"]),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字", ["漢字"]),
        ('<table><tr><td class="tr-caption">caption</td></tr></table>text', ["text"]),
        ('<p>text</p><div class="blogger-post-footer">advertisement of some sort</div>', ["text"]),
        ("<p>un<b>believ</b>able", ["unbelievable"]),
        ("<p>&#1;a</p>", ["a"]),
        ("", []),
        ("<p> </p><li></li>", []),
    ],
)
def test_html_becomes_blocks(markup: str, blocks: list[str]) -> None:
    assert text.blocks(markup, html=True) == blocks


def test_plain_text_keeps_its_paragraphs() -> None:
    assert text.blocks("one\ntwo\n\nthree < four", html=False) == ["one two", "three < four"]


def test_plain_text_that_was_escaped_all_the_same_is_unescaped() -> None:
    assert text.blocks("AT&amp;T&nbsp;&#8211;&nbsp;a &amp; b", html=False) == ["AT&T – a & b"]
    assert text.blocks("a & b &c;", html=False) == ["a & b &c;"]


def test_plain_text_that_is_markup_is_read_as_markup() -> None:
    assert text.blocks("<p>one</p><p>two</p>", html=False) == ["one", "two"]


@pytest.mark.parametrize(
    ("value", "html", "line"),
    [
        ("a &amp;amp; b", True, "a &amp; b"),
        ("<b>x</b> &amp; y", True, "x & y"),
        ("&lt;b&gt;bold&lt;/b&gt;", True, "bold"),
        ("1 < 2", True, "1 < 2"),
        ("x<y", True, "x<y"),
        ("Using <template> in HTML", True, "Using <template> in HTML"),
        ("The <canvas> element &amp; more", True, "The <canvas> element & more"),
        ("std::vector<int> explained", True, "std::vector<int> explained"),
        ("<o:p></o:p><SPAN class='x'>A</SPAN> <em>title</em>", True, "A title"),
        ("a <b> c", False, "a <b> c"),
        (" two\n lines ", False, "two lines"),
        ("Minister: &#8216;no&#x2019; &mdash; don&#39;t", False, "Minister: ‘no’ — don't"),
        ("Says &amp;#8220;yes&amp;rdquo;", True, "Says “yes”"),
        ("How &lt;, &#60; &amp; &nothing; are written", False, "How &lt;, &#60; &amp; &nothing; are written"),
    ],
)
def test_inline_is_one_line(value: str, html: bool, line: str) -> None:
    assert text.inline(value, html=html) == line


def test_packed_text_comes_back() -> None:
    summary, content = (
        Text("a summary", html=False),
        Text("<h2>head</h2><p>b\0ody</p>" + "x" * text.MAX_KEPT, html=True),
    )
    packed = text.pack(summary, content)

    kept = content.value[: text.MAX_KEPT].replace("\0", "")
    assert text.unpack(packed) == (summary, Text(kept, html=True), True)
    assert text.unpack(text.pack(content, content, titled=False)) == (Text(kept, html=True),) * 2 + (False,)
    assert text.unpack(b"") == (None, None, None)


def test_text_that_was_packed_before_its_title_was_told_comes_back() -> None:
    assert text.unpack(b".a summary\0<<p>body</p>") == (
        Text("a summary", html=False),
        Text("<p>body</p>", html=True),
        None,
    )


def test_plain_has_a_line_a_block_and_no_marks() -> None:
    assert text.plain([f"{HEADING}head", "body"]) == "head\nbody"


@given(st.text(alphabet="<>/ap bliscrt&;#1x\"'=\n", max_size=300))
def test_no_markup_breaks_it(markup: str) -> None:
    for block in text.blocks(markup, html=True):
        assert "\n" not in block
        assert block.strip()


def test_only_as_much_is_read_as_is_asked_for() -> None:
    whole = "".join(f"<p>Paragraph {n} of a long text, with <a href='/x'>a link</a> in it.</p>" for n in range(200))

    found, all_of_it = text.beginning(whole, 500, html=True)

    assert not all_of_it
    assert sum(map(len, found)) >= 500
    assert len(found) < 60
    assert found[:-1] == text.blocks(whole, html=True)[: len(found) - 1]


def test_the_beginning_of_what_was_escaped_twice_is_markup() -> None:
    whole = "".join(f"<p>Paragraph {n}, with <a href='/x'>a link</a> in it.</p>" for n in range(200))

    found, all_of_it = text.beginning(whole.replace("<", "&lt;"), 500, html=True)

    assert not all_of_it
    assert found[:-1] == text.blocks(whole, html=True)[: len(found) - 1]


@pytest.mark.parametrize(
    "value",
    [
        "<!-- " + "<p>no</p>" * 500 + " --><p>Behind a comment.</p>",
        "<script>" + "if (a<b) x();" * 500 + "</script><p>Behind a script.</p>",
        "<p title='" + "a<b" * 1000 + "'>In an attribute.</p>",
        "<p></p>" * 1000 + "Behind nothing.",
    ],
)
def test_what_hides_markup_is_read_to_its_end(value: str) -> None:
    assert text.beginning(value, 300, html=True) == (text.blocks(value, html=True), True)

"""Simple markup says without a tree what it says with one, or nothing is said."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.editorial import simple, text
from aggregator.editorial.normalise import clean

_NAMES = """p div span a b i em strong code br hr ul ol li h2 blockquote pre figure figcaption table thead tbody tr td th img iframe
    dl dt dd font center q script svg title o:p P""".split()
_SAID = (
    """| href="/x"| href='a"b'| title="a>b"| title="<p>"| alt=don't| class="toc"| class="x"| hidden| HIDDEN| id=toc| /|/| a'b c='x"""
    """| ="x| ="a= "|="x"| style="display: none"| data-x = "1"| x==| =| <| x=/y|\n"""
).split("|")
_TEXTS = """|one|two |\n|  |&amp;|&am|p;|&lt;p&gt;|&nbsp;|&#8217;|&#x2026;|&#128;|&#10;|&NewLine;|&copy|& |&T|&notit;|<|>|"|'|=|</|<!--|-->"""
_TEXTS += "|<!-- more -->|<!-->|é|à\xa0|Ã©|é”|’|\u200b|\u3000|\x0c|\x01|\r\n|\n\n\n\n\n\n\n|漢字|العربية|हिन्दी|•|• "
_TAG = st.builds("<{}{}{}>".format, st.sampled_from(["", "/"]), st.sampled_from(_NAMES), st.sampled_from(_SAID))
_PIECE = st.one_of(st.sampled_from(_TEXTS.split("|")), _TAG, st.sampled_from(_NAMES).map("<{}>".format))


@settings(max_examples=500)
@given(st.lists(_PIECE, max_size=14).map("".join))
@example('<p ="a= ">x">y')
@example("<table><tr>x<td>y</td></tr></table>")
@example("<table><tr><td><table><tr><td>x</td></tr>y</table>z")
@example('<pre><code title="</pre>">x</code></pre>y')
@example('<figcaption><b title="a>x</figcaption>">y</b></figcaption>z')
@example("<pre>one\rtwo</pre>")
@example("<a title=<!--x-->y>z")
@example("&am<b>p;lt;</b>")
def test_both_ways_agree_or_the_short_one_is_silent(markup: str) -> None:
    found = simple.blocks_of(markup)

    assert found is None or found == text.by_tree(clean(markup))


def test_nearly_all_markup_is_simple() -> None:
    markup = (
        '<h2>Head</h2>\n<p class="lead">Ships &amp; <a href="/x?a=1&amp;b=2" rel=nofollow>ropes</a>&#8230;</p><!-- more -->\n'
        '<figure><img src="x.png" alt=""/><figcaption>A <b>caption</b></figcaption></figure><ul><li>one<li>two</ul>'
        "<table><tr><th>a</th><td>b</td></tr></table><pre><code>1\n2\n3\n4\n5\n6\n7\n8</code></pre><iframe src='/y'></iframe>"
    )

    found = simple.blocks_of(markup)

    assert found == [f"{simple.HEADING}Head", "Ships & ropes…", "• one", "• two", "a", "b"] == text.by_tree(markup)

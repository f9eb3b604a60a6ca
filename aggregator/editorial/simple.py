"""Markup as nearly all of it is, read without a tree at a third of the cost: sure of what the tree would say, or silent.

Sure are complete tags of elements that put nothing anywhere else, with attributes that hide nothing and end where they seem
to, and character references that are spelled out. A property test holds both ways together.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html.entities import html5

from aggregator.editorial.recode import is_suspect

BREAK = "\x0c"  # where a block begins or ends: white space to HTML, so that it may stand anywhere, in tables too
HEADING = "\x02"  # begins a block that was a heading; no text can hold it, XML forbids it
BULLET = "• "
LISTED = 5  # line ends in a program listing that is prose all the same (checklist L3)
_SEAM = "\x03"  # in the place of a tag that breaks no line, while references are looked for: "&am<b>p;" is none
_TAGS = re.compile(r"<(/?[a-z][a-z0-9]*)((?:[\s/][^<>]*+)?)>")
# Of all tags of a text, one behind the other. A quote stands behind "=" only, and that behind a name.
_ATTRIBUTES = re.compile(
    r"""(?:\s++[a-zA-Z][\w:.-]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[\w./%#;:?&+-]++))?+|\s*+/)*+\s*+""", re.ASCII
)
_INLINE = """a b i u s q em strong code span small big sub sup abbr acronym cite del ins mark kbd samp var dfn tt time font
    strike bdi img wbr""".split()
_BLOCK = """p div br hr ul ol dl dt dd blockquote section article header footer main figure address center details
    summary""".split()
_TABLE = "table thead tbody tr td th".split()
_HEADINGS = "h1 h2 h3 h4 h5 h6".split()
_ROWS = frozenset(mark + name for name in _TABLE for mark in ("", "/"))
_CELLS = frozenset(("td", "th"))
_MARKS = (
    {mark + name: _SEAM for name in _INLINE for mark in ("", "/")}
    | {mark + name: BREAK for name in _BLOCK for mark in ("", "/")}
    | dict.fromkeys(_HEADINGS, BREAK + HEADING)
    | {f"/{name}": BREAK for name in [*_HEADINGS, "li"]}
    | {"li": BREAK + BULLET}
    | {mark + name: BREAK for name in _TABLE for mark in ("", "/")}
)
# What goes with all that is in it, as long as that is text and signs of its style, or is empty; program listings among it.
_DROPPED = re.compile(
    r"""<(?P<name>pre|figcaption)(?P<said>(?:\s[^<>]*)?)>(?P<text>(?:[^<]++|</?(?:code|span|a|b|i|em|strong)(?:\s++[\w:-]++(?:="[^"<>]*+")?+)*+\s*+>)*+)</(?P=name)>"""
    r"|<iframe(?P<frame>(?:\s[^<>]*)?)>\s*</iframe>|<!--(?![->])[^<>-]*+(?:-[^<>-]++)*+-->",
    re.ASCII,
)
_DROPS = ("<pre", "<figc", "<ifr", "<!--")
_REFERENCE = re.compile(r"&(?:(#?[0-9A-Za-z]{2,10});|(?!\s))")
_SPACES = "\n\t\r\xa0\u3000\u2003\u2009\u202f"
# Where nothing of this is said in tags, nothing is hidden; looking is cheaper than asking a tree.
_HIDING = """hidden none screen-reader sr-only caption image-desc credit post-footer feedflare share social related toc byline
    fullsize a2a""".split()


class _UnsureError(ValueError):
    """Only the tree can tell."""


def blocks_of(markup: str) -> list[str] | None:
    """Its blocks of text, each on one line, none empty; None where only the tree can tell."""
    if BREAK in markup or _SEAM in markup or HEADING in markup:
        return None
    try:
        text = _without_tags(_DROPPED.sub(_left, markup) if any(one in markup for one in _DROPS) else markup)
        if "&" in text:
            text = _REFERENCE.sub(_referred, text)
    except ValueError:
        return None
    text = text.replace(_SEAM, "")
    return None if is_suspect(text) else parted(text)


def parted(text: str) -> list[str] | None:
    """The blocks of a text that has a BREAK where one begins or ends; None if there is something in it that cannot be printed.

    To take a text apart at its spaces, and to put it together with single ones, costs three times as much.
    """
    for space in _SPACES:
        text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    out = []
    for part in text.split(BREAK):
        block = part.strip(" ")
        if not block:
            continue
        plain = block.replace(HEADING, "").strip(" ") if HEADING in block else block
        if not plain.isprintable():
            return None
        if plain and (plain[0] != BULLET[0] or plain.strip(BULLET)):
            out.append(plain if plain is block or block[0] != HEADING else HEADING + plain)
    return out


def hides(said: str) -> bool:
    """Whether something may be hidden by what is said in tags."""
    small = said.lower()
    if "class" not in small and "style" not in small and "hidden" not in small and "id" not in small:
        return False
    return any(word in small for word in _HIDING)


def _without_tags(markup: str) -> str:
    """With marks in their place."""
    pieces = _TAGS.split(markup)
    said = "".join(pieces[2::3])
    if not _ATTRIBUTES.fullmatch(said) or hides(said):
        raise _UnsureError
    if "table" in pieces and not _is_sound(pieces):
        raise _UnsureError
    try:
        pieces[1::3] = [_MARKS[name] for name in pieces[1::3]]
    except KeyError:
        raise _UnsureError from None
    del pieces[2::3]
    text = "".join(pieces)
    if "<" in text:
        raise _UnsureError
    return text


def _left(found: re.Match[str]) -> str:
    """A tag in its place that puts nothing there, so that what is looked at around it still holds; of a listing its prose."""
    if found["name"] != "pre":
        return f"<wbr{found['said'] or found['frame'] or ''}>"
    said = found["text"]
    if "\r" in said:
        raise _UnsureError
    # A parser drops the first line end.
    is_long = said.count("\n") - said.startswith("\n") > LISTED
    return f"<p{found['said']}><p>" if is_long else f"<p{found['said']}>{said}<p>"


def _is_sound(pieces: list[str]) -> bool:
    """Whether nothing but cells stands in the rows of tables, and no table in another: parsers put that somewhere else."""
    place = ""  # outside of a table; in one, the last of the tags that make it
    for name, text in zip(pieces[1::3], pieces[3::3], strict=True):
        if name in _ROWS:
            if (name == "table") == bool(place):
                return False
            place = "" if name == "/table" else name
        between = place and place not in _CELLS
        if between and (name not in _ROWS or text.strip()):
            return False
    return True


def _referred(reference: re.Match[str]) -> str:
    if reference[1] is None:
        raise _UnsureError
    return _character(reference[1])


@lru_cache(maxsize=4096)
def _character(name: str) -> str:
    """The character that can be seen, or the space, that a reference stands for; of others parsers have their own opinion."""
    written = chr(int(f"0{name[1:]}", 16 if name[1] in "xX" else 10)) if name[0] == "#" else html5.get(f"{name};", "\0")
    if not written.isprintable() and written not in _SPACES[3:]:
        raise _UnsureError
    return written

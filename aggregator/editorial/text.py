"""HTML to blocks of text, by way of an HTML5 tree (checklist L2 to L5); and the form in which text is stored.

Nothing of a source's markup leaves this module.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5

from selectolax.lexbor import LexborHTMLParser

from aggregator.editorial import simple
from aggregator.editorial.normalise import balanced, clean, one_line, spaced
from aggregator.editorial.patterns import late
from aggregator.editorial.simple import BREAK
from aggregator.model import Text

MAX_MARKUP = 256 * 1024  # characters of a body that are looked at
MAX_MARKS = 2000  # tags, and as many references, behind which no text begins; ten times as many are read of all of it
MAX_DEPTH = 500  # elements in one another; what is nested more deeply is no text, and a tree of it costs the square of its depth
MAX_KEPT = 32 * 1024  # characters of a body, markup included, that are kept
HEADING, BULLET = simple.HEADING, simple.BULLET  # how a block begins that was a heading, an item
_MARKUP, _PLAIN, _SAME = "<", ".", "="  # how a text that is kept begins
_TITLED, _UNTITLED = "t", "u"  # and what stands behind both

_SEAM = "\x01"  # a break once there is no HTML any more, and where white space is folded
_BLOCK_TAGS = (
    "p|div|br|hr|ul|ol|dl|dt|dd|table|tr|td|th|blockquote|pre|section|article|header|footer|main|figure|address|"
    "center|tbody|thead|details|summary|fieldset|caption|body"
)
_BLOCK = late(rf"<(?=(?:{_BLOCK_TAGS}|/(?:li|h[1-6]|{_BLOCK_TAGS}))[\s/>])")
_ITEM = late(r"<(?=li[\s/>])")
_HEADED = late(r"<(?=h[1-6][\s/>])")
_OPENING = late(r"<([A-Za-z][A-Za-z0-9]*)([^>]*)")
# Of elements that are not closed by the next one of their kind, or empty.
_NESTING = late(r"<(/?)(?!(?:p|li|br|img|hr|wbr|td|th|tr|dd|dt|input|col|link|meta|source)[\s/>])[a-z]")
_SHOUTED = late(r"</?[A-Za-z0-9]*[A-Z][A-Za-z0-9]*")
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
# With what Word brings along.
_IN_TITLES = _HEADINGS.union(
    """a abbr acronym b bdi bdo big blink blockquote br center cite code del dfn div em figure font hr i img ins kbd li mark nobr
    noscript o ol p pre q rp rt ruby s samp script small span st1 strike strong style sub sup table tbody td th tr tt u ul v var w
    wbr""".split()
)
_UNWANTED_TAGS = frozenset(
    """script style noscript template svg iframe object form button select textarea nav aside figcaption canvas audio video
    map rt rp""".split()
)
_HIDDEN = ",".join(
    (
        "[hidden]", '[aria-hidden="true"]', '[style*="display:none" i]', '[style*="display: none" i]',
        '[style*="visibility:hidden" i]', ".screen-reader-text", ".sr-only", ".visually-hidden",
        ".wp-caption-text", ".caption-text", ".image-caption", ".tr-caption", ".image-desc", ".photo-credit",
        ".blogger-post-footer", ".feedflare", ".sharedaddy", ".share-buttons", ".social-share",
        ".social-links", ".addtoany_share_save_container", ".a2a_kit", ".jp-relatedposts", ".related-posts", ".yarpp",
        "#toc", ".toc", "#ez-toc-container", ".byline", ".post-byline", ".view-fullsize",
    )
)  # fmt: skip
_TAG = re.compile(r"<[a-zA-Z/!?]")
_LOOKS_LIKE_HTML = re.compile(
    r"</?(?:p|br|a|div|span|img|b|i|em|strong|ul|ol|li|h[1-6]|table|blockquote|pre|code)\b[^<>]*+>", re.IGNORECASE
)
_COMMENTS = late(r"^(?:<!--[^>]{0,200}-->\s*)+")
_MARKUP_AGAIN = late(r"&lt;(?:!--|\w)")
_ESCAPED_HTML = late(
    r"&lt;/?(?:p|br|a|div|span|img|body|ul|ol|li|h[1-6]|table|blockquote|strong|em)\b.{0,2000}?&gt;",
    re.IGNORECASE | re.DOTALL,
)
# A quote, dash or letter that is still spelled out once a title is decoded was encoded twice. &amp; &lt; &gt; may be meant.
_LEFT_OVER = late(r"&(?!amp;|lt;|gt;)(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# What a text that is said to be plain owes to a program that escaped it all the same.
_REFERENCE = late(r"&(?:nbsp|amp|quot|apos|lt|gt|hellip|[lr][sd]quo|[nm]dash|#\d{2,5}|#x[\da-f]{2,4});", re.IGNORECASE)
# A line that ends in an address, with the label above it: as videos are described. It is a block of its own.
_LINKED = late(
    r"^(?:(?=[^\n]{1,90}:[ \t]*$)[^\n]{1,90}\n(?=(?:https?://|www\.)))?[^\n]{0,110}?(?:https?://|www\.)\S+[ \t]*$",
    re.MULTILINE,
)
# Chapters of a video: no text, where there are several.
_CHAPTERS = late(r"(?:^[(\[]?\d{1,2}:\d\d(?::\d\d)?[)\]]?[ \t–-]+[^\n]{1,90}(?:\n|$)){2,}", re.MULTILINE)
# Who made it, a line each.
_MADE_BY = late(r"^(?=[A-Z][\w-]+(?:[ \t]\w+){0,2}:[ \t]\S)[^\n.!?]{3,90}$", re.MULTILINE)
# What refers to a note at the foot: a number or sign that is raised and a link, or raised behind the end of a clause.
_SIGN = r"\s{0,5}[\[(]?(?:\d{1,3}|[*†‡§])[\])]?\s{0,5}"
_NOTE = (
    rf"(?:<sup\b[^<>]{{0,300}}>\s{{0,5}}<a\b[^<>]{{0,500}}>{_SIGN}</a>\s{{0,5}}</sup>"
    rf"|<a\b[^<>]{{0,500}}>\s{{0,5}}<sup\b[^<>]{{0,300}}>{_SIGN}</sup>\s{{0,5}}</a>"
    rf"|(?<=[.,;:!?…。”\"’])<sup\b[^<>]{{0,300}}>{_SIGN}</sup>)"
)
_NOTES = late(rf"\s{{1,3}}{_NOTE}(?=[.,;:!?])|{_NOTE}")
# Links that say to be tags, and nothing beside them: where a blog files its article.
_TAGGED = re.compile(r"rel=[\"'](?:[\w-]{1,20} ){0,3}tag\b")
_FILED = late(
    r"(?:(?<=>)|^)\s{0,20}(?:[\w ]{1,20}:\s{0,5})?"
    r"(?:<a\b(?=[^<>]{0,500}\brel=[\"'](?:[\w-]{1,20} ){0,3}tag\b)[^<>]{1,600}>[^<>]{1,60}</a>[\s,|·;/]{0,20}){1,60}(?=</?(?:p|div|br|li|td|small)\b|\Z)"
)
_PARAGRAPHS = late(r"\n\s*\n|\r\n\s*\r\n")
_LISTED = late(r"\n[ \t]*[•*-][ \t]+(?=\S)")


def blocks(value: str, *, html: bool) -> list[str]:
    """The blocks of text of a text construct, each on one line, none empty; [] for nothing.

    Plain text that is plainly markup is taken as such, markup that was escaped twice is unescaped once more.
    """
    value = _without_notes(_bounded(value, 10 * MAX_MARKS))
    if html and "<" not in value and "\n" in value and "&lt;" not in value:
        value, html = unescape(value), False  # said to be markup, and written as a text: its lines mean something
    # Where all markup is escaped, it was meant as such.
    found = simple.blocks_of(value) if html and not ("&lt;" in value and not _LOOKS_LIKE_HTML.search(value)) else None
    return _unescaped(_blocks(clean(value), html) if found is None else found)


def _without_notes(value: str) -> str:
    """Without what refers to notes, and without lists of tags."""
    if "<sup" in value:
        value = _NOTES.sub("", value)
    return _FILED.sub("", value) if "rel=" in value and _TAGGED.search(value) else value


def _unescaped(found: list[str], times: int = 2) -> list[str]:
    """Blocks that are markup, as far as can be told, were escaped once more."""
    out: list[str] = []
    for block in found:
        if times and block[0] in "<&" and _is_markup_again(block):
            out += _unescaped(_blocks(unescape(block), True), times - 1) or [block]
        else:
            out.append(block)
    return out


def _is_markup_again(block: str) -> bool:
    """From its first character to its last; or in references of which there are more than a text would quote."""
    if block[0] == "<":  # nobody begins a text with a comment
        return (block[-1] == ">" or block.startswith("<!--")) and _LOOKS_LIKE_HTML.match(
            _COMMENTS.sub("", block)
        ) is not None
    return _MARKUP_AGAIN.match(block) is not None and block.count("&gt;") > 1


def _blocks(value: str, html: bool) -> list[str]:
    if not html and not _LOOKS_LIKE_HTML.search(value):
        if "&" in value and _REFERENCE.search(value):
            value = unescape(value)
        return _settled(BREAK.join(_PARAGRAPHS.split(_lined(value) if "\n" in value else value)))
    if html and not _LOOKS_LIKE_HTML.search(value) and len(_ESCAPED_HTML.findall(value)) >= 2:
        value = unescape(value)
    if not _TAG.search(value):
        return _settled(unescape(value))
    return by_tree(value)


def _lined(value: str) -> str:
    """With blank lines around the lines that are blocks of their own: addresses, credits, items of a list; without chapters."""
    value = _LISTED.sub(f"\n\n{BULLET}", _CHAPTERS.sub("\n\n", value))
    if "://" in value:
        value = _LINKED.sub(lambda line: f"\n\n{' '.join(line[0].split())}\n\n", value)
    return _MADE_BY.sub("\n\n\\g<0>\n\n", value)


def by_tree(markup: str) -> list[str]:
    """The blocks of any markup that is clean."""
    return _settled(_text(markup))


def beginning(value: str, least: int, *, html: bool) -> tuple[list[str], bool]:
    """The blocks of as much of a text construct as gives `least` characters of text, and whether that is the whole.

    The last block of what is not the whole may end anywhere.
    """
    size = 2 * least
    if size > MAX_MARKS:  # so many characters may hold too many; to count them costs as much as to read some
        value = _bounded(value, MAX_MARKS)
    while size < len(value):
        cut = value.rfind("<", least, size)  # no tag is cut in two
        found = _completed(blocks(value[: cut if cut > 0 else size], html=html))
        length = sum(map(len, found))
        if length >= least:
            return found, False
        value = _bounded(value, MAX_MARKS)
        size = min(4 * size, size * (least + least // 4) // max(length, 1))
    return blocks(_bounded(value, MAX_MARKS), html=html), True


def _bounded(value: str, most: int) -> str:
    value = value[:MAX_MARKUP]
    if len(value) <= most:
        return value
    for mark in "<&":
        if value.count(mark) > most:
            value = value[: len(value) - len(value.split(mark, most)[-1]) - 1]
    return value


def _completed(found: list[str]) -> list[str]:
    """The beginning of what was escaped twice is markup as well, up to its last tag."""
    last = found[-1] if found else ""
    head = last[: last.rfind(">") + 1]
    return found[:-1] + _unescaped([head]) if head[:1] == "<" and _is_markup_again(head) else found


def inline(value: str, *, html: bool) -> str:
    """A text construct on one line: a title, a name. Without markup only where it is said to be markup or plainly is."""
    if value.isascii() and value.isprintable() and "<" not in value and "&" not in value:
        return " ".join(value.split())
    value = clean(value)
    if html and ("<" in value or "&" in value):
        value = _text(value).replace(BREAK, " ") if _TAG.search(value) and _is_dressed(value) else unescape(value)
        if _LOOKS_LIKE_HTML.search(value) and value.lstrip().startswith("<") and value.rstrip().endswith(">"):
            value = _text(value).replace(BREAK, " ")
    value = value.replace(HEADING, "").replace(BULLET, "")
    return balanced(spaced(clean(_LEFT_OVER.sub(_decoded, value) if "&" in value else value)))


def _is_dressed(value: str) -> bool:
    """Its tags are those that a title is set with; of others it speaks: "The <canvas> element", "std::vector<int>"."""
    return _IN_TITLES.issuperset(name.lower() for name, _ in _OPENING.findall(value))


def _decoded(reference: re.Match[str]) -> str:
    """What it stands for, unless that would be markup or there is no such name ("&nothing;" is no "¬hing;")."""
    written = reference[0]
    character = unescape(written) if written[1] == "#" else html5.get(written[1:], written)
    return written if character in "<>&" else character


def _text(value: str) -> str:
    """The text of an HTML5 tree, with BREAK where a block begins or ends."""
    names, attributes = _opened(value)
    if not "".join(names).islower():
        value = _SHOUTED.sub(lambda tag: tag[0].lower(), value)
        names, attributes = _opened(value)
    if value.count("<") > MAX_DEPTH:
        value = _shallow(value)
    tree = LexborHTMLParser(_marked(value, names))
    if unwanted := names & _UNWANTED_TAGS:
        tree.strip_tags(sorted(unwanted), recursive=False)
    if simple.hides(attributes):
        for node in tree.css(_HIDDEN):
            if node.tag != "body":
                node.decompose()
    if "pre" in names:
        _drop_listings(tree)
    body = tree.body
    return body.text(deep=True, separator="", strip=False) if body is not None else ""


def _shallow(value: str) -> str:
    """As far as elements are not nested too deeply."""
    depth = 0
    for tag in _NESTING.finditer(value):
        depth += -1 if tag[1] else 1
        if depth > MAX_DEPTH:
            return value[: tag.start()]
        depth = max(depth, 0)
    return value


def _opened(value: str) -> tuple[set[str], str]:
    """The names of the tags that are opened, and everything that is said in them."""
    opened = _OPENING.findall(value)
    return {name for name, _ in opened}, " ".join([said for _, said in opened])


def _marked(value: str, names: set[str]) -> str:
    """With BREAK before every tag that begins or ends a block; patterns that mind case are three times as fast."""
    value = _BLOCK.sub(f"{BREAK}<", value)
    if "li" in names:
        value = _ITEM.sub(f"{BREAK}{BULLET}<", value)
    if not names.isdisjoint(_HEADINGS):
        value = _HEADED.sub(f"{BREAK}{HEADING}<", value)
    return value


def _drop_listings(tree: LexborHTMLParser) -> None:
    """Program listings of more than five lines are no prose (checklist L3)."""
    for node in tree.tags("pre"):
        if node.text(deep=True).count("\n") > simple.LISTED:
            node.decompose()


def _settled(value: str) -> list[str]:
    """The blocks, each on one line, clean once more: a character reference may have brought in what XML forbids."""
    found = simple.parted(value)
    if found is not None:
        return found
    out = []
    for part in " ".join(value.replace(BREAK, f" {_SEAM} ").split()).split(_SEAM):
        text = part.strip()
        mark = HEADING if text.startswith(HEADING) else ""
        text = one_line(text.replace(HEADING, ""))
        if text.strip(BULLET):
            out.append(mark + text)
    return out


def plain(found: list[str]) -> str:
    """Blocks as text for rules: a line feed between them, no marks of ours."""
    return "\n".join(block.removeprefix(HEADING).strip() for block in found)


def pack(summary: Text | None, content: Text | None, *, titled: bool = True) -> bytes:
    """Both texts as their source gave them, bounded, for rules and `rebuild`; and whether it gave a title."""
    parts = [_kept(summary), _kept(content)] if summary != content else [_SAME, _kept(content)]
    return "\0".join([*parts, _TITLED if titled else _UNTITLED]).encode("utf-8", "ignore")


def unpack(packed: bytes) -> tuple[Text | None, Text | None, bool | None]:
    """What pack() was given, within its bounds; None for the title where that was not kept yet."""
    parts = packed.decode().split("\0")
    summary, content, titled = [*parts, "", ""][:3]
    last = _given(content)
    return (last if summary == _SAME else _given(summary)), last, titled == _TITLED if titled else None


def _kept(text: Text | None) -> str:
    return f"{_MARKUP if text.html else _PLAIN}{text.value[:MAX_KEPT]}".replace("\0", "") if text else ""


def _given(kept: str) -> Text | None:
    return Text(kept[1:], html=kept[0] == _MARKUP) if kept else None

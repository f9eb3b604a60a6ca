"""Bytes to text, and text to XML that a parser takes: the mistakes that real feeds have, mended before parsing."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from html.entities import html5

from aggregator.editorial.patterns import late

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZEROS = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_STRAY = "aggregator-stray"  # an error handler
_STRAY_SHARE = 10  # well-formed characters for each stray byte, at least, where nothing says that it is UTF-8
# What servers call by a name that means a smaller charset than the one they use, or that Python does not know.
_WIDER = {
    label: codec
    for codec, labels in {
        "windows-1252": "iso-8859-1 iso8859-1 iso88591 iso_8859-1 latin-1 latin1 l1 us-ascii ascii ansi_x3.4-1968 cp819 x-cp1252 ansi",
        "windows-1254": "iso-8859-9 iso8859-9 iso88599 iso_8859-9 latin5 l5 x-cp1254",
        "iso-8859-15": "latin-9 l9",
        "iso-8859-8": "iso-8859-8-i iso-8859-8-e logical visual",
        "cp874": "windows-874 dos-874 iso-8859-11 iso8859-11 tis-620",
        "koi8-r": "koi koi8 cskoi8r",
        "windows-1250": "x-cp1250 win-1250 win1250",
        "windows-1251": "x-cp1251 win-1251 win1251",
        "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
        "mac_roman": "x-mac-roman",
        "gb18030": "gb2312 gbk gb_2312 gb_2312-80 x-gbk chinese",
        "big5hkscs": "big5 cn-big5 x-x-big5",
        "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji csshiftjis",
        "euc_jp": "x-euc-jp",
        "cp949": "euc-kr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean windows-949 cseuckr",
    }.items()
    for label in labels.split()
}
# XML 1.0 section 2.2 forbids these even as character references.
_ILLEGAL = late("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# All but those that XML knows by itself, of which an escaped article has thousands.
_REFERENCE = late(
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:#([0-9]{1,10}|[xX][0-9a-fA-F]{1,8});|([A-Za-z][A-Za-z0-9]{1,31});)?"
)
_HALF = late(r"&#([xX]0{0,9}[dD][89a-fA-F][0-9a-fA-F]{2}|0{0,9}5[5-7][0-9]{3});")  # of a surrogate pair, or near
_DOCTYPE = late(r"<!DOCTYPE[^>\[]*(?:\[(.{0,100000}?)\]\s*)?>", re.DOTALL | re.IGNORECASE)
_DOCTYPE_START = late("<!DOCTYPE", re.IGNORECASE)
_LONGEST_HEAD = 10_000  # characters before the root element that are looked at
_OWN_ENTITY = late(r"<!ENTITY\s+([A-Za-z][\w.-]{0,40})\s+(?:\"([^\"%&<]{0,200})\"|'([^'%&<]{0,200})')\s*>")
_ROOT = late(r"<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)


def text_of(body: bytes, content_type: str | None) -> tuple[str, bool]:
    """The characters of a document and whether something had to be guessed or lost.

    Order: byte order mark, HTTP charset, XML declaration, UTF-8, windows-1252 (RFC 7303 section 3, checklist K1); a
    label that the bytes contradict is passed over. Never fails: windows-1252 with replacements takes anything.
    """
    for mark, name in _BOMS:
        if body.startswith(mark) and (name != "utf-8" or _decoded(body, name) is not None):
            return body[len(mark) :].decode(name, "replace"), False
    wide = _unmarked_wide(body)
    if wide is not None:
        return wide, False
    labels = _labels(body, content_type)
    share = 1 if "utf-8" in labels or "utf8" in labels else _STRAY_SHARE
    for name in _candidates(labels):
        text = _mostly_utf8(body, share) if name == "utf-8" else _decoded(body, name)
        if text is not None:
            return text, False
    return body.decode("windows-1252", "replace").replace("\x00", ""), True


def plain(body: bytes, content_type: str | None) -> str | None:
    """The characters of a document without a mark that is UTF-8 from its first byte to its last, as text_of() gives them.

    None for any other. Most are, and need not be encoded again for a parser that wants UTF-8.
    """
    if body[:1] != b"<" or body[1:2] == b"\0" or _shifting(_labels(body, content_type)):
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _mostly_utf8(body: bytes, share: int) -> str | None:
    """UTF-8, if need be with a few stray bytes of windows-1252 in it, as careless templates make it, or cut inside its
    last character; None where the bytes are something else."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        text = codecs.utf_8_decode(body, "replace", False)[0]
    strays = text.count("\ufffd")
    wide = len(text) - len(text.encode("ascii", "ignore")) - strays
    if not wide or wide < share * strays:
        return None
    return codecs.utf_8_decode(body, _STRAY, False)[0]


def _stray(error: UnicodeError) -> tuple[str, int]:
    """A byte that is no UTF-8, read as windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("windows-1252", "replace"), error.end


codecs.register_error(_STRAY, _stray)


def _labels(body: bytes, content_type: str | None) -> list[str]:
    """The charset's names in the header and in the XML declaration, in lower case, as far as there are any."""
    labelled = _CHARSET.search(content_type or "")
    declared = _DECLARED.match(body)
    found = [labelled[1] if labelled else None, declared[1].decode("ascii") if declared else None]
    return [label.lower() for label in found if label]


def _candidates(labels: list[str]) -> list[str]:
    """UTF-8 goes first: bytes that decode as it are it, whatever a label says, unless they are plain ASCII escapes."""
    return [*_shifting(labels), "utf-8", *labels]


def _shifting(labels: list[str]) -> list[str]:
    return [label for label in labels if label.startswith(("iso-2022", "hz", "utf-7"))]


def _decoded(body: bytes, label: str) -> str | None:
    name = _WIDER.get(label, label)
    try:
        info = codecs.lookup(name)
        if not info._is_text_encoding or info.name in (
            "idna",
            "punycode",
            "unicode_escape",
            "raw_unicode_escape",
            "utf-7",
        ):
            return None
        return codecs.decode(body, name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _unmarked_wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, told by the zeros round its first character, which is of ASCII in XML and JSON."""
    zeros = tuple(byte == 0 for byte in body[:4])
    return _decoded(body, _ZEROS[zeros]) if zeros in _ZEROS else None


def trimmed(text: str) -> tuple[str, bool]:
    """From the beginning of the root element to its end, without declaration and DOCTYPE; and whether there was anything
    else round it. A document that ends early, or that has no such root, keeps its end."""
    text = text.lstrip("\ufeff")
    match = _ROOT.search(text)
    if match is None:
        return text, False
    end = text.find(">", text.rfind("</" + match[0][1:])) + 1
    if end <= match.start():
        end = len(text)
    around = _DOCTYPE.sub("", text[: match.start()][:_LONGEST_HEAD], count=1) + text[end : end + _LONGEST_HEAD]
    junk = re.sub(r"<\?.*?\?>|<!--.*?-->", "", around, flags=re.DOTALL)
    return text[match.start() : end], bool(junk.strip())


def own_entities(text: str) -> dict[str, str]:
    """The harmless internal entities of a DOCTYPE: short, without references to others, so nothing can blow up."""
    start = _DOCTYPE_START.search(text, 0, _LONGEST_HEAD)
    match = _DOCTYPE.match(text, start.start()) if start else None
    if not match or not match[1]:
        return {}
    return {name: _ILLEGAL.sub("", one or two) for name, one, two in _OWN_ENTITY.findall(match[1])[:100]}


def legal(text: str, entities: dict[str, str]) -> str:
    """Without characters and references that XML forbids; entities of HTML and of the document itself resolved."""
    text = _ILLEGAL.sub("", text)
    if "&#" in text:  # in CDATA, too: no reader can take half a character, and what begins CDATA may be a comment
        text = _HALF.sub(lambda m: _character(_code(m[1])), text)
    return (
        _outside_cdata(text, lambda part: _REFERENCE.sub(lambda m: _resolved(m, entities), part))
        if "&" in text
        else text
    )


def _outside_cdata(text: str, change: Callable[[str], str]) -> str:
    if "<![CDATA[" not in text:
        return change(text)
    parts = re.split(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", text, flags=re.DOTALL)
    return "".join(part if part.startswith("<![CDATA[") else change(part) for part in parts)


def _resolved(match: re.Match[str], entities: dict[str, str]) -> str:
    number, name = match.groups()
    if number:
        return _character(_code(number))
    if name is None:
        return "&amp;"  # a bare ampersand
    if name in entities:
        return escaped(entities[name])
    found = html5.get(name + ";")
    return escaped(found) if found else f"&amp;{name};"


def _code(number: str) -> int:
    return int(number[1:], 16) if number[0] in "xX" else int(number)


def _character(code: int) -> str:
    """A character reference, read as windows-1252 where it names a C1 control; nothing where XML forbids it."""
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("windows-1252", "ignore")
    if code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF:
        return f"&#{code};"
    return ""


def escaped(text: str) -> str:
    """For XML character data."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""Which reader takes a document, and what is tried when it is broken. Every way ends in a RawFeed or a SourceError."""

from __future__ import annotations

import re

from aggregator.editorial.patterns import late
from aggregator.errors import SourceError
from aggregator.model import RawEntry, RawFeed
from aggregator.model.record import replace
from aggregator.parse import fast, jsonfeed, repair

_HTML = late(r"^\s*+(?:<!--(?>.{0,2000}?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
# What the pages of those who guard sites against bots have in common with no others.
_CHALLENGE = late(
    r"/cdn-cgi/challenge-platform|_cf_chl_opt|cf-turnstile|/_Incapsula_Resource|captcha-delivery\.com|awsWafCookieDomainList"
    r"|ddos-guard|px-captcha|sucuri_cloudproxy|/\.well-known/sgcaptcha|anubis_challenge",
    re.IGNORECASE,
)
_BLANK = "\ufeff\x00 \t\r\n"
_BEGINNING = 100  # characters that tell in all but odd cases that a document is not blank
_ENTRY_END = late(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ENTRY_START = late(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
# feedparser needs some 30 microseconds for a tag and two for a reference: of more than so many it takes longer than it may.
_MOST_TAGS, _REFERENCES_A_TAG = 60_000, 16
# What costs it minutes: a tag with a million attributes, or thousands with a thousand.
_HUGE_TAG = late(
    r"""<([A-Za-z][\w:.-]{0,60}+)(?:\s[^<>]{20000,}?(/?)|(?:\s++[^\s=<>"']++\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+')){150,}+\s*+(/?))>"""
)


def read(body: bytes, *, content_type: str | None, limit: int) -> RawFeed:
    """One document. At most `limit` entries are read, the others are counted as lost.

    Raises SourceError: encoding, empty, not_feed or parse.
    """
    plain = repair.plain(body, content_type)
    if plain is not None and (found := fast.read(body, limit=limit)):
        return found
    text, guessed = (plain, False) if plain is not None else repair.text_of(body, content_type)
    if not text[:_BEGINNING].strip(_BLANK) and not text.strip(_BLANK):  # to strip all of it is to copy it
        raise SourceError("empty", "the document is blank")
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in ("{", "["):
        return jsonfeed.read(text.lstrip("\ufeff"), limit=limit)
    asked = plain is not None or guessed
    found = None if asked else fast.read(text.lstrip("\ufeff").encode("utf-8", "ignore"), limit=limit)
    return found or _mended(text, limit, guessed)


def _mended(text: str, limit: int, guessed: bool) -> RawFeed:
    """A document that is not well-formed, or that has a DOCTYPE: mended first, then by the fast lane, then by feedparser."""
    entities = repair.own_entities(text)
    trimmed, junk = repair.trimmed(text)
    if not begins_a_feed(trimmed) or (_HTML.match(text) and not _ENTRY_START.search(trimmed)):
        raise _not_a_feed(text)
    legal = repair.legal(trimmed, entities)
    found = fast.read(legal.encode("utf-8", "ignore"), limit=limit)
    if found is not None:
        return replace(found, repaired=guessed or junk)
    return _tolerant(legal, limit)


def begins_a_feed(text: str) -> bool:
    """It begins with the root of a feed."""
    return re.match(r"<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf|channel)\b", text, re.IGNORECASE) is not None


def _not_a_feed(text: str) -> SourceError:
    if _HTML.match(text):
        if _CHALLENGE.search(text, 0, 100_000):
            return SourceError("not_feed", "blocked by bot protection: a page that wants a browser came instead")
        return SourceError(
            "not_feed", "this is a web page, no feed; `aggregator add URL` looks for the feed behind a page"
        )
    return SourceError("not_feed", "this is no RSS, Atom or JSON Feed")


def _tolerant(text: str, limit: int) -> RawFeed:
    """By what is complete where the document ends early, else by feedparser, else by what lxml can recover."""
    from aggregator.parse import feedparser_lane

    whole = _closed(text)
    if whole is not None:
        found = fast.read(whole.encode("utf-8", "ignore"), limit=limit)
        if found is not None:
            return replace(found, truncated=True, repaired=True)
    bounded = _HUGE_TAG.sub(r"<\1\2\3>", text).encode("utf-8", "ignore")
    recovered = fast.recover(bounded, limit=limit)
    slow = bounded.count(b"<") + bounded.count(b"&") // _REFERENCES_A_TAG > _MOST_TAGS
    enough = slow and recovered is not None and recovered.entries
    best = _fuller(None if enough else feedparser_lane.read(bounded, limit=limit), recovered)
    if best is None:
        raise SourceError("parse", "the document cannot be read as XML, not even in part")
    started = len(_ENTRY_START.findall(text))
    lost = max(0, started - len(best.entries) - best.lost)
    if not best.entries and (started or not _ends(text)):
        raise SourceError("parse", "the document is damaged: none of its entries can be read")
    return replace(best, repaired=True, lost=best.lost + lost, truncated=not _ends(text))


def _fuller(one: RawFeed | None, other: RawFeed | None) -> RawFeed | None:
    """The one with more entries, else the first with what the other alone says of the feed."""
    if one is None or other is None:
        return one or other
    if len(other.entries) > len(one.entries):
        return other
    # feedparser does not tell these, or only the last of several.
    return replace(
        one,
        skip_hours=other.skip_hours,
        skip_days=other.skip_days,
        complete=other.complete,
        private=one.private or other.private,
        entries=_with_opt_outs(one.entries, {entry.id for entry in other.entries if entry.private and entry.id}),
    )


def _with_opt_outs(entries: tuple[RawEntry, ...], private: set[str | None]) -> tuple[RawEntry, ...]:
    return tuple(replace(one, private=True) if one.id in private else one for one in entries) if private else entries


def _ends(text: str) -> bool:
    return (
        re.search(
            r"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*+(?:>\s*+(?:<!--(?>.*?-->)\s*+)*+)?\Z",
            text[-2000:],
            re.IGNORECASE | re.DOTALL,
        )
        is not None
    )


def _closed(text: str) -> str | None:
    """A document that ends early, cut behind its last complete entry and closed; None where it ends as it should."""
    if _ends(text):
        return None
    ends = [match.end() for match in _ENTRY_END.finditer(text)]
    if not ends:
        return None
    head = text[: ends[-1]]
    root = re.match(r"<([\w.:-]+)", head)
    channel = re.search(r"<((?:[\w.-]+:)?channel)\b", head)
    inside = channel is not None and f"</{channel[1]}>" not in head
    return head + (f"</{channel[1]}>" if channel and inside else "") + (f"</{root[1]}>" if root else "")

"""The tolerant lane: feedparser, for what the fast lane is not sure of. The only module that knows feedparser.

HTML sanitising and URL resolving are off (both are done elsewhere, better), and it is only ever given a BytesIO: a
body that is a path or a URL would be opened.
"""

from __future__ import annotations

import sys
import types
import warnings
import xml.sax.expatreader
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import islice
from typing import Any

from aggregator.model import NEW_FEED_URL, Enclosure, Origin, Person, RawEntry, RawFeed, RawLink, Replies, Text
from aggregator.parse import gather
from aggregator.parse.dates import parse_date
from aggregator.parse.gather import person

_LONGEST_AUTHOR = 150  # characters, of one with an address
Found = Mapping[str, Any]  # one of feedparser's dictionaries; none leaves this module


class _BufferedExpat(xml.sax.expatreader.ExpatParser):
    """expat that hands over text in large pieces: xml.sax leaves that off, which costs feedparser a third of its time."""

    def reset(self) -> None:
        super().reset()
        expat: Any = vars(self)["_parser"]
        expat.buffer_text = True
        expat.buffer_size = 1 << 18


def _driver() -> str:
    """The name of a module that makes such a parser, as xml.sax.make_parser wants it."""
    name = "aggregator_buffered_expat"
    module = types.ModuleType(name)
    module.create_parser = _BufferedExpat  # type: ignore[attr-defined]
    sys.modules[name] = module
    return name


def _feedparser() -> Any:
    import feedparser.api

    if feedparser.api.PREFERRED_XML_PARSERS[:1] != ["aggregator_buffered_expat"]:
        feedparser.api.PREFERRED_XML_PARSERS.insert(0, _driver())
        mixin: Any = feedparser.mixin._FeedParserMixin
        mixin._sync_author_detail = _names_only(mixin._sync_author_detail)
    return feedparser


def _names_only(whole: Callable[[Any, str], None]) -> Callable[..., None]:
    """feedparser's look for an address in the text of an author, where there can be one, in as much of it as may hold one:
    its pattern takes half a minute for 64 KB."""

    def sync(parser: Any, key: str = "author") -> None:
        context = parser._get_context()
        said, details = context.get(key), context.get(f"{key}s") or [{}]
        if isinstance(said, str) and "@" in said:
            context[key] = said[:_LONGEST_AUTHOR]
        elif said and not details[-1]:
            context.setdefault(f"{key}_detail", details[-1])["name"] = said
            return
        whole(parser, key)

    return sync


def read(body: bytes, *, limit: int) -> RawFeed | None:
    """A UTF-8 document, mended as far as it can be; None when feedparser sees no feed in it, or stumbles over it."""
    headers = {"content-type": "application/xml; charset=utf-8"}  # no location: ids and links stay as they are spelled
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = _feedparser().parse(
                BytesIO(body), sanitize_html=False, resolve_relative_uris=False, response_headers=headers
            )
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - it raises what comes, such as ValueError for a namespace with a space
            return None
        return _feed(found, limit)


def _feed(found: Any, limit: int) -> RawFeed | None:
    version = found.get("version") or ""
    if not version and not found.entries:
        return None
    head = found.feed
    wanted = gather.newest(found.entries, limit, lambda one: _date(one, "published", "updated"))
    entries, lost = _entries(wanted)
    return RawFeed(
        format="atom" if version.startswith("atom") else "rdf" if version in ("rss090", "rss10") else "rss",
        lane="feedparser",
        title=_text(head.get("title_detail")),
        subtitle=_text(head.get("subtitle_detail")),
        id=_word(head.get("id")),
        links=_links(head) + _moved(head),
        language=_word(head.get("language")) or _language(head.get("title_detail")),
        updated=_date(head, "updated", "published"),
        authors=_authors(head),
        rights=_word(head.get("rights")),
        icon=_word(head.get("icon")),
        logo=_word(head.get("logo")) or _word(_one(head, "image").get("href")),
        base=None,
        ttl=_ttl(head),
        tags=_tags(head),
        private=_private(head),
        entries=entries,
        lost=lost + len(found.entries) - len(wanted),
        repaired=bool(found.get("bozo")),
    )


def _entries(found: Sequence[Found]) -> tuple[tuple[RawEntry, ...], int]:
    """What can be read of the entries, and how many cannot: one bad entry never costs the others."""
    out = []
    for one in found:
        try:
            out.append(_entry(one))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
            continue
    return tuple(out), len(found) - len(out)


def _entry(one: Found) -> RawEntry:
    content = next((c for c in _several(one, "content") if c.get("value") and not _is_medium(c)), None)
    summary = _one(one, "summary_detail") or None
    if content is not None and summary is not None and summary.get("value") == content.get("value"):
        summary = None
    links = _links(one)
    published = _date(one, "published", "created")
    image, size = _image(one)
    return RawEntry(
        id=_word(one.get("id")),
        id_is_link=bool(one.get("guidislink")),
        links=tuple(link for link in links if link.rel not in ("enclosure", "license")),
        original_link=_word(one.get("feedburner_origlink")),
        comments=_word(one.get("comments")),
        title=_text(one.get("title_detail")),
        summary=_text(summary),
        content=_text(content),
        authors=_authors(one) or _authors(_one(one, "source")),
        published=published,
        updated=_date(one, "updated"),
        tags=_tags(one),
        enclosures=_enclosures(one),
        image=image,
        image_size=size,
        rights=_word(one.get("rights")),
        license=_word(one.get("license")) or next((link.href for link in links if link.rel == "license"), None),
        language=_language(one.get("title_detail")) or _word(one.get("language")),
        base=_base(one),
        origin=_origin(_one(one, "source")),
        contributors=gather.people(
            person(_word(a.get("name")), _word(a.get("href"))) for a in _several(one, "contributors")
        ),
        in_reply_to=_word(one.get("in-reply-to") or one.get("thr_in-reply-to")),
        replies=_replies(one),
        private=_private(one),
    )


def _is_medium(content: Found) -> bool:
    return str(content.get("type")).startswith(("image/", "audio/", "video/"))


def _several(one: Found, name: str) -> list[Found]:
    """A list of dictionaries, where it is that: a document may have an element of the same name."""
    found = one.get(name)
    return [part for part in found if isinstance(part, Mapping)] if isinstance(found, list) else []


def _one(one: Found, name: str) -> Found:
    found = one.get(name)
    return found if isinstance(found, Mapping) else {}


def _word(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _text(detail: Any) -> Text | None:
    """A text construct; a title that says text/plain holds no markup, everything else may."""
    if not isinstance(detail, Mapping) or not isinstance(detail.get("value"), str) or not detail["value"].strip():
        return None
    html = detail.get("type") != "text/plain"
    return Text(detail["value"], html, _word(detail.get("base")), _word(detail.get("language")))


def _language(detail: Any) -> str | None:
    return _word(detail.get("language")) if isinstance(detail, Mapping) else None


def _base(one: Found) -> str | None:
    details = (one.get("title_detail"), one.get("summary_detail"), *_several(one, "content")[:1])
    return next(
        (base for detail in details if isinstance(detail, Mapping) and (base := _word(detail.get("base")))), None
    )


def _ttl(head: Found) -> timedelta:
    """Where such an element has attributes, feedparser gives those in place of its text."""
    period = gather.period(_word(head.get("sy_updateperiod")), _word(head.get("sy_updatefrequency")))
    return max(gather.minutes(_word(head.get("ttl"))), period)


def _moved(head: Found) -> tuple[RawLink, ...]:
    url = _word(head.get("itunes_new-feed-url"))
    return (RawLink(url, NEW_FEED_URL),) if url else ()


def _links(one: Found) -> tuple[RawLink, ...]:
    out = [
        RawLink(
            link["href"].strip(),
            (_word(link.get("rel")) or "alternate").lower(),
            _word(link.get("type")),
            _word(link.get("hreflang")),
            _word(link.get("title")),
            _word(link.get("length")),
        )
        for link in _several(one, "links")
        if _word(link.get("href"))
    ]
    main = _word(one.get("link"))
    if main and not any(link.href == main and link.rel == "alternate" for link in out):
        out.insert(0, RawLink(main))
    return tuple(out)


def _date(one: Found, *names: str) -> datetime | None:
    """The first of these that is a date: by our own reader of the text, else by feedparser's."""
    for name in names:
        if not dict.__contains__(one, name):  # .get would answer for another name
            continue
        parsed = parse_date(_word(one.get(name))) or _struct(one.get(f"{name}_parsed"))
        if parsed:
            return parsed
    return None


def _struct(value: Any) -> datetime | None:
    try:
        year, month, day, hour, minute, second = value[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (ValueError, TypeError):
        return None


def _authors(one: Found) -> tuple[Person, ...]:
    named = [person(_word(a.get("name")), _word(a.get("href"))) for a in _several(one, "authors")]
    if not any(named):
        named = [person(_word(one.get("author")))]
    return gather.people(named)


def _tags(one: Found) -> tuple[str, ...]:
    found = (_word(tag.get("term")) or _word(tag.get("label")) for tag in _several(one, "tags")[: gather.MAX_TAGS])
    return tuple(dict.fromkeys(tag for tag in found if tag))


def _enclosures(one: Found) -> tuple[Enclosure, ...]:
    found = [*_several(one, "enclosures"), *(m for m in _several(one, "media_content") if _playable(m))]
    out: dict[str, Enclosure] = {}
    for item in found:
        url = _word(item.get("href") or item.get("url"))
        if url and url not in out:
            size = gather.number(_word(item.get("length") or item.get("filesize")))
            out[url] = Enclosure(url, _word(item.get("type")), size, _word(item.get("title")))
    return tuple(islice(out.values(), gather.MAX_ENCLOSURES))


def _playable(media: Found) -> bool:
    return str(media.get("medium") or media.get("type") or "").startswith(("audio", "video"))


def _image(one: Found) -> tuple[str | None, tuple[int, int] | None]:
    """media:thumbnail, an image in media:content, itunes:image; with its size."""
    pictures = (m for m in _several(one, "media_content") if str(m.get("medium") or m.get("type")).startswith("image"))
    for found in (*_several(one, "media_thumbnail")[:1], *islice(pictures, 1), _one(one, "image")):
        url = _word(found.get("url") or found.get("href"))
        if url:
            return url, gather.size(_word(found.get("width")), _word(found.get("height")))
    return None, None


def _replies(one: Found) -> Replies | None:
    """What links to comments tell of them, and thr:total."""
    links = (link for link in _several(one, "links") if link.get("rel") == "replies")
    said = [
        (gather.number(_word(link.get("thr:count"))), parse_date(_word(link.get("thr:updated"))))
        for link in links
        if link.get("type") in (None, "text/html")
    ]
    total = gather.number(_word(one.get("thr_total")))
    count, updated = next((pair for pair in said if pair != (None, None)), (None, None))
    return None if (count, updated, total) == (None, None, None) else Replies(count, updated, total)


def _origin(source: Any) -> Origin | None:
    if not source:
        return None
    links = _links(source)
    own = next((link.href for link in links if link.rel == "self"), None)
    return Origin(
        title=_word(source.get("title")),
        id=_word(source.get("id")),
        url=own or _word(source.get("href")) or _word(source.get("url")),
        link=next((link.href for link in links if link.rel == "alternate"), None),
        updated=_date(source, "updated"),
        authors=_authors(source),
        rights=_word(source.get("rights")),
        icon=_word(source.get("icon")),
        logo=_word(source.get("logo")),
        language=_language(source.get("title_detail")),
        subtitle=_word(source.get("subtitle")),
        tags=_tags(source),
    )


def _private(one: Found) -> bool:
    """A draft, or an opt-out of republishing."""
    if str(one.get("app_draft") or one.get("draft") or "").lower() == "yes":
        return True
    if str(one.get("itunes_block")).lower() in ("1", "true", "yes"):
        return True
    return str(one.get("access_restriction_relationship") or "").lower() == "deny"

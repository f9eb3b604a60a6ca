"""The choices that a raw entry leaves open: which link, which dates, which text, which people (checklist K, A11, L1)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from aggregator.editorial import links, text
from aggregator.editorial.furniture import APPEARED
from aggregator.editorial.normalise import one_line, shortened
from aggregator.editorial.patterns import late
from aggregator.editorial.shingles import letters
from aggregator.model import Enclosure, Person, RawEntry, RawLink, Source

LARGE = 100  # pixels of either side
IMAGES_WITHIN = 4_000  # characters of a text
_IMG = "<img"  # looked for as it is: a pattern would cost ten times as much where there is none
_INSIDE = re.compile(r"\s([^<>]{1,2000})>")
_ATTRIBUTE = re.compile(r"""(src|width|height)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_PIXELS = re.compile(r"[0-9]{1,4}(?:px)?\Z")
# Not the handle of a server that says so: @joe@social.example.
_ADDRESS = late(r"[(<\[]?(?<![@\w.+-])(?:mailto:)?[\w.+-]{1,100}@[\w-]{1,100}(?:\.[\w-]{1,60}){1,8}[)>\]]?")
SOON = timedelta(days=1)  # ahead of now: a wrong time zone, no wrong year
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_MARKS = tuple('.!?…。！？؟।”"»)')  # what a summary that is a sentence ends in
# ISO 639-1, and what was in it: feeds name countries, too, as "jp" and "cn".
_LANGUAGES = frozenset(
    """aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et
    eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv ka kg ki kj
    kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny
    oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl
    tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu""".split()
)
MAX_TITLE, MAX_NAME, MAX_TAG, MAX_TAGS, MAX_PEOPLE, MAX_ENCLOSURES = 500, 120, 100, 40, 20, 20


def link(raw: RawEntry, bases: Sequence[str | None], language: str | None = None) -> str:
    """The address of the article itself, absolute; "" where there is none. `language`: that of the entry.

    feedburner:origLink, then rel=alternate (HTML first, then the entry's own language), then a guid that is a link, then comments, then an enclosure.
    """
    candidates = [raw.original_link, *alternates(raw.links, language)]
    if raw.id and (raw.id_is_link or raw.id.startswith(("http://", "https://"))):
        candidates.append(raw.id)
    candidates += [raw.comments, *(e.url for e in raw.enclosures[:1])]
    for candidate in candidates:
        if candidate is None:
            continue
        url, base = (candidate.href, candidate.base) if isinstance(candidate, RawLink) else (candidate, None)
        safe = links.resolved(url, *links.within(base, bases))
        if safe:
            return safe
    return ""


def alternates(found: Sequence[RawLink], language: str | None = None) -> list[RawLink]:
    """rel=alternate, pages before other types, then those in no other language, in document order; never self, edit,
    replies (K3)."""
    alternates = [one for one in found if one.rel in ("alternate", "")]
    if len(alternates) < 2:
        return alternates
    return sorted(
        alternates, key=lambda one: (bool(one.type) and "html" not in (one.type or ""), _foreign(one, language))
    )


def _foreign(link: RawLink, language: str | None) -> bool:
    """It says that it leads to another language."""
    said = (link.hreflang or "").strip().lower().replace("_", "-").partition("-")[0]
    return bool(said and language) and said != (language or "").strip().lower().replace("_", "-").partition("-")[0]


def dates(
    raw: RawEntry, now: datetime, ignore: Sequence[str], newest: datetime | None = None
) -> tuple[datetime | None, datetime | None]:
    """published and updated as far as they can be believed: not before 1990, not ahead of the fetch (A11).

    What is dated more than a day ahead goes just below `newest`, the newest date of its document that can be believed.
    """
    if "date" in ignore:
        return None, None
    published, updated = (believable(moment, now, newest) for moment in (raw.published, raw.updated))
    published = published or updated
    if published and updated and updated < published:
        updated = published
    return published, updated


def believable(moment: datetime | None, now: datetime, newest: datetime | None = None) -> datetime | None:
    """None before 1990; what lies in the future is the second before now, so that what is truly dated now goes before it."""
    if moment is None or moment < EARLIEST:
        return None
    if moment <= now:
        return moment
    far = newest is not None and moment - now > SOON
    return (newest if far and newest is not None else now.replace(microsecond=0)) - timedelta(seconds=1)


def newest_date(entries: Sequence[RawEntry], now: datetime) -> datetime | None:
    """The newest date of a document that is not in the future; None when it has none."""
    moments = [
        moment for one in entries for moment in (one.published, one.updated) if moment and EARLIEST < moment <= now
    ]
    return max(moments, default=None)


def people(raw: Sequence[Person], fallback: Sequence[Person], ignore: Sequence[str]) -> tuple[Person, ...]:
    """The entry's authors by clean names, else the feed's."""
    if "author" in ignore:
        return ()
    out: dict[str, Person] = {}
    for person in (raw or fallback)[:MAX_PEOPLE]:
        name = shortened(_without_address(text.inline(person.name[: MAX_NAME * 8], html=True)), MAX_NAME)
        if name and name not in out:
            out[name] = Person(name, links.safe_url(person.url))
    return tuple(out.values())


def _without_address(name: str) -> str:
    """E-mail addresses are not for publishing, wherever in a name and in whatever disguise they stood (checklist A16)."""
    return " ".join(_ADDRESS.sub(" ", name).split()) if "@" in name else name


def comments(raw: RawEntry, bases: Sequence[str | None]) -> str | None:
    """The page of the comments: what RSS has an element for, and Atom a link for (RFC 4685 section 4)."""
    pages = [link for link in raw.links if link.rel == "replies" and link.type in (None, "text/html")]
    found = [raw.comments, *[links.absolute(link.href, *links.within(link.base, bases)) for link in pages]]
    return next((url for one in found if one and (url := links.resolved(one, *bases))), None)


def tags(raw: Sequence[str]) -> tuple[str, ...]:
    """Spelled as the source did, each once, bounded."""
    cleaned = (text.inline(tag[: MAX_TAG * 8], html=True) for tag in raw[: MAX_TAGS * 2])
    return tuple(dict.fromkeys(tag for tag in cleaned if tag and len(tag) <= MAX_TAG))[:MAX_TAGS]


def enclosures(raw: Sequence[Enclosure], bases: Sequence[str | None]) -> tuple[Enclosure, ...]:
    """Those that may be published, absolute."""
    out = []
    for one in raw[:MAX_ENCLOSURES]:
        url = links.resolved(one.url, *bases)
        if url:
            kind = one.type.strip().lower() if one.type and _is_mime(one.type.strip()) else None
            out.append(Enclosure(url, kind, one.length, one_line(one.title[:200]) if one.title else None))
    return tuple({one.url: one for one in out}.values())


def _is_mime(kind: str) -> bool:
    major, slash, minor = kind.partition("/")
    return bool(slash and major.isalpha() and minor and all(c.isascii() and (c.isalnum() or c in ".+-") for c in minor))


def image(
    raw: RawEntry, made: Sequence[Enclosure], bases: Sequence[str | None]
) -> tuple[str | None, tuple[int, int] | None]:
    """The lead image and its size: the one named as such, else an enclosure that is one, else the first large one (B14)."""
    named = links.resolved(raw.image, *bases)
    if named:
        return named, raw.image_size
    enclosed = next((one.url for one in made if (one.type or "").startswith("image/")), None)
    return (enclosed, None) if enclosed else _large(raw, bases)


def _images(markup: str) -> Iterator[str]:
    """What stands inside of the img elements at its beginning that say how wide they are."""
    place = markup.find(_IMG, 0, IMAGES_WITHIN)
    while place >= 0:
        inside = _INSIDE.match(markup, place + len(_IMG))
        if inside and "width" in inside[1].lower():
            yield inside[1]
        place = markup.find(_IMG, place + len(_IMG), IMAGES_WITHIN)


def _pixels(text: str) -> int:
    return int(text.removesuffix("px")) if _PIXELS.match(text) else 0


def _large(raw: RawEntry, bases: Sequence[str | None]) -> tuple[str | None, tuple[int, int] | None]:
    """The first image of the text that says to be large: whatever counts readers, or is a button, says so or says nothing."""
    texts = (said for said in (raw.content, raw.summary) if said and said.html)
    for text_, attributes in ((said, inside) for said in texts for inside in _images(said.value)):
        given = {name.lower(): one or other or bare for name, one, other, bare in _ATTRIBUTE.findall(attributes)}
        wide, high = (_pixels(given.get(side, "")) for side in ("width", "height"))
        url = (
            links.resolved(html.unescape(given.get("src", "")), *links.within(text_.base, bases))
            if min(wide, high) >= LARGE
            else None
        )
        if url:
            return url, (wide, high)
    return None, None


def own_title(raw: RawEntry) -> str:
    """On one line; "" for an entry without one."""
    said = text.inline(raw.title.value[: MAX_TITLE * 16], html=raw.title.html) if raw.title else ""
    return shortened(said, MAX_TITLE)


def title_of(body: Sequence[str]) -> str:
    """For an entry without a title: the beginning of its text; "Untitled" when there is not even that."""
    start = next(
        (block.lstrip(text.HEADING + text.BULLET) for block in body if block.strip(text.HEADING + text.BULLET)), ""
    )
    return shortened(start, 80) or "Untitled"


def teaser_blocks(summary: Sequence[str], content: Sequence[str]) -> Sequence[str]:
    """The publisher's own separately written summary, else the longer text (L1).

    A summary that only begins like the content, or is hardly any text, is no text of its own.
    """
    if not summary or not content:
        return summary or content
    # To say where it appeared adds nothing to what is said.
    own_words = summary[:-1] if APPEARED.match(summary[-1].lower()) else summary
    said, whole = "".join(own_words)[:4000], "".join(islice(content, 40))  # no more of the content than can decide
    if len(said) < len(whole) and whole.startswith(said[:-8]):
        return content
    short = letters(said)
    if len(short) >= (40 if said.endswith(_MARKS) else 60):
        begin = letters(whole[: max(1000, len(said))])
        if not begin.startswith(short[: max(40, len(short) // 2)]) and short[:60] not in begin[:600]:
            return summary
    longer = len(whole) > 2 * len(said) or len(letters(whole[:6000])) >= len(short)
    return content if longer else summary


def language(source: Source, *given: str | None) -> str | None:
    """The source's setting, else the nearest of what the document says; None when nothing is said or it is no tag."""
    if source.language:
        return source.language
    if "language" in source.ignore:
        return None
    for tag in given:
        if tag and (clean := tag.strip().replace("_", "-")) and _is_language(clean):
            return clean
    return None


def _is_language(tag: str) -> bool:
    parts = tag.split("-")
    return (
        (len(parts[0]) == 3 or parts[0].lower() in _LANGUAGES)
        and parts[0].isalpha()
        and len(tag) <= 35
        and all(1 <= len(p) <= 8 and p.isascii() and p.isalnum() for p in parts)
    )

"""URLs: made absolute, freed of trackers for publishing, and reduced to a key for comparing (checklist part M)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
MAX_URL = 2048  # characters; longer ones are not published
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_STRIP = re.compile(r"[\t\r\n]+")
_JOINERS = dict.fromkeys((0x200C, 0x200D))
# A fragment that names one post of a page: "18", "pid1234", "comment-981"; but "more-1234" is WordPress's fold.
_NUMBERED = re.compile(r"(?!more-)[A-Za-z_.-]{0,20}\d{1,20}")
# An absolute address with nothing in it to look into or to mend, as nearly all are.
_ORDINARY = re.compile(r"https?://[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}(?:/[\w.~/%&=?+,;:@!$'()*#-]*)?", re.ASCII)
# One of them that is its own key, but for scheme, "www." and a slash at its end.
_BARE = re.compile(r"https?://[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}(?:/[\w.~/&=+,;:@!$'()*-]*)?", re.ASCII)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_UNRESERVED = re.compile(r"%([0-9a-fA-F]{2})")
_PREFIXES = (
    "utm_",
    "mtm_",
    "itm_",
    "hmb_",
    "otm_",
    "hsa_",
    "vero_",
    "bsft_",
    "oft_",
    "cm_mmc",
    "fb_action_",
    "__hs",
    "dpg_",
    "cx_",
    "ga_",
)
_NAMES = frozenset(
    """_ga _gl gclid gclsrc dclid gbraid wbraid gad_source srsltid fbclid fb_ref fb_source fb_comment_id action_object_map
    action_ref_map action_type_map msclkid twclid yclid ysclid ymclid _openstat mc_cid mc_eid mc_tc mkt_tok _hsenc _hsmi
    hsctatracking wickedid rb_clickid oly_anon_id oly_enc_id ml_subscriber ml_subscriber_hash s_cid sc_cid _bhlid
    _branch_match_id _branch_referrer _kx irclickid ir_campaignid ir_adid ir_partnerid cmpid xtor wt_mc wt_zmc erid guccounter
    guce_referrer guce_referrer_sig __twitter_impression __readwiselocation unicorn_click_id pk_campaign pk_kwd pk_source
    pk_medium pk_cid pk_vid""".split()
)
_SCOPED = {
    "instagram.com": {"igsh", "igshid"},
    "youtube.com": {"si", "feature", "pp"},
    "youtu.be": {"si", "feature", "pp"},
    "twitter.com": {"s", "t", "ref_src", "ref_url"},
    "x.com": {"s", "t", "ref_src", "ref_url"},
}
_SESSION = frozenset({"phpsessid", "jsessionid", "aspsessionid", "cfid", "cftoken"})
_MAYBE_SESSION = frozenset({"sid", "sessionid", "session_id"})  # "sid" is also what a story is called
_DRAWN = re.compile(r"(?=[a-zA-Z]*\d)[0-9a-zA-Z]{24,64}")  # at random
_WRAPPERS = {
    ("google.com", "/url"): ("q", "url"),
    ("youtube.com", "/redirect"): ("q",),
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("out.reddit.com", "/"): ("url",),
    ("t.umblr.com", "/redirect"): ("z",),
}


def safe_url(url: str | None) -> str | None:
    """The one function that lets a URL through to an output: http or https, a host, no control characters, no credentials.

    None for anything else.
    """
    if not url:
        return None
    if len(url) <= MAX_URL and _ORDINARY.fullmatch(url):
        return url
    url = _STRIP.sub("", url.strip())
    if len(url) > MAX_URL:
        return None
    if _asks_for_quotes(url):
        url = _quoted(url)
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _host_ok(host) or port == 0:
        return None
    return without_credentials(url)


def _asks_for_quotes(url: str) -> bool:
    """Something is in it that stands in no IRI (RFC 3987 section 2.2): what cannot be printed turns the text around it,
    is hidden in it, or is forbidden in XML."""
    if not url.isprintable() or _CONTROL.search(url) or any(c in url for c in '\\<>"`{}|^'):
        return True
    tail = _parts(url)[2]
    return "[" in tail or "]" in tail


def _quoted(url: str) -> str:
    """What browsers would percent-encode behind the host, encoded."""
    head, mark, tail = _parts(url.replace("\\", "/"))
    return head + mark + quote(tail, safe="%/:=&?~#+!$,;'@()*", errors="ignore")


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme and authority, the sign behind them, and all that follows."""
    scheme, slashes, rest = url.partition("://")
    authority, mark, tail = _split_authority(rest)
    return scheme + slashes + authority, mark, tail


def _host_ok(host: str) -> bool:
    """Nothing that no name has; joiners that cannot be seen are a part of words in some scripts."""
    return (
        bool(host)
        and len(host) < 254
        and host.translate(_JOINERS).isprintable()
        and not _CONTROL.search(host)
        and ".." not in host
        and not any(c in host for c in "%<>\"'`{}|^ ")
    )


def without_credentials(url: str) -> str:
    """The URL without user and password; what is no URL comes back as it is."""
    scheme, slashes, rest = url.partition("://")
    authority, mark, tail = _split_authority(rest)
    if not slashes or "@" not in authority:
        return url
    return f"{scheme}://{authority.rpartition('@')[2]}{mark}{tail}"


def uri(url: str) -> str:
    """The same address in ASCII alone, for where an IRI is none (RFC 3987 section 3.1)."""
    scheme, slashes, rest = url.partition("://")
    if url.isascii() or not slashes:
        return url
    authority, mark, tail = _split_authority(rest)
    host, colon, port = authority.rpartition(":")
    host, port = (host, colon + port) if port.isascii() and port.isdigit() else (authority, "")
    return f"{scheme}://{_ascii_host(host)}{port}{mark}{quote(tail, safe=_ASCII)}"


def _split_authority(rest: str) -> tuple[str, str, str]:
    at = min((i for i in (rest.find("/"), rest.find("?"), rest.find("#")) if i >= 0), default=len(rest))
    return rest[:at], rest[at : at + 1], rest[at + 1 :]


def absolute(url: str | None, *bases: str | None) -> str:
    """Against the bases, innermost first, each itself resolved against those after it (RFC 3986 section 5.1); "" if it cannot be."""
    if not url:
        return ""
    url = _STRIP.sub("", url.strip())
    try:
        for base in bases:
            if _SCHEME.match(url) and not url.lower().startswith(("http:/", "https:/")):
                return url
            if urlsplit(url).netloc and urlsplit(url).scheme:
                return url
            if base:
                url = urljoin(base.strip(), url)
    except ValueError:
        return ""
    return url


def within(base: str | None, bases: Sequence[str | None]) -> Sequence[str | None]:
    """The bases of what has one of its own: that holds those of the elements around it, of which the first of `bases` is one."""
    return (base, *bases[1:]) if base else bases


def resolved(url: str | None, *bases: str | None) -> str | None:
    """Absolute, and fit for an output; None where it cannot be."""
    if not url:
        return None
    if len(url) <= MAX_URL and _ORDINARY.fullmatch(url):
        return url
    return safe_url(absolute(url, *bases))


def published(url: str) -> str:
    """Without what only tracks (M5, M6), every other byte and the order kept (M8); wrappers that name their target undone (M9)."""
    url = unwrapped(url)
    head, mark, fragment = url.partition("#")
    base, question, query = head.partition("?")
    if not question:
        return url if not fragment.startswith(":~:") else head
    host = _hostname(base) if "://" in base else ""
    kept = [part for part in query.split("&") if part and not _tracks(part, host)]
    if len(kept) == query.count("&") + 1 and not fragment.startswith(":~:"):
        return url
    tail = f"{mark}{fragment}" if fragment and not fragment.startswith((":~:", "Echobox")) else ""
    return base + ("?" + "&".join(kept) if kept else "") + tail


def _tracks(part: str, host: str) -> bool:
    name, _, value = part.partition("=")
    name = name.lower().removeprefix("amp;")
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    if name in ("ref", "ref_") and host and value.lower().removeprefix("www.") == host.removeprefix("www."):
        return True
    if (name in _SESSION and len(value) >= 8) or (name in _MAYBE_SESSION and _DRAWN.fullmatch(value)):
        return True
    site = ".".join(host.split(".")[-2:])
    return name in _SCOPED.get(site, ())


def unwrapped(url: str) -> str:
    """The target of a redirector that spells it out in its query; any other URL as it is. No request is made."""
    if "?" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    names = _WRAPPERS.get(((parts.hostname or "").removeprefix("www."), parts.path.rstrip("/") or "/"))
    if names:
        for name, value in parse_qsl(parts.query)[:20]:
            if name in names and value.startswith(("http://", "https://")):
                return value
    return url


@lru_cache(maxsize=4096)
def _ascii_host(host: str) -> str:
    host = host.rstrip(".").lower()
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def key(url: str) -> str:
    """For comparing only, never shown (M2 to M4); "" for what identifies nothing: no URL, a bare host."""
    if not url:
        return ""
    if _BARE.fullmatch(url) and "/." not in url:
        place = url.partition("://")[2].removeprefix("www.").rstrip("/")
        return place if "/" in place else ""
    try:
        parts = urlsplit(published(_unescaped(url.strip()) if "&amp;" in url else url.strip()))
        port, host = parts.port, _ascii_host(parts.hostname or "")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    host = host.removeprefix("www.")
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    path = _dotless(_normal_escapes(parts.path)).rstrip("/")
    query = "&".join(sorted(part for part in _normal_escapes(parts.query).split("&") if part))
    route = parts.fragment if parts.fragment.startswith("!") or _NUMBERED.fullmatch(parts.fragment) else ""
    if not path and not query and not route:
        return ""
    return place + path + (f"?{query}" if query else "") + (f"#{route}" if route else "")


def _unescaped(url: str) -> str:
    from html import unescape  # with a table of all entities, which few addresses need

    return unescape(url)


def _normal_escapes(text: str) -> str:
    """Upper-case hex, unreserved characters decoded, non-ASCII encoded (RFC 3986 section 6.2.2)."""
    if not text.isascii():
        text = "".join(c if c.isascii() else quote(c, errors="ignore") for c in text)
    text = text.replace("[", "%5B").replace("]", "%5D")  # as safe_url() has them
    return _UNRESERVED.sub(_unreserved, text) if "%" in text else text


def _unreserved(match: re.Match[str]) -> str:
    c = chr(int(match[1], 16))
    return c if c.isascii() and (c.isalnum() or c in "-._~") else match[0].upper()


def _dotless(path: str) -> str:
    """Without dot segments."""
    if "/." not in path:
        return path
    out: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del out[max(1, len(out) - 1) :]
        elif segment != ".":
            out.append(segment)
    return "/".join(out)


def host_of(url: str) -> str:
    """The host in lower case without "www."; "" where there is none."""
    return _hostname(url).removeprefix("www.")


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""

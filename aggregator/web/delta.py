"""RFC 3229 deltas of feeds ("A-IM: feed"): to a client that names a version we know, only what is new since then."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from aggregator.web import negotiate
from aggregator.web.reply import CORS, NOSNIFF, Reply
from aggregator.web.shelf import Version

MOST_VERSIONS = 20  # of one feed
MOST_FEEDS = 500
_ENTRIES = {"atom": "{http://www.w3.org/2005/Atom}entry", "rss": "item"}
_DIGEST = 8  # bytes

Seen = frozenset[bytes]


@dataclass
class History:
    """The entries of the versions that clients of deltas have got, in memory alone."""

    _feeds: OrderedDict[str, OrderedDict[str, Seen]] = field(default_factory=OrderedDict)

    def reply(self, headers: dict[str, str], version: Version, *, head: bool) -> Reply | None:
        """A 226 to a request for it; None where the whole feed, or a 304, is the answer."""
        kind = version.name.rpartition(".")[2]
        if not wanted(headers.get("A-IM")) or kind not in ("atom", "rss", "json"):
            return None
        known = self._of(version.name)
        if version.tag not in known:
            known[version.tag] = _digests(kind, version.bodies["identity"])
            while len(known) > MOST_VERSIONS:
                known.popitem(last=False)
        named = negotiate.versions_named(headers.get("If-None-Match", ""))
        seen = next((known[tag] for tag in named if tag in known and tag != version.tag), None)
        if not seen or not known[version.tag] or version.tag in named:
            return None
        body = without(kind, version.bodies["identity"], seen)
        return Reply(226, _headers(version), body, head=head) if body is not None else None

    def _of(self, name: str) -> OrderedDict[str, Seen]:
        known = self._feeds.setdefault(name, OrderedDict())
        self._feeds.move_to_end(name)
        while len(self._feeds) > MOST_FEEDS:
            self._feeds.popitem(last=False)
        return known


def wanted(header: str | None) -> bool:
    """A-IM asks for the instance manipulation "feed"."""
    items = (item.replace(" ", "").partition(";q=") for item in (header or "").lower().split(","))
    return any(name == "feed" and (not weight or weight.strip("0.")) for name, _, weight in items)


def without(kind: str, body: bytes, seen: Seen) -> bytes | None:
    """The feed without the entries that were seen; None when that would leave out nothing."""
    if kind == "json":
        return _json_without(body, seen)
    root = etree.fromstring(body)
    old = [entry for entry in root.iter(_ENTRIES[kind]) if _digest(etree.tostring(entry, with_tail=False)) in seen]
    for entry in old:
        parent = entry.getparent()
        if parent is not None:
            parent.remove(entry)
    if not old:
        return None
    whole: bytes = etree.tostring(root.getroottree(), encoding="utf-8", xml_declaration=True)
    return whole


def _json_without(body: bytes, seen: Seen) -> bytes | None:
    document = json.loads(body)
    items = [item for item in document["items"] if _digest(_bytes(item)) not in seen]
    if len(items) == len(document["items"]):
        return None
    return json.dumps(document | {"items": items}, ensure_ascii=False).encode()


def _digests(kind: str, body: bytes) -> Seen:
    return frozenset(map(_digest, _entries(kind, body)))


def _entries(kind: str, body: bytes) -> list[bytes]:
    """Empty for what is no feed."""
    try:
        if kind == "json":
            return [_bytes(item) for item in json.loads(body)["items"]]
        return [etree.tostring(entry, with_tail=False) for entry in etree.fromstring(body).iter(_ENTRIES[kind])]
    except (etree.XMLSyntaxError, ValueError, KeyError, TypeError):
        return []


def _bytes(item: Any) -> bytes:
    return json.dumps(item, sort_keys=True).encode()


def _digest(entry: bytes) -> bytes:
    return hashlib.blake2b(entry, digest_size=_DIGEST).digest()


def _headers(version: Version) -> list[tuple[str, str]]:
    lines = [
        ("ETag", negotiate.tag(version.tag, "identity", as_xml=False)),
        ("IM", "feed"),
        ("Content-Type", version.media.type),
        ("Content-Security-Policy", version.media.csp),
        ("Cache-Control", "no-store"),
        ("Vary", "A-IM, If-None-Match"),
        *CORS,
        *NOSNIFF,
    ]
    return [*lines, ("Link", version.links)] if version.links else lines

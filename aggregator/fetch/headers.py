"""Link header fields (RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)*)")
_PARAMETER = re.compile(r";\s*([\w!#$&+.^`|~*-]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*)))?")


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a header, absolute."""

    target: str
    rels: tuple[str, ...]  # lower case
    type: str = ""


def links(fields: Sequence[str], base: str) -> list[Link]:
    """The links of these fields about the document itself: those with a foreign anchor are left out (section 3.2)."""
    out = []
    for field in fields:
        for target, text in _LINK.findall(field):
            given: dict[str, str] = {}
            for name, quoted, plain in _PARAMETER.findall(text):
                given.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or plain)
            if "anchor" in given and urldefrag(urljoin(base, given["anchor"])).url != urldefrag(base).url:
                continue
            out.append(
                Link(urljoin(base, target.strip()), tuple(given.get("rel", "").lower().split()), given.get("type", ""))
            )
    return out

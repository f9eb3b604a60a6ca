"""The names that elements have in feeds, whatever prefix, case or spelling of the namespace a feed uses (checklist K5)."""

from __future__ import annotations

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XML = "{http://www.w3.org/XML/1998/namespace}"
INDEX = "{urn:atom-extension:indexing}index"
# Our prefixes for the namespaces that matter, spelled as _plain spells them. RSS, and what means the same, has none.
_PREFIXES = {
    "": "", "purl.org/rss/1.0": "", "my.netscape.com/rdf/simple/0.9": "", "channel.netscape.com/rdf/simple/0.9": "",
    "purl.org/net/rss1.1": "", "purl.org/rss/1.0/modules/rss091": "", "backend.userland.com/rss": "",
    "backend.userland.com/rss2": "", "blogs.law.harvard.edu/tech/rss": "", "www.rssboard.org/rss-specification": "",
    "my.netscape.com/publish/formats/rss-0.91.dtd": "", "purl.org/rss/2.0": "", "cyber.law.harvard.edu/rss/rss.html": "",
    "www.w3.org/2005/atom": "a:", "purl.org/atom/ns": "a:", "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf:",
    "www.w3.org/1999/xhtml": "x:", "purl.org/dc/elements/1.1": "dc:", "purl.org/dc/elements/1.0": "dc:",
    "purl.org/dc/terms": "dct:", "purl.org/rss/1.0/modules/content": "content:",
    "purl.org/rss/1.0/modules/syndication": "sy:", "search.yahoo.com/mrss": "media:",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes:", "purl.org/syndication/thread/1.0": "thr:",
    "rssnamespace.org/feedburner/ext/1.0": "fb:", "purl.org/syndication/history/1.0": "fh:",
    "www.w3.org/2007/app": "app:", "purl.org/atom/app": "app:", "www.bloglines.com/about/specs/fac-1.0": "bl:",
    "urn:atom-extension:indexing": "ix:", "backend.userland.com/creativecommonsrssmodule": "cc:",
    "web.resource.org/cc": "cc:", "creativecommons.org/ns": "cc:", "cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "cc:",
}  # fmt: skip
KNOWN: dict[str, str] = {}  # tag -> our short name, filled as tags are met


def name_of(tag: object) -> str:
    """Our short name of a tag: "title", "a:title", "dc:creator"; "" for what means nothing here.

    Atom 0.3 shares the prefix of Atom 1.0: the two have no name in common that means something else.
    """
    if not isinstance(tag, str):
        return ""  # a comment, a processing instruction, an entity
    known = KNOWN.get(tag)
    if known is None:
        space, _, local = tag.rpartition("}")
        prefix = _PREFIXES.get(_plain(space[1:]))
        known = "" if prefix is None else prefix + local
        if len(KNOWN) < 4096:
            KNOWN[tag] = known
    return known


def _plain(space: str) -> str:
    """A namespace without what its writers get wrong: scheme, case, the sign at its end."""
    return space.strip().lower().removeprefix("http://").removeprefix("https://").rstrip("/#")

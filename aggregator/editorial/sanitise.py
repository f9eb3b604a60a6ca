"""Full content, for sources whose owner allows it: through nh3 with an allow-list, every URL absolute (design decision 6)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from aggregator.editorial.links import resolved
from aggregator.editorial.normalise import clean

MAX_MARKUP = 256 * 1024  # nh3's cost grows with nesting; what follows is cut
_TAGS = frozenset(
    """a abbr b blockquote br caption cite code dd del dfn div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li
    mark ol p pre q s samp small span strong sub sup table tbody td tfoot th thead tr u ul var""".split()
)
_ATTRIBUTES = {
    "a": {"href", "title", "hreflang"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "*": {"lang", "dir"},
}


@lru_cache(maxsize=1)
def _cleaner() -> Any:
    import nh3

    return nh3


def sanitised(markup: str, *bases: str | None) -> str | None:
    """Safe HTML with absolute URLs; None when nothing is left."""

    def attribute(_tag: str, name: str, value: str) -> str | None:
        if name in ("href", "src"):
            return resolved(value, *bases)
        if name in ("width", "height") and value.strip() in ("0", "1"):
            return None
        return value

    html: str = _cleaner().clean(
        clean(markup[:MAX_MARKUP]),
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=attribute,
        url_schemes={"http", "https"},
        link_rel="noopener nofollow",
        strip_comments=True,
    )
    return clean(html).strip() or None  # once more: a character reference may have brought in what XML forbids

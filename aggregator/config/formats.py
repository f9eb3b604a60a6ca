"""The formats that feeds.toml may ask for: those that publish/formats has a file of. Read, not imported: publish comes later."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from aggregator.config.values import one_of

PLACE = Path(__file__).parent.parent / "publish" / "formats"
_KEY = re.compile(r'^KEY\b[^=\n]*= "(\w+)"', re.MULTILINE)


@lru_cache(maxsize=4)
def names(place: Path = PLACE) -> tuple[str, ...]:
    """The keys of the formats, in order."""
    found = (_KEY.search(path.read_text(encoding="utf-8")) for path in place.glob("[!_]*.py"))
    return tuple(sorted(match[1] for match in found if match))


def known(value: Any) -> str:
    """One of the formats there are."""
    word: str = one_of(*names())(value)
    return word

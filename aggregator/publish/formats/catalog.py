"""The formats of a channel: every module of this folder that says KEY, NAME, TYPE, LABEL, RANK and render is one."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from aggregator.model import Edition


class Format(Protocol):
    """What a module of a format has."""

    KEY: str  # its name in feeds.toml
    NAME: str  # of its file
    TYPE: str  # media type
    LABEL: str  # for people
    RANK: int  # the lower is offered first

    def render(self, edition: Edition) -> bytes:
        """The document. The same edition gives the same bytes."""
        ...


@lru_cache(maxsize=1)
def formats() -> tuple[Format, ...]:
    """All there are, by rank."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    modules = (import_module(f"{__package__}.{name}") for name in names if name != "catalog")
    found = [cast(Format, module) for module in modules if hasattr(module, "KEY")]
    return tuple(sorted(found, key=lambda one: one.RANK))


def offered(edition: Edition) -> list[Format]:
    """Those that a channel is published in, by rank."""
    return [one for one in formats() if one.KEY in edition.channel.formats]

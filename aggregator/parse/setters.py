"""The small functions of which the tables of entries.py and heads.py are made: each puts one element's value into what is gathered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aggregator.parse.dates import parse_date
from aggregator.parse.elements import Element, words
from aggregator.parse.names import name_of

Setter = Callable[[Any, Element], None]
MOST_TAGS = 4096  # that are remembered


def first(field: str, value: Callable[[Element], Any]) -> Setter:
    """The first of several that is not blank counts."""

    def put(found: Any, element: Element) -> None:
        if getattr(found, field) is None:
            setattr(found, field, value(element))

    return put


def date(field: str) -> Setter:
    """The first that is a date."""
    return first(field, lambda element: parse_date(words(element)))


def every(field: str, value: Callable[[Element], Any]) -> Setter:
    """All that are not blank, in order."""

    def put(found: Any, element: Element) -> None:
        made = value(element)
        if made is not None:
            getattr(found, field).append(made)

    return put


def says(*wanted: str) -> Callable[[Element], bool]:
    """The element's text is one of these words, in any case."""
    return lambda element: (words(element) or "").lower() in wanted


def private(test: Callable[[Element], bool]) -> Setter:
    """What the publisher wants nobody to republish (checklist A39, A41)."""

    def put(found: Any, element: Element) -> None:
        found.private = found.private or test(element)

    return put


class Table(dict[str, Setter | None]):
    """Setters by our names of elements, and by the tags themselves once they are met; None for what says nothing."""

    def __missing__(self, tag: object) -> Setter | None:
        found = self.get(name_of(tag))
        if isinstance(tag, str) and len(self) < MOST_TAGS:
            self[tag] = found
        return found


def fill(found: Any, element: Element, table: Table) -> None:
    """Every child by its setter; children that the table does not know say nothing."""
    for child in element:
        setter = table[child.tag]
        if setter:
            setter(found, child)


# Opt-outs of feeds and of single entries alike.
OPT_OUTS: dict[str, Setter] = {
    "itunes:block": private(says("yes", "true")),
    "bl:restriction": private(lambda element: (element.get("relationship") or "").strip().lower() == "deny"),
    "ix:index": private(says("no")),
}

"""The decorator of all records, and how to copy one with changes: as those of dataclasses, to readers and type checkers the same.

dataclasses compiles six methods for each class when it is made: a seventh of all that a command needed to start. Here one text
serves every class, and what makes a record is compiled with the first of its kind. Records are made and copied faster, too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any

Values = Callable[[Any], tuple[Any, ...]]

_VALUES: dict[type, Values] = {}  # of every class of records: the values of one, in the order of its fields
_PLACES: dict[type, dict[str, int]] = {}  # and where each field stands in it


def _decorator(given: Any = None, /, *, frozen: bool = False, slots: bool = False) -> Any:
    """What is not both frozen and with slots is no record, and left to dataclasses."""
    return _record if frozen and slots else dataclasses.dataclass(given, frozen=frozen, slots=slots)


def _record(given: type) -> type:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(given)
    names = tuple(made.__dataclass_fields__)
    _VALUES[made] = attrgetter(*names) if len(names) > 1 else lambda one: tuple(getattr(one, name) for name in names)
    _PLACES[made] = {name: place for place, name in enumerate(names)}
    made.__init__ = _first(made)
    for method in (_setattr, _delattr, _eq, _hash, _reduce, _repr):
        setattr(made, f"_{method.__name__}__", method)
    return made  # type: ignore[no-any-return]


def _first(made: type) -> Callable[..., None]:
    """An __init__ that puts the true one in its place."""

    def __init__(self: Any, *values: Any, **named: Any) -> None:  # noqa: N807 - what it is
        made.__init__ = init = _init(made)  # type: ignore[misc]
        init(self, *values, **named)

    return __init__


def _init(made: Any) -> Callable[..., None]:
    """As in C: every value goes to its slot, past what refuses changes."""
    known: dict[str, Any] = {}
    arguments = []
    for field in dataclasses.fields(made):
        known[f"set_{field.name}"] = getattr(made, field.name).__set__
        known[f"usual_{field.name}"] = field.default
        arguments.append(field.name if field.default is MISSING else f"{field.name}=usual_{field.name}")
    body = "\n".join(f" set_{name}(self, {name})" for name in _PLACES[made])
    exec(f"def __init__(self, {', '.join(arguments)}):\n{body}", known)  # noqa: S102 - of names in our own code
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def _setattr(_: object, name: str, __: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(_: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _eq(self: object, other: object) -> Any:
    kind = self.__class__
    return _VALUES[kind](self) == _VALUES[kind](other) if other.__class__ is kind else NotImplemented


def _hash(self: object) -> int:
    return hash(_VALUES[self.__class__](self))


def _reduce(self: object) -> tuple[type, tuple[Any, ...]]:
    return self.__class__, _VALUES[self.__class__](self)


def _repr(self: object) -> str:
    values = zip(_PLACES[self.__class__], _VALUES[self.__class__](self), strict=True)
    return f"{self.__class__.__qualname__}({', '.join(f'{name}={value!r}' for name, value in values)})"


def _changed(record: Any, /, **changes: Any) -> Any:
    kind = record.__class__
    places = _PLACES.get(kind)
    if places is None:
        return dataclasses.replace(record, **changes)
    values = list(_VALUES[kind](record))
    for name, value in changes.items():
        values[places[name]] = value
    return kind(*values)


if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    dataclass, replace = _decorator, _changed

__all__ = ["dataclass", "replace"]

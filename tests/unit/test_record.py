"""Our decorator of records does what that of dataclasses does."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, astuple, fields
from dataclasses import dataclass as usual
from dataclasses import replace as usual_replace

import pytest

from aggregator.model.record import dataclass, replace


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    only: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    word: str

    def __str__(self) -> str:
        return self.word


@dataclass
class Counter:
    count: int = 0


@usual(frozen=True, slots=True)
class Usual:
    x: int
    y: int = 0
    name: str | None = None


def test_a_record_is_made_by_place_and_by_name() -> None:
    made = Point(1, name="a")

    assert (made.x, made.y, made.name) == (1, 0, "a")


@pytest.mark.parametrize(("values", "named"), [((), {}), ((1, 2, "a", 4), {}), ((1,), {"z": 1}), ((1,), {"x": 2})])
def test_a_record_is_not_made_of_other_values_than_its_own(values: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError, match=r"Point\.__init__\(\)"):
        Point(*values, **named)  # type: ignore[arg-type]


def test_records_are_equal_that_have_equal_values_and_one_class() -> None:
    one = Point(1, 2)
    others: list[object] = [Point(1, 3), Usual(1, 2), (1, 2, None)]

    assert one == Point(1, 2)
    assert one not in others
    assert Alone((1,)) == Alone((1,))


def test_equal_records_count_once_in_a_set() -> None:
    records = {Point(1), Point(1, 0), Point(2), Alone((1,)), Alone((1,))}

    assert len(records) == 3


def test_a_record_cannot_be_changed() -> None:
    record = Point(1)

    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        record.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del record.x
    with pytest.raises(AttributeError):
        record.z = 2  # type: ignore[attr-defined]
    assert record == Point(1)


@pytest.mark.parametrize("way", [replace, usual_replace])
def test_a_copy_with_changes_leaves_the_record_alone(way: type[Point]) -> None:
    record = Point(1, 2)

    changed = way(record, y=5)  # type: ignore[arg-type]

    assert (changed, record) == (Point(1, 5), Point(1, 2))


def test_nothing_can_be_changed_that_a_record_does_not_have() -> None:
    with pytest.raises(KeyError):
        replace(Point(1), z=1)  # type: ignore[call-arg]


def test_what_is_no_record_is_copied_with_changes_as_well() -> None:
    counter = Counter()
    counter.count += 1

    assert replace(counter, count=3) == Counter(3)


def test_a_record_tells_its_values() -> None:
    assert repr(Point(1, name="a")) == repr(Usual(1, name="a")).replace("Usual", "Point")


def test_a_record_with_a_text_of_its_own_tells_that() -> None:
    assert (str(Spoken("hello")), repr(Spoken("hello"))) == ("hello", "Spoken(word='hello')")


@pytest.mark.parametrize("record", [Point(1, 2, "a"), Alone((1, 2)), Alone(())])
def test_a_record_comes_back_from_another_process_as_it_was(record: object) -> None:
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301
    assert copy.deepcopy(record) == record


def test_dataclasses_knows_the_fields_of_a_record() -> None:
    record = Point(1, 2, "a")

    assert [field.name for field in fields(record)] == ["x", "y", "name"]
    assert asdict(record) == {"x": 1, "y": 2, "name": "a"}
    assert astuple(record) == (1, 2, "a")


def test_a_record_can_be_matched() -> None:
    found = 0

    match Point(1, 2):
        case Point(1, y):
            found = y

    assert found == 2

"""Which archive blocks close when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish.archive import block_size, closing


def test_nothing_closes_while_the_feed_holds_everything() -> None:
    assert closing(range(1, 51), set(range(1, 51)), 50, first=True) == []


def test_full_block_closes_when_a_story_leaves_the_feed() -> None:
    blocks = closing(range(101, 163), set(range(113, 163)), 50, first=False)

    assert blocks == [tuple(range(101, 151))]


def test_story_that_is_crowded_out_early_closes_what_is_there() -> None:
    assert closing([1, 2, 3], {1, 3}, 50, first=False) == [(1, 2, 3)]


def test_first_block_never_closes_alone() -> None:
    assert closing([1, 2, 3], {3}, 50, first=True) == [(1,), (2, 3)]


def test_block_is_never_smaller_than_what_a_page_of_it_is_worth() -> None:
    assert (block_size(10), block_size(80)) == (50, 80)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5)), max_size=30), st.integers(1, 20))
def test_every_story_stands_somewhere_and_once_in_the_archive(steps: list[tuple[int, int]], limit: int) -> None:
    size = block_size(limit)
    arrived: list[int] = []
    archived: list[int] = []
    for new, crowded_out in steps:
        arrived += range(len(arrived) + 1, len(arrived) + 1 + new)
        window = set(arrived[-limit:]) - set(arrived[-crowded_out:] if crowded_out else ())
        waiting = [seq for seq in arrived if seq not in archived]
        blocks = closing(waiting, window, size, first=not archived)
        archived += [seq for block in blocks for seq in block]

        assert all(len(block) <= size for block in blocks)
        assert set(archived) | window == set(arrived)

    assert archived == sorted(set(archived))

"""Polls wait for their host."""

from __future__ import annotations

from aggregator.model import FetchState, Poll, Source
from aggregator.service.hostqueue import HostQueue


def poll(name: str) -> Poll:
    return Poll(Source(id=name, url=f"http://{name}.example/"), FetchState())


def test_one_host_is_asked_one_request_at_a_time() -> None:
    queue = HostQueue(per_host=1)
    queue.put("a", poll("1"))
    queue.put("a", poll("2"))

    first, second = queue.take(0.0), queue.take(0.0)

    assert first == ("a", poll("1"))
    assert second is None


def test_the_next_request_waits_for_the_pause_after_the_last() -> None:
    queue = HostQueue(per_host=1)
    queue.put("a", poll("1"))
    queue.put("a", poll("2"))
    queue.take(0.0)
    queue.done("a", free_at=11.0)

    early, wait, late = queue.take(10.5), queue.wait(10.5), queue.take(11.0)

    assert early is None
    assert wait == 0.5
    assert late == ("a", poll("2"))


def test_hosts_do_not_wait_for_each_other() -> None:
    queue = HostQueue(per_host=1)
    for name in ("1", "2"):
        queue.put("a", poll(name))
    queue.put("b", poll("3"))

    taken = [queue.take(0.0), queue.take(0.0)]

    assert taken == [("a", poll("1")), ("b", poll("3"))]


def test_per_host_allows_that_many_at_once() -> None:
    queue = HostQueue(per_host=2)
    for name in ("1", "2", "3"):
        queue.put("a", poll(name))

    taken = [queue.take(0.0), queue.take(0.0), queue.take(0.0)]

    assert [t and t[1].source.id for t in taken] == ["1", "2", None]


def test_an_empty_queue_has_nothing_to_wait_for() -> None:
    queue = HostQueue(per_host=1)
    queue.put("a", poll("1"))
    queue.take(0.0)
    queue.done("a", free_at=1.0)

    assert queue.wait(0.0) is None
    assert len(queue) == 0


def test_a_host_that_is_not_free_yet_is_left_alone() -> None:
    queue = HostQueue(per_host=1)
    queue.put("a", poll("1"), free_at=5.0)

    assert queue.take(4.9) is None
    assert queue.take(5.0) == ("a", poll("1"))


def test_who_waits_waits_longer_when_another_answer_asks_for_it() -> None:
    queue = HostQueue(per_host=2)
    for name in ("1", "2", "3", "4"):
        queue.put("a", poll(name))
    queue.take(0.0), queue.take(0.0)
    queue.done("a", free_at=1.0)
    queue.done("a", free_at=20.0)

    early, wait, late = queue.take(1.0), queue.wait(1.0), queue.take(20.0)

    assert (early, wait) == (None, 19.0)
    assert late == ("a", poll("3"))

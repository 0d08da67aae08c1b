"""Threads side by side: each takes no others, the process has its own number back; of two works
that go on at once, the one that fails ends the other."""

import sys
import threading
import time
from collections.abc import Iterator
from typing import NoReturn

import pytest
import torch

from isogloss.threads import beside, end_if_halted, one_thread_each, share_out


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def test_each_computes_alone_and_afterwards_the_process_has_its_threads_back() -> None:
    meeting = threading.Barrier(3)

    def count(_: int) -> int:
        meeting.wait(30)
        torch.ones(100, 100) @ torch.ones(100, 100)
        return torch.get_num_threads()

    with one_thread_each(3) as pool:
        assert list(pool.map(count, range(3))) == [1, 1, 1]
    assert torch.get_num_threads() == 4


def test_the_process_has_its_threads_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), one_thread_each(2) as pool:
        list(pool.map(lambda n: 1 / n, [1, 0]))
    assert torch.get_num_threads() == 4


def endless() -> NoReturn:
    """Steps until it is halted; a minute, where that never comes."""
    for _ in range(6_000):
        end_if_halted()
        time.sleep(0.01)
    raise AssertionError("it was not halted")


def test_two_works_go_on_at_once_and_the_result_is_there_afterwards() -> None:
    meeting, before = threading.Barrier(2), sys.getswitchinterval()

    def work() -> str:
        meeting.wait(30)
        return "done"

    with beside(work) as result:
        meeting.wait(30)
        assert sys.getswitchinterval() < before
    assert result() == "done"
    assert sys.getswitchinterval() == before


def test_the_block_waits_for_a_result_that_it_asks_for() -> None:
    with beside(lambda: time.sleep(0.05) or "done") as result:  # type: ignore[func-returns-value]
        assert result() == "done"


def test_what_fails_beside_the_block_ends_it_and_is_raised() -> None:
    with pytest.raises(ZeroDivisionError), beside(lambda: 1 / 0):
        endless()


def test_what_fails_in_the_block_ends_the_work_and_is_raised() -> None:
    with pytest.raises(ZeroDivisionError), beside(endless):
        raise ZeroDivisionError


@pytest.mark.parametrize("n", [1, 2])
def test_an_interruption_ends_work_that_is_shared_out(n: int) -> None:
    begun, done = threading.Event(), list[int]()

    def step(number: int) -> None:
        begun.set()
        time.sleep(0.01)
        done.append(number)

    with pytest.raises(KeyboardInterrupt), beside(lambda: share_out(step, range(6_000), n)):
        begun.wait(30)
        raise KeyboardInterrupt
    assert len(done) < 6_000


def test_work_that_failed_is_told_where_the_block_has_ended_already() -> None:
    ended = threading.Event()

    def work() -> NoReturn:
        ended.wait(30)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), beside(work):
        ended.set()


def test_nothing_is_halted_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), beside(lambda: 1 / 0):
        endless()
    end_if_halted()

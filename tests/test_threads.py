"""Threads side by side: each takes no others, and the process has its own number back."""

import threading
from collections.abc import Iterator

import pytest
import torch

from isogloss.threads import one_thread_each


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

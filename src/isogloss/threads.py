"""Work side by side in threads, each of which computes alone."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def share_out(work: Callable[[T], None], items: Sequence[T], n: int) -> None:
    """Do some work for each item; in threads side by side where there are enough items for all.

    Args:
        work: safe to be done for several items at a time.
        items: in the order in which they are begun.
        n: threads.
    """
    if n > 1 and len(items) >= n:
        with one_thread_each(n) as pool:
            list(pool.map(work, items))
    else:
        for item in items:
            work(item)


@contextmanager
def one_thread_each(n: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads in which torch takes no others.

    Threads that wait for each other after every product lose more time than those that share a list
    of batches.

    Args:
        n: threads; all that torch would take for one product, for work that is nothing else.
    """
    import torch

    before = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(n, initializer=_alone) as pool:
            yield pool
    finally:
        torch.set_num_threads(before)


def _alone() -> None:
    import torch

    torch.get_num_threads()  # a thread's first look sets its number to that of the process
    torch.set_num_threads(1)

"""Work side by side in threads, each of which computes alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


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

"""Work side by side in threads: many like pieces of one, or two works that differ."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import TypeVar

T = TypeVar("T")

TURN = 1e-4
"""Seconds that a thread of Python keeps the interpreter while another waits for it. A model asks
for it after every product: beside a loop of Python, on a busy core, 64 x 384 x 384 was computed 30
to 640 times a second with Python's own 5e-3, and 840 to 1,100 times with this."""

_HALT: ContextVar[Event | None] = ContextVar("halt", default=None)
"""Set where the work that goes on in this thread is to end."""


class Halted(BaseException):
    """What goes on beside this work has failed: nobody wants its result."""


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Do some work in a thread of its own while the block does other work.

    Whichever fails first is what is raised. The other is halted where it next calls
    `end_if_halted`, as every `share_out` does before each item, and waited for.

    Args:
        work: is given no arguments.

    Yields:
        What waits for the result of the work, and gives it.
    """
    halt = Event()

    def run() -> T:
        _HALT.set(halt)  # of this thread alone
        try:
            return work()
        except BaseException:
            halt.set()
            raise

    before = _HALT.set(halt)
    try:
        with _short_turns(), ThreadPoolExecutor(1) as pool:
            try:
                result = pool.submit(run).result
                yield result
                result()
            except Halted:
                result()  # raises what the work has failed with
                raise
            except BaseException:
                halt.set()
                raise
    finally:
        _HALT.reset(before)


def end_if_halted() -> None:
    """For work that takes long, between its steps: see `beside`.

    Raises:
        Halted: what goes on beside it has failed.
    """
    _end_if(_HALT.get())


def _end_if(halt: Event | None) -> None:
    if halt is not None and halt.is_set():
        raise Halted


@contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(TURN, before))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def share_out(work: Callable[[T], None], items: Sequence[T], n: int) -> None:
    """Do some work for each item; in threads side by side where there are enough items for all.

    Args:
        work: safe to be done for several items at a time.
        items: in the order in which they are begun.
        n: threads.

    Raises:
        Halted: see `beside`.
    """
    halt = _HALT.get()

    def step(item: T) -> None:
        _end_if(halt)
        work(item)

    if n > 1 and len(items) >= n:
        with one_thread_each(n) as pool:
            list(pool.map(step, items))
    else:
        for item in items:
            step(item)


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

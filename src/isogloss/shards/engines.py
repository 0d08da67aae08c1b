"""Who does the parts: this process, several on this machine, or a Ray cluster."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Protocol

from isogloss.errors import InputError, check_choice
from isogloss.shards.on_ray import OnRay
from isogloss.shards.part import Part, Work

ENGINES = ("local", "ray")

TRIES = 3
"""How many processes of a job may be killed; the last of them ends it."""


class Engine(Protocol):
    """Does parts."""

    def run(self, work: Work, parts: Iterable[Part]) -> Iterator[tuple[Part, bytes]]:
        """Do parts, a few at once.

        Args:
            work: what is done with the payload of each.
            parts: read as far as there are free hands.

        Yields:
            Each part with its result, as they are done.
        """
        ...

    def started(self) -> AbstractContextManager[None]:
        """Keep what `run` would start, and end, from one call to the next, for a block."""
        ...


class Here:
    """This process."""

    def run(self, work: Work, parts: Iterable[Part]) -> Iterator[tuple[Part, bytes]]:
        """See `Engine`."""
        for part in parts:
            yield part, work(part.payload)

    def started(self) -> AbstractContextManager[None]:
        """See `Engine`."""
        return nullcontext()


class Processes:
    """Several processes on this machine; what one that is killed was at is done again.

    Args:
        workers: how many.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    @property
    def threads(self) -> int:
        """Threads for each, so that they share the processors."""
        return max(1, (os.cpu_count() or 1) // self.workers)

    def run(self, work: Work, parts: Iterable[Part]) -> Iterator[tuple[Part, bytes]]:
        """See `Engine`."""
        rest, again = iter(parts), deque[Part]()
        for _ in range(TRIES):
            running: dict[Future[bytes], Part] = {}
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(self.workers, context, initializer=_follow_parent)
            try:
                while True:
                    again.extend(islice(rest, 2 * self.workers - len(running) - len(again)))
                    while again:
                        running[pool.submit(work, again[0].payload)] = again[0]
                        again.popleft()
                    if not running:
                        return
                    for done in wait(running, return_when=FIRST_COMPLETED).done:
                        content = done.result()
                        yield running.pop(done), content
            except BrokenProcessPool:
                again.extendleft(reversed(running.values()))
            finally:
                pool.shutdown(cancel_futures=True)
        raise InputError(
            f"a process was killed {TRIES} times, at last at the parts {again[0].name} to "
            f"{again[-1].name}; expected memory for all of them: take fewer workers"
        )

    def started(self) -> AbstractContextManager[None]:
        """See `Engine`: processes are started anew, which costs little beside what they do."""
        return nullcontext()


def open_engine(name: str, workers: int | None = None, *, gpus: float = 0) -> Engine:
    """An engine by its name.

    Args:
        name: `local` or `ray`.
        workers: processes; None is this one alone, or as many as the cluster has processors.
        gpus: that each worker of a cluster is given; may be a fraction.

    Raises:
        InputError: there is no such engine, fewer than one worker, or GPUs for one that is local.
        MissingExtraError: Ray is asked for and not installed.
    """
    check_choice("engine", name, ENGINES)
    if workers is not None and workers < 1:
        raise InputError(f"{workers} workers; expected at least 1: leave the number out for 1")
    if gpus and name != "ray":
        raise InputError(
            f"--gpus-per-worker {gpus:g} has no say over --engine {name}; expected it with "
            "--engine ray; leave it out"
        )
    if name == "ray":
        return OnRay(workers, gpus=gpus)
    return Here() if workers in (None, 1) else Processes(int(workers or 1))


def _follow_parent() -> None:
    """In a worker: leave Ctrl-C to the parent, and end when the parent ends, however that is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()

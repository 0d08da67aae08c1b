"""Ctrl-C, and a scheduler's SIGTERM: the first one ends a command in order, the second at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop(KeyboardInterrupt):
    """Raised when the user or a scheduler asks the command to stop.

    A type of its own, because Python remembers a bare KeyboardInterrupt that leaves code from a
    string, as dataclasses are made of, and ends by the signal in the end, though it was caught.
    """


SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let either signal raise `Stop` until the block ends; in the main thread only.

    One that is ignored, as under `nohup`, stays ignored. After the first one both have their
    system's meaning, also while the interpreter closes: the second ends the process at once.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        for known in before:
            signal.signal(known, signal.SIG_DFL)
        raise Stop

    before = {number: handler for number, handler in before.items() if handler != signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, stop)
    except ValueError:  # not in the main thread: somebody else handles signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            if not stopped:
                signal.signal(number, handler)

"""Stop a run cleanly: on Ctrl-C, or when a cluster's scheduler asks."""

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

logger = logging.getLogger(__name__)


class Interrupted(InterruptedError):
    """The user stopped the run; everything up to here is in a checkpoint."""


class StopRequest:
    """SIGINT and SIGTERM ask for a stop at the next step; a second one stops at once.

    Attributes:
        asked: whether one of them came.
    """

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals over until the block ends; in the main thread only.

        One that is ignored stays ignored: a helper leaves Ctrl-C to the process that started it.
        """
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        left = (signal.SIG_IGN, None)  # None: not set from Python
        before = {number: known for number, known in before.items() if known not in left}
        self._at_once = {
            number: known if callable(known) else signal.default_int_handler
            for number, known in before.items()
        }
        try:
            for number in before:
                signal.signal(number, self._ask)
        except ValueError:  # not in the main thread: somebody else handles signals
            yield
            return
        try:
            yield
        finally:
            for number, known in before.items():
                signal.signal(number, known)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        for known, handler in self._at_once.items():
            signal.signal(known, handler)
        logger.warning("stopping after this step; a checkpoint will be written")

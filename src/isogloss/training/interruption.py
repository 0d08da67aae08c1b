"""A run that is asked to stop: by Ctrl-C, or by the scheduler of a cluster."""

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
        """Take the signals over until the block ends; in the main thread only."""
        try:
            before = {
                number: signal.signal(number, self._ask)
                for number in (signal.SIGINT, signal.SIGTERM)
            }
        except ValueError:  # not in the main thread: somebody else handles signals
            yield
            return
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        logger.warning("stopping after this step; a checkpoint will be written")
        self.asked = True
        signal.signal(number, signal.default_int_handler)

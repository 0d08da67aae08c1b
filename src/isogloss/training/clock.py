"""Progress of a run, by its steps or its minutes."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from isogloss.training.run_settings import RunSettings

FIRST_STEP = 0.001
"""Share of a run by the clock that its first step is taken for: nobody knows how long one takes."""


@dataclass
class Clock:
    """Time spent training, without what evaluation and checkpoints take; survives a resume.

    Attributes:
        limit_seconds: end of the run in seconds of training, or None.
        limit_steps: end of the run in steps, or None.
        evaluation_share: seconds of evaluations on the way that may come on top of a second of
            training, or None.
        seconds: time counted so far.
        evaluating: seconds that evaluations have taken so far.
    """

    limit_seconds: float | None
    limit_steps: int | None
    evaluation_share: float | None = None
    seconds: float = 0.0
    evaluating: float = 0.0
    _since: float | None = None

    def start(self) -> None:
        """Begin, or go on, counting."""
        self._since = time.monotonic()

    def pause(self) -> None:
        """Stop counting."""
        self.seconds = self.elapsed()
        self._since = None

    @property
    def running(self) -> bool:
        """Whether time is being counted."""
        return self._since is not None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """A time that is not counted."""
        running = self.running
        self.pause()
        yield
        if running:
            self.start()

    @contextmanager
    def evaluation(self) -> Iterator[None]:
        """The time of an evaluation, which is counted by itself."""
        with self.stopped():
            begin = time.monotonic()
            yield
            self.evaluating += time.monotonic() - begin

    def elapsed(self) -> float:
        """Seconds counted until now."""
        running = 0.0 if self._since is None else time.monotonic() - self._since
        return self.seconds + running

    def fraction(self, step: int) -> float:
        """Share of the run that is done, 0 to 1; the nearer of the two limits counts."""
        shares = [0.0]
        if self.limit_seconds is not None:
            shares.append(self.elapsed() / self.limit_seconds if self.limit_seconds > 0 else 1.0)
        if self.limit_steps is not None:
            shares.append(step / self.limit_steps if self.limit_steps > 0 else 1.0)
        return min(1.0, max(shares))

    def affords(self, seconds: float) -> bool:
        """Whether evaluations take no more than their share with another one of some seconds."""
        share = self.evaluation_share
        return share is None or self.evaluating + seconds <= share * self.elapsed()

    @property
    def first_step(self) -> float:
        """Share of the run that its first step is."""
        return 1.0 / self.limit_steps if self.limit_steps else FIRST_STEP


def limits(settings: RunSettings, steps_of: Callable[[int], int]) -> Clock:
    """The clock of a run: minutes, or epochs turned into steps, or both.

    Planning an epoch takes seconds for a million sentences. Where minutes may end the run before,
    all epochs are taken to be as long as the first.

    Args:
        settings: with neither limit it is one epoch.
        steps_of: number of an epoch to its steps.
    """
    minutes, epochs = settings.minutes, settings.epochs
    planned, steps = cache(steps_of), None
    if epochs is not None or minutes is None:
        whole, part = divmod(1.0 if epochs is None else epochs, 1.0)
        *full, last = range(int(whole) + 1) if minutes is None else [0] * (int(whole) + 1)
        steps = sum(map(planned, full)) + math.ceil(round(part * planned(last), 6) if part else 0)
    return Clock(None if minutes is None else 60.0 * minutes, steps, settings.evaluation_share)

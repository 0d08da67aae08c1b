"""Where a training run is, and what its surroundings do for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Progress:
    """Where a run is; also what a checkpoint remembers.

    Attributes:
        step: optimizer steps done.
        epoch: present epoch, from 0.
        batch: batches of this epoch that are done.
        sentences: sentences seen by all processes.
        tokens: real (not padded) tokens seen by this process.
        loss: exponentially smoothed training loss.
        seconds: seconds of training.
        fraction: share of the run that is done.
        history: one entry per evaluation.
        alarms: what the health checks found.
        best_value: the best dev figure so far, of the one that chooses.
        best_step: its step.
        resting: streams that have learned enough and are only rehearsed.
        over: the run learns no more and ends before its limits.
        resumed_from: steps at which the run was taken up again.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    sentences: int = 0
    tokens: int = 0
    loss: float | None = None
    seconds: float = 0.0
    fraction: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    best_value: float | None = None
    best_step: int = 0
    resting: list[str] = field(default_factory=list)
    over: bool = False
    resumed_from: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Best:
    """The one dev figure that chooses the weights a run ends with.

    Attributes:
        name: of the figure.
        higher: whether higher is better.
    """

    name: str
    higher: bool = False

    def beats(self, figures: Mapping[str, float], value: float | None) -> bool:
        """Whether new figures are better than the best value so far, None before the first.

        Figures that lack the one that chooses, because it has no value, are never better.
        """
        new = figures.get(self.name)
        if new is None or value is None:
            return new is not None
        return new > value if self.higher else new < value


@dataclass(frozen=True)
class Hooks:
    """What the loop asks of its surroundings.

    Attributes:
        evaluate: figures on dev data for the present weights (main process only).
        progress: told after every step.
        best: what chooses the weights; None: the last ones are kept.
        alarms: what is wrong, in sentences, from figures and the share of the run that is done.
    """

    evaluate: Callable[[], dict[str, float]]
    progress: Callable[[Progress], None]
    best: Best | None
    alarms: Callable[[Mapping[str, float], float], list[str]]

"""Where a training run is, and what its surroundings do for it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from isogloss.errors import InputError
from isogloss.protocols import FloatArray
from isogloss.training.alarms import at_step, kind_of
from isogloss.vectors.checks import not_finite


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
        alarms: what the health checks found, once for every evaluation that found it.
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

    @classmethod
    def from_checkpoint(cls, state: Mapping[str, Any]) -> "Progress":
        """Where a run was; figures that an earlier version wrote as NaN are left out.

        Args:
            state: of the checkpoint.
        """
        read = cls(**state)
        history = [entry | {"dev": with_value(entry["dev"])} for entry in read.history]
        known = read.best_value is not None and math.isfinite(read.best_value)
        best: dict[str, Any] = {} if known else {"best_value": None, "best_step": 0}
        return replace(read, history=history, **best)

    def look(self, figures: Mapping[str, float], seconds: float, rate: float) -> None:
        """Remember an evaluation.

        Args:
            figures: on dev data.
            seconds: of training until then.
            rate: the learning rate of the body.
        """
        self.history.append(
            {
                "step": self.step,
                "seconds": round(seconds, 1),
                "sentences": self.sentences,
                "fraction": round(self.fraction, 4),
                "loss": self.loss,
                "learning_rate": rate,
                "dev": dict(figures),
            }
        )

    def alarm(self, sentence: str) -> bool:
        """Remember what an evaluation found wrong.

        Returns:
            Whether it is the first of its kind.
        """
        known = {kind_of(alarm) for alarm in self.alarms}
        self.alarms.append(at_step(self.step, sentence))
        return kind_of(sentence) not in known


def with_value(figures: Mapping[str, float | None]) -> dict[str, float]:
    """The figures that are finite numbers."""
    return {
        name: value for name, value in figures.items() if value is not None and math.isfinite(value)
    }


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
        new = with_value(figures).get(self.name)
        if new is None or value is None:
            return new is not None
        return new > value if self.higher else new < value


@dataclass(frozen=True)
class Callbacks:
    """What the loop asks of its surroundings; by default nothing is evaluated.

    Attributes:
        evaluate: figures on dev data for the present weights (main process only).
        best: the figure that chooses the weights; None: the last ones are kept.
        alarms: what is wrong, in sentences, from figures and the share of the run that is done.
        progress: told after every step.
    """

    evaluate: Callable[[], dict[str, float]] = dict
    best: Best | None = None
    alarms: Callable[[Mapping[str, float], float], list[str]] = lambda figures, done: []
    progress: Callable[[Progress], None] = lambda state: None


def diverged(what: str) -> InputError:
    """The refusal to go on with a run that has lost its way.

    Args:
        what: is no number, and where.
    """
    return InputError(
        f"{what}; expected numbers: lower the learning rate, or set training.precision=fp32; the "
        "last checkpoint is whole"
    )


def check_dev_vectors(*vectors: FloatArray) -> None:
    """Refuse vectors of a student that are no numbers, though its weights may be.

    Args:
        *vectors: `(n, dim)` each.

    Raises:
        InputError: one holds NaN or infinity.
    """
    if any(not_finite(part).any() for part in vectors):
        raise diverged("the student's vectors of dev sentences hold NaN or infinity")

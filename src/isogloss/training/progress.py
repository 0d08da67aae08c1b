"""Where a training run is, and how it is told that it has lost its way."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from isogloss.errors import InputError
from isogloss.protocols import FloatArray
from isogloss.training.alarms import at_step, kind_of
from isogloss.training.evaluator import with_value
from isogloss.vectors.checks import not_finite

logger = logging.getLogger(__name__)


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
        evaluating: seconds of evaluations.
        fraction: share of the run that is done.
        history: one entry per evaluation.
        alarms: what the health checks found, once for every evaluation that found it.
        best_value: the best dev figure so far, of the one that chooses.
        best_step: its step.
        resting: streams that have learned enough and are only rehearsed.
        replanned: how often that changed.
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
    evaluating: float = 0.0
    fraction: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    best_value: float | None = None
    best_step: int = 0
    resting: list[str] = field(default_factory=list)
    replanned: int = 0
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

    def rest(self, names: list[str]) -> None:
        """Begin the next epoch, in which other streams are only rehearsed than in this one."""
        self.resting, self.replanned = names, self.replanned + 1
        self.epoch, self.batch = self.epoch + 1, 0

    def alarm(self, sentence: str) -> None:
        """Remember what is wrong with the run; the first alarm of its kind is told, too."""
        if kind_of(sentence) not in map(kind_of, self.alarms):
            logger.warning("step %d: %s", self.step, sentence)
        self.alarms.append(at_step(self.step, sentence))


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

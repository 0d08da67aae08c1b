"""What judges a student while it trains: figures on dev data, the one that chooses, and alarms."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


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


class Evaluator(ABC):
    """Dev data, and the student that is judged on them with the weights it has at the moment.

    Attributes:
        best: the figure that chooses the weights.
        start: the figures before training, see `begin`; empty where nobody asked for them.
        seconds: that these took.
    """

    best: ClassVar[Best]
    start: Mapping[str, float] = {}
    seconds: float = 0.0

    @abstractmethod
    def figures(self) -> dict[str, float]:
        """Figures for the present weights; what has no value is left out."""

    @abstractmethod
    def alarms(self, figures: Mapping[str, float], fraction: float) -> list[str]:
        """What is wrong, in sentences; empty for a healthy run.

        Args:
            figures: from `figures`.
            fraction: share of the run that is done.
        """

    def begin(self) -> None:
        """Take the figures before training, which is not to blame for what was so then."""
        begin = time.monotonic()
        self.start = self.figures()
        self.seconds = time.monotonic() - begin

"""How much each loss of a run counts."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from isogloss.config import settings
from isogloss.errors import InputError

TERMS = ("mse", "cosine", "similarity", "soft", "contrastive")
"""The losses of a distillation that can be summed."""

GRADED_TERMS = ("cosine", "cosent", "angle")
"""The losses of graded pairs that can be summed."""


@settings("training.loss")
class LossSettings:
    """How much each loss counts; 0 leaves it out.

    Attributes:
        mse: squared distance to the target, the paper's, where targets are of unit length; for
            others it is divided by their mean squared norm.
        cosine: one minus the cosine to the target.
        similarity: squared error of the cosines to all targets of the batch.
        soft: divergence from the teacher's distribution over the batch.
        contrastive: cross-entropy of finding one's own target in the batch.
        temperature: of `soft` and `contrastive`.
        hard_label_weight: weight of hard labels within `soft`.
        matryoshka: the loss is averaged over these widths and the full one, so that the first
            dimensions of a vector can be used alone; see `check_widths`.
    """

    RENAMED: ClassVar = {"hard": "hard_label_weight"}

    mse: NonNegativeFloat = 1.0
    cosine: NonNegativeFloat = 0.0
    similarity: NonNegativeFloat = 0.0
    soft: NonNegativeFloat = 0.0
    contrastive: NonNegativeFloat = 0.0
    temperature: PositiveFloat = 0.05
    hard_label_weight: NonNegativeFloat = 0.0
    matryoshka: tuple[PositiveInt, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no objective."""
        check_weights({name: getattr(self, name) for name in TERMS}, "mse")

    @property
    def ranks(self) -> bool:
        """Whether a loss counts that takes the other targets of a batch for wrong answers."""
        return bool(self.contrastive or (self.soft and self.hard_label_weight))

    def check_widths(self, dim: int) -> None:
        """Refuse widths that are no part of a vector.

        Args:
            dim: width of the targets.

        Raises:
            InputError: a width of `matryoshka` is not below it.
        """
        if any(width >= dim for width in self.matryoshka):
            raise InputError(
                f"training.loss.matryoshka is {list(self.matryoshka)}; expected widths below "
                f"{dim}, the teacher's, which counts anyway; leave the others out"
            )


@settings("training.loss")
class GradedLossSettings:
    """How much each loss of graded pairs counts; 0 leaves it out.

    Attributes:
        cosine: squared error of the cosine against the grade, as the published models were
            fine-tuned.
        cosent: order of the cosines in a batch against the order of the grades.
        angle: the same order, of angles in the complex plane.
        temperature: of `cosent` and `angle`.
    """

    cosine: NonNegativeFloat = 1.0
    cosent: NonNegativeFloat = 0.0
    angle: NonNegativeFloat = 0.0
    temperature: PositiveFloat = 0.05

    def __post_init__(self) -> None:
        """Refuse what is no objective."""
        terms = {name: getattr(self, name) for name in GRADED_TERMS}
        check_weights(terms, "cosine")


def check_weights(terms: Mapping[str, float], usual: str) -> None:
    """Refuse a sum of losses in which none counts.

    Args:
        terms: weight of each loss that can be summed.
        usual: the loss that is taken where nothing is said.

    Raises:
        InputError: all weights are 0.
    """
    if not any(terms.values()):
        raise InputError(
            f"all weights of training.loss are 0; expected one above 0 among {', '.join(terms)}; "
            f"set training.loss.{usual}=1"
        )

"""What a run minimizes: a weighted sum of losses."""

from dataclasses import dataclass

import torch

from isogloss.errors import InputError
from isogloss.losses.contrastive import contrastive
from isogloss.losses.cosine import cosine
from isogloss.losses.mse import mse
from isogloss.losses.similarity import similarity
from isogloss.losses.soft import soft
from isogloss.losses.weights import check_weights


@dataclass(frozen=True)
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
        hard: weight of hard labels within `soft`.
        matryoshka: the loss is averaged over these widths and the full one, so that the first
            dimensions of a vector can be used alone; see `check_widths`.
    """

    mse: float = 1.0
    cosine: float = 0.0
    similarity: float = 0.0
    soft: float = 0.0
    contrastive: float = 0.0
    temperature: float = 0.05
    hard: float = 0.0
    matryoshka: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no objective."""
        check_weights({name: getattr(self, name) for name in TERMS}, self.temperature, "mse")
        if not self.hard >= 0:
            raise InputError(
                f"training.loss.hard is {self.hard}; expected a weight of at least 0; set another "
                "value"
            )
        if any(width < 1 for width in self.matryoshka):
            raise InputError(
                f"training.loss.matryoshka is {list(self.matryoshka)}; expected widths of at least "
                "1; set other values"
            )

    @property
    def ranks(self) -> bool:
        """Whether a loss counts that takes the other targets of a batch for wrong answers."""
        return bool(self.contrastive or (self.soft and self.hard))

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


TERMS = ("mse", "cosine", "similarity", "soft", "contrastive")
"""The losses that can be summed."""


def objective(
    student: torch.Tensor,
    targets: torch.Tensor,
    settings: LossSettings,
    *,
    weights: torch.Tensor | None = None,
    positive_mask: torch.Tensor | None = None,
    squared_norm: float = 1.0,
) -> torch.Tensor:
    """The weighted sum of losses, averaged over sentences and widths.

    L = sum_i weight_i * 1/|W| * sum_w sum_l settings_l * L_l(S_i[:w], T_i[:w]) / sum_i weight_i,
    over the losses l and the widths w: those of `matryoshka`, and dim.

    Requires:
        What its losses require; widths of `matryoshka` below dim.

    Args:
        student: S, `(batch, dim)`.
        targets: T, `(batch, dim)`, the teacher's vectors of the source sentences.
        settings: the weights of the losses.
        weights: `(batch,)`, what each sentence counts in the mean; None: all the same.
        positive_mask: which targets are positives of which sentences, bool `(batch, batch)`, see
            `contrastive`; None: each sentence's own alone.
        squared_norm: mean squared norm of all targets, above 0, that `mse` is divided by: like the
            other losses it then says the same of every teacher, whatever the lengths.

    Returns:
        Scalar, lower is better.

    Relations:
        With the default settings, the mean of `mse`.

    Source:
        `matryoshka`: Kusupati et al. 2022, "Matryoshka Representation Learning", equation 1.

    Example:
        >>> targets = torch.eye(2)
        >>> objective(targets.flip(0), targets, LossSettings(cosine=1.0))
        tensor(3.)
    """
    widths = sorted({*settings.matryoshka, student.shape[1]})
    per_sentence = torch.stack(
        [
            _terms(student[:, :w], targets[:, :w], settings, positive_mask, squared_norm)
            for w in widths
        ]
    ).mean(0)
    if weights is None:
        return per_sentence.mean()
    return (weights * per_sentence).sum() / weights.sum()


def _terms(
    student: torch.Tensor,
    targets: torch.Tensor,
    settings: LossSettings,
    positive_mask: torch.Tensor | None,
    squared_norm: float,
) -> torch.Tensor:
    """The sum of all losses that count, `(batch,)`."""
    temperature = settings.temperature
    total = torch.zeros(len(student), device=student.device)
    if settings.mse:
        total = total + settings.mse / squared_norm * mse(student, targets)
    if settings.cosine:
        total = total + settings.cosine * cosine(student, targets)
    if settings.similarity:
        total = total + settings.similarity * similarity(student, targets)
    if settings.soft:
        total = total + settings.soft * soft(
            student,
            targets,
            temperature=temperature,
            hard=settings.hard,
            positive_mask=positive_mask,
        )
    if settings.contrastive:
        total = total + settings.contrastive * contrastive(
            student, targets, temperature=temperature, positive_mask=positive_mask
        )
    return total

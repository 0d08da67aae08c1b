"""The training objective: a weighted sum of losses."""

import torch

from isogloss.losses.contrastive import contrastive
from isogloss.losses.cosine import cosine
from isogloss.losses.mse import mse
from isogloss.losses.settings import LossSettings
from isogloss.losses.similarity import similarity
from isogloss.losses.soft import soft


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
            hard_label_weight=settings.hard_label_weight,
            positive_mask=positive_mask,
        )
    if settings.contrastive:
        total = total + settings.contrastive * contrastive(
            student, targets, temperature=temperature, positive_mask=positive_mask
        )
    return total

"""Cosine distance to the target, whatever the lengths."""

import torch
from torch.nn.functional import cosine_similarity


def cosine(student: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """One minus the cosine of each student embedding and its target.

    L_i = 1 - cos(S_i, T_i).

    Requires:
        A use of the student that takes cosines: its lengths are free, so that dot products with its
        vectors mean nothing unless it normalizes them.

    Args:
        student: S, `(batch, dim)`.
        targets: T, `(batch, dim)`, the teacher's vectors of the source sentences.

    Returns:
        One value per sentence in [0, 2], `(batch,)`; lower is better.

    Relations:
        For unit vectors it is half of `mse`.

    Source:
        Sanh et al. 2019, "DistilBERT, a distilled version of BERT: smaller, faster, cheaper and
        lighter", section 3: the cosine loss that aligns hidden states, here for sentences.

    Example:
        >>> cosine(torch.tensor([[1.0, 1.0]]), torch.tensor([[3.0, 0.0]]))
        tensor([0.2929])
    """
    return 1.0 - cosine_similarity(student, targets, dim=-1)

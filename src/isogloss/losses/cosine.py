"""The angle to the target, whatever the lengths."""

import torch
from torch.nn.functional import cosine_similarity


def cosine(student: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """One minus the cosine of each student embedding and its target.

    L_i = 1 - cos(S_i, T_i). For unit vectors it is half of `mse`. For others the student's lengths
    are free, so that dot products with its vectors mean nothing.

    Args:
        student: `(batch, dim)`.
        targets: `(batch, dim)`, the teacher's vectors of the source sentences.

    Returns:
        One value per sentence in [0, 2], `(batch,)`; lower is better.
    """
    return 1.0 - cosine_similarity(student, targets, dim=-1)

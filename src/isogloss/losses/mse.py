"""The paper's objective."""

import torch


def mse(student: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Squared distance between student embeddings and the teacher's, summed over dimensions.

    The paper's L = 1/|B| * sum_j [ ||S(s_j) - M(s_j)||^2 + ||S(t_j) - M(s_j)||^2 ]: source and
    target sentences are rows of one batch. Summed, not averaged, over dimensions: for unit vectors
    it is 2 - 2 cos, whatever their width, so learning rates carry over from one teacher to the next
    and a collapsed student shows as a value near 1.

    Args:
        student: `(batch, dim)`.
        targets: `(batch, dim)`, the teacher's vectors of the source sentences.

    Returns:
        One value per sentence, `(batch,)`; lower is better.

    Source:
        Reimers & Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using
        Knowledge Distillation", equation 1.
    """
    return (student - targets).square().sum(-1)

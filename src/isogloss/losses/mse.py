"""Mean squared error, the objective of the paper."""

import torch


def mse(student: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Squared distance between student embeddings and the teacher's, summed over dimensions.

    L_i = ||S_i - T_i||^2. The paper's L = 1/|B| * sum_j [ ||S(s_j) - M(s_j)||^2 + ||S(t_j) -
    M(s_j)||^2 ]: source and target sentences are rows of one batch. Summed, not averaged, over
    dimensions, so that learning rates carry over from one width to the next.

    Requires:
        Vectors of one width; any batch size, for no sentence sees another.

    Args:
        student: S, `(batch, dim)`.
        targets: T, `(batch, dim)`, the teacher's vectors of the source sentences.

    Returns:
        One value per sentence, at least 0, `(batch,)`; lower is better.

    Relations:
        For unit vectors it is 2 - 2 cos, twice `cosine`, whatever their width: a collapsed student
        shows as a value near 1. `sentence_transformers.losses.MSELoss` is its mean, divided by dim.

    Source:
        Reimers & Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using
        Knowledge Distillation", equation 1.

    Example:
        >>> mse(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]))
        tensor([2.])
    """
    return (student - targets).square().sum(-1)

"""Losses for graded pairs: cosines should follow human grades."""

import torch
from torch.nn.functional import cosine_similarity

from isogloss.losses.settings import GradedLossSettings


def graded_objective(
    first: torch.Tensor, second: torch.Tensor, grades: torch.Tensor, settings: GradedLossSettings
) -> torch.Tensor:
    """The weighted sum of the losses of a batch of pairs.

    L = settings.cosine * `cosine_to_grade` + settings.cosent * `in_order` of cosines +
    settings.angle * `in_order` of `angle_similarity`.

    Requires:
        What its losses require.

    Args:
        first: u, `(n_pairs, dim)`.
        second: v, `(n_pairs, dim)`.
        grades: g in [0, 1], `(n_pairs,)`.
        settings: the weights of the losses.

    Returns:
        Scalar, lower is better.

    Relations:
        With the default settings, `cosine_to_grade`.

    Source:
        Li & Li 2023, "AnglE-optimized Text Embeddings": a weighted sum of such terms.

    Example:
        >>> first, second = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
        >>> graded_objective(first, second, torch.tensor([0.5]), GradedLossSettings())
        tensor(0.2500)
    """
    total = torch.zeros((), device=first.device)
    if settings.cosine:
        total = total + settings.cosine * cosine_to_grade(first, second, grades)
    if settings.cosent:
        scores = cosine_similarity(first, second, dim=-1)
        total = total + settings.cosent * in_order(scores, grades, settings.temperature)
    if settings.angle:
        scores = angle_similarity(first, second)
        total = total + settings.angle * in_order(scores, grades, settings.temperature)
    return total


def cosine_to_grade(
    first: torch.Tensor, second: torch.Tensor, grades: torch.Tensor
) -> torch.Tensor:
    """Mean squared difference between cosine and grade.

    L = mean_i [ cos(u_i, v_i) - g_i ]^2.

    Requires:
        Grades whose values mean something as cosines; any batch size.

    Args:
        first: u, `(n_pairs, dim)`.
        second: v, `(n_pairs, dim)`.
        grades: g in [0, 1], `(n_pairs,)`.

    Returns:
        Scalar in [0, 4], lower is better.

    Relations:
        `sentence_transformers.losses.CosineSimilarityLoss`. `in_order` asks for the order alone.

    Source:
        Reimers & Gurevych 2019, "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks",
        section 3, the regression objective.

    Example:
        >>> first, second = torch.tensor([[1.0, 0.0]]), torch.tensor([[3.0, 0.0]])
        >>> cosine_to_grade(first, second, torch.tensor([0.5]))
        tensor(0.2500)
    """
    return (cosine_similarity(first, second, dim=-1) - grades).square().mean()


def in_order(scores: torch.Tensor, grades: torch.Tensor, temperature: float) -> torch.Tensor:
    """How far scores are from the order of the grades.

    L = log( 1 + sum over all i, j with g_i > g_j of exp( (s_j - s_i) / temperature ) ): with
    cosines as scores it is CoSENT, with `angle_similarity` the angle term of AnglE.

    Requires:
        Batches that hold different grades: it compares pairs with each other.

    Args:
        scores: s, higher is closer, `(n_pairs,)`.
        grades: g, `(n_pairs,)`; only their order counts.
        temperature: divides the differences; above 0.

    Returns:
        Scalar, at least 0, lower is better; 0 where all grades are equal.

    Relations:
        `sentence_transformers.losses.CoSENTLoss` and `AnglELoss`, with 1 / temperature as scale.

    Source:
        Su 2022, "CoSENT: Consistent Sentence Embedding via Similarity Ranking"; Li & Li 2023,
        "AnglE-optimized Text Embeddings", equation 6.

    Example:
        >>> scores, grades = torch.tensor([0.1, 0.9]), torch.tensor([1.0, 0.0])
        >>> in_order(scores, grades, temperature=1.0)
        tensor(1.1711)
    """
    wrong = (scores[None, :] - scores[:, None]) / temperature
    wrong = wrong.masked_fill(~(grades[:, None] > grades[None, :]), float("-inf"))
    none = torch.zeros(1, device=scores.device, dtype=scores.dtype)
    return torch.logsumexp(torch.cat([none, wrong.flatten()]), dim=0)


def angle_similarity(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Closeness of the angles of two embeddings read as complex vectors.

    The halves of an embedding are real and imaginary parts: with z = a + bi and w = c + di it is
    |sum_k (ac + bd)_k + (bc - ad)_k| / (|z| |w|).

    Requires:
        An even width.

    Args:
        first: z, `(n_pairs, dim)`, dim even.
        second: w, `(n_pairs, dim)`.

    Returns:
        `(n_pairs,)`, at least 0, higher is closer.

    Relations:
        Cosines near 1 and -1 have hardly any gradient; this has. The scores of `in_order` for
        AnglE, as in `sentence_transformers.util.pairwise_angle_sim`.

    Source:
        Li & Li 2023, "AnglE-optimized Text Embeddings", equations 4 and 5.

    Example:
        >>> angle_similarity(torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0]]))
        tensor([1.])
    """
    a, b = first.chunk(2, dim=-1)
    c, d = second.chunk(2, dim=-1)
    total = (a * c + b * d + b * c - a * d).sum(-1)
    lengths = first.norm(dim=-1) * second.norm(dim=-1)
    return (total / lengths.clamp_min(1e-12)).abs()

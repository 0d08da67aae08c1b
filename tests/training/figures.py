"""Figures of a healthy student, and weights that are compared bit by bit."""

import torch

HEALTHY = {
    "fvu": 0.5,
    "fvu_source": 0.1,
    "fvu_es": 0.9,
    "norm_ratio": 1.0,
    "random_cosine": 0.1,
    "random_cosine_teacher": 0.1,
    "cosine_source": 0.99,
}

Weights = dict[str, torch.Tensor]


def fvus(*values: float) -> list[dict[str, float]]:
    return [HEALTHY | {"fvu": value} for value in values]


def same(ours: Weights, theirs: Weights) -> bool:
    return set(ours) == set(theirs) and all(torch.equal(ours[k], theirs[k]) for k in ours)

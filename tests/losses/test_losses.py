"""Each loss against its formula in loops."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from isogloss.losses.contrastive import contrastive
from isogloss.losses.cosine import cosine
from isogloss.losses.mse import mse
from isogloss.losses.positives import positive_mask
from isogloss.losses.similarity import similarity
from isogloss.losses.soft import soft

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

LOSSES: dict[str, Loss] = {
    "mse": mse,
    "cosine": cosine,
    "similarity": similarity,
    "soft": lambda s, t: soft(s, t, temperature=0.1),
    "soft, hard": lambda s, t: soft(s, t, temperature=0.1, hard_label_weight=1.0),
    "contrastive": lambda s, t: contrastive(s, t, temperature=0.1),
}


def vectors(rows: int = 5, dim: int = 3, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, dim, generator=torch.Generator().manual_seed(seed))


def cos(a: list[float], b: list[float]) -> float:
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


STUDENT, TARGETS = vectors(seed=0), vectors(seed=1)
S, T = STUDENT.tolist(), TARGETS.tolist()
N = range(len(S))


def close(found: torch.Tensor, expected: list[float]) -> bool:
    return found.tolist() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_mse_is_the_papers_distance() -> None:
    expected = [sum((a - b) ** 2 for a, b in zip(S[i], T[i], strict=True)) for i in N]
    assert close(mse(STUDENT, TARGETS), expected)


def test_cosine() -> None:
    assert close(cosine(STUDENT, TARGETS), [1 - cos(S[i], T[i]) for i in N])


def test_similarity() -> None:
    expected = [sum((cos(S[i], T[j]) - cos(T[i], T[j])) ** 2 for j in N) / len(N) for i in N]
    assert close(similarity(STUDENT, TARGETS), expected)


def shares(row: list[float], temperature: float) -> list[float]:
    powers = [math.exp(cos(row, T[j]) / temperature) for j in N]
    return [power / sum(powers) for power in powers]


def test_soft_is_a_divergence_of_two_distributions() -> None:
    expected = []
    for i in N:
        p, q = shares(T[i], 0.5), shares(S[i], 0.5)
        expected.append(sum(a * math.log(a / b) for a, b in zip(p, q, strict=True)))
    assert close(soft(STUDENT, TARGETS, temperature=0.5), expected)


def test_hard_labels_are_added_to_soft_ones() -> None:
    both = soft(STUDENT, TARGETS, temperature=0.5, hard_label_weight=2.0)
    ranking = contrastive(STUDENT, TARGETS, temperature=0.5)
    assert torch.allclose(both, soft(STUDENT, TARGETS, temperature=0.5) + 2.0 * ranking)


# the first sentence reads like the second; the third has the target of the second
READ, MEANT = ["Hallo.", "Hallo.", "Hello.", "Nein.", "Ja."], ["Hi", "Hello", "Hello", "No", "Yes"]


def test_contrastive_passes_over_other_positives() -> None:
    mask = torch.from_numpy(positive_mask(np.array(READ), np.array(MEANT), np.array(MEANT)))
    before = mask.clone()
    expected = []
    for i in N:
        meant = {MEANT[j] for j in N if READ[j] == READ[i]}
        rivals = [j for j in N if j == i or MEANT[j] not in meant]
        powers = {j: math.exp(cos(S[i], T[j]) / 0.5) for j in rivals}
        expected.append(-math.log(powers[i] / sum(powers.values())))
    found = contrastive(STUDENT, TARGETS, temperature=0.5, positive_mask=mask)
    assert close(found, expected)
    alone = contrastive(STUDENT, TARGETS, temperature=0.5)
    assert [bool(a < b) for a, b in zip(found, alone, strict=True)] == [True] * 3 + [False] * 2
    assert torch.equal(mask, before)


def test_hard_labels_pass_over_other_positives() -> None:
    mask = torch.from_numpy(positive_mask(np.array(READ), np.array(MEANT), np.array(MEANT)))
    both = soft(STUDENT, TARGETS, temperature=0.5, hard_label_weight=2.0, positive_mask=mask)
    ranking = contrastive(STUDENT, TARGETS, temperature=0.5, positive_mask=mask)
    assert torch.allclose(both, soft(STUDENT, TARGETS, temperature=0.5) + 2.0 * ranking)


@pytest.mark.parametrize("name", LOSSES)
def test_a_step_down_leads_towards_the_target(name: str) -> None:
    student = STUDENT.clone().requires_grad_()
    LOSSES[name](student, TARGETS).sum().backward()
    assert student.grad is not None
    nearer = student.detach() - 0.01 * student.grad
    assert LOSSES[name](nearer, TARGETS).sum() < LOSSES[name](STUDENT, TARGETS).sum()


@pytest.mark.parametrize("name", ["mse", "cosine", "similarity", "soft"])
def test_a_perfect_student_has_none(name: str) -> None:
    assert LOSSES[name](TARGETS, TARGETS).abs().max() < 1e-6


@pytest.mark.parametrize("dim", [2, 64])
def test_for_unit_vectors_mse_is_two_minus_two_cosines_whatever_the_width(dim: int) -> None:
    student, targets = torch.zeros(4, dim), torch.zeros(4, dim)
    student[:, 0] = 1.0
    targets[:, 0], targets[:, 1] = 0.6, 0.8
    assert mse(student, targets).tolist() == pytest.approx([2 - 2 * 0.6] * 4)

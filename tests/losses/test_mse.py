"""The objective, against the paper's formula in loops."""

import pytest
import torch

from isogloss.losses.mse import mse


def test_it_is_the_papers_sum() -> None:
    generator = torch.Generator().manual_seed(0)
    student = torch.randn(5, 3, generator=generator)
    targets = torch.randn(5, 3, generator=generator)
    pairs = zip(student.tolist(), targets.tolist(), strict=True)
    distances = [sum((a - b) ** 2 for a, b in zip(s, t, strict=True)) for s, t in pairs]
    assert float(mse(student, targets)) == pytest.approx(sum(distances) / 5, rel=1e-6)


def test_weights_give_a_weighted_mean() -> None:
    student, targets = torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.zeros(2, 2)
    assert float(mse(student, targets, torch.tensor([3.0, 1.0]))) == (3 * 1 + 1 * 4) / 4
    even = torch.full((2,), 7.0)
    assert float(mse(student, targets, even)) == pytest.approx(float(mse(student, targets)))


@pytest.mark.parametrize("dim", [2, 64])
def test_for_unit_vectors_it_is_two_minus_two_cosines_whatever_the_width(dim: int) -> None:
    student = torch.zeros(4, dim)
    targets = torch.zeros(4, dim)
    student[:, 0] = 1.0
    targets[:, 0], targets[:, 1] = 0.6, 0.8
    assert float(mse(student, targets)) == pytest.approx(2 - 2 * 0.6)


def test_its_gradient_leads_to_the_targets() -> None:
    student = torch.ones(2, 3, requires_grad=True)
    mse(student, torch.zeros(2, 3)).backward()
    assert torch.equal(student.grad, torch.ones(2, 3))  # 2 (S - M) / batch

"""Losses of graded pairs, against their definitions and the field's own code."""

import math

import pytest
import torch
from sentence_transformers.util import pairwise_angle_sim

from isogloss.errors import InputError
from isogloss.losses.graded import angle_similarity, cosine_to_grade, graded_objective, in_order
from isogloss.losses.settings import GradedLossSettings


@pytest.fixture
def pairs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 7, 8, generator=draw)
    return first, second, torch.tensor([0.0, 0.2, 0.2, 0.5, 0.9, 1.0, 1.0])


def test_the_regression_is_the_definition(pairs: tuple[torch.Tensor, ...]) -> None:
    first, second, grades = pairs
    expected = 0.0
    for u, v, g in zip(first, second, grades, strict=True):
        expected += (float(u @ v / u.norm() / v.norm()) - float(g)) ** 2 / len(grades)
    assert float(cosine_to_grade(first, second, grades)) == pytest.approx(expected, rel=1e-5)


def test_the_order_is_the_definition(pairs: tuple[torch.Tensor, ...]) -> None:
    scores, grades = pairs[0][:, 0].double(), pairs[2]
    total = 1.0
    for i in range(len(grades)):
        for j in range(len(grades)):
            if grades[i] > grades[j]:
                total += math.exp((scores[j] - scores[i]) / 0.3)
    assert float(in_order(scores, grades, 0.3)) == pytest.approx(math.log(total), rel=1e-6)


def test_pairs_of_one_grade_have_no_order() -> None:
    scores = torch.tensor([0.1, 0.9], requires_grad=True)
    loss = in_order(scores, torch.tensor([0.5, 0.5]), 0.05)
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert torch.equal(scores.grad, torch.zeros(2))


def test_angles_are_those_of_the_field(pairs: tuple[torch.Tensor, ...]) -> None:
    first, second, _ = pairs
    ours, theirs = angle_similarity(first, second), pairwise_angle_sim(first, second)
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_the_objective_is_the_weighted_sum(pairs: tuple[torch.Tensor, ...]) -> None:
    first, second, grades = pairs
    parts = {
        name: float(
            graded_objective(
                first, second, grades, GradedLossSettings(**({"cosine": 0.0} | {name: 1.0}))
            )
        )
        for name in ("cosine", "cosent", "angle")
    }
    assert len({round(value, 4) for value in parts.values()}) == 3
    settings = GradedLossSettings(cosine=2.0, cosent=0.5, angle=0.25)
    whole = float(graded_objective(first, second, grades, settings))
    expected = 2.0 * parts["cosine"] + 0.5 * parts["cosent"] + 0.25 * parts["angle"]
    assert whole == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"cosine": -1.0}, r"loss\.cosine is -1"),
        ({"cosine": 0.0}, "all weights"),
        ({"temperature": 0.0}, r"temperature is 0\.0"),
        ({"angle": float("nan")}, "angle is nan"),
    ],
)
def test_what_is_no_objective_is_refused(wrong: dict[str, float], match: str) -> None:
    with pytest.raises(InputError, match=match):
        GradedLossSettings(**wrong)

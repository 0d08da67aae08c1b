"""The sum of losses that a run minimizes."""

from typing import Any

import pytest
import torch

from isogloss.errors import InputError
from isogloss.losses.cosine import cosine
from isogloss.losses.mse import mse
from isogloss.losses.objective import objective
from isogloss.losses.settings import TERMS, LossSettings
from isogloss.losses.similarity import similarity

STUDENT = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
TARGETS = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))


def value(weights: torch.Tensor | None = None, **changes: Any) -> float:
    return float(objective(STUDENT, TARGETS, LossSettings(**changes), weights=weights))


def test_alone_it_is_the_papers() -> None:
    assert value() == pytest.approx(float(mse(STUDENT, TARGETS).mean()))


def test_losses_are_summed_with_their_weights() -> None:
    expected = 0.5 * mse(STUDENT, TARGETS).mean() + 3.0 * cosine(STUDENT, TARGETS).mean()
    assert value(mse=0.5, cosine=3.0) == pytest.approx(float(expected))


@pytest.mark.parametrize("name", TERMS)
def test_each_loss_counts(name: str) -> None:
    alone = dict.fromkeys(TERMS, 0.0)
    assert value(**alone | {name: 2.0}) == pytest.approx(2 * value(**alone | {name: 1.0}))


def test_sentences_count_by_their_weights() -> None:
    distances = mse(STUDENT, TARGETS)
    weights = torch.tensor([4.0, 1.0, 0.0, 1.0])
    expected = (4 * distances[0] + distances[1] + distances[3]) / 6
    assert value(weights) == pytest.approx(float(expected))


def test_matryoshka_is_the_mean_over_widths() -> None:
    widths = [2, 4, 6]
    terms = [similarity(STUDENT[:, :w], TARGETS[:, :w]).mean() for w in widths]
    found = value(mse=0.0, similarity=1.0, matryoshka=(4, 2))
    assert found == pytest.approx(float(sum(terms)) / 3)


@pytest.mark.parametrize("widths", [(2, 6), (9,)])
def test_widths_that_are_no_part_of_a_vector_are_refused(widths: tuple[int, ...]) -> None:
    LossSettings(matryoshka=(2, 5)).check_widths(6)
    with pytest.raises(InputError, match=r"matryoshka is \[.*expected widths below 6"):
        LossSettings(matryoshka=widths).check_widths(6)


@pytest.mark.parametrize("name", TERMS)
def test_no_loss_knows_how_long_a_teachers_vectors_are(name: str) -> None:
    weights = LossSettings(**{term: float(term == name) for term in TERMS}, matryoshka=(2,))
    plain = objective(STUDENT, TARGETS, weights)
    longer = objective(5 * STUDENT, 5 * TARGETS, weights, squared_norm=25.0)
    assert float(longer) == pytest.approx(float(plain), rel=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mse": -1.0},
        {"mse": 0.0},
        {"temperature": 0.0},
        {"hard_label_weight": -1.0},
        {"matryoshka": (0,)},
    ],
)
def test_no_objective_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected"):
        LossSettings(**wrong)

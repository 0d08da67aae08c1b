"""What moves the weights: a token table row by row, and optimizers that go on where they were."""

from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.encoders.loading import load_sentence_transformer
from isogloss.errors import CheckpointError
from isogloss.students.transplant import Transplant
from isogloss.training.distill.settings import TrainSettings
from isogloss.training.network import StudentNetwork
from isogloss.training.optimizers import (
    RowAdam,
    load_state,
    make_optimizers,
    state_tensors,
    used_rows,
)


def gradients(steps: int, *, rows: int = 12, dim: int = 4) -> list[torch.Tensor]:
    """Dense gradients in which most rows are empty."""
    draw = torch.Generator().manual_seed(0)
    used = torch.rand(steps, rows, 1, generator=draw) < 0.3
    return list(torch.randn(steps, rows, dim, generator=draw) * used)


def moved(optimizer: torch.optim.Optimizer, steps: list[torch.Tensor], layout: str) -> torch.Tensor:
    [table] = optimizer.param_groups[0]["params"]
    for gradient in steps:
        table.grad = gradient.to_sparse(1) if layout == "sparse" else gradient.clone()
        optimizer.step()
    return table.detach()


@pytest.mark.parametrize("layout", ["dense", "sparse"])
def test_a_table_moves_as_under_adam_without_momentum(layout: str) -> None:
    """Coordinates of like size make the mean of a row's squares that of each coordinate."""
    steps = [gradient.sign() * gradient[:, :1].abs() for gradient in gradients(40)]
    ours, theirs = (torch.nn.Parameter(torch.ones(12, 4)) for _ in range(2))
    expected = torch.optim.Adam([theirs], lr=0.01, betas=(0.0, 0.9))
    optimizer = RowAdam(ours, torch.full((12,), 0.01), beta2=0.9)
    moved(expected, steps, "dense")
    assert torch.allclose(moved(optimizer, steps, layout), theirs, atol=1e-6)
    assert not torch.allclose(theirs, torch.ones(12, 4), atol=0.01)


def test_a_row_moves_along_its_gradient() -> None:
    table = torch.nn.Parameter(torch.zeros(1, 2))
    after = moved(RowAdam(table, torch.ones(1), beta2=0.9), [torch.tensor([[3.0, -4.0]])], "dense")
    assert torch.allclose(after, torch.tensor([[-3.0, 4.0]]) / 12.5**0.5)


def test_each_row_has_its_rate_and_lr_is_a_share_of_it() -> None:
    table = torch.nn.Parameter(torch.zeros(3, 2))
    optimizer = RowAdam(table, torch.tensor([0.0, 1.0, 3.0]), beta2=0.9)
    optimizer.param_groups[0]["lr"] = 0.5
    after = moved(optimizer, [torch.tensor([[2.0, -2.0]]).repeat(3, 1)], "sparse")
    assert torch.allclose(after, torch.tensor([[0.0, 0.0], [-0.5, 0.5], [-1.5, 1.5]]))


def test_rows_used_twice_in_a_batch_are_counted_once() -> None:
    table = torch.nn.Embedding(5, 2, sparse=True)
    table(torch.tensor([[4, 1], [4, 0]])).sum().backward()
    assert table.weight.grad is not None
    rows, values = used_rows(table.weight.grad)
    assert rows.tolist() == [0, 1, 4]
    assert values.tolist() == [[1, 1], [1, 1], [2, 2]]


def test_a_row_optimizer_takes_no_closure() -> None:
    optimizer = RowAdam(torch.nn.Parameter(torch.zeros(3, 2)), torch.ones(3), beta2=0.9)
    with pytest.raises(ValueError, match="no closure"):
        optimizer.step(lambda: 0.0)


@pytest.fixture
def network(tiny_teacher: Path) -> StudentNetwork:
    network = StudentNetwork(load_sentence_transformer(tiny_teacher, device="cpu"), 600)
    network.freeze_unused(torch.tensor([[2, 10, 700, 3]]), torch.ones(1, 4, dtype=torch.int64))
    return network


@pytest.mark.parametrize(("old", "new"), [(0.0, 9e-4), (1e-4, 9e-4), (1e-4, 0.0), (0.0, 0.0)])
def test_each_part_learns_at_its_own_rate(network: Any, old: float, new: float) -> None:
    settings = TrainSettings(
        learning_rate=3e-4, new_token_learning_rate=new, old_token_learning_rate=old
    )
    body, *tables = make_optimizers(network, settings.resolved(Transplant.defaults).rates())
    assert body.param_groups[0]["peak"] == 3e-4
    assert len(tables) == int(old + new > 0)
    for optimizer in tables:
        assert optimizer.rates.tolist() == pytest.approx([old] * 600 + [new] * 200)
    groups = [group for optimizer in (body, *tables) for group in optimizer.param_groups]
    trained = [id(p) for group in groups for p in group["params"]]
    assert sorted(trained) == sorted(id(p) for p in network.parameters() if p.requires_grad)


def optimizers_of(*shapes: tuple[int, ...]) -> list[torch.optim.Optimizer]:
    """AdamW over all but the last parameter, which is a table."""
    *body, table = (torch.nn.Parameter(torch.ones(shape)) for shape in shapes)
    for parameter in (*body, table):
        parameter.grad = torch.full_like(parameter, 0.5)
    rates = torch.full((len(table),), 0.1)
    return [torch.optim.AdamW(body, fused=True), RowAdam(table, rates, beta2=0.9)]


def parameters_of(optimizers: list[torch.optim.Optimizer]) -> list[torch.nn.Parameter]:
    return [p for optimizer in optimizers for p in optimizer.param_groups[0]["params"]]


def test_optimizers_go_on_from_their_tensors() -> None:
    one, two = optimizers_of((4,), (2, 3)), optimizers_of((4,), (2, 3))
    for optimizer in one:
        optimizer.step()
    for ours, theirs in zip(parameters_of(two), parameters_of(one), strict=True):
        ours.data.copy_(theirs.data)
    load_state(two, {name: tensor.clone() for name, tensor in state_tensors(one).items()})
    for optimizer in (*one, *two):
        optimizer.step()
    for ours, theirs in zip(parameters_of(two), parameters_of(one), strict=True):
        assert torch.equal(ours, theirs)
        assert not torch.equal(ours, torch.ones_like(ours))
    assert float(state_tensors(two)["0.0.step"]) == 2.0
    assert float(state_tensors(two)["1.0.step"]) == 2.0


@pytest.mark.parametrize(
    "shapes", [[(5,), (2, 3)], [(2, 3), (4, 1)], [(4,), (3, 3)], [(4,), (1,), (2, 3)]]
)
def test_tensors_of_other_parameters_are_refused(shapes: list[tuple[int, ...]]) -> None:
    one = optimizers_of((4,), (2, 3))
    for optimizer in one:
        optimizer.step()
    with pytest.raises(CheckpointError, match="other parameters"):
        load_state(optimizers_of(*shapes), state_tensors(one))
    with pytest.raises(CheckpointError, match="other parameters"):
        load_state(one[:1], state_tensors(one))


def test_rows_move_the_same_way_over_the_whole_table() -> None:
    """What a GPU does, so as not to look for the rows that a batch used."""
    draw = torch.Generator().manual_seed(0)
    start, rates = torch.randn(9, 4, generator=draw), torch.rand(9, generator=draw)
    tables = [torch.nn.Parameter(start.clone()) for _ in range(2)]
    found = [RowAdam(table, rates, beta2=0.95) for table in tables]
    for optimizer in found:
        optimizer.param_groups[0]["lr"] = 0.1
    for _ in range(6):
        gradient = torch.randn(9, 4, generator=draw)
        gradient[torch.rand(9, generator=draw) < 0.6] = 0.0
        tables[0].grad = gradient.clone()
        found[0].step()
        state = found[1].state[tables[1]]
        state.setdefault("step", torch.zeros((), dtype=torch.int64))
        state.setdefault("squares", torch.zeros(9))
        state.setdefault("used", torch.zeros(9))
        state["step"] += 1
        with torch.no_grad():
            found[1]._move_all(tables[1], gradient.clone(), found[1].param_groups[0])
        torch.testing.assert_close(tables[1], tables[0])
    for name in ("squares", "used"):
        torch.testing.assert_close(found[1].state[tables[1]][name], found[0].state[tables[0]][name])

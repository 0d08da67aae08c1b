"""The student in training: a table in two parts that behaves as one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.encoders.encoder import load_sentence_transformer
from isogloss.errors import CheckpointError
from isogloss.training.network import (
    SplitEmbedding,
    StudentNetwork,
    load_optimizer_tensors,
    optimizer_tensors,
)
from isogloss.training.settings import TRANSPLANT, TrainSettings

IDS = torch.tensor([[2, 10, 700, 3], [2, 599, 600, 3]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])


@pytest.fixture
def model(tiny_teacher: Path) -> Any:
    return load_sentence_transformer(tiny_teacher, device="cpu")


def test_a_split_table_looks_up_as_one_and_learns_in_two() -> None:
    weight = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    split = SplitEmbedding(weight, 5)
    ids = torch.tensor([[0, 4, 5], [6, 5, 1]])
    assert torch.equal(split(ids), weight[ids])
    assert torch.equal(split.merged(), weight)
    split(ids).sum().backward()
    assert split.old.grad is not None
    assert split.new.grad is not None
    assert split.old.grad[:, 0].tolist() == [1, 1, 0, 0, 1]
    assert split.new.grad[:, 0].tolist() == [2, 1]


def test_a_split_network_embeds_as_the_model(model: Any) -> None:
    model.eval()
    expected = StudentNetwork(model, None)(IDS, MASK)
    network = StudentNetwork(model, 600)
    assert network.split is not None
    assert torch.allclose(network(IDS, MASK), expected, atol=1e-6)
    network.restore_table()
    assert network.split is None
    assert torch.allclose(network(IDS, MASK), expected, atol=1e-6)


def test_the_table_put_together_again_is_what_was_trained(model: Any) -> None:
    network = StudentNetwork(model, 600)
    assert network.split is not None
    with torch.no_grad():
        network.split.new += 1.0
    expected = network.split.merged()
    names = {name for name, _ in network.named_parameters()}
    network.restore_table()
    table = model[0].auto_model.get_input_embeddings()
    assert type(table) is torch.nn.Embedding
    assert torch.equal(table.weight, expected)
    assert len(names) == len(dict(network.named_parameters())) + 1


@pytest.mark.parametrize("n_old", [None, 800, 10_000])
def test_without_new_tokens_nothing_is_split(model: Any, n_old: int | None) -> None:
    assert StudentNetwork(model, n_old).split is None


def test_only_what_a_gradient_reaches_is_trained(model: Any) -> None:
    network = StudentNetwork(model, 600)
    network.freeze_unused(IDS, MASK)
    frozen = {n for n, p in network.named_parameters() if not p.requires_grad}
    assert {name.split(".")[-3] for name in frozen} <= {"pooler"}
    assert all(p.grad is None for p in network.parameters())


@pytest.mark.parametrize(("old_rate", "rates"), [(0.0, [3e-4, 9e-4]), (1e-4, [3e-4, 1e-4, 9e-4])])
def test_each_part_learns_at_its_own_rate(model: Any, old_rate: float, rates: list[float]) -> None:
    network = StudentNetwork(model, 600)
    network.freeze_unused(IDS, MASK)
    groups = network.groups(
        TrainSettings(
            learning_rate=3e-4, new_token_learning_rate=9e-4, old_token_learning_rate=old_rate
        )
    )
    assert [group["peak"] for group in groups] == rates
    trained = [id(p) for group in groups for p in group["params"]]
    assert sorted(trained) == sorted(id(p) for p in network.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("layers", "share", "frozen"),
    [(6, 0.67, [2, 3, 4, 5]), (6, 0.0, []), (1, 0.67, []), (2, 1.0, [0, 1])],
)
def test_upper_layers_keep_the_teachers_weights(
    make_teacher: Callable[..., Path], layers: int, share: float, frozen: list[int]
) -> None:
    model = load_sentence_transformer(make_teacher(layers=layers), device="cpu")
    network = StudentNetwork(model, 600)
    groups = network.groups(TrainSettings(frozen_layers=share))
    body = model[0].auto_model
    trained = {id(p) for group in groups for p in group["params"]}
    own = [{id(p) for p in layer.parameters()} for layer in body.encoder.layer]
    assert [i for i, layer in enumerate(own) if not layer & trained] == frozen
    assert all(layer <= trained for i, layer in enumerate(own) if i not in frozen)


def test_what_depends_on_the_student_is_settled_once() -> None:
    transplant = TrainSettings(seed=3).settled(transplant=True)
    assert (transplant.learning_rate, transplant.frozen_layers) == TRANSPLANT
    assert transplant.settled(transplant=False) == transplant
    pretrained = TrainSettings(learning_rate=1e-5).settled(transplant=False)
    assert (pretrained.learning_rate, pretrained.frozen_layers) == (1e-5, 0.0)


def test_dropout_is_off(model: Any) -> None:
    network = StudentNetwork(model, None).train()
    assert torch.equal(network(IDS, MASK), network(IDS, MASK))


def optimizer_of(*shapes: tuple[int, ...]) -> torch.optim.AdamW:
    parameters = [torch.nn.Parameter(torch.ones(shape)) for shape in shapes]
    optimizer = torch.optim.AdamW([{"params": [p]} for p in parameters], fused=True)
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, 0.5)
    return optimizer


def test_an_optimizer_goes_on_from_its_tensors() -> None:
    one, two = optimizer_of((2, 3), (4,)), optimizer_of((2, 3), (4,))
    one.step()
    for ours, theirs in zip(two.param_groups, one.param_groups, strict=True):
        ours["params"][0].data.copy_(theirs["params"][0].data)
    load_optimizer_tensors(two, {k: v.clone() for k, v in optimizer_tensors(one).items()})
    one.step()
    two.step()
    for ours, theirs in zip(two.param_groups, one.param_groups, strict=True):
        assert torch.equal(ours["params"][0], theirs["params"][0])
    assert np.isclose(float(optimizer_tensors(two)["0.step"]), 2.0)


@pytest.mark.parametrize("shapes", [[(2, 3)], [(4,), (2, 3)], [(2, 3), (4,), (1,)]])
def test_tensors_of_other_parameters_are_refused(shapes: list[tuple[int, ...]]) -> None:
    one = optimizer_of((2, 3), (4,))
    one.step()
    with pytest.raises(CheckpointError, match="other parameters"):
        load_optimizer_tensors(optimizer_of(*shapes), optimizer_tensors(one))

"""The student in training: what of it learns, and what stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.encoders.loading import load_sentence_transformer
from isogloss.students.kinds import Student
from isogloss.students.pretrained import Pretrained
from isogloss.students.static import Static
from isogloss.students.transplant import Transplant
from isogloss.training.distill.settings import ResolvedSettings, TrainSettings
from isogloss.training.network import StudentNetwork
from isogloss.training.optimizers import RowAdam, make_optimizers

IDS = torch.tensor([[2, 10, 700, 3], [2, 599, 600, 3]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])


@pytest.fixture
def model(tiny_teacher: Path) -> Any:
    return load_sentence_transformer(tiny_teacher, device="cpu")


@pytest.mark.parametrize("n_old", [None, 10_000])
@pytest.mark.parametrize("by", ["rows", "adamw"])
def test_a_vocabulary_of_its_own_learns_row_by_row_or_with_the_body(
    model: Any, n_old: int | None, by: Any
) -> None:
    network = StudentNetwork(model, n_old)
    assert network.n_old is None
    settings = TrainSettings(new_token_learning_rate=3e-3, token_optimizer=by)
    body, *tables = make_optimizers(network, settings.resolved(Pretrained.defaults).rates())
    with_body = any(p is network.table for p in body.param_groups[0]["params"])
    assert with_body == (by == "adamw") == (not tables)
    for table in tables:
        assert isinstance(table, RowAdam)
        assert table.rates.unique().tolist() == [pytest.approx(3e-3)]


def test_a_prompt_that_is_not_pooled_is_left_out_without_being_asked_for(
    prompted: Callable[..., Path],
) -> None:
    model = load_sentence_transformer(prompted({"query": "query: "}, "query"), device="cpu")
    pooling: Any = model[1]
    assert StudentNetwork(model, None).unpooled == 0
    pooling.include_prompt = False
    own = StudentNetwork(model, None)
    assert own.unpooled > 1
    with torch.inference_mode():
        assert not torch.equal(own(IDS, MASK), StudentNetwork(model, None, prompt="")(IDS, MASK))


def test_without_new_tokens_the_old_ones_keep_their_rate(model: Any) -> None:
    network = StudentNetwork(model, 800)
    rates = TrainSettings(old_token_learning_rate=1e-2).resolved(Transplant.defaults).rates()
    body, table = make_optimizers(network, rates)
    assert isinstance(table, RowAdam)
    assert table.rates.tolist() == pytest.approx([1e-2] * 800)
    assert not any(p is network.table for p in body.param_groups[0]["params"])
    before = network.table.detach().clone()
    network.use_sparse_gradients(True)
    network(IDS, MASK)[:, 0].sum().backward()
    table.step()
    moved = (network.table != before).any(dim=1).nonzero().squeeze(1)
    assert set(moved.tolist()) == set(IDS[MASK.bool()].tolist())


@pytest.mark.parametrize(
    ("by", "wanted", "sparse"),
    [("rows", True, True), ("rows", False, False), ("adamw", True, False)],
)
def test_only_a_table_that_learns_row_by_row_has_a_sparse_gradient(
    model: Any, by: Any, wanted: bool, sparse: bool
) -> None:
    network = StudentNetwork(model, None)
    network.use_sparse_gradients(wanted)
    settings = TrainSettings(token_optimizer=by)
    make_optimizers(network, settings.resolved(Pretrained.defaults).rates())
    network(IDS, MASK).sum().backward()
    assert network.table.grad is not None
    assert network.table.grad.is_sparse == sparse


def test_only_what_a_gradient_reaches_is_trained(model: Any) -> None:
    network = StudentNetwork(model, 600)
    network.freeze_unused(IDS, MASK)
    frozen = {n for n, p in network.named_parameters() if not p.requires_grad}
    assert {name.split(".")[-3] for name in frozen} <= {"pooler"}
    assert all(p.grad is None for p in network.parameters())


@pytest.mark.parametrize(
    ("layers", "share", "frozen"),
    [(6, 0.67, [2, 3, 4, 5]), (6, 0.0, []), (1, 0.67, []), (2, 1.0, [0, 1])],
)
def test_upper_layers_keep_the_teachers_weights(
    make_teacher: Callable[..., Path], layers: int, share: float, frozen: list[int]
) -> None:
    model = load_sentence_transformer(make_teacher(layers=layers), device="cpu")
    network = StudentNetwork(model, 600)
    optimizers = make_optimizers(
        network, TrainSettings(frozen_layers=share).resolved(Transplant.defaults).rates()
    )
    body = model[0].auto_model
    trained = {id(p) for o in optimizers for group in o.param_groups for p in group["params"]}
    own = [{id(p) for p in layer.parameters()} for layer in body.encoder.layer]
    assert [i for i, layer in enumerate(own) if not layer & trained] == frozen
    assert all(layer <= trained for i, layer in enumerate(own) if i not in frozen)


def test_no_gradient_passes_below_the_lowest_layer_that_learns(
    make_teacher: Callable[..., Path],
) -> None:
    model = load_sentence_transformer(make_teacher(layers=3), device="cpu")
    network = StudentNetwork(model, None)
    network.freeze_layers(lower=0.67)
    network(IDS, MASK).sum().backward()
    body = model[0].auto_model
    assert {n.split(".")[2] for n, p in body.named_parameters() if p.grad is not None} == {"2"}


@pytest.mark.parametrize("student", [Transplant, Static, Pretrained])
def test_what_depends_on_the_student_is_resolved_once(student: type[Student]) -> None:
    resolved = TrainSettings(seed=3).resolved(student.defaults)
    assert resolved == ResolvedSettings(seed=3, **student.defaults)  # type: ignore[arg-type]
    assert resolved.resolved(Transplant.defaults) == resolved.resolved(Static.defaults) == resolved


def test_what_is_given_is_kept() -> None:
    given = TrainSettings(learning_rate=1e-5, source_share=0.0).resolved(Pretrained.defaults)
    assert (given.learning_rate, given.source_share, given.frozen_layers) == (1e-5, 0.0, 0.0)


def test_dropout_is_off(model: Any) -> None:
    network = StudentNetwork(model, None).train()
    assert torch.equal(network(IDS, MASK), network(IDS, MASK))


def test_dropout_that_is_a_number_is_off(model: Any) -> None:
    """As T5 and Llama have it in their attention."""
    layer = next(module for module in model.modules() if type(module).__name__.endswith("Layer"))
    layer.attention_dropout, layer.dropout_name = 0.1, "kept"
    StudentNetwork(model, None)
    assert (layer.attention_dropout, layer.dropout_name) == (0.0, "kept")

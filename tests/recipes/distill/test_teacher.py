"""The teacher as the recipe has it: another pooling, fewer dimensions, the prompt it expects."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.errors import InputError
from isogloss.recipes.distill import teacher as teacher_room
from isogloss.recipes.distill.prepare import mean_squared_norm
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.distill.teacher import load_teacher
from isogloss.samples import read_rows
from isogloss.teachers.adapt import change_teacher

TEXTS = [row["en"] for row in read_rows("train")[:300]]


def test_another_pooling_takes_the_place_of_its_own(tiny_teacher: Path, tmp_path: Path) -> None:
    change_teacher(tiny_teacher, tmp_path / "cls", [], pooling="cls", dim=None)
    model = load_sentence_transformer(tmp_path / "cls", device="cpu")
    assert [type(m).__name__ for m in model] == ["Transformer", "Pooling", "Normalize"]
    body, _, normalize = load_sentence_transformer(tiny_teacher, device="cpu")
    expected = SentenceTransformer(modules=[body, Pooling(32, "cls"), normalize], device="cpu")
    np.testing.assert_allclose(
        load_encoder(tmp_path / "cls", precision="fp32").encode(TEXTS[:20]),
        expected.encode(TEXTS[:20]),
        atol=1e-5,
    )


def test_fewer_dimensions_keep_cosines_as_well_as_any_can(
    tiny_teacher: Path, tmp_path: Path
) -> None:
    change_teacher(tiny_teacher, tmp_path / "small", TEXTS, pooling=None, dim=8)
    model = load_sentence_transformer(tmp_path / "small", device="cpu")
    assert [type(m) for m in model][2:] == [Normalize, Dense, Normalize]
    whole = load_encoder(tiny_teacher, precision="fp32").encode(TEXTS)
    short = load_encoder(tmp_path / "small", precision="fp32").encode(TEXTS)
    assert short.shape == (300, 8)
    np.testing.assert_allclose(np.linalg.norm(short, axis=1), 1.0, atol=1e-5)
    values, _ = np.linalg.eigh(whole.T.astype(np.float64) @ whole)
    kept = np.sort(values)[-8:].sum() / values.sum()
    dense = model[3].linear.weight.detach().numpy()
    assert np.square(whole @ dense.T).sum() / np.square(whole).sum() == pytest.approx(
        kept, rel=1e-3
    )


@pytest.fixture
def prompted(tiny_teacher: Path, tmp_path: Path) -> Path:
    """The tiny teacher with a prompt of its own, compared by dot product."""
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    model.prompts, model.default_prompt_name = {"sts": "compare: "}, "sts"
    model.similarity_fn_name = "dot"
    model.set_pooling_include_prompt(False)
    model.save_pretrained(str(tmp_path / "prompted"), create_model_card=False)
    return tmp_path / "prompted"


@pytest.mark.parametrize("changes", [{"pooling": "cls", "dim": None}, {"pooling": None, "dim": 8}])
def test_a_changed_teacher_says_of_itself_what_it_did(
    recipe: DistillRecipe, prompted: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    change_teacher(prompted, tmp_path / "changed", TEXTS, **changes)
    model: Any = load_sentence_transformer(tmp_path / "changed", device="cpu")
    assert (model.prompts["sts"], model.default_prompt_name) == ("compare: ", "sts")
    assert model.similarity_fn_name == "dot"
    assert model[1].include_prompt is False
    assert load_teacher(recipe, tmp_path / "changed").prompt == "compare: "


def test_components_are_those_of_prompted_sentences(
    tiny_teacher: Path, prompted: Path, tmp_path: Path
) -> None:
    def projection(teacher: Path, name: str, prompt: str) -> np.ndarray:
        change_teacher(teacher, tmp_path / name, TEXTS, pooling=None, dim=8, prompt=prompt)
        model: Any = load_sentence_transformer(tmp_path / name, device="cpu")
        return model[3].linear.weight.detach().numpy()

    own = projection(prompted, "own", "")
    np.testing.assert_array_equal(own, projection(prompted, "given", "compare: "))
    assert np.abs(own - projection(prompted, "other", "tell me: ")).max() > 0.01


def test_targets_without_their_prompt_have_a_store_of_their_own(
    recipe: DistillRecipe, tiny_teacher: Path, prompted: Path
) -> None:
    assert "unpooled" not in load_teacher(recipe, tiny_teacher).namespace
    assert load_teacher(recipe, prompted).namespace["unpooled"] > 1


def test_targets_are_read_without_padding_and_are_those_of_the_plain_model(
    recipe: DistillRecipe, tiny_teacher: Path
) -> None:
    recipe = replace(recipe, training=replace(recipe.training, precision="fp32"))
    teacher, plain = (
        load_teacher(recipe, tiny_teacher),
        load_encoder(tiny_teacher, precision="fp32"),
    )
    assert teacher.unpadded is not None and plain.unpadded is None
    np.testing.assert_allclose(teacher.encode(TEXTS[:40]), plain.encode(TEXTS[:40]), atol=2e-6)
    assert teacher.namespace == plain.namespace


@pytest.mark.parametrize("dim", [0, 32, 400])
def test_a_width_that_cannot_be(tiny_teacher: Path, tmp_path: Path, dim: int) -> None:
    with pytest.raises(InputError, match=rf"teacher_dim is {dim}; expected a width below .* 32"):
        change_teacher(tiny_teacher, tmp_path / "small", TEXTS, pooling=None, dim=dim)
    assert not (tmp_path / "small").exists()


def test_a_student_of_a_changed_teacher_has_its_form(recipe: DistillRecipe, tmp_path: Path) -> None:
    training = replace(recipe.training, epochs=0.2)
    made = replace(
        recipe, out=str(tmp_path / "out"), teacher_pooling="cls", teacher_dim=16, training=training
    )
    result = distill(made)
    assert result.record.teacher.dim == result.record.student.dim == 16
    assert result.record.student.pooling == "cls"
    assert result.record.student.projection
    assert SentenceTransformer(str(tmp_path / "out"), device="cpu").encode("ja").shape == (16,)
    usage = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "With transformers alone" not in usage


def test_how_long_a_teachers_vectors_are_is_measured(
    recipe: DistillRecipe, tiny_teacher: Path, tmp_path: Path
) -> None:
    body, pooling, _ = load_sentence_transformer(tiny_teacher, device="cpu")
    plain = str(tmp_path / "plain")
    model = SentenceTransformer(modules=[body, pooling], device="cpu")
    model.save_pretrained(plain, create_model_card=False)
    training = replace(recipe.training, minutes=0.0)
    recipe = replace(recipe, teacher=plain, out=str(tmp_path / "out"), training=training)
    run = distill(recipe).record
    vectors = load_encoder(plain, precision="fp32").encode(TEXTS[:250])
    expected = float((vectors**2).sum(axis=1).mean())
    assert abs(expected - 1) > 0.1
    assert run.training.target_squared_norm == pytest.approx(expected, rel=1e-2)


def test_unit_vectors_count_as_such_whatever_float16_made_of_them() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert mean_squared_norm(vectors.astype(np.float16).astype(np.float32)) == 1.0
    assert mean_squared_norm(3 * vectors.astype(np.float32)) == pytest.approx(9.0)
    assert mean_squared_norm(np.zeros((3, 4), np.float32)) == 1.0


def test_a_teacher_brings_its_prompt(
    recipe: DistillRecipe, tiny_teacher: Path, prompted: Path, tmp_path: Path
) -> None:
    made = replace(recipe, teacher=str(prompted), out=str(tmp_path / "out"))
    assert load_teacher(made, prompted).prompt == "compare: "
    other = replace(made, prompt="other: ")
    assert load_teacher(other, prompted).prompt == "other: "
    assert load_teacher(recipe, tiny_teacher).prompt == ""
    distill(replace(made, training=replace(recipe.training, minutes=0.0)))
    config = tmp_path / "out" / "config_sentence_transformers.json"
    assert not json.loads(config.read_text("utf-8"))["prompts"].get("sts")


def test_a_run_does_not_go_on_with_another_teacher_of_the_name(
    begun: Callable[[Path], DistillRecipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = begun(tmp_path / "out")
    monkeypatch.setattr(teacher_room, "fingerprint_model", lambda _: "of other files")
    with pytest.raises(InputError, match=r"^the files of teacher .* changed since .*--overwrite"):
        distill(made, resume=True)

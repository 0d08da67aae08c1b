"""Pretrained students whose vectors are pooled or scaled in another way than most."""

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
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.samples import read_rows
from isogloss.students.linear_modules import turn
from isogloss.students.pretrained import build_pretrained
from isogloss.students.settings import PretrainedSettings
from isogloss.training.distill.settings import TrainSettings

TEXTS = [row["en"] for row in read_rows("held_out")[:60]]


@pytest.fixture
def dot_teacher(tiny_teacher: Path, tmp_path: Path) -> Path:
    """A teacher as multi-qa-mpnet-base-dot-v1 is one: CLS, no normalization, dot products."""
    body, *_ = load_sentence_transformer(tiny_teacher, device="cpu")
    model = SentenceTransformer(
        modules=[body, Pooling(32, "cls")], device="cpu", similarity_fn_name="dot"
    )
    model.save_pretrained(str(tmp_path / "teacher"), create_model_card=False)
    return tmp_path / "teacher"


def test_a_student_lands_in_the_space_of_a_teacher_that_does_not_normalize(
    recipe: DistillRecipe, dot_teacher: Path, make_encoder: Callable[[str], Path], tmp_path: Path
) -> None:
    """xlm-roberta-ua-distilled in small: the teacher's CLS is replaced by a mean."""
    student = StudentRecipe(str(make_encoder("xlm-roberta")), start="none")
    training = TrainSettings(
        epochs=4,
        tokens_per_batch=1_024,
        learning_rate=2e-3,
        token_optimizer="adamw",
        source_share=0.5,
        source_weight=1.0,
        warmup_steps=3,
        precision="fp32",
        evaluations=1,
    )
    made = replace(
        recipe,
        teacher=str(dot_teacher),
        teacher_pooling="mean",
        out=str(tmp_path / "out"),
        student=student,
        training=training,
    )
    run = distill(made)
    model = SentenceTransformer(str(run.folder), device="cpu")
    assert [type(module) for module in model][1:] == [Pooling, Dense]
    assert model.similarity_fn_name == "dot"
    assert not run.record.student.normalizes
    teacher = load_encoder(run.folder / "teacher", precision="fp32").encode(TEXTS)
    trained, untrained = (
        load_encoder(folder, precision="fp32").encode(TEXTS)
        for folder in (run.folder, run.folder / "untrained")
    )
    norms = np.linalg.norm(teacher, axis=1)
    squared = np.square(norms).mean()
    assert run.record.training.target_squared_norm == pytest.approx(squared, rel=0.05)
    np.testing.assert_allclose(np.square(trained).sum(axis=1).mean(), squared, rtol=0.2)
    far, near = (np.square(v - teacher).sum(axis=1).mean() for v in (untrained, trained))
    assert near < far / 2
    assert near < np.square(norms - 1).mean()  # no vectors of length 1 come nearer


def test_a_student_of_the_largest_values(
    make_encoder: Callable[[str], Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    settings = PretrainedSettings(pooling="max")
    build_pretrained(str(make_encoder("xlm-roberta")), tiny_teacher, [], tmp_path / "s", settings)
    model: Any = SentenceTransformer(str(tmp_path / "s"), device="cpu")
    assert [type(module) for module in model][1:] == [Pooling, Dense, Normalize]
    tokens = model.encode(TEXTS, output_value="token_embeddings")
    largest = np.stack([part.max(dim=0).values.numpy() for part in tokens])
    expected = largest @ model[2].linear.weight.detach().numpy().T
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    ours = load_encoder(tmp_path / "s", precision="fp32").encode(TEXTS)
    np.testing.assert_allclose(ours, expected, atol=1e-5)


@pytest.mark.parametrize(("near", "share"), [(True, 0.5), (False, 1.0)])
def test_what_began_near_the_teacher_is_saved_half_way_back_and_what_began_far_is_not(
    near: bool,
    share: float,
    recipe: DistillRecipe,
    tiny_teacher: Path,
    make_encoder: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    encoder = str(tiny_teacher) if near else str(make_encoder("xlm-roberta"))

    def weights(interpolation: float | None) -> list[dict[str, Any]]:
        training = TrainSettings(
            epochs=1, precision="fp32", evaluations=1, interpolation=interpolation, warmup_steps=1
        )
        out = tmp_path / str(interpolation)
        student = StudentRecipe(encoder, start="ridge" if near else "none")
        distill(replace(recipe, out=str(out), student=student, training=training))
        began, ended = (SentenceTransformer(str(f), device="cpu") for f in (out / "untrained", out))
        turn(began, out / "untrained")
        return [began.state_dict(), ended.state_dict()]

    began, ended = weights(1.0)
    _, saved = weights(None)
    assert any(not np.allclose(ended[name], began[name], atol=1e-3) for name in ended)
    for name, weight in saved.items():
        if weight.is_floating_point():
            expected = began[name].lerp(ended[name], share)
            np.testing.assert_allclose(weight, expected, atol=1e-5, err_msg=name)


def test_a_student_without_a_step_is_the_untrained_one(
    recipe: DistillRecipe, tiny_teacher: Path, tmp_path: Path
) -> None:
    student = StudentRecipe(str(tiny_teacher), start="ridge")
    training = TrainSettings(minutes=0, precision="fp32", interpolation=0.5)
    out = tmp_path / "out"
    distill(replace(recipe, out=str(out), student=student, training=training))
    assert (out / "untrained" / "rotation").is_dir()  # which it could have been averaged with
    began, ended = (SentenceTransformer(str(f), device="cpu") for f in (out / "untrained", out))
    np.testing.assert_array_equal(began.encode(TEXTS), ended.encode(TEXTS))

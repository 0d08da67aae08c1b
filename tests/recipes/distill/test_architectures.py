"""Pretrained students, end to end: encoders built and cut like the published ones, only tiny."""

import functools
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense

from isogloss.config import build_config
from isogloss.encoders.encoder import load_encoder
from isogloss.errors import InputError
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.finish import FinishedRun
from isogloss.recipes.trim import trim
from isogloss.samples import read_rows
from isogloss.students.pretrained import build_pretrained
from isogloss.training.distill.job import DistillJob
from isogloss.training.distill.settings import TrainSettings

FAMILIES = ["xlm-roberta", "mpnet", "bert", "distilbert"]
ROWS = read_rows("train")[:160]
UNSEEN = read_rows("held_out")[:40]
LONG = {code: " ".join(row[code] for row in ROWS[:15]) for code in ("en", "de", "uk")}
"""More tokens than an encoder reads."""

Distill = Callable[[str], FinishedRun]


@pytest.fixture(scope="module")
def recipe(
    make_encoder: Callable[[str], Path], tiny_teacher: Path, tmp_path_factory: Any
) -> Callable[[str], DistillRecipe]:
    """Distillations of a second: German and Ukrainian, some thirty steps."""
    folder = tmp_path_factory.mktemp("architectures")
    places = []
    for code in ("de", "uk"):
        path = folder / f"{code}.tsv"
        text = "".join(f"{row['en']}\t{row[code]}\n" for row in [*ROWS, LONG])
        path.write_text(text, encoding="utf-8")
        places.append(f"en-{code}={path}")

    def make(family: str) -> DistillRecipe:
        return DistillRecipe(
            teacher=str(tiny_teacher),
            pairs=tuple(places),
            out=str(folder / family),
            student=StudentRecipe(kind=str(make_encoder(family)), start="none"),
            training=TrainSettings(
                epochs=2,
                tokens_per_batch=1_024,
                learning_rate=2e-3,
                warmup_steps=3,
                precision="fp32",
                evaluations=2,
                checkpoint_minutes=9.0,
            ),
        )

    return make


@pytest.fixture(scope="module")
def distilled(recipe: Callable[[str], DistillRecipe]) -> Distill:
    """Distills an encoder of a family, once."""
    return functools.cache(lambda family: distill(recipe(family)))


def vectors(folder: Path, texts: list[str]) -> np.ndarray:
    """What anyone gets who has no isogloss."""
    return SentenceTransformer(str(folder), device="cpu").encode(texts)


def weights(folder: Path) -> dict[str, bytes]:
    """The content of all files of weights, by their place in the folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.safetensors")}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_distilled_encoder_is_a_plain_model(family: str, distilled: Distill) -> None:
    run = distilled(family)
    model = SentenceTransformer(str(run.folder), device="cpu")
    assert model[0].auto_model.config.model_type == family
    assert [module.linear.weight.shape for module in model if isinstance(module, Dense)] == [
        (32, 24)
    ]
    texts = [row[code] for row in UNSEEN for code in ("en", "de", "uk")] + list(LONG.values())
    ours = load_encoder(run.folder, precision="fp32").encode(texts)
    np.testing.assert_allclose(ours, vectors(run.folder, texts), atol=1e-5)
    assert np.isfinite(ours).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_distilled_encoder_has_learned_in_body_and_projection(
    family: str, distilled: Distill
) -> None:
    run = distilled(family)
    before, after = weights(run.folder / "untrained"), weights(run.folder)
    assert {"model.safetensors", "2_Dense/model.safetensors"} <= set(before)
    assert all(before[name] != after[name] for name in before)
    fvu = {
        row["model"]: row["value"]
        for row in run.evaluation.rows()
        if (row["metric"], row["languages"]) == ("fvu_target", "en-de")
    }
    assert fvu["trained"] < fvu["untrained"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_trimmed_encoder_has_the_same_vectors(
    family: str, distilled: Distill, tmp_path: Path
) -> None:
    folder = distilled(family).folder
    text = tmp_path / "de.txt"
    text.write_text("\n".join(row["de"] for row in ROWS), encoding="utf-8")
    report = trim(str(folder), tmp_path / "small", languages=["de"], texts=[text])
    assert report.tokens_after < 0.8 * report.tokens_before
    assert (report.cut_alike, report.cosines) == (1.0, report.compared)
    german = [*(row["de"] for row in UNSEEN), LONG["de"]]
    np.testing.assert_allclose(
        vectors(tmp_path / "small", german), vectors(folder, german), atol=1e-5
    )
    model = SentenceTransformer(str(tmp_path / "small"), device="cpu")
    table = model[0].auto_model.get_input_embeddings()
    assert table.num_embeddings == len(model.tokenizer) == report.tokens_after
    foreign = model.tokenizer([row["uk"] for row in UNSEEN])["input_ids"]
    assert max(number for ids in foreign for number in ids) < report.tokens_after


def test_xlmr_that_was_stopped_ends_as_if_it_had_not_been(
    recipe: Callable[[str], DistillRecipe],
    distilled: Distill,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = distilled("xlm-roberta")
    steps = whole.record.training.steps
    wanted = recipe("xlm-roberta")
    cut = replace(
        wanted,
        out=str(tmp_path / "cut"),
        training=replace(wanted.training, checkpoint_minutes=0.0),
    )
    loss, calls = DistillJob.loss, itertools.count()

    def failing(*arguments: Any) -> Any:
        if next(calls) == steps // 2:
            raise RuntimeError("the power fails")
        return loss(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(DistillJob, "loss", failing)
        with pytest.raises(RuntimeError, match="the power fails"):
            distill(cut)
    assert not (tmp_path / "cut" / "model.safetensors").exists()
    resumed = distill(cut, resume=True)
    assert resumed.record.training.resumed_from == [steps // 2]
    assert weights(resumed.folder) == weights(whole.folder)


def test_xlmr_counts_positions_from_its_padding(distilled: Distill, tmp_path: Path) -> None:
    folder = distilled("xlm-roberta").folder
    trim(str(folder), tmp_path / "small", languages=["de"])
    for place in (folder, tmp_path / "small"):
        model = SentenceTransformer(str(place), device="cpu")
        body: Any = model[0].auto_model
        assert model.tokenizer.pad_token_id == body.config.pad_token_id == 1
        assert body.embeddings.position_embeddings.padding_idx == 1
        cut = model.tokenizer(LONG["de"], truncation=True)["input_ids"]
        assert len(cut) == body.config.max_position_embeddings - 2
        short = UNSEEN[0]["de"]
        beside = model.encode([short, LONG["de"]])  # padded to the longest
        np.testing.assert_allclose(beside[0], model.encode([short])[0], atol=1e-5)
        assert np.isfinite(beside).all()


def test_a_recipe_can_say_how_many_tokens_a_student_keeps(
    make_encoder: Callable[[str], Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    kind = str(make_encoder("mpnet"))
    values = {"teacher": "t", "pairs": ["p"], "out": "o"}
    student = {"kind": kind, "pretrained": {"trim": 400}}
    settings = build_config(DistillRecipe, values | {"student": student}).student.pretrained
    texts = [row["de"] for row in ROWS]
    report = build_pretrained(kind, tiny_teacher, texts, tmp_path / "s", settings)
    assert report.tokens_before > report.tokens_after == 400
    assert np.isfinite(vectors(tmp_path / "s", texts)).all()
    for trim_to in (True, False):
        student["pretrained"] = {"trim": trim_to}
        recipe = build_config(DistillRecipe, values | {"student": student})
        assert recipe.student.pretrained.trim is trim_to
    student["pretrained"] = {"trim": 0}
    with pytest.raises(InputError, match="how many tokens"):
        build_config(DistillRecipe, values | {"student": student})

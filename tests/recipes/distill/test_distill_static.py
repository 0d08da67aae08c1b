"""A static student goes the whole way: built, trained, stopped, resumed, saved, described."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer

from isogloss.console import Advance
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.run import distill
from isogloss.samples import read_rows
from isogloss.students.settings import TransplantSettings
from isogloss.vocabulary.settings import VocabularySettings


class Unlucky:
    """A console in whose house the power fails in the middle of training."""

    @contextmanager
    def stage(self, title: str, total: float | None = None) -> Iterator[Advance]:
        done = 0.0

        def advance(more: float) -> None:
            nonlocal done
            done += more
            if title == "training" and done > 0.5:
                raise RuntimeError("the power fails")

        yield advance


@pytest.fixture(scope="module")
def static(recipe: DistillRecipe, tmp_path_factory: pytest.TempPathFactory) -> DistillRecipe:
    out = tmp_path_factory.mktemp("static") / "out"
    training = replace(
        recipe.training,
        learning_rate=0.0,
        frozen_layers=0.0,
        new_token_learning_rate=3e-3,
        old_token_learning_rate=3e-3,
    )
    student = replace(recipe.student, kind="static")
    return replace(recipe, student=student, training=training, out=str(out))


@pytest.fixture(scope="module")
def done(static: DistillRecipe) -> Iterator[Path]:
    distill(static)
    yield Path(static.out)


def test_it_learns(done: Path) -> None:
    run = json.loads((done / "run.json").read_text("utf-8"))
    fvu = [look["dev"]["fvu"] for look in run["training"]["history"]]
    assert min(fvu) < fvu[0]
    assert run["student"]["kind"] == "static"
    assert SentenceTransformer(str(done), device="cpu").encode("Guten Morgen").shape == (32,)


def test_one_without_new_tokens_learns(static: DistillRecipe, tmp_path: Path) -> None:
    rows = read_rows("train")[:250]
    corpus = tmp_path / "corpus.tsv"
    corpus.write_text("".join(f"{r['en']}\t{r['en']} and so on\n" for r in rows), "utf-8")
    vocabulary = VocabularySettings(size=1, min_count=10**9, word_count=0)
    student = replace(static.student, transplant=TransplantSettings(vocabulary=vocabulary))
    made = replace(static, pairs=(f"en-de={corpus}",), student=student, out=str(tmp_path / "out"))
    run = distill(made).record
    assert run.student.new_tokens == 0
    fvu = [look.dev["fvu"] for look in run.training.history]
    assert min(fvu) < fvu[0]


def test_its_card_says_where_it_is_weak(done: Path) -> None:
    card = (done / "README.md").read_text("utf-8")
    assert "no word order" in card


def test_a_stopped_run_goes_on_to_the_same_weights(
    static: DistillRecipe, done: Path, tmp_path: Path
) -> None:
    training = replace(static.training, checkpoint_minutes=0.0)
    again = replace(static, out=str(tmp_path / "out"), training=training)
    with pytest.raises(RuntimeError, match="power"):
        distill(again, console=Unlucky())
    assert distill(again, resume=True).record.training.resumed_from
    weights = "0_StaticEmbedding/model.safetensors"
    [ours] = load_file(tmp_path / "out" / weights).values()
    [expected] = load_file(done / weights).values()
    np.testing.assert_array_equal(ours, expected)

"""A distillation and a fine-tuning small enough to be run again and again."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from isogloss.console import Silent
from isogloss.recipes.distill_recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.finetune_recipe import FinetuneRecipe
from isogloss.recipes.prepare import prepare
from isogloss.samples import read_rows
from isogloss.students.new_tokens import TransplantSettings
from isogloss.students.vocabulary.extension import VocabularySettings
from isogloss.training.finetune_settings import FinetuneSettings
from isogloss.training.settings import TrainSettings


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Sums in one order, here and in the processes that are started: the same bits everywhere."""
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def recipe(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> DistillRecipe:
    """A hundred steps or so, a checkpoint after each."""
    folder = tmp_path_factory.mktemp("recipe")
    path = folder / "corpus.tsv"
    rows = read_rows("train")[:250]
    text = "".join(f"{row['en']}\t{row['de']}\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    vocabulary = VocabularySettings(size=150)
    return DistillRecipe(
        teacher=str(tiny_teacher),
        pairs=(f"en-de={path}",),
        out=str(folder / "out"),
        student=StudentRecipe(transplant=TransplantSettings(vocabulary=vocabulary)),
        training=TrainSettings(
            epochs=4,
            tokens_per_batch=256,
            learning_rate=1e-3,
            warmup_steps=5,
            precision="fp32",
            checkpoint_minutes=0.0,
        ),
    )


@pytest.fixture(scope="session")
def begun(recipe: DistillRecipe) -> Callable[[Path], DistillRecipe]:
    """Copies a run whose preparation is done into a folder; the recipe of the copy."""
    prepare(recipe, [], Silent())

    def copy(out: Path) -> DistillRecipe:
        shutil.copytree(recipe.out, out)
        return replace(recipe, out=str(out))

    return copy


@pytest.fixture(scope="session")
def command() -> Callable[..., list[str]]:
    """The command line of a recipe."""

    def words(recipe: DistillRecipe, *more: str) -> list[str]:
        training = recipe.training
        settings = {
            "student.transplant.vocabulary.size": recipe.student.transplant.vocabulary.size,
            "training.tokens_per_batch": training.tokens_per_batch,
            "training.learning_rate": training.learning_rate,
            "training.warmup_steps": training.warmup_steps,
            "training.precision": training.precision,
            "training.checkpoint_minutes": training.checkpoint_minutes,
        }
        options = ["--teacher", recipe.teacher, "--out", recipe.out]
        options += ["--epochs", str(training.epochs)]
        options += [word for pairs in recipe.pairs for word in ("--pairs", pairs)]
        options += [w for key, value in settings.items() for w in ("--set", f"{key}={value}")]
        return ["-m", "isogloss", "distill", *options, *more]

    return words


def write_graded(folder: Path, language: str, rows: list[dict[str, str]]) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{language}.tsv"
    lines = [f"{r['score']}\t{r[language + '1']}\t{r[language + '2']}\n" for r in rows]
    path.write_text("".join(lines), encoding="utf-8")
    return f"{language}={path}"


@pytest.fixture(scope="session")
def finetune_recipe(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> FinetuneRecipe:
    """A few dozen steps on the graded samples, with parallel sentences to hold on to."""
    folder = tmp_path_factory.mktemp("graded")
    rows = read_rows("graded")
    parallel = folder / "corpus.tsv"
    text = "".join(f"{row['en']}\t{row['de']}\n" for row in read_rows("train")[:200])
    parallel.write_text(text, encoding="utf-8")
    tests = write_graded(folder / "test", "en", rows[100:140])
    return FinetuneRecipe(
        model=str(tiny_teacher),
        out=str(folder / "out"),
        sts=tuple(write_graded(folder, language, rows[:120]) for language in ("en", "de", "es")),
        pairs=(f"en-de={parallel}",),
        tasks=(f"sts:en-en={tests.partition('=')[2]}",),
        training=FinetuneSettings(
            epochs=3,
            batch_size=5,
            learning_rate=1e-3,
            frozen_lower_layers=0.0,
            precision="fp32",
            checkpoint_minutes=0.0,
        ),
    )

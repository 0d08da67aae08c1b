"""A distillation and a fine-tuning small enough to be run again and again; encoders as on a hub."""

import functools
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModel

from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.runs.lifecycle import RunLog
from isogloss.samples import read_rows
from isogloss.students.settings import TransplantSettings
from isogloss.training.distill.settings import TrainSettings
from isogloss.training.finetune.settings import FinetuneSettings
from isogloss.vocabulary.settings import VocabularySettings

from .families import LONGEST, make_tokenizer
from .pictures import pictures


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Sums in one order, here and in the processes that are started: the same bits everywhere."""
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="module", autouse=True)
def no_pictures() -> Iterator[None]:
    """Runs draw nothing, but in a block that says so."""
    with pictures():
        yield


@pytest.fixture(scope="session")
def recipe(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> DistillRecipe:
    """A hundred steps or so."""
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
            checkpoint_minutes=9.0,
        ),
    )


@pytest.fixture(scope="session")
def begun(recipe: DistillRecipe) -> Callable[[Path], DistillRecipe]:
    """Copies a run whose preparation is done into a folder; the recipe of the copy."""
    prepare(recipe, [], RunLog())

    def copy(out: Path) -> DistillRecipe:
        shutil.copytree(recipe.out, out)
        return replace(recipe, out=str(out))

    return copy


@pytest.fixture(scope="session")
def command() -> Callable[..., list[str]]:
    """The words of a recipe on the command line."""

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
        return ["distill", *options, *more]

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
            checkpoint_minutes=9.0,
        ),
    )


@pytest.fixture(scope="session")
def make_encoder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Saves a tiny random encoder of a family as a hub has it: body and tokenizer, no pooling."""

    @functools.cache
    def make(family: str) -> Path:
        folder = tmp_path_factory.mktemp(family)
        tokenizer = make_tokenizer(family)
        places = LONGEST + (2 if family in ("xlm-roberta", "mpnet") else 0)
        width = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
        width["intermediate_size"] = 48
        if family == "distilbert":
            width = {"dim": 24, "n_layers": 2, "n_heads": 2, "hidden_dim": 48}
        special = {
            f"{name}_token_id": getattr(tokenizer, f"{name}_token_id")
            for name in ("pad", "bos", "eos", "cls", "sep")
        }
        config = AutoConfig.for_model(
            family,
            vocab_size=len(tokenizer),
            max_position_embeddings=places,
            initializer_range=0.3,  # wide enough for vectors that differ from each other
            **width,
            **{name: number for name, number in special.items() if number is not None},
        )
        torch.manual_seed(3)
        AutoModel.from_config(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture
def kill_a_ray_worker() -> Iterator[Callable[[], list[int]]]:
    """Begins to watch for a worker of this process's cluster that is at a part, and kills it.

    What it gives back is the list into which the number of the killed process goes.
    """
    ended, killed = threading.Event(), list[int]()

    def watch() -> None:
        while not killed and not ended.wait(0.05):
            for number in (int(path.name) for path in Path("/proc").glob("[0-9]*")):
                if _title(number).startswith(b"ray::_do") and os.getpid() in _parents(number):
                    os.kill(number, signal.SIGKILL)
                    killed.append(number)
                    break

    def begin() -> list[int]:
        watcher.start()
        return killed

    watcher = threading.Thread(target=watch, daemon=True)
    yield begin
    ended.set()


def _title(number: int) -> bytes:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


def _parents(number: int) -> list[int]:
    parents: list[int] = []
    while number > 1:
        try:
            told = Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2]
        except OSError:
            break
        number = int(told.split()[1])
        parents.append(number)
    return parents

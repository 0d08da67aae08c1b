"""The paper's zero-shot baseline: an encoder that is taught English alone, beside a student."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from sentence_transformers import SentenceTransformer

from isogloss.encoders.opening import open_encoder
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.evaluate.run import evaluate
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.run import finetune
from isogloss.recipes.finish import FinishedRun
from isogloss.samples import read_rows
from isogloss.tasks import load_task
from isogloss.training.distill.settings import TrainSettings
from isogloss.training.finetune.settings import FinetuneSettings

GRADED = read_rows("graded")[:60]
PARALLEL = read_rows("train")[:160]
ALL_LEARNS = FinetuneSettings(
    epochs=15, learning_rate=1e-3, frozen_tokens=False, frozen_lower_layers=0.0, precision="fp32"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grades in English and German, English inferences, parallel sentences."""
    place = tmp_path_factory.mktemp("zero-shot")
    for code in ("en", "de"):
        rows = "".join(f"{r['score']}\t{r[code + '1']}\t{r[code + '2']}\n" for r in GRADED)
        (place / f"{code}.tsv").write_text(rows, encoding="utf-8")
    inferences = ["premise\thypothesis\tlabel\n"]
    for row, other in pairwise(PARALLEL[:31]):
        text = row["en"].rstrip(".")
        inferences += [f"{text}.\t{text} indeed.\tentailment\n"]
        inferences += [f"{text}.\t{other['en']}\tcontradiction\n"]
    (place / "nli.tsv").write_text("".join(inferences), encoding="utf-8")
    pairs = "".join(f"{row['en']}\t{row['de']}\n" for row in PARALLEL)
    (place / "pairs.tsv").write_text(pairs, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def encoder(make_encoder: Callable[[str], Path]) -> Path:
    """The shape of XLM-R, as a hub has it: it was never a sentence model."""
    return make_encoder("xlm-roberta")


@pytest.fixture(scope="module")
def english_only(encoder: Path, folder: Path) -> tuple[FinishedRun, FinishedRun]:
    """Inferences first, then grades."""
    first = FinetuneRecipe(
        model=str(encoder),
        out=str(folder / "nli"),
        nli=(f"en={folder / 'nli.tsv'}",),
        pooling="mean",
        training=ALL_LEARNS,
    )
    graded = (f"en={folder / 'en.tsv'}",)
    second = FinetuneRecipe(
        model=first.out, out=str(folder / "stsb"), sts=graded, dev_share=0.0, training=ALL_LEARNS
    )
    return finetune(first), finetune(second)


@pytest.fixture(scope="module")
def spearman(
    encoder: Path,
    folder: Path,
    english_only: tuple[FinishedRun, FinishedRun],
    tiny_teacher: Path,
) -> Mapping[tuple[str, str], float]:
    """By model and languages: the encoder's plain mean, English alone, a student."""
    student = distill(
        DistillRecipe(
            teacher=str(tiny_teacher),
            pairs=(f"en-de={folder / 'pairs.tsv'}",),
            out=str(folder / "student"),
            student=StudentRecipe(kind=str(encoder)),
            training=TrainSettings(epochs=1, learning_rate=2e-3, precision="fp32"),
        )
    )
    names = {"mean": f"mean:{encoder}", "student": str(student.folder)}
    names["english"] = str(english_only[1].folder)
    english, german = folder / "en.tsv", folder / "de.tsv"
    places = {"en-en": english, "de-de": german, "en-de": f"{english},{german}"}
    tasks = [load_task(f"sts:{languages}={place}") for languages, place in places.items()]
    scores = evaluate({label: open_encoder(name) for label, name in names.items()}, tasks).scores
    return {
        (label, score.languages): score.value
        for label, found in scores.items()
        for score in found
        if score.metric == "spearman" and score.value is not None
    }


def test_it_is_taught_english_alone(english_only: tuple[FinishedRun, FinishedRun]) -> None:
    first, second = english_only
    assert [run.record.languages for run in english_only] == [["en"], ["en"]]
    assert (first.record.data.triplets, set(second.record.data.sts)) == (30, {"en"})
    assert second.record.start.fingerprint == first.record.student.fingerprint
    for run in english_only:
        assert SentenceTransformer(str(run.folder), device="cpu")[1].pooling_mode == "mean"


def test_it_is_scored_in_another_language_beside_a_student(
    spearman: Mapping[tuple[str, str], float],
) -> None:
    for languages in ("en-en", "de-de", "en-de"):
        values = {spearman[label, languages] for label in ("mean", "english", "student")}
        assert len(values) == 3, languages
    assert spearman["english", "en-en"] > 0.8  # learned by heart
    assert spearman["english", "de-de"] < 0.5  # never seen

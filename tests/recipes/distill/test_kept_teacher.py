"""A teacher that a recipe changes stays with its student, so that languages can be added later."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.names import fingerprint_model
from isogloss.errors import InputError, MissingFileError
from isogloss.recipes.distill.dry_run import plan
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.samples import read_rows


@pytest.fixture(scope="module")
def finished(recipe: DistillRecipe, tmp_path_factory: pytest.TempPathFactory) -> DistillRecipe:
    out = tmp_path_factory.mktemp("shortened") / "de"
    training = replace(recipe.training, minutes=0.0)
    made = replace(recipe, out=str(out), teacher_dim=16, training=training)
    distill(made)
    return made


@pytest.fixture
def grown(finished: DistillRecipe, tmp_path: Path) -> DistillRecipe:
    path = tmp_path / "corpus.tsv"
    rows = read_rows("train")[100:300]  # other sentences, other principal components
    path.write_text("".join(f"{r['en']}\t{r['es']}\n" for r in rows), encoding="utf-8")
    student = StudentRecipe(finished.out, finished.student.transplant)
    return replace(finished, pairs=(f"en-es={path}",), out=str(tmp_path / "out"), student=student)


def test_it_is_a_model_of_its_own(finished: DistillRecipe) -> None:
    out = Path(finished.out)
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert (run["teacher"]["folder"], run["teacher"]["dim"]) == ("teacher", 16)
    assert run["teacher"]["fingerprint"] == fingerprint_model(out / "teacher")
    assert run["teacher"]["base"] == fingerprint_model(Path(finished.teacher))
    texts = [row["en"] for row in read_rows("train")[:20]]
    teacher, student = load_encoder(out / "teacher"), load_encoder(out)
    assert student.model_fingerprint == run["student"]["fingerprint"]
    cosines = (teacher.encode(texts) * student.encode(texts)).sum(axis=1)
    assert np.median(cosines) > 0.99  # untrained: most sentences are cut as before


def test_a_language_is_added_with_it(finished: DistillRecipe, grown: DistillRecipe) -> None:
    told = plan(grown)
    assert told["teacher"]["dim"] == 16
    sources = told["estimate"]["distinct_source_sentences"]
    assert 0 < told["estimate"]["targets_to_embed"] < sources
    assert told["estimate"]["target_store_bytes"] == (2 * 16 + 16) * sources
    assert not Path(grown.out).exists()
    result = distill(grown)
    before = fingerprint_model(Path(finished.out) / "teacher")
    assert result.record.teacher.fingerprint == before
    assert fingerprint_model(Path(grown.out) / "teacher") == before
    assert [row.languages for row in result.record.data] == ["en-es", "en-de"]


def test_its_folder_will_do_as_the_teacher(finished: DistillRecipe, grown: DistillRecipe) -> None:
    named = replace(grown, teacher=str(Path(finished.out) / "teacher"), teacher_dim=None)
    assert plan(named)["teacher"]["dim"] == 16


@pytest.mark.parametrize("dim", [None, 8])
def test_another_width_is_another_teacher(grown: DistillRecipe, dim: int | None) -> None:
    for work in (plan, distill):
        with pytest.raises(InputError, match=r"with teacher_dim=16, not from.*the same teacher"):
            work(replace(grown, teacher_dim=dim))
    assert not Path(grown.out).exists()


def test_it_is_missed_where_it_is_gone(
    finished: DistillRecipe, grown: DistillRecipe, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(finished.out, moved, ignore=shutil.ignore_patterns("teacher"))
    student = replace(grown.student, kind=str(moved))
    with pytest.raises(MissingFileError, match=r"moved.teacher' is not there.*copy it there"):
        distill(replace(grown, student=student))
    assert not Path(grown.out).exists()

"""What a student is made from: two words are kinds, a folder is a run, all else is an encoder."""

from pathlib import Path

import pytest

from isogloss.recipes.distill.prepared import Prepared, PreparedFacts
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.student import resolve_student
from isogloss.training.distill.settings import TrainSettings

from .test_growing import run_of


@pytest.mark.parametrize("kind", ["transplant", "static"])
def test_a_folder_that_is_called_like_a_kind_changes_nothing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_of(tmp_path / kind, command="distill", student={"kind": "static", "tokens_after": 9})
    monkeypatch.chdir(tmp_path)
    new, grown = (resolve_student(StudentRecipe(name)) for name in (kind, f"./{kind}"))
    assert (new.student.kind, new.base_run, new.tokens) == (kind, None, None)
    assert grown.base_run is not None
    assert (grown.student.kind, grown.base_run.folder, grown.tokens) == ("static", Path(kind), 9)


def test_what_is_no_run_is_an_encoder(tmp_path: Path) -> None:
    evaluated = run_of(tmp_path / "evaluated", command="evaluate")
    for name in ("intfloat/multilingual-e5-small", evaluated):
        source = resolve_student(StudentRecipe(name, start="ridge"))
        assert (source.student.kind, source.base_run) == ("pretrained", None)


def test_code_is_only_run_where_a_student_brings_some() -> None:
    given = {"remote_code": True}
    assert not StudentRecipe("static", pretrained=given).remote_code  # type: ignore[arg-type]
    assert StudentRecipe("some/encoder", pretrained=given).remote_code  # type: ignore[arg-type]
    assert not StudentRecipe("some/encoder").remote_code


@pytest.mark.parametrize(
    ("asked", "chosen", "found"),
    [(None, None, 2_048), (None, 16_384, 16_384), (512, None, 512), (512, 16_384, 512)],
)
def test_a_run_keeps_the_batch_that_it_began_with_unless_the_recipe_says_one(
    asked: int | None, chosen: int | None, found: int, tmp_path: Path
) -> None:
    recipe = DistillRecipe(
        out=str(tmp_path),
        teacher="any",
        pairs=("en-de=any.tsv",),
        training=TrainSettings(tokens_per_batch=asked),
    )
    facts = PreparedFacts.model_construct(tokens_per_batch=chosen)
    prepared = Prepared(tmp_path, tmp_path, facts, resolve_student(recipe.student))
    assert prepared.resolved(recipe).training.tokens_per_batch == found

"""An output folder that is in use is left as it is, and the ways out are named."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.cli.places import folder
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.reproduce.recipe import ReproduceRecipe
from isogloss.runs.folder import check_folder


@pytest.fixture
def words(tiny_teacher: Path, pairs: Path, tmp_path: Path) -> list[object]:
    teacher_and_pairs: list[object] = ["--teacher", tiny_teacher, "--pairs", f"en-de={pairs}"]
    return ["distill", *teacher_and_pairs, "--out", tmp_path / "out"]


def test_a_folder_of_somebody_else_is_left_alone(
    isogloss: Any, words: list[object], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    for option in ([], ["--resume"], ["--overwrite"]):
        outcome = isogloss(*words, *option)
        assert outcome.status == 2
        [line] = outcome.errors
        assert "choose another folder" in line
        assert "--resume" not in line
        assert [file.name for file in out.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("begun", "said", "not_said"),
    [("work", ["--resume", "--overwrite"], []), ("run.json", ["--overwrite"], ["--resume"])],
)
def test_a_folder_in_use_names_the_ways_out(
    isogloss: Any,
    words: list[object],
    tmp_path: Path,
    begun: str,
    said: list[str],
    not_said: list[str],
) -> None:
    place = tmp_path / "out" / begun
    place.parent.mkdir()
    if begun == "work":
        place.mkdir()
    else:
        place.write_text('{"isogloss": "0.1.0"}')
    outcome = isogloss(*words)
    assert outcome.status == 2
    [line] = outcome.errors
    assert "is not empty" in line
    assert all(way in line for way in said)
    assert not any(way in line for way in not_said)
    assert place.exists()


def test_a_finished_run_is_not_resumed(isogloss: Any, words: list[object], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text('{"isogloss": "0.1.0"}')
    outcome = isogloss(*words, "--resume")
    assert (outcome.status, len(outcome.errors)) == (2, 1)
    assert "is finished" in outcome.errors[0]


@pytest.mark.parametrize(
    "words",
    [
        "evaluate --model m --task bitext:en-de=x.tsv",
        "compare a b",
        "trim --model m --languages de",
        "quickstart",
        "distill --teacher m --pairs en-de=x.tsv",
        "finetune --model m --sts en=x.tsv",
        "reproduce table1",
    ],
)
def test_a_folder_without_a_name_is_asked_for(
    isogloss: Any, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = isogloss(*words.split(), "--out", "")
    assert (outcome.status, outcome.out) == (2, "")
    [line] = outcome.errors
    assert re.search(r"names no folder; expected one|no out was given", line)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", [".", "..", "/"])
def test_no_verb_writes_beside_what_is_there(
    isogloss: Any, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for words in (
        "evaluate --model m --task bitext:en-de=x.tsv",
        "trim --model m --languages de",
        "quickstart",
    ):
        outcome = isogloss(*words.split(), "--out", place)
        assert (outcome.status, outcome.out) == (2, "")
        assert "is not empty" in outcome.errors[0]
    assert [path.name for path in tmp_path.rglob("*")] == ["here", "mine"]


def test_what_a_file_browser_leaves_does_not_fill_a_folder(tmp_path: Path) -> None:
    for name in (".DS_Store", "._notes", "Thumbs.db"):
        (tmp_path / name).touch()
    check_folder(tmp_path, resume=False, overwrite=False)
    (tmp_path / "rejects").mkdir()
    (tmp_path / "rejects" / "01-en-de.tsv").touch()
    (tmp_path / "rejects" / ".DS_Store").touch()
    check_folder(tmp_path, resume=False, overwrite=False)


def test_a_dry_run_says_that_its_folder_is_in_use(
    isogloss: Any, words: list[object], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    outcome = isogloss(*words, "--dry-run")
    assert outcome.status == 0
    assert json.loads(outcome.out)["estimate"]["out_exists"]
    [line] = outcome.errors
    assert re.match(r"the run itself would be refused: --out .* is not empty and holds no", line)


def test_a_tilde_is_the_home_wherever_a_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    distill = DistillRecipe(teacher=Path("t"), pairs=("en-de=x",), out=Path("~/a"))
    finetune = FinetuneRecipe(model="m", sts=("en=x",), out="~/a")
    study = ReproduceRecipe("table1", "~/a", models=("m",))
    assert {one.out for one in (distill, finetune, study)} == {str(tmp_path / "a")}
    assert distill.fingerprint() == replace(distill, teacher="t", out="b").fingerprint()
    assert folder("~/a") == tmp_path / "a"


@pytest.mark.parametrize("run", ['{"command": "distill", "recipe": "x"}', "[" * 100_000])
def test_a_run_whose_recipe_is_none_is_one_line(isogloss: Any, run: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(run)
    outcome = isogloss("distill", "--recipe-from", tmp_path / "run.json", "--out", tmp_path / "o")
    assert outcome.status == 2
    [line] = outcome.errors
    assert re.search("recipe is 'x'|is no JSON", line)


def test_a_run_of_another_command_is_not_repeated(isogloss: Any, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"command": "distill", "recipe": {"teacher": "t"}}')
    outcome = isogloss("finetune", "--recipe-from", tmp_path, "--out", tmp_path / "o")
    assert outcome.status == 2
    [line] = outcome.errors
    assert "is a run of distill; expected one of finetune" in line

"""Where pairs or tests are read a second time a pipe is refused, before anything is done."""

import os
from pathlib import Path

import pytest

from isogloss.data import Cleaning, ParallelSentences
from isogloss.errors import InputError, MissingFileError
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import BaseRun, load_replay
from isogloss.recipes.reproduce.recipe import ReproduceRecipe
from isogloss.recipes.reproduce.run import plan_study
from isogloss.recipes.reproduce.studies import STUDIES
from isogloss.runs.parts import PairsData
from isogloss.runs.record import DistillRecord

STUDY = next(name for name, study in STUDIES.items() if study.varies == "sizes")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_pairs_of_an_earlier_run_that_came_through_a_pipe_are_not_read_from_another(
    pipe: Path,
) -> None:
    part = PairsData(languages="en-de", where=f"en-de={pipe}")
    earlier = BaseRun(Path("runs/de"), DistillRecord(command="distill", data=[part]))
    given = [ParallelSentences("en", "uk", ["a"], ["дім"])]
    with pytest.raises(MissingFileError, match=r"was a pipe, which cannot be read again.*--pairs"):
        load_replay(earlier, given, Cleaning())


@pytest.mark.parametrize("option", ["pairs", "tasks"])
def test_a_study_reads_files(pipe: Path, tmp_path: Path, option: str) -> None:
    (tmp_path / "a.tsv").write_text("one\teins\n", encoding="utf-8")
    pairs = (f"en-de={pipe if option == 'pairs' else tmp_path / 'a.tsv'}",)
    tasks = (f"bitext:en-de={pipe}",) if option == "tasks" else ()
    students = DistillRecipe(teacher="t", pairs=pairs, out=str(tmp_path / "out"))
    recipe = ReproduceRecipe(study=STUDY, out=str(tmp_path / "out"), distill=students, tasks=tasks)
    with pytest.raises(InputError, match="is a pipe, and every row of a study reads it"):
        plan_study(recipe)

"""An evaluation of suites: which languages, what is said of missing sets."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.protocols import FloatArray
from isogloss.recipes.evaluate.run import Evaluation, evaluate, format_table, write_evaluation
from isogloss.recipes.evaluate.suites import (
    ChosenLanguages,
    chosen_languages,
    open_suites,
    taught_languages,
)


class Letters:
    """Embeds a text by its letters."""

    fingerprint = "letters"

    def encode(self, sentences: Sequence[str]) -> FloatArray:
        rows = [[text.count(letter) + 0.1 for letter in "abcdef"] for text in sentences]
        return np.array(rows, np.float32)


def sts(path: Path, mark: str = "", n: int = 20, seed: int = 0) -> None:
    draw = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    words = ["".join(draw.choice(list("abcdef"), 5)) for _ in range(2 * n)]
    lines = [f"{i % 6}\t{words[2 * i]}{mark}\t{words[2 * i + 1]}{mark}\n" for i in range(n)]
    path.write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for at, pair in enumerate(("en-en", "ar-ar", "ar-en", "en-de")):
        sts(tmp_path / "data" / "sts17" / f"{pair}.tsv", seed=at, n=20 + at)
    for code in ("en", "de", "fr"):
        sts(tmp_path / "data" / "stsb" / f"{code}-test.tsv", mark=code)
    folder = tmp_path / "data" / "tatoeba"
    folder.mkdir()
    for code in ("deu", "fra"):
        for side in (code, "eng"):
            text = "".join(f"{'abcdef'[i % 6] * (i + 1)}\n" for i in range(8))
            (folder / f"tatoeba.{code}-eng.{side}").write_text(text)
    return tmp_path / "data"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "de"
    folder.mkdir(parents=True)
    run = {"command": "distill", "data": [{"languages": "en-de"}]}
    (folder / "run.json").write_text(json.dumps(run))
    return folder


def evaluated(root: Path, *names: str, languages: str = "all") -> Evaluation:
    opened = open_suites(names, data_root=root, wanted=chosen_languages(languages))
    return evaluate({"letters": Letters()}, suites=opened.suites, notes=opened.notes)


def test_the_languages_of_the_models_own_run_are_the_default(root: Path, run: Path) -> None:
    wanted = chosen_languages("", [str(run), "x/y"])
    assert wanted == ChosenLanguages(["en", "de"], "the languages of the model's own run")
    opened = open_suites(["stsb-multi-mt", "tatoeba"], data_root=root, wanted=wanted)
    pairs = [task.languages for suite in opened.suites for task in suite.tasks]
    assert pairs == ["en-en", "de-de", "en-de", "de-en", "de-en"]
    assert "in and between en, de, the languages of the model's own run" in opened.notes[0]
    assert taught_languages(["x/y"]) == []


@pytest.mark.parametrize(("said", "n"), [("fr", 4), ("de,fr", 9), ("all", 9), ("", 9)])
def test_languages_that_are_said_win(root: Path, run: Path, said: str, n: int) -> None:
    models = [str(run)] if said else ["x/y"]
    wanted = chosen_languages(said, models)
    (suite,) = open_suites(["stsb-multi-mt"], data_root=root, wanted=wanted).suites
    assert len(suite.tasks) == n


def test_a_data_root_needs_a_suite(root: Path) -> None:
    with pytest.raises(InputError, match="add --suite NAME"):
        open_suites([], data_root=root)
    assert open_suites([]) == ([], [])
    with pytest.raises(InputError, match="--suite NAME"):
        evaluate({"letters": Letters()})


def test_missing_sets_are_named_in_the_scores_and_in_the_report(root: Path, tmp_path: Path) -> None:
    evaluation = evaluated(root, "sts17-paper")
    missing = [score for score in evaluation.scores["letters"] if score.missing]
    names = ["es-es", "en-tr", "en-es", "en-fr", "en-it", "en-nl"]
    assert [score.languages for score in missing] == names
    table = format_table(evaluation)
    assert [row[1] for row in table.rows if row[-1] == "missing"] == names
    (note,) = [note for note in table.notes if "are missing" in note]
    assert note.endswith("6 of 10 test sets are missing and in no mean: " + ", ".join(names))
    write_evaluation(evaluation, tmp_path / "out")
    rows: list[dict[str, Any]] = json.loads((tmp_path / "out" / "scores.json").read_text())
    lacking = [row for row in rows if row["value"] is None]
    assert [row["reason"] for row in lacking] == ["missing: no such test set was found"] * 6
    assert note in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


def test_very_many_missing_sets_stand_in_the_notes_alone(root: Path) -> None:
    evaluation = evaluated(root, "tatoeba")
    assert sum(score.missing for score in evaluation.scores["letters"]) == 110
    table = format_table(evaluation)
    assert not any("missing" in row for row in table.rows)
    assert any("110 of 112 test sets are missing" in note for note in table.notes)

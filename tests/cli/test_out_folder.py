"""An output folder that is in use is left as it is, and the ways out are named."""

from pathlib import Path
from typing import Any

import pytest


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

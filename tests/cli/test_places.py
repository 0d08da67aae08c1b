"""What cannot be written is refused before the first expensive step; what is there stays."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import OutputFolderError


@pytest.fixture
def no_model_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    def loaded(*_: Any, **__: Any) -> None:
        pytest.fail("a model was loaded before the folder was found to be of no use")

    for place in ("recipes.trim", "encoders.encoder", "recipes.distill.prepare"):
        monkeypatch.setattr(f"isogloss.{place}.load_sentence_transformer", loaded)


@pytest.fixture(params=["unwritable", "read-only", "too long", "link", "below a file"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that cannot be written, or made; root is refused nothing, so the system is asked."""
    refused = {"unwritable": errno.EACCES, "read-only": errno.EROFS}
    if request.param in refused:
        (tmp_path / "out").mkdir()
        original = open

        def open_(path: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
            if set(mode) & set("wax") and Path(path).is_relative_to(tmp_path / "out"):
                number = refused[request.param]
                raise OSError(number, os.strerror(number), str(path))
            return original(path, mode, *given, **named)

        monkeypatch.setattr("io.open", open_)
        return tmp_path / "out"
    if request.param == "too long":
        return tmp_path / ("x" * 300)
    if request.param == "link":
        (tmp_path / "out").symlink_to("gone")
        return tmp_path / "out"
    (tmp_path / "file").touch()
    return tmp_path / "file" / "out"


@pytest.mark.parametrize("verb", ["distill", "finetune", "trim", "evaluate"])
def test_a_place_of_no_use_is_refused_first(
    isogloss: Any, tiny_teacher: Path, pairs: Path, place: Path, no_model_loads: None, verb: str
) -> None:
    words: dict[str, list[object]] = {
        "distill": ["--teacher", tiny_teacher, "--pairs", f"en-de={pairs}"],
        "finetune": ["--model", tiny_teacher, "--sts", f"en={pairs}"],
        "trim": ["--model", tiny_teacher, "--text", pairs],
        "evaluate": ["--model", tiny_teacher, "--task", f"bitext:en-de={pairs}"],
    }
    outcome = isogloss(verb, *words[verb], "--out", place)
    assert (outcome.status, outcome.out) == (2, "")
    [line] = outcome.errors
    assert line.startswith("isogloss: ")
    assert "; expected " in line


def test_scores_that_cannot_be_written_are_printed(
    isogloss: Any,
    tiny_teacher: Path,
    pairs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OutputFolderError("the disk is full")

    monkeypatch.setattr("isogloss.recipes.evaluate.run.write_results", full)
    task = f"bitext:en-de={pairs}"
    words = ["evaluate", "--model", tiny_teacher, "--task", task, "--out", tmp_path / "out"]
    outcome = isogloss(*words)
    assert outcome.status == 2
    assert "accuracy_mean" in outcome.out
    assert outcome.errors[-1] == "isogloss: the disk is full"


def test_a_model_that_is_a_link_to_nowhere_is_named(
    isogloss: Any, pairs: Path, tmp_path: Path
) -> None:
    (tmp_path / "model").symlink_to("gone")
    words = ["evaluate", "--model", tmp_path / "model", "--task", f"bitext:en-de={pairs}"]
    outcome = isogloss(*words)
    assert outcome.status == 2
    assert "is a link to 'gone', which is not there" in outcome.errors[-1]

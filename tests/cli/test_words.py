"""Words that the command line cannot read: a line that has them, and exit status 2."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["distill", "--minutes", "abc"], "'--minutes': Input .* ('abc' was given); see `isogloss"),
        (["distill", "--seed=1.5"], "('1.5' was given); see `isogloss distill --help`"),
        (["finetune", "--crossings", "x"], "'x' is not one of"),
        (["distill", "--nonsense"], "No such option: --nonsense"),
        (["trim", "--out", "o"], "Missing option '--model'; see `isogloss trim --help`"),
        (["nope"], "No such command 'nope'; see `isogloss --help`"),
        (["distill", "--minutes"], "'--minutes'"),
    ],
)
def test_a_line_says_what_and_where(
    words: list[str], said: str, isogloss: Callable[..., Any]
) -> None:
    ended = isogloss(*words)
    assert (ended.status, len(ended.errors)) == (2, 1)
    for part in said.split(" .* "):
        assert part in ended.errors[0]


def test_no_words_are_answered_with_the_help_page(isogloss: Callable[..., Any]) -> None:
    ended = isogloss()
    assert ended.status == 2
    assert "Usage" in "\n".join([ended.out, *ended.errors])


def test_a_working_folder_that_is_gone_is_told(
    isogloss: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    ended = isogloss("evaluate", "--model", "m", "--task", "sts:de-de=x.tsv")
    assert (ended.status, len(ended.errors)) == (2, 1)
    assert "the folder that you are in is gone" in ended.errors[0]

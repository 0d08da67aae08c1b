"""`isogloss finetune` with wrong input: status 2, one line, nothing left behind."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ENGLISH = "".join(f"{n % 6}\tSentence {n}.\tOther {n}.\n" for n in range(40))


@pytest.fixture
def graded(tmp_path: Path) -> Callable[[str, str], str]:
    def write(language: str, text: str) -> str:
        path = tmp_path / f"{language}.tsv"
        path.write_text(text, encoding="utf-8")
        return f"{language}={path}"

    return write


def fails(outcome: Any, match: str, out: Path) -> None:
    assert outcome.status == 2, outcome
    [line] = [line for line in outcome.errors if line.startswith("isogloss: ")]
    assert re.search(match, line), line
    assert not out.exists()


@pytest.mark.parametrize(
    ("german", "match"),
    [
        (ENGLISH[: ENGLISH.index("\n") + 1], r"40 rows and .* expected the same pairs row by row"),
        (ENGLISH.replace("5\tS", "4\tS"), r"has the score 5\.0 and .* 4\.0; expected one grade"),
        (ENGLISH.replace("5\tS", "9\tS"), r"line 6: score is '9'; expected a number from 0 to 5"),
        (ENGLISH.replace("\tOther", " Other"), r"line 1: 2 columns; expected at least 3"),
        ("", r"has no rows; expected rows of score"),
    ],
)
def test_files_that_do_not_fit(
    isogloss: Any,
    graded: Callable[[str, str], str],
    tiny_teacher: Path,
    tmp_path: Path,
    german: str,
    match: str,
) -> None:
    words = ["--sts", graded("en", ENGLISH), "--sts", graded("de", german)]
    out = tmp_path / "out"
    fails(isogloss("finetune", "--model", tiny_teacher, *words, "--out", out), match, out)


def test_languages_without_overlap(
    isogloss: Any, graded: Callable[[str, str], str], tiny_teacher: Path, tmp_path: Path
) -> None:
    head = "id\tscore\tsentence1\tsentence2\n"
    words = [
        *("--sts", graded("en", head + "a\t1\tOne.\tTwo.\nb\t2\tThree.\tFour.\n")),
        *("--sts", graded("de", head + "c\t1\tEins.\tZwei.\n")),
    ]
    out = tmp_path / "out"
    outcome = isogloss("finetune", "--model", tiny_teacher, *words, "--out", out)
    fails(outcome, r"no id in common; expected .* or use --crossings none", out)


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_test_that_chooses_the_weights(
    isogloss: Any,
    graded: Callable[[str, str], str],
    tiny_teacher: Path,
    tmp_path: Path,
    more: list[str],
) -> None:
    test = graded("de", ENGLISH.replace("n", "nn"))
    words = ["--sts", graded("en", ENGLISH), "--dev", test, "--test", test]
    words += ["--crossings", "none", *more]
    out = tmp_path / "out"
    outcome = isogloss("finetune", "--model", tiny_teacher, *words, "--out", out)
    match = f"40 of 40 pairs of --test {test} are among those of --dev {test}; expected tests that"
    fails(outcome, match, out)


def test_folds_that_cannot_be_grouped(
    isogloss: Any, graded: Callable[[str, str], str], tiny_teacher: Path, tmp_path: Path
) -> None:
    one = "".join(f"{n % 6}\tThe same sentence.\tOther {n}.\n" for n in range(40))
    out = tmp_path / "out"
    words = ["--model", tiny_teacher, "--sts", graded("en", one), "--out", out]
    fails(isogloss("finetune", *words), r"40 graded pairs make 1 groups .* give --dev", out)


def test_folds_of_a_search_that_cannot_be_made(
    isogloss: Any, graded: Callable[[str, str], str], tiny_teacher: Path, tmp_path: Path
) -> None:
    """Told while the pairs are read, so that the folder is free for the next try."""
    two = "".join(f"{n % 6}\tSentence {n // 20}.\tOther {n}.\n" for n in range(40))
    out = tmp_path / "out"
    words = ["--model", tiny_teacher, "--search", 2, "--set", "dev_share=0", "--out", out]
    few = isogloss("finetune", *words, "--folds", 4, "--sts", graded("en", two))
    fails(few, r"40 pairs make 2 groups .* ask for fewer folds", out)
    small = isogloss("finetune", *words, "--folds", 5, "--sts", graded("en", ENGLISH))
    fails(small, r"make a fold of 8 for the search; expected at least 10 in each of 5", out)


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_search_without_optuna(
    isogloss: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    """Told before anything is read: the model is not there, and the file is empty."""
    monkeypatch.setitem(sys.modules, "optuna", None)
    out, file = tmp_path / "out", tmp_path / "empty.tsv"
    file.touch()
    words = ["--model", tmp_path / "none", "--sts", f"en={file}", "--search", 2, "--out", out]
    fails(isogloss("finetune", *words, *more), r"pip install 'isogloss\[search\]'", out)


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["--sts", "en=none.tsv"], r"none\.tsv"),
        ([], "neither graded pairs nor triplets"),
        (["--sts", "none.tsv"], "expected LANG=FILE"),
        (["--sts", "en=a.tsv", "--set", "training.rate=1"], r"'training\.rate' is unknown"),
        (["--sts", "en=a.tsv", "--set", "search.folds=1"], r"search\.folds is 1"),
        (
            ["--sts", "en=a.tsv", "--search", "2", "--minutes", "1"],
            r"training\.minutes is 1\.0 and a search .* leave --minutes out",
        ),
        (
            ["--sts", "en=a.tsv", "--search", "2", "--epochs", "2"],
            r"training\.epochs is 2\.0 and a search .* search\.epochs=\[1, 2\]",
        ),
    ],
)
def test_options_that_cannot_be_used(
    isogloss: Any,
    tiny_teacher: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    match: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.tsv").touch()
    out = tmp_path / "out"
    fails(isogloss("finetune", "--model", tiny_teacher, "--out", out, *words), match, out)


def test_a_model_and_a_folder_are_needed(isogloss: Any, tmp_path: Path) -> None:
    outcome = isogloss("finetune", "--sts", "en=a.tsv", "--out", tmp_path / "out")
    fails(outcome, "no model was given; expected one: add --model", tmp_path / "out")

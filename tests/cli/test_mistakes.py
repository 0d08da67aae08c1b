"""A user's mistake ends with status 2 and one line, and leaves nothing behind."""

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Words = Callable[[Path, Path], list[object]]
"""The options of a command line, from the folder of the test and a corpus that is in order."""


def unequal_moses(folder: Path, pairs: Path) -> list[object]:
    (folder / "a.en").write_text("One line.\nAnother line.\nA third line.\n")
    (folder / "a.de").write_text("Eine Zeile.\nNoch eine Zeile.\n")
    return ["--pairs", f"en-de={folder}/a.en,{folder}/a.de"]


def nothing_usable(folder: Path, pairs: Path) -> list[object]:
    (folder / "bad.tsv").write_text("no tab here\n\t\nonly source\t\n")
    return ["--pairs", f"en-de={folder}/bad.tsv"]


def too_few(folder: Path, pairs: Path) -> list[object]:
    (folder / "few.tsv").write_text("The cat sleeps.\tDie Katze schläft.\n")
    return ["--pairs", f"en-de={folder}/few.tsv"]


def recipe_of(text: str) -> Words:
    def words(folder: Path, pairs: Path) -> list[object]:
        (folder / "recipe.toml").write_text(text)
        return [folder / "recipe.toml", "--pairs", f"en-de={pairs}"]

    return words


def also(*words: str) -> Words:
    return lambda folder, pairs: ["--pairs", f"en-de={pairs}", *words]


MISTAKES: dict[str, tuple[Words, str]] = {
    "missing file": (
        lambda folder, pairs: ["--pairs", "en-de=nowhere/corpus.tsv"],
        r"nowhere/corpus\.tsv.*expected",
    ),
    "unequal lines": (unequal_moses, r"3.*2.*expected"),
    "no usable pair": (nothing_usable, r"bad\.tsv.*expected"),
    "too few pairs": (too_few, r"en-de has 1 usable pair with 1 .*expected at least 100 different"),
    "unknown language": (
        lambda folder, pairs: ["--pairs", f"en-xq={pairs}"],
        r"'xq'.*expected",
    ),
    "no languages": (
        lambda folder, pairs: ["--pairs", pairs],
        r"does not tell the languages; write them in front",
    ),
    "two sources": (also("--pairs", "de-en=@PAIRS@"), r"source languages de, en; expected one"),
    "no teacher folder": (also("--teacher", "./nowhere"), r"'\./nowhere' not found.*give"),
    "no teacher name": (also("--teacher", "nobody/nothing"), r"tried.*isogloss\[offline\]"),
    "folder without model": (also("--teacher", "@EMPTY@"), r"holds no model.*give"),
    "student that is a decoder": (
        also("--student", "@DECODER@"),
        r"is a decoder \(gpt2\); expected an encoder.*--student transplant",
    ),
    "student that is an encoder-decoder": (
        also("--student", "@ENCODER_DECODER@"),
        r"is an encoder-decoder \(t5\); expected an encoder.*--student transplant",
    ),
    "student with a slow tokenizer": (
        also("--student", "@SLOW@"),
        r"tokenizer \(ByT5Tokenizer\) has no fast version; expected one with a tokenizer\.json",
    ),
    "student with code of its own": (
        also("--student", "@OWN_CODE@"),
        r"code of its own.*student\.pretrained\.remote_code=true",
    ),
    "student trimmed to too little": (
        also("--student", "@TEACHER@", "--set", "student.pretrained.trim=5"),
        r"budget of 5 tokens does not hold the \d+ special.*student\.pretrained\.trim",
    ),
    "no student": (also("--student", "./nowhere"), r"'\./nowhere' not found"),
    "teacher with a slow tokenizer": (also("--teacher", "@SLOW@"), r"has no fast version"),
    "teacher made no narrower": (
        also("--set", "teacher_dim=32"),
        r"teacher_dim is 32; expected a width below the teacher's 32",
    ),
    "teacher of no width": (
        also("--set", "teacher_dim=0"),
        r"teacher_dim is 0; expected a number above 0",
    ),
    "teacher without pooling": (
        also("--teacher", "@STATIC@", "--student", "static", "--set", "teacher_pooling=cls"),
        r"no pooling to replace.*leave teacher_pooling out",
    ),
    "unknown key": (
        also("--set", "training.epoch=2"),
        r"'training\.epoch' is unknown.*did you mean 'training\.epochs'",
    ),
    "unknown key in a recipe": (
        recipe_of("[student]\nkinds = 'static'\n"),
        r"'student\.kinds' is unknown.*did you mean 'student\.kind'",
    ),
    "wrong type": (
        also("--set", "training.epochs=many"),
        r"training\.epochs is 'many'; expected a valid number",
    ),
    "setting without value": (also("--set", "seed"), r"'seed' has no '='; expected key=value"),
    "value out of range": (
        also("--set", "training.source_share=1.0"),
        r"training\.source_share is 1\.0; expected",
    ),
    "no dev pairs": (also("--set", "dev_pairs=-5"), r"dev_pairs is -5; expected a number above 0"),
    "no room for a token": (
        also("--set", "training.max_tokens=1"),
        r"training\.max_tokens is 1; expected at least 3, of which two are special ones",
    ),
    "teacher that is a baseline": (
        also("--teacher", "mean:@TEACHER@"),
        r"is a baseline, which only `evaluate` makes.*give",
    ),
    "missing recipe": (
        lambda folder, pairs: ["nowhere.toml", "--pairs", pairs],
        r"'nowhere\.toml' does not exist; expected a TOML file",
    ),
    "recipe is no TOML": (recipe_of("teacher = \n"), r"not TOML.*line 1"),
    "missing run": (also("--recipe-from", "nowhere/run.json"), r"nowhere.*expected"),
    "run without recipe": (also("--recipe-from", "@PAIRS@"), r"run\.json"),
    "unknown task": (also("--task", "spelling:en-de=@PAIRS@"), r"spelling.*expected"),
    "out is a file": (also("--out", "@PAIRS@"), r"is a file; expected a folder"),
    "out below a file": (
        also("--out", "@PAIRS@/run"),
        r"cannot be written \(Not a directory\); expected.*choose another",
    ),
}


DRY = (
    "missing file",
    "unequal lines",
    "no usable pair",
    "too few pairs",
    "unknown language",
    "two sources",
    "no teacher folder",
    "student that is a decoder",
    "student that is an encoder-decoder",
    "student with a slow tokenizer",
    "student with code of its own",
    "student trimmed to too little",
    "no student",
    "teacher with a slow tokenizer",
    "teacher made no narrower",
    "teacher of no width",
    "teacher without pooling",
    "unknown task",
)
"""What a dry run finds out as well."""


@pytest.mark.parametrize(
    ("name", "dry"), [(name, False) for name in MISTAKES] + [(name, True) for name in DRY]
)
def test_a_mistake_is_one_line(
    isogloss: Any,
    tiny_teacher: Path,
    models: dict[str, Path],
    pairs: Path,
    tmp_path: Path,
    name: str,
    dry: bool,
) -> None:
    words, message = MISTAKES[name]
    (tmp_path / "empty").mkdir()
    places = models | {"@PAIRS@": pairs, "@EMPTY@": tmp_path / "empty"}
    given = [str(word) for word in words(tmp_path, pairs)]
    for mark, place in places.items():
        given = [word.replace(mark, str(place)) for word in given]
    out = tmp_path / "runs" / "out"
    usual: list[object] = [] if "--teacher" in given else ["--teacher", tiny_teacher]
    usual += [] if "--out" in given else ["--out", out]
    outcome = isogloss("distill", *given, *usual, *(["--dry-run"] if dry else []))
    assert outcome.status == 2
    assert outcome.out == ""
    [line] = outcome.errors
    assert line.startswith("isogloss: ")
    assert re.search(message, line), line
    left = [path for path in out.rglob("*") if path.is_file()]
    assert not left or (name == "no usable pair" and str(left[0]) in line)
    assert all(path.parent == out / "rejects" for path in left)
    assert out.exists() == bool(left)


def test_a_process_of_its_own_prints_that_line_alone(
    tiny_teacher: Path, pairs: Path, tmp_path: Path
) -> None:
    """Neither the bars of the model libraries nor their warnings stand beside it."""
    words = ["--teacher", tiny_teacher, "--student", tiny_teacher, "--pairs", f"en-de={pairs}"]
    words += ["--set", "student.pretrained.layers=[9]"]
    done = subprocess.run(
        [sys.executable, "-m", "isogloss", "distill", *map(str, words), "--out", tmp_path / "out"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 1, lines
    [line] = lines
    assert re.search(r"numbers from 0 to 1, ascending, each once: .* has 2 layers", line), line
    assert not (tmp_path / "out").exists()


def test_what_was_not_given_is_asked_for(isogloss: Any, pairs: Path) -> None:
    for words, option in (
        (["--pairs", f"en-de={pairs}", "--out", "o"], "--teacher"),
        (["--teacher", "t", "--out", "o"], "--pairs"),
        (["--teacher", "t", "--pairs", f"en-de={pairs}"], "--out"),
    ):
        outcome = isogloss("distill", *words)
        assert outcome.status == 2
        [line] = outcome.errors
        assert f"add {option}" in line


def test_a_mistake_leaves_an_empty_folder_empty(
    isogloss: Any, tiny_teacher: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    rest = too_few(tmp_path, tmp_path)
    outcome = isogloss("distill", "--teacher", tiny_teacher, *rest, "--out", tmp_path / "out")
    assert outcome.status == 2
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        *(
            (OSError(number, os.strerror(number), "runs/de/scores.json"), "scores.json")
            for number in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO)
        ),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "ulimit"),
        (OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), "x"), "shorter name"),
        (Exception("No space left on device (os error 28)"), "No space left on device; expected"),
        (MemoryError("9 GiB for an array"), "not enough memory.*9 GiB.*tokens_per_batch"),
        (RuntimeError("[enforce fail] can't allocate memory: 9 bytes"), "not enough memory"),
    ],
    ids=repr,
)
def test_what_a_machine_refuses_is_told(
    isogloss: Any, pairs: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("isogloss.recipes.distill.run.distill", refused)
    outcome = isogloss("distill", "--teacher", "t", "--pairs", f"en-de={pairs}", "--out", "o")
    assert outcome.status == 2
    [line] = outcome.errors
    assert line.startswith("isogloss: ")
    assert re.search(said, line), line
    assert "--resume" in line


@pytest.mark.parametrize("bug", [ValueError("a bug"), RecursionError("deep"), OSError("no number")])
def test_a_bug_is_not_taken_for_a_mistake(
    isogloss: Any, pairs: Path, monkeypatch: pytest.MonkeyPatch, bug: Exception
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise bug

    monkeypatch.setattr("isogloss.recipes.distill.run.distill", broken)
    with pytest.raises(type(bug)):
        isogloss("distill", "--teacher", "t", "--pairs", f"en-de={pairs}", "--out", "o")

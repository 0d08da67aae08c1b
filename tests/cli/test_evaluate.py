"""`isogloss evaluate` with suites: what it prints, and how mistakes end."""

import json
import re
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """STS 2017 with one set, and KorSTS."""
    lines = [f"{i % 6}\tThe {i} cats sleep.\tThere are {i // 2} dogs.\n" for i in range(12)]
    for name in ("sts17/en-en.tsv", "KorSTS/sts-test.tsv"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True)
        path.write_text("".join(lines), encoding="utf-8")
    return tmp_path / "data"


def test_a_suite_is_scored_and_what_it_lacks_is_named(
    isogloss: Any, tiny_teacher: Path, root: Path, tmp_path: Path
) -> None:
    words = ["--model", tiny_teacher, "--model", f"cls:{tiny_teacher}", "--suite", "sts17-paper"]
    words += ["--data-root", root, "--languages", "de", "--out", tmp_path / "out", "--published"]
    outcome = isogloss("evaluate", *words)
    assert outcome.status == 0, outcome.errors
    assert "1 of 2 test sets are missing and in no mean: en-de" in " ".join(outcome.out.split())
    assert re.search(r"en-de .*missing", outcome.out)
    assert "published" in outcome.out
    rows = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert {row["model"] for row in rows} == {"model", "cls:model"}
    assert "## Published results" in (tmp_path / "out" / "report.md").read_text()
    as_json = isogloss("evaluate", *words, "--json")
    assert json.loads(as_json.out) == rows


MISTAKES = {
    "unknown suite": (["--suite", "stsb-multimt"], r"did you mean 'stsb-multi-mt'"),
    "no data root": (["--suite", "sts17", "--data-root", "@ROOT@/x"], r"/x' does not exist"),
    "language of no suite": (
        ["--suite", "sts17", "--data-root", "@ROOT@", "--languages", "uk"],
        r"no suite has uk; expected languages of sts17: ar, de",
    ),
    "unknown language": (
        ["--suite", "sts17", "--data-root", "@ROOT@", "--languages", "xq"],
        r"unknown language code 'xq'",
    ),
    "nothing found": (
        ["--suite", "mstsb", "--data-root", "@ROOT@"],
        r"suite mstsb: nothing was found; expected .* as \{a\}\.tsv.* of .*data",
    ),
    "no copy on the hub": (["--suite", "mstsb"], r"add --data-root DIR"),
    "data root alone": (["--data-root", "@ROOT@"], r"add --suite NAME"),
    "nothing to do": ([], r"--task KIND:LANGS=WHERE or --suite NAME"),
    "unknown baseline": (
        ["--suite", "sts17", "--data-root", "@ROOT@", "--model", "meen:x"],
        r"did you mean 'mean'",
    ),
    "prompts that are no one's": (
        ["--suite", "sts17", "--data-root", "@ROOT@", "--prompt", "a", "--prompt", "b"],
        r"--prompt was given 2 times for 1 models; expected once for all, or once per --model",
    ),
    "a teacher's prompt alone": (
        ["--suite", "sts17", "--data-root", "@ROOT@", "--teacher-prompt", "a"],
        r"--teacher-prompt 'a' was given without a teacher",
    ),
    "no place for mteb's files": (
        ["--suite", "sts17", "--data-root", "@ROOT@", "--mteb-results"],
        r"add --out DIR",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(isogloss: Any, tiny_teacher: Path, root: Path, name: str) -> None:
    words, message = MISTAKES[name]
    given = [word.replace("@ROOT@", str(root)) for word in words]
    if "--model" not in given:
        given += ["--model", str(tiny_teacher)]
    outcome = isogloss("evaluate", *given)
    assert (outcome.status, outcome.out) == (2, "")
    [line] = outcome.errors
    assert re.search(message, line), line


def test_prompts_are_given_on_the_command_line_and_said_of_every_score(
    isogloss: Any, tiny_teacher: Path, root: Path
) -> None:
    words = ["--model", tiny_teacher, "--model", f"cls:{tiny_teacher}"]
    words += ["--task", f"sts:en-en={root / 'sts17' / 'en-en.tsv'}", "--teacher", tiny_teacher]
    words += ["--prompt", "", "--prompt", "query | is: ", "--teacher-prompt", "tell: ", "--json"]
    outcome = isogloss("evaluate", *words)
    assert outcome.status == 0, outcome.errors
    rows = {(row["model"], row["metric"]): row["signature"] for row in json.loads(outcome.out)}
    assert "prompt" not in rows["model", "spearman"]
    assert rows["cls:model", "spearman"].endswith('|prompt:"query \\u007c is: "')
    assert rows["cls:model", "retention"].endswith('|teacher_prompt:"tell: "')

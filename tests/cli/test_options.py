"""What the options resolve to, and the pages that explain them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from isogloss.cli.app import app
from isogloss.cli.distill import resolve
from isogloss.cli.reproduce import resolve as resolve_study
from isogloss.cli.terminal import Terminal
from isogloss.errors import InputError

GIVEN = {"teacher": "t", "pairs": ["en-de=a.tsv"], "out": "o"}


@pytest.fixture(autouse=True)
def _files_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.tsv", "b.tsv", "c.tsv"):
        Path(name).touch()


VERBS = [str(command.name) for command in app.registered_commands]


@pytest.mark.parametrize("verb", [[], *([verb] for verb in VERBS)])
def test_every_verb_has_a_help_page(verb: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "isogloss", *verb, "--help"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage" in done.stdout


def test_the_version_is_printed(isogloss: Any) -> None:
    from isogloss.runs.provenance import code_version

    outcome = isogloss("--version")
    assert (outcome.status, outcome.out) == (0, f"isogloss {code_version()}\n")


def test_recipe_then_options_then_settings(tmp_path: Path) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        'teacher = "from recipe"\npairs = ["en-de=a.tsv"]\nout = "from recipe"\n'
        "[training]\nepochs = 1\nseed = 1\nlearning_rate = 1e-4\n",
        encoding="utf-8",
    )
    options = {"out": "from option", "training": {"epochs": 2.0, "seed": 2}}
    resolved = resolve(recipe, None, options, ["training.seed=3", "student.kind=xlm-r"])
    assert (resolved.teacher, resolved.out) == ("from recipe", "from option")
    training = resolved.training
    assert (training.learning_rate, training.epochs, training.seed) == (1e-4, 2.0, 3)
    assert resolved.student.kind == "xlm-r"
    assert resolved.pairs == ("en-de=a.tsv",)


def test_none_takes_a_limit_away(tmp_path: Path) -> None:
    options = GIVEN | {"training": {"epochs": 2.0, "minutes": 1.0}}
    assert resolve(None, None, options, ["training.epochs=none"]).training.epochs is None


def test_a_study_of_students_takes_a_recipe_as_distill_does(tmp_path: Path) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text('teacher = "t"\npairs = ["en-de=a.tsv"]\ntasks = ["sts:en-de=b.tsv"]\n')
    training = {"training": {"minutes": 5.0}}
    rest = {"sizes": [500, 200], "suites": ["tatoeba"]}
    study = resolve_study("table6", recipe, "o", None, training, ["dev_pairs=9"], rest).resolved()
    assert (study.sizes, study.suites, study.tasks) == (
        (200, 500),
        ("tatoeba",),
        ("sts:en-de=b.tsv",),
    )
    assert study.distill is not None
    assert (study.teacher, study.distill.dev_pairs, study.distill.training.minutes) == ("t", 9, 5.0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("tabel6 --out o", "study 'tabel6' is unknown"),
        ("table6", "no out was given"),
        ("table6 --out o --teacher t", "no pairs was given"),
        ("table2 --out o --pairs en-de=a.tsv", "trains none"),
        ("table6 --out o --sizes 1k", "--sizes '1k' holds what is no whole number"),
        ("table2 --out o --model t --sizes 100", "no rows of different sizes"),
    ],
)
def test_a_study_that_cannot_be_is_one_line(isogloss: Any, words: str, message: str) -> None:
    outcome = isogloss("reproduce", *words.split())
    assert outcome.status == 2
    (line,) = outcome.errors
    assert message in line


def test_a_run_is_repeated_from_its_account(tmp_path: Path) -> None:
    recipe = {"teacher": "t", "pairs": ["en-de=a.tsv"], "out": "there", "training": {"seed": 7}}
    (tmp_path / "run.json").write_text(json.dumps({"command": "distill", "recipe": recipe}))
    for place in (tmp_path, tmp_path / "run.json"):
        resolved = resolve(None, place, {"out": "here"}, [])
        assert (resolved.out, resolved.training.seed) == ("here", 7)
        with pytest.raises(InputError, match="--out"):
            resolve(None, place, {}, [])


def test_options_reach_the_recipe(
    isogloss: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from isogloss.recipes.distill import dry_run

    seen: list[Any] = []
    monkeypatch.setattr(dry_run, "plan", lambda recipe: seen.append(recipe) or {})
    words = ["distill", "--teacher", "t", "--pairs", "en-de=a.tsv", "--pairs", "en-uk=b.tsv"]
    words += ["--out", "o", "--minutes", "1.5", "--epochs", "0.5", "--seed", "0", "--student", "s"]
    words += ["--task", "sts:de-de=c.tsv", "--set", "training.learning_rate=2e-4", "--dry-run"]
    assert isogloss(*words).status == 0
    [recipe] = seen
    assert recipe.pairs == ("en-de=a.tsv", "en-uk=b.tsv")
    assert recipe.tasks == ("sts:de-de=c.tsv",)
    assert recipe.student.kind == "s"
    training = recipe.training
    assert (training.minutes, training.epochs, training.seed) == (1.5, 0.5, 0)
    assert training.learning_rate == 2e-4


def test_a_dry_run_prints_json_and_writes_nothing(
    isogloss: Any, tiny_teacher: Path, pairs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = isogloss(
        "distill", "--teacher", tiny_teacher, "--pairs", f"en-de={pairs}", "--out", out, "--dry-run"
    )
    assert (outcome.status, outcome.errors) == (0, [])
    plan = json.loads(outcome.out)
    assert plan["recipe"]["teacher"] == str(tiny_teacher)
    assert plan["estimate"]["pairs"] == plan["data"][0]["kept"] > 200
    assert plan["teacher"]["dim"] == 32
    assert not out.exists()


def test_a_stage_at_a_terminals_absence_is_silent_when_short_and_a_line_when_long(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    now = {"t": 0.0}
    monkeypatch.setattr("time.monotonic", lambda: now["t"])

    def worked(seconds: float, *, quiet: bool = False) -> list[str]:
        with Terminal(quiet=quiet).stage("work", 4.0) as advance:
            for _ in range(4):
                now["t"] += seconds / 4
                advance(1.0)
        out, err = capfd.readouterr()
        assert out == ""
        return err.splitlines()

    assert worked(1.0) == []
    assert worked(160.0) == ["work: 25%", "work: 75%", "work: 160 s"]
    assert worked(100.0, quiet=True) == []


def test_a_stage_that_fails_says_nothing_more(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError), Terminal().stage("work"):
        raise InputError("no")
    assert capfd.readouterr().err == ""

"""Every write of every verb is refused once: a line is said, nothing is lost, it can be gone on."""

import errno
import itertools
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.runs.claim import ASIDE, MOVING
from isogloss.runs.record import EvaluateRecord

from .failing import Site, failing
from .pictures import pictures
from .refusing import Runs, Verb, _may_be_passed_over, contents, walk

SOME = (1, 2, 3, 5, 8, 12, 17, 23, 30, 38, 47, 57, 68, 80, 93)
"""Which writes are refused by default, every third by each kind; all by the slow test."""


KINDS = [
    pytest.param(errno.ENOSPC, True, id="full for good"),
    pytest.param(errno.EACCES, False, id="no permission once"),
    pytest.param(errno.EINTR, False, id="interrupted once"),
]


@pytest.fixture(scope="module", autouse=True)
def in_short() -> Iterator[None]:
    """No stopwatch on the processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("isogloss.encoders.precision._seconds", lambda *given: 1.0)
        yield


@pytest.fixture(scope="module")
def verbs(
    recipe: DistillRecipe,
    finetune_recipe: FinetuneRecipe,
    tiny_teacher: Path,
    command: Callable[..., list[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Verb]:
    """The verbs that write, on tiny data; a training takes a handful of steps, each kept."""
    text = tmp_path_factory.mktemp("text") / "text"
    text.write_text("The cat sleeps.\nWhere is the station?\n" * 30, encoding="utf-8")
    distill = command(replace(recipe, training=replace(recipe.training, checkpoint_minutes=0.0)))
    distill[distill.index("--out") : distill.index("--out") + 2] = []
    distill[distill.index("--epochs") + 1] = "0.2"
    rates = {"batch_size": 5, "precision": "fp32", "checkpoint_minutes": 0.0}
    finetune = ["finetune", "--model", str(tiny_teacher), "--epochs", "0.08"]
    finetune += [word for place in finetune_recipe.sts[:2] for word in ("--sts", place)]
    finetune += ["--pairs", finetune_recipe.pairs[0]]
    finetune += [w for key, value in rates.items() for w in ("--set", f"training.{key}={value}")]
    task = "bitext:" + recipe.pairs[0]
    return {
        "distill": Verb(distill, ["model.safetensors", "scores.json"], True),
        "finetune": Verb(finetune, ["model.safetensors", "scores.json"], True),
        "trim": Verb(
            ["trim", "--model", str(tiny_teacher), "--text", str(text)],
            ["model.safetensors", "tokenizer.json"],
            False,
        ),
        "evaluate": Verb(
            ["evaluate", "--model", str(tiny_teacher), "--task", task], ["scores.json"], False
        ),
    }


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runs:
    return Runs(monkeypatch, capfd)


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, dict[str, bytes]]:
    """What the verbs leave when nothing is refused, by verb, filled as it is needed."""
    return {}


@pytest.fixture
def drawn() -> Iterator[None]:
    """Scores of an evaluation are drawn."""
    with pictures(EvaluateRecord):
        yield


@pytest.fixture
def in_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that is given back is not waited for."""
    monkeypatch.setattr("isogloss.recipes.distill.run.give_back_memory", lambda: None)


@pytest.mark.parametrize(("error", "for_good"), KINDS)
@pytest.mark.parametrize("name", ["distill", "finetune", "trim", "evaluate"])
def test_a_refused_write_loses_nothing(
    run: Runs,
    verbs: dict[str, Verb],
    undisturbed: dict[str, dict[str, bytes]],
    tmp_path: Path,
    name: str,
    error: int,
    for_good: bool,
) -> None:
    verb = verbs[name]
    if name not in undisturbed:
        assert run(verb, tmp_path / "whole") == 0, run.errors
        undisturbed[name] = contents(verb, tmp_path / "whole")
    some = SOME[[kind.values[0] for kind in KINDS].index(error) :: len(KINDS)]
    out = tmp_path / "below" / "out"
    walk(run, verb, undisturbed[name], some, out, error, for_good)


@pytest.mark.parametrize(("error", "for_good"), KINDS)
def test_an_overwritten_run_stays_until_the_new_one_can_go_on(
    run: Runs, verbs: dict[str, Verb], tmp_path: Path, error: int, for_good: bool
) -> None:
    verb, out = verbs["finetune"], tmp_path / "below" / "out"
    assert run(verb, tmp_path / "whole") == 0, run.errors
    whole = contents(verb, tmp_path / "whole")
    again = replace(verb, words=[*verb.words, "--overwrite"], resumes=False)
    for number in (1, 4, 8, 10, 13, 16, 20, 26):
        shutil.copytree(tmp_path / "whole", out)
        (out / "notes.txt").touch()
        with failing(out.parent, number, error, for_good=for_good) as disk:
            status = run(again, out)
        assert status == 2 or all(map(_may_be_passed_over, disk.refused)), disk.refused
        if status == 0:
            assert not (out / "notes.txt").exists()
        elif not (out / "work").is_dir():
            parts = [out, out / MOVING] if (out / MOVING).exists() else [out]
            parts = [out / ASIDE] if (out / ASIDE).exists() else parts
            for name in (*verb.result, "notes.txt"):
                assert any((part / name).exists() for part in parts), (name, disk.refused)
            assert run(again, out) == 0, (disk.refused, run.errors)
        else:
            assert run(verb, out) == 0, (disk.refused, run.errors)
        assert contents(verb, out) == whole
        shutil.rmtree(out)


@pytest.mark.usefixtures("drawn")
def test_a_refused_picture_loses_no_score(
    run: Runs, verbs: dict[str, Verb], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    verb, out = verbs["evaluate"], tmp_path / "below" / "out"
    (tmp_path / "below" / "passing").mkdir(parents=True)  # of pictures for the page
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "below" / "passing"))
    with failing(out.parent) as disk:
        assert run(verb, out) == 0, run.errors
    whole = contents(verb, out)
    drawn = (out / "plots" / "accuracy.png").read_bytes()
    touched = [i for i, what in enumerate(disk.written, 1) if re.search(r"plots|passing", what)]
    assert any(".png" in disk.written[i - 1] for i in touched)
    assert any(".svg" in disk.written[i - 1] for i in touched)
    for number in touched[::2]:
        shutil.rmtree(out)
        assert run.refused(verb, out, number, errno.EACCES, for_good=False)
        assert contents(verb, out) == whole, disk.written[number - 1]
    with monkeypatch.context() as patch:
        patch.setattr(Figure, "savefig", Mock(side_effect=OSError(errno.ENOSPC, "No space")))
        shutil.rmtree(out)
        assert run(verb, out) == 2
    assert "Traceback" not in run.errors
    assert sum(line.startswith("isogloss: ") for line in run.errors.splitlines()) == 1
    assert contents(verb, out) == whole
    assert run(verb, out) == 0
    assert (out / "plots" / "accuracy.png").read_bytes() == drawn


@pytest.mark.slow
@pytest.mark.usefixtures("in_little_time")
@pytest.mark.parametrize(("error", "for_good"), KINDS)
@pytest.mark.parametrize("name", ["distill", "finetune", "trim", "evaluate"])
def test_no_refused_write_at_all_loses_anything(
    run: Runs, verbs: dict[str, Verb], tmp_path: Path, name: str, error: int, for_good: bool
) -> None:
    """Each run goes on with what the one before left, and meets its first write from a new place.

    A run that begins anew and meets none is the last.
    """
    verb = verbs[name]
    assert run(verb, tmp_path / "whole") == 0, run.errors
    whole, seen = contents(verb, tmp_path / "whole"), set[Site]()
    out = tmp_path / "below" / "out"
    walk(run, verb, whole, itertools.count(1), out, error, for_good, seen)
    assert len(seen) > 30

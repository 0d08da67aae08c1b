"""Nothing is lost: runs that die, are stopped, or find a damaged checkpoint end as the others."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import CheckpointError
from isogloss.training.checkpoints import list_checkpoints, read_newest, step_of
from isogloss.training.interruption import Interrupted

from .figures import Weights, fvus, same


def body(weights: Weights) -> Weights:
    """The weights of the layers, as the network in training and the model afterwards name them."""
    return {k.removeprefix("model."): v for k, v in weights.items() if "encoder.layer" in k}


def power_fails(run: Any, step: int, settings: Any, *, resume: bool = False) -> None:
    run.fails_at = step
    with pytest.raises(RuntimeError, match="the power fails"):
        run.trained(settings, resume=resume)
    run.fails_at = None


@pytest.mark.parametrize("old_rate", [0.0, 1e-3])
def test_a_run_that_died_three_times_ends_as_if_it_had_not(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path, old_rate: float
) -> None:
    wanted = settings(checkpoint_minutes=0.0, old_token_learning_rate=old_rate)
    expected = make_run(tmp_path / "whole").trained(wanted)
    run = make_run(tmp_path / "cut")
    for step in (1, 4, 7):
        power_fails(run, step, wanted, resume=True)
    trainer = run.trainer(wanted)
    state = trainer.run(resume=True)
    assert same(dict(trainer.network.model.state_dict()), expected)
    assert state.resumed_from == [3, 6]  # the power failed before the step's checkpoint
    assert [entry["step"] for entry in state.history] == sorted({e["step"] for e in state.history})
    assert len(state.history) == 4


def test_what_dies_after_training_is_not_trained_again(run: Any, settings: Any) -> None:
    expected = run.trained(settings(epochs=1))
    trainer = run.trainer(settings(epochs=1))
    state = trainer.run(resume=True)
    assert state.resumed_from == [state.step]
    assert state.sentences == 160 + 18
    assert same(dict(trainer.network.model.state_dict()), expected)


def test_a_damaged_checkpoint_costs_the_steps_since_the_one_before(
    make_run: Callable[[Path], Any],
    settings: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wanted = settings(checkpoint_minutes=0.0)
    expected = make_run(tmp_path / "whole").trained(wanted)
    run = make_run(tmp_path / "cut")
    power_fails(run, 6, wanted)
    damaged = list_checkpoints(run.folder)[-1]
    (damaged / "model.safetensors").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        trainer = run.trainer(wanted)
        state = trainer.run(resume=True)
    assert same(dict(trainer.network.model.state_dict()), expected)
    assert state.resumed_from == [4]
    assert any("step-00000005" in alarm for alarm in state.alarms)
    assert "step-00000005" in caplog.text


def test_damaged_checkpoints_take_no_place_from_whole_ones(run: Any, settings: Any) -> None:
    wanted = settings(checkpoint_minutes=0.0)
    power_fails(run, 7, wanted)
    for step in (7, 8, 9):
        (run.folder / f"step-0000000{step}").mkdir()
    power_fails(run, 7, wanted, resume=True)
    newest = read_newest(run.folder)
    assert newest is not None
    assert (newest.step, newest.skipped) == (6, [])


def test_ctrl_c_leaves_a_checkpoint_and_the_run_goes_on_from_it(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path
) -> None:
    wanted = settings(checkpoint_minutes=60.0)
    expected = make_run(tmp_path / "whole").trained(wanted)
    run = make_run(tmp_path / "cut")
    run.interrupted_at = 5
    with pytest.raises(Interrupted, match=r"step 5.*--resume"):
        run.trained(wanted)
    assert [step_of(path) for path in list_checkpoints(run.folder)] == [5]
    assert same(run.trained(wanted, resume=True), expected)


@pytest.mark.parametrize("best", range(4))
def test_a_run_ends_with_the_weights_of_its_best_evaluation(
    run: Any, settings: Any, best: int
) -> None:
    values = [0.5, 0.5, 0.5, 0.5]
    values[best] = 0.1
    run.figures = fvus(*values)
    trainer = run.trainer(settings())
    state = trainer.run()
    assert (state.best_value, state.best_step) == (0.1, state.history[best]["step"])
    final = body(dict(trainer.network.model.state_dict()))
    assert len(final) > 10
    assert [same(final, body(seen)) for seen in run.seen] == [at == best for at in range(4)]


def test_the_best_weights_outlive_better_ones_that_a_crash_took_back(
    run: Any, settings: Any
) -> None:
    """Evaluations: 0.5, a checkpoint, 0.1, a crash; and after the resume nothing below 0.5."""
    wanted = settings(checkpoint_minutes=60.0)
    steps = run.trainer(wanted).clock.limit_steps
    run.figures = fvus(0.5)
    run.interrupted_at = -(-steps // 4)
    with pytest.raises(Interrupted):
        run.trained(wanted)
    best = run.seen[-1]
    run.interrupted_at = None
    run.figures = fvus(0.1, 0.05)
    power_fails(run, -(-3 * steps // 4) + 1, wanted, resume=True)
    run.figures = fvus(0.6, 0.6, 0.6)
    trainer = run.trainer(wanted)
    state = trainer.run(resume=True)
    assert state.best_value == 0.5
    assert same(body(dict(trainer.network.model.state_dict())), body(best))


def test_the_best_weights_outlive_a_damaged_checkpoint(run: Any, settings: Any) -> None:
    """The newest checkpoint knows better weights; the one before it needs those of its own time."""
    wanted = settings(checkpoint_minutes=0.0)
    second = -(-run.trainer(wanted).clock.limit_steps // 2)
    run.figures = fvus(0.5, 0.1)
    power_fails(run, second + 1, wanted)
    best = run.seen[0]
    newest = list_checkpoints(run.folder)[-1]
    assert step_of(newest) == second
    (newest / "model.safetensors").write_bytes(b"")
    run.figures = fvus(0.6, 0.6, 0.6)
    trainer = run.trainer(wanted)
    assert trainer.run(resume=True).best_value == 0.5
    assert same(body(dict(trainer.network.model.state_dict())), body(best))


def test_superseded_best_weights_are_dropped(run: Any, settings: Any) -> None:
    run.figures = fvus(0.9, 0.8, 0.7, 0.6)
    run.trained(settings(checkpoint_minutes=0.0, evaluations=4))
    assert len(list_checkpoints(run.folder / "best")) <= 2


def test_a_checkpoint_of_other_parameters_is_refused(run: Any, settings: Any) -> None:
    power_fails(run, 3, settings(checkpoint_minutes=0.0))
    with pytest.raises(CheckpointError, match="other parameters"):
        run.trained(settings(old_token_learning_rate=0.0, new_token_learning_rate=0.0), resume=True)


def test_a_checkpoint_holds_the_table_once(run: Any, settings: Any) -> None:
    power_fails(run, 3, settings(checkpoint_minutes=0.0))
    newest = read_newest(run.folder)
    assert newest is not None
    n_tokens = len(run.trainer(settings()).network.table)
    rows = [len(tensor) for name, tensor in newest.tensors["model"].items() if "word_emb" in name]
    assert rows == [n_tokens]


def test_a_finished_training_that_goes_on_for_longer_is_looked_at_again(
    run: Any, settings: Any
) -> None:
    """It died while it was scored; twice as many epochs are asked for then."""
    run.figures = fvus(0.5, 0.4, 0.3, 0.2)
    steps = run.trainer(settings()).run().step
    run.figures = fvus(0.19, 0.18, 0.17)
    trainer = run.trainer(settings(epochs=4))
    state = trainer.run(resume=True)
    assert state.step == 2 * steps
    assert [entry["step"] > steps for entry in state.history] == [*[False] * 4, True, True]
    assert state.best_step == state.step


def test_a_run_that_ended_by_patience_goes_on_without_it(run: Any, settings: Any) -> None:
    run.figures = fvus(0.1, 0.5, 0.5)
    stopped = run.trainer(settings(patience=2)).run()
    assert stopped.over and stopped.fraction == 1.0
    run.figures = fvus(0.05, 0.05)
    assert run.trainer(settings()).run(resume=True).step > stopped.step

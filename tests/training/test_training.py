"""The loop: it learns, repeats itself bit by bit, and loses nothing when it is stopped."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.errors import CheckpointError, InputError
from isogloss.training.checkpoints import list_checkpoints, read_newest, step_of
from isogloss.training.interruption import Interrupted

N_OLD = 600

HEALTHY = {
    "fvu": 0.5,
    "fvu_source": 0.1,
    "fvu_es": 0.9,
    "norm_ratio": 1.0,
    "random_cosine": 0.1,
    "random_cosine_teacher": 0.1,
    "cosine_source": 0.99,
}

Weights = dict[str, torch.Tensor]


def fvus(*values: float) -> list[dict[str, float]]:
    return [HEALTHY | {"fvu": value} for value in values]


def same(ours: Weights, theirs: Weights) -> bool:
    return set(ours) == set(theirs) and all(torch.equal(ours[k], theirs[k]) for k in ours)


def body(weights: Weights) -> Weights:
    """The weights of the layers, as the network in training and the model afterwards name them."""
    return {k.removeprefix("model."): v for k, v in weights.items() if "encoder.layer" in k}


def power_fails(run: Any, step: int, settings: Any, *, resume: bool = False) -> None:
    run.fails_at = step
    with pytest.raises(RuntimeError, match="the power fails"):
        run.trained(settings, resume=resume)
    run.fails_at = None


def test_a_run_learns(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=6))
    first = trainer.hooks.evaluate()["fvu"]
    state = trainer.run()
    losses = [entry["loss"] for entry in state.history]
    assert losses == sorted(losses, reverse=True)
    assert state.best_value < 0.7 * first
    assert state.best_value == min(entry["dev"]["fvu"] for entry in state.history)
    assert trainer.hooks.evaluate()["fvu"] == pytest.approx(state.best_value, rel=1e-5)
    assert len(state.history) == 4
    assert state.fraction == 1.0


def test_an_epoch_sees_every_sentence_once_and_rehearses_the_source(
    run: Any, settings: Any
) -> None:
    trainer = run.trainer(settings(epochs=1, source_share=0.2))
    state = trainer.run()
    assert state.sentences == 160 + 40
    assert (state.epoch, state.batch) == (1, 0)
    assert state.step == len(trainer.plan.epoch(0))


def test_source_sentences_count_more_in_the_loss(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=1, source_weight=5.0))
    start, end = trainer.examples.streams["en"]
    rows = np.array([start, start - 1, end - 1, 0])
    assert trainer._sentences(rows)["weights"].tolist() == [5.0, 1.0, 5.0, 1.0]


def test_sentences_of_one_target_are_known(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=1))
    source, _ = trainer.examples.streams["en"]
    [translation] = np.flatnonzero(trainer.examples.keys[:source] == trainer.examples.keys[source])
    same = trainer._sentences(np.array([translation, source, source + 1]))["same"]
    assert same.tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_a_part_of_an_epoch_is_at_least_a_step(run: Any, settings: Any) -> None:
    assert run.trainer(settings(epochs=0.001)).run().step == 1


def test_the_nearer_of_two_limits_ends_a_run(run: Any, settings: Any) -> None:
    assert run.trainer(settings(epochs=1000, minutes=0.0)).run().step == 0
    state = run.trainer(settings(epochs=1, minutes=60)).run()
    assert state.epoch == 1


def test_the_seed_decides_everything(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path
) -> None:
    first = make_run(tmp_path / "a").trained(settings(epochs=1, seed=5))
    assert same(first, make_run(tmp_path / "b").trained(settings(epochs=1, seed=5)))
    assert not same(first, make_run(tmp_path / "c").trained(settings(epochs=1, seed=6)))


@pytest.mark.parametrize("rate", [0.0, 1e-3])
def test_old_tokens_stay_as_they_were_unless_they_have_a_rate(
    run: Any, settings: Any, rate: float
) -> None:
    trainer = run.trainer(settings(old_token_learning_rate=rate))
    before = trainer.network.table.detach().clone()
    trainer.run()
    after = trainer.network.table
    assert not trainer.network.model[0].auto_model.get_input_embeddings().sparse
    assert torch.equal(before[:N_OLD], after[:N_OLD]) == (rate == 0.0)
    assert not torch.equal(before[N_OLD:], after[N_OLD:])


def test_one_process_may_train_at_one_precision_after_the_other(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path
) -> None:
    for precision in ("fp32", "bf16", "fp32"):
        run = make_run(tmp_path / precision)
        assert run.trainer(settings(epochs=0.1, precision=precision)).run().step >= 1


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


def test_what_health_finds_is_an_alarm(run: Any, settings: Any) -> None:
    run.figures = [HEALTHY | {"random_cosine": 0.95}, *fvus(0.5, 0.5), HEALTHY | {"fvu": 1.2}]
    state = run.trainer(settings()).run()
    assert ["collapse" in alarm for alarm in state.alarms] == [True, False]
    assert "no better than a constant" in state.alarms[1]


def test_a_loss_that_is_no_number_stops_the_run(run: Any, settings: Any) -> None:
    wanted = settings(checkpoint_minutes=0.0)
    trainer = run.trainer(wanted)
    last = trainer.plan.epoch(0)[3]
    run.targets = run.targets.copy()
    run.targets[last] = float("nan")
    with pytest.raises(InputError, match=r"the loss is nan at step 4.*whole"):
        trainer.run()
    newest = read_newest(run.folder)
    assert newest is not None
    assert newest.step == 3
    assert all(torch.isfinite(tensor).all() for tensor in newest.tensors["model"].values())


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


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0.0},
        {"source_share": 1.0},
        {"source_share": -0.1},
        {"token_beta2": 1.0},
        {"tokens_per_batch": 0},
        {"epochs": -1},
        {"minutes": -1},
        {"learning_rate": -1e-4},
        {"learning_rate": float("nan")},
        {"seed": -1},
    ],
)
def test_settings_that_make_no_run_are_refused(settings: Any, wrong: dict[str, float]) -> None:
    [name] = wrong
    with pytest.raises(InputError, match=rf"training\.{name} is .*; expected"):
        settings(**wrong)

"""The loop: it learns, repeats itself bit by bit, and says what goes wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.errors import InputError
from isogloss.training.checkpoints import read_newest

from .figures import HEALTHY, same

N_OLD = 600


def test_a_run_without_checkpoints_ends_with_its_weights(run: Any, settings: Any) -> None:
    without = run.trained(settings(checkpoint_minutes=None))
    assert read_newest(run.folder) is None
    assert same(without, run.trained(settings(checkpoint_minutes=0.0)))
    assert read_newest(run.folder) is not None


@pytest.mark.parametrize("minutes", [-1.0, float("inf"), float("nan")])
def test_minutes_are_a_number(settings: Any, minutes: float) -> None:
    with pytest.raises(
        InputError, match=r"training\.checkpoint_minutes is .*; expected at least 0"
    ):
        settings(checkpoint_minutes=minutes)


def test_a_run_learns(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=6))
    first = trainer.selection.evaluator.figures()["fvu"]
    state = trainer.run()
    losses = [entry["loss"] for entry in state.history]
    assert losses == sorted(losses, reverse=True)
    assert state.best_value < 0.7 * first
    assert state.best_value == min(entry["dev"]["fvu"] for entry in state.history)
    assert trainer.selection.evaluator.figures()["fvu"] == pytest.approx(state.best_value, rel=1e-5)
    assert len(state.history) == 4
    assert state.fraction == 1.0


def test_an_epoch_sees_every_sentence_once_and_rehearses_the_source(
    run: Any, settings: Any
) -> None:
    trainer = run.trainer(settings(epochs=1, source_share=0.2))
    state = trainer.run()
    assert state.sentences == 160 + 40
    assert (state.epoch, state.batch) == (1, 0)
    assert state.step == len(trainer.job.epoch(0))


def test_a_part_of_an_epoch_is_at_least_a_step(run: Any, settings: Any) -> None:
    trainer, told = run.trainer(settings(epochs=0.001)), []
    trainer.tell = lambda state: told.append((state.step, state.fraction))
    assert trainer.run().step == 1
    assert told == [(1, 1.0)]  # after a step it is known how much is done


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


def test_losses_that_are_read_late_change_nothing(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path
) -> None:
    found = []
    for every in (1, 16):
        run = make_run(tmp_path / str(every))
        trainer = run.trainer(settings(epochs=1))
        trainer.losses.every = every
        state = trainer.run()
        found.append((state.loss, [e["loss"] for e in state.history], trainer.network.state_dict()))
    assert found[0][:2] == found[1][:2]
    assert all(torch.equal(found[0][2][name], found[1][2][name]) for name in found[0][2])


def test_what_health_finds_is_an_alarm(run: Any, settings: Any) -> None:
    run.figures = [HEALTHY | {"random_cosine": 0.95}, HEALTHY, HEALTHY, HEALTHY | {"fvu": 1.2}]
    state = run.trainer(settings()).run()
    assert ["collapse" in alarm for alarm in state.alarms] == [True, False]
    assert "no better than a constant" in state.alarms[1]


@pytest.mark.parametrize("every", [1, 16])
def test_a_loss_that_is_no_number_stops_the_run(run: Any, settings: Any, every: int) -> None:
    wanted = settings(checkpoint_minutes=0.0)
    trainer = run.trainer(wanted)
    trainer.losses.every = every  # a GPU reads them late, but before anything is kept
    last = trainer.job.epoch(0)[3]
    trainer.job.targets = run.targets.copy()
    trainer.job.targets[last] = float("nan")
    with pytest.raises(InputError, match=r"the loss is nan at step 4.*whole"):
        trainer.run()
    newest = read_newest(run.folder)
    assert newest is not None
    assert newest.step == 3
    assert all(torch.isfinite(tensor).all() for tensor in newest.tensors["model"].values())


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

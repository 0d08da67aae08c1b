"""A run, or one of its languages, that gets no better ends, rests, and learns again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import InputError
from isogloss.training.interruption import Interrupted
from isogloss.training.train import passes

from .figures import HEALTHY, same


def test_a_run_that_gets_no_better_ends(run: Any, settings: Any) -> None:
    run.figures = [HEALTHY | {"fvu": value} for value in (0.5, 0.4, 0.41, 0.42, 0.43, 0.3)]
    state = run.trainer(settings(epochs=6, evaluations=6, patience=2)).run()
    assert len(state.history) == 4
    assert state.over
    assert state.best_value == 0.4


@pytest.mark.parametrize(
    ("looks", "paused"),
    [
        ([0.5, 0.5, 0.5], True),
        ([0.5, 0.5], False),  # not for long enough
        ([0.5, 0.4, 0.3], False),
        ([0.5, 0.55, 0.6], False),  # it is being unlearned
        ([0.5, 0.503, 0.502], True),
        ([0.5, 0.6, 0.502], True),
        ([0.5, 0.503, 0.502, 0.52], False),  # rested, and got worse
        ([0.5, float("nan"), float("nan")], False),
    ],
)
def test_a_language_rests_that_gets_neither_better_nor_worse(
    run: Any, settings: Any, looks: list[float], paused: bool
) -> None:
    job = run.trainer(settings(patience=2)).job
    history = [{"dev": {"fvu_es": value}} for value in looks]
    assert job.learned(history) == (["es"] if paused else [])
    job.replayed = frozenset({"es"})
    assert job.learned(history) == []


def test_a_language_that_gets_worse_learns_again(run: Any, settings: Any) -> None:
    looks = [(0.5, 0.6), (0.4, 0.6), (0.3, 0.6), (0.2, 0.7), (0.1, 0.7)]
    run.figures = [HEALTHY | {"fvu": mean, "fvu_es": own} for mean, own in looks]
    trainer = run.trainer(settings(epochs=4, evaluations=5, patience=2, source_share=0.2))
    before, planned = sum(map(len, trainer.job.epoch(0))), []
    pause = trainer.job.pause
    trainer.job.pause = lambda names: (planned.append(list(names)), pause(names))
    assert trainer.run().resting == []
    assert planned == [["es"], []]
    assert sum(map(len, trainer.job.epoch(0))) == before


def test_a_language_that_gets_no_better_is_only_rehearsed(run: Any, settings: Any) -> None:
    looks = [(0.5, 0.6), (0.4, 0.6), (0.3, 0.6), (0.2, 0.6), (0.1, 0.6)]
    run.figures = [HEALTHY | {"fvu": mean, "fvu_es": own} for mean, own in looks]
    trainer = run.trainer(settings(epochs=4, evaluations=5, patience=2, source_share=0.2))
    before = sum(map(len, trainer.job.epoch(0)))
    state = trainer.run()
    assert state.resting == ["es"]
    assert not state.over
    after = sum(map(len, trainer.job.epoch(0)))
    assert (before, after) == (160 + 40, 16 + 4)


def test_a_run_taken_up_again_remembers_what_is_paused(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path
) -> None:
    looks = [HEALTHY | {"fvu": 0.9 - n / 10, "fvu_es": 0.5} for n in range(6)]
    wanted = settings(epochs=4, evaluations=6, patience=2, checkpoint_minutes=0.0)
    whole = make_run(tmp_path / "whole")
    whole.figures = list(looks)
    expected = whole.trained(wanted)
    cut = make_run(tmp_path / "cut")
    cut.figures = list(looks)
    trainer = cut.trainer(wanted)
    paused = next(step for step in range(1, 100) if int(step / trainer.clock.limit_steps * 6) == 3)
    cut.fails_at = paused + 2
    with pytest.raises(RuntimeError, match="the power fails"):
        trainer.run()
    cut.fails_at = None
    assert same(cut.trained(wanted, resume=True), expected)


def test_what_rested_learns_again_where_a_run_is_taken_up_without_patience(
    run: Any, settings: Any
) -> None:
    looks = [(0.5, 0.6), (0.4, 0.6), (0.3, 0.6), (0.2, 0.6), (0.1, 0.6)]
    run.figures = [HEALTHY | {"fvu": mean, "fvu_es": own} for mean, own in looks]
    trainer = run.trainer(settings(epochs=4, evaluations=5, patience=2, source_share=0.2))
    whole = sum(map(len, trainer.job.epoch(0)))
    assert trainer.run().resting == ["es"]
    impatient = run.trainer(settings(epochs=8, evaluations=5, source_share=0.2))
    assert impatient.run(resume=True).resting == []
    assert sum(map(len, impatient.job.epoch(0))) == whole


def test_an_epoch_without_a_batch_is_not_waited_for(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=3))
    epoch = trainer.job.epoch
    trainer.job.epoch = lambda number, **of: [] if number else epoch(number, **of)
    with pytest.raises(InputError, match="fewer batches than processes"):
        trainer.run()


def test_passes_are_over_all_data_however_much_of_it_rested(run: Any, settings: Any) -> None:
    looks = [(0.5, 0.6), (0.4, 0.6), (0.3, 0.6), (0.2, 0.6), (0.1, 0.6)]
    run.figures = [HEALTHY | {"fvu": mean, "fvu_es": own} for mean, own in looks]
    trainer = run.trainer(settings(epochs=4, evaluations=5, patience=2, source_share=0.2))
    state = trainer.run()
    assert state.resting == ["es"]
    assert state.epoch > 5  # short ones
    assert passes(trainer.job, state, 1) == pytest.approx(4, abs=0.1)
    assert sum(map(len, trainer.job.epoch(0))) == 16 + 4  # as it was planned


@pytest.mark.parametrize("cut", [None, 5])
def test_passes_are_those_of_the_whole_run(run: Any, settings: Any, cut: int | None) -> None:
    run.interrupted_at = cut
    if cut:
        with pytest.raises(Interrupted):
            run.trained(settings(epochs=1.5))
        run.interrupted_at = None
    trainer = run.trainer(settings(epochs=1.5))
    state = trainer.run(resume=bool(cut))
    assert passes(trainer.job, state, 1) == pytest.approx(1.5, abs=1 / state.step)

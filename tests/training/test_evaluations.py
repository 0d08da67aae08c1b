"""Evaluations on the way do not make a run by the clock much longer."""

from typing import Any

import pytest

from .figures import HEALTHY


def looks(run: Any, settings: Any, clock: pytest.MonkeyPatch, seconds: float) -> list[int]:
    """Steps after which dev data was looked at, where a step takes a second and a look some."""
    now, trainer = [0.0], run.trainer(settings)
    clock.setattr("time.monotonic", lambda: now[0])

    def spend(seconds: float) -> None:
        now[0] += seconds

    def figures() -> dict[str, float]:
        spend(seconds)
        return dict(HEALTHY)

    def loss(*given: Any) -> Any:
        spend(1.0)
        return batch_loss(*given)

    batch_loss = trainer.job.loss
    trainer.job.loss, trainer.selection.evaluator.figures = loss, figures
    trainer.selection.evaluator.begin()
    return [entry["step"] for entry in trainer.run().history]


def test_what_takes_long_is_done_less_often(
    run: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_clock = settings(minutes=1.0, epochs=None, evaluations=6, checkpoint_minutes=None)
    assert looks(run, by_clock, monkeypatch, 0.5) == [10, 20, 30, 40, 50, 60]
    assert looks(run, by_clock, monkeypatch, 1.5) == [15, 30, 45, 60]
    assert looks(run, by_clock, monkeypatch, 300.0) == [60]


@pytest.mark.parametrize("more", [{"epochs": 20.0}, {"patience": 9}])
def test_who_counts_epochs_or_evaluations_gets_them_all(
    run: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, more: dict[str, float]
) -> None:
    limits = {"minutes": 1.0, "epochs": None} | more
    wanted = settings(evaluations=6, checkpoint_minutes=None, **limits)
    assert len(looks(run, wanted, monkeypatch, 300.0)) == 6

"""What a run is told, looked at before any work."""

from typing import get_args

import pytest
from accelerate.utils import LoggerType

from isogloss.errors import InputError, MissingExtraError
from isogloss.training.clock import Clock, limits
from isogloss.training.run_settings import RunSettings, Tracker, check_tracker


def test_trackers_are_those_of_accelerate() -> None:
    assert set(get_args(Tracker)) == {kind.value for kind in LoggerType}


def test_a_tracker_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"'wandbx'; expected one of tensorboard, wandb, "):
        RunSettings(report_to="wandbx")  # type: ignore[arg-type]


def test_a_tracker_that_is_not_installed_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    check_tracker(RunSettings())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="`pip install comet-ml`"):
        check_tracker(RunSettings(report_to="comet_ml"))


def test_rates_end_at_a_share_of_their_peak() -> None:
    with pytest.raises(InputError, match=r"training\.final_share is 2"):
        RunSettings(final_share=2)


@pytest.mark.parametrize("steps", [1, 2, 26, 99, 500, 2_000])
def test_a_run_however_short_nears_its_peak_by_a_fifth_of_it(steps: int) -> None:
    clock, settings = Clock(None, steps), RunSettings(final_share=0.0)
    rates = [settings.rate(step, clock.fraction(step), clock.first_step) for step in range(steps)]
    peak = rates.index(max(rates))
    assert peak + 1 == pytest.approx(min(100, steps / 5), abs=1)
    assert max(rates) >= 0.8
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


def test_a_long_run_warms_up_for_the_steps_that_were_asked_for() -> None:
    settings = RunSettings(warmup_steps=10)
    assert settings.rate(4, 0.04, 0.01) == pytest.approx(0.5 * 0.96)


@pytest.mark.parametrize(
    ("minutes", "epochs", "steps", "looked_at"),
    [
        (None, 2.5, 10 + 11 + 6, [0, 1, 2]),
        (None, 2.0, 10 + 11, [0, 1]),
        (None, None, 10, [0]),
        (5.0, 20.5, 205, [0]),
        (5.0, 1.1, 11, [0]),  # 1.1 - 1 is a little more than a tenth
        (5.0, None, None, []),
    ],
)
def test_only_epochs_that_will_be_read_are_planned_before(
    minutes: float | None, epochs: float | None, steps: int | None, looked_at: list[int]
) -> None:
    asked: list[int] = []

    def steps_of(epoch: int) -> int:
        asked.append(epoch)
        return 10 + epoch

    clock = limits(RunSettings(minutes=minutes, epochs=epochs), steps_of)
    assert (clock.limit_steps, asked) == (steps, looked_at)

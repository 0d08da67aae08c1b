"""What a run is told, looked at before any work."""

from typing import get_args

import pytest
from accelerate.utils import LoggerType

from isogloss.errors import InputError, MissingExtraError
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

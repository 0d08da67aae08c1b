"""An alarm is said once and counted; figures without a value set off none and choose nothing."""

import hashlib
import json
import logging
from typing import Any

import pytest
import torch

from isogloss.errors import InputError
from isogloss.training.alarms import at_step, counted, kind_of
from isogloss.training.checkpoints import list_checkpoints, read_newest
from isogloss.training.evaluator import Best
from isogloss.training.progress import Progress

from .figures import HEALTHY, fvus


def test_one_alarm_of_each_kind_is_left_with_its_number() -> None:
    collapses = [at_step(n, f"collapse: cosine 0.{n}; lower the rate") for n in (10, 20, 30)]
    others = ["damaged checkpoint passed over: step-1", "damaged checkpoint passed over: step-2"]
    assert counted([*collapses[:2], at_step(20, "de lags: FVU 0.9"), collapses[2], *others]) == [
        "step 30: collapse: cosine 0.30; lower the rate (3 times since step 10)",
        "step 20: de lags: FVU 0.9",
        *others,
    ]
    assert [kind_of(alarm) for alarm in counted(collapses)] == ["collapse"]


def test_an_alarm_is_said_when_it_is_first_set_off(
    run: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    run.figures = fvus(1.3, 1.2, 1.1, 1.05)
    with caplog.at_level(logging.WARNING):
        state = run.trainer(settings()).run()
    assert len(state.alarms) == 4
    assert [r.message.count("no better than a constant") for r in caplog.records] == [1]
    assert "FVU 1.30" in caplog.text
    [alarm] = counted(state.alarms)
    assert "FVU 1.05" in alarm
    assert "(4 times since step" in alarm


def test_a_figure_that_is_no_number_is_never_better() -> None:
    nan = float("nan")
    assert not Best("fvu").beats({"fvu": nan}, None)
    assert not Best("fvu").beats({"fvu": nan}, 1.0)
    assert not Best("fvu").beats({"accuracy_de": 1.0}, None)
    assert Best("fvu").beats({"fvu": 0.9}, 1.0)


def test_a_look_without_the_figure_that_chooses_is_not_chosen(run: Any, settings: Any) -> None:
    without = {k: v for k, v in HEALTHY.items() if k != "fvu"}
    run.figures = [without, *fvus(0.9, 0.5), without]
    state = run.trainer(settings()).run()
    assert (state.best_value, state.best_step) == (0.5, state.history[2]["step"])


def test_looks_without_the_figure_that_chooses_do_not_end_a_run(run: Any, settings: Any) -> None:
    run.figures = [{k: v for k, v in HEALTHY.items() if k != "fvu"}] * 8
    state = run.trainer(settings(patience=1, evaluations=8)).run()
    assert not state.over
    assert state.fraction == 1.0
    assert state.best_value is None


def test_a_run_whose_checkpoint_has_figures_that_are_no_numbers_goes_on(
    run: Any, settings: Any
) -> None:
    """Earlier versions wrote NaN for figures without a value, and kept the first weights."""
    wanted = settings(checkpoint_minutes=0.0)
    run.figures, run.fails_at = fvus(0.9, 0.8), 10
    with pytest.raises(RuntimeError, match="the power fails"):
        run.trained(wanted)
    for path in list_checkpoints(run.folder):
        state = json.loads((path / "state.json").read_text("utf-8"))
        state["best_value"], state["best_step"] = float("nan"), 2
        for entry in state["history"]:
            entry["dev"]["fvu"] = float("nan")
        text = json.dumps(state)
        assert "NaN" in text
        (path / "state.json").write_text(text, encoding="utf-8")
        manifest = json.loads((path / "manifest.json").read_text("utf-8"))
        manifest["sha256"]["state.json"] = hashlib.sha256(text.encode()).hexdigest()
        (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    run.figures, run.fails_at = fvus(0.7, 0.6), None
    state = run.trainer(wanted).run(resume=True)
    assert state.resumed_from
    assert state.best_value == 0.6
    assert "fvu" not in state.history[0]["dev"]
    json.dumps(vars(state), allow_nan=False)


def test_weights_that_are_no_numbers_are_neither_saved_nor_looked_at(
    run: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = run.trainer(settings(checkpoint_minutes=0.0))
    trainer.prepare()
    step = trainer.optimizers[0].step

    def breaks(*words: Any) -> None:
        step(*words)
        if trainer.state.step == 2:
            with torch.no_grad():
                next(p for p in trainer.network.parameters() if p.requires_grad).fill_(float("inf"))

    monkeypatch.setattr(trainer.optimizers[0], "step", breaks)
    with pytest.raises(InputError, match=r"a weight is NaN or infinite at step 3; .*learning rate"):
        trainer.run()
    newest = read_newest(run.folder)
    assert newest is not None
    assert newest.step == 2


def test_progress_is_read_as_it_was_written() -> None:
    state = Progress(step=3, best_value=0.5, best_step=2)
    state.look({"fvu": 0.5}, 1.25, 1e-3)
    state.alarm("collapse: all one")
    assert Progress.from_checkpoint(json.loads(json.dumps(vars(state)))) == state

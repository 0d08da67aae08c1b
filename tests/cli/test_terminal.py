"""Stages in a log file: how far, how fast, how long still."""

from typing import Any

import pytest

from isogloss.cli import terminal
from isogloss.cli.terminal import Terminal


@pytest.mark.parametrize(
    ("total", "line"),
    [
        (4_000, "encoding: 25%, 100/s, 0 min left"),
        (None, "encoding: 1,000, 100/s"),
        (2_000.0, "encoding: 50%, 100/s, 0 min left"),
    ],
)
def test_a_stage_that_counts_is_told_with_its_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], total: Any, line: str
) -> None:
    now = [0.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: now[0])
    with Terminal().stage("encoding", total) as advance:
        now[0] = 10.0
        advance(1_000)
    assert capsys.readouterr().err.splitlines()[0] == line


def test_a_stage_of_fractions_has_no_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: now[0])
    with Terminal().stage("training", 1.0) as advance:
        now[0] = 10.0
        advance(0.5)
    assert capsys.readouterr().err.splitlines()[0] == "training: 50%"


def test_stages_at_once_stand_one_below_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal.sys.stderr, "isatty", lambda: True)
    console = Terminal()
    with console.stage("embedding", 4_000) as advance, console.stage("building"):
        advance(1_000)
        shown = console._bars.get_renderable()
        bars = [(task.description, task.completed) for task in console._bars.tasks]
    assert bars == [("embedding", 1_000), ("building", 0)]
    assert shown is not None
    assert console._bars is None

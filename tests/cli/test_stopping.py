"""Ctrl-C and SIGTERM end a command with one line, that says what is kept, and with status 130."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from isogloss import __main__ as command
from isogloss.runs.lifecycle import open_run
from isogloss.training.interruption import StopRequest

from ..processes import send, start, wait

SLOW_TO_END = """
import os, signal, sys, time
import isogloss.recipes.distill.run
from isogloss.cli.app import main

def endless(*given, **named):
    try:
        print("begun", flush=True)
        time.sleep(600)
    finally:
        print("ending", flush=True)
        time.sleep(600)

isogloss.recipes.distill.run.distill = endless
open("en-de.tsv", "w").close()
sys.argv = ["isogloss", "distill", "--teacher", "t", "--pairs", "en-de.tsv", "--out", "o"]
sys.exit(main())
"""

WORDS = ["distill", "--teacher", "t", "--pairs"]


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """A command that was stopped leaves them to the system until its process has ended."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("made", "kept"),
    [
        ([], "nothing is kept: run the same command again"),
        (["work"], "targets that are embedded are kept: the same command goes on with --resume"),
        (["work/checkpoints/step-00000001"], "the last checkpoint is kept: the same command goes"),
    ],
)
def test_an_interruption_is_one_line(
    isogloss: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    made: list[str],
    kept: str,
) -> None:
    out = tmp_path / "out"

    def stopped(*_: Any, **__: Any) -> None:
        with open_run(out):
            for place in made:
                (out / place).mkdir(parents=True)
            os.kill(os.getpid(), number)
            time.sleep(60)

    monkeypatch.setattr("isogloss.recipes.distill.run.distill", stopped)
    pairs = tmp_path / "en-de.tsv"
    pairs.touch()
    outcome = isogloss(*WORDS, pairs, "--out", out)
    assert (outcome.status, outcome.out) == (130, "")
    [line] = outcome.errors
    assert line.startswith("isogloss: interrupted; ")
    assert kept in line
    assert out.exists() == bool(made)


def test_a_second_one_ends_the_process_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    process = start(SLOW_TO_END, log=tmp_path / "log")
    try:
        for said in ("begun\n", "begun\nending\n"):
            while not (tmp_path / "log").exists() or (tmp_path / "log").read_text("utf-8") != said:
                assert process.exitcode is None
                time.sleep(0.01)
            send(process, signal.SIGINT)
        assert wait(process) == -signal.SIGINT
    finally:
        process.kill()
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def test_an_interruption_of_the_first_imports_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "isogloss.cli.app", Interrupted("isogloss.cli.app"))
    assert command.main() == 130
    assert capfd.readouterr().err.startswith("isogloss: interrupted; ")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    request = StopRequest()
    with request.listening():
        os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        os.kill(os.getpid(), signal.SIGTERM)
    assert request.asked


def test_a_second_one_in_training_goes_to_who_had_the_signal_before() -> None:
    class AtOnce(KeyboardInterrupt):
        pass

    def at_once(*_: Any) -> None:
        raise AtOnce

    signal.signal(signal.SIGINT, at_once)
    request = StopRequest()
    with pytest.raises(AtOnce), request.listening():
        os.kill(os.getpid(), signal.SIGINT)
        assert request.asked
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)

"""Who works has no say in what comes out, nor has who was killed at it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from isogloss.recipes.mine.run import mine
from isogloss.recipes.mine.settings import MineSettings
from isogloss.samples import read_rows
from isogloss.search.mining import stored

TEXTS = [row["en"] for row in read_rows("train")]

pytestmark = pytest.mark.slow  # every process loads torch


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "ROWS", 70)
    monkeypatch.setattr(stored, "TEXTS", 64)


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_two_workers_leave_the_bytes_of_one(
    tiny_teacher: Path, tmp_path: Path, request: pytest.FixtureRequest, engine: str
) -> None:
    if engine == "ray":
        pytest.importorskip("ray")
    sides = TEXTS[:200], [f"{text} So." for text in TEXTS[100:300]]
    mine(str(tiny_teacher), *sides, tmp_path / "one")
    request.getfixturevalue("small_parts")
    settings = MineSettings(engine=engine, workers=2)
    mine(str(tiny_teacher), *sides, tmp_path / engine, settings=settings)
    assert (tmp_path / engine).read_bytes() == (tmp_path / "one").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.usefixtures("small_parts")
def test_a_worker_of_ray_that_is_killed_leaves_no_trace(
    tiny_teacher: Path, tmp_path: Path, kill_a_ray_worker: Callable[[], list[int]]
) -> None:
    pytest.importorskip("ray")
    sides = [[f"{text} {n}" for n in range(8) for text in TEXTS[:100]] for _ in range(2)]
    mine(str(tiny_teacher), *sides, tmp_path / "one")
    killed = kill_a_ray_worker()
    settings = MineSettings(engine="ray", workers=2)
    mine(str(tiny_teacher), *sides, tmp_path / "ray", settings=settings)
    assert len(killed) == 1
    assert (tmp_path / "ray").read_bytes() == (tmp_path / "one").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_command_goes_on_after_kill_9(tiny_teacher: Path, tmp_path: Path) -> None:
    for side in ("source", "target"):
        lines = [f"{text} {n}" for n in range(180) for text in TEXTS[:100]]
        (tmp_path / side).write_text("\n".join(lines), encoding="utf-8")
    words = ["--model", str(tiny_teacher), "--source", str(tmp_path / "source")]
    words += ["--target", str(tmp_path / "target"), "--out"]
    command = [sys.executable, "-m", "isogloss", "mine", *words]
    subprocess.run([*command, str(tmp_path / "whole.tsv")], check=True)
    killed = [*command, str(tmp_path / "pairs.tsv")]
    with subprocess.Popen(killed) as process:
        while not list(tmp_path.glob("pairs.tsv.work/*.parts/*.json")):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "pairs.tsv").exists()
    subprocess.run(killed, check=True)
    assert (tmp_path / "pairs.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    assert not (tmp_path / "pairs.tsv.work").exists()

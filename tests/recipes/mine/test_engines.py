"""Who works has no say in what comes out."""

from pathlib import Path

import pytest

from isogloss.recipes.mine.run import mine
from isogloss.recipes.mine.settings import MineSettings
from isogloss.samples import read_rows
from isogloss.search.mining import stored


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["local", "ray"])
def test_two_workers_leave_the_bytes_of_one(
    tiny_teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    if engine == "ray":
        pytest.importorskip("ray")
    texts = [row["en"] for row in read_rows("train")]
    sides = texts[:200], [f"{text} So." for text in texts[100:300]]
    mine(str(tiny_teacher), *sides, tmp_path / "one")
    monkeypatch.setattr(stored, "ROWS", 70)
    monkeypatch.setattr(stored, "TEXTS", 64)
    settings = MineSettings(engine=engine, workers=2)
    mine(str(tiny_teacher), *sides, tmp_path / engine, settings=settings)
    assert (tmp_path / engine).read_bytes() == (tmp_path / "one").read_bytes()

"""`isogloss compare`: a table, JSON, files; a mistake is one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.runs.items import Items, write_items


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    generator = np.random.default_rng(0)
    for name, share in (("one", 0.4), ("two", 0.9)):
        hits = generator.random(200) < share
        facts = ("bitext", "en-de", "b.tsv", "f" * 16, "accuracy_source_to_target", "m")
        write_items(tmp_path / name, [Items(*facts, hits)])
    return tmp_path / "one", tmp_path / "two"


def test_a_table_and_files(
    isogloss: Callable[..., Any], runs: tuple[Path, Path], tmp_path: Path
) -> None:
    done = isogloss("compare", *runs, "--out", tmp_path / "out")
    assert (done.status, done.errors) == (0, [])
    assert "A: one (m)   B: two (m)" in done.out
    assert "yes" in done.out
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["compare.json", "compare.md"]


def test_json(isogloss: Callable[..., Any], runs: tuple[Path, Path]) -> None:
    done = isogloss("compare", *runs, "--json")
    (row,) = json.loads(done.out)["compared"]
    assert row["difference"] == pytest.approx(0.5, abs=0.1)
    assert row["real"] is True
    assert row["p_value"] < 0.01


def test_a_mistake_is_one_line(
    isogloss: Callable[..., Any], runs: tuple[Path, Path], tmp_path: Path
) -> None:
    done = isogloss("compare", runs[0], tmp_path / "nowhere")
    assert done.status == 2
    assert len(done.errors) == 1
    assert "is no folder; expected" in done.errors[0]
    done = isogloss("compare", runs[0], runs[1], "--out", runs[0] / "items.npz")
    assert done.status == 2

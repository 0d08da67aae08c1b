"""`isogloss encode`: what it prints, and how a mistake ends."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{n}\tA sentence, number {n}.\n" for n in range(30)))
    return path


def test_a_column_of_a_table_becomes_vectors(
    isogloss: Any, tiny_teacher: Path, table: Path, tmp_path: Path
) -> None:
    words = ["encode", "--model", tiny_teacher, "--in", table, "--column", 2]
    done = isogloss(*words, "--out", tmp_path / "a.npy", "--quantize-vectors", "int8")
    assert done.status == 0
    first, second, third = done.out.splitlines()
    assert first.startswith("30 x 32 int8 (")
    assert second.startswith("recall@10 ")
    assert third == f"vectors: {tmp_path / 'a.npy'}"
    assert np.load(tmp_path / "a.npy").shape == (30, 32)
    done = isogloss(*words, "--out", tmp_path / "b.npy", "--json")
    assert json.loads(done.out)["rows"] == 30


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--in", "none.txt"], "no file 'none.txt'"),
        (["--column", "text"], "no column 'text'"),
        ([], "name it with --column"),
        (["--column", "2", "--out", "a.bin"], "expected .npy or .parquet"),
        (["--column", "2", "--role", "x"], "--role 'x'"),
        (["--column", "2", "--id-column", "1"], "--out 'a.npy' keeps no ids"),
        (["--column", "2", "--gpus-per-worker", "1"], "--gpus-per-worker 1 has no say"),
    ],
)
def test_a_mistake_is_one_line(
    isogloss: Any,
    tiny_teacher: Path,
    table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["--in", table, "--out", "a.npy", *words]
    done = isogloss("encode", "--model", tiny_teacher, *given)
    assert done.status == 2
    assert len(done.errors) == 1 and message in done.errors[0]
    assert not (tmp_path / "a.npy").exists()

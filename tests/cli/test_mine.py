"""`isogloss mine`: what its options ask for, what it prints, how a mistake ends."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

STUB = Path(__file__).parents[1] / "recipes" / "mine" / "stub.py"


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two sides, and a model for every name."""
    spec = importlib.util.spec_from_file_location("stub", STUB)
    assert spec and spec.loader
    stub = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stub)
    monkeypatch.setattr("isogloss.recipes.mine.run.open_encoder", lambda *_, **__: stub.Numbers())
    write(tmp_path / "de.txt", [f"Satz {n}" for n in range(30)] + ["SATZ 3"])
    write(tmp_path / "en.txt", [f"sentence {n}" for n in range(10, 40)])
    write(tmp_path / "pairs.tsv", [f"Satz {n}\tsentence {n % 7}" for n in range(9)] + ["alone"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_pairs_are_written_and_collapsed_texts_told(isogloss: Any, texts: Path) -> None:
    done = isogloss(
        *("mine", "--model", "m", "--source", "de.txt", "--target", "en.txt"),
        *("--out", "p.tsv", "--threshold", "1.2"),
    )
    assert done.status == 0
    assert "source: 31 texts, 30 distinct" in done.out
    rows = [line.split("\t") for line in Path("p.tsv").read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 20 and all(float(row[0]) >= 1.2 and len(row) == 3 for row in rows)


def test_json_is_the_account(isogloss: Any, texts: Path) -> None:
    words = ("mine", "--model", "m", "--source", "de.txt", "--target", "en.txt", "--out", "p.tsv")
    account = json.loads(isogloss(*words, "--json").out)
    assert account["target"] == {"texts": 30, "distinct": 30, "collapsed": 0}
    assert account["pairs"] == len(Path("p.tsv").read_text(encoding="utf-8").splitlines())


def test_given_pairs_are_scored_in_their_order(isogloss: Any, texts: Path) -> None:
    done = isogloss("mine", "--model", "m", "--filter", "pairs.tsv", "--out", "s.tsv")
    assert done.status == 0 and "left out: 1 of 10 rows, see s.tsv.rejects.tsv" in done.out
    rows = [line.split("\t") for line in Path("s.tsv").read_text(encoding="utf-8").splitlines()]
    assert [row[1] for row in rows] == [f"Satz {n}" for n in range(9)]
    scores = [float(row[0]) for row in rows]
    assert min(scores[:7]) > max(scores[7:])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--source", "de.txt"), "name both sides"),
        (("--source", "de.txt", "--target", "none.txt"), "no file 'none.txt'"),
        (("--filter", "pairs.tsv", "--source", "de.txt"), "leave the others out"),
        (("--filter", "pairs.tsv", "--retrieval", "max"), "has no say"),
        (("--filter", "pairs.tsv", "--precision", "0.95"), "--precision 0.95 has no say"),
        (("--filter", "pairs.tsv", "--learn"), "--learn has no say over given pairs"),
        (("--filter", "pairs.tsv", "--column", "2"), "--column 2 has no say"),
        (("--filter", "none.tsv"), "no file 'none.tsv'"),
        (("--source", "de.txt", "--target", "en.txt", "--margin", "x"), "--margin 'x'"),
        (("--source", "de.txt", "--target", "en.txt", "--out", "."), "is a folder"),
    ],
)
def test_mistakes_are_told_in_a_line(
    isogloss: Any, texts: Path, words: tuple[str, ...], message: str
) -> None:
    done = isogloss("mine", "--model", "m", "--out", "p.tsv", *words)
    assert done.status == 2 and len(done.errors) == 1 and message in done.errors[0]

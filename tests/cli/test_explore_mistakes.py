"""A mistake in `cluster` and `map` is told before a model is loaded, and what is read is kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.search.clustering import ClusterSettings

TEXTS = [f"text {n}" for n in range(8)]
CLUSTER = ("cluster", "--out", "c.tsv", "--in")
MAP = ("map", "--out", "a.parquet", "--method", "pca", "--in")
KMEANS = ("--method", "kmeans", "--k")


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight texts, four, and some with columns of names that a map needs itself."""
    monkeypatch.chdir(tmp_path)
    Path("texts.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    Path("few.txt").write_text("\n".join(TEXTS[:4]), encoding="utf-8")
    for name in ("x", "score"):
        rows = [json.dumps({"text": text, name: 1}) for text in TEXTS]
        Path(f"{name}.jsonl").write_text("\n".join(rows), encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((*CLUSTER, "texts.txt", "--threshold", "75"), "threshold is 75.0; expected a cosine"),
        ((*CLUSTER, "texts.txt", *KMEANS, "9"), "9 clusters of 8 texts"),
        ((*CLUSTER, "texts.txt", "--recenter"), "no language has 20 texts (unknown (8))"),
        ((*CLUSTER, "texts.txt", *KMEANS, "2", "--threshold", "0.7"), "0.7 has no say in --method"),
        ((*CLUSTER, "texts.txt", *KMEANS, "2", "--min-size", "10"), "with --method community"),
        ((*CLUSTER, "texts.txt", "--seed", "0"), "--seed 0 has no say in --method community"),
        ((*MAP, "texts.txt", "--color", "typo"), "'typo' is no column"),
        ((*MAP, "texts.txt", "--recenter"), "no language has 20 texts"),
        ((*MAP, "few.txt"), "4 texts; expected 5 for a map"),
        ((*MAP, "x.jsonl"), "column 'x' has a name that a map needs itself"),
        ((*MAP, "score.jsonl"), "column 'score' has a name"),
    ],
)
def test_a_mistake_is_told_before_a_model_is_looked_for(
    isogloss: Any, words: tuple[str, ...], message: str
) -> None:
    pytest.importorskip("matplotlib")
    verb, *others = words
    outcome = isogloss(verb, "--model", "./nowhere", *others)
    assert (outcome.status, len(outcome.errors)) == (2, 1)
    assert message in outcome.errors[0]


@pytest.mark.parametrize("verb", ["cluster", "map", "paraphrases"])
def test_a_file_that_is_read_is_not_written_over(isogloss: Any, verb: str) -> None:
    pytest.importorskip("matplotlib")
    path = Path("texts.parquet")
    path.write_bytes(b"what is there")
    outcome = isogloss(verb, "--model", "./nowhere", "--in", path, "--out", f"./{path}")
    assert (outcome.status, len(outcome.errors)) == (2, 1)
    assert "is the file that is read" in outcome.errors[0]
    assert path.read_bytes() == b"what is there"


def test_settings_that_are_left_out_are_the_usual_ones() -> None:
    assert ClusterSettings().bounds == (0.75, 10)
    assert ClusterSettings(threshold=0.0, least=1).bounds == (0.0, 1)

"""`isogloss similarity`, `cluster` and `map`: what they print and what they leave."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from isogloss.cli import terminal
from isogloss.encoders.encoder import load_encoder
from isogloss.samples import read_rows
from isogloss.vectors import normalize

ENGLISH = [row["en"] for row in read_rows("train")[:8]]


@pytest.fixture(autouse=True)
def no_stopwatch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is slow, and would speak of its stages."""
    monkeypatch.setattr(terminal, "SHORT", 600.0)


@pytest.fixture
def texts(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of texts."""

    def write(lines: list[str], name: str = "texts.txt") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_similarity_shows_every_cosine(
    isogloss: Any, tiny_teacher: Path, texts: Callable[..., Path]
) -> None:
    path = texts(ENGLISH[:3])
    outcome = isogloss("similarity", "--model", tiny_teacher, "--in", path)
    assert (outcome.status, outcome.errors) == (0, [])
    assert outcome.out.count("1.000") == 3
    found = json.loads(isogloss("similarity", "--model", tiny_teacher, "--in", path, "--json").out)
    assert found["rows"] == found["columns"] == ENGLISH[:3]
    unit = normalize(load_encoder(tiny_teacher, fast=True).encode(ENGLISH[:3]))
    np.testing.assert_allclose(found["cosines"], unit @ unit.T, atol=1e-5)


def test_similarity_of_two_files_is_a_matrix_and_a_picture(
    isogloss: Any, tiny_teacher: Path, texts: Callable[..., Path], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    sides = (texts(ENGLISH[:3]), texts([*ENGLISH[2:7], "مرحبا بالعالم"], "others.txt"))
    words = ("--model", tiny_teacher, "--in", sides[0], "--with", sides[1], "--json")
    outcome = isogloss("similarity", *words, "--plot", tmp_path / "heat.png")
    found = json.loads(outcome.out)
    assert np.shape(found["cosines"]) == (3, 6)
    assert found["cosines"][2][0] == pytest.approx(1, abs=1e-5)
    assert (tmp_path / "heat.png").read_bytes().startswith(b"\x89PNG")


def test_a_large_matrix_is_shown_in_part_and_says_so(
    isogloss: Any, tiny_teacher: Path, texts: Callable[..., Path], tmp_path: Path
) -> None:
    path = texts([row["en"] for row in read_rows("train")[:70]])
    words = ("--model", tiny_teacher, "--in", path, "--plot", tmp_path / "heat.svg")
    outcome = isogloss("similarity", *words)
    assert "the first 40 × 12 of 70 × 70: --json has all" in outcome.out
    assert "the first 60 × 60 of all" in (tmp_path / "heat.svg").read_text("utf-8")


def test_clusters_hold_every_text_once_and_say_what_is_in_them(
    isogloss: Any, tiny_teacher: Path, texts: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [
        {"text": text, "language": code, "id": f"{code}{n}"}
        for n, (code, text) in enumerate(
            [*[("en", ENGLISH[0])] * 4, *[("de", ENGLISH[0])] * 2, *[("fr", ENGLISH[1])] * 3]
        )
    ]
    rows.append({"text": "alone\there", "language": "en", "id": "x"})
    path, out = texts(list(map(json.dumps, rows)), "rows.jsonl"), tmp_path / "clusters.tsv"
    words = ("--model", tiny_teacher, "--in", path, "--out", out, "--threshold", 0.99)
    outcome = isogloss("cluster", *words, "--min-size", 3)
    assert (outcome.status, outcome.errors) == (0, [])
    assert "en 4, de 2" in outcome.out
    assert "10 texts, 1 of them in no cluster" in outcome.out
    head, *lines = [line.split("\t") for line in out.read_text("utf-8").splitlines()]
    assert head == ["cluster", "id", "language", "text"]
    assert [line[0] for line in lines] == ["0"] * 6 + ["1"] * 3 + ["-1"]
    assert sorted(line[1] for line in lines) == sorted(str(row["id"]) for row in rows)
    assert lines[-1] == ["-1", "x", "en", "alone here"]
    found = json.loads(isogloss("cluster", *words, "--min-size", 3, "--json").out)
    assert found["clusters"][0]["languages"] == {"en": 4, "de": 2}
    assert (found["texts"], found["in_no_cluster"]) == (10, 1)


def test_a_cluster_that_is_not_found_is_told_with_a_way_to_find_one(
    isogloss: Any, tiny_teacher: Path, texts: Callable[..., Path], tmp_path: Path
) -> None:
    path, out = texts(ENGLISH[:3]), tmp_path / "clusters.tsv"
    outcome = isogloss("cluster", "--model", tiny_teacher, "--in", path, "--out", out)
    assert outcome.status == 0
    assert "no cluster: try a lower --threshold, or a lower --min-size" in outcome.out
    assert out.read_text(encoding="utf-8").count("\n-1\t") == 3


def test_kmeans_puts_every_text_into_a_cluster(
    isogloss: Any, tiny_teacher: Path, texts: Callable[..., Path], tmp_path: Path
) -> None:
    words = ("--in", texts(ENGLISH), "--out", tmp_path / "c.tsv", "--method", "kmeans", "--k", 3)
    found = json.loads(isogloss("cluster", "--model", tiny_teacher, *words, "--json").out)
    assert [len(found["clusters"]), found["in_no_cluster"]] == [3, 0]
    assert sum(cluster["size"] for cluster in found["clusters"]) == 8


def test_a_map_is_a_table_with_all_columns_and_a_picture(
    isogloss: Any, tiny_teacher: Path, texts: Callable[..., Path], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    rows = [{"text": text, "lang": "eng", "topic": n % 2} for n, text in enumerate(ENGLISH)]
    path, out = texts(list(map(json.dumps, rows)), "rows.jsonl"), tmp_path / "atlas.parquet"
    words = ("--in", path, "--out", out, "--method", "pca", "--color", "topic")
    outcome = isogloss("map", "--model", tiny_teacher, *words)
    assert (outcome.status, outcome.errors) == (0, [])
    table = pq.read_table(out)
    assert table.schema.names == ["x", "y", "id", "text", "language", "topic"]
    assert {str(table.schema.field(name).type) for name in ("x", "y")} == {"float"}
    assert table["text"].to_pylist() == ENGLISH
    assert table["topic"].to_pylist() == [0, 1] * 4
    assert set(table["language"].to_pylist()) == {"en"}
    assert (tmp_path / "atlas.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["similarity", "--in", "@TEXTS@", "--plot", "heat.jpeg"], "expected .png or .svg"),
        (["similarity", "--in", "nowhere.txt"], "no file 'nowhere.txt'"),
        (["cluster", "--in", "@TEXTS@", "--out", "."], "is a folder"),
        (
            ["cluster", "--in", "@TEXTS@", "--out", "c", "--method", "dbscan"],
            "one of community, kmeans",
        ),
        (["cluster", "--in", "@TEXTS@", "--out", "c", "--method", "kmeans"], "add --k 20"),
        (["cluster", "--in", "@TEXTS@", "--out", "c", "--k", "3"], "is for --method kmeans"),
        (
            ["cluster", "--in", "@TEXTS@", "--out", "c", "--method", "kmeans", "--k", "99"],
            "99 clusters of 8 texts",
        ),
        (["cluster", "--in", "@TEXTS@", "--out", "c", "--recenter"], "no language has 20 texts"),
        (["map", "--in", "@TEXTS@", "--out", "atlas.csv"], "expected .parquet"),
        (["map", "--in", "@TEXTS@", "--out", "a.parquet", "--method", "som"], "umap, tsne, pca"),
        (
            ["map", "--in", "@TEXTS@", "--out", "a.parquet", "--method", "pca", "--color", "topic"],
            "'topic' is no column",
        ),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(
    isogloss: Any,
    tiny_teacher: Path,
    texts: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    path = texts(ENGLISH)
    verb, *others = [str(path) if word == "@TEXTS@" else word for word in words]
    outcome = isogloss(verb, "--model", tiny_teacher, *others)
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.errors) == 1
    assert message in outcome.errors[0]
    assert list(tmp_path.iterdir()) == [path]

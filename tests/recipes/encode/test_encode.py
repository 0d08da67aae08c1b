"""Encoding a file: the vectors of one call, in any format, by any number of processes, resumed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.opening import load
from isogloss.errors import InputError, IsoglossError, OutputFolderError
from isogloss.protocols import DOCUMENT, QUERY
from isogloss.recipes.encode import run as encoding
from isogloss.recipes.encode.run import EncodeReport, encode
from isogloss.samples import read_rows
from isogloss.shards.on_ray import cluster

TEXTS = [row["en"] for row in read_rows("train")][:100]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Texts, a line of nothing among them, and one that is not UTF-8."""
    path = tmp_path / "texts.txt"
    path.write_bytes("\n".join([*TEXTS, "", "end"]).encode() + b"\n\xff\n")
    return path


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "BLOCK", 40)


def run(model: Path, source: Path, out: Path, **words: Any) -> EncodeReport:
    return encode(model, source, out, **{"precision": "fp32", **words})


@pytest.fixture(scope="session")
def vectors(tiny_teacher: Path) -> np.ndarray:
    """What one call gives for the lines."""
    encoder = load(tiny_teacher, precision="fp32")
    return encoder.encode([*TEXTS, "", "end", ""])


def test_a_row_of_the_file_is_a_row_of_the_result_bit_by_bit(
    tiny_teacher: Path, lines: Path, vectors: np.ndarray, tmp_path: Path
) -> None:
    report = run(tiny_teacher, lines, tmp_path / "a.npy")
    rows = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert rows.dtype == np.float32
    assert np.array_equal(rows, vectors)
    assert (report.rows, report.without_text) == (103, {"not UTF-8": 1, "empty": 1})
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"texts.txt", "a.npy", "a.npy.json"}
    account = json.loads((tmp_path / "a.npy.json").read_text())
    assert account["fingerprint"] == load(tiny_teacher, precision="fp32").fingerprint
    assert [part["rows"] for part in account["parts"]] == [103]


@pytest.mark.usefixtures("small_parts")
def test_parquet_has_ids_texts_and_a_row_group_a_part(
    tiny_teacher: Path, vectors: np.ndarray, tmp_path: Path
) -> None:
    source = tmp_path / "a.jsonl"
    rows = [json.dumps({"id": f"k{n}", "text": text}) for n, text in enumerate(TEXTS)]
    source.write_text("\n".join(rows), encoding="utf-8")
    run(tiny_teacher, source, tmp_path / "a.parquet")
    table = pq.ParquetFile(tmp_path / "a.parquet")
    assert table.metadata.num_row_groups == 3
    read = table.read().to_pydict()
    assert (read["id"], read["text"]) == ([f"k{n}" for n in range(100)], TEXTS)
    np.testing.assert_allclose(np.array(read["embedding"]), vectors[:100], atol=1e-5)
    assert json.loads(table.schema_arrow.metadata[b"isogloss"])["rows"] == 100


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("name", ["a.npy", "a.parquet"])
def test_what_is_done_is_kept_and_the_result_is_the_same(
    tiny_teacher: Path,
    lines: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    (tmp_path / "once").mkdir()
    run(tiny_teacher, lines, tmp_path / "once" / name)
    asked: list[int] = []
    whole = SentenceEncoder.encode

    def stopped(self: SentenceEncoder, texts: list[str], **words: Any) -> Any:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(len(texts))
        return whole(self, texts, **words)

    monkeypatch.setattr(SentenceEncoder, "encode", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(tiny_teacher, lines, tmp_path / name)
    assert not (tmp_path / name).exists()
    asked = [0]
    run(tiny_teacher, lines, tmp_path / name)
    assert asked == [0, 23]  # the third part alone
    assert (tmp_path / name).read_bytes() == (tmp_path / "once" / name).read_bytes()


def test_quantized_rows_are_those_of_the_vectors_and_their_loss_is_told(
    tiny_teacher: Path, lines: Path, vectors: np.ndarray, tmp_path: Path
) -> None:
    report = run(tiny_teacher, lines, tmp_path / "a.npy", quantize="int8")
    codes, scales = np.load(tmp_path / "a.npy"), np.load(tmp_path / "a.scales.npy")
    assert (codes.dtype, scales.dtype) == (np.int8, np.float32)
    np.testing.assert_allclose(codes * scales[:, None], vectors, atol=np.abs(vectors).max() / 200)
    assert report.recall_at_10 is not None and report.recall_at_10 > 0.9
    bits = run(tiny_teacher, lines, tmp_path / "b.npy", quantize="binary")
    assert np.array_equal(np.unpackbits(np.load(tmp_path / "b.npy"), axis=1), vectors > 0)
    assert bits.recall_at_10 is not None and bits.recall_at_10 < report.recall_at_10
    run(tiny_teacher, lines, tmp_path / "c.parquet", quantize="int8")
    table = pq.read_table(tmp_path / "c.parquet").to_pydict()
    assert np.array_equal(np.array(table["embedding"]), codes)
    assert np.array_equal(np.array(table["scale"], np.float32), scales)


def test_a_role_has_the_models_prompt_for_it(
    prompted: Callable[..., Path], lines: Path, tmp_path: Path
) -> None:
    model = prompted({"query": "query: ", "passage": "passage: "})
    encoder = load(model, precision="fp32")
    for role, use, text in (("query", QUERY, "query: "), ("document", DOCUMENT, "passage: ")):
        report = run(model, lines, tmp_path / "a.npy", role=role)
        assert report.prompt == text
        expected = encoder.encode([*TEXTS, "", "end", ""], role=use)
        assert np.array_equal(np.load(tmp_path / "a.npy"), expected)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"out": "a.txt"}, "expected .npy or .parquet"),
        ({"role": "passage"}, "--role 'passage'"),
        ({"quantize": "int4"}, "expected one of int8, binary"),
        ({"precision": "fp16"}, "--precision 'fp16'"),
        ({"engine": "spark"}, "engine 'spark'"),
        ({"workers": 0}, "at least 1"),
    ],
)
def test_words_are_checked_before_the_model_is_looked_for(
    tmp_path: Path, words: dict[str, Any], message: str
) -> None:
    source = tmp_path / "texts.npy"
    source.write_text("a text\n")
    out = tmp_path / words.pop("out", "a.npy")
    with pytest.raises(InputError, match=message):
        encode("no-such-model", source, out, **words)


def test_a_result_that_cannot_be_written_keeps_the_vectors(
    tiny_teacher: Path, lines: Path, tmp_path: Path
) -> None:
    with pytest.raises(OutputFolderError, match="is a folder"):
        (tmp_path / "b.npy").mkdir()
        run(tiny_teacher, lines, tmp_path / "b.npy")
    with pytest.raises(OutputFolderError, match="is the file that is read"):
        (tmp_path / "c.npy").write_text("a text\n")
        run(tiny_teacher, tmp_path / "c.npy", tmp_path / "c.npy")
    (tmp_path / ".a.npy.joining").mkdir()  # in the way of the file to be
    with pytest.raises(IsoglossError, match="the vectors are kept"):
        run(tiny_teacher, lines, tmp_path / "a.npy")
    assert list((tmp_path / "a.npy.parts").glob("*.part"))


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[None]:
    pytest.importorskip("ray")
    with cluster(2):
        yield


@pytest.mark.slow  # every process loads torch
@pytest.mark.usefixtures("small_parts", "ray_cluster")
def test_two_workers_give_the_same_file(tiny_teacher: Path, lines: Path, tmp_path: Path) -> None:
    files = []
    for words in ({}, {"workers": 2}, {"engine": "ray", "workers": 2}):
        run(tiny_teacher, lines, tmp_path / "a.parquet", **words)
        files.append((tmp_path / "a.parquet").read_bytes())
    assert files[0] == files[1] == files[2]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.usefixtures("small_parts", "ray_cluster")
def test_a_worker_of_ray_that_is_killed_leaves_no_trace(
    tiny_teacher: Path, tmp_path: Path, kill_a_ray_worker: Callable[[], list[int]]
) -> None:
    source = tmp_path / "texts.txt"
    source.write_text("\n".join(f"{text} {n}" for n in range(40) for text in TEXTS))
    run(tiny_teacher, source, tmp_path / "one.npy")
    killed = kill_a_ray_worker()
    run(tiny_teacher, source, tmp_path / "ray.npy", engine="ray", workers=2)
    assert len(killed) == 1
    assert (tmp_path / "ray.npy").read_bytes() == (tmp_path / "one.npy").read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_command_goes_on_after_kill_9(tiny_teacher: Path, tmp_path: Path) -> None:
    source = tmp_path / "texts.txt"
    source.write_text("\n".join(f"{text} {n}" for n in range(400) for text in TEXTS))
    words = ["--model", tiny_teacher, "--in", source, "--out"]
    command = [sys.executable, "-m", "isogloss", "encode", *map(str, words)]
    subprocess.run([*command, str(tmp_path / "whole.npy")], check=True)
    killed = [*command, str(tmp_path / "a.npy")]
    with subprocess.Popen(killed) as process:
        while not list(tmp_path.glob("a.npy.parts/*.json")):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "a.npy").exists()
    subprocess.run(killed, check=True)
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()

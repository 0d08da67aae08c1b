"""Files appear whole or not at all; the account of versions and memory."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest

from isogloss.runs.provenance import PACKAGES, code_version, environment, peak_memory_bytes
from isogloss.writing import write_json, write_whole


@pytest.mark.parametrize(("content", "written"), [("é\nb", b"\xc3\xa9\nb"), (b"\x00", b"\x00")])
def test_content_is_written_as_it_is(tmp_path: Path, content: str | bytes, written: bytes) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    write_whole(path, content)
    assert path.read_bytes() == written
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "file"
    path.write_text("before")

    def refuse(*arguments: Any, **named: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os if call == "fsync" else Path, call, refuse)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "after")
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_what_is_no_json_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_json(path, {"Größe": [1, None]})
    with pytest.raises(TypeError):
        write_json(path, {"path": tmp_path})
    assert json.loads(path.read_text("utf-8")) == {"Größe": [1, None]}
    assert "Größe" in path.read_text("utf-8")


def test_json_is_strict_whatever_the_numbers_are(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_json(path, {"a": [float("nan"), {"b": float("inf")}, (1.5, -float("inf"))], "c": "NaN"})

    def refuse(word: str) -> None:
        raise AssertionError(word)

    read = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    assert read == {"a": [None, {"b": None}, [1.5, None]], "c": "NaN"}


def test_names_of_files_that_are_not_utf8_can_be_written(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.tsv")
    write_json(tmp_path / "file.json", {"where": name})
    assert json.loads((tmp_path / "file.json").read_text("utf-8")) == {"where": name}
    write_whole(tmp_path / "report.md", f"`{name}`")
    assert (tmp_path / "report.md").read_text("utf-8") == "`caf\\udce9.tsv`"


def test_the_environment_names_versions_and_can_be_written(tmp_path: Path) -> None:
    facts = environment()
    assert set(facts.packages) == set(PACKAGES)
    assert facts.packages["numpy"] == numpy.__version__
    assert facts.packages["isogloss"] == code_version()
    assert facts.processors == os.cpu_count()
    write_json(tmp_path / "facts.json", facts.model_dump())


def test_peak_memory_is_in_bytes() -> None:
    before = peak_memory_bytes()
    block = numpy.ones(64_000_000, numpy.uint8)
    assert block.sum() == 64_000_000
    assert 10_000_000 < before <= peak_memory_bytes() < 1 << 42


def test_peak_memory_is_that_of_this_process_not_of_the_one_that_started_it() -> None:
    block = numpy.ones(400_000_000, numpy.uint8)
    script = "from isogloss.runs.provenance import peak_memory_bytes; print(peak_memory_bytes())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert block.all() and int(done.stdout) < block.nbytes

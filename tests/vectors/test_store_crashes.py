"""The target store on a disk that fills up, beside other writers, and after a crash at any byte."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import OutputFolderError
from isogloss.vectors import store as room
from isogloss.vectors.store import (
    TargetStore,
)

from .teacher import DIM, CountingTeacher, as_fp16, open_store, stored, vectors


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BLOCK", 4)


@pytest.mark.parametrize("suffix", [".rows", ".keys"])
@pytest.mark.usefixtures("small_blocks")
def test_a_crash_at_any_byte_costs_only_what_was_not_yet_written(
    tmp_path: Path, suffix: str
) -> None:
    texts = [f"text {k}" for k in range(10)]
    open_store(tmp_path / "whole").ensure(texts, vectors)
    [path] = (tmp_path / "whole").glob(f"*/*{suffix}")
    row = 2 * DIM if suffix == ".rows" else room.KEY_BYTES
    for size in range(path.stat().st_size):
        broken = tmp_path / f"{suffix}{size}"
        shutil.copytree(tmp_path / "whole", broken)
        os.truncate(broken / path.relative_to(tmp_path / "whole"), size)
        store, teacher = open_store(broken), CountingTeacher()
        assert len(store) == size // row
        found = store.find(texts) >= 0
        present = [text for text, there in zip(texts, found, strict=True) if there]
        assert len(present) == len(store)
        assert (stored(store, present) == as_fp16(present)).all()
        assert store.ensure(texts, teacher.encode) == len(texts) - len(present)
        assert not set(teacher.asked) & set(present)
        assert (stored(open_store(broken), texts) == as_fp16(texts)).all()
        shutil.rmtree(broken)


def test_keys_without_rows_do_not_count(tmp_path: Path) -> None:
    open_store(tmp_path).ensure(["a"], vectors)
    [rows] = tmp_path.glob("*/*.rows")
    rows.unlink()
    assert len(open_store(tmp_path)) == 0


WRITER = """
import hashlib, sys
from pathlib import Path
import numpy as np
from isogloss.vectors import store as room
room.BLOCK = 3
def vectors(texts):
    return np.array([[len(text), int(text)] for text in texts], np.float32)
store = room.TargetStore(Path(sys.argv[1]), {}, 2)
for start in range(int(sys.argv[2]), int(sys.argv[3]), 20):
    store.ensure([str(k) for k in range(start, start + 40)], vectors)
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    spans = ("0", "200"), ("100", "300")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), *span]) for span in spans
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    store = TargetStore(tmp_path, {}, 2)
    texts = [str(k) for k in range(320)]
    assert (stored(store, texts) == [[len(text), int(text)] for text in texts]).all()


def full_disk(after: int, call: Callable[..., Any]) -> Callable[..., Any]:
    """A call that finds the disk full from its `after`-th time on."""
    times = 0

    def refuse(*arguments: Any, **named: Any) -> Any:
        nonlocal times
        times += 1
        if times > after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return call(*arguments, **named)

    return refuse


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(("synced", "kept"), [(0, 0), (1, 0), (2, 4), (3, 4), (4, 8)])
def test_a_full_disk_costs_only_the_present_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synced: int, kept: int
) -> None:
    texts = [f"text {k}" for k in range(12)]
    store = open_store(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_disk(synced, os.fsync))
        with pytest.raises(OutputFolderError, match=r"No space left.*ISOGLOSS_CACHE"):
            store.ensure(texts, vectors)
    reader, teacher = open_store(tmp_path), CountingTeacher()
    # the block that met the full disk may have been written whole before it failed to be synced
    assert kept <= len(reader) <= kept + 4
    reader.ensure(texts, teacher.encode)
    assert len(teacher.asked) <= 12 - kept
    assert (stored(reader, texts) == as_fp16(texts)).all()


def test_a_full_disk_at_the_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", full_disk(0, Path.open))
    with pytest.raises(OutputFolderError, match="No space left"):
        open_store(tmp_path).ensure(["a"], vectors)


def test_a_store_that_cannot_be_written_still_gives_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(tmp_path).ensure(["a", "b"], vectors)

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for name in ("mkdir", "replace", "fsync"):
        monkeypatch.setattr(os, name, refuse)
    store = open_store(tmp_path)
    assert store.ensure(["b", "a"], vectors) == 0
    with pytest.raises(OutputFolderError, match=r"Read-only.*ISOGLOSS_CACHE"):
        store.ensure(["c"], vectors)

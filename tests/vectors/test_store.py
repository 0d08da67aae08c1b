"""The target store: what is kept, what a crash can cost, and who may write beside whom."""

import errno
import hashlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isogloss.errors import DataFormatError, ModelShapeError, OutputFolderError
from isogloss.protocols import FloatArray
from isogloss.spooled import TextColumn
from isogloss.vectors import store as room
from isogloss.vectors.store import (
    TargetStore,
    default_store_folder,
    hash_texts,
    namespace_folder,
)

DIM = 5
NAMESPACE: dict[str, str | int | bool] = {"teacher": "abc", "max_length": 64}


def vectors(texts: Sequence[str], dim: int = DIM) -> FloatArray:
    """A teacher without a model: a vector that follows from the text alone."""
    seeds = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
    rows = [np.random.default_rng(list(seed)).normal(size=dim) for seed in seeds]
    return np.array(rows, np.float32).reshape(len(texts), dim)


class CountingTeacher:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.asked += texts
        return vectors(texts)


def open_store(root: Path) -> TargetStore:
    return TargetStore(root, NAMESPACE, DIM)


def stored(store: TargetStore, texts: Sequence[str]) -> FloatArray:
    rows = store.find(texts)
    assert (rows >= 0).all()
    return store.gather(rows)


def as_fp16(texts: Sequence[str]) -> FloatArray:
    return vectors(texts).astype(np.float16).astype(np.float32)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BLOCK", 4)


TEXTS = st.lists(st.text(st.characters(exclude_categories=()), max_size=8), max_size=12)


@given(st.lists(TEXTS, max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_ensured_is_what_the_teacher_says(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[str]]
) -> None:
    root, teacher = tmp_path_factory.mktemp("store"), CountingTeacher()
    store, known = open_store(root), set[str]()
    for texts in parts:
        assert store.ensure(texts, teacher.encode) == len(set(texts) - known)
        known |= set(texts)
        for reader in (store, open_store(root)):
            assert (stored(reader, texts) == as_fp16(texts)).all()
            assert len(reader) == len(known)
    assert sorted(teacher.asked) == sorted(known)


@pytest.mark.parametrize("held", [list, TextColumn])
def test_texts_are_embedded_by_length_whatever_holds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: type[Sequence[str]]
) -> None:
    monkeypatch.setattr(room, "BLOCK", 7)
    draw = random.Random(0)
    texts = ["".join(draw.choices("aé\ud800z", k=draw.randint(0, 4))) for _ in range(200)]
    teacher, store = CountingTeacher(), open_store(tmp_path)
    store.ensure(texts[:20], vectors)
    known = set(texts[:20])
    new = sorted(set(texts) - known, key=lambda text: (len(text), text))
    assert store.ensure(held(texts), teacher.encode) == len(new)
    assert teacher.asked == new
    assert np.allclose(stored(store, held(texts)), vectors(texts), atol=1e-2)


def test_a_text_is_embedded_once_for_all_runs(tmp_path: Path) -> None:
    teacher, heard = CountingTeacher(), list[int]()
    assert open_store(tmp_path).ensure(["a", "b", "a", "b"], teacher.encode, heard.append) == 2
    assert open_store(tmp_path).ensure(["b", "c", "a"], teacher.encode, heard.append) == 1
    assert sorted(teacher.asked) == ["a", "b", "c"]
    assert sum(heard) == 3


def test_where_a_namespace_lies_is_known_before_it_is_there(tmp_path: Path) -> None:
    folder = namespace_folder(tmp_path, NAMESPACE, DIM)
    assert not folder.exists()
    assert open_store(tmp_path).folder == folder


def test_unknown_texts_have_no_row(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert store.find(["a", "b"]).tolist() == [-1, -1]
    store.ensure(["b"], vectors)
    assert store.find(["a", "b", "b"]).tolist() == [-1, 0, 0]
    assert store.find([]).shape == (0,)


def test_rows_that_are_not_there_cannot_be_gathered(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(IndexError):
        store.gather(store.find(["a"]))
    store.ensure(["a", "b"], vectors)
    with pytest.raises(IndexError):
        store.gather(store.find(["a", "never seen"]))


@pytest.mark.parametrize("other", [{"teacher": "def"}, {"max_length": 65}, {"prompt": "query: "}])
def test_another_teacher_has_another_folder(tmp_path: Path, other: dict[str, Any]) -> None:
    open_store(tmp_path).ensure(["a"], vectors)
    assert len(TargetStore(tmp_path, NAMESPACE | other, DIM)) == 0
    assert len(TargetStore(tmp_path, NAMESPACE, DIM + 1)) == 0
    reordered = dict(reversed(NAMESPACE.items()))
    assert len(TargetStore(tmp_path, reordered, DIM)) == 1


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


def test_stores_are_merged_by_copying_shards(tmp_path: Path) -> None:
    open_store(tmp_path / "one").ensure(["a", "b"], vectors)
    open_store(tmp_path / "two").ensure(["b", "c"], vectors)
    [there] = (tmp_path / "one").iterdir()
    for shard in (tmp_path / "two").glob("*/*.[rk]*"):
        shutil.copy(shard, there)
    assert (stored(open_store(tmp_path / "one"), ["a", "b", "c"]) == as_fp16(["a", "b", "c"])).all()


def test_a_reader_sees_what_others_wrote_after_a_refresh(tmp_path: Path) -> None:
    reader, writer = open_store(tmp_path), open_store(tmp_path)
    writer.ensure(["a"], vectors)
    assert reader.find(["a"]).tolist() == [-1]
    reader.refresh()
    assert (stored(reader, ["a"]) == as_fp16(["a"])).all()


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


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 70_000.0])
def test_vectors_that_are_no_numbers_in_fp16_are_refused(tmp_path: Path, value: float) -> None:
    def spoilt(texts: Sequence[str]) -> FloatArray:
        rows = vectors(texts)
        rows[[text == "bad" for text in texts], 2] = value
        return rows

    store = open_store(tmp_path)
    way = "too long for float16.*normalizes" if value == 70_000.0 else "NaN or infinity.*fp32"
    with pytest.raises(DataFormatError, match=f"'bad' .*{way}"):
        store.ensure(["good", "bad"], spoilt)
    assert len(open_store(tmp_path)) == 0


@pytest.mark.parametrize("shape", [(2, DIM + 1), (1, DIM)])
def test_a_teacher_of_another_shape_is_refused(tmp_path: Path, shape: tuple[int, int]) -> None:
    with pytest.raises(ModelShapeError, match="expected"):
        open_store(tmp_path).ensure(["a", "b"], lambda texts: np.zeros(shape, np.float32))
    assert len(open_store(tmp_path)) == 0


def test_keys_hold_no_zero_byte_and_differ() -> None:
    texts = [str(k) for k in range(20_000)]
    keys = hash_texts(texts)
    assert len(np.unique(keys)) == len(texts)
    assert b"\0" not in keys.tobytes()
    order = random.Random(0).sample(range(len(texts)), 100)
    assert (hash_texts([texts[k] for k in order]) == keys[order]).all()


def test_the_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path))
    assert default_store_folder() == tmp_path / "targets"
    monkeypatch.delenv("ISOGLOSS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_store_folder() == tmp_path / "xdg" / "isogloss" / "targets"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_store_folder() == Path.home() / ".cache" / "isogloss" / "targets"

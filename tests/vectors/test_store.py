"""The target store: what is kept, under which name, and which vectors are refused."""

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isogloss.errors import DataFormatError, ModelShapeError
from isogloss.protocols import FloatArray
from isogloss.spooled import TextColumn
from isogloss.vectors import store as room
from isogloss.vectors.store import (
    TargetStore,
    default_store_folder,
    hash_texts,
    namespace_folder,
)

from .teacher import DIM, NAMESPACE, CountingTeacher, as_fp16, open_store, stored, vectors

TEXTS = st.lists(st.text(st.characters(exclude_categories=()), max_size=8), max_size=12)


@given(st.lists(TEXTS, max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_ensured_is_what_the_teacher_says(
    new_folder: Callable[[], Path], parts: list[list[str]]
) -> None:
    root, teacher = new_folder(), CountingTeacher()
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

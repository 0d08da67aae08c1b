"""Texts that need not fit into memory are what a list of them is, and leave nothing behind."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isogloss import spooled
from isogloss.errors import OutputFolderError
from isogloss.spooled import Joined, TextColumn, Texts, gather

ANY_TEXT = st.text(st.characters(), max_size=20) | st.just("\ud800") | st.just("a\udfff\0\n")
LISTS = st.lists(ANY_TEXT, max_size=30)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(params=["in memory", "in a file", "in both"], autouse=True)
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where texts lie: limits of bytes and of texts that a test can reach."""
    if request.param != "in memory":
        monkeypatch.setattr(spooled, "IN_MEMORY", 8)
        monkeypatch.setattr(spooled, "_APPENDED", 0 if request.param == "in a file" else 8)
    monkeypatch.setattr(spooled, "_BLOCK", 4)
    yield


every = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25
)


@every
@given(LISTS, st.data())
def test_a_column_is_read_like_the_list_of_its_texts(texts: list[str], data: st.DataObject) -> None:
    column = TextColumn(texts)
    assert list(column) == texts
    assert column == texts and texts == column
    assert len(column) == len(texts)
    start, stop = (data.draw(st.none() | st.integers(-40, 40)) for _ in range(2))
    step = data.draw(st.none() | st.integers(-4, 4).filter(bool))
    assert column[start:stop:step] == texts[start:stop:step]
    for at in range(-len(texts), len(texts)):
        assert column[at] == texts[at]
    for at in (len(texts), -len(texts) - 1):
        with pytest.raises(IndexError):
            column[at]


@every
@given(st.lists(LISTS, max_size=4))
def test_texts_go_on_behind_what_was_read(blocks: list[list[str]]) -> None:
    column, texts = TextColumn(), []
    for block in blocks:
        column.extend(block)
        texts += block
        assert column == texts


@every
@given(LISTS.filter(bool), st.data())
def test_selections_and_joins_are_those_of_lists(texts: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=40))
    again = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=40)) if rows else []
    column = TextColumn(texts)
    chosen = column.take(rows)
    assert chosen == [texts[row] for row in rows]
    assert chosen.take(again) == [texts[rows[row]] for row in again]
    joined = Joined([texts, chosen, [], column])
    expected = [*texts, *chosen, *texts]
    assert joined == expected
    order = data.draw(st.permutations(range(len(expected))))
    assert gather(joined, np.array(order)) == gather(expected, np.array(order))
    assert joined.distinct() == list(dict.fromkeys(expected))


def test_a_row_that_is_not_there_cannot_be_taken() -> None:
    for row in (-1, 2):
        with pytest.raises(IndexError):
            TextColumn(["a", "b"]).take([row])


@pytest.mark.parametrize("made", [TextColumn, lambda texts: Joined([texts, []])])
def test_a_copy_in_another_process_has_the_texts(made: type[Texts]) -> None:
    texts = ["one", "", "\ud800", "zwölf" * 10]
    assert pickle.loads(pickle.dumps(made(texts))) == texts


def test_columns_differ_by_their_texts_and_show_the_first() -> None:
    column = TextColumn(["a", "b", "c", "d", "e"])
    assert column != ["a", "b", "c", "d", "x"]
    assert column != ["a"]
    assert column != "abcde"
    assert repr(column) == "<TextColumn: 'a', 'b', 'c' and 2 more>"


def test_a_killed_process_leaves_no_file(cache: Path) -> None:
    script = (
        "import isogloss.spooled as s; s.IN_MEMORY = 10; c = s.TextColumn(['text'] * 9_000);"
        "print(c._file is not None, c[8_999], flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True text\n"
        process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    assert [path.name for path in cache.iterdir()] == ["texts"]
    assert list((cache / "texts").iterdir()) == []


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    resource = pytest.importorskip("resource")  # the limit stands for the disk: EFBIG
    monkeypatch.setattr(spooled, "IN_MEMORY", 10)
    column = TextColumn()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(OutputFolderError) as told:
            column.extend(["text"] * 20_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(cache / "texts") in str(told.value)
    assert "expected room on that disk: free some; ISOGLOSS_CACHE names" in str(told.value)


def test_a_cache_that_is_no_folder_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(spooled, "IN_MEMORY", 10)
    (tmp_path / "file").touch()
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "file"))
    with pytest.raises(OutputFolderError, match="cannot be written"):
        TextColumn(["text"] * 20)


def test_where_the_system_has_no_pread_texts_are_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "pread", raising=False)
    monkeypatch.setattr(spooled, "IN_MEMORY", 10)
    texts = [str(number) for number in range(100)]
    assert TextColumn(texts) == texts

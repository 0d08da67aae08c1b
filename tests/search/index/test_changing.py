"""Documents are added to an index and deleted from it as a whole, or not at all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.errors import (
    DataFormatError,
    InputError,
    OutputFolderError,
)
from isogloss.locks import lock
from isogloss.search.index import (
    Document,
    Index,
    create_index,
)
from isogloss.search.index.changing import changing

from .documents import Build, ids, numbered


@pytest.mark.usefixtures("small_segments")
def test_documents_are_added_and_deleted_later(built: Build, tmp_path: Path) -> None:
    index = built(numbered(20))
    assert index.add([Document("a rare phrase"), Document("another", "own")]) == 2
    assert ids(index, "rare phrase", k=1) == ["21"]
    assert index.delete(["21", "3", "own"]) == 3
    reopened = Index(tmp_path / "index", lambda name: index.encoder)
    assert len(index) == len(reopened) == 19
    assert "21" not in ids(reopened, "rare phrase", k=30)
    reopened.add([Document("once more")])
    assert ids(reopened, "once more", k=1) == ["21"]


@pytest.mark.usefixtures("small_segments")
def test_an_exact_index_never_has_many_files(words: Any, tmp_path: Path) -> None:
    index = create_index(tmp_path / "index", words, numbered(3))
    for n in range(30):
        index.add([Document(f"single {n}")])
    files = list((tmp_path / "index" / "rows").iterdir())
    assert len(index) == 33
    assert len(files) <= 33 // 8 + 2
    index.delete([str(n) for n in range(1, 33)])
    assert len(list((tmp_path / "index" / "rows").iterdir())) == 1
    assert ids(index, "single 29") == ["33"]


def test_all_documents_may_go_and_others_come(built: Build) -> None:
    index = built()
    index.delete(["m", "z", "t", "n"])
    assert len(index) == 0
    assert ids(index, "train") == []
    index.add([Document("the train", "t")])
    assert ids(index, "train") == ["t"]


def test_an_id_that_is_there_is_refused_and_nothing_is_added(built: Build) -> None:
    index = built()
    with pytest.raises(InputError, match="id 'z' is in the index already"):
        index.add([Document("new", "new"), Document("old", "z")])
    with pytest.raises(InputError, match="id 'a' stands twice"):
        index.add([Document("one", "a"), Document("two", "a")])
    assert len(index) == 4


def test_an_unknown_id_is_refused_and_nothing_is_deleted(built: Build) -> None:
    index = built()
    with pytest.raises(InputError, match=r"no document 'q'.*nothing is deleted"):
        index.delete(["m", "q"])
    assert len(index) == 4


def test_a_column_that_the_index_lacks_or_another_type_is_refused(built: Build) -> None:
    index = built()
    with pytest.raises(DataFormatError, match=r"column 'author'.*'source', 'year'"):
        index.add([Document("x", fields={"author": "Ann"})])
    with pytest.raises(DataFormatError, match=r"'MMXX' in column 'year'; expected int64"):
        index.add([Document("x", fields={"year": 1}), Document("y", fields={"year": "MMXX"})])
    assert len(index) == 4


def test_a_column_that_the_index_needs_itself_is_refused(built: Build) -> None:
    with pytest.raises(InputError, match="column 'vector' has a name"):
        built([Document("x", fields={"vector": 1})])


def test_values_that_are_no_numbers_are_kept_as_text(built: Build) -> None:
    index = built(
        [
            Document("x", "1", fields={"tags": ["a", "b"], "mixed": 1}),
            Document("y", "2", fields={"mixed": "two"}),
        ]
    )
    fields = {hit.id: hit.fields for hit in index.search(["x"])[0]}
    assert fields == {"1": {"tags": '["a", "b"]', "mixed": "1"}, "2": {"tags": "", "mixed": "two"}}


@pytest.mark.usefixtures("small_segments")
def test_vectors_that_are_none_are_refused_and_nothing_is_lost(
    built: Build, words: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = built(numbered(12))
    plain = words.encode
    broken = np.full((1, 32), np.nan, np.float32)
    monkeypatch.setattr(
        words, "encode", lambda texts, **more: np.vstack([plain(texts[1:]), broken])
    )
    with pytest.raises(InputError, match="vectors with NaN or infinity"):
        index.add(numbered(20))
    with pytest.raises(InputError, match="vectors with NaN or infinity"):
        index.search(["x"])
    monkeypatch.setattr(words, "encode", plain)
    assert len(index) == 12
    assert ids(index, "item3", k=1) == ["4"]


def test_a_reader_keeps_what_it_opened_while_the_index_changes(words: Any, tmp_path: Path) -> None:
    writer = create_index(tmp_path / "index", words, numbered(9))
    reader = Index(tmp_path / "index", lambda name: words)
    writer.delete(["1"])
    writer.add([Document("new")])
    assert len(reader) == 9
    assert ids(reader, "word0 thing0 item0", k=1) == ["1"]


def test_one_process_at_a_time_changes_an_index(built: Build, tmp_path: Path) -> None:
    index = built()
    with changing(tmp_path / "index"):
        for change in (lambda: index.add([Document("x")]), lambda: index.delete(["m"])):
            with pytest.raises(OutputFolderError, match="being changed by another process"):
                change()
        assert ids(index, "the train to hamburg", k=1) == ["t"]


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("before", [0, 8, 20], ids=["no file yet", "one file", "two files"])
def test_a_second_build_leaves_the_first_alone(
    words: Any, make_words: Any, engine: str, tmp_path: Path, before: int
) -> None:
    folder, documents = tmp_path / "index", numbered(24)

    def interrupted() -> Any:
        yield from documents[:before]
        with pytest.raises(OutputFolderError, match="being changed by another process"):
            create_index(folder, make_words(dim=16, fingerprint="other"), numbered(3))
        yield from documents[before:]

    index = create_index(folder, words, interrupted(), name="first", engine=engine)
    assert (len(index), index.model.name) == (24, "first")
    reopened = Index(folder, lambda name: words)
    assert (len(reopened), reopened.model, reopened.engine_name) == (24, index.model, engine)
    assert ids(reopened, documents[9].text, k=1) == ["10"]


def test_a_lock_that_its_holder_removed_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(stream: Any) -> bool:
        (tmp_path / ".lock").unlink()
        return lock(stream)

    monkeypatch.setattr("isogloss.search.index.changing.lock", late)
    refused = pytest.raises(OutputFolderError, match="being changed by another process")
    with refused, changing(tmp_path):
        pytest.fail("another process may hold a new one")


@pytest.mark.usefixtures("small_segments")
def test_numbers_begin_above_those_of_the_same_file(built: Build) -> None:
    documents = [Document(f"text {n}", str(n)) for n in range(1, 6)]
    index = built([Document("none"), *documents, Document("none either")])
    assert sorted(ids(index, "text", k=9)) == ["1", "2", "3", "4", "5", "6", "7"]

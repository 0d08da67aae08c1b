"""A build, an addition or a deletion that is cut off loses nothing, and goes on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import isogloss
from isogloss.errors import (
    DataFormatError,
)
from isogloss.search.index import (
    Document,
    Index,
    create_index,
    lance,
)

from .documents import Build, ids, numbered


def dying(documents: list[Document], after: int) -> Iterator[Document]:
    yield from documents[:after]
    raise KeyboardInterrupt


@pytest.mark.usefixtures("small_segments")
def test_a_build_that_is_interrupted_goes_on_where_it_was(
    built: Build, words: Any, tmp_path: Path
) -> None:
    documents = numbered(30)
    with pytest.raises(KeyboardInterrupt):
        built(dying(documents, 20))
    assert len(words.calls) == 16  # two files of 8; the third was not full
    with pytest.raises(DataFormatError, match="begun and not finished"):
        Index(tmp_path / "index", lambda name: words)
    index = built(documents)
    assert words.calls == [document.text for document in documents]
    assert [len(index), *ids(index, "item29", k=1)] == [30, "30"]


@pytest.mark.usefixtures("small_segments")
def test_an_add_that_is_interrupted_leaves_the_index_as_it_was_and_goes_on(
    built: Build, words: Any
) -> None:
    index, documents = built(numbered(10)), numbered(40)[10:]
    words.calls.clear()
    with pytest.raises(KeyboardInterrupt) as stopped:
        index.add(dying(documents, 17))
    assert "what is embedded is kept" in stopped.value.__notes__[0]
    assert len(index) == 10
    assert index.add(documents) == 30
    assert words.calls == [document.text for document in documents]
    assert sorted(map(int, ids(index, "thing", k=99))) == list(range(1, 41))


@pytest.mark.usefixtures("small_segments")
def test_what_an_interrupted_add_left_is_not_taken_for_other_documents(
    built: Build, words: Any
) -> None:
    index = built(numbered(10))
    with pytest.raises(KeyboardInterrupt):
        index.add(dying([Document(f"left {n}") for n in range(20)], 17))
    others = [Document(f"other {n}") for n in range(20)]
    index.add(others)
    assert len(index) == 30
    assert not any(hit.text.startswith("left") for hit in index.search(["left 3"], k=30)[0])


def test_rows_that_lancedb_took_before_a_process_died_are_not_taken_twice(
    words: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lancedb")
    folder, documents = tmp_path / "index", numbered(12)

    def die(folder: Path, manifest: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lance, "write_manifest", die)
        with pytest.raises(KeyboardInterrupt):
            create_index(folder, words, documents, engine="lancedb")
    index = create_index(folder, words, documents, engine="lancedb")
    assert len(index) == 12
    more = [Document("one more"), Document("two more")]
    with monkeypatch.context() as patch:
        patch.setattr(lance, "write_manifest", die)
        with pytest.raises(KeyboardInterrupt):
            index.add(more)
    index.add(more)
    assert len(index) == 14


KILLED = """
import os, sys
from pathlib import Path
from conftest import WordEncoder
from isogloss.search.index import Document, create_index, segments, staging
segments.SEGMENT = staging.SEGMENT = 8
encoder, plain = WordEncoder(), WordEncoder.encode
def encode(self, texts, **more):
    if "item20" in texts[4]:
        os.kill(os.getpid(), 9)
    return plain(self, texts)
WordEncoder.encode = encode
documents = [Document(f"word{n % 7} item{n}") for n in range(30)]
create_index(Path(sys.argv[1]), encoder, documents, engine=sys.argv[2])
"""


@pytest.mark.usefixtures("small_segments")
def test_a_build_that_is_killed_goes_on_where_it_was(
    words: Any, engine: str, tmp_path: Path
) -> None:
    paths = [str(Path(isogloss.__file__).parents[1]), str(Path(__file__).parents[1])]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "index"), engine],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        check=False,
    )
    assert done.returncode not in (0, 1), done.stderr
    documents = [Document(f"word{n % 7} item{n}") for n in range(30)]
    index = create_index(tmp_path / "index", words, documents, engine=engine)
    assert words.calls == [document.text for document in documents[16:]]
    assert sorted(map(int, ids(index, "word1", k=99))) == list(range(1, 31))


def test_a_commit_that_dies_leaves_the_rows_of_before(
    words: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isogloss.search.index import exact

    index = create_index(tmp_path / "index", words, numbered(9))

    def die(folder: Path, manifest: object) -> None:
        raise KeyboardInterrupt

    for change in (lambda: index.add(numbered(3)), lambda: index.delete(["2", "5"])):
        with monkeypatch.context() as patch:
            patch.setattr(exact, "write_manifest", die)
            with pytest.raises(KeyboardInterrupt):
                change()
        reopened = Index(tmp_path / "index", lambda name: words)
        assert sorted(map(int, ids(reopened, "word", k=99))) == list(range(1, 10))
    index.delete(["2", "5"])
    assert len(Index(tmp_path / "index", lambda name: words)) == 7

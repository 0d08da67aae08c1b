"""The folder of an index: what none is built in, what none is read from, and by which model."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import (
    DataFormatError,
    InputError,
    IsoglossError,
    MissingExtraError,
    MissingFileError,
    ModelShapeError,
    OutputFolderError,
)
from isogloss.recipes.search import build_index, open_index
from isogloss.search.index import (
    Document,
    Index,
    create_index,
)

from .documents import Build, ids, numbered


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dim": 16}, "width 16, and index .* holds 32"),
        ({"fingerprint": "other"}, "fingerprint other.* is not the one that made"),
    ],
)
def test_another_model_is_refused(
    built: Build, make_words: Any, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    built()
    index = Index(tmp_path / "index", lambda name: make_words(**change))
    for use in (lambda: index.search(["x"]), lambda: index.add([Document("x")])):
        with pytest.raises(ModelShapeError, match=message):
            use()


def test_another_prompt_is_refused(
    built: Build, words: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built()
    monkeypatch.setattr(words, "prompt_for", lambda role: f"{role.side}: ")
    with pytest.raises(ModelShapeError, match=r"with the prompts .'query: ', 'document: '"):
        Index(tmp_path / "index", lambda name: words).search(["x"])


def test_a_folder_that_holds_something_else_is_left_alone(words: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputFolderError, match="is not empty"):
        create_index(tmp_path, words, numbered(2))
    with pytest.raises(OutputFolderError, match="is a file"):
        create_index(tmp_path / "mine.txt", words, numbered(2))
    with pytest.raises(MissingFileError, match="holds no index"):
        Index(tmp_path, lambda name: words)
    with pytest.raises(MissingFileError, match="holds no index"):
        Index(tmp_path / "mine.txt", lambda name: words)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_finished_index_is_not_built_over(built: Build) -> None:
    built()
    with pytest.raises(OutputFolderError, match="holds an index"):
        built()


def test_lancedb_that_is_missing_is_asked_for_before_anything_is_made(
    words: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lancedb", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'isogloss\[index\]'"):
        create_index(tmp_path / "index", words, numbered(3), engine="lancedb")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_elses_rows_is_left_alone(words: Any, tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputFolderError, match="is not empty"):
        create_index(tmp_path, words, numbered(2))
    assert (tmp_path / "rows" / "mine.txt").exists()


def test_nothing_stays_of_a_build_that_is_refused(built: Build, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stands twice"):
        built([Document("x", "a"), Document("y", "a")])
    with pytest.raises(InputError, match="there are no documents"):
        built([])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "index.json").write_text("{", encoding="utf-8"),
        lambda folder: (folder / "index.json").write_text("[1]", encoding="utf-8"),
        lambda folder: next((folder / "rows").iterdir()).write_bytes(b"ARROW1 and no more"),
        lambda folder: next((folder / "rows").iterdir()).unlink(),
    ],
)
def test_a_damaged_index_is_refused_in_a_line(
    words: Any, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    create_index(tmp_path / "index", words, numbered(3))
    damage(tmp_path / "index")
    with pytest.raises(IsoglossError) as refused:
        Index(tmp_path / "index", lambda name: words)
    assert "build the index again" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_index_of_a_newer_version_is_refused(words: Any, tmp_path: Path) -> None:
    create_index(tmp_path / "index", words, numbered(3))
    path = tmp_path / "index" / "index.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"version": 9}), "utf-8")
    with pytest.raises(DataFormatError, match="of version 9; this isogloss reads 1"):
        Index(tmp_path / "index", lambda name: words)


def test_a_copied_index_is_searched_where_it_is_now(
    built: Build, words: Any, tmp_path: Path
) -> None:
    built()
    shutil.copytree(tmp_path / "index", tmp_path / "copy")
    shutil.rmtree(tmp_path / "index")
    assert ids(Index(tmp_path / "copy", lambda name: words), "museum", k=1) == ["m"]


def test_a_tilde_is_the_home_folder(
    words: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    build_index(words, ["one text", "another"], "~/my.index")
    assert ids(open_index("~/my.index", words), "another", k=1) == ["2"]
    assert [path.name for path in tmp_path.iterdir()] == ["home"]

"""An index finds what is closest, and is changed as a whole or not at all, in both engines."""

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isogloss
from isogloss.errors import (
    DataFormatError,
    InputError,
    IsoglossError,
    MissingExtraError,
    MissingFileError,
    ModelShapeError,
    OutputFolderError,
)
from isogloss.search.index import (
    Condition,
    Document,
    Index,
    create_index,
    lance,
    parse_condition,
    segments,
    staging,
)
from isogloss.search.index.changing import changing
from isogloss.vectors import nearest

Build = Callable[..., Index]


def ids(index: Index, query: str, **more: Any) -> list[str]:
    return [hit.id for hit in index.search([query], **more)[0]]


def numbered(count: int) -> list[Document]:
    languages = ("en", "de")
    return [
        Document(f"word{n % 7} thing{n % 11} item{n}", language=languages[n % 2])
        for n in range(count)
    ]


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of 8 rows, so that a few documents fill several."""
    from isogloss.search.index import exact

    for module in (segments, staging, exact):
        monkeypatch.setattr(module, "SEGMENT", 8)


def test_what_is_closest_comes_first_with_all_that_is_known_of_it(built: Build) -> None:
    first, second = built().search(["train to hamburg", "museum"], k=2)
    assert [hit.id for hit in first] == ["t", "z"]
    assert (first[0].text, first[0].language) == ("the train to hamburg", "en")
    assert first[0].fields["year"] == 2021
    assert 1 >= first[0].score > first[1].score
    assert second[0].id == "m"


@pytest.mark.usefixtures("small_segments")
def test_both_engines_find_what_comparing_with_every_row_finds(built: Build, words: Any) -> None:
    documents = numbered(60)
    index = built(documents)
    queries = [document.text for document in documents[::7]]
    vectors = words.encode([document.text for document in documents])
    expected = nearest(words.encode(queries), vectors, k=4)
    found = index.search(queries, k=4)
    assert [[int(hit.id) - 1 for hit in hits] for hits in found] == expected.indices.tolist()
    scores = [[hit.score for hit in hits] for hits in found]
    np.testing.assert_allclose(scores, expected.scores, atol=1e-5)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["language=de"], {"z"}),
        (["language=de,en"], {"m", "z", "t"}),
        (["language!=de"], {"m", "t", "n"}),
        (["year>=2020"], {"m", "t"}),
        (["year<2021", "language = en"], {"m"}),
        (["year!=1999"], {"m", "t", "n"}),
        (["source=it's"], {"n"}),
        (["id=m,n"], {"m", "n"}),
    ],
)
def test_conditions_choose_the_same_rows_in_both_engines(
    built: Build, conditions: list[str], expected: set[str]
) -> None:
    where = [parse_condition(text) for text in conditions]
    assert set(ids(built(), "the", where=where, k=9)) == expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("yaer=2020", "did you mean 'year'"),
        ("year>old", "'old'; expected int64"),
        ("source>5", "holds text, which is not compared with the number 5"),
    ],
)
def test_a_condition_that_does_not_fit_is_refused(
    built: Build, condition: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        built().search(["x"], where=[parse_condition(condition)])


@pytest.mark.parametrize("text", ["language", "=de", ""])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no condition"):
        parse_condition(text)


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


def test_queries_and_documents_are_read_in_their_roles(
    words: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    plain = words.encode

    def encode(texts: Any, *, role: Any, progress: Any = None) -> Any:
        seen.append((role.side, list(texts)))
        return plain(texts)

    monkeypatch.setattr(words, "encode", encode)
    monkeypatch.setattr(words, "prompt_for", lambda role: role.side)
    create_index(tmp_path / "index", words, [Document("a b")]).search(["b"])
    assert seen == [("document", ["a b"]), ("query", ["b"])]


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


def test_k_below_one_is_refused(built: Build) -> None:
    with pytest.raises(InputError, match="k is 0"):
        built().search(["x"], k=0)


def test_a_large_lancedb_index_is_searched_approximately_and_takes_more(
    words: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lancedb")
    monkeypatch.setattr(lance, "APPROXIMATE_FROM", 300)
    index = create_index(tmp_path / "index", words, numbered(400), engine="lancedb")
    table = index.engine._table  # type: ignore[attr-defined]
    assert [one.columns for one in table.list_indices()] == [["vector"]]
    index.add([Document("something else altogether", "new")])
    assert ids(index, "something else altogether", k=1) == ["new"]
    found = [ids(index, f"word{n % 7} thing{n % 11} item{n}", k=1) for n in range(0, 400, 16)]
    assert found == [[str(n + 1)] for n in range(0, 400, 16)]


def shifted(words: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let German words lie in a region of their own."""
    plain = words.encode
    offset = 6 * np.eye(1, 32, dtype=np.float32)[0]

    def encode(texts: Any, **more: Any) -> Any:
        german = np.array([text.startswith("de") for text in texts])
        return plain([text[3:] for text in texts]) + german[:, None] * offset

    monkeypatch.setattr(words, "encode", encode)


def test_recentering_finds_across_languages_what_an_offset_hid(
    built: Build, words: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifted(words, monkeypatch)
    texts = [f"word{n % 9} thing{n} item{n % 5}" for n in range(40)]
    index = built(
        [
            Document(f"{code} {text}", f"{code}{n}", code)
            for n, text in enumerate(texts)
            for code in ("en", "de")
        ]
    )
    query = "de " + texts[7]
    assert all(name.startswith("de") for name in ids(index, query, k=20))
    assert set(ids(index, query, k=2, recenter=True, language="de")) == {"de7", "en7"}
    before, after = index.recentered.preference.before, index.recentered.preference.after
    assert min(before.values()) > 0.8
    assert max(after.values()) < 0.5  # each has its translation in the other language
    with pytest.raises(InputError, match=r"'fr' has 0 documents.*de, en"):
        index.search([query], recenter=True, language="fr")


def test_a_language_of_few_documents_has_the_mean_of_the_others(
    built: Build, caplog: pytest.LogCaptureFixture
) -> None:
    index = built([*numbered(60), Document("word1 alone", "x", "fr"), Document("word2", "y")])
    with caplog.at_level(logging.WARNING):
        assert ids(index, "word1 alone", k=1, recenter=True) == ["x"]
    assert "unknown (1)" in caplog.text
    assert "fr (1)" in caplog.text


def test_recentering_without_languages_is_refused(built: Build) -> None:
    with pytest.raises(InputError, match="no language has 20 texts"):
        built().search(["x"], recenter=True)


def test_a_condition_may_hold_a_comma_in_python(built: Build) -> None:
    index = built([Document("x", "a,b"), Document("y", "c")])
    assert ids(index, "x", where=[Condition("id", "in", ["a,b"])]) == ["a,b"]

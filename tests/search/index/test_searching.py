"""An index finds what is closest under conditions, alike in both engines."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.errors import (
    InputError,
)
from isogloss.search.index import (
    Condition,
    Document,
    create_index,
    lance,
    parse_condition,
)
from isogloss.vectors import nearest

from .documents import Build, ids, numbered


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
        ("year>=100000000000000000000", "'100000000000000000000'; expected int64"),
        ("year=2020,-100000000000000000000", "'-100000000000000000000'; expected int64"),
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


def test_a_condition_may_hold_a_comma_in_python(built: Build) -> None:
    index = built([Document("x", "a,b"), Document("y", "c")])
    assert ids(index, "x", where=[Condition("id", "in", ["a,b"])]) == ["a,b"]

"""`isogloss search`: an index is built, asked and changed from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.cli import terminal
from isogloss.samples import read_rows


@pytest.fixture(autouse=True)
def no_stopwatch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is slow, and would speak of its stages."""
    monkeypatch.setattr(terminal, "SHORT", 600.0)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences of two languages with what is known of them."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    rows = read_rows("train")[:30]
    lines = [
        {"id": f"{code}{n}", "text": row[code], "language": code, "length": len(row[code])}
        for n, row in enumerate(rows)
        for code in ("en", "de")
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


@pytest.fixture
def index(isogloss: Any, tiny_teacher: Path, corpus: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    outcome = isogloss("search", "build", "--model", tiny_teacher, "--in", corpus, "--out", folder)
    assert (outcome.status, outcome.errors) == (0, [])
    assert outcome.out == f"built: 60 texts   index: {folder} (60 texts)\n"
    return folder


def test_a_query_finds_the_sentence_itself_and_shows_what_is_known(
    isogloss: Any, index: Path
) -> None:
    sentence = read_rows("train")[4]["en"]
    outcome = isogloss("search", "query", index, sentence, "--k", 2)
    assert (outcome.status, outcome.errors) == (0, [])
    query, first, second = outcome.out.splitlines()
    assert query == sentence
    assert first.split(maxsplit=3) == ["1.000", "en4", "en", sentence]
    assert float(second.split()[0]) < 1
    outcome = isogloss("search", "query", index, sentence, "--k", 1, "--json")
    (result,) = json.loads(outcome.out)["results"]
    assert result["query"] == sentence
    (hit,) = result["hits"]
    assert hit["score"] == pytest.approx(1, abs=1e-5)
    assert {name: hit[name] for name in ("id", "text", "language", "length")} == {
        **{"id": "en4", "text": sentence},
        **{"language": "en", "length": len(sentence)},
    }


def test_queries_come_from_a_file_and_conditions_choose(
    isogloss: Any, index: Path, tmp_path: Path
) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_text("One.\nTwo, and more.\n", encoding="utf-8")
    where = ("--where", "language=de", "--where", "length>20")
    outcome = isogloss("search", "query", index, "--in", queries, "--k", 3, *where, "--json")
    results = json.loads(outcome.out)["results"]
    assert [result["query"] for result in results] == ["One.", "Two, and more."]
    hits = [hit for result in results for hit in result["hits"]]
    assert len(hits) == 6
    assert all(hit["language"] == "de" and hit["length"] > 20 for hit in hits)


def test_conditions_that_no_text_meets_are_told(isogloss: Any, index: Path) -> None:
    outcome = isogloss("search", "query", index, "One.", "--where", "language=ja")
    assert outcome.out.splitlines() == ["One.", "  no text meets the conditions"]


def test_texts_are_added_and_deleted(isogloss: Any, index: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.txt"
    more.write_text("Ein neuer Satz.\nUnd noch einer.\n", encoding="utf-8")
    outcome = isogloss("search", "add", index, "--in", more, "--language", "deu")
    assert outcome.out == f"added: 2 texts   index: {index} (62 texts)\n"
    outcome = isogloss("search", "query", index, "Ein neuer Satz.", "--k", 1, "--json")
    (hit,) = json.loads(outcome.out)["results"][0]["hits"]
    assert (hit["id"], hit["language"]) == ("1", "de")
    for words in (("1,2",), ("en0", "--ids", "de0"), ("en1", "de1", "en2")):
        outcome = isogloss("search", "delete", index, "--ids", *words, "--json")
        assert outcome.status == 0
    assert json.loads(outcome.out) == {"index": str(index), "deleted": 3, "texts": 55}


def test_recentering_says_what_it_changes(isogloss: Any, index: Path) -> None:
    words = ("search", "query", index, "Where?", "--recenter", "--query-language", "en")
    outcome = isogloss(*words)
    assert outcome.status == 0
    heads = [line.partition(":")[0] for line in outcome.errors]
    assert heads == ["language bias, de", "language bias, en"]
    assert "50%: none" in outcome.errors[0]
    found = json.loads(isogloss(*words, "--json").out)
    assert found["language_bias"].keys() == {"before", "after"}
    assert found["language_bias"]["after"].keys() == {"de", "en"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["query", "@INDEX@"], "no query was given"),
        (["query", "@INDEX@", "x", "--in", "y.txt"], "expected one of them"),
        (["query", "@INDEX@", " "], "has no text"),
        (["query", "@INDEX@", "x", "--column", "y"], "--column 'y' has no say over a query"),
        (["query", "@INDEX@", "x", "--where", "language"], "is no condition"),
        (["query", "@INDEX@", "x", "--where", "size=3"], "no column 'size'"),
        (["query", "nowhere", "x"], "holds no index"),
        (["delete", "@INDEX@", "--ids", ","], "names no id"),
        (["delete", "@INDEX@", "--ids", "nobody"], "no document 'nobody'"),
        (["add", "@INDEX@", "--in", "nowhere.txt"], "no file 'nowhere.txt'"),
        (["add", "@INDEX@", "--in", "@CORPUS@", "--language", "xq"], "unknown language"),
        (["add", "@INDEX@", "--in", "@CORPUS@"], "is in the index already"),
        (["build", "--model", "m", "--in", "@CORPUS@", "--out", "@INDEX@"], "holds an index"),
        (
            ["build", "--model", "m", "--in", "@CORPUS@", "--out", "new", "--engine", "faiss"],
            "expected one of exact, lancedb",
        ),
    ],
)
def test_a_mistake_is_one_line(
    isogloss: Any,
    index: Path,
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {"@INDEX@": index, "@CORPUS@": corpus}
    outcome = isogloss("search", *(places.get(word, word) for word in words))
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.errors) == 1
    assert message in outcome.errors[0]
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", b"", "no text in 0 rows"),
        ("binary.txt", bytes(range(256)) * 40, "expected"),
        ("rows.jsonl", b'{"id": 1, "text": "a"}\n{"id": 1, "text": "b"}\n', "stands twice"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_and_leaves_nothing(
    isogloss: Any, tiny_teacher: Path, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    out = tmp_path / "index"
    outcome = isogloss("search", "build", "--model", tiny_teacher, "--in", path, "--out", out)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.errors[-1]
    assert not out.exists()


def test_a_line_of_a_megabyte_is_a_text_like_another(
    isogloss: Any, tiny_teacher: Path, tmp_path: Path
) -> None:
    path = tmp_path / "long.txt"
    path.write_text("the word " * 120_000 + "\nshort\n", encoding="utf-8")
    out = tmp_path / "index"
    outcome = isogloss("search", "build", "--model", tiny_teacher, "--in", path, "--out", out)
    assert outcome.status == 0
    assert isogloss("search", "query", out, "the word", "--json").status == 0


def test_a_missing_option_points_to_the_help_of_its_own_verb(isogloss: Any) -> None:
    outcome = isogloss("search", "delete", "none.index")
    assert outcome.status == 2
    assert outcome.errors[-1].endswith("see `isogloss search delete --help`")

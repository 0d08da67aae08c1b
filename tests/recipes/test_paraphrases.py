"""The verb as a function: a file of texts in, pairs in a file out."""

from pathlib import Path
from typing import Any

import pytest

import isogloss
from isogloss.errors import DataFormatError, InputError, IsoglossError, OutputFolderError
from isogloss.recipes.paraphrases import paraphrases

TEXTS = ["a cat sleeps", "two dogs bark", "A CAT SLEEPS", "two dogs bark", "a cat sleeps here", ""]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS), encoding="utf-8")
    return path


def test_each_pair_is_written_once_best_first(
    texts: Path, word_encoder: Any, tmp_path: Path
) -> None:
    out = tmp_path / "pairs.tsv"
    found = paraphrases(word_encoder(), texts, out)
    rows = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    assert rows[0] == ["1.0000", "a cat sleeps", "A CAT SLEEPS"]
    assert {tuple(row[1:]) for row in rows} == {
        (first, second)
        for number, first in enumerate(found.texts)
        for second in found.texts[number + 1 :]
    }
    scores = [float(row[0]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert (found.repeated, len(found)) == (1, len(rows))
    assert [f"{score:.4f}" for score, _, _ in found] == [row[0] for row in rows]


def test_limits_reach_the_search(texts: Path, word_encoder: Any) -> None:
    assert len(paraphrases(word_encoder(), texts, min_score=0.99)) == 1
    assert len(paraphrases(word_encoder(), texts, max_pairs=2)) == 2
    assert len(paraphrases(word_encoder(), texts, k=1)) < 6


def test_a_column_is_read_and_a_tab_in_a_text_ends_no_cell(
    word_encoder: Any, tmp_path: Path
) -> None:
    path, out = tmp_path / "texts.jsonl", tmp_path / "pairs.tsv"
    path.write_text('{"said": "one\\ttwo"}\n{"said": "one\\ntwo three"}\n', encoding="utf-8")
    paraphrases(word_encoder(), path, out, column="said")
    assert out.read_text(encoding="utf-8").split("\t")[1:] == ["one two", "one two three\n"]


MISTAKES: list[tuple[dict[str, Any], type[IsoglossError], str]] = [
    ({"k": 0}, InputError, "k is 0; expected at least 1"),
    ({"min_score": 1.5}, InputError, "min_score is 1.5; expected a cosine"),
    ({"out": "."}, OutputFolderError, "is a folder; expected a file"),
    ({"texts": "one.txt"}, InputError, "one distinct text in 2 rows; expected at least two"),
    ({"texts": "binary.txt"}, DataFormatError, "binary.txt"),
    ({"texts": "empty.txt"}, DataFormatError, "no text in"),
]


@pytest.mark.parametrize(("given", "error", "words"), MISTAKES)
def test_a_mistake_is_told_before_the_model_is_asked(
    given: dict[str, Any],
    error: type[IsoglossError],
    words: str,
    texts: Path,
    word_encoder: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(texts.parent)
    Path("one.txt").write_text("the same\nthe same\n", encoding="utf-8")
    Path("binary.txt").write_bytes(bytes(range(256)) * 20)
    Path("empty.txt").touch()
    encoder = word_encoder()
    with pytest.raises(error, match=words) as told:
        paraphrases(encoder, **({"texts": texts} | given))
    assert "\n" not in str(told.value)
    assert not encoder.read


def test_the_face_has_the_verb() -> None:
    assert isogloss.paraphrases is paraphrases

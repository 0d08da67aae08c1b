"""The verb as a function: files and folders in, pairs in a file out."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isogloss
from isogloss.data.places import parse_where
from isogloss.data.readers import READERS
from isogloss.data.rejects import RejectFile
from isogloss.errors import (
    DataFormatError,
    InputError,
    IsoglossError,
    MissingFileError,
    OutputFolderError,
    UnknownLanguageError,
)
from isogloss.recipes.align.run import align


def sentences(count: int, start: int = 0) -> list[str]:
    numbers = range(start, start + count)
    return [" ".join(f"w{number}x{place}" for place in range(8)) for number in numbers]


def translated(lines: list[str]) -> list[str]:
    return [line.upper() for line in lines]


def write(path: Path, lines: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """Twenty lines, and their translations with a merge; blank lines between some of them."""
    lines = sentences(20)
    other = translated(lines)
    other[4:6] = [" ".join(other[4:6])]
    return (
        write(tmp_path / "book.en", [*lines[:10], "", *lines[10:]]),
        write(tmp_path / "book.de", other),
    )


def test_pairs_are_written_in_order_with_the_places_of_their_lines(
    sides: tuple[Path, Path], word_encoder: Any, tmp_path: Path
) -> None:
    out = tmp_path / "pairs.tsv"
    aligned = align(word_encoder(), *sides, out, line_numbers=True)
    rows = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    lines = sentences(20)
    assert [row[1] for row in rows] == [*lines[:4], " ".join(lines[4:6]), *lines[6:]]
    assert [row[2] for row in rows] == translated([row[1] for row in rows])
    assert rows[4][3:] == ["5-6", "5"]
    assert rows[-1][3:] == ["21", "19"]  # of the file, the blank line counted
    assert all(0.99 < float(row[0]) <= 1 for row in rows)
    assert aligned.summary() == {
        "pairs": 19,
        "shapes": {"1-1": 18, "2-1": 1},
        "source_alone": 0,
        "target_alone": 0,
        "documents": [
            {
                "source": "",
                "target": "",
                "score": None,
                "pairs": {"1-1": 18, "2-1": 1},
                "source_alone": 0,
                "target_alone": 0,
            }
        ],
        "source_unpaired": [],
        "target_unpaired": [],
    }


def test_a_translation_memory_has_the_languages_of_the_files_names(
    sides: tuple[Path, Path], word_encoder: Any, tmp_path: Path
) -> None:
    out = tmp_path / "pairs.tmx"
    aligned = align(word_encoder(), *sides, out)
    with RejectFile(tmp_path / "rejects.tsv") as rejects:
        read = list(READERS["tmx"](parse_where(f"en-de={out}"), rejects))
    assert [(pair.source, pair.target) for pair in read] == [
        (pair.source, pair.target) for pair in aligned.pairs
    ]


def test_pairs_below_a_score_are_left_out(sides: tuple[Path, Path], word_encoder: Any) -> None:
    class Loose(word_encoder):  # type: ignore[misc]
        """Reads one translation as another sentence, in part."""

        def encode(self, texts: Any, **options: Any) -> Any:
            return super().encode([text.replace("W9X0", "V W") for text in texts], **options)

    every = align(Loose(), *sides).pairs
    some = align(Loose(), *sides, min_score=0.95)
    assert [pair for pair in every if pair.score >= 0.95] == some.pairs
    assert len(every) - len(some.pairs) == 1
    assert some.summary()["source_alone"] == some.summary()["target_alone"] == 1


def test_packed_files_are_read(sides: tuple[Path, Path], word_encoder: Any, tmp_path: Path) -> None:
    packed = tmp_path / "book.en.gz"
    packed.write_bytes(gzip.compress(sides[0].read_bytes()))
    assert align(word_encoder(), packed, sides[1]).pairs == align(word_encoder(), *sides).pairs


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Five documents and four translations under other names; one file a side is empty."""
    for number in range(5):
        write(tmp_path / "en" / f"{number}.txt", sentences(12, 100 * number))
    for number in range(1, 5):
        lines = translated(sentences(12, 100 * number))
        write(tmp_path / "de" / "sub" / f"{9 - number}.txt", lines)
    write(tmp_path / "en" / "empty.txt", ["", " "])
    write(tmp_path / "de" / ".hidden", ["not read"])
    return tmp_path / "en", tmp_path / "de"


def test_documents_of_folders_are_paired_by_what_they_say(
    folders: tuple[Path, Path],
    word_encoder: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    out = tmp_path / "pairs.tsv"
    aligned = align(word_encoder(), *folders, out, line_numbers=True)
    assert [(d.source, d.target) for d in aligned.documents] == [
        (f"{number}.txt", f"sub/{9 - number}.txt") for number in range(1, 5)
    ]
    assert aligned.source_unpaired == ["0.txt"]
    assert aligned.target_unpaired == []
    assert len(aligned.pairs) == 48
    first = out.read_text(encoding="utf-8").splitlines()[0].split("\t")
    assert first[3:] == ["1.txt:1", "sub/8.txt:1"]
    assert "1 files hold no text and are left out (first: empty.txt)" in caplog.text
    assert "1 of 5 source documents have no counterpart and are left out (first: 0.txt)" in (
        caplog.text
    )


def test_documents_of_folders_are_paired_by_name_if_asked(
    folders: tuple[Path, Path], word_encoder: Any
) -> None:
    target = folders[1] / "sub"
    for number in range(5, 9):
        (target / f"{number}.txt").rename(target / f"{9 - number}.de")
    aligned = align(word_encoder(), folders[0], target, by_name=True)
    assert [(d.source, d.target, d.score) for d in aligned.documents] == [
        (f"{number}.txt", f"{number}.de", None) for number in range(1, 5)
    ]
    assert aligned.summary()["shapes"] == {"1-1": 48}


MISTAKES: list[tuple[dict[str, Any], type[IsoglossError], str]] = [
    ({"source": "none"}, MissingFileError, "no file"),
    ({"source": "folder"}, InputError, "folder' is a folder and .* is a file; expected two files"),
    ({"source": "folder", "target": "folder"}, MissingFileError, "no document in"),
    ({"source": "binary"}, DataFormatError, "binary"),
    ({"target": "latin"}, DataFormatError, "latin, line 2: .* not UTF-8"),
    ({"target": "empty"}, DataFormatError, "empty: no text; expected a sentence a line"),
    ({"largest": 0}, InputError, "largest is 0; expected at least 1"),
    ({"out": "o.csv"}, InputError, r"ends in '\.csv'; expected \.tsv or \.tmx"),
    ({"out": "folder"}, OutputFolderError, "is a folder; expected a file"),
    ({"languages": "en-xq"}, UnknownLanguageError, "unknown language code 'xq'"),
    ({"out": "o.tmx", "source": "latin"}, InputError, "add --languages en-de"),
    ({"out": "o.tmx", "line_numbers": True}, InputError, "'o.tmx' has no place for line numbers"),
    ({"by_name": True}, InputError, "--by-name pairs the documents of folders, and .*en' is a"),
]


@pytest.mark.parametrize(("given", "error", "words"), MISTAKES)
def test_a_mistake_is_told_before_the_model_is_asked(
    given: dict[str, Any],
    error: type[IsoglossError],
    words: str,
    sides: tuple[Path, Path],
    word_encoder: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("binary").write_bytes(bytes(range(256)) * 20)
    Path("latin").write_bytes("Gut.\nGrün.\n".encode("latin-1"))
    Path("empty").write_text("\n \n", encoding="utf-8")
    Path("folder").mkdir()
    encoder = word_encoder()
    with pytest.raises(error, match=words) as told:
        align(encoder, **({"source": sides[0], "target": sides[1]} | given))
    assert "\n" not in str(told.value)
    assert not encoder.read


def test_vectors_that_are_none_are_refused_and_nothing_is_written(
    sides: tuple[Path, Path], word_encoder: Any, tmp_path: Path
) -> None:
    class Broken(word_encoder):  # type: ignore[misc]
        def encode(self, texts: Any, **options: Any) -> Any:
            return super().encode(texts, **options) * np.nan

    with pytest.raises(InputError, match="hold NaN or infinity"):
        align(Broken(), *sides, tmp_path / "pairs.tsv")
    assert not (tmp_path / "pairs.tsv").exists()


def test_an_encoder_without_roles_is_not_asked_for_one(sides: tuple[Path, Path]) -> None:
    class Plain:
        name, fingerprint, dim = "letters", "letters", 26

        def encode(self, texts: Any, *, progress: Any = None) -> Any:
            letters = "abcdefghijklmnopqrstuvwxyz"
            rows = [[text.count(letter) for letter in letters] for text in texts]
            return np.array(rows, np.float32) + 1

    plain: Any = Plain()
    assert align(plain, *sides).documents


def test_the_face_has_the_verb() -> None:
    assert isogloss.align is align


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_file_that_is_read_is_not_written_over(
    word_encoder: Any, tmp_path: Path, side: str
) -> None:
    places = {name: write(tmp_path / name / "1.tsv", sentences(3)) for name in ("source", "target")}
    for given in (places.values(), [tmp_path / name for name in places]):
        with pytest.raises(OutputFolderError, match="is the file that is read"):
            align(word_encoder(), *given, places[side])
    assert places[side].read_text(encoding="utf-8").split("\n")[:3] == sentences(3)

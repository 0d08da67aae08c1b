"""What an export is asked for, and the texts that it is measured on."""

from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import InputError, MissingFileError
from isogloss.recipes.export.settings import ExportSettings, named_text
from isogloss.recipes.export.texts import choose_texts
from isogloss.runs.record import DistillRecord
from isogloss.samples import read_rows


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"format": "onx"}, r"--format 'onx' is unknown; .*did you mean 'onnx'"),
        (
            {"format": "onnx", "quantize": "int4"},
            r"--quantize 'int4' is unknown; expected one of none, int8",
        ),
        ({"format": "static", "quantize": "int8"}, r"static student; expected none"),
        ({"format": "web", "quantize": "none"}, r"a page; expected int8"),
        ({"format": "onnx", "dim": 64}, r"--dim was given for --format onnx"),
        ({"format": "onnx", "assets": Path()}, r"--assets was given for --format onnx"),
        ({"format": "static", "dim": 0}, r"--dim is 0; expected at least 1"),
        ({"format": "onnx", "tasks": ("bitext:en-de=a",)}, r"is no STS task"),
    ],
)
def test_mistakes_are_told_in_a_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        ExportSettings(**given)


def test_a_text_that_is_missing_is_told() -> None:
    with pytest.raises(MissingFileError):
        ExportSettings("onnx", texts=("de=nowhere.txt",))


def test_a_text_is_named_by_its_language_or_its_file(tmp_path: Path) -> None:
    assert named_text("de=a/b.txt") == ("de", "a/b.txt")
    assert named_text("a/news.txt.gz") == ("news", "a/news.txt.gz")


def test_what_is_measured_is_never_calibrated_on(tmp_path: Path) -> None:
    path = tmp_path / "de.txt"
    path.write_text("\n".join(row["de"] for row in read_rows("train")) + "\n", encoding="utf-8")
    texts = choose_texts(None, [f"de={path}"])
    assert set(texts.measured) == set(texts.calibration) == {"de"}
    assert not set(texts.measured["de"]) & set(texts.calibration["de"])
    assert 50 < len(texts.measured["de"]) <= 100


def test_too_few_sentences_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "de.txt"
    path.write_text("Hallo.\n" * 100, encoding="utf-8")
    with pytest.raises(InputError, match=r"1 different sentences; expected at least 20"):
        choose_texts(None, [f"de={path}"])


def record(where: str) -> DistillRecord:
    return DistillRecord.model_validate(
        {"command": "distill", "data": [{"where": where, "languages": "en-de"}]}
    )


def test_a_student_is_measured_on_the_pairs_of_its_training(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    rows = read_rows("train")
    path.write_text("".join(f"{r['en']}\t{r['de']}\n" for r in rows), encoding="utf-8")
    texts = choose_texts(record(f"en-de={path}"), [])
    assert texts.origin == "pairs of the model's training"
    assert set(texts.measured["de"]) <= {row["de"] for row in rows}


def test_without_its_pairs_the_samples_of_its_languages_are_taken(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    texts = choose_texts(record(f"en-de={tmp_path}/gone.tsv"), [])
    assert (texts.origin, set(texts.measured)) == ("isogloss's samples", {"en", "de"})
    assert "are not used" in caplog.text


def test_what_was_a_pipe_is_not_read_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "isogloss.recipes.export.texts.load_parallel", lambda *_, **__: pytest.fail("it would wait")
    )
    chosen = choose_texts(record("en-de=-"), [])
    assert chosen.origin == "isogloss's samples"
    assert "was a pipe" in caplog.text

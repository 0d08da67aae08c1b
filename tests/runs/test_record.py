"""The record of a run: what is written is read, whatever its age, and what is wrong is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import DataFormatError, MissingFileError
from isogloss.runs.descriptions import StudentDescription
from isogloss.runs.record import (
    SCHEMA_VERSION,
    DistillRecord,
    EvaluateRecord,
    FinetuneRecord,
    as_json,
    find_record,
    parse_record,
    read_record,
    write_record,
)
from isogloss.runs.schema import record_schema

OLD: dict[str, Any] = {
    "isogloss": "0.1.0",
    "command": "distill",
    "recipe": {"teacher": "t", "training": {"minutes": None}},
    "teacher": {"name": "t", "fingerprint": "12", "pooling": ["cls", "mean"]},
    "student": {"kind": "static", "static": True, "of a later version": [1]},
    "data": [{"languages": "en-de", "kept": 9}, {"languages": "en-US-en-GB", "kept": 1}],
    "training": {"history": [{"step": 3, "dev": {"fvu": None}}], "best_value": None},
    "seed": 0,
}
SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "run.schema.json"


def write(folder: Path, content: object) -> Path:
    (folder / "run.json").write_text(json.dumps(content), encoding="utf-8-sig")
    return folder


def test_a_record_of_before_versions_is_read_and_written_with_all_it_holds(tmp_path: Path) -> None:
    record = read_record(write(tmp_path, OLD))
    assert record.schema_version == 0
    write_record(tmp_path, record)
    written = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert written == {"schema_version": SCHEMA_VERSION} | OLD
    assert as_json(read_record(tmp_path)) == written


def test_the_command_says_what_a_record_is(tmp_path: Path) -> None:
    evaluation = parse_record({"command": "evaluate", "teacher": {}}, "x")
    assert isinstance(evaluation, EvaluateRecord)
    assert evaluation.teacher is None
    record = read_record(write(tmp_path, OLD))
    assert isinstance(record, DistillRecord)
    assert isinstance(record.student, StudentDescription)


def test_the_languages_of_a_model_stand_source_first() -> None:
    record = parse_record(OLD, "x")
    assert isinstance(record, DistillRecord)
    assert record.model_languages == ["en", "de", "en-US", "en-GB"]
    trimmed = parse_record(OLD | {"languages": ["de", "en"]}, "x")
    assert isinstance(trimmed, DistillRecord)
    assert trimmed.model_languages == ["en", "de"]
    tuned = parse_record({"command": "finetune", "pivot": "en", "languages": ["de", "en"]}, "x")
    assert isinstance(tuned, FinetuneRecord)
    assert tuned.model_languages == ["en", "de"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1, 2], r"run\.json holds a JSON list; expected an object"),
        ({"command": "train"}, r"no record of isogloss: its command is 'train'; expected one of"),
        (
            OLD | {"training": {"steps": "many"}},
            r"damaged: training\.steps is 'many', input should",
        ),
        (OLD | {"data": {"sts": {}}}, r"damaged: data is .* valid list"),
        (OLD | {"schema_version": 99}, r"has schema_version 99; expected at most .* update"),
        (OLD | {"schema_version": "x"}, r"damaged: schema_version is 'x'"),
    ],
)
def test_what_is_wrong_with_a_record_is_said_in_a_line(
    tmp_path: Path, content: object, said: str
) -> None:
    with pytest.raises(DataFormatError, match=said) as caught:
        read_record(write(tmp_path, content))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["{broken", "[" * 100_000])
def test_what_is_no_json_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    for read in (read_record, find_record):
        with pytest.raises(DataFormatError, match=r"run\.json is no JSON"):
            read(tmp_path)


def test_a_model_of_nobody_s_run_has_no_record(tmp_path: Path) -> None:
    assert find_record(tmp_path) is None
    with pytest.raises(MissingFileError, match="expected what a run leaves behind"):
        read_record(tmp_path)
    for foreign in ([1], {"command": "train"}, {"steps": 1}):
        assert find_record(write(tmp_path, foreign)) is None


def test_the_schema_in_the_documentation_is_current() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == record_schema(), (
        "run: python -m isogloss.runs.schema docs/reference/run.schema.json"
    )

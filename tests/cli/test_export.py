"""`isogloss export`: what its options ask for, what it prints, how a mistake ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.recipes.export import run as exporting
from isogloss.recipes.export.run import Exported
from isogloss.runs.exports import Attempt, ExportFacts, Fidelity, Speed
from isogloss.runs.record import ExportRecord

FIDELITY = Fidelity(
    language="de", sentences=95, mean=0.9972, low=0.9953, mixed_mean=0.9972, mixed_low=0.9953
)
FACTS = ExportFacts(
    format="onnx",
    attempts=[
        Attempt(name="7-bit weights", bytes=24_000_000, refused=["de: mean cosine 0.9 < 0.99"]),
        Attempt(
            name="8-bit weights",
            bytes=24_000_000,
            fidelity=[FIDELITY],
            file="onnx/model_quantized.onnx",
        ),
    ],
    speed=Speed(rates={"sentence-transformers": 100.0, "onnx int8": 300.0}),
    processor=["x86_64", "avx2"],
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command asks of the recipe, which does nothing."""
    seen: dict[str, Any] = {}

    def export(model: str, out: Path, **given: Any) -> Exported:
        seen.update(given, model=model, out=out)
        return Exported(out, ExportRecord(command="export", export=FACTS), {})

    monkeypatch.setattr(exporting, "export", export)
    return seen


def test_options_reach_the_recipe_and_what_was_measured_is_printed(
    isogloss: Any, asked: dict[str, Any], tmp_path: Path
) -> None:
    text = tmp_path / "de.txt"
    text.touch()
    words = ["--quantize", "int8", "--text", f"de={text}"]
    outcome = isogloss("export", "--model", "m", "--out", "o", *words)
    assert (outcome.status, outcome.errors) == (0, [])
    assert (asked["model"], asked["out"], asked["format"]) == ("m", Path("o"), "onnx")
    assert (asked["quantize"], asked["texts"]) == ("int8", [f"de={text}"])
    lines = outcome.out.splitlines()
    assert lines[0].endswith("22.9 MiB   refused: de: mean cosine 0.9 < 0.99")
    assert lines[1].endswith("22.9 MiB   onnx/model_quantized.onnx")
    assert "de       cosine 0.9972 (1st percentile 0.9953)" in lines[2]
    assert lines[4].endswith("300 sentences/s   3.00x")
    assert lines[-2:] == ["processor: x86_64 avx2", "model: o   report: report.md"]


def test_json_is_the_record(isogloss: Any, asked: dict[str, Any]) -> None:
    outcome = isogloss("export", "--model", "m", "--out", "o", "--json")
    assert json.loads(outcome.out)["export"]["speed"]["rates"]["onnx int8"] == 300.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "onx"], "--format 'onx' is unknown"),
        (["--text", "de=nowhere.txt"], "nowhere.txt"),
        (["--task", "sts:de-de=nowhere.tsv"], "nowhere.tsv"),
        (["--format", "static", "--quantize", "int8"], "--quantize int8 was given for a static"),
        (["--out", ""], "--out '' names no folder"),
    ],
)
def test_a_mistake_is_one_line_before_any_work(
    isogloss: Any, asked: dict[str, Any], words: list[str], said: str
) -> None:
    outcome = isogloss("export", "--model", "m", "--out", "o", *words)
    assert (outcome.status, len(outcome.errors), outcome.out) == (2, 1, "")
    assert said in outcome.errors[0]
    assert not asked


def test_a_model_that_is_not_there_is_told_and_nothing_is_left(
    isogloss: Any, tmp_path: Path
) -> None:
    pytest.importorskip("onnx")
    out = tmp_path / "out"
    outcome = isogloss("export", "--model", "./nothing", "--out", out)
    assert outcome.status == 2
    assert "not found" in outcome.errors[-1]
    assert not list(out.glob("*"))

"""`isogloss trim`: what its options ask for, what it prints, how a mistake ends."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from isogloss.recipes import trim as trimming
from isogloss.recipes.trim import TrimReport
from isogloss.samples import read_rows

REPORT = TrimReport(
    tokens_before=30_522,
    tokens_after=9_000,
    parameters_before=22_713_216,
    parameters_after=14_448_768,
    bytes_before=90 * 2**20,
    bytes_after=58 * 2**20,
    compared=1_200,
    cut_alike=0.9925,
    cosines=600,
    cosine_mean=0.998,
    cosine_min=0.91,
)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "en.txt"
    path.write_text("\n".join(row["en"] for row in read_rows("train")), encoding="utf-8")
    return path


def test_options_reach_the_trim_and_its_report_is_printed(
    isogloss: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.txt"):
        Path(name).touch()
    seen: dict[str, Any] = {}

    def trim(model: str, out: Path, **given: Any) -> TrimReport:
        seen.update(given, model=model, out=out)
        return REPORT

    monkeypatch.setattr(trimming, "trim", trim)
    words = ["--languages", "de, uk", "--text", "a.txt", "--text", "b.txt", "--tokens", "9000"]
    outcome = isogloss("trim", "--model", "m", "--out", "o", *words)
    assert (outcome.status, outcome.errors) == (0, [])
    assert (seen["model"], seen["out"], seen["languages"]) == ("m", Path("o"), ["de", "uk"])
    assert (seen["texts"], seen["tokens"]) == ([Path("a.txt"), Path("b.txt")], 9_000)
    assert outcome.out.splitlines() == [
        "tokens      30,522 -> 9,000",
        "weights   90.0 MiB -> 58.0 MiB",
        "compared     1,200 held-out sentences: 99.25% cut alike; of 600 the cosine: 0.998000 on"
        " average, 0.910000 at least",
        "model: o",
    ]


def test_without_text_it_says_that_nothing_was_compared(
    isogloss: Any, tiny_teacher: Path, tmp_path: Path
) -> None:
    outcome = isogloss(
        "trim", "--model", tiny_teacher, "--languages", "de", "--out", tmp_path / "out"
    )
    assert outcome.status == 0
    assert "compared   nothing: give --text" in outcome.out


def test_json_is_the_report_and_nothing_else(
    isogloss: Any, tiny_teacher: Path, text: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = isogloss(
        "trim", "--model", tiny_teacher, "--text", text, "--tokens", 500, "--out", out, "--json"
    )
    assert (outcome.status, outcome.errors) == (0, [])
    report = json.loads(outcome.out)
    assert report == json.loads((out / "trim.json").read_text("utf-8"))["report"]
    assert report["tokens_before"] == 800
    assert 100 < report["tokens_after"] <= 500
    fewer = 32 * (800 - report["tokens_after"])
    assert report["parameters_before"] - report["parameters_after"] == fewer


MISTAKES = {
    "to nothing": ("--languages km", r"no token that would stay has a letter of 'km'"),
    "to less than must stay": ("--text @TEXT@ --tokens 5", r"budget of 5 tokens .*raise --tokens"),
    "to nothing named": ("", r"nothing says which tokens to keep.*--text or --languages"),
    "unknown language": ("--languages qqqq", r"'qqqq'.*expected"),
    "missing text": ("--text nowhere.txt", r"nowhere\.txt.*expected"),
    "missing model": ("--languages de --model ./nowhere", r"'\./nowhere' not found"),
    "slow tokenizer": ("--languages de --model @SLOW@", r"has no fast version"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(
    isogloss: Any, models: dict[str, Path], text: Path, tmp_path: Path, name: str
) -> None:
    words, message = MISTAKES[name]
    for mark, place in (models | {"@TEXT@": text}).items():
        words = words.replace(mark, str(place))
    given = words.split()
    usual: list[object] = [] if "--model" in given else ["--model", models["@TEACHER@"]]
    outcome = isogloss("trim", *usual, *given, "--out", tmp_path / "out")
    assert (outcome.status, outcome.out) == (2, "")
    [line] = outcome.errors
    assert line.startswith("isogloss: ")
    assert re.search(message, line), line
    assert not (tmp_path / "out").exists()

"""`isogloss align` and `isogloss paraphrases`: what their options ask for, what they print."""

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.recipes import paraphrases as paraphrasing
from isogloss.recipes.align import run as aligning

LINES = [f"w{number}a w{number}b w{number}c w{number}d" for number in range(12)]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word_encoder: Any) -> None:
    """Two documents, two folders, a file of texts, and a model that knows words."""
    monkeypatch.chdir(tmp_path)
    other = [line.upper() for line in LINES[:-1]]
    other[3:5] = [" ".join(other[3:5])]
    texts = {"a.en": LINES, "a.de": other, "en/1.txt": LINES, "de/7.txt": other}
    for name, lines in texts.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("\n".join(lines), encoding="utf-8")
    for module in (aligning, paraphrasing):
        monkeypatch.setattr(module, "open_model", lambda model, console: word_encoder())


def test_pairs_are_counted_by_their_lines(isogloss: Any) -> None:
    words = ("--model", "m", "--source", "a.en", "--target", "a.de", "--out", "pairs.tsv")
    outcome = isogloss("align", *words, "--line-numbers")
    assert (outcome.status, outcome.errors) == (0, [])
    assert outcome.out.splitlines() == [
        "10 pairs: 9 1-1, 1 2-1",
        "lines without partner: 1 source, 0 target",
        "pairs: pairs.tsv",
    ]
    assert Path("pairs.tsv").read_text(encoding="utf-8").splitlines()[3].endswith("\t4-5\t4")


def test_folders_are_counted_too_and_json_has_it_all(isogloss: Any) -> None:
    words = ("--model", "m", "--source", "en", "--target", "de", "--out", "pairs.tmx")
    outcome = isogloss("align", *words)
    assert outcome.out.splitlines()[-2:] == [
        "1 pair of documents; left out: 0 source, 0 target",
        "pairs: pairs.tmx",
    ]
    printed = json.loads(isogloss("align", *words, "--json").out)
    assert (printed["pairs"], printed["documents"][0]["target"]) == (10, "7.txt")
    assert printed["out"] == "pairs.tmx"


def test_options_reach_the_alignment(isogloss: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def align(*given: Any, **options: Any) -> aligning.Aligned:
        seen.update(options)
        return aligning.Aligned([], [], [], [])

    monkeypatch.setattr(aligning, "align", align)
    words = ["--languages", "en-de", "--largest", "2", "--monotone", "--by-name"]
    words += ["--min-score", "0.4"]
    sides = ("--model", "m", "--source", "a.en", "--target", "a.de", "--out", "o.tsv")
    assert isogloss("align", *sides, *words).status == 0
    assert seen.pop("console")
    assert seen == {
        "languages": "en-de",
        "largest": 2,
        "moved": False,
        "by_name": True,
        "min_score": 0.4,
        "line_numbers": False,
    }


def test_paraphrases_are_counted(isogloss: Any) -> None:
    Path("texts.txt").write_text("one two\nONE two\nthree\nthree\n", encoding="utf-8")
    words = ("--model", "m", "--in", "texts.txt", "--out", "pairs.tsv")
    outcome = isogloss("paraphrases", *words, "--min-score", "0.9")
    assert (outcome.status, outcome.errors) == (0, [])
    assert outcome.out.splitlines() == [
        "1 pairs of 3 distinct texts (1 repeated ones left out)",
        "pairs: pairs.tsv",
    ]
    assert Path("pairs.tsv").read_text(encoding="utf-8") == "1.0000\tone two\tONE two\n"
    printed = json.loads(isogloss("paraphrases", *words, "--max-pairs", "2", "--json").out)
    assert printed == {"texts": 3, "repeated": 1, "pairs": 2, "out": "pairs.tsv"}


def test_a_mistake_ends_in_one_line(isogloss: Any) -> None:
    outcome = isogloss(
        "align", "--model", "m", "--source", "a.en", "--target", "no.de", "--out", "o.tsv"
    )
    assert outcome.status == 2
    assert len(outcome.errors) == 1
    assert "no file 'no.de'" in outcome.errors[0]

"""What the card of a trimmed model says: what stayed, how alike, and that no score is its own."""

from typing import Any

import pytest

from isogloss.reports import model_card
from isogloss.runs.record import DistillRecord, FinetuneRecord, parse_record


@pytest.fixture
def trim() -> dict[str, Any]:
    """The account of a trim; numbers are made up."""
    sizes = {"tokens": (46_522, 31_000), "parameters": (28_900_000, 22_940_000)}
    report = {f"{k}_{w}": n for k, both in sizes.items() for w, n in zip(WHEN, both, strict=True)}
    return {
        "command": "trim",
        "model": "/home/someone/private/de-ja",
        "settings": {"languages": ["de"], "tokens": None},
        "report": report
        | {"bytes_before": 115_600_000, "bytes_after": 91_760_000}
        | {"compared": 1_200, "cut_alike": 0.9925, "cosines": 600}
        | {"cosine_mean": 0.99812, "cosine_min": 0.91},
    }


WHEN = ("before", "after")


def card_of(run: dict[str, Any], scores: dict[str, Any]) -> str:
    record = parse_record({"command": "distill"} | run, "run.json")
    assert isinstance(record, DistillRecord | FinetuneRecord)
    return model_card(record, scores)


@pytest.fixture
def trimmed(run: dict[str, Any], trim: dict[str, Any]) -> dict[str, Any]:
    return run | {"languages": ["en", "de"], "trim": trim}


def test_what_stayed_and_how_alike(trimmed: dict[str, Any]) -> None:
    card = card_of(trimmed, {})
    assert "# all-MiniLM-L6-v2 in English and German\n" in card
    assert "`de-ja` without the tokens that it is not meant for. It keeps every token" in card
    assert "token in the scripts of German." in card
    assert "| tokens | 46,522 | 31,000 |\n| parameters | 28,900,000 | 22,940,000 |" in card
    assert "| weights | 115.6 MB | 91.8 MB |" in card
    assert "Of 1,200 sentences 99.2% are cut as before; of 600 the cosine" in card
    assert "is 0.9981 on average, 0.9100 at least." in card
    assert "- It keeps only tokens in the scripts of German: what it was taught in others" in card
    assert "- It has not been evaluated since it was trimmed." in card
    assert "It was taught" not in card
    assert "private" not in card


def test_a_budget_and_a_text(trimmed: dict[str, Any], trim: dict[str, Any]) -> None:
    trim["settings"] = {"languages": [], "tokens": 31_000}
    trim["report"] |= {"compared": 0, "cut_alike": None, "cosines": 0}
    trim["report"] |= {"cosine_mean": None, "cosine_min": None}
    card = card_of(trimmed, {})
    assert "at most 31,000 tokens, the most used, spelled in the letters of a text." in card
    assert "- Rare words fall apart" in card
    assert "were not compared" in card


def test_a_fine_tuned_model_that_was_trimmed(trim: dict[str, Any]) -> None:
    run = {"command": "finetune", "start": {"name": "runs/de"}, "languages": ["de"], "trim": trim}
    card = card_of(run, {})
    assert "## Trimmed" in card
    assert "- It keeps only tokens in the scripts of German" in card
    assert "- It has not been evaluated since it was trimmed." in card


def test_a_model_that_was_not_trimmed(run: dict[str, Any]) -> None:
    card = card_of(run, {})
    assert "rimmed" not in card
    assert "- It was taught English, German and Ukrainian only" in card
    assert "- It has not been evaluated.\n" in card


def test_languages_may_all_be_gone(run: dict[str, Any]) -> None:
    assert "# all-MiniLM-L6-v2, distilled\n" in card_of(run | {"languages": []}, {})
    assert "in English and German\n" in card_of(run | {"languages": ["de", "en"]}, {})

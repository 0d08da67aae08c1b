"""A run of two languages as `run.json` and `scores.json` tell it; numbers are made up."""

import math
from typing import Any

import pytest

from isogloss.metrics.score import Score

STS = {
    "teacher": {"en-en": 0.82, "de-de": 0.38, "en-de": 0.21, "ja-ja": 0.12},
    "untrained": {"en-en": 0.815, "de-de": 0.653, "en-de": 0.513, "ja-ja": 0.42},
    "trained": {"en-en": 0.814, "de-de": 0.747, "en-de": 0.646, "ja-ja": 0.583},
}
ACCURACY = {
    "teacher": {"en-de": 0.112, "en-ja": 0.004},
    "untrained": {"en-de": 0.51, "en-ja": 0.22},
    "trained": {"en-de": 0.761, "en-ja": 0.482},
}


def row(task: str, languages: str, metric: str, value: float, n: int, data: str) -> Score:
    spread = 0.03 if n < 1000 else 0.015
    return Score(task, languages, metric, value, value - spread, value + spread, n, "s", data=data)


@pytest.fixture
def scores() -> dict[str, list[Score]]:
    """Scores of teacher, untrained and trained student."""
    found: dict[str, list[Score]] = {}
    for label in ("trained", "teacher", "untrained"):
        found[label] = [
            row("sts", pair, "spearman", value, 1379, f"sts.{pair}.tsv")
            for pair, value in STS[label].items()
        ]
        for pair, value in ACCURACY[label].items():
            data = f"{pair}.test.tsv"
            n = 500 if pair == "en-ja" else 1000
            found[label].append(row("bitext", pair, "accuracy_mean", value, n, data))
            found[label].append(row("health", pair, "fvu_target", 1 - value, n, data))
            cosine = 1.0 if label == "teacher" else 0.99
            found[label].append(row("health", pair, "cosine_source_mean", cosine, n, data))
            found[label].append(row("health", pair, "cosine_source_p1", cosine - 0.03, n, data))
            found[label].append(row("health", pair, "recall_at_10", cosine, n, data))
    return found


@pytest.fixture
def history() -> list[dict[str, Any]]:
    """120 logged steps, a dev check at every tenth."""
    entries: list[dict[str, Any]] = []
    for place in range(1, 121):
        noise = math.sin(place * 12.9898) * 0.03
        fading = math.exp(-place / 30)
        entry: dict[str, Any] = {
            "step": place * 10,
            "sentences": place * 1280,
            "seconds": place * 1.5,
            "loss": 0.2 + 0.5 * fading + noise,
        }
        if place % 10 == 0:
            dev = {"fvu": 0.28, "fvu_source": 0.03, "fvu_de": 0.31, "fvu_ja": 0.42}
            entry["dev"] = {key: value + 0.6 * fading for key, value in dev.items()}
            entry["dev"] |= {"accuracy_de": 0.7, "cosine_source": 0.99}
        entries.append(entry)
    return entries


@pytest.fixture
def run(history: list[dict[str, Any]]) -> dict[str, Any]:
    """A whole `run.json`."""
    return {
        "isogloss": "0.1.0",
        "command": "distill",
        "recipe": {
            "teacher": "sentence-transformers/all-MiniLM-L6-v2",
            "student": {"kind": "transplant", "vocabulary_size": 16000},
            "training": {"learning_rate": 5e-4, "loss": "mse", "token_budget": 4096},
            "pairs": ["en-de=/home/someone/private/en-de.tsv.gz"],
            "seed": 7,
        },
        "teacher": {
            "name": "sentence-transformers/all-MiniLM-L6-v2",
            "fingerprint": "53aa51172d142c89",
            "dim": 384,
            "max_length": 256,
            "normalizes": True,
            "pooling": "mean",
        },
        "student": {
            "kind": "transplant",
            "fingerprint": "0011223344556677",
            "tokens_before": 30522,
            "tokens_after": 46522,
            "new_tokens": 16000,
            "aligned_tokens": 15800,
            "source_unchanged": 0.9987,
            "tokens_per_sentence": {
                "de": {"teacher": 21.04, "student": 12.5},
                "ja": {"teacher": 30.0, "student": 14.25},
            },
            "parameters": 28_900_000,
        },
        "data": [
            {
                "where": "/home/someone/private/en-de.tsv.gz",
                "languages": "en-de",
                "fingerprint": "aabbccddeeff",
                "read": 40_100,
                "kept": 39_500,
                "dropped": {"too long": 50, "duplicate": 550},
                "dev": 500,
            },
            {
                "where": "hf:owner/corpus",
                "languages": "en-ja",
                "fingerprint": "112233445566",
                "read": 20_000,
                "kept": 20_000,
                "dropped": {},
                "dev": 500,
            },
        ],
        "training": {
            "sentences": 153_600,
            "steps": 1200,
            "epochs": 1.28,
            "seconds": 185.0,
            "sentences_per_second": 830.3,
            "precision": "bf16",
            "processes": 1,
            "best_step": 1100,
            "best_metric": "dev_fvu",
            "best_value": 0.2915,
            "stopped": "minutes",
            "resumed_from": [400],
            "history": history,
        },
        "alarms": ["ja lags behind (see /home/someone/private/ja.log): add data"],
        "environment": {"python": "3.11.2", "torch": "2.13.0", "machine": "x86_64, 2 cores"},
        "seconds": {"data": 3.0, "targets": 20.0, "student": 9.0, "training": 185.0},
        "peak_memory_bytes": 1_340_000_000,
        "seed": 7,
    }


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The figures that were drawn, with all of their words."""
    figure = pytest.importorskip("matplotlib.figure")
    seen: list[Any] = []
    savefig = figure.Figure.savefig

    def keep(self: Any, *args: Any, **kwargs: Any) -> None:
        savefig(self, *args, **kwargs)
        seen.append(self)

    monkeypatch.setattr(figure.Figure, "savefig", keep)
    return seen

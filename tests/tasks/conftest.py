"""Encoders that need no model: what a sentence means is written into it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from isogloss.protocols import FloatArray

WIDTH = 64


class ToyEncoder:
    """Embeds a sentence as the sum of its words; `dictionary` maps foreign words to known ones.

    An unknown word gets its own direction; translations meet exactly where the dictionary reaches.
    """

    def __init__(self, name: str = "toy", dictionary: dict[str, str] | None = None) -> None:
        self.fingerprint = f"{name}-fingerprint"
        self.dictionary = dictionary or {}
        self.asked: list[str] = []

    def encode(self, sentences: Sequence[str]) -> FloatArray:
        self.asked += sentences
        rows = [sum(self._word(word) for word in text.lower().split()) for text in sentences]
        return np.array(rows, dtype=np.float32).reshape(len(sentences), -1)

    def _word(self, word: str) -> np.ndarray:
        word = self.dictionary.get(word, word)
        seed = int.from_bytes(word.encode(), "little") % 2**32
        return np.random.default_rng(seed).normal(size=WIDTH)


class TableEncoder:
    """Looks every sentence up: the embeddings are those that a test has made."""

    def __init__(self, rows: Mapping[str, Any], name: str = "table") -> None:
        self.fingerprint = name
        self.rows = dict(rows)

    def encode(self, sentences: Sequence[str]) -> FloatArray:
        return np.array([self.rows[text] for text in sentences], dtype=np.float32)


GERMAN = {
    "ein": "a",
    "hund": "dog",
    "katze": "cat",
    "haus": "house",
    "baum": "tree",
    "rotes": "red",
    "kleiner": "small",
    "schläft": "sleeps",
    "läuft": "runs",
    "steht": "stands",
}


@pytest.fixture
def toy():
    return ToyEncoder


@pytest.fixture
def table():
    return TableEncoder


@pytest.fixture
def german() -> dict[str, str]:
    return GERMAN


@pytest.fixture
def teacher():
    return ToyEncoder("teacher")


@pytest.fixture
def student():
    """Knows German, up to two words."""
    known = {word: meaning for word, meaning in GERMAN.items() if meaning not in ("runs", "tree")}
    return ToyEncoder("student", known)


@pytest.fixture
def pairs() -> list[tuple[str, str]]:
    """English and German sentences, word by word the same."""
    english = {meaning: word for word, meaning in GERMAN.items()}
    sentences = [
        f"a {size} {noun} {verb}"
        for noun in ("dog", "cat", "house", "tree")
        for size in ("red", "small")
        for verb in ("sleeps", "runs", "stands")
    ]
    return [(text, " ".join(english[word] for word in text.split())) for text in sentences]

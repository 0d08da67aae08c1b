"""An encoder without a model: texts of the same words lie close together."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from isogloss.protocols import NO_ROLE, FloatArray, Progress, Role


class WordEncoder:
    """The mean of random vectors, one for each word of a text.

    Attributes:
        calls: texts embedded so far, in order.
    """

    name = "words"

    def __init__(self, dim: int = 32, seed: int = 0, fingerprint: str = "words-0") -> None:
        self.dim, self.seed, self.fingerprint = dim, seed, fingerprint
        self.calls: list[str] = []

    def prompt_for(self, role: Role) -> str:
        return ""

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        self.calls += texts
        return np.array([self._vector(text) for text in texts], np.float32).reshape(-1, self.dim)

    def _vector(self, text: str) -> FloatArray:
        words = [self._word(word) for word in text.lower().split()]
        return np.mean(words, axis=0) if words else np.zeros(self.dim, np.float32)

    def _word(self, word: str) -> FloatArray:
        digest = hashlib.blake2b(f"{self.seed} {word}".encode(), digest_size=8).digest()
        generator = np.random.default_rng(int.from_bytes(digest, "little"))
        return generator.standard_normal(self.dim).astype(np.float32)


@pytest.fixture
def words() -> WordEncoder:
    """An encoder of words."""
    return WordEncoder()


@pytest.fixture
def make_words() -> type[WordEncoder]:
    """Makes encoders of words, of other widths and fingerprints."""
    return WordEncoder

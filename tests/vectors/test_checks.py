"""A model that is no model is told as such, before anything is made with it."""

from pathlib import Path

import numpy as np
import pytest

from isogloss.encoders.encoder import load_encoder
from isogloss.errors import InputError
from isogloss.protocols import FloatArray
from isogloss.samples import read_rows
from isogloss.vectors.checks import are_one, check_finite, check_vectors, not_finite

SENTENCES = [row["en"] for row in read_rows("train")[:100]]


class Fake:
    """Gives the vectors that it has, in their order."""

    fingerprint = "fake"

    def __init__(self, vectors: FloatArray) -> None:
        self.vectors = vectors

    def encode(self, sentences: list[str]) -> FloatArray:
        return self.vectors[: len(sentences)]


def test_a_sound_model_passes(tiny_teacher: Path) -> None:
    check_vectors(load_encoder(tiny_teacher, precision="fp32"), "teacher 'tiny'", SENTENCES)


@pytest.mark.parametrize("scale", [0.0, 1e-4, 1.0, 1e4])
def test_one_vector_for_all_is_refused_at_every_length(scale: float) -> None:
    rng = np.random.default_rng(0)
    noise = 1 + 1e-6 * rng.normal(size=(100, 8))  # as sums in another order make it
    with pytest.raises(InputError, match=r"teacher 'x' gives one and the same vector to 64 diff"):
        check_vectors(Fake((scale * noise).astype(np.float32)), "teacher 'x'", SENTENCES)
    if scale:
        near = scale * (1 + 0.03 * rng.normal(size=(100, 8)))  # random cosine 0.999
        check_vectors(Fake(near.astype(np.float32)), "teacher 'x'", SENTENCES)


def test_vectors_that_are_no_numbers_are_named_with_their_sentence() -> None:
    vectors = np.ones((3, 2), np.float32)
    vectors[1, 0] = np.nan
    with pytest.raises(InputError, match=r"model m gives .* 1 of 3 \(first: 'b'\)"):
        check_finite(vectors, "model m", ["a", "b", "c"])
    assert not_finite(vectors).tolist() == [False, True, False]


def test_different_vectors_are_not_one() -> None:
    assert are_one(np.full((5, 3), 0.2, np.float32))
    assert are_one(np.zeros((5, 3), np.float32))
    assert not are_one(np.eye(5, dtype=np.float16))

"""Quantized vectors: near what they were, and a loss that is that of the search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from isogloss.errors import InputError
from isogloss.vectors.quantized import as_searched, recall, to_bits, to_int8

finite = st.floats(-1e6, 1e6, width=32, allow_subnormal=False)


@given(arrays(np.float32, (5, 7), elements=finite))
def test_int8_is_off_by_half_a_step_at_most(vectors: np.ndarray) -> None:
    codes, scales = to_int8(vectors)
    off = np.abs(codes * scales[:, None].astype(np.float64) - vectors)
    assert (off <= 0.5001 * scales[:, None] + 1e-30).all()


def test_a_bit_is_a_sign() -> None:
    vectors = np.random.default_rng(0).standard_normal((9, 12)).astype(np.float32)
    assert np.array_equal(np.unpackbits(to_bits(vectors), axis=1, count=12), vectors > 0)


@pytest.mark.parametrize("kind", ["int8", "binary"])
def test_recall_is_the_share_of_neighbors_kept(kind: str) -> None:
    vectors = np.random.default_rng(0).standard_normal((60, 16)).astype(np.float32)
    rough = as_searched(vectors, kind)  # type: ignore[arg-type]

    def best(rows: np.ndarray) -> list[set[int]]:
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        cosines = unit @ unit.T
        np.fill_diagonal(cosines, -2)
        return [set(np.argsort(-row, kind="stable")[:5].tolist()) for row in cosines]

    kept = [len(a & b) for a, b in zip(best(vectors), best(rough), strict=True)]
    assert recall(vectors, kind, 5) == pytest.approx(np.mean(kept) / 5, abs=0.02)  # type: ignore[arg-type]


def test_recall_wants_neighbors() -> None:
    with pytest.raises(InputError):
        recall(np.ones((10, 4), np.float32), "int8")

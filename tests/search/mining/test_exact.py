"""The fast pass over a similarity matrix against the plain one: ties included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.errors import InputError
from isogloss.search.mining import exact
from isogloss.search.mining.exact import nearest_both, search_rows
from isogloss.search.mining.kernel import cosine
from isogloss.search.mining.parts import join_parts, part_from_bytes, part_to_bytes
from isogloss.vectors import nearest_both as plain
from isogloss.vectors import normalize

# Rows with one or four equal entries among zeros have norms 1 and 2: every cosine is an exact
# multiple of 1/4, in bfloat16 too, so that ties are ties.
WIDTH = 6
exact_rows = st.one_of(
    st.just(()),
    st.tuples(st.integers(0, WIDTH - 1)),
    st.lists(st.integers(0, WIDTH - 1), min_size=4, max_size=4, unique=True),
)


def matrix(entries) -> np.ndarray:
    rows = np.zeros((len(entries), WIDTH), dtype=np.float32)
    for row, places in zip(rows, entries, strict=True):
        row[list(places)] = 1
    return rows


def assert_same(found, wanted) -> None:
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(ours.indices, theirs.indices)
        np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-6)


@given(
    st.lists(exact_rows, min_size=1, max_size=14),
    st.lists(exact_rows, min_size=1, max_size=14),
    st.integers(1, 5),
    st.sampled_from(["fp32", "bf16"]),
    st.integers(1, 5),
    st.integers(1, 4),
)
@settings(max_examples=100, deadline=None)
def test_ties_zero_rows_and_any_blocks_give_the_order_of_the_plain_search(
    a, b, k, precision, size, threads
):
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ROWS", "COLUMNS"):
            patch.setattr(exact, name, size)
        patch.setattr(exact, "TILE", 2 * size)
        found = nearest_both(matrix(a), matrix(b), k, precision=precision, threads=threads)
    assert_same(found, plain(matrix(a), matrix(b), k))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_rough_cosines_lose_no_neighbor(precision, shift):
    generator = np.random.default_rng(0)
    a = generator.normal(size=(1500, 48)) + shift  # shifted, they lie closer together
    b = np.concatenate([a[::-1] + generator.normal(size=a.shape) / 50, a[:100]])
    assert_same(nearest_both(a, b, 4, precision=precision), plain(a, b, 4))


def test_a_crowd_goes_on_in_fp32_with_the_same_result(monkeypatch, caplog):
    generator = np.random.default_rng(1)
    a, b = (generator.normal(size=(300, 32)) + 20 for _ in "ab")
    monkeypatch.setattr(exact, "TILE", 100)
    with caplog.at_level("INFO", "isogloss"):
        found = nearest_both(a, b, 3, precision="bf16")
    assert "fp32 from here on" in caplog.text
    rows, columns = normalize(a).astype(np.float64), normalize(b).astype(np.float64)
    wanted = np.sort((rows @ columns.T).astype(np.float32), axis=1)[:, ::-1][:, :3]
    np.testing.assert_array_equal(found.forward.scores, wanted)


def test_result_has_the_same_bytes_whatever_the_precision_and_threads():
    generator = np.random.default_rng(2)
    a, b = generator.normal(size=(700, 40)), generator.normal(size=(900, 40))
    results = {
        b"".join(array.tobytes() for side in found for array in side)
        for found in (
            nearest_both(a, b, 4, precision="fp32"),
            nearest_both(a, b, 4, precision="bf16"),
            nearest_both(a, b, 4, precision="bf16", threads=3),
        )
    }
    assert len(results) == 1


def test_parts_survive_their_way_through_bytes():
    generator = np.random.default_rng(3)
    a, b = (normalize(generator.normal(size=(n, 8))) for n in (31, 17))
    parts = [search_rows(a[at : at + 10], b, 4, first=at) for at in range(0, 31, 10)]
    assert len(parts[-1].backward.indices[0]) == 1  # one row has no more to give
    stored = [part_to_bytes(part) for part in parts]
    assert_same(join_parts(map(part_from_bytes, stored), 4), plain(a, b, 4))
    assert [part_to_bytes(part) for part in map(part_from_bytes, stored)] == stored


def test_every_cosine_is_told_once():
    told = []
    nearest_both(np.eye(9), np.eye(9), precision="fp32", threads=2, advance=told.append)
    assert sum(told) == 81


def test_full_cosines_are_sums_in_float64():
    generator = np.random.default_rng(4)
    a, b = (normalize(generator.normal(size=(5, 384))) for _ in "ab")
    wanted = np.einsum("nd,nd->n", a, b, dtype=np.float64).astype(np.float32)
    assert [cosine(a, i, b, i) for i in range(5)] == wanted.tolist()


@pytest.mark.parametrize(
    ("a", "b", "k", "message"),
    [
        (np.eye(2), np.eye(3), 1, "equal widths"),
        (np.eye(2), np.full((2, 2), np.nan), 1, "NaN"),
        (np.zeros((0, 2)), np.eye(2), 1, "first side"),
        (np.eye(2), np.eye(2), 0, "k is 0"),
    ],
)
def test_what_cannot_be_searched_is_refused(a, b, k, message):
    with pytest.raises(InputError, match=message):
        nearest_both(a, b, k)

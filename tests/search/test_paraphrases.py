"""Pairs of one collection: each once, best first, within limits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isogloss.search.paraphrases import find_paraphrases
from isogloss.vectors import normalize


def rows(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)


@given(st.integers(1, 30), st.integers(1, 5), st.integers(0, 99))
def test_a_pair_is_found_if_one_is_among_the_nearest_of_the_other(
    n: int, k: int, seed: int
) -> None:
    embeddings = rows(n, seed)
    cosines = normalize(embeddings) @ normalize(embeddings).T
    np.fill_diagonal(cosines, -2)
    near = np.argsort(-cosines, axis=1)[:, : min(k, n - 1)]
    wanted = {(min(i, int(j)), max(i, int(j))) for i in range(n) for j in near[i]}
    found = find_paraphrases(embeddings, k=k)
    pairs = list(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == wanted
    assert (np.diff(found.scores) <= 0).all()
    assert np.allclose(found.scores, cosines[found.a, found.b], atol=1e-6)


def test_limits_keep_the_best() -> None:
    embeddings = rows(40, 0)
    every = find_paraphrases(embeddings)
    best = find_paraphrases(embeddings, max_pairs=7)
    assert all(np.array_equal(some, all_[:7]) for some, all_ in zip(best, every, strict=True))
    limit = float(every.scores[10])
    assert len(find_paraphrases(embeddings, min_score=limit).a) == 11


def test_vectors_in_a_file_will_do(tmp_path) -> None:
    embeddings = rows(40, 0)
    np.save(tmp_path / "rows.npy", embeddings)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    pairs = zip(find_paraphrases(mapped), find_paraphrases(embeddings), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)

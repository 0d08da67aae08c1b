"""Groups are those of the definition, in bounded memory; a map is the same each time."""

import importlib.util
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.errors import InputError, MissingExtraError
from isogloss.protocols import FloatArray
from isogloss.search.clustering import (
    communities,
    describe_clusters,
    find_communities,
    kmeans,
    project,
)
from isogloss.vectors import normalize


def clouds(sizes: list[int], dim: int = 16, seed: int = 0, spread: float = 0.3) -> FloatArray:
    """Vectors around some directions, so many around each."""
    generator = np.random.default_rng(seed)
    centers = normalize(generator.standard_normal((len(sizes), dim)))
    rows = np.repeat(centers, sizes, axis=0)
    return normalize(rows + spread * generator.standard_normal(rows.shape) / np.sqrt(dim))


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=6),
    st.integers(0, 99),
    st.floats(0.3, 0.99),
    st.integers(1, 8),
)
def test_communities_are_those_of_sentence_transformers(
    sizes: list[int], seed: int, threshold: float, least: int
) -> None:
    from sentence_transformers.util import community_detection

    vectors = clouds(sizes, seed=seed)
    if len(vectors) < least:  # which theirs cannot
        return
    expected = community_detection(vectors, threshold, least, show_progress_bar=False)
    found = find_communities(vectors, threshold=threshold, least=least)
    assert [rows[0] for rows in found] == [rows[0] for rows in expected]
    assert [set(rows.tolist()) for rows in found] == [set(map(int, rows)) for rows in expected]


def test_blocks_change_nothing_and_progress_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, told = clouds([30, 20, 5, 1, 1]), []
    whole = find_communities(vectors, threshold=0.7, least=4)
    monkeypatch.setattr(communities, "BLOCK_BYTES", 4 * len(vectors) * 3)  # three rows
    parts = find_communities(vectors, threshold=0.7, least=4, progress=told.append)
    assert [rows.tolist() for rows in parts] == [rows.tolist() for rows in whole]
    assert [len(rows) for rows in whole] == [30, 20, 5]
    assert sum(told) == 2 * len(vectors)


@pytest.mark.parametrize("wrong", [{"threshold": 1.5}, {"least": 0}])
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected"):
        find_communities(clouds([3]), **wrong)


def test_kmeans_parts_clouds_with_the_most_central_first() -> None:
    vectors = clouds([30, 20, 10])
    found = kmeans(vectors, 3)
    assert [set(rows.tolist()) for rows in found] == [
        set(range(30)),
        set(range(30, 50)),
        set(range(50, 60)),
    ]
    center = normalize(vectors[:30].mean(axis=0, keepdims=True))[0]
    assert found[0][0] == (vectors[:30] @ center).argmax()
    again = kmeans(vectors, 3)
    assert [rows.tolist() for rows in again] == [rows.tolist() for rows in found]


@pytest.mark.parametrize("k", [0, 7])
def test_kmeans_of_too_many_or_none_is_refused(k: int) -> None:
    with pytest.raises(InputError, match=f"{k} clusters of 6 texts"):
        kmeans(clouds([6]), k)


def test_a_cluster_says_its_languages_and_how_close_it_is() -> None:
    vectors = clouds([6, 3], spread=0.05)
    languages = ["en", "de", "en", "en", "", "de", "fr", "fr", "fr"]
    first, second = describe_clusters([np.arange(6), np.arange(6, 9)], vectors, languages)
    assert first.languages == {"en": 3, "de": 2, "": 1}
    assert next(iter(first.languages)) == "en"
    assert second.languages == {"fr": 3}
    assert (first.number, second.number) == (0, 1)
    assert 0.9 < first.cohesion <= 1


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_map_keeps_clouds_apart_and_is_the_same_each_time(method: str) -> None:
    vectors = clouds([15, 15], spread=0.1)
    points = project(vectors, method)
    assert points.shape == (30, 2)
    assert points.dtype == np.float32
    first, second = points[:15].mean(axis=0), points[15:].mean(axis=0)
    widest = max(points[:15].std(axis=0).max(), points[15:].std(axis=0).max())
    assert np.linalg.norm(first - second) > 2 * widest
    np.testing.assert_array_equal(project(vectors, method), points)


@pytest.mark.slow
def test_umap_keeps_clouds_apart_also_where_there_are_few_texts() -> None:
    for size in (3, 40):
        points = project(clouds([size, size], spread=0.1), "umap")
        gap = np.linalg.norm(points[:size].mean(axis=0) - points[size:].mean(axis=0))
        assert gap > points[:size].std(axis=0).max()


def test_a_map_of_a_few_texts_or_of_no_known_kind_is_refused() -> None:
    with pytest.raises(InputError, match="4 texts; expected 5"):
        project(clouds([4]), "pca")
    with pytest.raises(InputError, match="'pac' is unknown; expected one of umap, tsne, pca"):
        project(clouds([9]), "pac")


def test_umap_that_is_missing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "umap" else find(name)
    )
    with pytest.raises(MissingExtraError, match=r"isogloss\[map\]"):
        project(clouds([9]), "umap")

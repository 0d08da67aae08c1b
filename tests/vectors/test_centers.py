"""The offset of a language is its mean, and goes where it is known."""

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.protocols import FloatArray
from isogloss.vectors import normalize
from isogloss.vectors.centers import find_centers


def two_languages(n: int = 40) -> tuple[FloatArray, list[str]]:
    """The same vectors in two languages, one of them moved."""
    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((n, 8))
    vectors -= vectors.mean(axis=0)
    moved = np.concatenate([vectors, vectors + 5 * np.eye(1, 8)])
    return np.asarray(moved, np.float32), ["en"] * n + ["de"] * n


def test_what_differs_by_an_offset_is_the_same_without_it() -> None:
    vectors, languages = two_languages()
    centers = find_centers([(vectors, languages)])
    without = centers.subtract(vectors, languages)
    np.testing.assert_allclose(without[:40], without[40:], atol=1e-5)
    np.testing.assert_allclose(without[:40], normalize(vectors[:40]), atol=1e-5)


def test_parts_give_what_the_whole_gives() -> None:
    vectors, languages = two_languages()
    whole = find_centers([(vectors, languages)])
    parts = find_centers([(vectors[:7], languages[:7]), (vectors[7:], languages[7:])])
    assert whole.counts == parts.counts == {"en": 40, "de": 40}
    for name in ("en", "de"):
        np.testing.assert_allclose(whole.means[name], parts.means[name], atol=1e-6)


def test_a_language_that_is_unknown_or_rare_loses_the_mean_of_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    vectors, languages = two_languages()
    languages[0], languages[1] = "", "fr"
    centers = find_centers([(vectors, languages)])
    assert "unknown (1), fr (1)" in caplog.text
    np.testing.assert_allclose(centers.overall, (centers.means["en"] + centers.means["de"]) / 2)
    expected = normalize(vectors[:2] - centers.overall.astype(np.float32))
    np.testing.assert_allclose(centers.subtract(vectors, languages)[:2], expected, atol=1e-6)


def test_no_language_with_enough_texts_is_refused() -> None:
    vectors, _ = two_languages(5)
    with pytest.raises(InputError, match=r"no language has 20 texts \(en \(10\)\)"):
        find_centers([(vectors, ["en"] * 10)])
    with pytest.raises(InputError, match="there are none"):
        find_centers([])


def test_no_vectors_stay_none() -> None:
    vectors, languages = two_languages()
    assert find_centers([(vectors, languages)]).subtract(vectors[:0], []).shape == (0, 8)

"""Documents of two folders are paired by what they say, or by their names."""

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.search.documents import pairing
from isogloss.search.documents.pairing import bimax, pair_by_name, pair_documents
from isogloss.vectors import normalize

DOCUMENTS = 12


@pytest.fixture
def documents() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Documents of 20 lines of their own, and 14 of them, shuffled, in another language."""
    draw = np.random.default_rng(0)
    sources = [normalize(draw.normal(size=(20, 32))) for _ in range(DOCUMENTS)]
    targets = [
        normalize(rows[draw.permutation(20)[:14]] + 0.1 * draw.normal(size=(14, 32)))
        for rows in sources
    ]
    return sources, targets


def test_bimax_is_the_mean_of_the_nearest_both_ways(
    documents: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    a, b = documents[0][0], documents[1][1]
    forward = [max(float(x @ y) for y in b) for x in a]
    backward = [max(float(x @ y) for x in a) for y in b]
    assert bimax(a, b) == pytest.approx((np.mean(forward) + np.mean(backward)) / 2, abs=1e-6)


@pytest.mark.parametrize("candidates", [50, 3])
def test_documents_are_paired_whatever_their_order(
    documents: tuple[list[np.ndarray], list[np.ndarray]],
    candidates: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pairing, "CANDIDATES", candidates)
    sources, targets = documents
    order = np.random.default_rng(1).permutation(DOCUMENTS)
    pairs = pair_documents(sources, [targets[i] for i in order])
    assert [(pair.source, order[pair.target]) for pair in pairs] == [
        (i, i) for i in range(DOCUMENTS)
    ]


def test_a_document_without_counterpart_is_left_out(
    documents: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    sources, targets = documents
    pairs = pair_documents(sources[:8], targets[3:])
    assert [(pair.source, pair.target) for pair in pairs] == [(i, i - 3) for i in range(3, 8)]


def test_one_document_a_side_is_a_pair_and_none_is_none(
    documents: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    sources, targets = documents
    assert [pair[:2] for pair in pair_documents(sources[:1], targets[:1])] == [(0, 0)]
    assert pair_documents([], targets) == pair_documents(sources, []) == []


def test_names_are_compared_up_to_their_first_dot() -> None:
    pairs = pair_by_name(["a/1.en.txt", "a/2.en", "b/1.en"], ["b/1.de", "a/1.de.gz", "c/2.de"])
    assert [pair[:2] for pair in pairs] == [(0, 1), (2, 0)]


def test_two_documents_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match=r"'1\.en' and '1\.txt' have one name"):
        pair_by_name(["1.en", "1.txt"], [])

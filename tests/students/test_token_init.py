"""First embeddings of new tokens, against the formula in loops."""

import copy
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from isogloss.data.parallel import ParallelSentences
from isogloss.samples import read_rows
from isogloss.students import new_tokens
from isogloss.students.new_tokens import add_tokens
from isogloss.students.settings import TransplantSettings
from isogloss.students.token_init import translate_rows

N_OLD, DIM = 6, 4
TIED = {6: "haus", 7: "haus", 8: "buch", 9: "rar", 10: "fremd"}


@pytest.fixture
def old() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(N_OLD, DIM)).astype(np.float32)


def lexicon() -> np.ndarray:
    counts = np.zeros((len(TIED), N_OLD), np.float32)
    counts[0, [0, 1]] = 3.0, 1.0  # haus
    counts[1, [1, 2]] = 1.0, 5.0  # ##haus
    counts[2, 3] = 7.0
    counts[3, 4] = 0.2  # too seldom linked
    return counts


def by_loops(old: np.ndarray, counts: np.ndarray, sharpen: float, least: float) -> np.ndarray:
    rows = []
    for text in TIED.values():
        ids = [i for i, other in TIED.items() if other == text]
        pooled = [sum(float(counts[i - N_OLD, e]) for i in ids) for e in range(N_OLD)]
        if sum(pooled) < least:
            rows.append(old.mean(0))
            continue
        weights = [(count / sum(pooled)) ** sharpen for count in pooled]
        rows.append(sum(w * row for w, row in zip(weights, old, strict=True)) / sum(weights))
    return np.array(rows)


@pytest.mark.parametrize("block", [1, 2, 100])
@pytest.mark.parametrize(("sharpen", "least"), [(1.5, 0.3), (1.0, 0.3), (3.0, 0.1), (1.5, 8.0)])
def test_rows_follow_the_formula(
    old: np.ndarray, sharpen: float, least: float, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isogloss.students.token_init.BLOCK", block)
    counts = lexicon()
    sparse = scipy.sparse.csr_matrix(counts)
    initial = translate_rows(old, sparse, TIED, sharpen=sharpen, least_count=least)
    expected = by_loops(old, counts, sharpen, least)
    np.testing.assert_allclose(initial.rows, expected, rtol=1e-5, atol=1e-6)
    assert initial.rows.dtype == np.float32


def test_tied_ids_start_equal_and_unaligned_ones_at_the_mean(old: np.ndarray) -> None:
    initial = translate_rows(old, scipy.sparse.csr_matrix(lexicon()), TIED)
    assert initial.aligned.tolist() == [True, True, True, False, False]
    assert (initial.rows[0] == initial.rows[1]).all()
    np.testing.assert_allclose(initial.rows[2], old[3], rtol=1e-6)
    mean = old.mean(0)
    np.testing.assert_allclose(initial.rows[3:], np.stack([mean, mean]), rtol=1e-5)


def test_ids_without_text_are_on_their_own(old: np.ndarray) -> None:
    initial = translate_rows(old, scipy.sparse.csr_matrix(lexicon()), {})
    assert not np.allclose(initial.rows[0], initial.rows[1])


def test_the_lexicon_is_not_changed(old: np.ndarray) -> None:
    sparse = scipy.sparse.csr_matrix(lexicon())
    before = sparse.copy()
    translate_rows(old, sparse, TIED)
    assert (sparse != before).nnz == 0


def test_links_too_faint_for_a_translation_are_left_out_and_hardly_missed(
    teachers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = np.random.default_rng(0).normal(size=(len(teachers["bert"]["model"]["vocab"]), 16))
    texts = {code: [row[code] for row in read_rows("train")] for code in ("en", "de", "uk")}
    pairs = [ParallelSentences("en", code, texts["en"], texts[code]) for code in ("de", "uk")]
    kept: list[int] = []

    def counted(old: np.ndarray, lexicon: Any, *rest: Any, **more: Any) -> Any:
        kept.append(lexicon.nnz)
        return translate_rows(old, lexicon, *rest, **more)

    monkeypatch.setattr(new_tokens, "translate_rows", counted)
    made = []
    for least in (new_tokens.MIN_LINKS, 0.0):
        monkeypatch.setattr(new_tokens, "MIN_LINKS", least)
        state = copy.deepcopy(teachers["bert"])
        made.append(add_tokens(state, old.astype(np.float32), pairs, TransplantSettings()))
    few, whole = made
    assert kept[0] < kept[2]
    assert few.aligned == whole.aligned
    distances = np.linalg.norm(few.rows - whole.rows, axis=1)
    assert distances.max() < 0.01 * np.linalg.norm(whole.rows, axis=1).mean()


def borrowing(
    teachers: dict[str, Any], guarded: tuple[str, ...] = ()
) -> tuple[np.ndarray, np.ndarray, dict[str, int], int]:
    """Rows before and after a language: its bridge is a "shop", its garden a "kitchen"."""
    state = copy.deepcopy(teachers["bert"])
    ids = state["model"]["vocab"]
    old = np.random.default_rng(0).normal(size=(len(ids), 16)).astype(np.float32)
    source = ["bridge", "garden", "bridge garden", "garden garden"] * 20 + ["kitchen"] * 20
    target = ["shop", "kitchen", "shop kitchen", "kitchen kitchen"] * 20 + ["☃ ☃"] * 20
    pairs = ParallelSentences("en", "de", source, target)
    grown = add_tokens(state, old, [pairs], TransplantSettings(), guarded)
    return old, grown.rows, ids, grown.restarted


def test_a_word_the_source_hardly_uses_starts_at_what_it_translates(
    teachers: dict[str, Any],
) -> None:
    old, rows, ids, restarted = borrowing(teachers)
    assert {"bridge", "garden", "shop", "kitchen", "[UNK]"} <= ids.keys()
    assert restarted == 1
    changed = np.flatnonzero((rows[: len(old)] != old).any(1))
    assert changed.tolist() == [ids["shop"]]  # "kitchen" is a word of the source
    np.testing.assert_allclose(rows[ids["shop"]], old[ids["bridge"]], rtol=0.05, atol=0.05)


def test_text_that_is_guarded_keeps_its_words(teachers: dict[str, Any]) -> None:
    old, rows, *_, restarted = borrowing(teachers, guarded=("shop",))
    assert restarted == 0
    assert np.array_equal(rows[: len(old)], old)


def test_a_vocabulary_of_many_languages_keeps_its_rows(
    teachers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_tokens, "MANY_LANGUAGES", 100)
    old, rows, *_, restarted = borrowing(teachers)
    assert restarted == 0
    assert np.array_equal(rows[: len(old)], old)

"""Same-language preference in a merged pool, against the definition in a loop."""

import numpy as np
import pytest

from isogloss.tasks import BitextData, load_task
from isogloss.tasks.kinds.preference import PreferenceTask


class Table:
    """Embeddings by text."""

    fingerprint = "table"

    def __init__(self, rows):
        self.rows = rows

    def encode(self, sentences):
        return np.array([self.rows[text] for text in sentences], dtype=np.float32)


def model(n, shift):
    """Both languages hold the same meanings; one of them is moved aside by `shift`."""
    generator = np.random.default_rng(0)
    meaning = generator.normal(size=(n, 12))
    noise = generator.normal(size=(2, n, 12)) * 0.4
    rows = {f"a{i}": meaning[i] + noise[0, i] for i in range(n)}
    aside = np.eye(12)[0] * shift
    return Table(rows | {f"b{i}": meaning[i] + noise[1, i] + aside for i in range(n)})


def task(n):
    return PreferenceTask(
        "en-de", BitextData([f"a{i}" for i in range(n)], [f"b{i}" for i in range(n)])
    )


def by_hand(table, n):
    prefer = []
    names = [f"a{i}" for i in range(n)] + [f"b{i}" for i in range(n)]
    rows = table.encode(names)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    for query in range(2 * n):
        others = [x for x in range(2 * n) if x % n != query % n]
        nearest = max(others, key=lambda x, q=query: rows[q] @ rows[x])
        prefer.append((nearest < n) == (query < n))
    return np.mean(prefer)


@pytest.mark.parametrize("shift", [0, 3])
def test_the_rate_is_the_share_of_nearest_neighbors_in_the_same_language(shift):
    table = model(60, shift)
    (score,) = task(60).score(table)
    assert score.value == pytest.approx(by_hand(table, 60))
    assert score.n == len(score.items.values) == 60
    assert score.items.values.mean() == pytest.approx(score.value)
    assert score.low < score.value < score.high


def test_languages_that_lie_apart_are_preferred_and_mixed_ones_are_not():
    assert task(200).score(model(200, 0))[0].value == pytest.approx(0.5, abs=0.08)
    assert task(200).score(model(200, 8))[0].value > 0.9


def test_repeated_sentences_do_not_count(tmp_path, toy, pairs):
    lines = [f"{a}\t{b}" for a, b in [*pairs, pairs[0], ("a new one", pairs[1][1])]]
    (tmp_path / "x.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (score,) = load_task(f"preference:en-de={tmp_path}/x.tsv").score(toy())
    assert (score.n, score.dropped) == (24, {"repeated sentence": 2})


def test_too_few_pairs_have_no_value():
    (score,) = task(2).score(model(2, 0))
    assert score.value is None
    assert "2 distinct pairs" in score.reason

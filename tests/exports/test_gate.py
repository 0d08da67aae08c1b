"""The gate: what is measured, and what it lets through."""

from typing import Any, cast

import numpy as np
import pytest

from isogloss.exports.gate import inexact, measure, refusals
from isogloss.runs.exports import Fidelity

TEXTS = {"en": [f"sentence {i}" for i in range(40)], "ja": [f"文 {i}" for i in range(40)]}
GOOD = Fidelity(language="en", mean=0.999, low=0.99, least=0.98, mixed_mean=0.999, mixed_low=0.99)


class Stub:
    """A graph whose vectors are drawn from the ids, and shaken by what stands beside them."""

    dim = 16

    def __init__(self, noise: float = 0.0, company: float = 0.0) -> None:
        self.noise, self.company = noise, company
        self.model = type("M", (), {"model": type("N", (), {"max_seq_length": 32})})
        self.widest = 0

    def tokenize(self, texts: list[str]) -> list[list[int]]:
        return [[1, *map(ord, text), 2] for text in texts]

    def run(self, tokens: list[list[int]]) -> Any:
        self.widest = max(self.widest, *map(len, tokens))
        rows = []
        for ids in tokens:
            draw = np.random.default_rng(ids)
            row = draw.normal(size=self.dim)
            japanese = ids[1] > 1_000
            row += (self.noise if japanese else 0) * draw.normal(size=self.dim)
            row += (self.company if len(tokens) > 1 else 0) * draw.normal(size=self.dim)
            rows.append(row)
        return np.array(rows, np.float32)


def measured(graph: Stub) -> list[Fidelity]:
    exact = Stub()
    wanted = {code: exact.run(exact.tokenize(lines)) for code, lines in TEXTS.items()}
    return measure(cast(Any, graph), TEXTS, wanted)


def test_equal_vectors_pass_and_are_compared_in_batches_that_pad_them() -> None:
    graph = Stub()
    found = measured(graph)
    assert [(row.language, row.sentences) for row in found] == [("en", 40), ("ja", 40)]
    assert all(row.mean > 0.999999 and row.alone_mixed > 0.999999 for row in found)
    assert refusals(found) == inexact(found) == []
    assert graph.widest == 32


def test_a_language_that_suffers_alone_is_named() -> None:
    said = refusals(measured(Stub(noise=0.5)))
    assert said
    assert all(line.startswith("ja: ") for line in said)


def test_vectors_that_change_with_their_neighbors_are_refused() -> None:
    found = measured(Stub(company=0.5))
    assert all(row.mean > 0.999999 for row in found)
    assert all(row.alone_mixed < 0.95 for row in found)
    assert {line.partition(":")[0] for line in refusals(found)} == {"en", "ja"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"mean": 0.9899}, ["en: mean cosine 0.9899 < 0.99"]),
        ({"mixed_mean": 0.98}, ["en: mean cosine 0.9800 < 0.99"]),
        ({"low": 0.9699}, ["en: 1st percentile 0.9699 < 0.97"]),
        ({"mixed_low": 0.5}, ["en: 1st percentile 0.5000 < 0.97"]),
    ],
)
def test_the_bounds_are_those_that_are_documented(
    change: dict[str, float], said: list[str]
) -> None:
    assert refusals([GOOD.model_copy(update=change)]) == said


def test_a_graph_in_float32_must_be_exact() -> None:
    assert inexact([GOOD]) == ["en: least cosine 0.98000 < 0.9999"]

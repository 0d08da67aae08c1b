"""Who is drawn how often: corpora by temperature and factor, pairs by weight."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data.token_table import TokenTable
from isogloss.errors import InputError
from isogloss.losses.objective import objective
from isogloss.training.distill.batches import corpus_shares, plan_batches
from isogloss.training.distill.examples import Examples, ExamplesWriter
from isogloss.training.distill.job import DistillJob
from isogloss.training.distill.mixing import corpus_quotas, draw_by_weight
from isogloss.training.distill.settings import ResolvedSettings

KINDS = {"tokens_per_batch": 64, "source_share": 0.2, "source_weight": 1.0, "seed": 3}
PLACES = {"de": [("en-de=large.tsv", 900), ("en-de=small.tsv", 100)], "uk": [("en-uk=x.tsv", 300)]}
NO_TARGETS = np.empty((0, 0), np.float32)


def settings(**given: Any) -> ResolvedSettings:
    return ResolvedSettings(**(KINDS | given))


def examples(folder: Path, weights: dict[str, list[float]] | None = None) -> Examples:
    """Sentences of one to four tokens, of three places, and sources."""
    draw = np.random.default_rng(0)
    with ExamplesWriter(folder, weighted=weights is not None) as writer:
        for name, places in (PLACES | {"en": [("", 200)]}).items():
            n = sum(size for _, size in places)
            ids = [list(range(1, 1 + k)) for k in draw.integers(1, 5, n)]
            known = (weights or {}).get(name)
            writer.add(
                name,
                TokenTable.from_sentences(ids),
                np.array([f"{name}{at}".encode() for at in range(n)], "S16"),
                None if known is None else np.array(known, np.float32),
            )
            if name != "en":
                writer.place(name, [(place, n, n) for place, n in places])
    return Examples.read(folder)


def drawn(made: Examples, given: ResolvedSettings, epochs: int = 1) -> Counter[int]:
    plan = plan_batches(made, "en", given)
    return Counter(int(k) for epoch in range(epochs) for batch in plan.epoch(epoch) for k in batch)


def by_place(made: Examples, counts: Counter[int]) -> dict[str, int]:
    return {
        corpus.place: sum(counts[k] for k in range(corpus.start, corpus.end))
        for corpora in made.corpora.values()
        for corpus in corpora
    }


def test_without_a_word_on_mixing_the_batches_are_those_of_whole_languages(tmp_path):
    made = examples(tmp_path / "a")
    old = replace(made, corpora={})
    ours, theirs = (plan_batches(each, "en", settings()).epoch(2) for each in (made, old))
    assert len(ours) == len(theirs) and all(map(np.array_equal, ours, theirs))
    assert not (tmp_path / "a" / "weights.npy").exists() and made.weights is None


def test_corpora_of_a_language_are_evened_out_by_temperature(tmp_path):
    made = examples(tmp_path)
    by_size = by_place(made, drawn(made, settings()))
    assert by_size == {"en-de=large.tsv": 900, "en-de=small.tsv": 100, "en-uk=x.tsv": 300}
    warm = settings(corpus_temperature=2.0)
    counts = by_place(made, drawn(made, warm))
    assert counts == {"en-de=large.tsv": 750, "en-de=small.tsv": 250, "en-uk=x.tsv": 300}
    assert corpus_shares(made, "en", warm) == pytest.approx(
        {place: n / 1300 for place, n in counts.items()}
    )


@pytest.mark.parametrize("given", [{}, {"temperature": 2.0}, {"corpus_temperature": 2.0}])
def test_places_of_which_some_pairs_were_drawn_keep_their_shares(tmp_path, given):
    made = examples(tmp_path)
    whole = corpus_shares(made, "en", settings(**given))
    corpora = {
        name: [replace(part, drawn_from=10 * part.pairs) for part in parts]
        for name, parts in made.corpora.items()
    }
    corpora["uk"] = [replace(corpora["uk"][0], drawn_from=0)]  # all of a small one
    tenth = replace(made, corpora=corpora)
    of_all = replace(
        made,
        corpora={
            name: [replace(p, drawn_from=0) for p in parts] for name, parts in corpora.items()
        },
    )
    assert corpus_shares(of_all, "en", settings(**given)) == pytest.approx(whole)
    shares = corpus_shares(tenth, "en", settings(**given))
    tenfold = 10.0 ** (1 / given.get("temperature", 1.0))
    both = shares["en-de=large.tsv"] + shares["en-de=small.tsv"]
    before = whole["en-de=large.tsv"] + whole["en-de=small.tsv"]
    ratio = tenfold * before / whole["en-uk=x.tsv"]
    assert both / shares["en-uk=x.tsv"] == pytest.approx(ratio, rel=0.01)
    assert drawn(tenth, settings(**given)).total() == drawn(made, settings(**given)).total()


def test_a_corpus_counts_as_often_as_it_was_told_to(tmp_path):
    made = examples(tmp_path)
    counts = by_place(made, drawn(made, settings(corpus_weights={"small": 9.0})))
    assert counts == {"en-de=large.tsv": 500, "en-de=small.tsv": 500, "en-uk=x.tsv": 300}


def test_pairs_are_drawn_in_proportion_to_their_weights(tmp_path):
    weights = {"de": [1.0] * 900 + [3.0] * 50 + [0.5] * 50}
    made = examples(tmp_path, weights)
    given = settings(pair_weights="draw")
    counts = drawn(made, given, epochs=40)
    mean = 1000 * 40 / 1075  # draws of a pair that counts 1
    groups = (range(900), range(900, 950), range(950, 1000))
    for group, weight in zip(groups, (1.0, 3.0, 0.5), strict=True):
        assert np.mean([counts[k] for k in group]) == pytest.approx(weight * mean, rel=0.05)
    one, again = (plan_batches(made, "en", given).epoch(5) for _ in range(2))
    assert all(map(np.array_equal, one, again))
    shares = corpus_shares(made, "en", given)
    assert shares["en-de=small.tsv"] == pytest.approx(1000 / 1300 * 175 / 1075)


def test_equal_weights_draw_like_none(tmp_path):
    made = examples(tmp_path, {"de": [2.0] * 1000, "uk": [2.0] * 300, "en": [2.0] * 200})
    ours, theirs = (
        plan_batches(each, "en", settings(pair_weights="draw")).epoch(1)
        for each in (made, replace(made, weights=None))
    )
    assert all(map(np.array_equal, ours, theirs))


@given(
    st.lists(st.floats(0.01, 100), min_size=1, max_size=60),
    st.integers(0, 200),
    st.integers(0, 9),
)
def test_each_is_drawn_as_often_as_expected_or_once_more(weights, quota, seed):
    known = np.array(weights, np.float32)
    counts = np.bincount(
        draw_by_weight(known, quota, np.random.default_rng(seed)), minlength=len(known)
    )
    expected = quota * known.astype(np.float64) / known.sum(dtype=np.float64)
    assert counts.sum() == quota
    assert (np.abs(counts - expected) < 1 + 1e-6).all()


@given(
    st.lists(st.floats(0.5, 1e7), min_size=1, max_size=8), st.integers(0, 10**6), st.floats(0.5, 9)
)
def test_quotas_of_corpora_sum_up_to_that_of_their_language(sizes, quota, temperature):
    quotas = corpus_quotas(sizes, [1.0] * len(sizes), quota, temperature)
    assert sum(quotas) == quota and min(quotas) >= 0


def test_in_the_loss_a_pair_counts_what_it_weighs(tmp_path):
    made = examples(tmp_path, {"de": [0.25] * 500 + [1.0] * 500})
    job = DistillJob(made, "en", 0, settings(source_weight=2.0), NO_TARGETS)
    rows = np.array([0, 999, 1_299, 1_300])
    weights = job.facts(rows, torch.device("cpu"))["weights"]
    assert weights is not None and weights.tolist() == [0.25, 1.0, 1.0, 2.0]
    student, targets = torch.eye(4), torch.eye(4).flip(0)
    by_hand = (torch.tensor([0.25, 1.0, 1.0, 2.0]) * 2.0).sum() / 4.25
    assert objective(student, targets, job.settings.loss, weights=weights) == by_hand
    drawn_only = DistillJob(made, "en", 0, settings(pair_weights="draw"), NO_TARGETS)
    assert drawn_only.facts(rows, torch.device("cpu"))["weights"].tolist() == [1.0] * 4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"corpus_temperature": 0}, "training.corpus_temperature is 0; expected a number above 0"),
        ({"corpus_weights": {"a": -1}}, "training.corpus_weights is -1; expected a number above 0"),
        ({"pair_weights": "twice"}, "training.pair_weights is 'twice'; expected one of loss, draw"),
    ],
)
def test_values_that_weigh_nothing_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        settings(**given)

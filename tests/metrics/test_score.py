"""The row of scores.json and the signature."""

import json
import math

import pytest

from isogloss.errors import InputError
from isogloss.metrics.score import Estimate, Score, signature

FULL = Score("sts", "de-de", "spearman", 0.75, 0.7, 0.8, 250, "metric:spearman")


def test_a_row_has_the_contracts_keys_in_order():
    keys = ["task", "languages", "metric", "value", "low", "high", "n", "signature"]
    assert list(FULL.to_dict()) == keys


def test_a_row_says_what_was_dropped_and_why_there_is_no_value():
    score = Score(
        "sts", "de-de", "spearman", None, None, None, 1, "s", {"empty": 2}, "1 pairs", "a.tsv"
    )
    row = json.loads(json.dumps(score.to_dict(), allow_nan=False))
    assert row["value"] is None
    assert (row["dropped"], row["reason"], row["data"]) == ({"empty": 2}, "1 pairs", "a.tsv")


def test_signature_is_compact_and_leaves_out_what_is_unknown():
    line = signature(metric="spearman", boot=1000, model=None, data="", seed=0)
    assert line == "metric:spearman|boot:1000|seed:0"


@pytest.mark.parametrize("value", ["a|b", "a\nb"])
def test_signature_refuses_what_would_break_it(value):
    with pytest.raises(InputError, match="metric"):
        signature(metric=value)


@pytest.mark.parametrize("value", [math.nan, math.inf, None])
def test_an_estimate_is_a_finite_number_or_a_reason(value):
    with pytest.raises(InputError):
        Estimate(value)

"""What the record of a run says of its alarms and its best weights."""

import logging
from typing import Any, cast

import pytest

from isogloss.metrics.score import Score
from isogloss.recipes.evaluate.run import Evaluation
from isogloss.recipes.finish import alarms_of
from isogloss.training.distill.settings import TrainSettings
from isogloss.training.progress import Progress
from isogloss.training.train import Trained, training_record


def score(data: str, metric: str, value: float | None, n: int = 60) -> Score:
    reason = None if value is not None else "every pair has the same gold score"
    return Score("sts", "en-en", metric, value, None, None, n, "", reason=reason, data=data)


def test_a_test_without_any_score_is_an_alarm(caplog: pytest.LogCaptureFixture) -> None:
    rows = [
        *(score("flat.tsv", metric, None) for metric in ("spearman", "pearson")),
        *(score("good.tsv", "spearman", 0.7), score("good.tsv", "retention", None)),
        score("gone.tsv", "spearman", None, n=0),
    ]
    state = Progress(alarms=["step 2: de lags: FVU 0.9", "step 4: de lags: FVU 0.8"])
    with caplog.at_level(logging.WARNING):
        found = alarms_of(state, Evaluation({"before": rows, "after": rows}))
    assert found == [
        "step 4: de lags: FVU 0.8 (2 times since step 2)",
        "sts en-en (flat.tsv) has no score: every pair has the same gold score",
    ]
    assert [record.message for record in caplog.records] == found[1:]


@pytest.mark.parametrize(("best", "kept"), [({}, 9), ({"best_value": 0.5, "best_step": 4}, 4)])
def test_the_last_weights_are_the_ones_kept_where_nothing_chose(
    best: dict[str, Any], kept: int
) -> None:
    trained = Trained(cast(Any, None), Progress(step=9, **best), "fp32", 1, 1.0)
    training = training_record(TrainSettings(), trained, "dev_fvu")
    assert (training.best_step, training.best_value) == (kept, best.get("best_value"))

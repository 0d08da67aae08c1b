"""What stands below the scores of a finished run."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from isogloss.cli.options import show_scores
from isogloss.metrics.score import Score
from isogloss.recipes.evaluate.run import Evaluation


def test_alarms_that_were_said_are_named_once_below_the_scores(
    capsys: pytest.CaptureFixture[str],
) -> None:
    score = Score("sts", "en-en", "spearman", 0.5, None, None, 9, "")
    alarms = [
        "step 30: collapse: two random target sentences have cosine 0.8 (21 times since step 10)",
        "step 20: de lags: FVU 0.90, median language 0.30",
    ]
    evaluation = Evaluation({"trained": [score]})
    record = SimpleNamespace(alarms=alarms)
    result = SimpleNamespace(evaluation=evaluation, record=record, folder=Path("runs/de"))
    show_scores(result, as_json=False)
    assert capsys.readouterr().err == "alarms: collapse, de lags; see the report\n"
    result.record.alarms = []
    show_scores(result, as_json=False)
    assert capsys.readouterr().err == ""

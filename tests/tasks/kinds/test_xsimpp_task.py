"""xSIM++: errors counted by hand, per kind of change."""

import zlib

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.tasks import BitextData, Settings, load_task
from isogloss.tasks.kinds.xsimpp import METRICS, XsimppTask

ENGLISH = [
    "In 1990 the house was sold.",
    "Two dogs are in the house.",
    "The cat sleeps in Berlin.",
    "We saw Anna in spring.",
    "Later Anna and Peter ran.",
    "Then we met Peter in Berlin.",
]
SOURCE = [f"satz {number}" for number in range(6)]


class Chosen:
    """Each source sentence stands exactly where one chosen English sentence stands."""

    fingerprint = "chosen"

    def __init__(self, matches):
        self.matches = matches

    def encode(self, sentences):
        texts = [self.matches.get(text, text) for text in sentences]
        return np.array([self._row(text) for text in texts], dtype=np.float32)

    @staticmethod
    def _row(text):
        return np.random.default_rng(zlib.crc32(text.encode())).normal(size=32)


@pytest.fixture
def task():
    return XsimppTask("de-en", BitextData(SOURCE, ENGLISH), "x.tsv")


def values(scores):
    return {score.metric: score.value for score in scores}


def test_a_model_that_sees_every_change_has_no_error(task):
    scores = task.score(Chosen(dict(zip(SOURCE, ENGLISH, strict=True))))
    assert [score.metric for score in scores] == list(METRICS)
    assert set(values(scores).values()) == {0}
    assert all(score.n == 6 and score.low == 0 < score.high for score in scores)
    assert f"|negatives:{len(task.negatives)}|" in scores[0].signature


def test_errors_are_counted_by_the_kind_of_the_match(task):
    def first(kind, row):
        return next(x.text for x in task.negatives if (x.kind, x.row) == (kind, row))

    matches = [first("number", 0), first("number", 1), ENGLISH[3], first("entity", 3)]
    matches += [first("entity", 4), ENGLISH[5]]
    matches[1] = first("negation", 1)
    found = values(task.score(Chosen(dict(zip(SOURCE, matches, strict=True)))))
    assert found == pytest.approx(
        {
            "xsimpp_error": 5 / 6,
            "xsimpp_error_number": 1 / 6,
            "xsimpp_error_negation": 1 / 6,
            "xsimpp_error_entity": 2 / 6,
        }
    )


def test_a_change_that_no_sentence_allows_has_no_value():
    english = ["The cat sleeps.", "Birds sing.", "It was late."]
    source = SOURCE[:3]
    task = XsimppTask("de-en", BitextData(source, english))
    scores = task.score(Chosen(dict(zip(source, english, strict=True))))
    assert values(scores)["xsimpp_error"] == values(scores)["xsimpp_error_negation"] == 0
    assert values(scores)["xsimpp_error_number"] is None
    assert "no sentence allows a change of kind entity" in scores[3].reason


def test_one_pair_has_no_value(task):
    one = XsimppTask("de-en", BitextData(SOURCE[:1], ENGLISH[:1]))
    assert {score.value for score in one.score(Chosen({}), settings=Settings())} == {None}


def test_the_target_must_be_english(tmp_path):
    (tmp_path / "x.tsv").write_text("a cat\teine Katze\na dog\tein Hund\n", encoding="utf-8")
    with pytest.raises(InputError, match="target language 'de'; expected en"):
        load_task(f"xsimpp:en-de={tmp_path}/x.tsv")
    assert load_task(f"xsimpp:de-en={tmp_path}/x.tsv").kind == "xsimpp"

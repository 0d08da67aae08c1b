"""Health of students whose state is known."""

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.tasks import HealthData, HealthTask, read_health
from isogloss.tasks.kinds.health import METRICS


def rows(n=200, width=16, seed=0):
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def data(n=200):
    return HealthData([f"s{i}" for i in range(n)], [f"t{i}" for i in range(n)])


def untranslated():
    return HealthData(data().source)


@pytest.fixture
def score(table):
    """Scores of embeddings, row by row: M(source), S(source), S(target)."""

    def scored(teacher, source, target, data):
        rows = dict(zip(data.source, source, strict=True))
        if target is not None:
            rows |= zip(data.target, target, strict=True)
        other = table(dict(zip(data.source, teacher, strict=True)), "t" * 20)
        return HealthTask("en-de", data).score(table(rows), teacher=other)

    return scored


def by_metric(scores):
    return {score.metric: score for score in scores}


def test_a_copy_of_the_teacher_is_healthy(score):
    teacher = rows()
    scores = score(teacher, teacher, teacher, data())
    assert tuple(score.metric for score in scores) == METRICS
    found = by_metric(scores)
    assert found["fvu_source"].value == found["fvu_target"].value == 0
    for metric in ("cosine_source_mean", "cosine_source_p1", "cosine_target_mean", "norm_ratio"):
        assert found[metric].value == pytest.approx(1)
    assert found["recall_at_10"].value == 1
    assert abs(found["random_cosine"].value) < 0.05
    assert all("teacher:tttttttt|" in score.signature for score in scores)


def test_a_collapsed_student_is_not(score):
    teacher = rows()
    collapsed = np.tile(teacher.mean(axis=0), (200, 1)) + rows(seed=1) / 1e4
    found = by_metric(score(teacher, collapsed, collapsed, data()))
    assert found["fvu_source"].value == pytest.approx(1, abs=0.01)
    assert found["fvu_target"].value == pytest.approx(1, abs=0.01)
    assert found["random_cosine"].value > 0.99
    assert found["norm_ratio"].value < 0.2
    assert found["recall_at_10"].value < 0.2


def test_source_and_target_are_not_mixed_up(score):
    teacher = rows()
    found = by_metric(score(teacher, teacher, rows(seed=1), data()))
    assert found["fvu_source"].value == 0
    assert found["fvu_target"].value > 1.5
    assert found["cosine_source_mean"].value > 0.99 > 0.2 > found["cosine_target_mean"].value


def test_shuffled_rows_are_found_out_by_recall(score):
    teacher = rows()
    found = by_metric(score(teacher, np.roll(teacher, 1, axis=0), None, untranslated()))
    assert found["recall_at_10"].value < 0.3


def test_two_widths_leave_only_what_is_defined(score):
    found = by_metric(score(rows(), rows(width=8), rows(width=8), data()))
    for metric in ("fvu_source", "fvu_target", "cosine_source_p1", "recall_at_10"):
        assert found[metric].value is None
        assert found[metric].reason == "the student has 8 dimensions, the teacher 16"
    assert found["norm_ratio"].value is not None
    assert found["random_cosine"].value is not None


def test_repeated_sentences_count_once_where_they_would_flatter(score):
    teacher = np.repeat(rows(15), 2, axis=0)
    twice = HealthData(*([f"{side}{i // 2}" for i in range(30)] for side in "st"))
    found = by_metric(score(teacher, teacher, teacher, twice))
    assert found["random_cosine"].value < 0.1
    assert found["recall_at_10"].value == 1
    once = {"random_cosine", "random_cosine_target", "recall_at_10"}
    assert {metric: row.n for metric, row in found.items()} == {
        metric: 15 if metric in once else 30 for metric in METRICS
    }
    assert len(found["recall_at_10"].items) == 15


def test_one_sentence_has_no_value_anywhere_but_where_it_is_defined(score):
    one = rows(1)
    found = by_metric(score(one, one, one, data(1)))
    defined = {metric for metric, score in found.items() if score.value is not None}
    assert defined == {"cosine_source_mean", "cosine_target_mean", "norm_ratio"}


def test_an_sts_file_gives_source_sentences_only(tmp_path, toy):
    path = tmp_path / "sts.tsv"
    path.write_text("5\ta dog\ta cat\n1\ta dog\ta tree\n", encoding="utf-8")
    sentences = read_health(path)
    assert list(sentences.source) == ["a dog", "a cat", "a tree"]
    assert sentences.target is None
    found = by_metric(HealthTask("en-en", sentences).score(toy(), teacher=toy()))
    assert found["fvu_source"].value == 0
    assert found["fvu_target"].reason == "the data hold no translations"


def test_bitext_gives_both_sides(tmp_path, student, teacher, pairs):
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{a}\t{b}\n" for a, b in pairs), encoding="utf-8")
    task = HealthTask("en-de", read_health(path), "a.tsv")
    assert task.texts() == [a for a, _ in pairs] + [b for _, b in pairs]
    assert task.teacher_texts() == [a for a, _ in pairs]
    found = by_metric(task.score(student, teacher=teacher))
    assert found["fvu_source"].value == 0
    assert 0 < found["fvu_target"].value < 1


def test_a_teacher_is_needed(toy):
    with pytest.raises(InputError, match="--teacher"):
        HealthTask("en-de", data(), "a.tsv").score(toy())


def test_lengths_must_fit(score):
    with pytest.raises(InputError, match="2 source and 1 target"):
        HealthData(["a", "b"], ["c"])

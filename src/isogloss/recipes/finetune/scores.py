"""Score a fine-tuned model: on the tests, on their unseen part, and on all joined."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from isogloss.protocols import Encoder
from isogloss.recipes.evaluate.run import Evaluation, evaluate
from isogloss.recipes.finetune.data import FinetuneData
from isogloss.recipes.finetune.leakage import seen_sentences, unseen_tasks
from isogloss.recipes.finetune.tasks import graded_tasks
from isogloss.runs.roles import ALL_TESTS, HELD_OUT, UNSEEN
from isogloss.tasks import StsTask, Task
from isogloss.tasks.suites import Layout, Suite, SuiteCard
from isogloss.tasks.suites.scores import suite_scores
from isogloss.tasks.task import DEFAULTS

logger = logging.getLogger(__name__)

TEST = "test"
"""Name of the graded pairs that a recipe names as its test."""


def finetune_scores(
    data: FinetuneData,
    models: Mapping[str, Encoder],
    teacher: Encoder | None,
    pivot: str,
    tasks: Sequence[Task],
) -> Evaluation:
    """Score all models on the official tests, on their unseen part, and on the held-out pairs.

    Args:
        data: what was trained on, what chose the weights, and what neither has seen.
        models: by label.
        teacher: for retention; None: there is none.
        pivot: the language that others are compared with.
        tasks: further tests.

    Returns:
        Scores per model; behind the STS tests those of all of them as one (`ALL_TESTS`).
    """
    tasks = [*tasks, *graded_tasks(data.test, pivot, TEST)]
    triplets = [text for triplet in data.triplets for text in triplet]
    unseen = unseen_tasks(tasks, seen_sentences([data.train, data.dev], triplets))
    tests = [*tasks, *unseen, *graded_tasks(data.dev, pivot, HELD_OUT)]
    if not tests:
        return Evaluation({})
    found = evaluate(models, tests, teacher=teacher, teacher_language=pivot)
    if twice := _tested_twice(tasks):
        logger.warning(
            "%s tested more than once: there are no scores of %r as one; name one test for each",
            ", ".join(twice),
            ALL_TESTS,
        )
    left = _without_seen(tasks, unseen)
    suites = [_suite(tasks, ALL_TESTS), _suite(left, ALL_TESTS + UNSEEN)]
    scores = {}
    for label, rows in found.scores.items():
        scores[label] = list(rows)
        for suite in suites:
            names = {(task.languages, task.name) for task in suite.tasks}
            own = [row for row in rows if row.task == "sts" and (row.languages, row.data) in names]
            scores[label] += suite_scores(suite, own, models[label].fingerprint, DEFAULTS)
    return replace(found, scores=scores)


def _without_seen(tasks: Sequence[Task], unseen: Sequence[Task]) -> list[Task]:
    """The STS tests, without what was seen of them; none where nothing was."""
    parts = {(task.languages, task.name): task for task in unseen}
    graded = [task for task in tasks if isinstance(task, StsTask)]
    left = [parts.get((task.languages, task.name + UNSEEN), task) for task in graded]
    return left if unseen else []


def _tested_twice(tasks: Sequence[Task]) -> list[str]:
    """Pairs of languages that several STS tasks have."""
    counts = Counter(task.languages for task in tasks if isinstance(task, StsTask))
    return [languages for languages, n in counts.items() if n > 1]


def _suite(tasks: Sequence[Task], name: str) -> Suite:
    """The STS tasks as a suite; without any where a pair of languages is tested twice."""
    graded = [task for task in tasks if isinstance(task, StsTask)]
    if _tested_twice(graded):
        graded = []
    card = SuiteCard(name, name, "sts", (), Layout((), ()), source="", licence="", citation="")
    return Suite(card, name, tuple(graded))

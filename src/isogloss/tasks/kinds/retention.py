"""Retention: how much of the teacher's similarity judgments a student keeps on translations."""

import numpy as np

from isogloss.errors import InputError
from isogloss.metrics.score import Score
from isogloss.metrics.sts import estimate_retention
from isogloss.protocols import Encoder, prompt_of, read_for
from isogloss.tasks.kinds.sts import StsTask
from isogloss.tasks.task import DEFAULTS, Settings, short


def score_retention(
    task: StsTask,
    model: Encoder,
    reference: StsTask,
    teacher: Encoder,
    *,
    settings: Settings = DEFAULTS,
) -> Score:
    """How much of the teacher's Spearman on original pairs a student keeps on their translations.

    Args:
        task: translated pairs, embedded by `model`.
        model: the student.
        reference: the original pairs with the same grades in the same order, embedded by `teacher`.
        teacher: the teacher.
        settings: bootstrap settings; both models see the same draws.

    Returns:
        `retention`: student's Spearman ÷ teacher's Spearman.

    Raises:
        InputError: if the two tasks have different grades.
    """
    if not same_gold(task, reference):
        raise InputError(
            f"retention of {task.languages} against {reference.languages} compares"
            f" {len(task.data)} and {len(reference.data)} pairs with different grades;"
            " expected the same pairs in another language; choose a row-aligned file"
        )
    data = task.data
    estimate = estimate_retention(
        task.cosines(model), reference.cosines(teacher), data.gold, **settings.boot
    )
    sheet = task.sheet(
        model,
        settings,
        prompt=prompt_of(read_for(model, task.use)),
        teacher_prompt=prompt_of(read_for(teacher, reference.use)),
    )
    original, against = short(reference.fingerprint()), short(teacher.fingerprint)
    return sheet.bootstrapped(
        "retention", estimate, n=len(data), reference=original, teacher=against
    )


def same_gold(task: StsTask, other: StsTask) -> bool:
    """Whether two tasks hold the same grades in the same order, as row-aligned translations do."""
    return bool(np.array_equal(task.data.gold, other.data.gold))

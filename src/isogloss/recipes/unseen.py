"""Test pairs of which training has seen no sentence, beside the official test."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from isogloss.data.graded import GradedPairs, compared
from isogloss.tasks import StsTask, Task
from isogloss.tasks.sts import StsData

UNSEEN = ", unseen"
"""What the name of such a test ends in."""


def seen_sentences(parts: Sequence[GradedPairs | None]) -> set[str]:
    """Every sentence of some graded pairs, in all languages, as they are compared."""
    return {
        compared(text)
        for part in parts
        if part is not None
        for side in (part.first, part.second)
        for column in side.values()
        for text in column
        if text
    }


def with_unseen(tasks: Sequence[Task], seen: Collection[str]) -> list[Task]:
    """Behind every STS task of which training has seen sentences, the same without these pairs.

    Args:
        tasks: the official tests.
        seen: from `seen_sentences`.
    """
    found: list[Task] = []
    for task in tasks:
        found.append(task)
        if not isinstance(task, StsTask):
            continue
        data = task.data
        sides = zip(data.sentences1, data.sentences2, strict=True)
        new = np.array([compared(a) not in seen and compared(b) not in seen for a, b in sides])
        if not new.all():
            kept = StsData(
                [text for text, wanted in zip(data.sentences1, new, strict=True) if wanted],
                [text for text, wanted in zip(data.sentences2, new, strict=True) if wanted],
                data.gold[new],
                {**data.dropped, "seen in training": int((~new).sum())},
            )
            found.append(replace(task, data=kept, name=task.name + UNSEEN))
    return found

"""Test pairs of which training has seen no sentence, beside the official test."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
import numpy.typing as npt

from isogloss.data.graded import GradedPairs, compared
from isogloss.reports.run_scores import UNSEEN
from isogloss.tasks import StsTask, Task
from isogloss.tasks.sts import StsData

BoolArray = npt.NDArray[np.bool_]


def seen_sentences(parts: Sequence[GradedPairs | None], texts: Iterable[str] = ()) -> set[str]:
    """Every sentence of some graded pairs, in all languages, and more, as they are compared."""
    return {compared(text) for text in texts} | {
        compared(text)
        for part in parts
        if part is not None
        for side in (part.first, part.second)
        for column in side.values()
        for text in column
        if text
    }


def unseen_tasks(tasks: Sequence[Task], seen: Collection[str]) -> list[Task]:
    """Of every STS task of which training has seen sentences, what is left without these pairs.

    Tasks with the same grades row by row are one test in several languages: a pair of which a
    sentence was seen in one of them is left out of all, so that they still hold the same pairs.

    Args:
        tasks: the official tests.
        seen: from `seen_sentences`.
    """
    graded = [task for task in tasks if isinstance(task, StsTask)]
    new: dict[bytes, BoolArray] = {}
    for task in graded:
        known = new.get(task.data.gold.tobytes())
        own = _unseen(task.data, seen)
        new[task.data.gold.tobytes()] = own if known is None else known & own
    found: list[Task] = []
    for task in graded:
        rows = new[task.data.gold.tobytes()]
        if not rows.all():
            data = _taken(task.data, rows)
            found.append(replace(task, data=data, name=task.name + UNSEEN))
    return found


def _unseen(data: StsData, seen: Collection[str]) -> BoolArray:
    sides = zip(data.sentences1, data.sentences2, strict=True)
    return np.array([compared(a) not in seen and compared(b) not in seen for a, b in sides])


def _taken(data: StsData, rows: BoolArray) -> StsData:
    return StsData(
        list(compress(data.sentences1, rows)),
        list(compress(data.sentences2, rows)),
        data.gold[rows],
        {**data.dropped, "seen in training": int((~rows).sum())},
    )

"""Held-out graded pairs as evaluation tasks: every crossing, and translations of each other."""

from itertools import product

import numpy as np

from isogloss.data.graded import GradedPairs
from isogloss.reports.results import HELD_OUT
from isogloss.tasks import BitextData, BitextTask, StsTask, Task
from isogloss.tasks.sts import StsData


def held_out_tasks(dev: GradedPairs | None, pivot: str) -> list[Task]:
    """STS of every ordered pair of languages, and parallel accuracy with the pivot.

    Args:
        dev: held-out pairs; None has no tasks.
        pivot: the language that others are compared with.
    """
    if dev is None:
        return []
    known = {language: dev.known(language) for language in dev.languages}
    tasks: list[Task] = []
    for one, other in product(dev.languages, dev.languages):
        rows = np.flatnonzero(known[one] & known[other])
        if len(rows):
            first, second = dev.sides(one, rows).first, dev.sides(other, rows).second
            data = StsData(first, second, dev.grades[rows])
            tasks.append(StsTask(f"{one}-{other}", data, HELD_OUT))
    for language in dev.languages:
        if pivot in known and language != pivot:
            rows = np.flatnonzero(known[language] & known[pivot])
            source, target = dev.sides(pivot, rows).first, dev.sides(language, rows).first
            pairs = dict(zip(source, target, strict=True))
            if pairs:
                bitext = BitextData(list(pairs), list(pairs.values()))
                tasks.append(BitextTask(f"{pivot}-{language}", bitext, HELD_OUT))
    return tasks

"""Graded pairs as evaluation tasks: every crossing, and translations of each other."""

from itertools import product

import numpy as np

from isogloss.data.graded.pairs import GradedPairs
from isogloss.data.graded.sts import StsData, pair_numbers
from isogloss.tasks import BitextData, BitextTask, StsTask, Task


def graded_tasks(pairs: GradedPairs | None, pivot: str, name: str) -> list[Task]:
    """STS of every ordered pair of languages, and parallel accuracy with the pivot.

    Args:
        pairs: not trained on; None has no tasks.
        pivot: the language that others are compared with.
        name: what scores call these data.
    """
    if pairs is None:
        return []
    known = {language: pairs.known(language) for language in pairs.languages}
    numbers = pair_numbers(pairs.grades)
    tasks: list[Task] = []
    for one, other in product(pairs.languages, pairs.languages):
        rows = np.flatnonzero(known[one] & known[other])
        if len(rows):
            first, second = pairs.sides(one, rows).first, pairs.sides(other, rows).second
            data = StsData(first, second, pairs.grades[rows], pairs=numbers[rows])
            tasks.append(StsTask(f"{one}-{other}", data, name))
    for language in pairs.languages:
        if pivot in known and language != pivot:
            rows = np.flatnonzero(known[language] & known[pivot])
            source, target = pairs.sides(pivot, rows).first, pairs.sides(language, rows).first
            translations = dict(zip(source, target, strict=True))
            if translations:
                bitext = BitextData(list(translations), list(translations.values()))
                tasks.append(BitextTask(f"{pivot}-{language}", bitext, name))
    return tasks
